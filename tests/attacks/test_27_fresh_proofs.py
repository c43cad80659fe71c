"""Attack 27: what declares that it asks for a fresh proof does nothing without one, and is let in with one."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal import clock as portal_clock
from portal import people, signin
from portal.db import run, transact
from tests.attacks.ground import proof
from tests.home.doors import enter, everything, make_fresh
from tests.signin.hands import row_of
from tests.support.acts import REASON, TICKET, hire
from tests.support.recovering import NEW, asked

__all__ = ["asked"]

WHY = {"ticket": TICKET, "reason": REASON}
KEY = {"passkey": "0" * 26}
MEMBERS: dict[str, dict[str, str]] = {
    "/passkeys/remove": KEY,
    "/passkeys/rename": KEY | {"name": "Work"},
    "/safety/address": {"email": "anna.bell@example.org"},
    "/safety/stop": {},
    "/sessions/end": {},
    "/sessions/end-others": {},
    "/you/leave": {"sure": "y"},
}
STAFFS: dict[str, dict[str, str]] = {
    "/staff/passkeys/remove": KEY,
    "/staff/passkeys/rename": KEY | {"name": "Work"},
    "/staff/recoveries/<recovery_id>": WHY | {"email": NEW, "id": "y", "card": "y"},
    "/staff/sessions/end": {},
    "/staff/sessions/end-others": {},
    "/staff/stops/lift": WHY,
    "/staff/stops/new": WHY,
    "/staff/visits/new": WHY,
}
WHOLE = {"/safety/address", "/you/leave", *(path for path, sent in STAFFS.items() if "ticket" in sent)}
"""What is sent there is all that it takes; elsewhere there is nothing of that name."""
SET_ASIDE = {"audit", "audit_chain"}  # that it was refused is on record
STALE = timedelta(minutes=5, seconds=1)


def test_27_these_routes_declare_that_they_ask_for_a_fresh_proof(app: Flask) -> None:
    declared = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if (view := app.view_functions[rule.endpoint])
        and "POST" in (rule.methods or ())
        and (getattr(view, "fresh", False) or getattr(view, "policy", "") in ("fresh", "staff_fresh"))
    }
    assert declared == MEMBERS.keys() | STAFFS.keys()


def rows() -> dict[str, list[str]]:
    """All that is stored, but the record of who tried."""
    return {name: found for name, found in everything().items() if name not in SET_ASIDE}


def asks(answer: TestResponse) -> bool:
    """Whether it was refused, or sent to the proof."""
    way = answer.headers.get("Location", "").partition("?")[0]
    return answer.status_code == 403 or way in ("/proof", "/staff/proof")


@pytest.mark.parametrize("route", [*MEMBERS, *STAFFS])
def test_27_without_a_fresh_proof_nothing_is_done_and_with_one_it_is(app, anna, asked, clock, route):
    sent = dict({**MEMBERS, **STAFFS}[route])
    path = route
    if route == "/staff/recoveries/<recovery_id>":
        path, sent["member"] = f"/staff/recoveries/{asked()}", anna
    elif route.startswith(("/staff/stops/", "/staff/visits/")):
        path = f"{route}?member=c-1"
    if route in ("/safety/stop", "/staff/stops/lift"):
        transact(lambda: people.freeze(anna, portal_clock.now()))
        sent["since"] = row_of(anna).frozen_at.isoformat()
    browser = make_fresh(enter(app)) if route in MEMBERS else hire(app)
    clock.shift(STALE)
    sent["csrf_token"] = proof(browser.client, "/you" if route in MEMBERS else "/staff/safety")
    before = rows()
    assert asks(browser.client.post(path, data=sent))
    assert rows() == before
    transact(lambda: run(update(signin.Session).values(fresh_at=portal_clock.now())))
    before = rows()
    assert not asks(browser.client.post(path, data=sent))
    if route in WHOLE:
        assert rows() != before

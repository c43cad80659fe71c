"""What colleagues of support do, in one line each."""

import json

from flask import Flask

from portal import clock, people, signin, support
from portal.db import transact
from portal.support import audit
from tests.authenticator import Phone
from tests.home.doors import SAM, enter, everything
from tests.page import Visit

HERS = "/staff/visit"
"""What the addresses of a member's pages begin with while support looks at them."""
OF_A_VISIT = {"visit", "audit", "audit_chain"}
TICKET, REASON = "T-17", "She cannot see her last order"


def hire(app: Flask, role: str = "support", email: str = SAM) -> Visit:
    """A browser in which somebody of this role is signed in, a moment ago."""
    transact(lambda: people.add_staff(email, role, clock.now()))
    return enter(app, email, "staff")


def colleague(role: str = "support", email: str = SAM) -> signin.Person:
    """The same without a browser."""
    staff_id = transact(lambda: people.add_staff(email, role, clock.now()))
    return signin.Person(
        kind="staff", id=staff_id, email=email, token="t", session_id=f"s-{email}"[:26], opened_at=clock.now(),
        fresh_at=clock.now(), passkey_id="p", role=role,
    )  # fmt: skip


def begin(desk: Visit, ref: str = "c-1", reason: str = REASON, status: int = 200) -> None:
    """From the member at the desk to her own pages."""
    desk.open(f"/staff/members/{ref}")
    desk.follow("Look at her pages")
    desk.submit("Begin the visit", status, ticket=TICKET, reason=reason)


def visit(staff: signin.Person, member_id: str, **changes: str) -> str:
    """Begin a visit by the verb."""
    told = {"ticket": TICKET, "reason": REASON} | changes
    return transact(lambda: support.begin_visit(staff, member_id, now=clock.now(), **told))


def anything_else() -> dict[str, list[str]]:
    """Every row but those that a visit writes about itself."""
    return {name: rows for name, rows in everything().items() if name not in OF_A_VISIT}


def whats(member_id: str) -> list[str]:
    """What stands in the audit about this member, the oldest first."""
    return [row.what for row in audit.rows_of(member_id)][::-1]


def touch(desk: Visit, phone: Phone, button: str, purpose: str, status: int = 200) -> None:
    """Press a button that asks for a passkey: the browser asks for a challenge, the phone answers it."""
    form = next(form for form in desk.page.all("form") if form.all("input", name="credential"))
    fields = {one["name"]: one["value"] for one in form.all("input")}
    asked = {"csrf_token": fields["csrf_token"], "purpose": purpose, "next": fields["next"]}
    options = desk.client.post("/staff/passkeys/options", data=asked).json
    answer = phone.make(options) if purpose == "add" else phone.sign(options)
    desk.submit(button, status, credential=json.dumps(answer))


def newcomer(app: Flask, phone: Phone, role: str = "support", email: str = SAM) -> Visit:
    """A browser in which somebody came by the one-time link and set up a passkey on this phone."""
    transact(lambda: people.add_staff(email, role, clock.now()))
    path = transact(lambda: signin.make_link(email, "staff", clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit(f"Sign in as {signin.masked(email)} on this device")
    touch(visit, phone, "Set it up", "add")
    return visit

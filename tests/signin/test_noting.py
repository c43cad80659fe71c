"""What the log tells of the ways in: one line for each outcome, with the ids it is about and without any secret."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from portal import clock as portal_clock
from portal import people, signin
from portal.db import transact
from portal.signin import noting
from tests.attacks.conftest import logged
from tests.authenticator import Phone, b64
from tests.home.doors import ANNA, SAM, enter
from tests.page import Visit
from tests.signin.browsing import set_up, sign_in
from tests.signin.hands import HERE, NEW, ask_change, code_in, say_not_me, signed_in, token_in, type_code
from tests.signin.noting import ask, lines, wrong

__all__ = ["lines", "logged"]

pytestmark = pytest.mark.usefixtures("programme")


def test_each_try_of_a_code_is_one_line_whatever_comes_of_it(anna, mailbox, lines, clock):
    def enter_by(code: str) -> None:
        transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=portal_clock.now()))

    challenge_id, code = ask(mailbox)
    enter_by(wrong(code))
    (line,) = lines.all()
    assert line | {"event": "", "log_level": ""} == {
        "event": "", "log_level": "", "what": "sign_in", "outcome": "wrong", "kind": "member", "how": "code",
        "about": challenge_id,
    }  # fmt: skip
    enter_by(code)
    assert [(one["what"], one["outcome"]) for one in lines.all()[1:]] == [
        ("session", "opened"),
        ("sign_in", "in"),
    ]
    assert lines.all()[1]["owner"] == anna
    lines.seen.clear()
    enter_by(code)
    assert lines.told("sign_in") == [("code", "used")]
    clock.shift(timedelta(minutes=1))
    challenge_id, code = ask(mailbox)
    clock.shift(timedelta(minutes=10))
    enter_by(code)
    assert lines.told("sign_in") == [("code", "expired")]


def test_an_address_that_is_nobodys_leaves_the_same_kind_of_line(app, mailbox, lines):
    challenge_id, code = ask(mailbox)
    transact(lambda: signin.enter_by_code(challenge_id, wrong(code), visitor=HERE, now=portal_clock.now()))
    transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=portal_clock.now()))
    assert lines.told("sign_in") == [("code", "wrong"), ("code", "new")]


def test_a_link_in_another_browser_and_then_confirmed(anna, mailbox, lines):
    ask(mailbox)
    link = mailbox.link(ANNA).rsplit("/", 1)[1]
    there = signin.Visitor("c" * 43, "Safari · iPhone", "203.0.113.8")
    for confirmed in (False, True, True):
        transact(
            lambda confirmed=confirmed: signin.enter_by_link(
                link, visitor=there, confirmed=confirmed, now=portal_clock.now()
            )
        )
    assert lines.told("sign_in") == [("link", "elsewhere"), ("link", "in"), ("link", "used")]
    transact(lambda: signin.enter_by_link("x" * 43, visitor=there, confirmed=True, now=portal_clock.now()))
    assert lines.told("sign_in") == [("link", "expired")]


def test_a_limit_that_is_reached_is_said(anna, mailbox, lines):
    for _ in range(12):
        transact(
            lambda: signin.ask(
                ANNA, purpose="member", visitor=HERE, next_path=None, locale="en", now=portal_clock.now()
            )
        )
    told = lines.told("limit")
    assert told
    assert {outcome for _how, outcome in told} == {"reached"}
    assert all(how.startswith("ask/") for how, _outcome in told)


def test_every_end_of_a_session_is_said_with_how(app, anna, lines):
    here, there = enter(app), enter(app)
    her = signed_in(anna)
    lines.seen.clear()
    here.open("/you")
    here.submit("Sign out on this device")
    other = next(one for one in signin.sessions_of(her, portal_clock.now()) if not one.current)
    transact(lambda: signin.end_session(her, other.id, portal_clock.now()))
    enter(app)
    transact(lambda: signin.sessions.end_others(her, portal_clock.now()))
    transact(lambda: signin.end_sessions(anna, portal_clock.now()))
    transact(lambda: signin.end_sessions(anna, portal_clock.now()))
    ended = [one for one in lines.told("session") if one[1] == "ended"]
    assert ended == [("sign_out", "ended"), ("device", "ended"), ("others", "ended"), ("all", "ended")]
    assert there.client.get("/home").status_code == 303


def test_a_line_carries_the_id_of_its_request(app, anna, mailbox, logged):
    structlog.contextvars.clear_contextvars()
    visit = Visit(app.test_client())
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    visit.submit("Continue", 422, code=wrong(mailbox.code(ANNA)))
    said = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [one for one in said if one["event"] == noting.EVENT]
    (request,) = [one for one in said if one["event"] == "request" and one["status"] == 422]
    assert line["request_id"] == request["request_id"]


def test_no_line_carries_a_secret_or_an_address(app, anna, mailbox, logged, clock):
    """The canaries' life: every code, link and cookie that this life meets is looked for in the log."""
    phone, hers = Phone(), enter(app)
    set_up(hers, phone)
    challenge_id, code = ask(mailbox)
    link = mailbox.link(ANNA).rsplit("/", 1)[1]
    transact(lambda: signin.enter_by_code(challenge_id, wrong(code), visitor=HERE, now=portal_clock.now()))
    transact(lambda: signin.enter_by_link(link, visitor=HERE, confirmed=True, now=portal_clock.now()))
    transact(lambda: signin.enter_by_link(f"{link}x", visitor=HERE, confirmed=True, now=portal_clock.now()))
    door = Visit(app.test_client())
    sign_in(door, phone)
    her = signed_in(anna)
    asked = ask_change(her, NEW)
    new_code = code_in(mailbox, NEW)
    changed = type_code(her, asked.challenge_id, new_code)
    undo, not_me = token_in(mailbox, ANNA, "/undo/"), token_in(mailbox, NEW, "/not-me/")
    say_not_me(not_me)
    transact(lambda: signin.undo(undo, portal_clock.now()))
    transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    staff_link = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60)).rsplit("/", 1)[1]
    transact(lambda: signin.enter_by_link(staff_link, visitor=HERE, confirmed=True, now=portal_clock.now()))
    said = logged.getvalue()
    assert said.count(f'"event": "{noting.EVENT}"') > 10
    met = {
        "code": code, "link": link, "new code": new_code, "undo": undo, "not me": not_me, "staff link": staff_link,
        "token": changed.token, "cookie": door.client.get_cookie("portal").value, "browser": HERE.browser,
        "passkey": b64(phone.keys[0].id), "address": ANNA, "new": NEW,
        "colleague": SAM, "line": HERE.ip, "name": "Anna Bell",
    }  # fmt: skip
    assert not {name for name, secret in met.items() if secret in said}


def test_every_name_of_a_line_is_in_the_operators_guide():
    guide = Path(__file__).parents[2].joinpath("docs/operating.md").read_text()
    assert not [name for name in noting.NAMES if f"| `{name}` |" not in guide]

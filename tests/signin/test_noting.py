"""What the log tells of the ways in: one line for each outcome, with the ids it is about and without any secret."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from portal.errors import Refused
from portal.signin import keyring, noting
from tests.attacks.conftest import logged
from tests.authenticator import Phone, b64
from tests.home.doors import ANNA, SAM, enter
from tests.page import Visit
from tests.signin.browsing import options_for, prove, send, set_up, sign_in
from tests.signin.hands import (
    HERE,
    NEW,
    ask_change,
    code_in,
    give_passkey,
    row_of,
    say_not_me,
    signed_in,
    token_in,
    type_code,
)

__all__ = ["logged"]
pytestmark = pytest.mark.usefixtures("programme")


@pytest.fixture
def lines():
    """The lines of this test, as they are handed to the log: (what, how, outcome), in order."""
    with capture_logs() as seen:
        yield Lines(seen)


class Lines:
    """What was noted."""

    def __init__(self, seen: list) -> None:
        self.seen = seen

    def all(self) -> list[dict]:
        return [one for one in self.seen if one["event"] == noting.EVENT]

    def told(self, what: str) -> list[tuple[str, str]]:
        """How, and what came of it, of each line about `what`; they are forgotten."""
        found = [(one.get("how", ""), one["outcome"]) for one in self.all() if one["what"] == what]
        self.seen.clear()
        return found


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def ask(mailbox) -> tuple[str, str]:
    """A challenge and its code."""
    challenge_id = transact(
        lambda: signin.ask(
            ANNA, purpose="member", visitor=HERE, next_path=None, locale="en", now=portal_clock.now()
        )
    ).challenge_id
    jobs.wake()
    return challenge_id, mailbox.code(ANNA)


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


def test_passkeys_set_up_used_refused_and_removed(app, anna, mailbox, lines):
    hers, phone = enter(app), Phone()
    lines.seen.clear()
    set_up(hers, phone)
    assert lines.told("passkey") == [("", "added")]
    door = Visit(app.test_client())
    assert sign_in(door, phone, uv=False).status_code == 400
    assert lines.told("sign_in") == [("passkey", "refused")]
    assert sign_in(door, phone).status_code == 303
    assert lines.told("sign_in") == [("passkey", "in")]
    assert prove(door, phone, signature=b"x" * 70).status_code == 400
    assert prove(door, phone).status_code == 303
    assert lines.told("proof") == [("passkey", "refused"), ("passkey", "right")]
    stranger = Phone()
    stranger.make(options_for_new(door))
    assert sign_in(Visit(app.test_client()), stranger).status_code == 400
    assert lines.told("sign_in") == [("passkey", "unknown")]
    (row,) = signin.passkeys_of("member", anna)
    her = signed_in(anna)
    lines.seen.clear()
    transact(lambda: keyring.rename(her, row.id, "My phone", portal_clock.now()))
    transact(lambda: keyring.remove(her, row.id, portal_clock.now()))
    (renamed, removed) = [one for one in lines.all() if one["what"] == "passkey"]
    assert (renamed["outcome"], removed["outcome"]) == ("renamed", "removed")
    assert (removed["owner"], removed["about"]) == (anna, row.id)


def options_for_new(visit: Visit):
    visit.open("/passkeys/new")
    return options_for(visit, "add")


def test_a_passkey_that_counts_backwards_is_doubted_in_the_log(app, anna, lines):
    phone = Phone(counts=True, transports=("usb",))
    set_up(enter(app), phone, be=False, bs=False)
    door = Visit(app.test_client())
    assert sign_in(door, phone, be=False, bs=False, count=9).status_code == 303
    lines.seen.clear()
    sign_in(Visit(app.test_client()), phone, be=False, bs=False, count=3)
    assert [(one["what"], one["outcome"]) for one in lines.all()] == [
        ("passkey", "doubted"),
        ("sign_in", "refused"),
    ]


def test_a_proof_by_code(app, anna, mailbox, lines):
    challenge_id, code = ask(mailbox)
    her = signed_in(anna, fresh=False)
    lines.seen.clear()
    for typed in (wrong(code), code):
        transact(
            lambda typed=typed: signin.prove_again(
                her, challenge_id, typed, visitor=HERE, now=portal_clock.now()
            )
        )
    assert lines.told("proof") == [("code", "wrong"), ("code", "right")]


def test_another_address_asked_for_proved_and_put_back(anna, mailbox, lines):
    her = signed_in(anna)
    asked = ask_change(her, NEW)
    code = code_in(mailbox, NEW)
    type_code(her, asked.challenge_id, wrong(code))
    type_code(her, asked.challenge_id, code)
    told = [(one["what"], one.get("how", ""), one["outcome"]) for one in lines.all()]
    assert [one for one in told if one[0].startswith("address")] == [
        ("address", "member", "asked"),
        ("address_code", "change", "wrong"),
        ("address_code", "change", "right"),
        ("address", "member", "changed"),
    ]
    lines.seen.clear()
    token = token_in(mailbox, ANNA, "/undo/")
    for _ in range(2):
        transact(lambda: signin.undo(token, portal_clock.now()))
    transact(lambda: signin.undo("x" * 43, portal_clock.now()))
    told = [(one["what"], one.get("how", ""), one["outcome"]) for one in lines.all()]
    assert told == [
        ("session", "all", "ended"),
        ("stop", "address_changed", "stopped"),
        ("address", "undo", "back"),
        ("address", "undo", "used"),
        ("address", "undo", "unknown"),
    ]


def test_a_stop_said_twice_and_lifted(anna, clock, lines):
    old = give_passkey(anna, portal_clock.now() - timedelta(days=31))
    url = signin.not_me_url(anna, ANNA, "device", portal_clock.now())
    token = url.rsplit("/", 1)[1]
    clock.shift(timedelta(seconds=1))
    for _ in range(2):
        say_not_me(token)
    say_not_me("x")
    assert lines.told("stop") == [("device", "stopped"), ("device", "before"), ("not_me", "unknown")]
    mailed = signed_in(anna)
    with pytest.raises(Refused):
        transact(lambda: signin.lift_by_passkey(mailed, portal_clock.now(), since=mailed.frozen_at))
    hers = signed_in(anna, passkey=old)
    transact(lambda: signin.lift_by_passkey(hers, portal_clock.now(), since=hers.frozen_at))
    assert lines.told("stop") == [("passkey", "refused"), ("passkey", "lifted")]


def test_a_recovery_from_the_code_to_the_new_address(anna, mailbox, clock, lines):
    sam = transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    request_id = transact(
        lambda: signin.ask_recovery(ANNA, NEW, "", visitor=HERE, locale="en-GB", now=portal_clock.now())
    ).challenge_id
    jobs.wake()
    code = code_in(mailbox, NEW)
    transact(lambda: signin.prove_recovery(request_id, code, visitor=HERE, now=portal_clock.now()))
    assert lines.told("address_code") == [("recovery", "right")]
    transact(
        lambda: signin.note_proofs(
            request_id, row_of(anna), ["card", "id"], staff_id=sam, enough=True, now=portal_clock.now()
        )
    )
    clock.shift(timedelta(hours=48))
    transact(lambda: signin.carry_out(request_id, portal_clock.now()))
    clock.shift(timedelta(hours=24))
    transact(lambda: signin.carry_out(request_id, portal_clock.now()))
    told = [one for one in lines.all() if one["what"] in ("recovery", "address")]
    assert [(one["how"], one["outcome"]) for one in told] == [
        ("desk", "waiting"),
        ("time", "reminded"),
        ("time", "done"),
        ("recovery", "changed"),
    ]
    assert {one["owner"] for one in told} == {anna}


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


def test_a_colleagues_passkey_in_a_new_browser_is_told_by_mail_and_in_a_known_one_is_not(app, mailbox, clock):
    transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    desk, key = Visit(app.test_client()), Phone(counts=True, transports=("usb",))
    desk.open(path)
    desk.submit(f"Sign in as {signin.masked(SAM)} on this device")
    credential = key.make(options_for(desk, "add", door="/staff"), be=False, bs=False)
    assert send(desk, "/staff/passkeys/new", credential).status_code == 303

    def come(visit: Visit) -> list[str]:
        """Sign in by the passkey; what was mailed of it."""
        mailbox.clear()
        visit.open("/staff/sign-in")
        credential = key.sign(options_for(visit, "sign_in", door="/staff"), be=False, bs=False)
        assert send(visit, "/staff/passkeys/sign-in", credential, "/staff/").status_code == 303
        jobs.wake()
        return [one["Subject"] for one in mailbox.to(SAM)]

    there = Visit(app.test_client())
    assert come(there) == ["A new device signed in to Pennywren Rewards"]
    words = mailbox.words(SAM)
    assert "http://localhost/staff/safety" in words
    assert "/not-me/" not in words, "that is for cards"
    assert "your card" not in words
    for days in (1, 20):  # her session is over after twelve hours, the browser is still hers
        clock.shift(timedelta(days=days))
        transact(lambda: signin.forget_old(portal_clock.now()))
        assert come(there) == []

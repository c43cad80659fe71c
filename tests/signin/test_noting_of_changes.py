"""What the log tells of passkeys, proofs, addresses, stops and recoveries."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from portal.errors import Refused
from portal.signin import keyring
from tests.authenticator import Phone
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
from tests.signin.noting import ask, lines, wrong

__all__ = ["lines"]

pytestmark = pytest.mark.usefixtures("programme")


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

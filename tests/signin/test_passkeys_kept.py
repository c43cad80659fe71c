"""Passkeys that she has: their names, their challenges, and how each of them ends."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock as portal_clock
from portal import jobs, joining, people, signin
from portal.db import read, transact
from portal.signin import keyring
from portal.signin.rules import numbered, passkey_label
from tests.authenticator import Phone, b64
from tests.home.doors import ANNA, enter, join
from tests.page import Visit
from tests.signin.browsing import names, options_for, prove, set_up, sign_in, token_of

pytestmark = pytest.mark.usefixtures("programme")


def test_it_is_named_by_who_keeps_it_and_she_calls_it_what_she_likes(app, hers, anna):
    google = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    phone = Phone(aaguid=google)
    set_up(hers, phone)
    prove(hers, phone)
    set_up(hers, Phone(aaguid=google))
    assert names(anna) == ["Google Password Manager 2", "Google Password Manager"]
    hers.open("/safety")
    hers.submit("Rename", name="  Mum's   phone\n")
    assert names(anna)[0] == "Mum's phone"
    hers.submit("Rename", name=" ")
    assert names(anna)[0] == "Mum's phone"


@pytest.mark.parametrize(
    ("aaguid", "transports", "label"),
    [
        ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", ["hybrid", "internal"], "iCloud Keychain"),
        ("00000000-0000-0000-0000-000000000000", ["internal"], "Chrome · Android"),
        ("00000000-0000-0000-0000-000000000000", ["usb"], "Security key"),
        ("00000000-0000-0000-0000-000000000000", ["nfc", "usb"], "Security key"),
        ("00000000-0000-0000-0000-000000000000", ["internal", "usb"], "Chrome · Android"),
        ("00000000-0000-0000-0000-000000000000", [], "Chrome · Android"),
    ],
)
def test_a_label_says_who_keeps_it(aaguid, transports, label):
    assert passkey_label(aaguid, transports, "Chrome · Android", "Security key") == label


def test_a_second_of_a_name_gets_a_number():
    assert numbered("A", []) == "A"
    assert numbered("A", ["A", "A 2", "B"]) == "A 3"


def test_nobody_names_or_removes_somebody_elses(app, hers, anna):
    set_up(hers, Phone())
    (annas,) = signin.passkeys_of("member", anna)
    join("c-2", "berta@example.com", "Berta")
    bertas, phone = enter(app, "berta@example.com"), Phone()
    set_up(bertas, phone)
    prove(bertas, phone)
    bertas.open("/safety")
    token = bertas.page.all("input", name="csrf_token")[0]["value"]
    for path in ("rename", "remove"):
        told = {"csrf_token": token, "passkey": annas.id, "name": "Mine"}
        assert bertas.client.post(f"/passkeys/{path}", data=told).status_code == 404
    assert names(anna) == [annas.name]


def test_asking_for_a_challenge_writes_no_cookie(app, anna):
    """While its answer is under way the address may be sent: whichever comes last must not undo the other."""
    door = Visit(app.test_client())
    door.open("/sign-in")
    told = {"csrf_token": token_of(door), "purpose": "sign_in"}
    assert "Set-Cookie" not in door.client.post("/passkeys/options", data=told).headers


def test_the_options_name_nobody_and_her_passkeys_only_to_herself(app, hers, anna):
    phone = Phone()
    set_up(hers, phone)
    door = Visit(app.test_client())
    door.open("/sign-in")
    asked = options_for(door, "sign_in")
    assert asked["rpId"] == "localhost"
    assert asked["userVerification"] == "required"
    assert asked["allowCredentials"] == []
    assert len(asked["challenge"]) == 43
    prove(hers, phone)
    hers.open("/passkeys/new")
    wanted = options_for(hers, "add")
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert [one["id"] for one in wanted["excludeCredentials"]] == [b64(phone.keys[0].id)]
    assert wanted["user"]["id"] == phone.keys[0].owner
    assert len(wanted["user"]["id"]) == 86, "64 random bytes"
    assert anna not in str(wanted)


def test_nobody_is_asked_to_add_or_prove_before_signing_in(visit):
    visit.open("/sign-in")
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    for purpose in ("add", "prove", "else", ""):
        told = {"csrf_token": token, "purpose": purpose}
        assert visit.client.post("/passkeys/options", data=told).status_code == 400


@pytest.mark.both_engines
def test_challenges_that_nobody_answered_are_gone_once_they_are_too_old(app, visit, clock):
    def kept() -> int:
        return read(select(func.count()).select_from(signin.Ceremony)).scalar_one()

    visit.open("/sign-in")
    for _ in range(3):
        options_for(visit, "sign_in")
    clock.shift(timedelta(minutes=5, seconds=-1))
    options_for(visit, "sign_in")
    assert kept() == 4
    clock.shift(timedelta(seconds=1))
    visit.open("/staff/sign-in")
    options_for(visit, "sign_in", door="/staff")
    assert kept() == 2


@pytest.mark.both_engines
def test_a_member_who_leaves_takes_her_passkeys_along(app, hers, anna):
    phone = Phone()
    set_up(hers, phone)
    transact(lambda: joining.leave(people.by_ref("c-1"), actor="support", now=portal_clock.now()))
    for table in (signin.Passkey, signin.PasskeyOwner):
        assert read(select(func.count()).select_from(table)).scalar_one() == 0
    answer = sign_in(Visit(app.test_client()), phone)
    assert answer.status_code == 400
    assert f'data-unknown="{b64(phone.keys[0].id)}"' in answer.text, "the phone may forget it"


def test_a_session_that_ends_while_a_passkey_is_removed_ends_in_the_sign_in(app, hers, anna, monkeypatch):
    phone = Phone()
    set_up(hers, phone)
    prove(hers, phone)
    hers.open("/safety")
    (mine,) = signin.passkeys_of("member", anna)
    monkeypatch.setattr(keyring, "renew", lambda *_told, **_named: None)  # as a second tap of hers leaves it
    told = {"csrf_token": token_of(hers), "passkey": mine.id}
    answer = hers.client.post("/passkeys/remove", data=told)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/safety")
    assert names(anna) == []


def test_a_passkey_tells_of_a_device_that_is_new(app, hers, mailbox):
    phone = Phone()
    set_up(hers, phone)
    mailbox.clear()
    sign_in(Visit(app.test_client()), phone)
    jobs.wake()
    assert [mail["Subject"] for mail in mailbox.to(ANNA)] == ["A new device signed in to Pennywren Rewards"]


def test_twenty_are_enough_for_anybody(app, hers, anna):
    phone = Phone()
    set_up(hers, phone)
    prove(hers, phone)
    for _ in range(19):
        set_up(hers, Phone())
    hers.open("/passkeys/new")
    token = hers.page.all("input", name="csrf_token")[0]["value"]
    answer = hers.client.post("/passkeys/options", data={"csrf_token": token, "purpose": "add"})
    assert (answer.status_code, len(names(anna))) == (422, 20)

"""Passkeys: offered once, set up, named, removed, and told of by mail; for members and for staff."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal import clock as portal_clock
from portal import jobs, joining, people, signin
from portal.db import read, run, transact
from portal.errors import Refused
from portal.signin import keyring, owners
from portal.signin.rules import numbered, passkey_label
from tests.authenticator import Phone, b64
from tests.home.doors import ANNA, SAM, enter, join
from tests.joining.test_pages import WORDS
from tests.page import Visit
from tests.signin.browsing import is_in, options_for, prove, send, set_up, sign_in, token_of

pytestmark = pytest.mark.usefixtures("programme")


def names(owner_id: str, kind: signin.sessions.Kind = "member") -> list[str]:
    return [one.name for one in signin.passkeys_of(kind, owner_id)]


def come_by_mail(visit, mailbox, able: str = "1", email: str = ANNA) -> None:
    """Sign in by a code, on a device that says whether it could keep a passkey."""
    visit.open("/sign-in?next=/rewards")
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email), passkeys=able)


def test_after_the_first_code_one_page_offers_it_and_goes_on_afterwards(app, anna, visit, mailbox):
    come_by_mail(visit, mailbox)
    assert visit.page.all("h1")[0].text == "Next time just look at your phone"
    visit.submit("Not now")
    assert visit.path == "/rewards"


def test_who_is_signed_in_elsewhere_hears_before_the_button_that_it_ends_there(app, anna, mailbox):
    words = "Other devices where you are signed in are signed out"
    first = enter(app)
    assert words not in first.open("/passkeys/new").text
    second = enter(app)
    for visit in (first, second):
        page = visit.open("/passkeys/new").text
        assert words in page
        assert page.index(words) < page.index("Set it up")


def test_a_device_without_passkeys_or_script_is_not_asked(app, anna, visit, mailbox):
    come_by_mail(visit, mailbox, able="")
    assert visit.path == "/rewards"


def test_who_says_not_now_is_asked_again_after_ninety_days_and_not_before(app, anna, mailbox, clock):
    def path_after_a_code() -> str:
        door = Visit(app.test_client())
        come_by_mail(door, mailbox)
        return door.path

    assert path_after_a_code() == "/passkeys/new"
    assert path_after_a_code() == "/passkeys/new", "she has said nothing yet"
    her = signed_in(enter(app))
    transact(lambda: owners.not_now(her, portal_clock.now()))
    assert path_after_a_code() == "/rewards"
    clock.shift(timedelta(days=90) - timedelta(seconds=1))
    assert path_after_a_code() == "/rewards"
    clock.shift(timedelta(seconds=1))
    assert path_after_a_code() == "/passkeys/new"


def signed_in(visit: Visit) -> signin.Person:
    with visit.client.session_transaction() as cookie:
        person = signin.load_session(cookie["_user_id"], portal_clock.now())
    assert person is not None
    return person


def test_who_has_one_is_not_asked(app, hers, mailbox):
    set_up(hers, Phone())
    door = Visit(app.test_client())
    come_by_mail(door, mailbox)
    assert door.path == "/rewards"


def test_who_has_just_joined_is_asked_and_then_welcomed(app, visit, mailbox):
    come_by_mail(visit, mailbox, email="zoe@example.com")
    visit.submit("Join", **WORDS)
    assert visit.path == "/passkeys/new"
    visit.submit("Not now")
    assert visit.path == "/home"


def test_22_the_first_one_needs_only_the_code_of_just_now_and_every_other_a_fresh_proof(
    app, hers, anna, clock
):
    clock.shift(timedelta(minutes=15))
    assert hers.client.get("/passkeys/new").status_code == 200, "to the second"
    clock.shift(timedelta(seconds=1))
    assert hers.client.get("/passkeys/new").headers["Location"].startswith("/proof?next=/passkeys/new")
    again = enter(app)
    first = Phone()
    set_up(again, first)
    assert again.client.get("/passkeys/new").headers["Location"].startswith("/proof")
    prove(again, first)
    assert set_up(again, Phone()).status_code == 303
    assert len(names(anna)) == 2


def test_22_the_verb_asks_for_the_proof_as_well(app, hers, anna):
    set_up(hers, Phone())
    person, now = signed_in(hers), portal_clock.now()
    (row,) = signin.passkeys_of("member", anna)
    for verb in (
        lambda: keyring.rename(person, row.id, "Mine", now),
        lambda: keyring.remove(person, row.id, now),
        lambda: keyring.add(person, None, visitor=None, key_label="", now=now),
    ):
        with pytest.raises(Refused, match="proof_needed"):
            transact(verb)


@pytest.mark.both_engines
def test_she_is_told_of_each_change_with_a_way_to_stop_it(app, hers, anna, mailbox):
    phone = Phone()
    set_up(hers, phone)
    assert mailbox.to(ANNA)[-1]["Subject"] == "A passkey was added: Pennywren Rewards"
    assert "http://localhost/not-me/" in mailbox.words(ANNA)
    prove(hers, phone)
    hers.open("/safety")
    hers.submit("Remove")
    jobs.wake()
    assert mailbox.to(ANNA)[-1]["Subject"] == "A passkey was removed: Pennywren Rewards"
    assert "http://localhost/not-me/" in mailbox.words(ANNA)
    assert names(anna) == []
    assert is_in(hers), "the mailed code is left to her"


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


def staffs(app) -> tuple[Visit, Phone, str]:
    """A colleague with a passkey that was set up behind the one-time link."""
    staff_id = transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    desk, key = Visit(app.test_client()), Phone(counts=True, transports=("usb",))
    desk.open(path)
    desk.submit(f"Sign in as {signin.masked(SAM)} on this device")
    desk.open("/staff/passkeys/new")
    credential = key.make(options_for(desk, "add", door="/staff"), be=False, bs=False)
    assert send(desk, "/staff/passkeys/new", credential).status_code == 303
    return desk, key, staff_id


@pytest.mark.both_engines
def test_staff_set_one_up_behind_the_link_and_come_by_it_from_then_on(app, mailbox):
    desk, key, staff_id = staffs(app)
    assert names(staff_id, "staff") == ["Security key"]
    assert desk.open("/staff/").text, "the link's session counts as one of the passkey"
    assert desk.path.startswith("/staff/members")
    again = Visit(app.test_client())
    again.open("/staff/sign-in")
    credential = key.sign(options_for(again, "sign_in", door="/staff"), be=False, bs=False)
    answer = send(again, "/staff/passkeys/sign-in", credential, "/staff/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/")
    jobs.wake()
    added = next(one for one in mailbox.to(SAM) if one["Subject"] == "A passkey was added: Pennywren Rewards")
    words = added.get_body(("plain",)).get_content()
    assert "http://localhost/staff/safety" in words
    assert "/not-me/" not in words, "that is for cards"


def test_a_passkey_of_staff_opens_no_card_and_a_members_no_desk(app, hers):
    phone = Phone()
    set_up(hers, phone)
    _desk, key, _staff_id = staffs(app)
    door = Visit(app.test_client())
    assert sign_in(door, key, be=False, bs=False).status_code == 400
    door.open("/staff/sign-in")
    credential = phone.sign(options_for(door, "sign_in", door="/staff"))
    assert send(door, "/staff/passkeys/sign-in", credential).status_code == 400


def test_staff_keep_the_last_one_and_a_member_without_an_address_too(app, hers, anna):
    desk, _key, staff_id = staffs(app)
    desk.open("/staff/safety")
    assert "only way in" in desk.page.text
    (row,) = signin.passkeys_of("staff", staff_id)
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    answer = desk.client.post("/staff/passkeys/remove", data={"csrf_token": token, "passkey": row.id})
    assert answer.headers["Location"] == "/staff/safety"
    assert len(names(staff_id, "staff")) == 1
    phone = Phone()
    set_up(hers, phone)
    prove(hers, phone)
    member = people.Member.__table__
    transact(lambda: run(update(member).where(member.c.id == anna).values(email=None)))
    (mine,) = signin.passkeys_of("member", anna)
    her = signed_in(hers)
    with pytest.raises(Refused, match="last_way_in"):
        transact(lambda: keyring.remove(her, mine.id, portal_clock.now()))
    door = Visit(app.test_client())
    assert sign_in(door, phone).status_code == 303, "it opens her card also without an address"
    assert "No address yet" in door.open("/safety").text
    assert door.client.get("/proof").status_code == 200


def test_who_may_work_here_no_longer_comes_in_by_no_passkey(app):
    _desk, key, _staff_id = staffs(app)
    transact(lambda: people.disable_staff(SAM, portal_clock.now()))
    door = Visit(app.test_client())
    door.open("/staff/sign-in")
    credential = key.sign(options_for(door, "sign_in", door="/staff"), be=False, bs=False)
    assert send(door, "/staff/passkeys/sign-in", credential).status_code == 400


def test_home_still_takes_one_statement_for_session_and_member(app, hers, statements):
    set_up(hers, Phone())
    hers.client.get("/home")
    statements.clear()
    hers.client.get("/home")
    assert sum("session" in one for one in statements) == 1
    assert not [one for one in statements if "passkey_owner" in one]

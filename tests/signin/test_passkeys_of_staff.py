"""Passkeys of staff: set up behind the link, apart from members', and never the last one removed."""

import pytest
from sqlalchemy import update

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import run, transact
from portal.errors import Refused
from portal.signin import keyring
from tests.authenticator import Phone
from tests.home.doors import SAM
from tests.page import Visit
from tests.signin.browsing import names, options_for, person_in, prove, send, set_up, sign_in

pytestmark = pytest.mark.usefixtures("programme")


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
    her = person_in(hers)
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

"""A recovery goes through only where nobody shows that the way in she has still works: what she does in a session that
was open before counts, and home tells her."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock as portal_clock
from portal import people, signin
from portal.db import run, transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, step_in
from tests.signin import browsing
from tests.signin.hands import NEW, change_to, code_in, give_passkey, row_of, signed_in
from tests.signin.recoveries import ask, begin, note, prove, state_of, wait_out

pytestmark = pytest.mark.usefixtures("programme")

MONTH = timedelta(days=31)


@pytest.fixture
def before(anna, clock) -> signin.Person:
    """Her session of three weeks ago, in which she has proved nothing since."""
    person = signed_in(anna)
    clock.shift(timedelta(days=21))
    return person


@pytest.mark.both_engines
@pytest.mark.parametrize("how", ["a passkey", "a mailed code"])
def test_a_proof_in_a_session_of_before_stops_it(app, mailbox, anna, sam, clock, before, how):
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    passkey = give_passkey(anna, portal_clock.now() - MONTH) if how == "a passkey" else None
    transact(lambda: signin.sessions.renew(before, portal_clock.now(), passkey_id=passkey))
    wait_out(clock)
    assert (row_of(anna).email, state_of(request_id)) == (ANNA, ("stopped", "signed_in"))


@pytest.mark.both_engines
def test_a_passkey_that_was_used_since_stops_it_whatever_became_of_the_session(
    app, mailbox, anna, sam, clock, before
):
    passkey = give_passkey(anna)
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    _use(passkey)
    wait_out(clock)
    assert (row_of(anna).email, state_of(request_id)) == (ANNA, ("stopped", "signed_in"))


def test_what_she_showed_before_it_began_stops_nothing(app, mailbox, anna, sam, clock, before):
    _use(give_passkey(anna))
    transact(lambda: signin.sessions.renew(before, portal_clock.now()))
    clock.shift(timedelta(seconds=1))
    begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    wait_out(clock)
    assert row_of(anna).email == NEW


def test_while_her_card_is_stopped_only_a_passkey_of_long_before_does(app, mailbox, anna, sam, clock, before):
    young = give_passkey(anna, portal_clock.now() - timedelta(days=2))
    transact(lambda: people.freeze(anna, portal_clock.now()))
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    _use(young)
    transact(lambda: signin.sessions.renew(before, portal_clock.now(), passkey_id=young))
    wait_out(clock)
    assert (row_of(anna).email, state_of(request_id)) == (NEW, ("done", "time"))


@pytest.mark.both_engines(every_case=True)
@pytest.mark.parametrize("enough", [True, False], ids=["waits", "waits for a second colleague"])
def test_a_change_of_address_by_herself_stops_it_at_once_and_who_asked_is_told(
    app, mailbox, anna, sam, clock, before, enough
):
    request_id = ask(email="thief@example.net")
    prove(mailbox, request_id, "thief@example.net")
    note(request_id, anna, sam, enough=enough)
    clock.shift(timedelta(hours=1))
    change_to(mailbox, anna, "anna.new@example.org")
    assert state_of(request_id) == ("stopped", "member")
    assert "stays as it is" in mailbox.to("thief@example.net")[-1]["Subject"]
    wait_out(clock)
    assert row_of(anna).email == "anna.new@example.org"


def test_she_proves_by_her_own_passkey_and_changes_her_address_while_it_waits(app, mailbox, anna, sam, clock):
    phone, visit = Phone(), step_in(app)
    assert browsing.set_up(visit, phone).status_code == 303
    clock.shift(timedelta(days=20))
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    assert browsing.prove(visit, phone, "/safety/address").status_code == 303
    visit.open("/safety/address")
    visit.submit("Send the code", email="anna.new@example.org")
    visit.submit("Change my address", code=code_in(mailbox, "anna.new@example.org"))
    assert state_of(request_id) == ("stopped", "member")
    wait_out(clock)
    assert row_of(anna).email == "anna.new@example.org"


def test_home_and_her_own_page_tell_her_and_lead_to_what_stops_it(app, mailbox, anna, sam, clock):
    visit = step_in(app)
    clock.shift(timedelta(days=1))
    for page in ("/home", "/you"):
        assert "about to change" not in visit.open(page).text
    begin(mailbox, anna, sam)
    for page in ("/home", "/you"):
        assert "Your address is about to change." in visit.open(page).text
        visit.follow("See what to do")
        assert visit.path == "/safety/stop"
    visit.submit("That is wrong: stop it")
    for page in ("/home", "/you"):
        assert "about to change" not in visit.open(page).text


def test_home_tells_both_where_her_card_is_stopped_too(app, mailbox, anna, sam, clock):
    visit = step_in(app)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    begin(mailbox, anna, sam)
    page = visit.open("/home")
    assert "Your points are stopped" in page.text
    assert "Your address is about to change." in page.text


def _use(passkey_id: str) -> None:
    """She shows this passkey."""
    passkey = signin.Passkey.__table__
    used = update(passkey).where(passkey.c.id == passkey_id).values(used_at=portal_clock.now())
    transact(lambda: run(used))

"""Links by which colleagues begin, or begin anew: a passkey is set up behind one, and nothing else."""

import pytest

from portal import clock as portal_clock
from portal import people, signin
from portal.db import transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, SAM, employ
from tests.page import Visit
from tests.support.acts import hire, newcomer, touch

pytestmark = pytest.mark.usefixtures("programme")


def test_a_link_lets_a_newcomer_set_up_a_passkey_and_nothing_else(app, anna):
    transact(lambda: people.add_staff(SAM, "owner", portal_clock.now()))
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit("Sign in as s•••@example.com on this device")
    assert visit.path == "/staff/passkeys/new"
    for page in (
        "/staff/",
        "/staff/members",
        "/staff/members/c-1",
        "/staff/till",
        "/staff/safety",
        "/staff/proof",
    ):
        answer = visit.client.get(page)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/passkey"), page
    assert visit.client.get("/home").headers["Location"].startswith("/sign-in")


def test_a_link_of_staff_is_none_for_members_and_the_other_way_round(app, anna):
    transact(lambda: people.add_staff(SAM, "owner", portal_clock.now()))
    for kind, email, there in (("staff", SAM, "/sign-in/link/"), ("member", ANNA, "/staff/sign-in/link/")):
        path = transact(lambda kind=kind, email=email: signin.make_link(email, kind, portal_clock.now(), 60))
        wrong = there + path.rpartition("/")[2]
        client = app.test_client()
        assert client.get(wrong).status_code == 410, kind
        visit = Visit(client)
        visit.open(path)
        assert visit.page.all("button"), "and it is not used up"


@pytest.mark.settings(PORTAL_DEMO="1")
def test_in_the_demonstration_a_link_is_enough(app, anna):
    transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit("Sign in as s•••@example.com on this device")
    assert visit.path == "/staff/members"
    assert "demonstration" in visit.page.text


@pytest.mark.both_engines
def test_who_lost_their_passkey_begins_anew_and_is_out_at_once(app, anna):
    from portal.errors import Refused

    desk, other = employ(app), hire(app, "owner", "kim@example.com")
    transact(lambda: signin.start_staff_anew(SAM.upper(), portal_clock.now()))
    assert desk.client.get("/staff/").status_code == 303
    other.open("/staff/members")
    transact(lambda: people.disable_staff(SAM, portal_clock.now()))
    for nobody in (SAM, ANNA):
        with pytest.raises(Refused) as refused:
            transact(lambda nobody=nobody: signin.start_staff_anew(nobody, portal_clock.now()))
        assert refused.value.code == "unknown_key"


def test_a_link_that_went_astray_opens_nothing_once_another_was_made(app):
    transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    astray = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    transact(lambda: signin.start_staff_anew(SAM.upper(), portal_clock.now()))
    thief = Visit(app.test_client())
    thief.open(astray, 410)
    assert not thief.page.all("form", action=astray)
    assert "Already used" not in thief.page.text
    assert "or until a newer one is made" in thief.page.text
    assert newcomer(app, Phone()).open("/staff/members")


@pytest.mark.both_engines
def test_the_passkey_of_a_newcomer_lets_them_in_from_then_on_and_no_link_does(app, anna, mailbox):
    phone = Phone()
    desk = newcomer(app, phone)
    desk.open("/staff/members")
    desk.submit("Sign out")
    desk.follow("Sign in again")
    touch(desk, phone, "Sign in", "sign_in")
    assert desk.path == "/staff/members"
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    thief = Visit(app.test_client())
    thief.open(path)
    thief.submit("Sign in as s•••@example.com on this device")
    assert "You have a passkey already" in thief.page.text
    assert thief.client.get("/staff/passkeys/new").headers["Location"].startswith("/staff/proof")
    assert thief.client.get("/staff/proof").headers["Location"] == "/staff/passkey"
    thief.submit("Sign out")
    transact(lambda: signin.start_staff_anew(SAM, portal_clock.now()))
    desk.open("/staff/sign-in")
    touch(desk, phone, "Sign in", "sign_in", 400)
    assert newcomer(app, Phone()).open("/staff/members")

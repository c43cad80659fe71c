"""A stop is lifted: which passkeys she is asked about, what the way to the proof keeps, and who is signed out."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, ledger, signin
from portal.db import transact
from portal.errors import Refused
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter
from tests.page import Visit
from tests.signin.browsing import is_in, options_for, prove_by_mail, send, set_up, sign_in
from tests.signin.hands import give_passkey, link, row_of, say_not_me, signed_in
from tests.support.acts import hire

pytestmark = pytest.mark.usefixtures("programme")

MONTH = signin.telling.NOT_ME_LASTS
BUTTON = "Let my points move again"
ASKED = "Which of these passkeys do you know?"


def lift(person: signin.Person, *known: str) -> list[str]:
    since = signin.stop_of(row_of(person.id))
    gone = transact(lambda: signin.lift_by_passkey(person, portal_clock.now(), since=since, known=known))
    jobs.wake()
    return gone.passkeys


def lift_at_desk(member_id: str) -> None:
    def write() -> None:
        ledger.lock(member_id)
        signin.lift_at_desk(row_of(member_id), [], portal_clock.now())

    transact(write)


def lives(person: signin.Person) -> bool:
    return signin.load_session(person.token, portal_clock.now()) is not None


def ids(member_id: str) -> set[str]:
    return {one.id for one in signin.passkeys_of("member", member_id)}


@pytest.fixture
def old(anna) -> str:
    """A passkey of hers that is old enough; its id."""
    return give_passkey(anna, portal_clock.now() - MONTH - timedelta(days=5))


@pytest.mark.both_engines
def test_what_she_does_not_know_is_removed_and_whoever_came_by_it_is_out(app, mailbox, anna, old, clock):
    knew, theirs = give_passkey(anna), give_passkey(anna)
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna, "points_left"))
    thief, hers = signed_in(anna, "t" * 43, passkey=theirs), signed_in(anna, passkey=old)
    assert lift(hers, knew, "another's") == ["Phone"]
    assert ids(anna) == {old, knew}
    assert (lives(thief), lives(hers)) == (False, True)
    assert "Passkeys that you did not know were removed: Phone." in mailbox.words(ANNA)
    assert lift(hers) == [], "lifted twice is once"


@pytest.mark.both_engines
def test_a_page_of_an_earlier_stop_lifts_no_other_and_removes_nothing(app, mailbox, anna, old, clock):
    theirs = give_passkey(anna)
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna))
    shown = row_of(anna).frozen_at
    lift_at_desk(anna)
    theirs = give_passkey(anna)
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna))
    hers = signed_in(anna, passkey=old)
    for since in (shown, None):
        with pytest.raises(Refused) as refused:
            transact(lambda since=since: signin.lift_by_passkey(hers, portal_clock.now(), since=since))
        assert (refused.value.code, refused.value.facts["why"]) == ("conflict", "stopped_anew")
    assert row_of(anna).frozen_at is not None
    assert ids(anna) == {old, theirs}


@pytest.mark.both_engines(every_case=True)
@pytest.mark.parametrize("way", ["hers", "desk"])
def test_a_lift_signs_out_whoever_came_back_by_a_code(app, mailbox, anna, old, clock, way):
    young = give_passkey(anna)
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna))
    clock.shift(timedelta(minutes=5))
    thief, by_young = signed_in(anna, "t" * 43), signed_in(anna, "y" * 43, passkey=young)
    phone, hers = signed_in(anna, "p" * 43, passkey=old), signed_in(anna, passkey=old)
    if way == "hers":
        lift(hers, young)
    else:
        lift_at_desk(anna)
    assert [lives(one) for one in (thief, by_young, phone, hers)] == [False, False, True, True]


@pytest.fixture
def phones(app, mailbox, anna, clock) -> tuple[Phone, Phone]:
    """Her phone, with a passkey of long ago, and a thief's, with one of ten days before she stopped her card."""
    hers, his = Phone(), Phone()
    set_up(enter(app), hers)
    clock.shift(timedelta(days=60))
    thief = enter(app)
    prove_by_mail(thief, mailbox)
    set_up(thief, his)
    clock.shift(timedelta(days=10))
    assert say_not_me(link(anna, "points_left")) == "stopped"
    clock.shift(timedelta(hours=1))
    return hers, his


def test_her_page_asks_about_the_newest_and_a_thiefs_opens_nothing_afterwards(app, anna, phones):
    her_phone, his_phone = phones
    hers = Visit(app.test_client())
    sign_in(hers, her_phone)
    page = hers.open("/safety/stop")
    assert ASKED in page.text
    assert len(page.all("input", name="known")) == 1
    hers.submit(BUTTON)
    assert "Your points can move again." in hers.page.text
    again = Visit(app.test_client())
    assert sign_in(again, his_phone).status_code == 400
    assert not is_in(again)


def test_what_she_ticked_is_ticked_still_after_the_proof(app, anna, phones):
    her_phone, his_phone = phones
    hers = enter(app)
    hers.open("/safety/stop")
    hers.submit(BUTTON, known=True)
    assert hers.path == "/proof"
    answer = send(
        hers, "/proof/passkey", her_phone.sign(options_for(hers, "prove", "/safety/stop")), "/safety/stop"
    )
    assert answer.headers["Location"] == "/safety/stop"
    page = hers.open("/safety/stop")
    assert [one["value"] for one in page.all("input", name="known") if "checked" in one.attributes]
    hers.submit(BUTTON)
    assert row_of(anna).frozen_at is None
    assert len(ids(anna)) == 2
    assert sign_in(Visit(app.test_client()), his_phone).status_code == 303, "it was hers: she has said so"


def test_a_stale_page_says_so_and_the_next_press_is_about_the_new_stop(app, anna, phones, clock):
    hers = Visit(app.test_client())
    sign_in(hers, phones[0])
    stale = Visit(hers.client)
    stale.open("/safety/stop")
    hers.open("/safety/stop")
    hers.submit(BUTTON, known=True)
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna))
    sign_in(hers, phones[0])
    stopped_at, page = row_of(anna).frozen_at, stale.page
    hers.open("/safety/stop")
    sent = {one["name"]: one["value"] for one in page.all("input", name="since")}
    sent["csrf_token"] = hers.page.all("input", name="csrf_token")[0]["value"]
    answer = hers.client.post("/safety/stop", data=sent)
    assert "Your points were stopped once more after this page was opened." in answer.text
    assert row_of(anna).frozen_at == stopped_at
    assert len(ids(anna)) == 2
    hers.submit(BUTTON, known=True)
    assert row_of(anna).frozen_at is None


@pytest.mark.both_engines
def test_what_she_says_since_of_an_earlier_day_is_asked_about_before_it_goes(app, mailbox, anna, clock):
    mine, now = give_passkey(anna, portal_clock.now() - timedelta(days=40)), portal_clock.now()
    of_before = signin.not_me_url(anna, ANNA, "device", now - timedelta(days=15)).rpartition("/")[2]
    say_not_me(link(anna, "device"))
    desk = hire(app)
    desk.open("/staff/stops/lift?member=c-1")
    assert "Phone" not in desk.page.text
    clock.shift(timedelta(minutes=1))
    say_not_me(of_before)
    desk.submit("Lift the stop", 409, reason="She showed her ID", ticket="T-1")
    assert (ids(anna), row_of(anna).frozen_at) == ({mine}, now)
    desk.follow("Load the page anew")
    assert "Phone" in desk.page.text
    desk.submit("Lift the stop", reason="She showed her ID", ticket="T-1", known=mine)
    assert (ids(anna), row_of(anna).frozen_at) == ({mine}, None)


def test_with_no_young_passkey_nothing_is_asked(app, mailbox, anna, old):
    say_not_me(link(anna))
    page = enter(app).open("/safety/stop")
    assert ASKED not in page.text
    assert BUTTON in [one.text for one in page.all("button")]


def test_the_pages_of_a_stop_promise_nothing_that_is_not_so(app, mailbox, anna, old):
    token = link(anna)
    page = Visit(app.test_client()).open(f"/not-me/{token}")
    assert "You go on earning, and last days stay as they are." in page.text
    say_not_me(token)
    page = enter(app).open("/safety/stop")
    assert "Points and rewards end on the days that they always had." in page.text

"""While her card is stopped: who stops a recovery and who does not; and which mailboxes may still say "not me"."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock as portal_clock
from portal import jobs, signin
from portal.db import run, transact
from portal.errors import Refused
from tests.home.doors import ANNA, enter
from tests.signin.hands import (
    NEW,
    change_to,
    give_passkey,
    link,
    row_of,
    say_not_me,
    signed_in,
    token_in,
    undo,
)
from tests.signin.recoveries import ask, note, prove, run_nightly, state_of, wait_out

pytestmark = pytest.mark.usefixtures("programme")

MONTH = signin.telling.NOT_ME_LASTS


@pytest.fixture
def waits(app, mailbox, anna, sam, clock) -> str:
    """A recovery that was begun while her card was stopped, and waits; its id."""
    assert say_not_me(link(anna)) == "stopped"
    clock.shift(timedelta(minutes=10))
    request_id = ask()
    assert prove(mailbox, request_id) == "right"
    assert note(request_id, anna, sam) == "waiting"
    clock.shift(timedelta(minutes=10))
    return request_id


def use(passkey_id: str) -> None:
    """A passkey signs something, now."""
    passkey = signin.Passkey.__table__
    used = update(passkey).where(passkey.c.id == passkey_id).values(used_at=portal_clock.now())
    transact(lambda: run(used))


def say_no(person: signin.Person) -> str:
    """Press the button of the page about her stop."""
    outcome = transact(lambda: signin.stop_by_member(person, portal_clock.now()))
    jobs.wake()
    return outcome


@pytest.mark.both_engines
def test_a_mailed_code_stops_no_recovery_however_often_it_signs_in(app, mailbox, anna, waits, clock):
    for _ in range(3):
        enter(app)
        signed_in(anna)
        clock.shift(timedelta(minutes=1))
    wait_out(clock)
    assert (state_of(waits), row_of(anna).email) == (("done", "time"), NEW)


@pytest.mark.both_engines(every_case=True)
@pytest.mark.parametrize(("older", "ends"), [(timedelta(seconds=1), "stopped"), (timedelta(0), "done")])
def test_a_passkey_that_may_lift_the_stop_stops_a_recovery_by_being_used(
    app, mailbox, anna, sam, clock, older, ends
):
    hers = give_passkey(anna, portal_clock.now() - MONTH - older)
    say_not_me(link(anna))
    use(hers)  # before it begins says nothing
    clock.shift(timedelta(minutes=10))
    request_id = ask()
    prove(mailbox, request_id)
    note(request_id, anna, sam)
    clock.shift(timedelta(hours=48))
    run_nightly()
    assert state_of(request_id)[0] == "waiting"
    use(hers)
    clock.shift(timedelta(hours=24))
    run_nightly()
    assert state_of(request_id)[0] == ends


@pytest.mark.both_engines
@pytest.mark.parametrize("way", ["link", "page"])
def test_a_no_of_whoever_reads_her_mail_asks_for_another_colleague_once(
    app, mailbox, anna, sam, kim, waits, clock, way
):
    def say() -> None:
        if way == "link":
            assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"
        else:
            say_no(signed_in(anna))

    say()
    row = signin.find_recovery(waits)
    assert (row.state, row.acts_at, row.doubted_at) == ("checked", None, portal_clock.now())
    assert "we look once more" in mailbox.to(NEW)[-1]["Subject"]
    wait_out(clock)
    assert row_of(anna).email == ANNA, "nothing acts before a colleague has looked"
    with pytest.raises(Refused) as refused:
        note(waits, anna, sam)
    assert refused.value.facts["why"] == "same"
    told = len(mailbox.to(ANNA))
    assert note(waits, anna, kim) == "waiting"
    assert len(mailbox.to(ANNA)) == told + 1, "the old address is told that it begins anew"
    assert signin.find_recovery(waits).acts_at == portal_clock.now() + timedelta(hours=72)
    clock.shift(timedelta(minutes=1))
    say()
    assert signin.find_recovery(waits).state == "waiting", "said twice is said once"
    wait_out(clock)
    assert (state_of(waits), row_of(anna).email) == (("done", "time"), NEW)


@pytest.mark.both_engines
def test_an_old_passkey_and_staff_stop_it_also_after_a_second_colleague(app, mailbox, anna, sam, kim, clock):
    hers = give_passkey(anna, portal_clock.now() - MONTH - timedelta(seconds=1))
    say_not_me(link(anna))
    request_id = ask()
    prove(mailbox, request_id)
    note(request_id, anna, sam)
    assert say_no(signed_in(anna)) == "doubted"
    assert say_no(signed_in(anna)) == "nothing"
    note(request_id, anna, kim)
    assert say_no(signed_in(anna, passkey=hers)) == "stopped"
    assert state_of(request_id) == ("stopped", "member")
    assert "stays as it is" in mailbox.to(NEW)[-1]["Subject"]


def test_lifting_by_an_old_passkey_stops_it(app, mailbox, anna, sam, clock):
    hers = give_passkey(anna, portal_clock.now() - MONTH - timedelta(seconds=1))
    say_not_me(link(anna))
    person = signed_in(anna, passkey=hers)
    request_id = ask()
    prove(mailbox, request_id)
    note(request_id, anna, sam)
    transact(lambda: signin.lift_by_passkey(person, portal_clock.now(), since=person.frozen_at))
    assert state_of(request_id) == ("stopped", "signed_in")


def test_a_no_before_the_second_colleague_of_a_rich_card_is_heard_too(app, mailbox, anna, sam, kim, clock):
    say_not_me(link(anna))
    clock.shift(timedelta(seconds=1))
    request_id = ask()
    prove(mailbox, request_id)
    assert note(request_id, anna, sam, enough=False) == "checked"
    assert say_not_me(link(anna)) == "stopped"
    assert signin.find_recovery(request_id).doubted_at == portal_clock.now()
    assert note(request_id, anna, kim) == "waiting"


@pytest.mark.both_engines
def test_what_two_colleagues_decided_the_old_mailbox_neither_undoes_nor_stops(
    app, mailbox, anna, sam, kim, waits, clock
):
    before = link(anna)
    say_no(signed_in(anna))
    clock.shift(timedelta(seconds=1))
    note(waits, anna, kim)
    wait_out(clock)
    assert row_of(anna).email == NEW
    assert "/undo/" not in mailbox.words(ANNA)
    assert "people in the shop have seen proof twice" in mailbox.words(ANNA)
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    for token in (before, token_in(mailbox, ANNA, "/not-me/")):
        assert say_not_me(token) == "unknown"
    assert row_of(anna).frozen_at is None


@pytest.mark.both_engines
def test_an_undone_recovery_counts_as_a_no_and_the_next_one_is_final(
    app, mailbox, anna, sam, kim, waits, clock
):
    wait_out(clock)
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "back"
    assert row_of(anna).email == ANNA
    clock.shift(timedelta(days=1))
    again = ask()
    prove(mailbox, again)
    assert note(again, anna, sam) == "checked"
    assert signin.find_recovery(again).doubted_at == portal_clock.now()
    assert note(again, anna, kim) == "waiting"
    assert say_no(signed_in(anna)) == "nothing"
    wait_out(clock)
    assert row_of(anna).email == NEW
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "used"
    assert row_of(anna).email == NEW


def test_a_change_that_a_thief_made_before_is_undone_no_more_after_a_final_recovery(
    app, mailbox, anna, sam, kim, clock
):
    change_to(mailbox, anna, "thief@example.net")
    say_not_me(link(anna, email="thief@example.net"))
    request_id = ask()
    prove(mailbox, request_id)
    note(request_id, anna, sam)
    assert say_not_me(link(anna)) == "stopped"
    assert state_of(request_id)[0] == "checked"
    note(request_id, anna, kim)
    wait_out(clock)
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "used"
    assert row_of(anna).email == NEW
    for mailbox_of_before in (ANNA, "thief@example.net"):
        assert say_not_me(link(anna, email=mailbox_of_before)) == "unknown", "they speak for her no more"


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("after", "outcome"), [(timedelta(days=14, seconds=-1), "stopped"), (timedelta(days=14), "unknown")]
)
def test_a_link_dies_with_its_mailbox_when_the_undo_time_is_over(app, mailbox, anna, clock, after, outcome):
    token = link(anna)
    change_to(mailbox, anna, NEW)
    clock.shift(after - timedelta(days=1))
    hers = give_passkey(anna)
    clock.shift(timedelta(days=1))
    assert say_not_me(token) == outcome
    assert (row_of(anna).frozen_at is not None) == (outcome == "stopped")
    assert (hers in [one.id for one in signin.passkeys_of("member", anna)]) == (outcome == "unknown")
    clock.shift(timedelta(seconds=1))
    assert say_not_me(link(anna, email=NEW)) == "stopped", "her own mailbox always may"


@pytest.mark.both_engines
def test_after_an_undo_the_links_of_before_work_and_those_in_the_thiefs_mailbox_are_dead(
    app, mailbox, anna, clock
):
    hers = link(anna)
    clock.shift(timedelta(seconds=1))
    change_to(mailbox, anna, NEW)
    theirs = token_in(mailbox, NEW, "/not-me/")
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "back"
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    assert say_not_me(theirs) == "unknown"
    assert row_of(anna).frozen_at is None
    assert say_not_me(hers) == "stopped"


def test_a_dead_link_is_answered_kindly(app, mailbox, anna, clock):
    token = link(anna)
    change_to(mailbox, anna, NEW)
    clock.shift(timedelta(days=14))
    page = app.test_client().get(f"/not-me/{token}")
    assert page.status_code == 410
    assert "sent to an address that is not yours any more" in page.text


def test_the_page_of_her_stop_says_who_decides(app, mailbox, anna, sam, kim, waits, clock):
    hers = enter(app)
    page = hers.open("/safety/stop")
    assert "nothing changes until a second one of us has seen proof" in page.text
    page = hers.submit("That is not me")
    assert "Your address stays as it is until a second one of us has seen proof." in page.text
    assert "Somebody here has said no to it." in page.text
    assert not [form for form in page.all("form") if "recovery" in form.attributes.get("action", "")]
    note(waits, anna, kim)
    assert "Somebody here has said no to it." in hers.open("/safety/stop").text

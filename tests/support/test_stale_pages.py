"""Pages at the desk that were open while somebody else went on: they say what is so, and never undo what came later."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import run, transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA
from tests.page import Visit
from tests.signin.hands import row_of
from tests.support.acts import REASON, TICKET, colleague, hire, whats
from tests.support.recovering import KIM, NEW, asked, lift, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")

STOP, LIFT = "/staff/stops/new?member=c-1", "/staff/stops/lift?member=c-1"


def stop(staff: signin.Person, member_id: str) -> bool:
    is_new = transact(
        lambda: recovering.stop_card(staff, member_id, reason=REASON, now=portal_clock.now(), request="r")
    )
    jobs.wake()
    return is_new


def href(desk: Visit, words: str) -> str:
    """Where the link with these words leads."""
    return next(one["href"] for one in desk.page.all("a") if one.text == words)


@pytest.mark.both_engines
def test_a_page_that_lifts_a_stop_lifts_no_later_one(app, anna, mailbox, clock):
    kim, desk = colleague(email=KIM), hire(app)
    stop(kim, anna)
    desk.open(LIFT)
    clock.shift(timedelta(minutes=1))
    lift(kim, anna)
    clock.shift(timedelta(minutes=1))
    stop(kim, anna)
    since, sent = row_of(anna).frozen_at, len(mailbox)
    desk.submit("Lift the stop", 409, ticket=TICKET, reason=REASON)
    assert "Her card was stopped once more after this page was opened." in desk.page.text
    assert (row_of(anna).frozen_at, len(mailbox)) == (since, sent)
    assert not [one for one in desk.page.all("button") if one.text == "Lift the stop"]
    desk.follow("Load the page anew")
    desk.submit("Lift the stop", ticket=TICKET, reason=REASON)
    assert row_of(anna).frozen_at is None


@pytest.mark.parametrize("beside", [timedelta(microseconds=1), timedelta(seconds=-1), None])
def test_only_the_very_stop_that_was_looked_at_is_lifted(anna, beside):
    sam, now = colleague(), portal_clock.now()
    transact(lambda: people.freeze(anna, now))
    told = {"known": (), "ticket": TICKET, "reason": REASON, "now": now}
    told["since"] = None if beside is None else now + beside
    with pytest.raises(Refused) as refused:
        transact(lambda: recovering.lift(sam, anna, **told))
    assert (refused.value.code, refused.value.facts["why"]) == ("conflict", "stopped_anew")
    assert row_of(anna).frozen_at is not None


@pytest.mark.parametrize("since", ["", "yesterday", "2026-06-10T10:30:00", "\x00", "9" * 100_000])
def test_a_page_that_says_no_stop_lifts_none(app, anna, since):
    transact(lambda: people.freeze(anna, portal_clock.now()))
    desk = hire(app)
    desk.open(LIFT)
    desk.submit("Lift the stop", 409, ticket=TICKET, reason=REASON, since=since)
    assert row_of(anna).frozen_at is not None


@pytest.mark.both_engines
def test_a_card_that_is_stopped_already_says_so_and_she_gets_no_second_mail(app, anna, mailbox):
    desk = hire(app)
    desk.open(STOP)
    assert stop(colleague(email=KIM), anna) is True
    sent = len(mailbox)
    desk.submit("Stop her card", reason="She rang us just now")
    assert "It was stopped already." in desk.page.text
    assert "Done." not in desk.page.text
    assert (len(mailbox), whats(anna)) == (sent, ["card_stopped"])


@pytest.mark.both_engines
def test_a_stop_that_is_lifted_already_says_so(app, anna, mailbox):
    kim = colleague(email=KIM)
    stop(kim, anna)
    desk = hire(app)
    desk.open(LIFT)
    assert lift(kim, anna) is True
    assert lift(kim, anna) is False
    sent = len(mailbox)
    desk.submit("Lift the stop", ticket=TICKET, reason=REASON)
    assert "Nothing is stopped." in desk.page.text
    assert "Done." not in desk.page.text
    assert (len(mailbox), whats(anna)) == (sent, ["card_stopped", "stop_lifted"])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("refused", "It was refused already."),
        ("stopped", "It was stopped already."),
        ("done", "It is done already: she has the new address."),
    ],
)
def test_a_refusal_that_comes_too_late_says_what_is_so(app, anna, mailbox, asked, state, words):
    request_id, kim, desk = asked(), colleague(email=KIM), hire(app)
    note(kim, request_id, anna)
    desk.open(f"/staff/recoveries/{request_id}")
    end(request_id, anna, kim, state)
    sent, noted = len(mailbox), len(audit.rows_of(anna))
    desk.submit("Refuse", reason="It was her brother who came")
    assert words in desk.page.text
    assert desk.path == f"/staff/recoveries/{request_id}"
    assert "Nothing was changed, and whoever asked is told." not in desk.page.text
    assert (len(mailbox), len(audit.rows_of(anna))) == (sent, noted)


def end(request_id: str, member_id: str, staff: signin.Person, state: str) -> None:
    """What a colleague, or the time, made of a request meanwhile."""
    recovery = signin.Recovery.__table__
    now = portal_clock.now()
    if state == "refused":
        transact(lambda: recovering.refuse(staff, request_id, reason=REASON, now=now))
    elif state == "stopped":
        stop(staff, member_id)
    else:
        done = recovery.update().where(recovery.c.id == request_id).values(state="done", ended_at=now)
        transact(lambda: run(done))
    jobs.wake()


def test_proofs_that_a_colleague_has_noted_meanwhile_say_so(app, anna, mailbox, asked):
    request_id, desk = asked(), hire(app)
    desk.open(f"/staff/recoveries/{request_id}")
    note(colleague(email=KIM), request_id, anna)
    told = {"member": anna, "email": NEW, "reason": REASON, "ticket": TICKET}
    desk.submit("It is she: let it wait", id=True, card=True, **told)
    assert "A colleague has let it wait already." in desk.page.text
    assert signin.find_recovery(request_id).state == "waiting"


def test_an_address_on_its_way_is_said_before_the_form_and_leads_to_its_request(app, anna, mailbox, asked):
    request_id = asked()
    note(colleague(email=KIM), request_id, anna, stops=True)
    desk = hire(app)
    desk.open(LIFT)
    assert "Another address is on its way to this card. Decide on that first." in desk.page.text
    assert not [one for one in desk.page.all("button") if one.text == "Lift the stop"]
    assert href(desk, "See that request") == f"/staff/recoveries/{request_id}"


def test_an_address_that_came_on_its_way_meanwhile_is_told_with_the_link(app, anna, mailbox, asked):
    kim, desk = colleague(email=KIM), hire(app)
    stop(kim, anna)
    desk.open(LIFT)
    request_id = asked()
    note(kim, request_id, anna)
    desk.submit("Lift the stop", 409, ticket=TICKET, reason=REASON)
    assert "Another address is on its way to this card." in desk.page.text
    assert href(desk, "See that request") == f"/staff/recoveries/{request_id}"
    assert row_of(anna).frozen_at is not None


def test_the_page_that_stops_a_card_leads_on_where_it_is_stopped(app, anna):
    transact(lambda: people.freeze(anna, portal_clock.now()))
    desk = hire(app)
    desk.open(STOP)
    desk.follow("Lift the stop")
    assert desk.path == "/staff/stops/lift"
    assert ANNA not in desk.page.text
    desk.submit("Lift the stop", ticket=TICKET, reason=REASON)
    assert row_of(anna).frozen_at is None

"""Customer numbers that a thief may have connected with her card: they go as passkeys do, with the stop or its lift."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, people, rewards, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import audit
from tests.giving.hands import earn
from tests.home.doors import ANNA, enter, join
from tests.page import Visit
from tests.signin.browsing import options_for, send
from tests.signin.hands import give_passkey, link, row_of, say_not_me, signed_in, token_in
from tests.signin.test_lifting import BUTTON, MONTH, phones
from tests.support.acts import REASON, TICKET, colleague, hire
from tests.support.recovering import lift as lift_at_desk

__all__ = ["phones"]

pytestmark = pytest.mark.usefixtures("programme")

THEIRS, HERS = "c-66", "c-17"


def ask(ref: str, shop: str = "main") -> bool:
    now = portal_clock.now()
    return transact(lambda: joining.ask_owner(ANNA, ref, shop=shop, shop_name="Main Street", now=now))


def connect(mailbox, clock, ref: str) -> str:
    """The shop asks for this number, the button of the mail says yes, and a day goes by; the token of that mail."""
    assert ask(ref)
    jobs.wake()
    token = token_in(mailbox, ANNA, "/links/")
    transact(lambda: joining.confirm(token, portal_clock.now()))
    jobs.wake()
    clock.shift(timedelta(days=1))
    return token


def owners(*refs: str) -> list[str | None]:
    return [people.owner_of("customer", ref) for ref in refs]


def at_the_till(ref: str) -> None:
    """Whoever shows this number wants a reward for its points."""
    member = people.by_ref(ref)
    if member is None:  # as the API answers it
        raise Refused("unknown_member")
    transact(lambda: rewards.redeem(member.id, "five-off", ref="r", at=portal_clock.now(), actor="shop:main"))


def numbers_of(member_id: str) -> list[str]:
    return [one.ref for one in signin.young_numbers(row_of(member_id))]


@pytest.mark.both_engines
def test_who_says_that_a_number_was_not_her_is_rid_of_it_for_good(app, mailbox, anna, clock):
    hers = connect(mailbox, clock, HERS)
    theirs = connect(mailbox, clock, THEIRS)
    assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"
    assert owners("c-1", HERS, THEIRS) == [anna, anna, None]
    assert joining.find_request(theirs, portal_clock.now()).state == "changed"
    assert joining.find_request(hers, portal_clock.now()).state == "linked"
    clock.shift(timedelta(days=2))
    assert [ask(THEIRS), ask(THEIRS, "other")] == [False, False], "she has said no"
    lift_at_desk(colleague(), anna, numbers=[HERS])
    transact(lambda: joining.confirm(theirs, portal_clock.now()))
    assert owners(HERS, THEIRS) == [anna, None]


@pytest.mark.both_engines
def test_one_that_stands_in_for_her_id_gives_it_back(app, mailbox, programme, clock):
    anna = join(ref=None)
    made_here = row_of(anna).ref
    connect(mailbox, clock, THEIRS)
    assert row_of(anna).ref == THEIRS
    say_not_me(token_in(mailbox, ANNA, "/not-me/"))
    assert row_of(anna).ref == made_here
    assert people.by_ref(made_here).id == anna


@pytest.mark.both_engines
@pytest.mark.parametrize("way", ["hers", "desk"])
def test_of_the_newest_numbers_those_stay_that_she_knows(app, mailbox, anna, clock, way):
    earn(anna, 2000)
    old = give_passkey(anna, portal_clock.now() - MONTH)
    connect(mailbox, clock, "c-10")
    clock.shift(MONTH)
    connect(mailbox, clock, HERS)
    connect(mailbox, clock, THEIRS)
    say_not_me(link(anna))
    assert numbers_of(anna) == [THEIRS, HERS]
    assert owners(THEIRS) == [anna], "it came before; she is asked"
    with pytest.raises(Refused, match="stopped"):
        at_the_till(THEIRS)
    if way == "desk":
        lift_at_desk(colleague(), anna, numbers=[HERS, "another's"])
        assert audit.rows_of(anna)[0].facts["numbers_removed"] == 1
    else:
        now, since = portal_clock.now(), row_of(anna).frozen_at
        person = signed_in(anna, passkey=old)
        gone = transact(lambda: signin.lift_by_passkey(person, now, since=since, numbers=[HERS]))
        assert (gone.passkeys, gone.numbers) == ([], [THEIRS])
        jobs.wake()
    assert owners("c-10", HERS, THEIRS) == [anna, anna, None]
    assert numbers_of(anna) == []
    with pytest.raises(Refused, match="unknown_member"):
        at_the_till(THEIRS)
    assert "Customer numbers that you did not know were taken off your card: c-66." in mailbox.words(ANNA)


def test_another_shop_that_asked_for_the_same_number_gets_it_no_more(app, mailbox, anna, clock):
    ask(THEIRS, "other")
    jobs.wake()
    waiting = token_in(mailbox, ANNA, "/links/")
    clock.shift(timedelta(days=1))
    connect(mailbox, clock, THEIRS)
    say_not_me(token_in(mailbox, ANNA, "/not-me/"))
    lift_at_desk(colleague(), anna)
    transact(lambda: joining.confirm(waiting, portal_clock.now()))
    assert owners(THEIRS) == [None]


def test_the_page_behind_the_mail_says_that_the_number_went(app, mailbox, anna, clock):
    connect(mailbox, clock, THEIRS)
    visit = Visit(app.test_client())
    visit.open(f"/not-me/{token_in(mailbox, ANNA, '/not-me/')}")
    visit.submit("This was not me: stop my points")
    assert "The customer number was taken off your card" in visit.page.text


def test_her_page_asks_about_them_and_keeps_what_she_ticked_over_the_proof(app, mailbox, anna, clock, phones):
    transact(lambda: people.lift_freeze(anna))
    connect(mailbox, clock, HERS)
    connect(mailbox, clock, THEIRS)
    say_not_me(link(anna))
    visit = enter(app)
    page = visit.open("/safety/stop")
    assert "Which of these customer numbers are yours?" in page.text
    assert "c-66 of Main Street, connected on 20 August 2026" in page.text
    visit.submit(BUTTON, numbers=HERS)
    assert visit.path == "/proof"
    send(visit, "/proof/passkey", phones[0].sign(options_for(visit, "prove", "/safety/stop")), "/safety/stop")
    page = visit.open("/safety/stop")
    ticked = [one["value"] for one in page.all("input", name="numbers") if "checked" in one.attributes]
    assert ticked == [HERS]
    visit.submit(BUTTON)
    assert owners(HERS, THEIRS) == [anna, None]


def test_the_desk_asks_about_them_too(app, mailbox, anna, clock):
    connect(mailbox, clock, HERS)
    connect(mailbox, clock, THEIRS)
    say_not_me(link(anna))
    desk = hire(app)
    page = desk.open("/staff/stops/lift?member=c-1")
    assert "Which of these customer numbers are hers?" in page.text
    desk.submit("Lift the stop", numbers=HERS, ticket=TICKET, reason=REASON)
    assert owners(HERS, THEIRS) == [anna, None]


def test_the_desk_finds_her_again_who_was_known_by_the_number_that_went(app, mailbox, programme, clock):
    anna = join(ref=None)
    connect(mailbox, clock, THEIRS)
    say_not_me(link(anna))
    desk = hire(app)
    desk.open(f"/staff/stops/lift?member={THEIRS}")
    desk.submit("Lift the stop", ticket=TICKET, reason=REASON)
    assert "Done. Her points can move again" in desk.page.text
    assert owners(THEIRS) == [None]

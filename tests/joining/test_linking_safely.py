"""A shop's customer number and a card that is stopped; and the mail that tells of a number that was connected."""

import re

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, people, signin
from portal.db import transact
from portal.errors import Refused
from tests.home.doors import ANNA, join
from tests.page import Visit
from tests.signin.hands import link, row_of, say_not_me, token_in

pytestmark = pytest.mark.usefixtures("programme")

YES = "Yes, it is mine: connect it"


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def asked(mailbox, anna) -> str:
    """The token of the mail that asks whether customer number c-99 is hers."""
    now = portal_clock.now()
    transact(lambda: joining.ask_owner(ANNA, "c-99", shop="main", shop_name="Main Street", now=now))
    jobs.wake()
    return token_in(mailbox, ANNA, "/links/")


@pytest.mark.both_engines
def test_while_her_card_is_stopped_no_number_is_connected(mailbox, anna, asked):
    say_not_me(link(anna))
    with pytest.raises(Refused) as refused:
        transact(lambda: joining.confirm(asked, portal_clock.now()))
    assert refused.value.code == "stopped"
    assert people.by_ref("c-99") is None
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    transact(lambda: joining.confirm(asked, portal_clock.now()))
    assert people.by_ref("c-99").id == anna


def test_the_page_says_why_and_what_lifts_the_stop(app, mailbox, anna, asked):
    early = Visit(app.test_client())
    early.open(f"/links/{asked}")
    say_not_me(link(anna))
    page = early.submit(YES)
    assert "Not while your card is stopped" in page.text
    assert people.by_ref("c-99") is None
    page = Visit(app.test_client()).open(f"/links/{asked}")
    assert "no customer number is connected with your card" in page.text
    assert [one["href"] for one in page.all("a") if one.text == "See what lifts the stop"] == ["/safety/stop"]
    assert ANNA not in page.text


def test_she_is_told_by_mail_once_and_can_say_that_it_was_not_her(app, mailbox, anna, asked):
    visit = Visit(app.test_client())
    visit.open(f"/links/{asked}")
    visit.submit(YES)
    told = [one for one in mailbox.to(ANNA) if one["Subject"] == "Customer number c-99 is connected"]
    assert len(told) == 1
    words = re.sub(r"\s+", " ", mailbox.words(ANNA))
    assert "customer number c-99 of Main Street was connected with your card" in words
    transact(lambda: joining.confirm(asked, portal_clock.now()))
    jobs.wake()
    assert len([one for one in mailbox.to(ANNA) if "is connected" in one["Subject"]]) == 1
    page = Visit(app.test_client()).open(f"/not-me/{token_in(mailbox, ANNA, '/not-me/')}")
    assert "a customer number of a shop was connected with your card" in page.text
    assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"
    assert row_of(anna).frozen_at is not None

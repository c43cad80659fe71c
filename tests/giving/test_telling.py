"""The mail that points left a card for a cause: of a gift, and of one that is given each month by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock as portal_clock
from portal import giving, nightly, notices, rewards
from portal.db import transact
from tests.giving.hands import earn, give
from tests.home.doors import ANNA
from tests.signin.hands import say_not_me, token_in

pytestmark = [pytest.mark.usefixtures("programme", "clock", "the_books_agree"), pytest.mark.both_engines]
JULY = datetime(2026, 7, 1, 3, tzinfo=UTC)


@pytest.fixture
def told(app, mailbox):
    """What she is told by mail of points that left until an instant: the texts that are new in her mailbox."""

    def deliver(at: datetime) -> list[str]:
        before = len(mailbox)
        notices.deliver_due(at, mailbox, notices.Renderer(app.jinja_env))
        new = [mail for mail in mailbox[before:] if "left your card" in mail["Subject"]]
        return [mail.get_body(("plain",)).get_content() for mail in new]

    return deliver


def test_a_gift_is_told_once_at_once_with_its_cause_and_the_way_to_stop_the_card(anna, told, mailbox):
    earn(anna, 1000)
    now = portal_clock.now()
    for _ in "12":
        transact(lambda: giving.donate(anna, "wildlife", 200, ref="g-1", at=now, actor="member", proof=now))
    (words,) = told(now)
    assert "200 points to Hedgerow Wildlife\n10 Jun 2026, 10:30 · on your pages" in words
    assert "Left on your card after that: 900 points" in words
    assert told(now + timedelta(days=1)) == []
    assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"


def test_a_gift_of_each_month_says_so_and_one_that_was_not_given_is_not_told(anna, told):
    earn(anna, 300)
    now = portal_clock.now()
    transact(lambda: giving.set_standing(anna, "wildlife", 300, at=now, proof=now))
    for _ in "12":
        nightly.run(JULY)
    (words,) = told(JULY)
    assert "300 points to Hedgerow Wildlife" in words
    assert "as your gift of each month" in words
    august = JULY + timedelta(days=31)
    nightly.run(august)
    assert told(august + timedelta(hours=1)) == []


def test_a_gift_that_was_due_while_the_portal_stood_still_is_told_when_it_is_given(anna, told):
    earn(anna, 1000)
    now = portal_clock.now()
    transact(lambda: giving.set_standing(anna, "wildlife", 300, at=now, proof=now))
    began = datetime(2026, 6, 30, 23, tzinfo=UTC)  # the first in the shop's zone
    transact(
        lambda: giving.donate(
            anna, "wildlife", 100, ref="g-1", at=began + timedelta(minutes=5), actor="key:till"
        )
    )
    assert len(told(began + timedelta(minutes=20))) == 1
    late = JULY + timedelta(days=2)
    nightly.run(late)
    (words,) = told(late)
    assert "300 points" in words
    assert "100 points" not in words


def test_a_gift_and_a_reward_in_one_quarter_of_an_hour_share_the_second_mail(anna, told):
    earn(anna, 2000)
    now = portal_clock.now()
    give(anna, points=100, ref="a")
    assert len(told(now)) == 1
    give(anna, points=150, ref="b")
    transact(lambda: rewards.redeem(anna, "five-off", ref="r", at=now, actor="key:till"))
    (words,) = told(now + timedelta(minutes=16))
    assert "150 points to Hedgerow Wildlife" in words
    assert "500 points for" in words


def test_a_history_of_gifts_mails_nobody(anna, told):
    earn(anna, 1000)
    with notices.assume_delivered():
        give(anna, points=100)
    assert told(portal_clock.now() + timedelta(days=1)) == []

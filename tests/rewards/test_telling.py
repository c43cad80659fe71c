"""The mail that points left a card for a reward: when it comes, what it says, and to whom it does not come."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import joining, ledger, notices, people, rewards
from portal.db import read, run, transact
from portal.errors import Refused
from portal.notices import Notice
from tests import make
from tests.home.doors import ANNA
from tests.ledger import shop
from tests.notices.mailbox import Mailbox, statements
from tests.page import Visit
from tests.page import read as read_html
from tests.rewards.conftest import REWARDS, give, undo, use
from tests.signin.hands import row_of, say_not_me, token_in

__all__ = ["statements"]

pytestmark = pytest.mark.usefixtures("clock")
both_engines = pytest.mark.both_engines
NOW, SECOND, MINUTE = make.NOW, timedelta(seconds=1), timedelta(minutes=1)
QUARTER = datetime(2026, 6, 10, 9, 45, tzinfo=UTC)  # a quarter of an hour begins


@pytest.fixture
def anna(app: Flask) -> str:
    """A member with an address and 2,000 points; her id."""
    shop.publish(REWARDS, shop.tiers("200.00"))
    member_id = shop.join(email=ANNA, proved=True)
    shop.give(member_id, 2000)
    return member_id


@pytest.fixture
def told(app: Flask, mailbox: Mailbox):
    """What she is told by mail until an instant: the subjects that are new in her mailbox."""

    def deliver(at: datetime) -> list[str]:
        before = len(mailbox)
        notices.deliver_due(at, mailbox, notices.Renderer(app.jinja_env))
        return [mail["Subject"] for mail in mailbox[before:]]

    return deliver


def take(
    member_id: str,
    reward: str = "coffee",
    ref: str = "r1",
    at: datetime = NOW,
    actor: str = "key:till",
    **more: Any,
) -> rewards.Taken:
    """Redeem in a write of its own."""
    return transact(lambda: rewards.redeem(member_id, reward, ref=ref, at=at, actor=actor, **more))


def both_parts(mailbox: Mailbox) -> list[str]:
    """The newest mail as its reader sees it: its plain text, and the words of its pages."""
    plain, html = (mailbox[-1].get_body((part,)).get_content() for part in ("plain", "html"))
    return [plain, read_html(html).text]


@both_engines
def test_what_she_takes_is_told_at_once_with_what_is_left_and_the_way_to_stop_it(anna, told, mailbox):
    taken = take(anna, actor="member")
    assert told(NOW) == ["100 points left your card"]
    for words in both_parts(mailbox):
        assert "100 points for A coffee" in words
        assert "10:30" in words
        assert "· on your pages" in words
        assert "Left on your card after that: 1,900 points" in words
    assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"
    assert people.is_frozen(anna)
    everything = str(mailbox[0])
    assert taken.code not in everything
    assert rewards.grouped(taken.code) not in everything


def test_what_a_shop_takes_for_her_says_so(anna, told, mailbox):
    take(anna)
    told(NOW)
    for words in both_parts(mailbox):
        assert "by the shop, at the till or on its own site" in words


@both_engines
def test_the_same_wish_again_is_told_once_and_a_refused_one_is_not_told(anna, told):
    take(anna, "ten-off")
    take(anna, "ten-off")
    with pytest.raises(Refused, match=r"."):
        take(anna, "ten-off", "r2", expected_price=1)
    with pytest.raises(Refused):
        transact(lambda: take_and_fail(anna))
    assert told(NOW + timedelta(days=1)) == ["1,000 points left your card"]


def take_and_fail(member_id: str) -> None:
    rewards.redeem(member_id, "coffee", ref="r3", at=NOW, actor="test")
    raise Refused("conflict", "What came with it failed.")


@both_engines
def test_what_costs_no_points_and_what_comes_back_is_not_told(anna, told):
    given = give(anna)
    taken = take(anna)
    told(NOW)
    undo(anna)
    use(given)
    assert taken.points
    assert told(NOW + timedelta(days=1)) == []


@both_engines
def test_what_follows_within_the_quarter_of_an_hour_is_told_together_and_the_next_quarter_anew(
    anna, told, mailbox
):
    take(anna, ref="a", at=QUARTER)
    assert told(QUARTER) == ["100 points left your card"]
    take(anna, ref="b", at=QUARTER)
    take(anna, "evening", ref="c", at=QUARTER + 15 * MINUTE - SECOND)
    assert told(QUARTER + 16 * MINUTE - SECOND) == []
    assert told(QUARTER + 16 * MINUTE) == ["110 points left your card"]
    for words in both_parts(mailbox):
        assert "100 points for A coffee" in words
        assert "10 points for An evening" in words
        assert "Left on your card after that: 1,790 points" in words
    take(anna, ref="d", at=QUARTER + 15 * MINUTE)
    assert told(QUARTER + 16 * MINUTE) == ["100 points left your card"]


@both_engines
def test_every_point_is_told_once_whenever_the_mail_leaves(anna, told):
    for number in range(3):
        take(anna, ref=f"r{number}", at=QUARTER + number * MINUTE)
    take(anna, "evening", ref="late", at=QUARTER + 15 * MINUTE)
    assert told(QUARTER + timedelta(days=1)) == [
        "100 points left your card",
        "10 points left your card",
        "200 points left your card",
    ]


def test_of_many_the_newest_twenty_are_named_and_all_are_counted(anna, told, mailbox):
    for number in range(24):
        take(anna, "slider", ref=f"r{number}", points=50)
    told(NOW)
    assert told(NOW + timedelta(hours=1)) == ["1,150 points left your card"]
    for words in both_parts(mailbox):
        assert words.count("50 points for Money off") == 20
        assert "And 3 more: see your card." in words


@both_engines
def test_who_has_no_address_gets_none(app, told):
    shop.publish(REWARDS, shop.tiers("200.00"))
    member_id = shop.join()
    shop.give(member_id, 2000)
    take(member_id)
    assert read(select(Notice.__table__)).all() == []
    assert told(NOW + timedelta(days=1)) == []


@both_engines
def test_a_history_that_is_told_mails_nobody(anna, told):
    with notices.assume_delivered():
        take(anna, ref="a")
        take(anna, ref="b")
    assert told(NOW + timedelta(days=1)) == []


@both_engines
def test_who_has_left_meanwhile_is_told_and_has_no_card_to_stop(anna, told, mailbox):
    take(anna, ref="a")
    transact(lambda: joining.leave(row_of(anna), actor="support", now=NOW))
    subjects = told(NOW)
    assert "100 points left your card" in subjects
    words = mailbox.to(ANNA)[subjects.index("100 points left your card")]
    assert "/not-me/" not in str(words)
    assert "Anna" not in words.get_body(("plain",)).get_content()


@both_engines
def test_it_goes_to_the_address_that_she_had(anna, told, mailbox):
    take(anna)
    her = people.Member.__table__
    transact(lambda: run(update(her).where(her.c.id == anna).values(email="new@example.org")))
    told(NOW)
    assert len(mailbox.to(ANNA)) == 1


@both_engines
def test_telling_costs_one_statement_and_a_second_one_within_the_quarter(anna, statements):
    take(anna, ref="warm", at=QUARTER - SECOND)
    counts = []
    for ref in ("a", "b"):
        del statements[:]
        take(anna, ref=ref, at=QUARTER)
        counts.append((sum("INTO notice" in one for one in statements), len(statements)))
    assert [told for told, _all in counts] == [1, 2]
    assert counts[1][1] == counts[0][1] + 1


def test_a_thief_below_the_limit_is_seen_and_stopped_by_her_who_was_elsewhere(anna, told, mailbox):
    take(anna, actor="member")
    told(NOW)
    say_not_me(token_in(mailbox, ANNA, "/not-me/"))
    with pytest.raises(Refused) as refused:
        take(anna, "evening", "r2", actor="member")
    assert refused.value.code == "stopped"
    assert row_of(anna).frozen_at is not None
    assert ledger.wallet(anna).available == 1900


def test_the_page_behind_the_link_says_what_happened_before_and_after_its_button(app, anna, told, mailbox):
    take(anna)
    told(NOW)
    page = Visit(app.test_client())
    before = page.open(f"/not-me/{token_in(mailbox, ANNA, '/not-me/')}")
    assert "10:30" in before.text
    assert "points left your card." in before.text
    assert "points left your card." in page.submit("This was not me: stop my points").text

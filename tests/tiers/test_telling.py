"""A tier that ends is told by mail three times before, whoever wants advertising or not; one that is safe is not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import notices, tiers
from portal import programme as programmes
from portal.db import read, transact
from tests.ledger import shop
from tests.notices.mailbox import Mailbox, mailbox
from tests.tiers.ladders import STEPS, THREE, day, rules
from tests.tiers.test_counting import count, review, stands

__all__ = ["mailbox"]

pytestmark = pytest.mark.both_engines
ANNA = "anna@example.com"


@pytest.fixture
def anna(app: Flask) -> str:
    """A member of a programme by calendar year, who wants no advertising."""
    shop.publish(rules(), *STEPS)
    return shop.join(email=ANNA, proved=True, at=datetime(2020, 1, 1, tzinfo=UTC))


def silver_since_2026(member_id: str) -> None:
    """She reached Silver in 2026, and the review of that year has confirmed it to the end of 2027."""
    count(member_id, "2026-06-10", 20_000)
    assert review(member_id, "2027-01-01") == []


def nights(first: str, last: str) -> None:
    """Every night of these days: who is in sight of an end is told."""
    on = day(first)
    while on <= day(last):
        for member_id in tiers.members_to_tell(on, "", 10):
            announce(member_id, str(on))
        on += timedelta(days=1)


def announce(member_id: str, on: str) -> None:
    at = datetime.fromisoformat(on).replace(hour=3, tzinfo=UTC)
    transact(lambda: tiers.announce(member_id, programmes.active()[1], at=at, day=day(on)))


def told() -> list[str]:
    """The days on which mail was queued."""
    made = notices.Notice.__table__.c
    return sorted(
        str(at.date()) for at in read(select(made.created_at).where(made.kind == "tier_ending")).scalars()
    )


def words(app: Flask, box: Mailbox, on: str) -> str:
    """What reaches Anna on a day, as one line."""
    at = datetime.fromisoformat(on).replace(hour=4, tzinfo=UTC)
    notices.deliver_due(at, box, notices.Renderer(app.jinja_env))
    return " ".join([str(box.to(ANNA)[-1]["Subject"]), *box.words(ANNA).split()])


def test_least_10_a_drop_is_announced_three_times_and_a_late_refund_is_told_the_same_day(app, anna, mailbox):
    count(anna, "2026-06-10", 50_000)
    count(anna, "2027-06-10", 20_000)
    assert review(anna, "2027-01-01") == []
    nights("2027-10-01", "2027-12-31")
    assert told() == ["2027-11-02", "2027-12-02", "2027-12-25"]
    said = words(app, mailbox, "2027-12-26")
    for part in (
        "Gold ends on",
        "December 31, 2027",
        "you are Silver from",
        "January 1, 2028",
        "Your points stay.",
    ):
        assert part in said
    assert review(anna, "2028-01-01") == ["gold"]
    assert stands(anna, "2028-01-01")[0] == "silver"
    assert len(told()) == 3, "what was announced is not told again"

    # Silver was safe at each notice of 2028, and the year no longer carries it after a late refund.
    count(anna, "2028-06-10", 20_000)
    nights("2028-10-01", "2028-12-31")
    assert len(told()) == 3
    count(anna, "2028-06-10", -1, told="2028-12-31")
    assert review(anna, "2029-01-01") == ["silver"]
    assert told()[3:] == ["2029-01-01"]
    assert review(anna, "2029-01-01") == []
    said = words(app, mailbox, "2029-01-01")
    for part in ("Silver ended on", "December 31, 2028", "you are Member"):
        assert part in said


def test_what_is_kept_between_two_notices_is_announced_no_more(anna):
    silver_since_2026(anna)
    nights("2027-10-01", "2027-12-01")
    assert told() == ["2027-11-02"]
    count(anna, "2027-12-01", 20_000)
    nights("2027-12-02", "2027-12-31")
    assert told() == ["2027-11-02"]
    assert review(anna, "2028-01-01") == []


def test_a_notice_comes_once_and_a_missed_night_is_made_up_for(anna):
    silver_since_2026(anna)
    nights("2027-11-03", "2027-11-30")
    assert told() == ["2027-11-03"]
    for _ in range(2):
        announce(anna, "2027-11-20")
    assert told() == ["2027-11-03"]
    announce(anna, "2027-12-24")
    announce(anna, "2027-12-25")
    assert told() == ["2027-11-03", "2027-12-24", "2027-12-25"]


def test_nothing_is_said_sixty_one_days_before(anna):
    silver_since_2026(anna)
    announce(anna, "2027-11-01")
    assert told() == []
    announce(anna, "2027-11-02")
    assert told() == ["2027-11-02"]


def test_who_stands_higher_by_something_else_hears_nothing(app):
    shop.publish(rules(), *THREE)
    anna = shop.join(email=ANNA, proved=True, at=datetime(2020, 1, 1, tzinfo=UTC))
    silver_since_2026(anna)
    at = datetime(2026, 6, 10, tzinfo=UTC)
    transact(
        lambda: tiers.grant(
            anna,
            "platinum",
            "courtesy",
            period="1",
            since=at.date(),
            until=date(2028, 6, 30),
            review_on=None,
            reached_by="staff/1",
            at=at,
        )
    )
    nights("2027-10-01", "2027-12-31")
    assert review(anna, "2028-01-01") == ["silver"]
    assert told() == []


def test_the_days_of_grace_are_named_and_what_was_missed_is_told_at_the_review(app, mailbox):
    shop.publish(rules(grace_days=30), *STEPS)
    anna = shop.join(email=ANNA, proved=True, at=datetime(2020, 1, 1, tzinfo=UTC))
    count(anna, "2026-06-10", 20_000)
    assert review(anna, "2028-01-01") == ["silver"]
    assert told() == ["2028-01-01"]
    said = words(app, mailbox, "2028-01-01")
    assert "Silver ends on" in said
    assert "January 30, 2028" in said


def test_old_news_and_simulations_are_not_sent(app, anna, mailbox):
    count(anna, "2026-06-10", 20_000)
    with notices.assume_delivered():
        assert review(anna, "2028-01-01") == ["silver"]
    assert told() == []
    count(anna, "2028-06-10", 20_000)
    assert review(anna, "2030-01-01") == ["silver"]
    notices.deliver_due(datetime(2030, 1, 9, tzinfo=UTC), mailbox, notices.Renderer(app.jinja_env))
    assert mailbox == []


def test_without_an_address_there_is_nobody_to_tell(app):
    shop.publish(rules(), *STEPS)
    anna = shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))
    silver_since_2026(anna)
    nights("2027-10-01", "2027-12-31")
    assert review(anna, "2028-01-01") == ["silver"]
    assert told() == []

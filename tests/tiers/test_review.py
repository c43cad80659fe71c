"""Tiers over the years: up at once, down only at the review, and by nothing that is told after it (Reading 7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal import earning, tiers
from portal import programme as programmes
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import sound, spend, tell

pytestmark = pytest.mark.both_engines
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def anna(app: Flask) -> str:
    """A member of two years in a programme of three steps by spend in a calendar year."""
    shop.publish(shop.tiers("200.00", "500.00"))
    return shop.join(at=datetime(2025, 1, 1, tzinfo=UTC))


def stands(member_id: str, on: datetime) -> tuple[str, str, str | None]:
    """Her tier, since when and until when."""
    _, active = programmes.active()
    found = tiers.standing(
        active, tiers.grants(member_id), active.day(on), datetime(2025, 1, 1, tzinfo=UTC).date()
    )
    return found.tier.key, str(found.since), str(found.until) if found.until else None


def nightly(member_id: str, at: datetime) -> None:
    transact(lambda: earning.bring_up_to_date(member_id, at))


def bought(*amounts: str, at: datetime = make.NOW, **changes: Any) -> earning.Answer:
    return tell(*amounts, at=at, **{"placed_at": at.isoformat(), **changes})


def test_the_order_that_reaches_a_tier_is_the_first_day_of_it_and_earns_by_the_one_before(anna):
    shop.publish(
        shop.EARN
        + shop.EARN.replace('"all"', '"gold"').replace("points = 1", "points = 2")
        + 'when = { tiers = ["gold"] }\n',
        shop.tiers("200.00", "500.00"),
    )
    answer = bought("500.00")
    assert answer.kept == 500
    assert answer.risen == ("silver", "gold")  # each step that is passed
    assert stands(anna, make.NOW) == ("gold", "2026-06-10", "2027-12-31")
    assert bought("100.00", number="2").kept == 200
    assert bought("500.00", "100.00", version=2, placed_at=make.NOW.isoformat()).kept == 600  # frozen
    sound()


@pytest.mark.parametrize(
    ("amount", "tier"), [("199.99", "member"), ("200.00", "silver"), ("499.99", "silver"), ("500.00", "gold")]
)
def test_a_tier_is_reached_with_the_last_penny(anna, amount, tier):
    bought(amount)
    assert stands(anna, make.NOW)[0] == tier


def test_least_09_spending_and_a_big_return_in_mid_year_change_no_tier_until_the_review(anna):
    bought("500.00")
    spend(anna, 500)
    assert stands(anna, make.NOW)[0] == "gold"
    bought("500.00", version=2, refunds=[make.refund("500.00")])
    assert stands(anna, make.NOW)[0] == "gold"
    assert stands(anna, NEW_YEAR - timedelta(seconds=1))[0] == "gold"
    nightly(anna, NEW_YEAR - timedelta(seconds=1))
    assert stands(anna, NEW_YEAR - timedelta(seconds=1))[0] == "gold"
    nightly(anna, NEW_YEAR)
    assert stands(anna, NEW_YEAR)[0] == "member"
    sound()


def test_the_review_takes_only_what_the_year_no_longer_carries(anna):
    bought("500.00")
    bought("500.00", version=2, refunds=[make.refund("200.00")])
    nightly(anna, NEW_YEAR)
    assert stands(anna, NEW_YEAR) == ("silver", "2026-06-10", "2027-12-31")
    nightly(anna, datetime(2028, 1, 1, tzinfo=UTC))
    assert stands(anna, datetime(2028, 1, 1, tzinfo=UTC))[0] == "member"


@pytest.mark.parametrize("looked", [True, False], ids=["after the nightly", "before the nightly"])
def test_a_refund_told_after_the_review_touches_a_confirmed_tier_no_longer(anna, looked):
    bought("500.00")
    if looked:
        nightly(anna, NEW_YEAR)
    told = NEW_YEAR + timedelta(minutes=1)
    tell("500.00", version=2, at=told, placed_at=make.NOW.isoformat(), refunds=[make.refund("500.00")])
    nightly(anna, told)
    assert stands(anna, told) == ("gold", "2026-06-10", "2027-12-31")
    sound()


def test_a_refund_told_the_moment_before_the_review_counts_in_it(anna):
    bought("500.00")
    told = NEW_YEAR - timedelta(seconds=1)
    tell("500.00", version=2, at=told, placed_at=make.NOW.isoformat(), refunds=[make.refund("500.00")])
    nightly(anna, NEW_YEAR)
    assert stands(anna, NEW_YEAR)[0] == "member"


def test_a_tier_kept_year_after_year_is_one_stretch(anna):
    for year in (2026, 2027, 2028):
        bought("200.00", number=str(year), at=datetime(year, 5, 1, tzinfo=UTC))
        nightly(anna, datetime(year + 1, 1, 1, tzinfo=UTC))
    assert stands(anna, datetime(2029, 6, 1, tzinfo=UTC)) == ("silver", "2026-05-01", "2029-12-31")


def test_an_order_of_last_year_told_after_the_review_gives_its_tier_after_all(anna):
    bought("150.00")
    nightly(anna, NEW_YEAR)
    answer = tell("60.00", number="late", at=NEW_YEAR + timedelta(days=3), placed_at="2026-12-30T12:00:00Z")
    assert answer.risen == ("silver",)
    later = NEW_YEAR + timedelta(days=4)
    nightly(anna, later)
    assert stands(anna, later) == ("silver", "2026-12-30", "2027-12-31")


def test_a_tier_that_the_review_ended_comes_back_with_a_late_order_of_that_year(anna):
    bought("200.00")
    bought("200.00", version=2, refunds=[make.refund("1.00")])
    nightly(anna, NEW_YEAR)
    assert stands(anna, NEW_YEAR)[0] == "member"
    tell("1.00", number="late", at=NEW_YEAR + timedelta(days=3), placed_at="2026-12-30T12:00:00Z")
    nightly(anna, NEW_YEAR + timedelta(days=3))
    assert stands(anna, NEW_YEAR + timedelta(days=3))[0] == "silver"


def test_the_year_of_an_order_is_that_of_the_programme_and_not_of_the_server(app):
    shop.publish(shop.tiers("200.00"), timezone='"Pacific/Auckland"')
    anna = shop.join(at=datetime(2025, 1, 1, tzinfo=UTC))
    bought(
        "200.00", at=datetime(2026, 12, 31, 11, 30, tzinfo=UTC)
    )  # half past midnight of the new year there
    assert set(tiers.counters(anna)) == {2027}


def test_for_life_a_tier_is_never_reviewed(app):
    shop.publish(shop.tiers("200.00", period="life"))
    anna = shop.join(at=datetime(2025, 1, 1, tzinfo=UTC))
    bought("100.00", at=datetime(2025, 12, 1, tzinfo=UTC))
    answer = bought("100.00", number="2", at=datetime(2026, 2, 1, tzinfo=UTC))
    assert answer.risen == ("silver",)
    nightly(anna, datetime(2030, 1, 1, tzinfo=UTC))
    assert stands(anna, datetime(2030, 1, 1, tzinfo=UTC)) == ("silver", "2026-02-01", None)


def test_where_a_tier_ends_with_its_year_it_ends_with_its_year(app):
    shop.publish(shop.tiers("200.00", keeps="period"))
    anna = shop.join(at=datetime(2025, 1, 1, tzinfo=UTC))
    bought("200.00")
    assert stands(anna, make.NOW) == ("silver", "2026-06-10", "2026-12-31")
    assert stands(anna, NEW_YEAR)[0] == "member"


def test_who_is_due_for_a_review_is_found_and_only_once(anna):
    bought("200.00")
    assert tiers.due_members(NEW_YEAR.date() - timedelta(days=1), "", 10) == []
    assert tiers.due_members(NEW_YEAR.date(), "", 10) == [anna]
    assert tiers.due_members(NEW_YEAR.date(), anna, 10) == []
    nightly(anna, NEW_YEAR)
    nightly(anna, NEW_YEAR)
    assert tiers.due_members(NEW_YEAR.date(), "", 10) == []
    sound()

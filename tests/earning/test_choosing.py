"""The chosen day (Readings 2 and 24): when it may be chosen, moved and fixed, in whose zone, and what it gives."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from portal import earning, tiers
from portal import programme as programmes
from portal.db import read, run, transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, refused, sound, tell

pytestmark = pytest.mark.both_engines
YEARLY = '\n[chosen_day]\nlabel = "Your day"\nfactor = "3"\n'
MONTHLY = YEARLY + 'per = "month"\n'
TOMORROW = TODAY + timedelta(days=1)


def choose(member: str, day: date, at: datetime = make.NOW) -> None:
    transact(lambda: earning.choose_day(member, day, at=at))


def lives_in(member: str, zone: str) -> None:
    transact(
        lambda: run(text("UPDATE member SET timezone = :zone WHERE id = :id"), {"zone": zone, "id": member})
    )


def fixed(member: str) -> bool:
    return bool(read(text("SELECT fixed FROM chosen_day WHERE member_id = :id"), {"id": member}).scalar_one())


@pytest.fixture
def bea(app):
    """A member of a programme with one day of three times the points in a year."""
    shop.publish(YEARLY)
    return shop.join()


def kept(number: str, placed_at: datetime, at: datetime | None = None, **changes: object) -> int:
    """Points of an order of ten pounds."""
    return tell("10.00", number=number, placed_at=placed_at.isoformat(), at=at or placed_at, **changes).kept


def test_an_order_of_the_chosen_day_gives_the_factor_and_its_refunds_keep_it(bea):
    choose(bea, TODAY)
    answer = tell("80.99")
    assert answer.kept == 240
    assert tell("80.99", version=2, refunds=[make.refund("40.99")]).kept == 120
    assert tell("80.99", number="2", placed_at=later(1).isoformat(), at=later(1)).kept == 80
    sound()


def test_the_day_of_tomorrow_is_not_that_of_today(bea):
    choose(bea, TOMORROW)
    assert [kept("1", make.NOW), kept("2", later(1)), kept("3", later(2))] == [10, 30, 10]


def test_what_is_chosen_later_recomputes_nothing(bea):
    tell("10.00", placed_at=later(-1).isoformat())
    choose(bea, TODAY)
    assert tell("10.00", version=2, placed_at=later(-1).isoformat(), status="fulfilled").kept == 10


def test_an_order_of_the_day_that_is_told_later_has_the_factor(bea):
    choose(bea, TODAY)
    assert kept("1", make.NOW, at=later(3)) == 30


# --- when it may be chosen


@pytest.mark.parametrize(
    ("rule", "day", "code"),
    [
        (YEARLY, TODAY - timedelta(days=1), "not_chosen_in_time"),
        (YEARLY, TODAY, None),
        (YEARLY, date(2026, 12, 31), None),
        (YEARLY, date(2027, 12, 31), None),
        (YEARLY, date(2028, 1, 1), "bad_value"),
        (MONTHLY, date(2026, 6, 30), None),
        (MONTHLY, date(2026, 7, 31), None),
        (MONTHLY, date(2026, 8, 1), "bad_value"),
        (YEARLY, date(9999, 12, 31), "bad_value"),
    ],
)
@pytest.mark.both_engines(every_case=True)
def test_a_day_lies_in_this_period_or_the_next(app, rule, day, code):
    shop.publish(rule)
    member = shop.join()
    if code is None:
        choose(member, day)
        assert list(earning.chosen_days(member).values()) == [day]
    else:
        assert refused(choose, member, day).code == code
        assert earning.chosen_days(member) == {}


def test_each_period_has_its_own_day(bea):
    choose(bea, TOMORROW)
    choose(bea, date(2027, 2, 1))
    assert earning.chosen_days(bea) == {"2026": TOMORROW, "2027": date(2027, 2, 1)}


def test_a_later_choice_replaces_the_one_before(bea):
    choose(bea, TOMORROW)
    choose(bea, TODAY)
    choose(bea, date(2026, 8, 1))
    assert earning.chosen_days(bea) == {"2026": date(2026, 8, 1)}
    assert kept("1", make.NOW) == 10


def test_today_can_be_chosen_until_an_order_of_today_is_paid(bea):
    tell("10.00", status="pending")
    choose(bea, TODAY)
    assert tell("10.00", version=2).kept == 30
    choose(bea, TODAY)  # it is chosen already: nothing
    assert refused(choose, bea, TOMORROW).code == "not_chosen_in_time"


def test_today_cannot_be_chosen_after_a_paid_order_of_today(bea):
    tell("10.00")
    assert refused(choose, bea, TODAY).code == "not_chosen_in_time"
    choose(bea, TOMORROW)
    assert earning.chosen_days(bea) == {"2026": TOMORROW}


def test_the_first_paid_order_of_the_day_fixes_it_even_when_it_is_cancelled(bea):
    choose(bea, TODAY)
    tell("10.00", status="pending")
    assert not fixed(bea)
    tell("10.00", version=2)
    assert fixed(bea)
    tell("10.00", version=3, status="cancelled")
    assert refused(choose, bea, TOMORROW).code == "not_chosen_in_time"
    choose(bea, TODAY)
    assert kept("2", make.NOW) == 30
    assert refused(choose, bea, TOMORROW, later(0)).code == "not_chosen_in_time"
    choose(bea, date(2027, 1, 1))
    sound()


def test_a_day_that_went_by_without_an_order_may_be_chosen_anew(bea):
    choose(bea, TODAY)
    choose(bea, date(2026, 9, 1), at=later(5))
    assert earning.chosen_days(bea) == {"2026": date(2026, 9, 1)}


# --- who may choose


def test_a_programme_without_a_chosen_day_has_none(anna):
    assert refused(choose, anna, TODAY).code == "not_allowed_by_tier"


def test_the_tier_has_to_carry_it_now_and_on_the_day(app):
    shop.publish(YEARLY + 'tiers = ["silver"]\n', shop.tiers("100.00", keeps="period"))
    member = shop.join()
    assert refused(choose, member, TOMORROW).code == "not_allowed_by_tier"
    tell("100.00")
    choose(member, TOMORROW)
    choose(member, date(2026, 12, 31))
    # The tier ends with the year, as things stand.
    assert refused(choose, member, date(2027, 1, 1)).code == "not_allowed_by_tier"
    assert earning.chosen_days(member) == {"2026": date(2026, 12, 31)}


def test_the_order_that_reaches_the_tier_has_no_factor_yet(app):
    shop.publish(YEARLY + 'tiers = ["silver"]\n', shop.tiers("100.00"))
    member = shop.join()
    tell("100.00", number="0", placed_at=later(-2).isoformat())
    choose(member, TODAY)
    standing = tiers.standing(programmes.active()[1], tiers.grants(member), TODAY, TODAY)
    assert standing.tier.key == "silver"
    assert kept("1", make.NOW) == 30


# --- whose day it is


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        # Midnights of 12 June where she lives; the programme is in London.
        ("Pacific/Auckland", "2026-06-11T12:00:00Z", "2026-06-12T11:59:59Z"),
        ("Pacific/Kiritimati", "2026-06-11T10:00:00Z", "2026-06-12T09:59:59Z"),
        ("Pacific/Pago_Pago", "2026-06-12T11:00:00Z", "2026-06-13T10:59:59Z"),
        ("Europe/London", "2026-06-11T23:00:00Z", "2026-06-12T22:59:59Z"),
    ],
)
def test_her_day_begins_and_ends_at_her_own_midnight(bea, zone, first, last):
    lives_in(bea, zone)
    choose(bea, date(2026, 6, 12))
    begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    second = timedelta(seconds=1)
    moments = (begins - second, begins, ends, ends + second)
    assert [kept(str(number), moment) for number, moment in enumerate(moments)] == [10, 30, 30, 10]


@pytest.mark.parametrize("programme_zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
def test_zones_that_are_a_day_apart_find_each_other(app, programme_zone):
    shop.publish(YEARLY, timezone=f'"{programme_zone}"')
    member = shop.join()
    lives_in(member, "Pacific/Kiritimati" if programme_zone == "Pacific/Pago_Pago" else "Pacific/Pago_Pago")
    choose(member, date(2026, 6, 14))
    noon = datetime(2026, 6, 14, 12, tzinfo=UTC)
    here = noon - timedelta(hours=14) if programme_zone == "Pacific/Pago_Pago" else noon + timedelta(hours=11)
    assert kept("1", here) == 30


def test_today_is_hers_not_the_programmes(bea):
    lives_in(bea, "Pacific/Auckland")
    late = datetime(2026, 6, 10, 13, tzinfo=UTC)  # 1:00 of 11 June in Auckland, 10 June in London
    assert refused(choose, bea, date(2026, 6, 10), late).code == "not_chosen_in_time"
    choose(bea, date(2026, 6, 11), at=late)
    assert kept("1", late) == 30


def test_moving_house_gives_no_second_day(bea):
    lives_in(bea, "Pacific/Auckland")
    choose(bea, date(2026, 6, 12))
    assert kept("1", datetime(2026, 6, 11, 12, tzinfo=UTC)) == 30
    lives_in(bea, "Pacific/Pago_Pago")
    assert kept("2", datetime(2026, 6, 13, 1, tzinfo=UTC)) == 10  # 12 June in Pago Pago, 13 June in Auckland
    assert (
        refused(choose, bea, date(2026, 6, 20), datetime(2026, 6, 13, 1, tzinfo=UTC)).code
        == "not_chosen_in_time"
    )


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_23_or_25_hours_is_whole(bea, day, hours):
    choose(bea, day)
    begins = programmes.active()[1].midnight(day)
    half = timedelta(minutes=30)
    assert kept("1", begins - half) == 10
    assert kept("2", begins) == 30
    assert kept("3", begins + timedelta(hours=hours) - half) == 30
    assert kept("4", begins + timedelta(hours=hours)) == 10


def test_an_order_that_moves_to_the_chosen_day_is_counted_anew(bea):
    choose(bea, TODAY)
    assert kept("1", later(-1)) == 10
    assert kept("1", make.NOW, version=2) == 30
    assert kept("1", later(-1), at=later(0), version=3) == 10
    assert buckets(bea) == (10, 0, 0)
    sound()


def test_together_or_alone_the_day_counts(bea):
    choose(bea, TODAY)
    answers = shop.tell_together([(str(number), make.order("10.00")) for number in range(2)])
    assert [answer.kept for answer in answers] == [30, 30]
    assert fixed(bea)


def test_who_leaves_takes_the_days_she_chose_along(bea):
    choose(bea, TODAY)
    tell("10.00")
    transact(lambda: earning.forget(bea))
    assert earning.chosen_days(bea) == {}
    assert tell("10.00", version=2, refunds=[make.refund("5.00")]).kept == 15

"""Gifts that follow another one: at once where that ends early, and without a gap."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal import billing, tiers
from portal.billing import gifts
from portal.billing.models import PlanGift
from portal.db import db, read
from tests.billing.boxes import (
    berta,
    boxes,
    buy,
    give,
    night,
    paid_back,
    points,
    sound,
    spans,
    take_back,
    use,
)

__all__ = ["berta", "boxes"]


def test_a_gift_follows_at_once_when_what_ran_before_it_is_taken_back(desk, berta):
    give(berta, "plus-monthly", date(2026, 12, 31))
    code = buy(desk, "plus-monthly", 3)
    use(berta, code)
    assert spans(berta)[1] == ("2027-01-01", "2027-04-01", None)
    desk.clock.shift(timedelta(days=20))
    assert take_back(berta)
    assert spans(berta)[1] == ("2026-06-30", "2026-09-30", None), "three months still"
    assert gifts.by_code(code).granted_until == date(2026, 9, 30)
    assert billing.standing(berta, date(2026, 9, 30)).perks
    assert tiers.plans_on(berta, date(2026, 6, 30)) == ("plus-monthly",)
    assert not take_back(berta)


@pytest.mark.both_engines
def test_gifts_in_a_row_close_up_when_one_of_them_is_paid_back(desk, berta, boxes):
    codes = [buy(desk, "box-monthly", months) for months in (1, 3, 1)]
    before = points(berta)
    for code in codes:
        use(berta, code)
    assert spans(berta) == [
        ("2026-06-10", "2026-07-10", None),
        ("2026-07-11", "2026-10-11", None),
        ("2026-10-12", "2026-11-12", None),
    ]
    paid_back(codes[1], 1500)
    assert [one for one in spans(berta) if one[2] is None] == [
        ("2026-06-10", "2026-07-10", None),
        ("2026-07-11", "2026-08-11", None),
    ]
    desk.clock.shift(timedelta(days=2))
    paid_back(codes[0], 1500)
    assert ("2026-06-12", "2026-07-12", None) in spans(berta)
    assert points(berta) == before + 600, "of the first one nothing is left, and the last one has begun"
    given = db.metadata.tables["notice"].c
    told = read(select(given.key).where(given.kind == "plan_given")).all()
    assert len(told) == 5, "of three gifts, and of the days that two of them moved to"
    night(desk, date(2026, 8, 1))
    assert points(berta) == before + 600
    assert read(
        select(PlanGift.__table__.c.granted_until).where(PlanGift.__table__.c.state == "redeemed")
    ).scalars().all() == [date(2026, 7, 12)]
    sound()


def test_a_gift_does_not_move_before_another_one_that_still_runs(desk, berta):
    give(berta, "plus-monthly", date(2026, 12, 31))
    give(berta, "plus-yearly", date(2026, 8, 31), ref="staff:2")
    use(berta, buy(desk, "plus-monthly", 3))
    take_back(berta, "staff:2")
    assert spans(berta)[-1] == ("2027-01-01", "2027-04-01", None)
    give(berta, "plus-yearly", date(2026, 8, 31), ref="staff:3")
    take_back(berta)
    assert spans(berta)[-1] == ("2026-09-01", "2026-12-01", None)

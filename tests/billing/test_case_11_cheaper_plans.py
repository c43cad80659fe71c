"""Acceptance case 11: a cheaper plan comes with the next period; what an end or a dearer plan makes of it."""

import pytest

from portal import clock
from tests.billing import shelf
from tests.billing.changing import choose, paid, shop

__all__ = ["shop"]


@pytest.mark.both_engines
def test_case_11_a_downgrade_comes_with_the_next_period_and_can_be_undone(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.pass_time(days=15)
    desk.tell()
    page = choose(desk, "gold-monthly")
    assert "Today nothing" in page.text
    assert "From 10 July 2026 £5.00 a month" in page.text
    page = desk.visit.submit("Change on 10 July 2026")
    assert "Changes to Gold on 10 July 2026." in page.text
    assert "Next payment £5.00 on 10 July 2026" in page.text
    assert desk.subscription().plan == "platinum-monthly"
    desk.tell()
    page = desk.visit.open("/membership")
    page = desk.visit.submit("Undo")
    assert "Your plan stays as it is." in page.text
    assert "Changes to Gold" not in page.text
    assert "Next payment £15.00 on 10 July 2026" in page.text

    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.pass_time(days=15, hours=2)
    desk.tell()
    row = desk.subscription()
    assert (row.plan, row.amount_minor, row.next_plan) == ("gold-monthly", 500, None)
    assert paid(desk) == [1500, 500]
    assert "Next payment £5.00 on 10 August 2026" in desk.visit.open("/membership").text
    desk.pass_time(days=31)
    desk.tell()
    assert paid(desk) == [1500, 500, 500], "no credit, no surprise"
    assert desk.status() == "active"


def test_from_year_to_month_waits_for_the_end_of_the_year(desk):
    shelf.fill(clock.now())
    desk.join("gold-yearly")
    desk.tell()
    page = choose(desk, "platinum-monthly")
    assert "From 10 June 2027 £15.00 a month" in page.text
    page = desk.visit.submit("Change on 10 June 2027")
    assert "Changes to Platinum on 10 June 2027." in page.text
    assert paid(desk) == [5000]


def test_an_end_takes_the_planned_change_with_it_and_says_so(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = desk.visit.follow("End Platinum")
    assert "The change to Gold that was planned" in page.text
    desk.visit.submit("End it on 10 July 2026")
    page = desk.visit.open("/membership")
    assert "Ends on 10 July 2026." in page.text
    assert "Changes to Gold" not in page.text
    assert "Keep it first" in desk.visit.open("/membership/change").text
    desk.visit.open("/membership")
    page = desk.visit.submit("Keep Platinum")
    assert "Next payment £15.00 on 10 July 2026" in page.text


def test_an_upgrade_takes_the_planned_change_with_it(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = choose(desk, "platinum-yearly")
    desk.visit.submit(next(b.text for b in page.all("button") if b.text.startswith("Pay")))
    row = desk.subscription()
    assert (row.plan, row.next_plan) == ("platinum-yearly", None)


def test_months_paid_in_a_row_go_on_over_a_change_and_a_difference_is_no_month(shop):
    from portal import tiers

    assert tiers.paid_months(shop.member, "gold-monthly") == 1
    choose(shop, "platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    assert tiers.paid_months(shop.member, "platinum-monthly") == 1
    shop.pass_time(days=16)
    shop.tell()
    assert tiers.paid_months(shop.member, "platinum-monthly") == 2
    choose(shop, "gold-monthly")
    shop.visit.submit("Change on 10 August 2026")
    shop.pass_time(days=31)
    shop.tell()
    assert shop.subscription().plan == "gold-monthly"
    assert tiers.paid_months(shop.member, "gold-monthly") == 3

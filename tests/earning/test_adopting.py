"""A running programme is changed: what the newer version brings to who is a member already, once, on both engines."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from portal import earning, granting, ledger, nightly, people, rewards, tiers
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.granting import hands
from tests.granting.hands import GIFTS, join
from tests.ledger import shop
from tests.tiers.ladders import PLANS, STEPS, day, rules, spend, step

pytestmark = pytest.mark.both_engines
PLUS = step("plus", '{ metric = "plan", plans = ["monthly"] }')
SIXTH = step("sixth", '{ metric = "paid-months", count = 6 }')
CARD = step("card", '{ metric = "attribute", attribute = "store_card" }')
REVIEW = '\n[[activities]]\nkey = "review"\nlabel = "A review"\npoints = 30\n'


def noon(on: str) -> datetime:
    return datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)


def night(on: str) -> int:
    return nightly.run(noon(on))


def stands(member_id: str, on: str) -> tuple[str, str, str | None]:
    _, active = programmes.active()
    now = tiers.standing(active, tiers.grants(member_id), day(on), date(2026, 1, 15))
    return now.tier.key, str(now.since), now.until and str(now.until)


def hold(member_id: str, since: str, until: str | None, months: int = 1) -> None:
    transact(
        lambda: tiers.hold_plan(
            member_id, programmes.active()[1], "monthly", since=day(since), until=until and day(until), months=months,
            at=noon(since), day=day(since),
        )
    )  # fmt: skip


def fact(member_id: str, holds: bool, since: str, until: str | None = None) -> None:
    transact(
        lambda: people.set_attribute(
            member_id, "store_card", holds, since=day(since), until=until and day(until), at=noon(since)
        )
    )


def grants(member_id: str) -> list[tuple[object, ...]]:
    return sorted(
        (one.tier, one.source, one.period, str(one.since), str(one.until)) for one in tiers.grants(member_id)
    )


def test_a_tier_by_plan_that_is_published_reaches_who_holds_the_plan_from_that_day(app):
    shop.publish(rules(), PLANS, *STEPS)
    anna, ben, kim = (join(ref=ref) for ref in ("c-1", "c-2", "c-3"))
    hold(anna, "2026-02-10", "2026-03-18")
    hold(ben, "2026-01-10", "2026-02-10")  # over
    shop.publish(rules(), PLANS, *STEPS, PLUS)
    assert stands(anna, "2026-03-01")[0] == "member"
    night("2026-03-01")
    assert stands(anna, "2026-03-01") == ("plus", "2026-03-01", "2026-03-18")
    assert stands(anna, "2026-02-28")[0] == "member", "what was is not changed"
    assert grants(ben) == grants(kim) == []
    before = grants(anna)
    assert night("2026-03-01") == 0, "twice is once"
    night("2026-03-02")
    assert grants(anna) == before
    hold(anna, "2026-03-10", "2026-04-18", 2)  # the next payment lets it last on
    assert stands(anna, "2026-04-18") == ("plus", "2026-03-01", "2026-04-18")


def test_fewer_paid_months_reach_who_has_them_and_more_take_nothing(app):
    def sixth(count: int) -> str:
        return SIXTH.replace("count = 6", f"count = {count}")

    shop.publish(rules(), PLANS, sixth(6))
    anna = join()
    hold(anna, "2026-02-10", "2026-03-18", 4)
    shop.publish(rules(), PLANS, sixth(5))
    night("2026-03-01")
    assert grants(anna) == []
    shop.publish(rules(), PLANS, sixth(4))
    night("2026-03-02")
    assert stands(anna, "2026-03-02") == ("sixth", "2026-03-02", "2026-03-18")
    shop.publish(rules(), PLANS, sixth(9))
    night("2026-03-03")
    assert stands(anna, "2026-03-18")[0] == "sixth"


def test_a_tier_by_a_fact_that_is_published_reaches_who_has_it_now_or_later(app):
    shop.publish(rules(), *STEPS)
    anna, ben, kim, eve = (join(ref=ref) for ref in ("c-1", "c-2", "c-3", "c-4"))
    fact(anna, True, "2026-02-01", "2026-05-31")
    fact(ben, True, "2026-02-01", "2026-02-28")  # over
    fact(kim, True, "2026-04-01")  # told ahead
    fact(eve, False, "2026-02-01")
    shop.publish(rules(), *STEPS, CARD)
    night("2026-03-01")
    assert stands(anna, "2026-03-01") == ("card", "2026-03-01", "2026-05-31")
    assert stands(anna, "2026-06-01")[0] == "member"
    assert (stands(kim, "2026-03-31")[0], stands(kim, "2026-04-01")[0]) == ("member", "card")
    assert grants(ben) == grants(eve) == []
    told = {"at": noon("2026-03-10"), "day": day("2026-03-10")}
    transact(
        lambda: tiers.follow_attribute(
            anna, programmes.active()[1], "store_card", holds=False, since=day("2026-03-10"), until=None, **told
        )
    )  # fmt: skip
    assert stands(anna, "2026-03-09")[0] == "card"
    assert stands(anna, "2026-03-10")[0] == "member"


def test_a_lower_step_reaches_who_has_bought_so_much_and_a_higher_one_takes_nothing_before_the_end(app):
    shop.publish(rules(), step("silver", spend("200.00")))
    anna = join()
    shop.tell("150.00", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    shop.publish(rules(), step("silver", spend("150.01")))
    night("2026-03-01")
    assert stands(anna, "2026-03-01")[0] == "member"
    shop.publish(rules(), step("silver", spend("150.00")))
    night("2026-03-02")
    assert stands(anna, "2026-03-02") == ("silver", "2026-03-02", "2027-12-31")
    shop.publish(rules(), step("silver", spend("900.00")))
    night("2026-03-03")
    assert stands(anna, "2026-12-31") == ("silver", "2026-03-02", "2027-12-31")


def test_a_new_version_with_the_same_ladder_gives_nothing_anew(app):
    shop.publish(rules(), *STEPS)
    anna = join()
    shop.tell("250.00", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    before = grants(anna)
    shop.publish(rules(), *STEPS, GIFTS)
    night("2026-03-01")
    assert grants(anna) == before


def by_day(member_id: str) -> dict[str, tuple[int, int, int, int]]:
    row = tiers.TierDay.__table__.c
    found = read(select(tiers.TierDay.__table__).where(row.member_id == member_id))
    counted = (
        (str(one.on_day), (one.spend_minor, one.orders, one.points_earned, one.quantity)) for one in found
    )
    return {on: amounts for on, amounts in counted if any(amounts)}


def live_a_little(member_id: str) -> None:
    """Orders, one sent back in part, one cancelled, one told late; activities, one taken back; a gift of points."""
    first = {"number": "1", "placed_at": "2025-11-20T12:00:00Z"}
    shop.tell("120.00", at=noon("2025-11-20"), **first)
    shop.tell("90.00", number="2", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    shop.tell("70.00", number="3", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    for number, (quantity, on) in enumerate([(1, "2026-02-12"), (1, "2026-02-13"), (-1, "2026-02-14")]):
        transact(
            lambda quantity=quantity, on=on, number=number: earning.record_activity(
                member_id, "review", record_id=f"r-{number}", at=noon(on), actor="shop:main", quantity=quantity
            )
        )  # fmt: skip
    shop.tell("120.00", at=noon("2026-02-20"), version=2, refunds=[make.refund("20.00")], **first)
    shop.tell("70.00", number="3", at=noon("2026-02-21"), version=2, status="cancelled",
              placed_at="2026-02-10T12:00:00Z")  # fmt: skip
    shop.tell("10.00", number="4", at=noon("2026-02-22"), placed_at="2026-01-30T12:00:00Z")


GRANT = '\n[[grants]]\nkey = "monthly"\nlabel = "Monthly"\non = "month"\ngives = { points = 7 }\n'


def test_the_last_twelve_months_begin_to_count_with_what_they_hold(app):
    parts = (REVIEW, GRANT)
    rolling = rules(period="rolling-12-months")
    shop.publish(rolling, *STEPS, *parts)
    anna = join("2025-11-15")
    live_a_little(anna)
    night("2026-02-25")
    counted_live = by_day(anna)
    assert counted_live["2025-11-20"] == (10_000, 1, 100, 0)

    shop.publish(rules(), *STEPS, *parts)
    night("2026-02-25")
    shop.tell("5.00", number="5", at=noon("2026-02-26"), placed_at="2026-02-26T12:00:00Z")
    assert "2026-02-26" not in by_day(anna)
    shop.publish(rolling, *STEPS, *parts)
    shop.tell("6.00", number="6", at=noon("2026-02-26"), placed_at="2026-02-26T13:00:00Z")  # before the job
    night("2026-02-26")
    assert by_day(anna) == {**counted_live, "2026-02-26": (1100, 2, 11, 0)}
    assert ledger.faults() + earning.faults() == []


def test_what_was_bought_in_two_years_is_one_in_the_last_twelve_months(app):
    shop.publish(rules(), *STEPS)
    anna, ben = join("2025-11-15"), join("2025-11-15", "c-2")
    for ref, first in (("c-1", "2025-11-20"), ("c-2", "2025-11-19")):
        for number, placed in enumerate((first, "2026-02-10")):
            shop.tell("110.00", number=f"{ref}-{number}", at=noon(placed), placed_at=f"{placed}T12:00:00Z",
                      member={"id": ref})  # fmt: skip
    assert grants(anna) == []
    shop.publish(rules(period="rolling-12-months"), *STEPS)
    night("2026-11-19")
    assert stands(anna, "2026-11-19") == ("silver", "2026-11-19", "2027-11-18")
    assert grants(ben) == [], "a day older is too old"


def test_a_tier_that_was_earned_by_the_calendar_keeps_its_end_when_months_begin_to_roll(app):
    shop.publish(rules(), *STEPS)
    anna = join()
    shop.tell("250.00", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    assert stands(anna, "2026-03-01") == ("silver", "2026-02-10", "2027-12-31")
    shop.publish(rules(period="rolling-12-months"), *STEPS)
    night("2026-03-01")
    assert stands(anna, "2026-03-01") == ("silver", "2026-02-10", "2027-12-31")
    night("2027-03-01")
    assert stands(anna, "2027-12-31")[0] == "silver"
    night("2028-01-01")
    assert stands(anna, "2028-01-01")[0] == "member"


@pytest.mark.parametrize(("second", "keeps"), [("2027-01-01", True), ("2026-12-31", False)])
@pytest.mark.both_engines(every_case=True)
def test_a_review_on_the_first_night_of_rolling_months_looks_at_all_twelve(app, second, keeps):
    shop.publish(rules(), step("silver", spend("200.00"), keep=spend("100.00")))
    anna = join("2025-11-15")
    for number, (placed, amount) in enumerate([("2026-02-10", "200.00"), (second, "100.00")]):
        shop.tell(amount, number=str(number), at=noon(placed), placed_at=f"{placed}T12:00:00Z")
    night("2027-12-31")
    shop.publish(rules(period="rolling-12-months"), step("silver", spend("200.00"), keep=spend("100.00")))
    night("2028-01-02")
    assert (stands(anna, "2028-01-01")[0] == "silver") is keeps


STEP = '\n[[steps]]\nkey = "fives"\nlabel = "Fives"\n{size}\ngives = {{ reward = "five" }}\n'
MILES = '\n[[activities]]\nkey = "miles"\nlabel = "Miles"\nquantity = true\ncounter = "miles"\n'


def gifts(member_id: str) -> list[str]:
    return [one.state for one in rewards.held(member_id, day("2026-03-01"))]


def test_a_new_goal_and_a_new_step_count_what_is_bought_from_then_on(app):
    goal = (
        '\n[[goals]]\nkey = "month"\nlabel = "M"\nmetric = "spend"\namount = "30.00"\nper = "month"\n'
        'gives = { reward = "gift" }\n'
    )
    shop.publish(GIFTS)
    anna = join()
    shop.tell("120.00", at=noon("2026-03-02"), placed_at="2026-03-02T12:00:00Z")
    shop.publish(GIFTS, goal, STEP.format(size='per = "100.00"'))
    night("2026-03-03")
    assert gifts(anna) == []
    shop.tell("120.00", version=2, at=noon("2026-03-04"), refunds=[make.refund("1.00")],
              placed_at="2026-03-02T12:00:00Z")  # fmt: skip
    shop.tell("29.99", number="2", at=noon("2026-03-04"), placed_at="2026-03-04T12:00:00Z")
    assert gifts(anna) == [], "an older order is not counted by being told anew"
    shop.tell("0.01", number="3", at=noon("2026-03-05"), placed_at="2026-03-05T12:00:00Z")
    assert gifts(anna) == ["available"]


def test_a_new_step_over_a_counter_finds_what_it_holds_once(app):
    shop.publish(GIFTS, MILES)
    anna = join()
    transact(
        lambda: earning.record_activity(
            anna, "miles", record_id="m-1", at=noon("2026-02-10"), actor="shop:main", quantity=25
        )
    )
    shop.publish(GIFTS, MILES, STEP.format(size='counter = "miles"\ncount = 10'))
    night("2026-03-01")
    assert gifts(anna) == ["available"] * 2
    night("2026-03-01")
    assert gifts(anna) == ["available"] * 2
    assert granting.state(anna, programmes.active()[1], day("2026-03-01")).counters == {"miles": 25}


def test_longer_steps_take_nothing_back_and_shorter_ones_give_what_is_due(app):
    shop.publish(GIFTS, STEP.format(size='per = "50.00"'))
    anna = join()
    shop.tell("210.00", at=noon("2026-02-10"), placed_at="2026-02-10T12:00:00Z")
    assert gifts(anna) == ["available"] * 4
    shop.publish(GIFTS, STEP.format(size='per = "100.00"'))
    night("2026-03-01")
    shop.tell("10.00", number="2", at=noon("2026-03-02"), placed_at="2026-03-02T12:00:00Z")
    assert gifts(anna) == ["available"] * 4
    shop.publish(GIFTS, STEP.format(size='per = "44.00"'))
    night("2026-03-03")
    assert gifts(anna) == ["available"] * 5


def test_a_version_that_nobody_was_told_by_the_job_reaches_her_with_her_next_due_day(app):
    shop.publish(rules(), PLANS, *STEPS, GRANT)
    anna = join()
    hold(anna, "2026-02-10", "2026-06-18")
    shop.publish(rules(), PLANS, *STEPS, PLUS, GRANT)
    transact(lambda: earning.bring_up_to_date(anna, noon("2026-04-01")))
    assert stands(anna, "2026-04-01") == ("plus", "2026-04-01", "2026-06-18")


def test_what_comes_with_a_tier_comes_with_one_that_a_new_version_gives(app):
    treat = (
        '\n[[grants]]\nkey = "welcome-plus"\nlabel = "W"\non = "tier"\ntiers = ["plus"]\n'
        'gives = { reward = "treat" }\n'
    )
    shop.publish(rules(), PLANS, *STEPS, GIFTS)
    anna = join()
    hold(anna, "2026-02-10", "2026-06-18")
    shop.publish(rules(), PLANS, *STEPS, PLUS, GIFTS, treat)
    night("2026-03-01")
    assert gifts(anna) == ["available"]


def test_who_has_left_is_left_alone(app):
    shop.publish(rules(), PLANS, *STEPS)
    anna = join()
    hold(anna, "2026-02-10", "2026-06-18")
    transact(lambda: (granting.forget(anna), people.leave(anna)))
    shop.publish(rules(), PLANS, *STEPS, PLUS)
    assert night("2026-03-01") == 0
    assert grants(anna) == []


def test_many_members_are_reached_in_batches_each_once(app, monkeypatch):
    monkeypatch.setattr(nightly, "MEMBERS_AT_ONCE", 2)
    shop.publish(rules(), *STEPS)
    members = [join(ref=f"c-{number}") for number in range(5)]
    for member_id in members:
        fact(member_id, True, "2026-02-01")
    shop.publish(rules(), *STEPS, CARD)
    assert night("2026-03-01") == 5
    assert [stands(one, "2026-03-01")[0] for one in members] == ["card"] * 5
    assert night("2026-03-01") == 0
    assert hands.points(members[0]) == 0

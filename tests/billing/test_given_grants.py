"""What a given plan brings, as its payments would; and gifts that follow another one that ends early."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from portal import billing, clock, granting, jobs, ledger, nightly, people, programme, rewards, tiers
from portal.billing import gifts
from portal.billing.models import PlanGift, PlanGrant
from portal.billing.shapes import Back
from portal.db import db, new_id, read, run, transact
from portal.granting.rules import days_given
from tests.billing.shelf import fill
from tests.home.doors import join
from tests.ledger.shop import buckets

BERTA = "berta@example.com"
JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, month, 10) for month in (6, 7, 8, 9))
BOX = """
[[plans]]
key = "box-monthly"
label = "Box"
interval = "month"
price = "15.00"
perks = ["free-shipping"]

[[plans]]
key = "box-yearly"
label = "Box"
interval = "year"
price = "150.00"
perks = ["free-shipping"]

[[plans]]
key = "box-life"
label = "Box"
interval = "life"
price = "500.00"
perks = ["free-shipping"]

[[grants]]
key = "box"
label = "Points with each box"
on = "payment"
plans = ["box-monthly", "box-yearly", "box-life"]
gives = { points = 600 }

[[grants]]
key = "card"
label = "A voucher with each box"
on = "payment"
plans = ["box-monthly", "box-yearly", "box-life"]
gives = { reward = "friend-five" }

"""


@pytest.fixture
def berta(desk) -> str:
    """Anna's friend, who is a member too; her id."""
    return join("c-2", BERTA, "Berta Crane")


@pytest.fixture
def carepass(sells) -> None:
    """A shop whose plan promises a reward each month, which comes with its payments."""
    transact(lambda: programme.publish(programme.load("cvs").source, clock.now()))


@pytest.fixture
def boxes(sells) -> None:
    """A shop whose plan brings points and a voucher with each payment, however it is paid."""
    source = programme.load("demo").source
    first = source.index("[[plans]]")
    last = source.index("# ---", first)
    transact(lambda: programme.publish(source[:first] + BOX + source[last:], clock.now()))


def give(member_id: str, plan: str, until: date, ref: str = "staff:1", **how) -> bool:
    told = {"source": "staff", "at": clock.now()} | how
    return transact(lambda: billing.give_plan(member_id, plan, until=until, ref=ref, **told))


def take_back(member_id: str, ref: str = "staff:1") -> bool:
    return transact(lambda: billing.end_given(member_id, ref, clock.now()))


def buy(desk, plan: str, months: int, minor: int = 1500) -> str:
    """A gift that Anna has paid for; its code."""
    code, gift_id = rewards.new_code(), new_id()
    row = {
        "member_id": desk.member, "id": gift_id, "payment_intent": f"pi_{gift_id}", "plan": plan, "months": months,
        "amount_minor": minor, "currency": "GBP", "code_hash": rewards.code_hash(code),
        "sealed": rewards.seal(code), "words": None, "is_mailed": False, "state": "open", "refunded_minor": 0,
        "paid_at": clock.now(),
    }  # fmt: skip
    transact(lambda: run(insert(PlanGift.__table__).values(**row)))
    return code


def use(member_id: str, code: str) -> None:
    transact(lambda: gifts.redeem(member_id, code, clock.now()))


def night(desk, day: date) -> None:
    """It is noon of a day, and the work of the nights before it is done."""
    desk.clock.move_to(f"{day}T12:00:00Z")
    nightly.run(clock.now())


def held(member_id: str, key: str) -> list:
    """Her rewards of a kind, in the order of their days."""
    kept = rewards.Redemption.__table__
    mine = (kept.c.member_id == member_id, kept.c.reward == key)
    return list(read(select(kept).where(*mine).order_by(kept.c.issued_on, kept.c.id)))


def issued(member_id: str, key: str = "carepass-ten") -> list[date]:
    return [row.issued_on for row in held(member_id, key)]


def states(member_id: str, key: str) -> list[str]:
    return [row.state for row in held(member_id, key)]


def points(member_id: str) -> int:
    """What she has less what she owes."""
    available, pending, owed = buckets(member_id)
    return available + pending - owed


def paid_back(code: str, amount_minor: int) -> None:
    """All that was paid for a gift goes back."""
    gift = gifts.by_code(code)
    transact(lambda: gifts.write_back(gift.payment_intent, Back(amount_minor, None), clock.now()))


def spans(member_id: str) -> list[tuple[str, str, str | None]]:
    """What was given to her: first day, last day, first day without it."""
    kept = PlanGrant.__table__.c
    mine = select(PlanGrant.__table__).where(kept.member_id == member_id).order_by(kept.from_on, kept.id)
    return [(str(row.from_on), str(row.until), row.ended_on and str(row.ended_on)) for row in read(mine)]


def sound() -> None:
    assert ledger.faults() + rewards.faults() + granting.faults() == []


# --- The days


@pytest.mark.parametrize(
    ("first", "until", "days"),
    [
        ("2026-06-10", "2026-09-10", ["2026-06-10", "2026-07-10", "2026-08-10"]),  # three months
        ("2026-06-10", "2026-09-11", ["2026-06-10", "2026-07-10", "2026-08-10", "2026-09-10"]),
        ("2026-06-10", "2026-09-09", ["2026-06-10", "2026-07-10", "2026-08-10"]),
        ("2026-06-10", "2026-07-25", ["2026-06-10", "2026-07-10"]),  # 45 days
        ("2026-06-10", "2026-07-10", ["2026-06-10"]),
        ("2026-06-10", "2026-06-10", ["2026-06-10"]),
        ("2027-01-31", "2027-04-30", ["2027-01-31", "2027-02-28", "2027-03-31"]),  # three months
    ],
)
def test_a_month_that_is_given_brings_what_a_month_that_is_paid_does(first, until, days):
    assert [str(day) for day in days_given(date.fromisoformat(first), date.fromisoformat(until))] == days


# --- What comes


@pytest.mark.both_engines
def test_a_gift_of_three_months_brings_the_three_rewards_that_its_page_promises(desk, berta, carepass):
    use(berta, buy(desk, "carepass-monthly", 3))
    assert issued(berta) == [JUNE]
    night(desk, JULY - timedelta(days=1))
    assert issued(berta) == [JUNE]
    for day in (JULY, AUGUST, SEPTEMBER, date(2026, 11, 1)):
        night(desk, day)
    assert issued(berta) == [JUNE, JULY, AUGUST]
    assert tiers.paid_months(berta, "carepass-monthly") == 0, "it is no payment"
    sound()


@pytest.mark.both_engines
def test_a_gift_that_is_paid_back_takes_what_is_unused_and_brings_nothing_more(desk, berta, boxes):
    code = buy(desk, "box-monthly", 3)
    before = points(berta)
    use(berta, code)
    night(desk, JULY)
    assert (points(berta), states(berta, "friend-five")) == (before + 1200, ["available"] * 2)
    first = held(berta, "friend-five")[0]
    transact(lambda: rewards.use(ref=first.ref, shop="main", order="o-1", at=clock.now()))
    for _ in range(2):
        paid_back(code, 1500)
    assert (points(berta), states(berta, "friend-five")) == (before, ["used", "withdrawn"])
    night(desk, SEPTEMBER)
    assert (points(berta), len(issued(berta, "friend-five"))) == (before, 2)
    sound()


@pytest.mark.both_engines
def test_a_penny_less_paid_back_takes_nothing(desk, berta, boxes):
    code = buy(desk, "box-monthly", 3)
    before = points(berta)
    use(berta, code)
    paid_back(code, 1499)
    night(desk, JULY)
    assert points(berta) == before + 1200
    sound()


def test_a_gift_that_is_paid_back_after_its_last_day_takes_what_is_unused_too(desk, berta, boxes):
    code = buy(desk, "box-monthly", 1)
    before = points(berta)
    use(berta, code)
    night(desk, date(2026, 7, 11))
    assert points(berta) == before + 600
    paid_back(code, 1500)
    assert points(berta) == before
    assert not take_back(berta, gifts.ref_of(gifts.by_code(code))), "nothing of it was left"
    sound()


@pytest.mark.both_engines
def test_staff_give_45_days_and_two_rewards_come(desk, carepass):
    for _ in range(2):
        give(desk.member, "carepass-monthly", JUNE + timedelta(days=45))
    for day in (JULY, AUGUST, SEPTEMBER):
        night(desk, day)
    assert issued(desk.member) == [JUNE, JULY]
    sound()


@pytest.mark.both_engines
def test_what_staff_take_back_leaves_what_came_and_brings_nothing_more(desk, boxes):
    before = points(desk.member)
    give(desk.member, "box-monthly", SEPTEMBER)
    give(desk.member, "box-monthly", SEPTEMBER, ref="staff:2")  # so that the plan itself goes on
    assert points(desk.member) == before + 1200
    night(desk, JULY - timedelta(days=1))
    assert take_back(desk.member)
    assert states(desk.member, "friend-five") == ["available"] * 2
    night(desk, JULY)
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + 2400, "what came stays, and the other one went on"
    sound()


@pytest.mark.parametrize(("plan", "times"), [("box-yearly", 3), ("box-life", 1)])
def test_a_plan_by_year_brings_it_each_month_and_one_for_life_once(desk, boxes, plan, times):
    before = points(desk.member)
    give(desk.member, plan, SEPTEMBER)
    night(desk, JULY)
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + times * 600


@pytest.mark.both_engines
def test_one_that_begins_later_brings_it_from_its_first_day_on(desk, boxes):
    before = points(desk.member)
    give(desk.member, "box-monthly", SEPTEMBER, from_on=JULY)
    night(desk, JULY - timedelta(days=1))
    assert points(desk.member) == before
    night(desk, JULY)
    nightly.run(clock.now())
    assert points(desk.member) == before + 600
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + 1200
    sound()


@pytest.mark.both_engines
def test_a_payment_that_ends_on_the_same_day_is_another_thing(desk, boxes):
    before, monthly = points(desk.member), "box-monthly"
    give(desk.member, monthly, AUGUST)
    _, active = programme.active()
    told = {"at": clock.now(), "day": JUNE, "actor": "test"}
    transact(
        lambda: granting.paid(desk.member, active, monthly, paid_on=JUNE, until=AUGUST, **told)
    )  # on the day on which the given one began: its monthly days stay
    assert points(desk.member) == before + 1200
    transact(lambda: granting.unpaid(desk.member, active, monthly, until=AUGUST, **told))
    assert points(desk.member) == before + 600
    night(desk, JULY)
    assert points(desk.member) == before + 1200
    sound()


# --- Gifts that follow


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


# --- The mail before the end


def test_the_mail_before_the_end_quotes_what_she_would_pay_in_her_own_currency(desk, berta):
    fill(clock.now(), abroad="\n")
    who = people.Member.__table__
    transact(lambda: run(who.update().where(who.c.id == berta).values(country="FR")))
    give(berta, "gold-monthly", JULY)
    night(desk, date(2026, 7, 4))
    jobs.wake()
    (mail,) = [one for one in desk.mailbox.to(BERTA) if "ends on" in str(one["Subject"])]
    for kind in ("plain", "html"):
        text = str(mail.get_body((kind,)).get_content())
        assert "€6.00 a month" in text
        assert "€60.00 a year" in text
        assert "£" not in text

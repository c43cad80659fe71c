"""Plans that are given where each paid month brings a box: given, bought, used and paid back, and what came of it."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from portal import billing, clock, granting, ledger, nightly, programme, rewards
from portal.billing import gifts
from portal.billing.models import PlanGift, PlanGrant
from portal.billing.shapes import Back
from portal.db import new_id, read, run, transact
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
    """Staff give a plan."""
    told = {"source": "staff", "at": clock.now()} | how
    return transact(lambda: billing.give_plan(member_id, plan, until=until, ref=ref, **told))


def take_back(member_id: str, ref: str = "staff:1") -> bool:
    """Staff take it back."""
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
    """She uses a code."""
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
    """The days on which her rewards of a kind came."""
    return [row.issued_on for row in held(member_id, key)]


def states(member_id: str, key: str) -> list[str]:
    """The states of her rewards of a kind."""
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
    """The books agree."""
    assert ledger.faults() + rewards.faults() + granting.faults() == []

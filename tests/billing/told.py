"""Plans that event lines tell of: a line, and what stands after it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from portal import billing, tiers
from portal import programme as programmes
from portal.billing.models import Purchase, Subscription
from portal.db import read, transact
from tests.home.doors import join
from tests.ledger import shop
from tests.notices.mailbox import programme
from tests.tiers.ladders import PLANS, step

__all__ = ["programme"]


@pytest.fixture
def anna(programme) -> str:
    """A member of the demonstration's programme; her id."""
    return join()


def line(member: str, change: str, on: str, plan: str = "plus-monthly", until: str | None = None) -> None:
    """An event line about her plan, told at noon of a day."""
    at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    paid_until = None if until is None else date.fromisoformat(until)
    transact(lambda: billing.record_plan_change(member, plan, change, at=at, paid_until=paid_until))


def stands(member: str, on: str) -> tuple[str, bool, str | None] | None:
    """How she stands on a day: the status, whether it gives anything, and to when it is paid."""
    found = billing.standing(member, date.fromisoformat(on))
    return (
        None
        if found is None
        else (found.status, found.perks, str(found.paid_until) if found.paid_until else None)
    )


def rows() -> list[str]:
    """All that is written down of plans."""
    return [repr(row) for model in (Subscription, Purchase) for row in read(select(model.__table__)).all()]


def tier_of(member: str, on: str) -> tuple[str, str | None]:
    """Her tier on a day, and its last day as things stand."""
    _, active = programmes.active()
    found = tiers.standing(active, tiers.grants(member), date.fromisoformat(on), date(2020, 1, 1))
    return found.tier.key, str(found.until) if found.until else None


LADDER = (
    step("plus", '{ metric = "plan", plans = ["monthly", "yearly"] }'),
    step("vip", '{ metric = "paid-months", count = 6 }'),
)


@pytest.fixture
def bea(app) -> str:
    """A member where a plan gives a tier, and six paid months the next."""
    shop.publish(PLANS, *LADDER)
    return shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))

"""Orders for tests of what follows from them: programmes with more in them, an order, and what came of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from portal import people, tiers
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.ledger.shop import TODAY, tell

GOAL = (
    '\n[[goals]]\nkey = "three"\nlabel = "Three in a month"\nmetric = "orders"\ncount = 3\nper = "month"\n'
    "gives = { points = 100 }\n"
)
PLUS = '\n[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n'


def more(when: str, points: int = 2) -> str:
    """Part of a programme: points that come beside where something holds."""
    return f'\n[[earn]]\nkey = "more"\nlabel = "More"\npoints = {points}\nper = "1.00"\nwhen = {{ {when} }}\n'


def campaign(gives: str, cap: str = "") -> str:
    """Part of a programme: a campaign of May and June."""
    capped = f"cap = {{ {cap} }}\n" if cap else ""
    return (
        '\n[[campaigns]]\nkey = "june"\nlabel = "June"\nfrom = 2026-05-01\nuntil = 2026-06-30\n'
        f"{gives}\n{capped}"
    )


def bought(number: str, amount: str, placed_at: datetime = make.NOW, **changes: Any) -> int:
    """Points that an order keeps which is told when it is placed."""
    return tell(amount, number=number, placed_at=placed_at.isoformat(), at=placed_at, **changes).kept


def used(member: str) -> dict[str, int]:
    """What campaigns with a cap have given, by period."""
    rows = read(text("SELECT period, points FROM campaign_use WHERE member_id = :id"), {"id": member})
    return {row.period: row.points for row in rows if row.points}


def has(member: str, name: str, since: date, until: date | None = None, *, holds: bool = True) -> None:
    """What a system outside says of her."""
    transact(lambda: people.set_attribute(member, name, holds, since=since, until=until, at=make.NOW))


def pays(member: str, plan: str, since: date, until: date | None) -> None:
    """She pays for a plan, for so long."""
    programme = programmes.active()[1]
    transact(
        lambda: tiers.hold_plan(
            member, programme, plan, since=since, until=until, months=1, at=make.NOW, day=TODAY
        )
    )

"""Activities for tests: programmes that have some, somebody who does one, and what came of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal import earning, granting
from portal.db import read, transact
from tests import make
from tests.ledger import shop


def activity(key: str, **fields: str) -> str:
    """Part of a programme: one activity, its fields as they stand in the file."""
    told = "".join(f"{name} = {value}\n" for name, value in fields.items())
    return f'\n[[activities]]\nkey = "{key}"\nlabel = "{key.title()}"\n{told}'


REVIEW = activity("review", points="25", caps='[{ per = "month", points = 75 }]')


def do(member: str, key: str, id: str = "a-1", at: datetime = make.NOW, **more: Any) -> earning.Done:
    """Somebody's activity, told at once by the shop."""
    return transact(
        lambda: earning.record_activity(member, key, record_id=id, at=at, actor="shop:main", **more)
    )


def on(day: str, hour: int = 12) -> datetime:
    """An hour of a day."""
    year, month, dom = map(int, day.split("-"))
    return datetime(year, month, dom, hour, tzinfo=UTC)


def counter(member: str, key: str) -> int:
    """How much a counter of the programme says of her, for life."""
    measure = granting.Measure.__table__.c
    where = (measure.member_id == member, measure.key == f"counter:{key}", measure.period == "")
    return int(read(granting.Measure.__table__.select().where(*where)).one().amount)


def earned(member: str) -> int:
    """All the points that she has ever earned."""
    return int(shop.wallet(member).earned)


@pytest.fixture
def reviews(anna: str) -> str:
    """Anna, where reviews give points; her id."""
    shop.publish(REVIEW)
    return anna

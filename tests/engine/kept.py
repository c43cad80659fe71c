"""What the plain loop keeps of an order and a plan, and how it refuses."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.engine.sums import Frozen

DAY = timedelta(1)
RETRY = 7
Line = dict[str, Any]


class Refusal(Exception):
    """A line that is not taken; its text is the code."""


@dataclass
class Order:
    """What is known of an order, and what it has brought so far."""

    data: Line
    frozen: Frozen | None = None
    kept: int = 0
    source: str = ""
    given: dict[str, int] = field(default_factory=dict)
    measures: dict[tuple[str, str], int] = field(default_factory=dict)
    counted: tuple[date, dict[str, int]] | None = None


@dataclass
class Plan:
    """A paid plan as it stands."""

    key: str
    status: str
    paid_until: date | None
    anchor: date
    failed_on: date | None = None
    months: int = 0

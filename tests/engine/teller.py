"""Makes up random lives from a seed: what happens to one member, as event lines in order of time."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.catalogue.lines import back, buys, cancelled, item, joins
from tests.engine.kept import Line
from tests.engine.sums import minor, spread

UNTIL = "2026-06-17"
FIRST, LAST = date(2024, 1, 1), date(2026, 6, 17)
CLOCKS = (
    *("00:00:00", "23:59:59", "00:00:00", "12:30:00", "09:15:00", "18:45:10"),
    *("01:30:00", "02:30:00", "22:00:00", "21:59:59"),
)
SPECIAL = (
    *("2024-02-29", "2024-03-10", "2024-11-03", "2025-03-09", "2025-11-02", "2024-12-31", "2025-01-01"),
    *("2025-12-31", "2026-01-01", "2024-01-31", "2025-02-28", "2025-03-01", "2026-05-31"),
)
HEAD = """\
key = "small"
name = "Small shop"
timezone = "{zone}"
currency = "USD"
"""
FOOT = """
[contact]
email = "hello@shop.example"
"""
POINTS = '\n[unit]\nvalue = { points = 1, amount = "0.01" }\n'
MONEY = '\n[unit]\nkind = "money"\n'
BASE = '\n[[tiers]]\nkey = "member"\nlabel = "Member"\n'
ONE = '\n[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
SLIDER = (
    '\n[[rewards]]\nkey = "off"\nlabel = "Off"\nkind = "money-off"\nslider = { minimum = 10, step = 10 }\n'
)


def text(*parts: str, unit: str = POINTS, zone: str = "America/New_York") -> str:
    """A programme of these parts."""
    return HEAD.format(zone=zone) + unit + FOOT + "".join(parts)


class Teller:
    """Makes up the life of one member. All that it says is in order of time."""

    def __init__(self, rng: random.Random, ref: str, zone: str = "America/New_York") -> None:
        self.rng, self.ref, self.zone = rng, ref, ZoneInfo(zone)
        self.number = 0
        self.orders: list[Line] = []

    def days(self, many: int, first: date = FIRST, last: date = LAST) -> list[datetime]:
        """Instants in order: now and then on a day or at a second where something changes."""
        span = (last - first).days
        special = [date.fromisoformat(day) for day in SPECIAL]
        special = [day for day in special if first <= day <= last]
        found = []
        for _ in range(many):
            day = first + timedelta(self.rng.randint(0, span))
            if special and self.rng.random() < 0.2:
                day = self.rng.choice(special)
            hour, minute, second = map(int, self.rng.choice(CLOCKS).split(":"))
            found.append(
                datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=self.zone).astimezone(UTC)
            )
        return sorted(found)

    def when(self, at: datetime) -> str:
        """An instant as lines write it."""
        return at.isoformat().replace("+00:00", "Z")

    def joins(self, at: datetime, **data: Any) -> Line:
        """She joins."""
        return joins(self.when(at), self.ref, **data)

    def id(self, kind: str) -> str:
        """A key of hers that is new."""
        self.number += 1
        return f"{self.ref}-{kind}{self.number}"

    def amount(self, most: int = 300) -> str:
        """Money: whole, odd, or right beside something round."""
        rng = self.rng
        cents = rng.choice(
            [
                rng.randint(0, most * 100),
                rng.randint(1, most) * 100,
                rng.choice([1, 99, 4999, 5000, 10000, 9999]),
            ]
        )
        return f"{cents // 100}.{cents % 100:02d}"

    def lines(self, most: int = 3, amount: int = 300, **choices: Any) -> list[dict[str, Any]]:
        """Lines of an order with fields picked from `choices`."""
        return [
            item(
                self.amount(amount),
                str(place),
                **{name: value for name, of in choices.items() if (value := self.rng.choice(of)) is not None},
            )
            for place in range(1, self.rng.randint(1, most) + 1)
        ]

    def order(
        self, at: datetime, lines: list[dict[str, Any]] | None = None, late: int = 0, **data: Any
    ) -> Line:
        """An order, told at once or after up to so many days."""
        placed = at - timedelta(days=self.rng.randint(0, late)) if late and self.rng.random() < 0.3 else at
        line = buys(
            self.when(placed),
            *(lines or self.lines()),
            order=self.id("o"),
            member=self.ref,
            told=self.when(at),
            **data,
        )
        self.orders.append(line)
        return line

    def more(self, at: datetime, whole: bool = False) -> Line | None:
        """An order that is known has a next version: something went back, or all of it, or it is cancelled."""
        told = [order for order in self.orders if order["at"] <= self.when(at)]
        if not told:
            return None
        known = self.rng.choice(told)
        body = known["data"]
        if body["status"] == "cancelled":
            return None
        if whole or self.rng.random() < 0.15:
            line = cancelled(known, self.when(at))
        else:
            left = self.left(known)
            if not left:
                return None
            name, cents = self.rng.choice(left)
            total = sum(many for _, many in left)
            by_line = self.rng.random() < 0.6
            most = cents if by_line else total
            part = self.rng.choice([most, most // 2, max(1, most // 3), 1])
            refund = back(
                self.when(at), f"{part // 100}.{part % 100:02d}", self.id("r"), name if by_line else None
            )
            version = body["version"] + 1
            line = known | {
                "at": self.when(at), "data": body | {"version": version, "refunds": [*body.get("refunds", ()), refund]},
            }  # fmt: skip
        self.orders[self.orders.index(known)] = line
        return line

    @staticmethod
    def left(order: Line) -> list[tuple[str, int]]:
        """What may still go back, by line, in minor units."""
        body = order["data"]
        left = {line["id"]: minor(line["amount"], body["currency"]) for line in body["lines"]}
        for refund in body.get("refunds", ()):
            if "lines" in refund:
                for part in refund["lines"]:
                    left[part["id"]] -= minor(part["amount"], body["currency"])
            else:
                parts = spread(minor(refund["amount"], body["currency"]), list(left.values()))
                left = {name: many - part for (name, many), part in zip(left.items(), parts, strict=True)}
        return [(name, many) for name, many in left.items() if many]


Life = Callable[[Teller], list[Line]]


@dataclass(frozen=True)
class Mechanic:
    """A programme, and how a life under it is made up."""

    name: str
    source: str
    life: Life
    zone: str = "America/New_York"
    until: str = UNTIL

    def live(self, rng: random.Random, ref: str) -> list[Line]:
        """One member's lines, by a source of chance."""
        return [line for line in self.life(Teller(rng, ref, self.zone)) if line]

    def history(self, seed: int, ref: str) -> list[Line]:
        """One member's lines; the same seed makes the same."""
        return self.live(random.Random(f"{self.name} {seed}"), ref)

    def histories(self, many: int, first: int = 0) -> dict[str, list[Line]]:
        """Lives of so many members."""
        return {f"m{seed:04d}": self.history(seed, f"m{seed:04d}") for seed in range(first, first + many)}


def shopping(
    tell: Teller, orders: int, make: Callable[[datetime], Line], again: float = 0.35, **joined: Any
) -> list[Line]:
    """She joins, orders, and sends back."""
    first, *rest = tell.days(1 + tell.rng.randint(1, orders))
    lines = [tell.joins(first, **joined)]
    for at in rest:
        lines.append((tell.rng.random() < again and tell.more(at)) or make(at))
    return lines


def in_time(lines: list[Any]) -> list[Line]:
    """The lines in order of time, without the gaps."""
    return sorted((line for line in lines if line), key=lambda line: line["at"])

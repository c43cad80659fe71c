"""Orders and programmes for tables of cases: no database, no app."""

from datetime import UTC, datetime
from typing import Any

from portal.earning import Frozen, Line, OrderFacts, Refund, assess
from portal.programme import Programme, parse
from tests.programme.texts import small

FROZEN = Frozen(1, "member")
PLACED = datetime(2026, 6, 10, 9, tzinfo=UTC)


def order(*lines: Line, **facts: Any) -> OrderFacts:
    given = {
        "placed_at": PLACED,
        "placed_on": PLACED.date(),
        "status": "paid",
        "currency": "GBP",
        "shop": "main",
    }
    return OrderFacts(**{**given, "lines": lines, **facts})


def goods(*amounts: int) -> tuple[Line, ...]:
    return tuple(Line(str(number), amount) for number, amount in enumerate(amounts, 1))


def back(*amounts: int) -> tuple[Refund, ...]:
    """Parts of a whole order that went back."""
    return tuple(Refund(f"r{number}", amount, None) for number, amount in enumerate(amounts))


def programme(*parts: str, **changed: str) -> Programme:
    return parse(small(*parts, **changed), "small.toml")


def rule(points: int, per: str = "1.00", key: str = "all", when: str = "") -> str:
    condition = f"when = {{ {when} }}\n" if when else ""
    return f'\n[[earn]]\nkey = "{key}"\nlabel = "{key}"\npoints = {points}\nper = "{per}"\n{condition}'


def times(factor: str, key: str = "more", when: str = "", adds: bool = False) -> str:
    condition = f"when = {{ {when} }}\n" if when else ""
    named = f'\n[[multipliers]]\nkey = "{key}"\nlabel = "{key}"\n'
    return f'{named}factor = "{factor}"\nadds = {str(adds).lower()}\n{condition}'


def points(text: Programme, *lines: Line, frozen: Frozen = FROZEN, **facts: Any) -> int:
    return assess(text, order(*lines, **facts), frozen).points


def campaign(gives: str, key: str = "event", when: str = "", days: str = "") -> str:
    """A campaign of the first half of June 2026, unless `days` says otherwise; `gives` is TOML."""
    condition = f"when = {{ {when} }}\n" if when else ""
    days = days or "from = 2026-06-01\nuntil = 2026-06-15"
    return f'\n[[campaigns]]\nkey = "{key}"\nlabel = "{key}"\n{days}\n{gives}\n{condition}'


def placed(at: datetime, text: Programme, *lines: Line, **facts: Any) -> OrderFacts:
    """A paid order of an instant, read by the clocks of a programme."""
    here = at.astimezone(text.zone)
    return order(*lines, placed_at=at, placed_on=here.date(), placed_time=here.time(), **facts)


def passed(text: Programme, facts: OrderFacts, frozen: Frozen = FROZEN) -> dict[str, str]:
    """What did not fire, and why."""
    return {one["rule"]: one["because"] for one in assess(text, facts, frozen).trace["passed"]}

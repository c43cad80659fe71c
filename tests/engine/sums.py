"""What an order comes to, by a plain loop over its lines: amounts, rates, multipliers, campaigns.

Written from readings.md (1, 4, 16, 17, 26 to 29) and docs/programme.md alone; money is a Fraction of minor units.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from portal.programme import Programme

DECIMALS = {"JPY": 0, "KRW": 0, "BHD": 3}
PAID = ("paid", "fulfilled")


@dataclass
class Frozen:
    """What holds for an order from its first paid version on."""

    tier: str
    plans: tuple[str, ...]
    attributes: dict[str, int]
    joined: date
    chosen: bool
    placed: datetime


@dataclass
class Outcome:
    """What is left of an order: points by what gives them, home money, and the part of each line."""

    usual: int = 0
    extras: dict[str, int] = field(default_factory=dict)
    home: Fraction = Fraction(0)
    lines: list[tuple[dict[str, Any], Fraction]] = field(default_factory=list)


def minor(amount: str, currency: str) -> int:
    """A decimal string as minor units."""
    value = Fraction(amount) * 10 ** DECIMALS.get(currency, 2)
    assert value.denominator == 1
    return int(value)


def instant(text: str) -> datetime:
    """An instant of a line, in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def spread(total: int, weights: list[int]) -> list[int]:
    """A sum over lines in proportion: the largest remainder first, of equal ones the earlier line."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [Fraction(total * weight, whole) for weight in weights]
    parts = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda at: (-(exact[at] - parts[at]), at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


def qualifying(data: dict[str, Any]) -> list[int]:
    """Of each line what counts: less its share of discounts and of what rewards paid, less what went back."""
    currency = data["currency"]
    amounts = [minor(line["amount"], currency) for line in data["lines"]]
    ids = [line["id"] for line in data["lines"]]
    goods = [line.get("kind", "goods") != "gift-card" for line in data["lines"]]
    off = spread(minor(data.get("discount", "0"), currency), amounts)
    left = [amount - part if counts else 0 for amount, part, counts in zip(amounts, off, goods, strict=True)]
    paid = spread(minor(data.get("paid_by_rewards", "0"), currency), left)
    gone = [0] * len(amounts)
    for refund in data.get("refunds", ()):
        if "lines" in refund:
            for part in refund["lines"]:
                gone[ids.index(part["id"])] += minor(part["amount"], currency)
        else:
            rest = [amount - back for amount, back in zip(amounts, gone, strict=True)]
            for at, back in enumerate(spread(minor(refund["amount"], currency), rest)):
                gone[at] += back
    return [max(0, one - part - back) for one, part, back in zip(left, paid, gone, strict=True)]


def is_whole_back(data: dict[str, Any]) -> bool:
    """Whether nothing of an order is kept."""
    currency = data["currency"]
    total = sum(minor(line["amount"], currency) for line in data["lines"])
    back = sum(
        minor(part["amount"], currency)
        for refund in data.get("refunds", ())
        for part in refund.get("lines", [refund])
    )
    return data["status"] == "cancelled" or (back > 0 and back == total)


def rate(programme: Programme, currency: str, day: date) -> Fraction | None:
    """Home minor units for one minor unit of a currency."""
    if currency == programme.currency:
        return Fraction(1)
    found = [c for c in programme.currencies if c.code == currency and (c.from_ is None or c.from_ <= day)]
    if not found:
        return None
    newest = max(found, key=lambda c: c.from_ or date.min)
    return Fraction(newest.rate) * 10 ** DECIMALS.get(programme.currency, 2) / 10 ** DECIMALS.get(currency, 2)


def within(start: Any, end: Any, at: datetime, day: date) -> bool:
    """Whether a span of days (the last inclusive) or of instants (the last exclusive) holds."""
    after = start is None or (at >= start if isinstance(start, datetime) else day >= start)
    before = end is None or (at < end if isinstance(end, datetime) else day <= end)
    return after and before


def holds(when: Any, data: dict[str, Any], line: dict[str, Any], frozen: Frozen, zone: ZoneInfo) -> bool:
    """Whether every condition that is given holds for a line."""
    local = frozen.placed.astimezone(zone)
    day = local.date()
    brand = line.get("brand") or data.get("shop", "main")
    facts = [name for name in when.attributes if name in frozen.attributes]
    if when.hours:
        begin, end = (str(one)[:5] for one in when.hours)
        now = local.strftime("%H:%M")
        open_ = begin <= now < end if begin < end else now >= begin or now < end
        if not open_:
            return False
    for wanted, found in (
        (when.channels, data.get("channel")),
        (when.categories, line.get("category")),
        (when.brands, brand),
        (when.shops, data.get("shop", "main")),
        (when.payments, data.get("payment")),
        (when.kinds, line.get("kind", "goods")),
        (when.tiers, frozen.tier),
        (when.currencies, data["currency"]),
        (when.weekdays, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]),
    ):
        if wanted and found not in wanted:
            return False
    if when.tags and not set(when.tags) & set(line.get("tags", ())):
        return False
    if when.plans and not set(when.plans) & set(frozen.plans):
        return False
    if when.attributes and not facts:
        return False
    if when.held_days and not any(1 <= frozen.attributes[name] <= when.held_days for name in facts):
        return False
    if when.joined_days and not 1 <= (day - frozen.joined).days + 1 <= when.joined_days:
        return False
    return within(when.from_, when.until, frozen.placed, day)


def assess(programme: Programme, data: dict[str, Any], frozen: Frozen) -> Outcome:
    """What an order keeps, before any cap: usual points, and what each campaign gives beside them."""
    day = frozen.placed.astimezone(programme.zone).date()
    found = Outcome()
    worth = rate(programme, data["currency"], day)
    assert worth is not None
    if data["status"] not in PAID:
        return found
    found.lines = [
        (line, amount * worth) for line, amount in zip(data["lines"], qualifying(data), strict=True)
    ]
    found.home = sum((amount for _, amount in found.lines), Fraction(0))
    running = [one for one in programme.campaigns if within(one.from_, one.until, frozen.placed, day)]
    found.usual = _points(programme, data, frozen, found, [])
    before = found.usual
    for used in range(1, len(running) + 1):  # what each adds to those before it
        after = _points(programme, data, frozen, found, running[:used])
        found.extras[running[used - 1].key] = after - before
        before = after
    return found


def _points(
    programme: Programme, data: dict[str, Any], frozen: Frozen, found: Outcome, campaigns: list[Any]
) -> int:
    groups: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    bonus: dict[str, int] = {}
    for line, amount in found.lines:
        rules = [r for r in programme.earn if holds(r.when, data, line, frozen, programme.zone)]
        per = Fraction(rules[-1].points, rules[-1].per_minor) if rules else None
        name = rules[-1].key if rules else ""
        here = [c for c in campaigns if holds(c.when, data, line, frozen, programme.zone)]
        big = [c for c in here if c.minimum_minor is None or found.home >= c.minimum_minor]
        rates = [
            (Fraction(one.points or 0, one.per_minor), one.key) for one in big if one.per_minor is not None
        ]
        if rates:
            per, name = max(rates, key=lambda one: one[0])
        for one in big:
            if one.bonus is not None and amount > 0:
                bonus[one.key] = one.bonus
        if per is None:
            continue
        best, adding = Fraction(1), Fraction(0)
        best_name, added = "", []
        times = [
            (m.key, Fraction(m.factor), m.adds)
            for m in programme.multipliers
            if holds(m.when, data, line, frozen, programme.zone)
        ]
        times += [(c.key, Fraction(c.factor), c.stacking == "adds") for c in big if c.factor is not None]
        if frozen.chosen and programme.chosen_day is not None:
            times.append((programme.chosen_day.key, Fraction(programme.chosen_day.factor), False))
        for key, factor, adds in times:
            if adds:
                adding += factor - 1
                added.append(key)
            elif factor > best:
                best, best_name = factor, key
        groups[name, per, best_name, tuple(added), best + adding] += amount
    half = programme.orders.rounding == "half-up"
    points = sum(bonus.values())
    for (_, per, _, _, factor), amount in groups.items():
        points += rounded(rounded(amount * per, half) * factor, half)
    return points


def rounded(value: Fraction, half_up: bool = False) -> int:
    """Down, or half up."""
    return int(value + Fraction(1, 2)) if half_up else int(value)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for back in range(4):
        try:
            return date(year, month + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError(day)


def lot_date(programme: Programme, day: date) -> date:
    """The last day of points earned on a day; of a balance that ends by inactivity it is known only later."""
    rule = programme.expiry
    if rule.kind == "days":
        return day + timedelta(rule.days or 0)
    if rule.kind == "month-end":
        return months_later(day.replace(day=1), (rule.months or 0) + 1) - timedelta(1)
    if rule.kind == "year-end":
        return date(day.year + (rule.years or 0), 12, 31)
    return date(9999, 12, 31)

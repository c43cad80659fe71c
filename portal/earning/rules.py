"""What an order earns: pure arithmetic on whole numbers and exact fractions, with its explanation.

Amounts are minor units of the order's currency until a rule turns them into points; conversion to the home currency is
exact and not rounded before the points are (Readings 1 and 17). The trace it makes is stored with the ledger entry and
turned into words by the pages and the API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from portal.errors import Refused
from portal.programme import EarnRule, Multiplier, Programme, When


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order; `amount_minor` is its total after its own discounts."""

    id: str
    amount_minor: int
    kind: str = "goods"
    category: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back: by line (`lines`), or a sum that is spread over what is left of the lines."""

    id: str
    amount_minor: int
    lines: tuple[tuple[str, int], ...] | None

    @property
    def given(self) -> tuple[int, dict[str, int] | None]:
        """What was given back, however it was written: the sum, and what of each line."""
        if self.lines is None:
            return self.amount_minor, None
        by_line: dict[str, int] = {}
        for line_id, amount in self.lines:
            by_line[line_id] = by_line.get(line_id, 0) + amount
        return self.amount_minor, by_line


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order's state, in whole numbers."""

    status: str
    placed_at: datetime
    placed_on: date
    currency: str
    lines: tuple[Line, ...]
    shop: str
    channel: str | None = None
    payment: str | None = None
    shipping_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0
    rewards_minor: int = 0
    refunds: tuple[Refund, ...] = ()

    @property
    def pays(self) -> bool:
        """Whether this state earns at all."""
        return self.status in ("paid", "fulfilled")


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an order keeps from its first paid version on, whatever changes later (Reading 4)."""

    programme_version: int
    tier: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Qualifying:
    """What of each line counts, in minor units of the order's currency, and what was left out of the total."""

    by_line: Mapping[str, int]
    total_minor: int
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Points an order keeps, its qualifying spend in the home currency (rounded down), and the explanation."""

    points: int
    counted_minor: int
    trace: dict[str, Any] = field(default_factory=dict)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` over `weights` in proportion, by largest remainder; equal remainders: the earlier (Reading 27)."""
    total = sum(weights)
    if amount == 0 or total == 0:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def refunded_by_line(order: OrderFacts) -> dict[str, int]:
    """What was given back of each line. Refuses `refund_exceeds_order` as a whole (Reading 16)."""
    amounts = {line.id: line.amount_minor for line in order.lines}
    taken = dict.fromkeys(amounts, 0)
    for place, refund in enumerate(order.refunds):
        pointer = f"/refunds/{place}"
        if refund.lines is None:
            left = [amounts[line.id] - taken[line.id] for line in order.lines]
            if refund.amount_minor > sum(left):
                raise _exceeds(pointer, f"Refund {refund.id!r} is more than what is left of the order.")
            for line, share in zip(order.lines, spread(refund.amount_minor, left), strict=True):
                taken[line.id] += share
            continue
        for line_id, amount in refund.lines:
            if line_id not in amounts:
                raise Refused("bad_value", f"Refund {refund.id!r} names line {line_id!r}, which the order has not.",
                              pointer=f"{pointer}/lines")  # fmt: skip
            taken[line_id] += amount
            if taken[line_id] > amounts[line_id]:
                raise _exceeds(pointer, f"Refunds of line {line_id!r} are more than its amount.")
    return taken


def is_given_back(order: OrderFacts) -> bool:
    """Whether nothing of the order is left: cancelled, or all that its lines cost after the discount was refunded."""
    if order.status == "cancelled":
        return True
    taken = refunded_by_line(order) if order.refunds else {}
    amounts = [line.amount_minor for line in order.lines]
    shares = spread(order.discount_minor, amounts)
    return any(taken.values()) and all(
        taken[line.id] >= line.amount_minor - share for line, share in zip(order.lines, shares, strict=True)
    )


def _exceeds(pointer: str, message: str) -> Refused:
    return Refused("refund_exceeds_order", message, pointer=pointer)


def qualifying(order: OrderFacts) -> Qualifying:
    """The part of each line that counts: after its share of the discount and of what rewards paid, less refunds.

    Gift cards take their share of the discount and then do not count; what was paid by rewards is spread over the
    lines that are left (Reading 28). Refuses `bad_value` for a discount above the lines, and as `refunded_by_line`.
    """
    amounts = [line.amount_minor for line in order.lines]
    if order.discount_minor > sum(amounts):
        raise Refused("bad_value", "The discount is larger than the lines.", pointer="/discount")
    after_discount = [
        amount - share for amount, share in zip(amounts, spread(order.discount_minor, amounts), strict=True)
    ]
    counting = [
        0 if line.kind == "gift-card" else amount
        for line, amount in zip(order.lines, after_discount, strict=True)
    ]
    if order.rewards_minor > sum(amounts) + order.shipping_minor + order.tax_minor - order.discount_minor:
        raise Refused(
            "bad_value", "More was paid by rewards than the order costs.", pointer="/paid_by_rewards"
        )
    by_rewards = spread(min(order.rewards_minor, sum(counting)), counting)
    taken = refunded_by_line(order)
    by_line = {
        line.id: max(0, amount - reward - (taken[line.id] if line.kind != "gift-card" else 0))
        for line, amount, reward in zip(order.lines, counting, by_rewards, strict=True)
    }
    gift_cards = sum(after_discount) - sum(counting)
    before_refunds = sum(counting) - sum(by_rewards)
    left_out = (
        ("shipping", order.shipping_minor),
        ("tax", order.tax_minor),
        ("discount", order.discount_minor),
        ("gift-card", gift_cards),
        (
            "rewards",
            sum(by_rewards),
        ),  # the rest of it paid for shipping, tax and gift cards, which are left out already
        ("refunded", before_refunds - sum(by_line.values())),
    )
    total = sum(amounts) + order.shipping_minor + order.tax_minor
    return Qualifying(by_line, total, tuple((what, amount) for what, amount in left_out if amount))


def unmet(when: When, line: Line, order: OrderFacts, frozen: Frozen) -> str | None:
    """The first condition that does not hold for a line, by its key; None when all hold."""
    family = line.brand or order.shop  # Reading 29
    tests: tuple[tuple[str, tuple[str, ...], tuple[str | None, ...]], ...] = (
        ("channels", when.channels, (order.channel,)),
        ("categories", when.categories, (line.category,)),
        ("brands", when.brands, (family,)),
        ("shops", when.shops, (order.shop,)),
        ("payments", when.payments, (order.payment,)),
        ("kinds", when.kinds, (line.kind,)),
        ("tiers", when.tiers, (frozen.tier,)),
        ("attributes", when.attributes, frozen.attributes),
        ("tags", when.tags, line.tags),
        ("currencies", when.currencies, (order.currency,)),
    )
    for name, wanted, found in tests:
        if wanted and not any(value in wanted for value in found):
            return name
    if _before(order, when.from_) or _after(order, when.until):
        return "time"
    return None


def _before(order: OrderFacts, starts: date | datetime | None) -> bool:
    if starts is None:
        return False
    return order.placed_at < starts if isinstance(starts, datetime) else order.placed_on < starts


def _after(order: OrderFacts, ends: date | datetime | None) -> bool:
    if ends is None:
        return False
    return order.placed_at >= ends if isinstance(ends, datetime) else order.placed_on > ends


def assess(programme: Programme, order: OrderFacts, frozen: Frozen) -> Assessment:
    """Points that the order keeps in its present state under `programme`, the version frozen for it.

    Each line takes the last rule of the file that matches it, and the best single multiplier besides those that add.
    Lines under the same rule and multipliers are added before rounding; the base points are whole before a multiplier
    works on them, and are rounded down again after it (Reading 1). Refuses `unknown_currency`.
    """
    rate = programme.rate_on(order.currency, order.placed_on)
    if rate is None:
        raise Refused(
            "unknown_currency", f"The programme does not accept {order.currency}.", pointer="/currency"
        )
    counts = qualifying(order)
    groups: dict[tuple[str, tuple[str, ...]], int] = {}
    tried: dict[str, str] = {}
    for line in order.lines:
        minor = counts.by_line[line.id]
        rule = _last_match(programme.earn, line, order, frozen, tried)
        if rule is None or minor == 0:
            continue
        multipliers = _multipliers(programme.multipliers, line, order, frozen, tried)
        group = (rule.key, tuple(m.key for m in multipliers))
        groups[group] = groups.get(group, 0) + minor
    rules = {rule.key: rule for rule in programme.earn}
    factors = {multiplier.key: multiplier for multiplier in programme.multipliers}
    points, fired = 0, []
    for (rule_key, multiplier_keys), minor in groups.items():
        rule = rules[rule_key]
        base = whole(rate * minor * rule.points / rule.per_minor, programme)
        result = whole(base * _factor([factors[key] for key in multiplier_keys]), programme)
        points += result
        fired.append(
            {
                "rule": rule.key,
                "label": rule.label,
                "points": rule.points,
                "per_minor": rule.per_minor,
                "counted_minor": minor,
                "base": base,
                "multipliers": [
                    {"key": key, "label": factors[key].label, "factor": str(factors[key].factor)}
                    for key in multiplier_keys
                ],
                "result": result,
            }
        )
    won = {key for rule_key, keys in groups for key in (rule_key, *keys)}
    counted = sum(counts.by_line.values())
    trace = {
        "currency": order.currency,
        "total_minor": counts.total_minor,
        "counted_minor": counted,
        "left_out": [list(item) for item in counts.left_out],
        "rate": None if rate == 1 else str(rate),
        "tier": frozen.tier,
        "fired": fired,
        "passed": [
            {"rule": key, "label": (rules.get(key) or factors[key]).label, "because": because}
            for key, because in tried.items()
            if key not in won
        ],
        "points": points,
    }
    return Assessment(points, int(rate * counted // 1), trace)


def whole(exact: Fraction, programme: Programme) -> int:
    """Whole points of an exact product: down, or half up where the programme says so."""
    half_up = programme.orders.rounding == "half-up"
    return int((exact + Fraction(1, 2)) // 1) if half_up else int(exact // 1)


def _last_match(
    rules: Sequence[EarnRule], line: Line, order: OrderFacts, frozen: Frozen, tried: dict[str, str]
) -> EarnRule | None:
    winner = None
    for rule in reversed(rules):
        because = unmet(rule.when, line, order, frozen)
        if because is None and winner is None:
            winner = rule
        else:
            tried.setdefault(rule.key, because or "replaced")
    return winner


def _multipliers(
    multipliers: Sequence[Multiplier], line: Line, order: OrderFacts, frozen: Frozen, tried: dict[str, str]
) -> list[Multiplier]:
    """The best single one that holds, then those that add."""
    holding = []
    for multiplier in multipliers:
        because = unmet(multiplier.when, line, order, frozen)
        if because is None:
            holding.append(multiplier)
        else:
            tried.setdefault(multiplier.key, because)
    single = max((m for m in holding if not m.adds), key=lambda m: m.factor, default=None)
    for multiplier in holding:
        if not multiplier.adds and multiplier is not single:
            tried.setdefault(multiplier.key, "beaten")
    return [m for m in holding if m is single or m.adds]


def _factor(multipliers: Sequence[Multiplier]) -> Fraction:
    """The best single factor plus what each adding one brings above 1."""
    best = max((m.factor for m in multipliers if not m.adds), default=Fraction(1))
    return best + sum((m.factor - 1 for m in multipliers if m.adds), Fraction(0))

"""What an order earns: exact fractions made whole once per order and rule, with the explanation. Pure.

Conversion to the home currency is exact and not rounded before the points are (Readings 1 and 17). The trace is stored
with the ledger entry and turned into words by the pages and the API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from portal.earning.conditions import in_force, unmet
from portal.earning.rules import Assessment, Frozen, Line, OrderFacts, Qualifying, qualifying
from portal.errors import Refused
from portal.programme import Campaign, Programme


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points for so much home money: of a rule, or of a campaign in its place."""

    key: str
    label: str
    points: int
    per_minor: int
    of_campaign: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """Times so much: of a multiplier, a campaign or the chosen day."""

    key: str
    label: str
    factor: Fraction
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign that holds for these lines of an order."""

    campaign: Campaign
    lines: frozenset[str]


@dataclass(slots=True)
class Reckoned:
    """What an order comes to: points, the groups of lines, and what campaigns gave beside them."""

    points: int = 0
    fired: list[dict[str, Any]] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)
    won: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Order:
    """All that an assessment looks at; `passed` gathers what did not fire: label and reason by key."""

    programme: Programme
    facts: OrderFacts
    frozen: Frozen
    counts: Qualifying
    rate: Fraction
    passed: dict[str, tuple[str, str]] = field(default_factory=dict)

    def pass_over(self, key: str, label: str, because: str) -> None:
        self.passed.setdefault(key, (label, because))


def assess(
    programme: Programme, order: OrderFacts, frozen: Frozen, room: Mapping[str, int] | None = None
) -> Assessment:
    """Points that the order keeps in its present state under `programme`, the version frozen for it.

    Each line takes the best rate of the campaigns that hold, else the last rule of the file that matches it, and the
    best single factor besides those that add. Lines under the same rate and factors are added before rounding; the base
    points are whole before a factor works on them, and are rounded again after it (Reading 1). A campaign with a cap
    gives what the order comes to with it less what it comes to without, at most `room` (points by its key, those frozen
    with the order when left out). Refuses `unknown_currency`.
    """
    rate = rate_of(programme, order)
    counts = qualifying(order, programme.orders.counts)
    this = _Order(programme, order, frozen, counts, rate)
    running = _running(this)
    free = [one for one in running if one.campaign.cap is None]
    found = _reckon(this, free)
    uses: dict[str, int] = {}
    cut: list[dict[str, Any]] = []
    for one in running:
        cap = one.campaign.cap
        if cap is None:
            continue
        wider = _reckon(this, [*free, one])
        asked = max(0, wider.points - found.points)
        left = (frozen.room if room is None else room).get(one.campaign.key, 0)
        uses[one.campaign.key] = min(asked, left)
        if asked <= left:
            free, found = [*free, one], wider
            continue
        limits = {"per": cap.per, "points": cap.points, "asked": asked}
        cut.append(_beside(one.campaign, left) | {"capped": limits})
    points = found.points + sum(one["points"] for one in cut)
    won = found.won | {one["campaign"] for one in cut}
    counted = sum(counts.by_line.values())
    beside = [*found.beside, *cut]
    trace = {
        "currency": order.currency,
        "total_minor": counts.total_minor,
        "counted_minor": counted,
        "left_out": [list(item) for item in counts.left_out],
        "rate": None if rate == 1 else str(rate),
        "tier": frozen.tier,
        "fired": found.fired,
        **({"campaigns": beside} if beside else {}),
        "passed": [
            {"rule": key, "label": label, "because": because}
            for key, (label, because) in this.passed.items()
            if key not in won
        ],
        "points": points,
    }
    return Assessment(points, int(rate * counted // 1), trace, {key: use for key, use in uses.items() if use})


def rate_of(programme: Programme, order: OrderFacts) -> Fraction:
    """Home minor units for one of the order's, on its day. Refuses `unknown_currency`."""
    rate = programme.rate_on(order.currency, order.placed_on)
    if rate is None:
        raise Refused(
            "unknown_currency", f"The programme does not accept {order.currency}.", pointer="/currency"
        )
    return rate


def whole(exact: Fraction, programme: Programme) -> int:
    """Whole points of an exact product: down, or half up where the programme says so."""
    half_up = programme.orders.rounding == "half-up"
    return int((exact + Fraction(1, 2)) // 1) if half_up else int(exact // 1)


def _running(this: _Order) -> list[Running]:
    """The campaigns that hold, with the lines they hold for: in their time, and while these come to the minimum."""
    found = []
    for campaign in this.programme.campaigns:
        if not in_force(this.facts, campaign.from_, campaign.until):
            this.pass_over(campaign.key, campaign.label, "time")
            continue
        reasons = {line.id: unmet(campaign.when, line, this.facts, this.frozen) for line in this.facts.lines}
        lines = [line for line, because in reasons.items() if because is None and this.counts.by_line[line]]
        minor = sum(this.counts.by_line[line] for line in lines)
        because = next((because for because in reasons.values() if because is not None), None)
        if lines and (campaign.minimum_minor is None or this.rate * minor >= campaign.minimum_minor):
            found.append(Running(campaign, frozenset(lines)))
        elif lines or because is not None:
            this.pass_over(campaign.key, campaign.label, "minimum" if lines else str(because))
    return found


def _reckon(this: _Order, running: Sequence[Running]) -> Reckoned:
    """What the order comes to while these campaigns hold."""
    found = Reckoned()
    groups: dict[tuple[Rate, tuple[Factor, ...]], int] = {}
    for line in this.facts.lines:
        minor = this.counts.by_line[line.id]
        here = [one.campaign for one in running if line.id in one.lines]
        rate = _rate(this, line, here)
        if rate is None or minor == 0:
            continue
        group = (rate, tuple(_factors(this, line, here)))
        groups[group] = groups.get(group, 0) + minor
    for (rate, factors), minor in groups.items():
        base = whole(this.rate * minor * rate.points / rate.per_minor, this.programme)
        result = whole(base * _together(factors), this.programme)
        found.points += result
        found.won |= {rate.key, *(factor.key for factor in factors)}
        found.fired.append(
            {
                "rule": rate.key,
                "label": rate.label,
                "points": rate.points,
                "per_minor": rate.per_minor,
                "counted_minor": minor,
                "base": base,
                "multipliers": [_in_trace(factor) for factor in factors],
                "result": result,
                **({"campaign": True} if rate.of_campaign else {}),
            }
        )
    for campaign in _bonuses(this, running):
        found.points += campaign.bonus or 0
        found.won.add(campaign.key)
        found.beside.append(_beside(campaign, campaign.bonus or 0))
    return found


def _in_trace(factor: Factor) -> dict[str, Any]:
    said = {"key": factor.key, "label": factor.label, "factor": str(factor.factor)}
    return {**said, "adds": True} if factor.adds else said


def _beside(campaign: Campaign, points: int) -> dict[str, Any]:
    return {"campaign": campaign.key, "label": campaign.label, "points": points}


def _rate(this: _Order, line: Line, campaigns: Sequence[Campaign]) -> Rate | None:
    """The best rate of the campaigns that hold for a line, else the last rule of the file that matches it."""
    rates = [
        Rate(one.key, one.label, one.points, one.per_minor, of_campaign=True)
        for one in campaigns
        if one.points is not None and one.per_minor is not None
    ]
    winner = max(rates, key=lambda one: Fraction(one.points, one.per_minor), default=None)
    for rate in rates:
        if rate is not winner:
            this.pass_over(rate.key, rate.label, "beaten")
    for rule in reversed(this.programme.earn):
        because = unmet(rule.when, line, this.facts, this.frozen)
        if because is None and winner is None:
            winner = Rate(rule.key, rule.label, rule.points, rule.per_minor)
        else:
            this.pass_over(rule.key, rule.label, because or "replaced")
    return winner


def _factors(this: _Order, line: Line, campaigns: Sequence[Campaign]) -> list[Factor]:
    """The best single one that holds for a line, then those that add."""
    holding = []
    for one in this.programme.multipliers:
        because = unmet(one.when, line, this.facts, this.frozen)
        if because is None:
            holding.append(Factor(one.key, one.label, one.factor, one.adds))
        else:
            this.pass_over(one.key, one.label, because)
    for campaign in campaigns:
        if campaign.factor is not None:
            adds = campaign.stacking == "adds"
            holding.append(Factor(campaign.key, campaign.label, campaign.factor, adds))
    chosen = _chosen_day(this)
    if chosen is not None:
        holding.append(chosen)
    single = max((one for one in holding if not one.adds), key=lambda one: one.factor, default=None)
    for factor in holding:
        if not factor.adds and factor is not single:
            this.pass_over(factor.key, factor.label, "beaten")
    return [one for one in holding if one is single or one.adds]


def _chosen_day(this: _Order) -> Factor | None:
    """The factor of the member's chosen day, if the order was placed on it and her tier carries it (Reading 24)."""
    rule = this.programme.chosen_day
    if rule is None:
        return None
    if rule.tiers and this.frozen.tier not in rule.tiers:
        this.pass_over(rule.key, rule.label, "tiers")
    elif this.frozen.chosen is None:
        this.pass_over(rule.key, rule.label, "chosen_day")
    else:
        return Factor(rule.key, rule.label, rule.factor)
    return None


def _together(factors: Sequence[Factor]) -> Fraction:
    """The best single factor plus what each adding one brings above 1."""
    best = max((one.factor for one in factors if not one.adds), default=Fraction(1))
    return best + sum((one.factor - 1 for one in factors if one.adds), Fraction(0))


def _bonuses(this: _Order, running: Sequence[Running]) -> list[Campaign]:
    """The largest single bonus, and those that add; once an order while anything that counts is left."""
    giving = [one.campaign for one in running if one.campaign.bonus is not None]
    singles = [one for one in giving if one.stacking != "adds"]
    best = max(singles, key=lambda one: one.bonus or 0, default=None)
    for one in singles:
        if one is not best:
            this.pass_over(one.key, one.label, "beaten")
    return [one for one in giving if one is best or one.stacking == "adds"]

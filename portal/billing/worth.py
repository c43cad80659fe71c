"""What a plan would have given a member on her own orders: pure arithmetic, so that each figure can be shown.

Each order is reckoned as it stands, less what was sent back, once as it was and once with the plan, by today's rules:
what its perks take off beside those of her tier, what its rates bring in points, which of its rewards would have been
of use. What nobody can put a price on is named and not counted. Amounts are minor units of the home currency, rounded
down for each order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from portal import earning, granting, perks
from portal.billing.price_rules import Price
from portal.earning import Frozen, OrderFacts, PastOrder
from portal.perks import Basket, Held, Item
from portal.programme import Grant, Plan, Programme, Reward, Tier, months_after

MONTHS = 12
Kind = Literal["delivery", "percent", "points", "given_points", "reward", "dividend"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a plan gives: how often, and what all of it comes to.

    `times` counts orders, or what was given. `points` are those that it came in. `of`: how many there were to use.
    """

    kind: Kind
    label: str
    times: int
    amount_minor: int
    points: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan would have given on the orders of the days from `since` to `through`, beside what a year costs.

    `payments` of `payment_minor` of `currency` are a year (one, once, where a plan is only for life). `rate` makes home
    money of that currency; without one, gifts and price stand side by side. `uncounted`: what has no price.
    `no_delivery`: it has free delivery, and no order says what delivery cost. `while_held`: orders that are left out,
    because they were placed while she had a plan. `cut`: older orders than those were not looked at.
    """

    since: date
    through: date
    interval: Literal["month", "year", "life"]
    payments: int
    payment_minor: int
    currency: str
    rate: Fraction | None
    orders: int
    parts: tuple[Part, ...] = ()
    uncounted: tuple[str, ...] = ()
    no_delivery: bool = False
    while_held: int = 0
    cut: bool = False

    @property
    def gives_minor(self) -> int:
        """All that has a price, together."""
        return sum(part.amount_minor for part in self.parts)

    @property
    def year_minor(self) -> int:
        """What a year of it costs, in its own currency."""
        return self.payments * self.payment_minor

    @property
    def costs_minor(self) -> int | None:
        """What a year of it costs in home money; None without a rate."""
        return None if self.rate is None else int(self.rate * self.year_minor // 1)

    @property
    def more_minor(self) -> int | None:
        """What it would have given above its price; below zero where that is less, None where nobody can say."""
        return None if self.costs_minor is None else self.gives_minor - self.costs_minor


@dataclass(frozen=True, slots=True)
class Her:
    """What of a member decides beside her orders: her tier today, and whether she has told a birthday."""

    tier: Tier
    has_birthday: bool = False


@dataclass(slots=True)
class _Sum:
    """What one order would have been with the plan, in minor units of the home currency."""

    placed_on: date
    basket: Basket
    rate: Fraction
    saved: dict[str, int] = field(default_factory=dict)
    points: int = 0
    dividends: dict[str, int] = field(default_factory=dict)


def year_of(prices: Sequence[Price]) -> tuple[Price, int]:
    """The price by which a year costs least, and how many payments a year of it is; one for life where none renews."""
    ways = [
        (one, MONTHS if one.plan.interval == "month" else 1) for one in prices if one.plan.interval != "life"
    ]
    return min(ways, key=lambda way: way[0].amount_minor * way[1], default=(prices[0], 1))


def estimate(
    programme: Programme,
    prices: Sequence[Price],
    orders: Sequence[PastOrder],
    her: Her,
    *,
    since: date,
    through: date,
    while_held: int = 0,
    cut: bool = False,
) -> Estimate:
    """What a plan with these prices would have given on `orders`, oldest first, placed from `since` to `through`.

    Orders of which nothing is left, or in a currency that is no longer accepted, count for nothing.
    """
    price, payments = year_of(prices)
    plan = price.plan
    sums = [one for order in orders if (one := _with_plan(programme, plan, order)) is not None]
    found = [*_off(programme, plan, sums), *_points(programme, sums)]
    uncounted = _uncounted(programme, plan, her.tier)
    for grant in programme.grants:
        if plan.key in grant.plans and (not grant.tiers or her.tier.key in grant.tiers):
            part, rest = _granted(programme, plan, grant, her, sums, since)
            found += part
            uncounted += rest
    for dividend in programme.dividends:
        spend = [one.dividends[dividend.key] for one in sums if one.dividends.get(dividend.key)]
        if plan.key in dividend.plans and spend:
            share = granting.share(dividend, sum(spend))
            found.append(Part("dividend", dividend.label, len(spend), share))
    delivers = any(perk.kind == "free-shipping" for perk in programme.perks_of(plan.perks))
    told = any(order.facts.shipping_minor for order in orders)
    return Estimate(
        since, through, plan.interval, payments, price.amount_minor, price.currency,
        programme.rate_on(price.currency, through), len(sums), tuple(found), tuple(dict.fromkeys(uncounted)),
        delivers and bool(sums) and not told, while_held, cut,
    )  # fmt: skip


def _with_plan(programme: Programme, plan: Plan, order: PastOrder) -> _Sum | None:
    """One order with the plan and without it; None where nothing of it is left to reckon with."""
    facts = order.facts
    rate = programme.rate_on(facts.currency, facts.placed_on)
    basket = None if rate is None else _basket(facts, rate)
    if rate is None or basket is None:
        return None
    tier = _tier(programme, order.frozen.tier)
    risen = _by_plan(programme, plan, tier)
    hers = perks.held(programme, tier, None)
    before = perks.take_off(hers, basket)
    after = perks.take_off(_together(hers, perks.held(programme, risen, plan)), basket)
    found = _Sum(facts.placed_on, basket, rate)
    less: dict[str, int] = {}
    by_perk: dict[str, int] = {}
    for line, (held, amount) in after.by_line.items():
        less[line] = amount - (before.by_line[line][1] if line in before.by_line else 0)
        by_perk[held.perk.key] = by_perk.get(held.perk.key, 0) + less[line]
    free = 0
    if after.shipping is not None and before.shipping is None:
        held, free = after.shipping
        by_perk[held.perk.key] = by_perk.get(held.perk.key, 0) + free
    found.saved = {key: int(rate * amount // 1) for key, amount in by_perk.items() if amount}
    cheaper = _cheaper(facts, less, free)
    frozen = replace(order.frozen, tier=risen.key, plans=(*order.frozen.plans, plan.key))
    by_delivery = free and "shipping" in programme.orders.counts
    if risen is not tier or any(less.values()) or by_delivery or _looks_at_plans(programme):
        found.points = _earned(programme, cheaper, frozen) - _earned(programme, facts, order.frozen)
    measured = earning.measures(programme, cheaper, frozen) if programme.dividends else {}
    found.dividends = {one.key: measured.get(f"dividend:{one.key}", 0) for one in programme.dividends}
    return found


def _looks_at_plans(programme: Programme) -> bool:
    """Whether what an order earns depends on plans; where it does not, nobody need reckon twice."""
    rules = any(one.when.plans for one in programme.earn)
    factors = any(one.when.plans for one in programme.multipliers)
    return rules or factors or any(one.when.plans for one in programme.campaigns)


def _earned(programme: Programme, facts: OrderFacts, frozen: Frozen) -> int:
    return earning.assess(programme, facts, frozen).points if programme.earn else 0


def _basket(facts: OrderFacts, rate: Fraction) -> Basket | None:
    """What was bought and kept, as a basket; None where all of it was given back."""
    amounts = [line.amount_minor for line in facts.lines]
    back = earning.refunded_by_line(facts)
    shares = earning.spread(facts.discount_minor, amounts)
    items = tuple(
        Item(line.id, line.amount_minor - share - back[line.id], line.kind, line.category, line.brand)
        for line, share in zip(facts.lines, shares, strict=True)
        if line.amount_minor - share > back[line.id]
    )
    if not items:
        return None
    home = int(rate * sum(item.amount_minor for item in items) // 1)
    return Basket(
        items, home, facts.shop, facts.placed_at, facts.placed_on, facts.channel, facts.shipping_minor
    )


def _cheaper(facts: OrderFacts, less: dict[str, int], free: int) -> OrderFacts:
    """The order as it would have been: less of each line, and delivery for nothing."""
    lines = tuple(
        replace(line, amount_minor=line.amount_minor - less.get(line.id, 0)) for line in facts.lines
    )
    shipping = facts.shipping_minor - free
    total = sum(line.amount_minor for line in lines) + shipping + facts.tax_minor - facts.discount_minor
    return replace(facts, lines=lines, shipping_minor=shipping, rewards_minor=min(facts.rewards_minor, total))


def _tier(programme: Programme, key: str) -> Tier:
    return next((tier for tier in programme.tiers if tier.key == key), programme.base_tier)


def _by_plan(programme: Programme, plan: Plan, tier: Tier) -> Tier:
    """The tier with the plan: one that the plan itself opens, where that is higher."""
    opens = [
        one
        for one in programme.tiers
        if any(way.metric == "plan" and (not way.plans or plan.key in way.plans) for way in one.entry)
    ]
    return max([tier, *opens], key=programme.tiers.index)


def _together(first: list[Held], second: list[Held]) -> list[Held]:
    return list(({one.perk.key: one for one in second} | {one.perk.key: one for one in first}).values())


def _off(programme: Programme, plan: Plan, sums: Sequence[_Sum]) -> list[Part]:
    """What each perk would have taken off, those with nothing left out."""
    found = []
    named = [perk for tier in programme.tiers for perk in programme.perks_of(tier.perks)]
    for perk in {one.key: one for one in [*named, *programme.perks_of(plan.perks)]}.values():
        saved = [one.saved[perk.key] for one in sums if one.saved.get(perk.key)]
        if saved:
            kind: Kind = "delivery" if perk.kind == "free-shipping" else "percent"
            found.append(Part(kind, perk.label, len(saved), sum(saved)))
    return found


def _points(programme: Programme, sums: Sequence[_Sum]) -> list[Part]:
    """Points that would have been more, or fewer where less would have been paid."""
    changed = [one.points for one in sums if one.points]
    points = sum(changed)
    if not points:
        return []
    worth = programme.value_minor(abs(points))
    return [Part("points", "", len(changed), worth if points > 0 else -worth, points)]


def _granted(
    programme: Programme, plan: Plan, grant: Grant, her: Her, sums: Sequence[_Sum], since: date
) -> tuple[list[Part], list[str]]:
    """What a grant of the plan would have given in the year, and what of it has no price."""
    times = _times(plan, grant, her)
    if not times:
        return [], []
    if grant.gives.points:
        points = times * grant.gives.points
        return [Part("given_points", grant.label, times, programme.value_minor(points), points)], []
    if grant.gives.reward is None:
        return [], []
    reward = programme.reward(grant.gives.reward)
    if reward.value_minor is None:
        return [], [grant.label]
    used = _used(reward, [months_after(since, place * MONTHS // times) for place in range(times)], sums)
    return [Part("reward", grant.label, len(used), sum(used), of=times)], []


def _times(plan: Plan, grant: Grant, her: Her) -> int:
    """How often a grant gives in a year; one that is given once ever gives nothing to reckon with."""
    if grant.on == "payment":
        return 1 if plan.interval == "life" else MONTHS
    return {"month": MONTHS, "year": 1, "birthday": int(her.has_birthday)}.get(grant.on, 0)


def _used(reward: Reward, given: Sequence[date], sums: Sequence[_Sum]) -> list[int]:
    """What rewards given on these days would have taken off: each order uses the one that ends first, and no second."""
    waiting = list(given)
    used = []
    for one in sums:
        fits = _fits(reward, one)
        day = next((d for d in waiting if d <= one.placed_on <= reward.last_day(d, bought=False)), None)
        if fits and day is not None:
            waiting.remove(day)
            used.append(min(reward.value_minor or 0, fits))
    return used


def _fits(reward: Reward, one: _Sum) -> int:
    """How much of an order a reward could be taken off, 0 below its minimum."""
    if reward.minimum_minor is not None and one.basket.home_minor < reward.minimum_minor:
        return 0
    amounts = (
        item.amount_minor
        for item in one.basket.items
        if item.kind != "gift-card"
        and (not reward.categories or item.category in reward.categories)
        and (not reward.brands or (item.brand or one.basket.shop) in reward.brands)
    )
    return int(one.rate * sum(amounts) // 1)


def _uncounted(programme: Programme, plan: Plan, tier: Tier) -> list[str]:
    """Benefits of the plan that nobody can put a price on; words that name one of its rewards stand for that."""
    rewards = [
        programme.reward(grant.gives.reward).label.casefold()
        for grant in programme.grants
        if plan.key in grant.plans and grant.gives.reward is not None
    ]
    return [
        one.perk.label
        for one in perks.held(programme, tier, plan)
        if one.source.startswith("plan:")
        and not one.is_taken_off
        and not any(reward in one.perk.label.casefold() for reward in rewards)
    ]

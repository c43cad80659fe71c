"""A member's home page, from her facts: what each part of it shows. What the programme does not have is left out."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from portal import billing, granting, ledger, tiers
from portal import programme as programmes
from portal.home.dates import Date, coming, day_of_hers, prize_label
from portal.home.facts import Balance, Facts, Ready, Wallet, balance_on, perks_of
from portal.money import to_minor
from portal.programme import Perk, Programme, Reward

FEW = 3
MOST_GOALS = 3
MOST_READY = 5


class Holder(Wallet, Protocol):
    """What home needs to know of a member: the columns that the session's statement brings along."""

    @property
    def name(self) -> str | None: ...
    @property
    def number(self) -> str: ...
    @property
    def joined_on(self) -> date: ...
    @property
    def frozen_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Card:
    """What the member's card shows: her balance; where the programme has none, `word` (her plan or tier) and a day."""

    available: int
    value_minor: int
    tier_label: str
    material: str
    name: str
    number: str
    word: str
    since: date
    renews_on: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Way:
    """Progress to a tier, or to keep one; amounts of spend are minor units of the home currency.

    `what` is counted where it is a quantity: categories of lines. `second` is the next way to the same tier.
    """

    label: str
    metric: str
    have: int
    need: int
    left: int
    share: int
    by: date | None
    until: date | None
    done: bool
    what: tuple[str, ...] = ()
    second: "Way | None" = None


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach for a prize: have, need and left in the metric's unit; `by` is its last day, None for life.

    The prize is a reward or a badge in words, or points. `what` is the counter, where it is one with a label.
    """

    label: str
    metric: str
    have: int
    need: int
    left: int
    share: int
    by: date | None
    prize: str
    points: int
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counter:
    """What she has gathered of something; money in minor units of the home currency."""

    label: str
    amount: int
    is_money: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward that points buy, and how far away it is in points."""

    key: str
    label: str
    price: int
    value_minor: int | None
    left: int
    have: int


@dataclass(frozen=True, slots=True)
class Code:
    """A reward that is hers and can be used."""

    id: str
    label: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Plan:
    """Her paid plan, in the words of Reading 15."""

    label: str
    status: str
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Home:
    """The home page, ready to be drawn; `rewards` are few: what she can have, or what is nearest.

    `held` are points that stay longer because no notice reached her; `own_day` is her chosen day, None where her tier
    carries none. `ready` are those that end soonest of `all_ready`. `perks` are what tier, plan and permanent discounts
    bring her, `offers_plan` says whether there is a plan to be had. `waiting_minor` is what the programme gives for her
    once she has chosen a cause. `stopped`: nothing of hers can be taken or given now. `moving`: another address is on
    its way to her card.
    """

    card: Card
    pending: int
    owed: int
    held: list[ledger.Ending]
    welcome: bool
    next_tier: Way | None
    keep: Way | None
    goals: list[Goal]
    counters: list[Counter]
    badges: list[str]
    own_day: Date | None
    next_reward: Offer | None
    rewards: list[Offer]
    ready: list[Code]
    all_ready: int
    plan: Plan | None
    dates: list[Date]
    recent: list[Any]
    perks: list[Perk]
    offers_plan: bool
    waiting_minor: int
    stopped: bool = False
    moving: bool = False


def compose(
    holder: Holder,
    facts: Facts,
    gathered: granting.State,
    programme: Programme,
    recent: list[Any],
    *,
    day: date,
    welcome: bool = False,
    waiting_minor: int = 0,
) -> Home:
    """The home page of a member on `day`."""
    balance = balance_on(holder, facts.maturing, day)
    tier = facts.standing.tier.key
    offers = [
        _offer(reward, reward.least or 0, balance.available)
        for reward in programme.for_points
        if (not reward.tiers or tier in reward.tiers) and not _is_had(reward, facts)
    ]
    goals = [_goal(one, programme) for one in gathered.goals]
    # A slider of a money programme takes the balance itself: there is nothing to reach.
    money = programme.unit.kind == "money"
    aims = {one.key for one in programme.for_points if one.price or (one.slider is not None and not money)}
    priced = [offer for offer in offers if offer.key in aims]
    out_of_reach = [offer for offer in priced if offer.left]
    return Home(
        card=card(holder, balance, facts, programme),
        pending=balance.pending,
        owed=balance.owed,
        held=[one for one in facts.expiring if one.held],
        welcome=welcome,
        next_tier=_way(facts.next),
        keep=_way(facts.keep),
        goals=[*_steps(facts, gathered, programme), *goals][:MOST_GOALS],
        counters=_counters(gathered.counters, programme),
        badges=_badges(gathered.badges, programme),
        own_day=day_of_hers(facts, programme, day),
        next_reward=out_of_reach[0] if out_of_reach and len(out_of_reach) == len(priced) else None,
        rewards=_few(offers),
        ready=[_code(one) for one in facts.ready[:MOST_READY]],
        all_ready=len(facts.ready),
        plan=_plan(facts.plan, programme),
        dates=coming(facts, balance, programme, day),
        recent=recent,
        perks=_perks(facts, programme),
        offers_plan=bool(programme.plans_for_sale) and plan_label(facts, programme) is None,
        waiting_minor=waiting_minor,
        stopped=holder.frozen_at is not None,
        moving=facts.moving,
    )


def card(holder: Holder, balance: Balance, facts: Facts, programme: Programme) -> Card:
    """The member's card."""
    tier, plan = facts.standing.tier, facts.plan
    label = plan_label(facts, programme)
    has_balance = programme.collects or bool(balance.available or balance.pending or balance.owed)
    return Card(
        available=balance.available,
        value_minor=programme.value_minor(balance.available),
        tier_label=tier.label,
        material=tier.material,
        name=holder.name or "",
        number=grouped(holder.number),
        word="" if has_balance else label or tier.label,
        since=holder.joined_on,
        renews_on=plan.next_charge_on if plan is not None and label else None,
        until=plan.last_day if plan is not None and label else None,
    )


def grouped(number: str) -> str:
    """A card number in groups of four, as it is read out."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _way(goal: tiers.Goal | None) -> Way | None:
    if goal is None:
        return None
    second = goal.others[0] if goal.others else None
    return Way(
        goal.tier.label,
        goal.metric,
        goal.have,
        goal.need,
        goal.left,
        goal.share,
        goal.by,
        goal.until,
        goal.done,
        _counted(goal),
        _way(None if second is None else replace(second, others=())),
    )


def _counted(goal: tiers.Goal) -> tuple[str, ...]:
    """What a quantity is one of: the categories of its lines."""
    named = [one for way in goal.tier.entry if way.metric == goal.metric for one in way.categories]
    return tuple(dict.fromkeys(named))


def _goal(told: dict[str, Any], programme: Programme) -> Goal:
    """A goal as `granting.state` tells of it (contracts.md section 4), with the words and the prize of the file."""
    goal = next(one for one in programme.goals if one.key == told["key"])
    have = to_minor(told["have"], programme.currency) if goal.metric == "spend" else int(told["have"])
    return Goal(
        label=goal.label,
        metric=_metric(goal.metric, goal.counter, programme),
        have=have,
        need=goal.need,
        left=goal.need - have,
        share=have * 100 // goal.need,
        by=None if told["by"] is None else date.fromisoformat(told["by"]),
        prize=prize_label(goal.gives, programme),
        points=goal.gives.points or 0,
        what=_labelled(goal.counter, programme),
    )


def _metric(metric: str, counter: str | None, programme: Programme) -> str:
    """What is counted; a counter of money reads like spend."""
    return "spend" if counter in _of_money(programme) else metric


def _labelled(counter: str | None, programme: Programme) -> tuple[str, ...]:
    """The counter, where the file has words for it."""
    return (counter,) if counter is not None and counter in programme.named else ()


def _of_money(programme: Programme) -> set[str | None]:
    """The counters that are amounts of money."""
    return {one.counter for one in programme.activities if one.amount is not None and one.counter is not None}


def _steps(facts: Facts, gathered: granting.State, programme: Programme) -> list[Goal]:
    """The way to the next full step: what is above the last one counts towards it (Reading 12)."""
    found = []
    for step in programme.steps:
        counted = facts.measures.get((f"step:{step.key}", ""), 0)
        if step.counter is not None:
            counted = gathered.counters.get(step.counter, 0)
        have = max(0, counted) % step.size
        found.append(
            Goal(
                label=step.label,
                metric="spend" if step.counter is None else _metric("counter", step.counter, programme),
                have=have,
                need=step.size,
                left=step.size - have,
                share=have * 100 // step.size,
                by=None,
                prize=prize_label(step.gives, programme),
                points=step.gives.points or 0,
                what=_labelled(step.counter, programme),
            )
        )
    return found


def _counters(amounts: dict[str, int], programme: Programme) -> list[Counter]:
    """What she has gathered something of."""
    in_money = _of_money(programme)
    return [
        Counter(programme.word(key, amount), amount, key in in_money)
        for key, amount in amounts.items()
        if amount
    ]


def _perks(facts: Facts, programme: Programme) -> list[Perk]:
    """What tier, plan and permanent discounts bring her, each once."""
    return list({held.perk.key: held.perk for held in perks_of(facts, programme)}.values())


def _badges(keys: list[str], programme: Programme) -> list[str]:
    """The words of badges; one of a rule that the programme has no longer is not shown."""
    givers: list[programmes.Goal | programmes.Step | programmes.Grant] = [
        *programme.goals,
        *programme.steps,
        *programme.grants,
    ]
    words = {one.key: one.gives.badge for one in givers if one.gives.badge is not None}
    return [words[key] for key in keys if key in words]


def _is_had(reward: Reward, facts: Facts) -> bool:
    """Whether she holds as many as her limit lets her take: those stand under what is ready already."""
    held = sum(one.reward == reward.key for one in facts.ready)
    return reward.limit is not None and held >= reward.limit.count


def _offer(reward: Reward, least: int, have: int) -> Offer:
    return Offer(reward.key, reward.label, least, reward.value_minor, max(0, least - have), have)


def _few(offers: list[Offer]) -> list[Offer]:
    """The dearest that she can have, and the nearest that she cannot yet."""
    within = [offer for offer in offers if not offer.left]
    beyond = offers[len(within) :]
    can_have = list(reversed(within))[: FEW - 1 if beyond else FEW]
    return [*can_have, *beyond[: FEW - len(can_have)]]


def _code(ready: Ready) -> Code:
    return Code(ready.id, programmes.version(ready.version).reward(ready.reward).label, ready.expires_on)


def plan_label(facts: Facts, programme: Programme) -> str | None:
    """What her paid plan is called; None where she has none, or one that ended."""
    plan = _plan(facts.plan, programme)
    return None if plan is None else plan.label


def _plan(standing: billing.Standing | None, programme: Programme) -> Plan | None:
    if standing is None or standing.status == "ended":
        return None
    labels = {plan.key: plan.label for plan in programme.plans}
    return Plan(labels.get(standing.plan, standing.plan), standing.status, standing.last_day)

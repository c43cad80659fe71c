"""What happens next to a member, and on which day: a few dates, soonest first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from portal import granting
from portal.home.facts import Balance, Chosen, Due, Facts, perks_of
from portal.programme import Campaign, Grant, Prize, Programme, period_key

NEXT_DATES = 5
INSTANT = timedelta(microseconds=1)
GRANTED = (
    "month",
    "year",
    "payment",
    "child-birthday",
)  # kinds of the agenda that are grants of the same name


@dataclass(frozen=True, slots=True)
class Date:
    """Something that happens on a day, or begins on it and lasts `until`; `amount_minor` is what is charged on it, in
    `currency`."""

    on: date
    kind: str
    points: int
    label: str
    amount_minor: int = 0
    until: date | None = None
    currency: str = ""


def coming(facts: Facts, balance: Balance, programme: Programme, day: date) -> list[Date]:
    """What happens from `day` on, soonest first."""
    found = [Date(on, "maturing", points, "") for on, points in balance.maturing]
    found += [Date(one.on, "expiring", one.points, "") for one in facts.expiring if not one.held]
    is_safe = facts.keep is not None and facts.keep.done  # then the page says until when already
    if facts.tier_until is not None and not is_safe:
        found.append(Date(facts.tier_until, "tier-until", 0, facts.standing.tier.label))
    found += _of_plan(facts, programme)
    found += [one for due in facts.coming for one in _due(due, facts, programme) if one.on >= day]
    windows = [(one.label, one.from_, one.until) for one in programme.campaigns if _is_hers(one, facts)]
    windows += [
        (one.perk.label, one.perk.from_ or one.perk.until, one.perk.until)
        for one in perks_of(facts, programme)
        if one.perk.until is not None
    ]
    found += [_window(*window, programme, day) for window in windows]
    if programme.chosen_day is not None:
        found += [Date(one.day, "own-day", 0, programme.chosen_day.label) for one in facts.chosen]
    return sorted((one for one in found if one.on >= day), key=attrgetter("on", "kind"))[:NEXT_DATES]


def day_of_hers(facts: Facts, programme: Programme, day: date) -> Date | None:
    """The chosen day of the period, for the way to its page; kind "own-day-open" while none is chosen.

    None where the programme has none, or her tier does not carry it.
    """
    rule = programme.chosen_day
    if rule is None or (rule.tiers and facts.standing.tier.key not in rule.tiers):
        return None
    chosen = choice_of(facts.chosen, period_key(rule.per, day))
    if chosen is None:
        return Date(day, "own-day-open", 0, rule.label)
    return Date(chosen.day, "own-day", 0, rule.label)


def choice_of(chosen: list[Chosen], period: str) -> Chosen | None:
    """What she chose for a period."""
    return next((one for one in chosen if one.period == period), None)


def prize_label(prize: Prize, programme: Programme) -> str:
    """A prize that is a thing, in the words of the file; empty for mere points."""
    return programme.reward(prize.reward).label if prize.reward is not None else prize.badge or ""


def _of_plan(facts: Facts, programme: Programme) -> list[Date]:
    plan = facts.plan
    if plan is None or plan.status == "ended":
        return []
    labels = {one.key: one.label for one in programme.plans}
    label = labels.get(plan.plan, plan.plan)
    if plan.next_charge_on is not None:
        amount, currency = plan.amount_minor, plan.currency
        after = labels.get(plan.next_plan, plan.next_plan) or label
        kind = "plan-renews" if after == label else "plan-changes"
        return [Date(plan.next_charge_on, kind, 0, after, amount, currency=currency)]
    kind = "plan-needs-card" if plan.needs_card else "plan-ends"
    return [] if plan.last_day is None else [Date(plan.last_day, kind, 0, label)]


def _due(due: Due, facts: Facts, programme: Programme) -> list[Date]:
    """What an entry of the agenda brings her; nothing when the rule is gone, or not for her any more."""
    if due.kind == "dividend":
        key, year, *_ = due.key.split("/")
        spend = facts.measures.get((f"dividend:{key}", year), 0)
        return [
            Date(granting.payout(one, int(year)) or due.on, "dividend", granting.share(one, spend), one.label)
            for one in programme.dividends
            if one.key == key
        ]
    grants = [one for one in programme.grants if one.on == due.kind and _fits(one, facts)]
    if due.kind == "birthday":
        on = date.fromisoformat(
            due.key.partition("/")[0]
        )  # her own day, whatever the programme's clocks show
        gives = [one.gives for one in grants]
        gives += [
            Prize(points=one.points) for one in programme.activities if one.key == "birthday" and one.points
        ]
        return [Date(on, "birthday", one.points or 0, prize_label(one, programme)) for one in gives]
    return [Date(due.on, "grant", 0, one.label) for one in grants if due.kind in GRANTED]


def _fits(grant: Grant, facts: Facts) -> bool:
    """Whether a grant is for her as things stand."""
    plans = facts.plan.in_force if facts.plan is not None else ()
    on_tier = not grant.tiers or facts.standing.tier.key in grant.tiers
    return on_tier and (not grant.plans or bool(set(plans) & set(grant.plans)))


def _is_hers(campaign: Campaign, facts: Facts) -> bool:
    """Whether a campaign can bring her something; one that asks for an outside fact is left to the first page."""
    when = campaign.when
    plan = facts.plan.plan if facts.plan is not None and facts.plan.perks else None
    on_tier = not when.tiers or facts.standing.tier.key in when.tiers
    return on_tier and (not when.plans or plan in when.plans) and not when.attributes


def _window(label: str, starts: date, ends: date, programme: Programme, day: date) -> Date:
    """A time in which something holds: the day it begins, or where it has begun the day it ends."""
    first, last = _day(starts, programme), _day(ends, programme, ends=True)
    if first > day:
        return Date(first, "window", 0, label, until=last if last > first else None)
    return Date(last, "window-ends", 0, label)


def _day(moment: date | datetime, programme: Programme, *, ends: bool = False) -> date:
    """The programme's day of a moment; an instant at which something ends is not in it any more."""
    if isinstance(moment, datetime):
        return programme.day(moment - INSTANT if ends else moment)
    return moment

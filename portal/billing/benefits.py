"""Reading what a plan is worth to a member: the orders, payments and gifts that `worth` and `meter` reckon with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, or_, select

from portal import earning, granting, people, perks, rewards, tiers
from portal import programme as programmes
from portal.billing import meter, price_rules, rules, worth
from portal.billing.lines import LINES
from portal.billing.models import Invoice, PlanGrant, Purchase, Subscription
from portal.db import read
from portal.programme import Programme, Tier

YEAR = timedelta(days=364)  # the day itself and 364 before it
MOST = 200  # orders that a page reckons with
_given, _held = granting.Given.__table__.c, rewards.Redemption.__table__.c
_grant = PlanGrant.__table__.c
_invoice, _subscription, _purchase = Invoice.__table__.c, Subscription.__table__.c, Purchase.__table__.c


def estimates(
    member_id: str, programme: Programme, day: date, wanted: Sequence[str] = ()
) -> dict[str, worth.Estimate]:
    """What each plan would have given her on her orders of the last 365 days, by label; none while she has a plan.

    Prices are in the first of the `wanted` currencies, as on the page (`price_rules.choices`).
    """
    plans = price_rules.choices(programme, *wanted)
    subscriptions, purchases = _subscriptions(member_id), _purchases(member_id)
    if not plans or tiers.plans_on(member_id, day):
        return {}
    since = day - YEAR
    orders = earning.past_orders(member_id, programme, since=since, through=day, most=MOST)
    cut = len(orders) == MOST
    spans = [_span(row.since, row, day) for row in subscriptions]
    spans += [_span(row.paid_on, row, day) for row in purchases]
    spans += [_span(row.from_on, row, row.until) for row in _grants(member_id, day)]
    free = [one for one in orders if not any(a <= one.facts.placed_on <= b for a, b in spans)]
    her = worth.Her(_tier(member_id, programme, day), _has_birthday(member_id))
    return {
        one.label: worth.estimate(
            programme,
            one.prices,
            free,
            her,
            since=since,
            through=day,
            while_held=len(orders) - len(free),
            cut=cut,
        )
        for one in plans
    }


def meter_of(member_id: str, programme: Programme, day: date) -> meter.Meter | None:
    """What she paid for plans since she began, and what they gave her by `day`, those too that were given to her; None
    for who never had one."""
    subscriptions, purchases = _subscriptions(member_id), _purchases(member_id)
    grants = _grants(member_id, day)
    begun = [row.since for row in subscriptions] + [row.paid_on for row in purchases]
    begun += [row.from_on for row in grants]
    if not begun:
        return None
    since = min(begun)
    orders = earning.past_orders(member_id, programme, since=since, through=day, most=MOST)
    cut = len(orders) == MOST
    if cut:
        since = orders[0].facts.placed_on
    held = {row.plan for row in (*subscriptions, *purchases, *grants)}
    got = [*_points(programme, orders), *_given_since(member_id, programme, since, day)]
    fees = [
        (fee, programme.rate_on(fee.currency, fee.on))
        for fee in sorted(_fees(member_id, programme, subscriptions, purchases), key=lambda fee: fee.on)
    ]
    unseen = _uncounted(member_id, programme, held, day)
    labels = list(dict.fromkeys(one.perk.label for one in unseen))
    saves = any(one.is_taken_off for one in unseen)
    return meter.meter(since, fees, got, labels, saves_unseen=saves, cut=cut)


def _subscriptions(member_id: str) -> list[Row[Any]]:
    mine = (
        _subscription.member_id == member_id,
        _subscription.extra_of.is_(None),
        _subscription.status.not_in(rules.UNFINISHED),
    )
    return list(read(select(Subscription.__table__).where(*mine)).all())


def _purchases(member_id: str) -> list[Row[Any]]:
    return list(read(select(Purchase.__table__).where(_purchase.member_id == member_id)).all())


def _grants(member_id: str, day: date) -> list[Row[Any]]:
    """What was given to her and has begun by `day`; not what was taken back before."""
    mine = (_grant.member_id == member_id, _grant.from_on <= day)
    kept = or_(_grant.ended_on.is_(None), _grant.ended_on > _grant.from_on)
    return list(read(select(PlanGrant.__table__).where(*mine, kept)).all())


def _span(first: date, row: Row[Any], day: date) -> tuple[date, date]:
    """The days on which something paid for gave its benefits, as far as its row knows."""
    return first, day if row.ended_on is None else row.ended_on - timedelta(days=1)


def _fees(
    member_id: str, programme: Programme, subscriptions: Sequence[Row[Any]], purchases: Sequence[Row[Any]]
) -> list[meter.Fee]:
    """What was paid, less what was paid back: bills of plans that renew, and purchases for life.

    The bill of a purchase says the same once more, and that of a second subscription was paid back.
    """
    ids = {row.id for row in subscriptions}
    bills = select(Invoice.__table__).where(
        _invoice.member_id == member_id, _invoice.status == "paid", _invoice.paid_minor > 0
    )
    found = [
        meter.Fee(programme.day(row.paid_at or row.made_at), row.paid_minor, row.currency, row.refunded_minor)
        for row in read(bills)
        if row.subscription_id in ids and not row.id.startswith(f"{LINES}/life/")
    ]
    return found + [
        meter.Fee(row.paid_on, row.amount_minor, row.currency, row.refunded_minor) for row in purchases
    ]


def _points(programme: Programme, orders: Sequence[earning.PastOrder]) -> list[meter.Got]:
    """Points that a rate of a plan brought: each order by the version frozen for it, with the plan and without."""
    changed = []
    for order in orders:
        if not order.frozen.plans:
            continue
        version = programmes.version(order.frozen.programme_version)
        alone = replace(order.frozen, plans=())
        more = (
            earning.assess(version, order.facts, order.frozen).points
            - earning.assess(version, order.facts, alone).points
        )
        if more:
            changed.append(more)
    points = max(0, sum(changed))
    return [meter.Got("points", "", len(changed), programme.value_minor(points), points)] if points else []


def _given_since(member_id: str, programme: Programme, since: date, day: date) -> list[meter.Got]:
    """What grants and dividends of plans gave, and what was used of it."""
    labels = {f"grant:{one.key}": one.label for one in programme.grants if one.plans}
    labels |= {f"dividend:{one.key}": one.label for one in programme.dividends if one.plans}
    if not labels:
        return []
    mine = (
        _given.member_id == member_id,
        _given.key.in_(sorted(labels)),
        _given.on_day >= since,
        _given.withdrawn_on.is_(None),
    )
    rows = list(read(select(granting.Given.__table__).where(*mine).order_by(_given.on_day)).all())
    taken = _taken(member_id, [row.reward for row in rows if row.reward is not None])
    found = []
    for name, label in labels.items():
        here = [row for row in rows if row.key == name]
        points = sum(row.points for row in here)
        worth_minor = programme.value_minor(points)
        if name.startswith("dividend:"):
            found.append(meter.Got("dividend", label, len(here), worth_minor))
            continue
        if points:
            found.append(meter.Got("given_points", label, len(here), worth_minor, points))
        found += _rewards(label, [taken[row.reward] for row in here if row.reward in taken], day)
    return found


def _rewards(label: str, taken: Sequence[Row[Any]], day: date) -> list[meter.Got]:
    """What was used of rewards: of money off the money, of anything else how often."""
    money = [row for row in taken if row.value_minor is not None]
    other = [row for row in taken if row.value_minor is None and row.state != "withdrawn"]
    found = []
    if money:
        off = [row.value_minor - row.left_minor for row in money]
        left = sum(row.left_minor for row in money if row.state == "available" and row.expires_on >= day)
        used = sum(amount > 0 for amount in off)
        found.append(meter.Got("reward", label, len(money), sum(off), used=used, left_minor=left))
    if other:
        used = sum(row.state == "used" for row in other)
        found.append(meter.Got("thing", label, len(other), 0, used=used))
    return found


def _taken(member_id: str, refs: Sequence[str]) -> dict[str, Row[Any]]:
    mine = select(rewards.Redemption.__table__).where(_held.member_id == member_id, _held.ref.in_(refs))
    return {row.ref: row for row in read(mine)} if refs else {}


def _uncounted(member_id: str, programme: Programme, held: set[str], day: date) -> list[perks.Held]:
    """The perks of her plans: what they took off is not in what the shop tells."""
    tier = _tier(member_id, programme, day)
    return [
        one
        for plan in programme.plans
        if plan.key in held
        for one in perks.held(programme, tier, plan)
        if one.source == f"plan:{plan.key}"
    ]


def _tier(member_id: str, programme: Programme, day: date) -> Tier:
    """Her tier whatever becomes of her plan: what a tier that the plan opens gives too is the plan's all the same."""
    who = people.Member.__table__.c
    joined_on = read(select(who.joined_on).where(who.id == member_id)).scalar_one()
    held = [one for one in tiers.grants(member_id) if one.source != "plan"]
    return tiers.standing(programme, held, day, joined_on).tier


def _has_birthday(member_id: str) -> bool:
    who = people.Member.__table__.c
    return read(select(who.birthday).where(who.id == member_id)).scalar_one() is not None

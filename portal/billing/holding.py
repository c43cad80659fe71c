"""What billing tells others of a member's plans: until when their benefits last as things stand, and what was paid.

A plan that was given is told like one that is paid, but is no payment: it makes no months in a row,
and they begin anew where nothing was paid before (Reading 34).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from portal import granting, tiers
from portal import programme as programmes
from portal.billing import queries, rules
from portal.billing.models import Invoice
from portal.billing.shapes import Bill
from portal.db import read, run

_invoice = Invoice.__table__.c
ACTOR = "billing"
DAY = timedelta(days=1)
WINDOW = timedelta(days=1 + rules.GRACE_DAYS)
NONE: Mapping[str, int] = {}
MONTHS = {
    "month": 1,
    "year": 12,
    "life": 1200,
}  # who paid for life has paid for all months that anybody counts


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a plan: the last day that it pays for, None for life, and paid months in a row with it; plan and
    last paid day of those in whose place it came."""

    plan: str
    paid_on: date
    until: date | None
    months: int
    instead_of: Sequence[tuple[str, date]] = ()


def tell(
    member_id: str, at: datetime, paid: Payment | None = None, carried: Mapping[str, int] = NONE
) -> None:
    """Tell tiers which plans are held and until when, and granting of a payment; inside the caller's write.

    A plan that is neither paid for, given nor running any more ended yesterday. `carried` are months paid in a row
    that a plan takes over from the one in whose place it came. The same again is nothing.
    """
    _, active = programmes.active()
    day = active.day(at)
    held = rules.in_a_row(queries.holdings(member_id))
    ends = _ends(held, day)
    anew = _given_alone(held, day) - set(tiers.plans_on(member_id, day - DAY))
    for plan in tiers.plans_on(member_id, day):
        ends.setdefault(plan, day - DAY)
    for plan, until in ends.items():
        told = carried[plan] if plan in carried else tiers.paid_months(member_id, plan)
        months = paid.months if paid and paid.plan == plan else 0 if plan in anew else told
        tiers.hold_plan(member_id, active, plan, since=day, until=until, months=months, at=at, day=day)
    if paid is not None:
        granting.paid(
            member_id, active, paid.plan, paid_on=paid.paid_on, until=paid.until, at=at, day=day, actor=ACTOR,
            instead_of=paid.instead_of,
        )  # fmt: skip
    granting.follow(member_id, active, at=at, day=day, actor=ACTOR)


def tell_change(member_id: str, subscription_id: str, plan: str, until: date, at: datetime) -> None:
    """Tell granting that what is paid until `until` is for `plan` by now, inside the caller's write: a year goes on
    bringing its gifts by month. The same again is nothing, and so it is where nobody paid that period."""
    _, active = programmes.active()
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == subscription_id)
    found = select(Invoice.__table__).where(*mine, _invoice.plan.is_not(None), _invoice.paid_until == until)
    paid = read(found.order_by(_invoice.paid_at.desc()).limit(1)).one_or_none()
    if paid is None or rules.went_back(paid.paid_minor, paid.refunded_minor, paid.dispute):
        return
    days = {"paid_on": active.day(paid.paid_at), "until": until, "day": active.day(at)}
    granting.plan_changed(member_id, active, plan, of=paid.plan, **days)


def _ends(holdings: list[rules.Holding], day: date) -> dict[str, date | None]:
    """The last day of each plan's benefits; of a plan that is held twice the later one."""
    ends: dict[str, date | None] = {}
    for holding in holdings:
        standing = rules.standing([holding], day)
        if standing is None or not holding.plan:
            continue
        last, before = last_day(standing, day), ends.get(holding.plan, date.min)
        ends[holding.plan] = None if last is None or before is None else max(last, before)
    return ends


def _given_alone(holdings: list[rules.Holding], day: date) -> set[str]:
    """The plans that are held on a day because they were given, and for nothing else."""
    found = [one for holding in holdings if (one := rules.standing([holding], day)) is not None]
    given = {one.plan for one in found if one.given and one.perks}
    return given - {one.plan for one in found if not one.given and one.status != "ended"}


def last_day(standing: rules.Standing, day: date) -> date | None:
    """The last day of a plan's benefits as things stand on `day`; None for life (Readings 15 and 42).

    A renewal that nobody tells of counts as failed on the day after what is paid, and has its window from there.
    """
    if not standing.perks:
        return day - DAY if standing.last_day is None else min(standing.last_day, day - DAY)
    paid_until = standing.paid_until
    if standing.last_day is not None or standing.for_life or paid_until is None:
        return standing.last_day
    return paid_until + WINDOW if paid_until < date.max - WINDOW else None


def of_row(row: Row[Any]) -> rules.Holding:
    """A row of subscriptions as something held."""
    return rules.Holding(
        row.plan, row.status, row.paid_until, row.failed_on, row.ends_on, row.ended_on, row.collection_paused
    )


def paid_before(member_id: str, running: rules.Holding | None, day: date) -> int:
    """Months paid in a row before a payment on `day`; 0 where nothing runs by then, so that it starts anew."""
    standing = None if running is None else rules.standing([running], day)
    if standing is None or standing.status == "ended":
        return 0
    return tiers.paid_months(member_id, standing.plan)


def take_place(member_id: str, bill: Bill, until: date, at: datetime) -> list[tuple[str, date]]:
    """Let the payment of `bill`, which pays until `until`, take the place of one that was credited whole, inside the
    caller's write: that one counts no longer, and what it brought goes back where it is unused. Its plan and last paid
    day; empty where there is none."""
    _, active = programmes.active()
    taken = []
    for row in _made_on_the_day_of(member_id, bill):
        if row.paid_until < until:
            told: dict[str, Any] = {"at": at, "day": active.day(at), "actor": ACTOR}
            granting.unpaid(member_id, active, row.plan, until=row.paid_until, **told)
            mine = (_invoice.member_id == member_id, _invoice.id == row.id)
            run(update(Invoice).where(*mine).values(plan=None, paid_until=None, streak=None))
            taken.append((row.plan, row.paid_until))
    return taken


def has_its_place_taken(member_id: str, bill: Bill, until: date) -> bool:
    """Whether the payment of `bill`, which is heard of late, was credited whole for another one that is known."""
    return any(row.paid_until > until for row in _made_on_the_day_of(member_id, bill))


def _made_on_the_day_of(member_id: str, bill: Bill) -> list[Row[Any]]:
    """The other payments of the same subscription whose bills were made on the day of this one. Only a change from
    month to year makes two: it begins a new period, and Stripe credits the month that began on that day."""
    _, active = programmes.active()
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == bill.subscription_id)
    paid = read(
        select(Invoice.__table__).where(*mine, _invoice.id != bill.id, _invoice.paid_until.is_not(None))
    )
    return [
        row
        for row in paid
        if active.day(row.made_at) == active.day(bill.made_at)
        and not rules.went_back(row.paid_minor, row.refunded_minor, row.dispute)
    ]


def months_of(plan: str) -> int:
    """How many paid months one payment of a plan counts for; 0 for a plan that the programme does not have."""
    _, active = programmes.active()
    return next((MONTHS[one.interval] for one in active.plans if one.key == plan), 0)

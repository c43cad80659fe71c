"""Which plans have to stay in the programme: those that somebody pays for, has or is about to have; and that nobody
new has one that is for sale no longer (decision 0016)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, or_, select

from portal.billing import rules
from portal.billing.models import BillingOperation, PlanGift, PlanGrant, Purchase, Subscription
from portal.billing.named import label_of
from portal.db import run
from portal.errors import Refused
from portal.programme import Plan, Programme

_subscription, _purchase = Subscription.__table__.c, Purchase.__table__.c
_grant, _gift, _operation = PlanGrant.__table__.c, PlanGift.__table__.c, BillingOperation.__table__.c
CHANGES = ("change", "later")


def refuse_unsold(plan: Plan) -> None:
    """Refuse (`not_for_sale`) a plan that nobody new can have, where one is about to be begun, changed to or bought."""
    if not plan.for_sale:
        raise Refused("not_for_sale", f"Nobody new can have the plan {plan.key}.")


def keep_sold(new: Programme, before: Programme | None, now: datetime) -> None:
    """Refuse (`plan_held`) a programme without a plan that members have, or with another rhythm under its key than
    `before`, inside the write that is to publish it.

    It would be charged on and bring nothing, or be told in a rhythm in which nobody is charged. Whose plan renews, was
    paid for life or was given, who has a code for it that nobody has used, or is at its checkout, counts; so does who
    is to have it again, should a change that took its place come to nothing.
    """
    rhythm = {plan.key: plan.interval for plan in new.plans}
    was = {plan.key: plan.interval for plan in before.plans} if before is not None else {}
    lacking: dict[str, set[str]] = {}
    other: dict[str, set[str]] = {}
    for plan, member_id in _held(new.day(now)):
        if plan and plan not in rhythm:  # empty: of a price that is no plan's
            lacking.setdefault(plan, set()).add(member_id)
        elif plan and was.get(plan, rhythm[plan]) != rhythm[plan]:
            other.setdefault(plan, set()).add(member_id)
    if lacking:
        raise Refused(
            "plan_held",
            "This file lacks plans that members have, who would be charged and get nothing: "
            f"{_named(lacking, new)}. Keep these plans in the file: with for_sale = false nobody new can have them, "
            "and who has them keeps them. Or end them for these members first.",
        )
    if other:
        raise Refused(
            "plan_held",
            "This file gives plans that members have another interval, in which they would not be charged: "
            f"{_named(other, new)}. Keep the interval of these plans, and give the new one a plan with a key of its "
            "own: with for_sale = false nobody new can have the old one.",
        )


def _named(who: dict[str, set[str]], active: Programme) -> str:
    return ", ".join(f"{plan} ({label_of(active, plan)}): {len(who[plan])}" for plan in sorted(who))


def _held(day: date) -> Iterator[tuple[str | None, str]]:
    """Plan and member, of each way to have a plan; more than once where somebody has it more than once."""
    for way in _ways(day):
        yield from ((row.plan, row.member_id) for row in run(way))
    asked = select(_operation.facts, _operation.member_id).where(_operation.kind.in_(CHANGES), _under_way())
    for row in run(asked):
        planned = row.facts.get("planned")  # comes again, should the change come to nothing
        if planned is not None:
            yield planned["plan"], row.member_id


def _ways(day: date) -> Iterator[Select[Any]]:
    """What finds plan and member, for each way to have a plan."""
    runs = (_subscription.status.in_(rules.LIVE), _subscription.extra_of.is_(None))
    for plan in (_subscription.plan, _subscription.next_plan, _subscription.waiting_plan):
        yield select(plan.label("plan"), _subscription.member_id).where(*runs)
    stands = _purchase.state.in_(rules.STANDS_FOR_LIFE) & _purchase.ended_on.is_(None)
    yield select(_purchase.plan, _purchase.member_id).where(stands)
    given = (_grant.until >= day, or_(_grant.ended_on.is_(None), _grant.ended_on > day))
    yield select(_grant.plan, _grant.member_id).where(*given)
    yield select(_gift.plan, _gift.member_id).where(_gift.state == "open")
    begun = (_operation.kind.in_(("join", "life", "gift", *CHANGES)), _under_way())
    yield select(_operation.plan, _operation.member_id).where(*begun)


def _under_way() -> Any:
    return _operation.state.in_(("new", "open"))

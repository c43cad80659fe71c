"""What a new look at a subscription means for its member, in mails: the difference of what was and what is.

Called by `sync` alone, in its write, so that webhook, page, worker and comparison tell the same, once.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import programme as programmes
from portal.billing import operations, owed, queries, rules, telling
from portal.billing.shapes import Subscribed

RUNS = ("active", "trialing")
STOOD = ("active", "trialing", "past_due", "unpaid", "paused")


def tell_changes(
    member_id: str, found: Subscribed, before: Row[Any] | None, values: dict[str, Any], now: datetime
) -> None:
    """Mail what is different in `values`, the row as it is now, from `before`, None where it was not known.

    The keys make each mail once, should two looks find the same.
    """
    plan, bill = values["plan"], found.bill
    if found.status in RUNS and (before is None or before.status in rules.UNFINISHED):
        telling.tell_joined(
            member_id, plan, key=found.id, amount_minor=_paid_next(found), currency=found.currency,
            next_charge_on=values["paid_until"], needs_card=values["needs_card"], now=now,
        )  # fmt: skip
    if values["ends_on"] is not None and (before is None or before.ends_on != values["ends_on"]):
        asked = operations.last_of(member_id, ("end", "keep"))  # ended, kept and ended again is told twice
        key = f"{found.id}/{values['ends_on']}/{asked}"
        why = _why_ending(member_id, found.id, asked)
        drawn = bill if bill is not None and bill.status == "draft" and bill.due_minor else None
        telling.tell_ending(
            member_id,
            plan,
            key=key,
            ends_on=values["ends_on"],
            why=why,
            now=now,
            in_making=drawn,
            resumes=why != "other" and _resumes(member_id, asked),
        )
    if found.status == "past_due" and bill is not None and bill.reason == "subscription_cycle":
        last_day = values["failed_on"] + timedelta(days=rules.GRACE_DAYS)
        telling.tell_failed(member_id, plan, bill, last_day=last_day, now=now)
    if before is not None:
        _tell_course(member_id, found, before, values, now)


def _tell_course(
    member_id: str, found: Subscribed, before: Row[Any], values: dict[str, Any], now: datetime
) -> None:
    """A pause and its end, another price, the end."""
    plan, day = values["plan"], programmes.active()[1].day(now)
    was_paused = before.status == "paused" or before.collection_paused
    is_paused = found.status == "paused" or found.collection_paused
    asked = operations.last_of(member_id, ("pause", "resume"))
    if is_paused and not was_paused:
        last_day = _paid_on(values, day) if found.collection_paused else None
        drawn = found.bill if found.bill is not None and found.bill.status == "draft" else None
        telling.tell_paused(
            member_id, plan, key=f"{found.id}/{day}/{asked}", last_day=None if drawn else last_day, now=now,
            by_shop=found.collection_paused, in_making=drawn, back=_back_with_pause(member_id, asked),
        )  # fmt: skip
    elif was_paused and not is_paused and found.status in RUNS and not _is_to_end(member_id, found.id):
        telling.tell_resumed(
            member_id, plan, key=f"{found.id}/{day}/{asked}", amount_minor=_paid_next(found), currency=found.currency,
            next_charge=found.period_end, now=now,
        )  # fmt: skip
    same = plan == before.plan and found.currency == before.currency
    if same and found.amount_minor != before.amount_minor and found.status in (*RUNS, "past_due"):
        telling.tell_price(
            member_id, plan, key=f"{found.id}/{values['paid_until']}/{found.amount_minor}",
            before_minor=before.amount_minor, amount_minor=found.amount_minor, due_minor=_paid_next(found),
            currency=found.currency, since=found.period_end, now=now,
        )  # fmt: skip
    if found.status == "canceled" and before.status in STOOD:
        why, back = _why(member_id, before)
        free = before.status == "trialing"
        telling.tell_ended(member_id, before.plan, key=found.id, why=why, now=now, back=back, was_free=free)


def _is_to_end(member_id: str, subscription_id: str) -> bool:
    """Whether she has asked for its end: it goes on only until then, which the mail of that end says."""
    return queries.wish_under_way(member_id, subscription_id) == "end"


def _resumes(member_id: str, asked: str) -> bool:
    """Whether a plan that ends was paused, and goes on again until then."""
    op = operations.one(member_id, asked)
    return op is not None and bool(op.facts.get("resumes"))


def _paid_next(found: Subscribed) -> int:
    """What the next payment comes to, less a discount that runs (decision 0017)."""
    return found.amount_minor if found.due_minor is None else found.due_minor


def _back_with_pause(member_id: str, asked: str) -> telling.PaidBack | None:
    """What is paid back because the pause was asked for before the plan renewed."""
    op = operations.one(member_id, asked)
    if op is None or op.kind != "pause" or op.state != "new" or not _goes_back(op):
        return None
    return _paid_back(op, op.facts["back_minor"])


def _goes_back(wish: Row[Any]) -> bool:
    """Whether something goes back for it: money, or what she has with the shop."""
    return bool(wish.facts.get("back_minor") or wish.facts.get("credit_minor"))


def _paid_back(wish: Row[Any], minor: int) -> telling.PaidBack:
    is_back, by_hand = (ask(wish.member_id, wish.id) for ask in (owed.is_back, owed.is_for_a_person))
    credit_minor = wish.facts.get("credit_minor", 0)
    return telling.PaidBack(minor, wish.facts["currency"], is_back, by_hand, credit_minor)


def _paid_on(values: dict[str, Any], day: date) -> date | None:
    """The last day that is paid for, where it is not over."""
    paid_until: date | None = values["paid_until"]
    return paid_until if paid_until is not None and paid_until >= day else None


def _why_ending(member_id: str, subscription_id: str, asked: str) -> telling.WhyEnding:
    """Who wanted the end: she, her plan for life in its place, or somebody at Stripe."""
    op = operations.one(member_id, asked)
    if op is None or op.kind != "end" or op.state not in ("new", "done"):
        return "other"
    if op.facts["subscription"] != subscription_id:
        return "other"
    if operations.was_asked(op):
        return "asked"
    return "life" if queries.has_life(member_id) else "other"


def _why(member_id: str, before: Row[Any]) -> tuple[telling.Why, telling.PaidBack | None]:
    """Why it has ended, and what is paid back for it."""
    withdrawn = operations.withdrawal(member_id, before.id)
    if withdrawn is not None:
        return "paid_back", _paid_back(withdrawn, withdrawn.facts["minor"])
    late = operations.late_end(member_id, before.id)
    if late is not None and _goes_back(late):
        return "late", _paid_back(late, late.facts["back_minor"])
    if _why_ending(member_id, before.id, operations.last_of(member_id, ("end", "keep"))) == "life":
        return "life", None
    if before.ends_on is not None or late is not None:
        return ("unkept" if _wanted_it_kept(member_id, before.id) else "asked"), None
    if before.status in ("past_due", "unpaid"):
        return "unpaid", None
    return ("trial" if before.status == "trialing" else "other"), None


def _wanted_it_kept(member_id: str, subscription_id: str) -> bool:
    """Whether she took back the end of it last, and Stripe did not carry that out."""
    asked = operations.one(member_id, operations.last_of(member_id, ("end", "keep")))
    if asked is None or asked.kind != "keep" or asked.facts["subscription"] != subscription_id:
        return False
    return asked.state in ("new", "failed")

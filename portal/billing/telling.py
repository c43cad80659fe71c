"""What a member is told by mail about her plan: it began, it will end, a payment failed. Each once."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, select

from portal import notices, people
from portal import programme as programmes
from portal.billing.shapes import Bill
from portal.db import read

_member = people.Member.__table__.c


def tell_joined(
    member_id: str,
    plan: str,
    *,
    key: str,
    amount_minor: int,
    currency: str,
    next_charge_on: date | None,
    now: datetime,
) -> None:
    """Her plan has begun; `next_charge_on` is None for one that was paid for life."""
    facts: dict[str, Any] = {"amount_minor": amount_minor, "currency": currency}
    if next_charge_on is not None:
        facts["next_charge_at"] = _instant(next_charge_on)
    _tell("plan_joined", member_id, plan, key, facts, now)


def tell_ending(member_id: str, plan: str, *, key: str, ends_on: date, now: datetime) -> None:
    """Her plan will end, and nothing more is charged."""
    _tell("plan_ending", member_id, plan, key, {"ends_at": _instant(ends_on)}, now)


def tell_failed(member_id: str, plan: str, bill: Bill, *, last_day: date, now: datetime) -> None:
    """A renewal could not be paid; her perks stay until `last_day`."""
    facts = {
        "amount_minor": bill.total_minor, "currency": bill.currency, "stays_until_at": _instant(last_day),
        "pay_url": bill.hosted_url or notices.address("/membership"),
    }  # fmt: skip
    _tell("plan_failed", member_id, plan, bill.id, facts, now)


def _tell(kind: str, member_id: str, plan: str, key: str, facts: dict[str, Any], now: datetime) -> None:
    member = _row(member_id)
    if member is None or not member.email:
        return
    _, active = programmes.active()
    label = next((one.label for one in active.plans if one.key == plan), plan)
    notices.queue(
        kind, key=f"{kind}/{key}", recipient=member.email, locale=member.locale or active.languages[0],
        facts={
            "member_name": member.name, "plan_label": label, "membership_url": notices.address("/membership"), **facts,
        },
        now=now, member_id=member_id,
    )  # fmt: skip


def _instant(day: date) -> str:
    """A day as a notice carries it: at noon it is the same day wherever it is read."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()


def _row(member_id: str) -> Row[Any] | None:
    return read(
        select(_member.email, _member.name, _member.locale).where(_member.id == member_id)
    ).one_or_none()

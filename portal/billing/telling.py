"""What a member is told by mail about her plan: each thing once, in her language, with amounts and days exact.

Whoever writes down what changed calls these inside the same write; keys make each mail once, however often anybody
hears of it. Days come in as days of the programme (what lasts until when) or as instants (when money moves): an instant
is told as the day of the member's own zone, and a mail names its zone where hers is not the programme's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from portal import notices, people
from portal import programme as programmes
from portal.billing import operations, owed, queries, rules
from portal.billing.models import Purchase, Subscription
from portal.billing.named import is_sold_otherwise, label_of
from portal.billing.shapes import Bill
from portal.db import read

_member = people.Member.__table__.c
_subscription, _purchase = Subscription.__table__.c, Purchase.__table__.c
WhyEnding = Literal["asked", "life", "other"]
Why = WhyEnding | Literal["unkept", "late", "unpaid", "trial", "card", "paid_back"]
Days = Mapping[str, date | datetime]


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What is paid back, in minor units of its currency; whether it has gone already, or is still owed, and whether it
    cannot go the way it was paid, so that a person pays it (`by_hand`); and what goes back to what she has with the
    shop."""

    minor: int
    currency: str
    is_back: bool = True
    by_hand: bool = False
    credit_minor: int = 0

    def facts(self, name: str = "back_minor") -> dict[str, Any]:
        """For a mail."""
        said = {"is_owed": not self.is_back, "by_hand": self.by_hand, "credit_minor": self.credit_minor}
        return {name: self.minor, "currency": self.currency, **{one: said[one] for one in said if said[one]}}


def tell_joined(
    member_id: str,
    plan: str,
    *,
    key: str,
    amount_minor: int,
    currency: str,
    next_charge_on: date | None,
    now: datetime,
    needs_card: bool = False,
) -> None:
    """Her plan has begun; `next_charge_on` is None for one that was paid for life. `needs_card`: it is free until then,
    and ends by itself unless she leaves a card."""
    facts: dict[str, Any] = {"amount_minor": amount_minor, "currency": currency}
    days = (
        {}
        if next_charge_on is None
        else {"free_until_at" if needs_card else "next_charge_at": next_charge_on}
    )
    _tell("plan_joined", member_id, plan, key, facts, days, now)


def tell_paid(member_id: str, bill: Bill, now: datetime) -> None:
    """A receipt, once for each bill of which something was taken. Not of a second subscription, which is paid back."""
    if not bill.due_minor:
        return
    mine = (_subscription.member_id == member_id, _subscription.id == bill.subscription_id)
    of = read(select(_subscription.plan, _subscription.extra_of).where(*mine)).one_or_none()
    if of is not None and of.extra_of is not None:
        return
    facts = {
        "amount_minor": bill.due_minor, "currency": bill.currency, "number": bill.number or "",
        "invoice_url": bill.hosted_url or notices.address("/membership"),
    }  # fmt: skip
    plan = of.plan if of is not None else _newest_purchase(member_id)
    _tell("plan_receipt", member_id, plan, bill.id, facts, {"paid_at": bill.paid_at or now}, now)


def tell_failed(member_id: str, plan: str, bill: Bill, *, last_day: date, now: datetime) -> None:
    """A renewal could not be paid; her perks stay until `last_day`. Once for each bill."""
    facts = {
        "amount_minor": bill.due_minor, "currency": bill.currency,
        "pay_url": bill.hosted_url or notices.address("/membership"),
    }  # fmt: skip
    _tell("plan_failed", member_id, plan, bill.id, facts, {"stays_until_at": last_day}, now)


def tell_not_paid(op: Row[Any], amount_minor: int, now: datetime) -> None:
    """The payment of a checkout that her bank decided on later did not come: she has no plan by it. Once for each."""
    facts = {
        "amount_minor": amount_minor, "currency": op.facts["currency"], "plans_url": notices.address("/plans"),
    }  # fmt: skip
    _tell("plan_not_paid", op.member_id, op.plan, op.id, facts, {"asked_at": op.created_at}, now)


def tell_trial_ending(
    member_id: str,
    plan: str,
    *,
    key: str,
    amount_minor: int,
    currency: str,
    ends: date | datetime,
    has_card: bool,
    now: datetime,
) -> None:
    """Her trial ends soon; the first payment is due then, if there is a card. `has_card`: there is one."""
    facts = {
        "amount_minor": amount_minor, "currency": currency, "has_card": has_card, "cancel_url": _cancel_url(),
    }  # fmt: skip
    _tell("plan_trial_ending", member_id, plan, key, facts, {"ends_at": ends}, now)


def tell_renewing(
    member_id: str,
    plan: str,
    *,
    key: str,
    amount_minor: int,
    currency: str,
    renews: date | datetime,
    paid_minor: int | None,
    gave_minor: int | None,
    now: datetime,
    instead_of: str | None = None,
) -> None:
    """A yearly plan renews soon, or begins by a change that was planned: `instead_of` is what she has until then.
    `paid_minor` and `gave_minor`: what it has cost and given so far, in home money."""
    facts: dict[str, Any] = {"amount_minor": amount_minor, "currency": currency, "cancel_url": _cancel_url()}
    if instead_of is not None:
        facts["from_label"] = label_of(programmes.active()[1], instead_of)
    if paid_minor and gave_minor is not None:
        facts |= {"paid_minor": paid_minor, "gave_minor": gave_minor}
    _tell("plan_renewing", member_id, plan, key, facts, {"renews_at": renews}, now)


def tell_price(
    member_id: str,
    plan: str,
    *,
    key: str,
    before_minor: int,
    amount_minor: int,
    due_minor: int,
    currency: str,
    since: date | datetime,
    now: datetime,
) -> None:
    """Her plan costs another amount from the payment at `since` on; `key` names subscription, day and amount.
    `due_minor` is what that payment comes to, another amount than `amount_minor` with a discount or a balance."""
    facts = {
        "before_minor": before_minor, "amount_minor": amount_minor, "currency": currency, "cancel_url": _cancel_url(),
    }  # fmt: skip
    if due_minor != amount_minor:
        facts["due_minor"] = due_minor
    _tell("plan_price", member_id, plan, key, facts, {"since_at": since}, now)


def tell_ending(
    member_id: str,
    plan: str,
    *,
    key: str,
    ends_on: date,
    why: WhyEnding,
    now: datetime,
    in_making: Bill | None = None,
    resumes: bool = False,
) -> None:
    """Her plan will end, and nothing more is charged, but for the bill that is in the making: as she asked, because she
    has one for life, or otherwise. `resumes`: it was paused, and is on again until then."""
    facts: dict[str, Any] = {"why": why, **({"resumes": True} if resumes else {})}
    if in_making is not None:
        facts |= {"amount_minor": in_making.due_minor, "currency": in_making.currency}
    _tell("plan_ending", member_id, plan, key, facts, {"ends_at": ends_on}, now)


def tell_paused(
    member_id: str,
    plan: str,
    *,
    key: str,
    last_day: date | None,
    now: datetime,
    by_shop: bool = False,
    in_making: Bill | None = None,
    back: PaidBack | None = None,
) -> None:
    """Her plan is paused; what is paid for lasts to `last_day`, None where it gives nothing any more. `by_shop`: it is
    not hers to go on with; `in_making` is the bill that is charged all the same. `back`: what is paid
    back of a renewal, for she had asked before it."""
    facts: dict[str, Any] = {"by_shop": by_shop}
    if back is not None:
        facts |= back.facts()
    if in_making is not None:
        facts |= {"amount_minor": in_making.due_minor, "currency": in_making.currency}
    days = {} if last_day is None else {"stays_until_at": last_day}
    _tell("plan_paused", member_id, plan, key, facts, days, now)


def tell_resumed(
    member_id: str,
    plan: str,
    *,
    key: str,
    amount_minor: int,
    currency: str,
    next_charge: date | datetime,
    now: datetime,
) -> None:
    """Her plan goes on after a pause; the next payment is due at `next_charge`."""
    facts = {"amount_minor": amount_minor, "currency": currency}
    _tell("plan_resumed", member_id, plan, key, facts, {"next_charge_at": next_charge}, now)


def tell_not_done(op: Row[Any], now: datetime) -> None:
    """What she asked for, and was told that it is noted, has come to nothing, though her plan is there. So has a change
    that was to be planned again. What is paid back for it is named, also where she has asked for something else since,
    which takes its place without a word."""
    op = operations.one(op.member_id, op.id) or op  # it may know more by now
    runs, again = queries.subscription(op.member_id, op.facts["subscription"]), op.facts.get("again")
    was_dropped, back = op.state == "abandoned", _back_for(op)
    if runs is None or runs.status not in rules.LIVE:
        return  # she is told of the end
    if back is None and (was_dropped or not (op.tries or again)):
        return  # she saw at once that it was not done
    ends = runs.ends_on is not None or queries.wish_under_way(op.member_id, runs.id) == "end"
    if ends and op.kind in ("change", "resume"):
        return  # who wants it to end since wants none of it
    asked_at = op.created_at if again is None else datetime.fromisoformat(again)
    facts: dict[str, Any] = {"wish": op.kind, "was_dropped": was_dropped} | (back.facts() if back else {})
    _tell("plan_not_done", op.member_id, runs.plan, op.id, facts, {"asked_at": asked_at}, now)


def tell_changed_late(op: Row[Any], now: datetime) -> None:
    """A cheaper plan that she had agreed to before a renewal is planned only now, and what that took beyond it is paid
    back. Nothing of a change that came in time."""
    back = _back_for(op)
    if back is not None:
        _, active = programmes.active()
        facts = back.facts() | {"from_label": label_of(active, op.facts["from_plan"])}
        days = {"begins_at": date.fromisoformat(op.facts["next_on"])}
        _tell("plan_changed_late", op.member_id, op.plan, op.id, facts, days, now)


def _back_for(change: Row[Any]) -> PaidBack | None:
    """What is paid back for a change that came late; None where nothing is."""
    if change.kind != "later" or "back_minor" not in change.facts:
        return None
    is_back = owed.is_back(change.member_id, change.id)
    return PaidBack(change.facts["back_minor"], change.facts["currency"], is_back)


def tell_ended(
    member_id: str,
    plan: str,
    *,
    key: str,
    why: Why,
    now: datetime,
    back: PaidBack | None = None,
    was_free: bool = False,
    was_over: bool = False,
) -> None:
    """Her plan has ended: as she asked, because one for life is in its place, though she took its end back since, as
    she asked but only after it had renewed (`back`), because no payment came, with its trial, because its card had had
    one before, because it was paid back (`back`), or otherwise; `was_free`: in its trial, before any payment;
    `was_over`: before that went back. She reads in it what she has of the same plan all the same, for life or as a
    gift."""
    _, active = programmes.active()
    facts: dict[str, Any] = {"why": why, "still": "", "unsold": int(not is_sold_otherwise(active, plan))}
    days: dict[str, date | datetime] = {}
    if was_free:
        facts["was_free"] = True
    if back is not None:
        facts |= back.facts("amount_minor")
    still = None if was_over else _still(member_id, plan, now)
    if was_over:
        facts["was_over"] = True
    if still is not None:
        facts["still"] = "life" if still.for_life else "given"
        days = {"until_at": still.last_day} if still.last_day is not None else {}
    _tell("plan_ended", member_id, plan, key, facts, days, now)


def _still(member_id: str, plan: str, now: datetime) -> rules.Standing | None:
    """What she has of the plan of this name for life, or was given."""
    _, active = programmes.active()
    label = label_of(active, plan)
    others = [one for one in queries.holdings(member_id) if one.given or one.for_life]
    found = rules.standing([one for one in others if label_of(active, one.plan) == label], active.day(now))
    return found if found is not None and found.perks else None


def tell_given(
    member_id: str,
    plan: str,
    *,
    key: str,
    source: str,
    since: date | None,
    until: date,
    note: str | None,
    now: datetime,
) -> None:
    """A plan was given to her until a day, with the giver's words; `since` where it begins later."""
    days = {"until_at": until} if since is None else {"since_at": since, "until_at": until}
    _tell("plan_given", member_id, plan, key, {"source": source, "note": note or ""}, days, now)


def tell_given_ending(
    member_id: str, plan: str, *, key: str, until: date, prices: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """What was given to her ends soon; `prices` (interval, amount_minor, currency) are what going on costs."""
    facts = {"prices": list(prices), "plans_url": notices.address("/plans")}
    _tell("plan_given_ending", member_id, plan, key, facts, {"ends_at": until}, now)


def tell_given_over(member_id: str, plan: str, *, key: str, source: str, now: datetime) -> None:
    """What was given to her was taken back."""
    _tell("plan_given_over", member_id, plan, key, {"source": source}, {}, now)


def _tell(
    kind: str, member_id: str, plan: str, key: str, facts: dict[str, Any], days: Days, now: datetime
) -> None:
    member = _row(member_id)
    if member is None or not member.email:
        return
    _, active = programmes.active()
    own = member.timezone or active.timezone
    moved = any(isinstance(day, datetime) for day in days.values())
    zone = (own if moved else active.timezone) if days and own != active.timezone else ""
    notices.queue(
        kind, key=f"{kind}/{key}", recipient=member.email, locale=member.locale or active.languages[0],
        facts={
            "member_name": member.name, "plan_label": label_of(active, plan),
            "membership_url": notices.address("/membership"), "zone": zone, **facts,
            **{name: _in_zone(day, ZoneInfo(own)) for name, day in days.items()},
        },
        now=now, member_id=member_id,
    )  # fmt: skip


def _in_zone(day: date | datetime, zone: ZoneInfo) -> str:
    """A day as a notice carries it: an instant in the zone it is told in, a day at noon, where it is the same day
    wherever it is read."""
    if isinstance(day, datetime):
        return day.astimezone(zone).isoformat()
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()


def _cancel_url() -> str:
    return notices.address("/membership/cancel")


def _newest_purchase(member_id: str) -> str:
    """The plan that was bought for life; where its row is not there yet, the one for life that is sold."""
    newest = select(_purchase.plan).where(_purchase.member_id == member_id)
    found = read(newest.order_by(_purchase.paid_on.desc()).limit(1)).scalar_one_or_none()
    _, active = programmes.active()
    sold = next((one.key for one in active.plans if one.interval == "life"), "")
    return str(found or sold or active.name)


def _row(member_id: str) -> Row[Any] | None:
    who = (_member.email, _member.name, _member.locale, _member.timezone)
    return read(select(*who).where(_member.id == member_id)).one_or_none()

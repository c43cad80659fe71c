"""Reading what a member pays for."""

from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Executable, Row, Select, Text, bindparam, case, cast, func, select

from portal import config, people
from portal.billing import rules
from portal.billing.models import (
    BillingOperation,
    Invoice,
    PlanGift,
    PlanGrant,
    Purchase,
    StripeCustomer,
    Subscription,
)
from portal.db import fact, prepared, read

_subscription, _purchase = Subscription.__table__.c, Purchase.__table__.c
_grant = PlanGrant.__table__.c
_operation, _customer = BillingOperation.__table__.c, StripeCustomer.__table__.c


PATIENT = 4  # tries, which are done within half an hour
REFUSED = "refused: "  # how the error of what Stripe did not take begins
NEEDS_CARD = "needs_card"  # in a row of `facts`, where else the next plan's key is: no key has a line below
WISHES = ("end", "keep", "later", "stay", "pause")


def is_on() -> bool:
    """Whether plans can be sold: a key of Stripe's is set."""
    return config.current().stripe_secret_key != ""


def had_subscription(member_id: str) -> bool:
    """Whether this member has, or had, a plan that renews."""
    return (
        read(select(_subscription.id).where(_subscription.member_id == member_id).limit(1)).first()
        is not None
    )


def site() -> str:
    """Under what name our objects are known among others of the same Stripe side: the portal's host."""
    return urlsplit(config.current().base_url).netloc


@cache
def facts() -> list[Select[Any]]:
    """For `p_member`: what was paid for and given, for the one UNION of a page; `holding_of` reads a row of it."""
    return [
        fact(
            "plan", a=_subscription.plan, b=_subscription.status, c=_subscription.currency,
            d=case((_subscription.needs_card, NEEDS_CARD), else_=func.coalesce(_subscription.next_plan, "")),
            until=_subscription.paid_until,
            day=func.coalesce(_subscription.ended_on, _subscription.failed_on, _subscription.ends_on),
            n=(
                func.coalesce(_subscription.due_minor, _subscription.next_minor, _subscription.amount_minor),
                case((_subscription.ends_on.is_not(None), 1), else_=0),
                case((_subscription.collection_paused, 1), else_=0),
            ),
        ).where(_subscription.member_id == bindparam("p_member"), _subscription.extra_of.is_(None)),
        fact("plan", a=_purchase.plan, b=_purchase.state, day=_purchase.ended_on, n=(0, 0, 0, 1)).where(
            _purchase.member_id == bindparam("p_member")
        ),
        fact(
            "plan", a=_grant.plan, b="given", c=cast(_grant.from_on, Text), d=_grant.source, until=_grant.until,
            day=_grant.ended_on,
        ).where(_grant.member_id == bindparam("p_member")),
    ]  # fmt: skip


def holding_of(row: Any) -> rules.Holding:
    """A row of `facts`; which of its days `day` is, the status says."""
    if row.b == "given":
        since = date.fromisoformat(row.c)
        return rules.Holding(row.a, row.b, ends_on=row.until, ended_on=row.day, given=row.d, from_on=since)
    over, failing = row.b == "canceled" or row.n4 == 1, row.b in ("past_due", "unpaid")
    return rules.Holding(
        row.a,
        row.b,
        paid_until=row.until,
        failed_on=row.day if failing else None,
        ends_on=row.day if row.n2 and not (over or failing) else None,
        ended_on=row.day if over else None,
        collection_paused=row.n3 == 1,
        for_life=row.n4 == 1,
        amount_minor=row.n1,
        currency=row.c,
        needs_card=row.d == NEEDS_CARD,
        next_plan="" if over or row.d == NEEDS_CARD else row.d or "",
    )


def holdings(member_id: str) -> list[rules.Holding]:
    """Everything that a member pays or paid for, and what was given to her."""
    return [holding_of(row) for part in facts() for row in read(part, {"p_member": member_id})]


def standing(member_id: str, day: date) -> rules.Standing | None:
    """The plan of a member on `day`; None for somebody who never had one."""
    return rules.standing(holdings(member_id), day)


def given(member_id: str, day: date) -> list[Row[Any]]:
    """The plans that were given to a member and are not over on `day`, those too that begin later, by first day."""
    mine = (_grant.member_id == member_id, _grant.until >= day, _grant.ended_on.is_(None))
    found = select(PlanGrant.__table__).where(*mine)
    return list(read(found.order_by(_grant.from_on, _grant.id)).all())


def live_subscription(member_id: str) -> Row[Any] | None:
    """The one subscription that goes on at Stripe, if there is one."""
    return read(_live_subscription(), {"p_member": member_id}).one_or_none()


@prepared
def _live_subscription() -> Executable:
    return select(Subscription.__table__).where(
        _subscription.member_id == bindparam("p_member"),
        _subscription.status.in_(rules.LIVE),
        _subscription.extra_of.is_(None),
    )


def subscription(member_id: str, subscription_id: str) -> Row[Any] | None:
    """A member's own subscription, whatever has become of it."""
    mine = (_subscription.member_id == member_id, _subscription.id == subscription_id)
    return read(select(Subscription.__table__).where(*mine)).one_or_none()


def bill_in_making(member_id: str, subscription_id: str) -> Row[Any] | None:
    """The bill of a new period that is charged within the hour: Stripe keeps it as a draft until then."""
    bill = Invoice.__table__.c
    mine = (bill.member_id == member_id, bill.subscription_id == subscription_id)
    drafts = select(Invoice.__table__).where(*mine, bill.status == "draft", bill.total_minor > 0)
    return read(drafts.order_by(bill.made_at.desc()).limit(1)).one_or_none()


def open_checkout(member_id: str) -> Row[Any] | None:
    """The checkout that is under way."""
    return read(_open_checkout(), {"p_member": member_id}).one_or_none()


@prepared
def _open_checkout() -> Executable:
    return _under_way("join", "life")


def _under_way(*kinds: str) -> Executable:
    """A member's operations of these kinds that are not settled."""
    return select(BillingOperation.__table__).where(
        _operation.member_id == bindparam("p_member"),
        _operation.kind.in_(kinds),
        _operation.state.in_(("new", "open")),
    )


def open_checkouts() -> list[Row[Any]]:
    """Every checkout, of a plan or of a gift, that has a page at Stripe and is not known to be paid or over."""
    waits = (_operation.due_at.is_not(None), _operation.state == "open")
    pages = (_operation.kind.in_(("join", "life", "gift")), _operation.session_id.is_not(None))
    return list(read(select(BillingOperation.__table__).where(*waits, *pages)).all())


def pages_of_stopped() -> list[Row[Any]]:
    """Checkouts, of a plan or of a gift, whose page at Stripe is open while the card of their member is stopped. One
    whose payment is being decided has none."""
    return list(read(_pages_of_stopped()).all())


@prepared
def _pages_of_stopped() -> Executable:
    who = people.Member.__table__.c
    waits = (_operation.due_at.is_not(None), _operation.state == "open", _operation.url.is_not(None))
    mine = (who.id == _operation.member_id, who.frozen_at.is_not(None))
    pages = select(BillingOperation.__table__).where(*waits, _operation.kind.in_(("join", "life", "gift")))
    return pages.where(*mine)


def charge_under_way(member_id: str) -> Row[Any] | None:
    """The change or the resume that is carried out, or that waits for its money."""
    return read(_charge_under_way(), {"p_member": member_id}).one_or_none()


@prepared
def _charge_under_way() -> Executable:
    return _under_way("change", "resume")


def paid_in(member_id: str) -> str | None:
    """The currency in which a member has paid for plans, the last one; None for who never did.

    Stripe keeps one for each customer, and whoever has paid in one knows its amounts.
    """
    return read(_paid_in(), {"p_member": member_id}).scalar_one_or_none()


@prepared
def _paid_in() -> Executable:
    begun = (
        _subscription.member_id == bindparam("p_member"),
        _subscription.status.not_in(rules.UNFINISHED),
        _subscription.extra_of.is_(None),  # such a one is ended and paid back
    )
    plans = select(_subscription.currency, _subscription.since.label("day")).where(*begun)
    bought = select(_purchase.currency, _purchase.paid_on.label("day")).where(
        _purchase.member_id == bindparam("p_member")
    )
    found = plans.union_all(bought).subquery()
    return select(found.c.currency).order_by(found.c.day.desc()).limit(1)


def country_of(member_id: str) -> str | None:
    """Where a member lives, as far as she or her shop has told."""
    who = people.Member.__table__.c
    return read(select(who.country).where(who.id == member_id)).scalar_one_or_none()


def had_trial(member_id: str) -> bool:
    """Whether a member has tried a plan out, or would have with a card that had been used for it before."""
    mine = select(_subscription.id).where(_subscription.member_id == member_id, _subscription.trial)
    return read(mine.limit(1)).one_or_none() is not None


def has_life(member_id: str) -> bool:
    """Whether a member has a plan that she paid for once, for life."""
    stands = _purchase.state.in_(rules.STANDS_FOR_LIFE)
    mine = select(_purchase.id).where(_purchase.member_id == member_id, stands)
    return read(mine.limit(1)).one_or_none() is not None


def is_disputed(member_id: str) -> bool:
    """Whether a bank looks into something that this member paid, for herself or as a gift."""
    gift = PlanGift.__table__.c
    given = select(gift.id).where(gift.member_id == member_id, gift.dispute == "open")
    return is_plan_disputed(member_id) or read(given.limit(1)).one_or_none() is not None


def is_plan_disputed(member_id: str) -> bool:
    """Whether a bank looks into something that this member paid for a plan of her own."""
    bill, purchase = Invoice.__table__.c, Purchase.__table__.c
    bills = select(bill.id).where(bill.member_id == member_id, bill.dispute == "open")
    bought = select(purchase.id).where(purchase.member_id == member_id, purchase.state == "disputed")
    return read(bills.union_all(bought).limit(1)).one_or_none() is not None


def withdrawal_under_way(member_id: str, subscription_id: str | None) -> Row[Any] | None:
    """The withdrawal that Stripe has not answered yet: from `subscription_id`, the one that runs, or from a plan for
    life. One from a plan that had ended before this one began is not in its way; where none runs, any counts."""
    return next(
        (
            op
            for op in _unanswered(member_id, ("withdraw",))
            if subscription_id in (None, op.facts["of"]) or subscription(member_id, op.facts["of"]) is None
        ),
        None,
    )


def checkout_of(member_id: str, session_id: str) -> Row[Any] | None:
    """The operation of a member's own checkout; None for another's."""
    return read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id, _operation.session_id == session_id
        )
    ).one_or_none()


def wish_is_late(member_id: str, subscription_id: str) -> bool:
    """Whether something was asked for this subscription that Stripe has refused, or not answered for more than
    minutes."""
    found = wishes_of(member_id, subscription_id)
    return any(op.tries > PATIENT or (op.error or "").startswith(REFUSED) for op in found)


def wish_under_way(member_id: str, subscription_id: str) -> str | None:
    """What was asked for of this subscription without Stripe having answered yet: end, keep, later, stay or pause."""
    return next((op.kind for op in wishes_of(member_id, subscription_id)), None)


def is_busy(member_id: str, subscription_id: str) -> bool:
    """Whether something is under way beside which nothing is charged for this subscription: a checkout, a change or
    going on, a wish that Stripe has not answered, a withdrawal."""
    charges = charge_under_way(member_id) or open_checkout(member_id)
    waits = charges or withdrawal_under_way(member_id, subscription_id)
    return waits is not None or wish_under_way(member_id, subscription_id) is not None


def wishes_of(member_id: str, subscription_id: str, kinds: tuple[str, ...] = WISHES) -> list[Row[Any]]:
    """The wishes of these kinds that Stripe has not answered yet, newest first: of this subscription alone, for one of
    a plan that has ended says nothing of the plan in whose place another came."""
    return [op for op in _unanswered(member_id, kinds) if op.facts["subscription"] == subscription_id]


def _unanswered(member_id: str, kinds: tuple[str, ...]) -> list[Row[Any]]:
    """A member's operations of these kinds that Stripe has not answered yet, newest first."""
    mine = (_operation.member_id == member_id, _operation.kind.in_(kinds), _operation.state == "new")
    found = select(BillingOperation.__table__).where(*mine).order_by(_operation.id.desc())
    return list(read(found).all())


def customer_of(member_id: str) -> str | None:
    """The member's customer at Stripe; None where there is none, or where it was deleted."""
    return read(
        select(_customer.customer_id).where(_customer.member_id == member_id, _customer.deleted_at.is_(None))
    ).scalar_one_or_none()


def bills(member_id: str, limit: int) -> list[Row[Any]]:
    """What was paid or is to be paid, newest first."""
    bill = Invoice.__table__.c
    return list(
        read(
            select(Invoice.__table__)
            .where(bill.member_id == member_id, bill.status.in_(("paid", "open")), bill.total_minor > 0)
            .order_by(bill.made_at.desc(), bill.id.desc())
            .limit(limit)
        ).all()
    )

"""Reading what a member pays for."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, Select, bindparam, case, func, or_, select

from portal import config
from portal.billing import rules
from portal.billing.models import BillingOperation, Invoice, Purchase, StripeCustomer, Subscription
from portal.db import fact, read

_subscription, _purchase = Subscription.__table__.c, Purchase.__table__.c
_operation, _customer = BillingOperation.__table__.c, StripeCustomer.__table__.c


PATIENT = 4  # tries, which are done within half an hour
REFUSED = "refused: "  # how the error of what Stripe did not take begins
WISHES = ("end", "keep", "later", "stay", "pause")


def is_on() -> bool:
    """Whether plans can be sold: a key of Stripe's is set."""
    return config.current().stripe_secret_key != ""


def site() -> str:
    """Under what name our objects are known among others of the same Stripe side: the portal's host."""
    return urlsplit(config.current().base_url).netloc


def facts() -> list[Select[Any]]:
    """For `p_member`: what was paid for, for the one UNION of a page; `holding_of` reads a row of it."""
    return [
        fact(
            "plan", a=_subscription.plan, b=_subscription.status, until=_subscription.paid_until,
            day=func.coalesce(_subscription.ended_on, _subscription.failed_on, _subscription.ends_on),
            n=(
                func.coalesce(_subscription.next_minor, _subscription.amount_minor),
                case((_subscription.ends_on.is_not(None), 1), else_=0),
                case((_subscription.collection_paused, 1), else_=0),
            ),
        ).where(_subscription.member_id == bindparam("p_member"), _subscription.extra_of.is_(None)),
        fact("plan", a=_purchase.plan, b=_purchase.state, day=_purchase.ended_on, n=(0, 0, 0, 1)).where(
            _purchase.member_id == bindparam("p_member")
        ),
    ]  # fmt: skip


def holding_of(row: Any) -> rules.Holding:
    """A row of `facts`; which of its days `day` is, the status says."""
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
    )


def holdings(member_id: str) -> list[rules.Holding]:
    """Everything that a member pays or paid for."""
    return [holding_of(row) for part in facts() for row in read(part, {"p_member": member_id})]


def standing(member_id: str, day: date) -> rules.Standing | None:
    """The plan of a member on `day`; None for somebody who never had one."""
    return rules.standing(holdings(member_id), day)


def live_subscription(member_id: str) -> Row[Any] | None:
    """The one subscription that goes on at Stripe, if there is one."""
    return read(
        select(Subscription.__table__).where(
            _subscription.member_id == member_id,
            _subscription.status.in_(rules.LIVE),
            _subscription.extra_of.is_(None),
        )
    ).one_or_none()


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
    return read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id,
            _operation.kind.in_(("join", "life")),
            _operation.state.in_(("new", "open")),
        )
    ).one_or_none()


def charge_under_way(member_id: str) -> Row[Any] | None:
    """The change or the resume that is carried out, or that waits for its money."""
    return read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id,
            _operation.kind.in_(("change", "resume")),
            _operation.state.in_(("new", "open")),
        )
    ).one_or_none()


def is_disputed(member_id: str) -> bool:
    """Whether a bank looks into something that this member paid."""
    bill, purchase = Invoice.__table__.c, Purchase.__table__.c
    bills = select(bill.id).where(bill.member_id == member_id, bill.dispute == "open")
    bought = select(purchase.id).where(purchase.member_id == member_id, purchase.state == "disputed")
    return read(bills.union_all(bought).limit(1)).one_or_none() is not None


def withdrawal_under_way(member_id: str) -> Row[Any] | None:
    """The withdrawal that Stripe has not answered yet."""
    mine = (_operation.member_id == member_id, _operation.kind == "withdraw", _operation.state == "new")
    return read(select(BillingOperation.__table__).where(*mine).limit(1)).one_or_none()


def checkout_of(member_id: str, session_id: str) -> Row[Any] | None:
    """The operation of a member's own checkout; None for another's."""
    return read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id, _operation.session_id == session_id
        )
    ).one_or_none()


def end_is_late(member_id: str) -> bool:
    """Whether an end was asked for that Stripe has refused, or not answered for more than minutes."""
    mine = (_operation.member_id == member_id, _operation.kind == "end", _operation.state == "new")
    late = or_(_operation.tries > PATIENT, _operation.error.startswith(REFUSED))
    return read(select(_operation.id).where(*mine, late).limit(1)).one_or_none() is not None


def wish_under_way(member_id: str) -> str | None:
    """What was asked for without Stripe having answered yet: end, keep, later, stay or pause."""
    return read(
        select(_operation.kind)
        .where(
            _operation.member_id == member_id,
            _operation.kind.in_(WISHES),
            _operation.state == "new",
        )
        .order_by(_operation.id.desc())
        .limit(1)
    ).scalar_one_or_none()


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

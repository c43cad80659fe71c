"""What is known of paid membership: who is a customer, what is paid, what is under way, what Stripe has told.

Rows that come from Stripe are written by `sync` alone, from what was fetched; `lines` writes the same rows for event
lines, which stand in for Stripe (contracts.md section 3); `granted` writes what is given without a payment. The unique
indexes carry the safety (stripe.md 4.2).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText, Ulid

LIVE = "('active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete')"
UNDER_WAY = "kind IN ('join', 'life', 'change', 'resume') AND state IN ('new', 'open')"


class StripeCustomer(Base):
    """A member's customer at Stripe; made at her first checkout, and anew when it was deleted there."""

    __tablename__ = "stripe_customer"
    __table_args__ = (Index("stripe_customer_id", "customer_id", unique=True),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(64))
    livemode: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    address_hash: Mapped[str | None] = mapped_column(String(64))  # of the address that Stripe was told last


class StripePrice(Base):
    """A plan's price at Stripe; another amount is another price, so what somebody pays stays as she agreed to it."""

    __tablename__ = "stripe_price"
    __table_args__ = (Index("stripe_price_id", "price_id", unique=True),)

    lookup_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    livemode: Mapped[bool] = mapped_column(primary_key=True)
    plan: Mapped[str] = mapped_column(String(60))
    price_id: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)


class BillingOperation(Base):
    """One wish with an effect at Stripe: written down before Stripe is asked, and again when it has answered.

    join, life: a checkout (`session_id`, `url` once it is open). change: another plan at once, later: with the next
    period; both begin as `shown`, with what was shown in `facts`. resume: a paused plan goes on. A change and a resume
    are `open` while their bill (`url`) waits for its money. end, keep, stay, pause: wishes that cost nothing. extra: a
    second live subscription is ended and its payment given back. withdraw: what was bought is given back whole, and
    ended. gift: a checkout of a plan for somebody else, which stands in no other's way; recall: such a gift that
    nobody used is given back. refund: what is owed back of a bill (`owed`). `due_at` is when the worker looks.
    """

    __tablename__ = "billing_operation"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('join', 'life', 'change', 'later', 'stay', 'pause', 'resume', 'end', 'keep', 'extra', "
            "'withdraw', 'gift', 'recall', 'refund')",
            name="billing_operation_kind",
        ),
        CheckConstraint(
            "state IN ('shown', 'new', 'open', 'done', 'failed', 'abandoned')", name="billing_operation_state"
        ),
        Index("billing_operation_key", "idempotency_key", unique=True),
        Index("billing_operation_session", "session_id", unique=True),
        Index("billing_operation_due", "due_at"),
        Index(
            "billing_operation_one_charge", "member_id", unique=True, sqlite_where=text(UNDER_WAY),
            postgresql_where=text(UNDER_WAY),
        ),
    )  # fmt: skip

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    plan: Mapped[str] = mapped_column(String(60))
    facts: Mapped[Any] = mapped_column(JsonText)
    idempotency_key: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    session_id: Mapped[str | None] = mapped_column(String(120))
    url: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)


class Subscription(Base):
    """A plan that renews, as it was last fetched. `status` is Stripe's word; days are the programme's.

    `paid_until` is the last paid day, inclusive; `failed_on` the day of the first failed payment; `ends_on` the last
    day after a wish to end; `ended_on` the first day without it. `due_minor` is what the next bill comes to where a
    discount makes it another amount than the price. `next_plan` is what it becomes on `next_on`, for
    `next_minor`; `waiting_plan` what it becomes if its bill (`pay_url`) is paid by `waiting_until`. `paused_until` is
    when a pause that was set at Stripe is over. `extra_of` says why this one gives nothing and is ended: it names the
    one that stands beside it, or is `trial-card` for a trial with a card that had one. `card` is the one that is
    charged, by its make and last four digits, for as long as it runs. `needs_card`: there is no card to charge, and it
    is tried out, and ends by itself with the free days, or is paused, and cannot go on.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "subscription_one_live", "member_id", unique=True,
            sqlite_where=text(f"status IN {LIVE} AND extra_of IS NULL"),
            postgresql_where=text(f"status IN {LIVE} AND extra_of IS NULL"),
        ),
        Index("subscription_fetched", "fetched_at"),
    )  # fmt: skip

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    plan: Mapped[str] = mapped_column(String(60))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(30))
    since: Mapped[date] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date)
    paid_until: Mapped[date | None] = mapped_column(Date)
    trial: Mapped[bool] = mapped_column(default=False)
    failed_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    collection_paused: Mapped[bool] = mapped_column(default=False)
    paused_until: Mapped[date | None] = mapped_column(Date)
    due_minor: Mapped[int | None] = mapped_column(BigInteger)
    next_plan: Mapped[str | None] = mapped_column(String(60))
    next_minor: Mapped[int | None] = mapped_column(BigInteger)
    next_on: Mapped[date | None] = mapped_column(Date)
    waiting_plan: Mapped[str | None] = mapped_column(String(60))
    waiting_until: Mapped[datetime | None] = mapped_column(Instant)
    pay_url: Mapped[str | None] = mapped_column(Text)
    pay_minor: Mapped[int | None] = mapped_column(BigInteger)
    extra_of: Mapped[str | None] = mapped_column(String(64))
    card: Mapped[str | None] = mapped_column(String(40))
    needs_card: Mapped[bool] = mapped_column(default=False, server_default=false())
    fetched_at: Mapped[datetime] = mapped_column(Instant)


class Purchase(Base):
    """A plan that was bought once for life. `id` is the checkout's; `refunded_minor` is what went back of its price."""

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint(
            "state IN ('paid', 'part_refunded', 'refunded', 'disputed', 'lost')", name="purchase_state"
        ),
        Index("purchase_payment", "payment_intent", unique=True),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    payment_intent: Mapped[str | None] = mapped_column(String(64))
    plan: Mapped[str] = mapped_column(String(60))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(14))
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    paid_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    fetched_at: Mapped[datetime] = mapped_column(Instant)


class PlanGrant(Base):
    """A plan that was given to a member, from a day to a day, both inclusive: nothing is paid for it.

    `source` is who gave it: the shop's staff, or somebody who paid for it as a gift. `ended_on` is the first day
    without it where it was taken back. `note` is what the member reads beside it. `due_on` is when somebody has to look
    at it next: it begins, or its end is in sight; null once there is nothing left to do.
    """

    __tablename__ = "plan_grant"
    __table_args__ = (
        CheckConstraint("source IN ('staff', 'gift')", name="plan_grant_source"),
        CheckConstraint("until >= from_on", name="plan_grant_lasts"),
        Index("plan_grant_ref", "member_id", "ref", unique=True),
        Index("plan_grant_due", "due_on", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    plan: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(5))
    from_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ref: Mapped[str] = mapped_column(String(80))
    note: Mapped[str | None] = mapped_column(String(200))
    due_on: Mapped[date | None] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)


class PlanGift(Base):
    """Some months of a plan that a member paid for once, for whoever holds the code, which works until it is used.

    `id` is the operation's that began it. `refunded_minor` is what went back of its price, `dispute` what the bank
    says, `money_at` when that was last looked at. The code is found by its hash and kept sealed; `words` are the
    buyer's to her friend. `granted_until` is the last day of what the code became (`granted`, ref `gift:<id>`).
    """

    __tablename__ = "plan_gift"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'redeemed', 'refunded')", name="plan_gift_state"),
        CheckConstraint("months > 0 AND amount_minor > 0", name="plan_gift_is_something"),
        Index("plan_gift_payment", "payment_intent", unique=True),
        Index("plan_gift_code", "code_hash", unique=True),
        Index("plan_gift_redeemed_by", "redeemed_by"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    payment_intent: Mapped[str] = mapped_column(String(64))
    plan: Mapped[str] = mapped_column(String(60))
    months: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    code_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(String(200))
    is_mailed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10))
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    dispute: Mapped[str | None] = mapped_column(String(4))
    money_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_at: Mapped[datetime] = mapped_column(Instant)
    redeemed_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    redeemed_at: Mapped[datetime | None] = mapped_column(Instant)
    granted_until: Mapped[date | None] = mapped_column(Date)


class Invoice(Base):
    """One bill for a plan, as it was last fetched.

    `paid_minor` is what was paid of it, what was taken from a balance left out; `refunded_minor` what of that went
    back, by refunds and disputes that were lost; `dispute` what the bank says (open, won, lost), `money_at` when that
    was last looked at. `plan`, `paid_until` and `streak` are the payment that was told of it: what for, its last day,
    and the months in a row with it; null for what is no payment of a plan (Reading 15), or
    no longer, because another took its place.
    """

    __tablename__ = "invoice"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subscription_id: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    dispute: Mapped[str | None] = mapped_column(String(4))
    money_at: Mapped[datetime | None] = mapped_column(Instant)
    plan: Mapped[str | None] = mapped_column(String(60))
    paid_until: Mapped[date | None] = mapped_column(Date)
    streak: Mapped[int | None] = mapped_column(BigInteger)
    hosted_url: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime] = mapped_column(Instant)


class StripeEvent(Base):
    """Something changed at Stripe, as its signed message said: which object, and nothing of what it says of it.

    The object itself is fetched, so the message's own words are not kept: they hold addresses, and may be old.
    """

    __tablename__ = "stripe_event"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'ignored', 'parked')", name="stripe_event_state"),
        Index("stripe_event_due", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(120))
    api_version: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(200))

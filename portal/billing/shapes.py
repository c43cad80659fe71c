"""What the gateway hands out: our shapes of Stripe's objects, four kinds of failure, and its way to count money.

Amounts are minor units of our table, instants are aware UTC, days are nobody's yet.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from portal import clock
from portal.money import precision

# Decimals that Stripe counts where they are not those of ISO 4217 (stripe.md 4.3).
STRIPE_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
Metadata = dict[str, str]
Dispute = Literal["open", "won", "lost"]


class Declined(Exception):
    """A card said no."""


class Missing(Exception):
    """Stripe does not know an object that we named; `kind` is customer, price, subscription or another."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Unavailable(Exception):
    """Stripe did not answer, or asked for patience: later is another try."""


class Unreadable(Unavailable):
    """Stripe answered what we cannot read: later is another try, a person has to look, and of all others nothing is
    known by it. The log has what it was."""


class Busy(Unavailable):
    """The same wish is under way in another request of ours."""


class Rejected(Exception):
    """Stripe did not take what was asked: a mistake of ours or of the settings, which a person has to look at."""


class Barred(Rejected):
    """Stripe does not take our key, or the key has not the right for this."""


class Forged(Exception):
    """A message that Stripe has not signed, or that is none."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice. `due_minor` is what is to be paid of its total, after what the customer has in credit; `credit_minor`
    what it took of that.

    `status` is Stripe's word, but `kept` for a draft that nobody charges by itself. `until` is the end of the last
    period that it names, `price_id` the price of that one. `begins_period`: it pays for time that nobody paid for
    before, and is a payment of Reading 15; what a change within a period costs is none.
    """

    id: str
    customer_id: str
    subscription_id: str | None
    number: str | None
    status: str
    reason: str
    currency: str
    total_minor: int
    due_minor: int
    made_at: datetime
    finalized_at: datetime | None
    paid_at: datetime | None
    hosted_url: str | None
    price_id: str | None = None
    until: datetime | None = None
    begins_period: bool = True
    credit_minor: int = 0
    # When it was asked for: of two looks the one that was asked for later stands, however slow the other's answer.
    seen_at: datetime = field(default_factory=clock.now, compare=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that is done once its bill is paid, and dropped at `until`."""

    price_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """What a subscription becomes by itself: from `since` on it is this price."""

    price_id: str
    amount_minor: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """What a change of plan would take from the card at once, and until when that is paid for.

    `carried_minor` is what of it is too little for a card: Stripe takes it with the next bill. `open_minor` is what the
    customer's balance adds to what is taken at once, below zero what it pays of that; `after_minor` is what stands on
    it then, below zero what is still hers.
    """

    due_minor: int
    currency: str
    paid_until: datetime
    carried_minor: int = 0
    open_minor: int = 0
    after_minor: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What the bill of a whole period takes. `open_minor` is what the customer's balance adds to that, below zero what
    it pays of it."""

    minor: int
    open_minor: int = 0


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription. `ends_at` is its scheduled end, however it was spelled; `bill` is its latest.

    `interval` is month or year (or another that a person chose at Stripe); `resumes_at` is when collecting goes on by
    itself after a pause that was set there. `due_minor` is what the next bill comes to while there is a discount, or
    something on its customer's balance,
    `card` Stripe's fingerprint of the card or account behind it: the same number is the same card. `card_shown` is how
    people know it, by its make and last four digits (`visa 4242`, `sepa_debit 3201`), or by its make alone (`link`).
    `needs_card`: neither it nor its customer has a card, and it is a trial that Stripe ends by itself for that, or is
    paused.
    """

    id: str
    customer_id: str
    status: str
    item_id: str
    price_id: str
    lookup_key: str
    interval: str
    amount_minor: int
    currency: str
    started_at: datetime
    period_start: datetime
    period_end: datetime
    has_trial: bool
    ends_at: datetime | None
    ended_at: datetime | None
    collection_paused: bool
    resumes_at: datetime | None
    schedule_id: str | None
    planned: Planned | None
    waiting: Waiting | None
    metadata: Metadata
    bill: Bill | None
    due_minor: int | None
    card: str | None
    card_shown: str | None = None
    discounted: bool = False
    needs_card: bool = False
    seen_at: datetime = field(default_factory=clock.now, compare=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in a list of Stripe's that could not be read, or looked at; whose it may be, and why, in words."""

    id: str
    customer_id: str
    metadata: Metadata
    why: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout session: open, complete or expired; `paid` says whether money has come, `pending` whether a payment
    that she agreed to is still being decided, for days even. Complete and neither of both: no money comes any more."""

    id: str
    status: str
    paid: bool
    pending: bool
    url: str | None
    customer_id: str | None
    subscription_id: str | None
    payment_intent: str | None
    amount_minor: int
    currency: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment: whose it is, and the bill that it paid, if there is one."""

    id: str
    customer_id: str | None
    invoice_id: str | None
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Back:
    """What went back of a payment, by refunds and by disputes that were lost, and what the bank says."""

    minor: int
    dispute: Dispute | None


@dataclass(frozen=True, slots=True)
class Told:
    """A signed message: what changed."""

    id: str
    type: str
    object_id: str
    api_version: str
    livemode: bool
    made_at: datetime


def instant(seconds: int) -> datetime:
    """A moment as Stripe writes it."""
    return datetime.fromtimestamp(seconds, UTC)


def instant_or_none(seconds: int | None) -> datetime | None:
    """The same, where there may be none."""
    return None if seconds is None else instant(seconds)


def balance_of(customer: Any) -> int:
    """What a customer owes, below zero what she has with the shop, as Stripe counts it; nothing for a deleted one."""
    return getattr(customer, "balance", None) or 0


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe counts them: 500 JPY is 500, 500 ISK is 50000."""
    ours, theirs = _factors(currency)
    return minor * theirs // ours


def from_stripe(amount: int, currency: str) -> int:
    """What Stripe counts, in our minor units."""
    ours, theirs = _factors(currency)
    return amount * ours // theirs


def _factors(currency: str) -> tuple[int, int]:
    decimals = precision(currency)
    return int(10**decimals), int(10 ** STRIPE_DECIMALS.get(currency, decimals))

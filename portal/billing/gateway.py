"""The only door to Stripe: one client at one version, our own shapes out, four kinds of failure.

What is of another shape than we know is a failure too, of that one object: `Unreadable`.

What is asked about a subscription that runs stands in `running`, about checkouts in `sessions`, about a customer in
`customers`, about money that went back in `returns`, what is sold and how in `offered`; nothing of Stripe's own objects
leaves them.
Amounts are minor units of our table (Stripe counts some currencies otherwise), instants are aware UTC, and whatever is
asked for carries the key that makes it once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache, partial
from logging import getLogger
from typing import Any, Final, TypeVar

import stripe

from portal import clock, config
from portal.billing import patience, paying
from portal.billing.messages import Event
from portal.billing.shapes import (
    Barred,
    Bill,
    Busy,
    Declined,
    Forged,
    Metadata,
    Missing,
    Planned,
    Rejected,
    Subscribed,
    Told,
    Unavailable,
    Unread,
    Unreadable,
    Waiting,
    from_stripe,
    instant,
    instant_or_none,
)

VERSION: Final = "2026-10-28.endive"
TIMEOUT_SECONDS = (5, 20)  # to connect, and between two bytes: a web worker waits for nobody longer
RETRIES = 2
TOLERANCE = timedelta(seconds=300)  # of Stripe's clock and ours
UNREADABLE = (  # what the library and our own reading raise over bytes that are no message
    stripe.SignatureVerificationError,
    ArithmeticError,  # instants that no calendar has
    OSError,
    TypeError,  # signatures of other letters
    ValueError,
)
UNLIKE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)  # what reading something else raises
log = getLogger("portal.billing")
SessionParams = stripe.params.checkout.SessionCreateParams
Session = stripe.checkout.Session
CustomerParams = stripe.params.CustomerCreateParams
PortalParams = stripe.params.billing_portal.SessionCreateParams
Invoice = stripe.Invoice
InvoicePreview = stripe.params.InvoiceCreatePreviewParams
Phase = stripe.params.SubscriptionScheduleUpdateParamsPhase
WHOLE = [
    "latest_invoice",
    "default_payment_method",
    "customer",  # alone: one who was deleted has nothing further to expand
    "schedule.phases.items.price",  # the last: too deep for a list
]  # what has to come along with a subscription


T = TypeVar("T")


class Way(stripe.RequestsClient):
    """The library's way to Stripe, with patience for whoever has it."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: object
    ) -> patience.Answer:
        """One call; answers body, status and headers."""
        return patience.asked(lambda: super(Way, self).request(method, url, headers, post_data))


class Gateway:
    """Stripe, as the portal uses it. Every call raises Missing, Unavailable or Rejected."""

    def __init__(self, key: str, api_base: str) -> None:
        self.livemode = key.split("_")[1:2] == ["live"]
        self.client = stripe.StripeClient(
            key,
            stripe_version=VERSION,
            max_network_retries=RETRIES,  # the client itself would not try again (stripe.md 1.3)
            http_client=Way(timeout=TIMEOUT_SECONDS),
            base_addresses={"api": api_base} if api_base else None,
        )

    def read_event(self, body: bytes, signature: str | None, secret: str, now: datetime) -> Told:
        """What a webhook says. Raises Forged for what is not signed with `secret`, was signed more than five minutes
        before or after `now`, or is no event.
        """
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(
                text, signature or "", secret, int(TOLERANCE.total_seconds())
            )
            # The library would make an object of every part of a message, and five words of it are kept.
            told = Event.model_validate_json(text).told()
            signed_at = _signed_at(signature or "")
        except UNREADABLE as error:
            raise Forged(type(error).__name__) from error
        if signed_at > now + TOLERANCE:  # the library looks at those that are too old alone
            raise Forged("it was signed in the future")
        return told

    def undelivered(self, since: datetime) -> list[Told]:
        """Events since then that reached nobody."""
        with failures():
            listed = self.client.v1.events.list(
                {"delivery_success": False, "created": {"gte": int(since.timestamp())}, "limit": 100}
            )
            return [told for one in listed.auto_paging_iter() if (told := _told(one)) is not None]

    def subscription(self, subscription_id: str) -> Subscribed:
        """A subscription as it is now, with its latest invoice, and what is charged next where it is not the price."""
        with failures():
            asked_at = clock.now()
            found = self.client.v1.subscriptions.retrieve(subscription_id, {"expand": WHOLE})
            due_minor = self._due_next(found) if paying.differs(found) else None
            return subscribed(found, due_minor, asked_at, self._charged(found))

    def _charged(self, found: stripe.Subscription) -> Any:
        """The payment method that is charged; None without one, or while it is being taken away."""
        method = paying.charged(found)
        if not isinstance(method, str):
            return method
        with suppress(stripe.InvalidRequestError):
            return self.client.v1.payment_methods.retrieve(method)
        return None

    def _due_next(self, found: stripe.Subscription) -> int | None:
        """What the next bill comes to, of a paused one if it went on now for a new period; None where none is to come,
        or it waits for money first."""
        ends = found.cancel_at is not None or found.cancel_at_period_end
        if found.status not in ("active", "trialing", "paused") or ends or found.pause_collection is not None:
            return None
        params: InvoicePreview = {"subscription": found.id}
        if found.status == "paused":
            params["subscription_details"] = {"resume_at": "now"}
        try:
            bill = self.client.v1.invoices.create_preview(params)
        except stripe.InvalidRequestError as error:
            if error.code != "invoice_upcoming_none":
                raise
            return None
        return from_stripe(bill.amount_due, found.currency.upper())

    def subscriptions(self, since: datetime | None = None) -> Iterator[Subscribed | Unread]:
        """Every subscription of the Stripe side, ended ones too; with `since` those made from then on. One that cannot
        be looked at is in nobody else's way."""
        params: stripe.params.SubscriptionListParams = {
            "status": "all", "limit": 100, "expand": [f"data.{part}" for part in WHOLE[:-1]],
        }  # fmt: skip
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        with failures():
            for found, asked_at in _each(lambda: self.client.v1.subscriptions.list(params)):
                yield _or_unread(found, partial(self._listed, found, asked_at))

    def _listed(self, found: stripe.Subscription, asked_at: datetime) -> Subscribed:
        # What it becomes lies too deep for a list (Stripe expands four levels), what is due next and what is the
        # customer's are none of it.
        method = paying.charged(found)
        alone = found.schedule is None and not paying.differs(found) and not isinstance(method, str)
        return subscribed(found, None, asked_at, method) if alone else self.subscription(found.id)

    def bill(self, invoice_id: str) -> Bill:
        """An invoice as it is now."""
        with failures():
            asked_at = clock.now()
            return _bill(self.client.v1.invoices.retrieve(invoice_id), asked_at)

    def bills(self, since: datetime | None = None) -> Iterator[Bill | Unread]:
        """Every invoice of the Stripe side; with `since` those made from then on. As `subscriptions`."""
        params: stripe.params.InvoiceListParams = {"limit": 100}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        with failures():
            for found, asked_at in _each(lambda: self.client.v1.invoices.list(params)):
                yield _or_unread(found, partial(_bill, found, asked_at))

    def bills_of(self, subscription_id: str) -> list[Bill]:
        """Every invoice of a subscription as it is now, oldest first."""
        params: stripe.params.InvoiceListParams = {"subscription": subscription_id, "limit": 100}
        with failures():
            listed = _each(lambda: self.client.v1.invoices.list(params))
            return [_bill(found, asked_at) for found, asked_at in listed][::-1]


def gateway() -> Gateway:
    """Stripe by the settings of this process."""
    settings = config.current()
    return _made(settings.stripe_secret_key, settings.stripe_api_base)


@lru_cache(maxsize=4)
def _made(key: str, api_base: str) -> Gateway:
    return Gateway(key, api_base)


@contextmanager
def failures() -> Iterator[None]:
    """Stripe's errors as ours."""
    try:
        yield
    except stripe.CardError as error:
        raise Declined(error.code or "card_error") from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unavailable(type(error).__name__) from error
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise Missing(_kind(error.param)) from error
        if _kind(error.param) == "price" and "inactive" in (error.user_message or ""):
            raise Missing("price") from error
        raise Rejected(error.user_message or "invalid request") from error
    except stripe.APIError as error:
        raise (Busy if error.http_status == 409 else Unavailable)(f"status {error.http_status}") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Barred(error.user_message or type(error).__name__) from error
    except stripe.StripeError as error:  # one key for two wishes
        raise Rejected(f"{type(error).__name__}: {error.user_message}") from error
    except UNLIKE as error:
        log.exception("Stripe answered what cannot be read")
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def _kind(param: str | None) -> str:
    """What a parameter names: only a missing customer may be made anew, never because of a missing price."""
    named = param or ""
    return "price" if "price" in named else named or "object"


def _each(ask: Callable[[], stripe.ListObject[Any]]) -> Iterator[tuple[Any, datetime]]:
    """All that is listed, with the instant before its page was asked for: meanwhile it may have become another."""
    asked_at = clock.now()
    page = ask()
    while not page.is_empty:
        for found in page.data:
            yield found, asked_at
        asked_at = clock.now()
        page = page.next_page()


def _or_unread(found: Any, look: Callable[[], T]) -> T | Unread:
    """One of many, or why it could not be looked at. Raises Unavailable and Barred, which are of all."""
    try:
        with failures():
            return look()
    except Barred:
        raise
    except (Unreadable, Missing, Rejected, Declined) as error:
        metadata = metadata_of(getattr(found, "metadata", None))
        return Unread(found.id, id_of(found.customer) or "", metadata, f"{type(error).__name__}: {error}")


def _told(found: stripe.Event) -> Told | None:
    """What an event of a list says; None, and a line in the log, for one of another shape."""
    try:
        return Event.model_validate(found.to_dict()).told()
    except UNLIKE:
        log.exception("the event %s cannot be read", found.id)
        return None


def _signed_at(signature: str) -> datetime:
    """The moment in a `Stripe-Signature` header that was found good."""
    return instant(next(int(part.split("=")[1]) for part in signature.split(",") if part.startswith("t=")))


def subscribed(
    found: stripe.Subscription, due_minor: int | None, asked_at: datetime, method: Any
) -> Subscribed:
    """A subscription in our shape, as it was asked for at `asked_at`, and the payment method that is charged; fetched
    with `WHOLE`, or without a schedule."""
    item = found["items"].data[0]
    price, currency = item.price, found.currency.upper()
    ends_at = found.cancel_at
    if ends_at is None and found.cancel_at_period_end:
        ends_at = item.current_period_end
    pause = found.pause_collection
    fingerprint, shown = paying.paid_with(method)
    return Subscribed(
        id=found.id,
        customer_id=id_of(found.customer) or "",
        status="incomplete" if paying.is_undecided(found) else found.status,
        item_id=item.id,
        price_id=price.id,
        lookup_key=metadata_of(price.metadata).get("lookup_key", ""),
        interval=price.recurring.interval if price.recurring is not None else "",
        amount_minor=from_stripe((price.unit_amount or 0) * (item.quantity or 1), currency),
        currency=currency,
        started_at=instant(found.start_date),
        period_start=instant(item.current_period_start),
        period_end=instant(item.current_period_end),
        has_trial=found.trial_end is not None,
        ends_at=instant_or_none(ends_at),
        ended_at=instant_or_none(found.ended_at),
        collection_paused=pause is not None,
        resumes_at=instant_or_none(pause.resumes_at if pause is not None else None),
        schedule_id=id_of(found.schedule),
        planned=_planned(found.schedule, price.id, currency),
        waiting=_waiting(found.pending_update),
        metadata=metadata_of(found.metadata),
        bill=_bill(found.latest_invoice, asked_at)
        if isinstance(found.latest_invoice, stripe.Invoice)
        else None,
        due_minor=due_minor,
        discounted=paying.is_discounted(found),
        card=fingerprint,
        card_shown=shown,
        needs_card=paying.needs_card(found),
        seen_at=asked_at,
    )


def _planned(schedule: Any, price_id: str, currency: str) -> Planned | None:
    """The first phase to come that has another price."""
    if not isinstance(schedule, stripe.SubscriptionSchedule) or schedule.current_phase is None:
        return None
    for phase in schedule.phases:
        item = phase["items"][0]
        if phase.start_date >= schedule.current_phase.end_date and item.price.id != price_id:
            amount = from_stripe((item.price.unit_amount or 0) * (item.quantity or 1), currency)
            return Planned(item.price.id, amount, instant(phase.start_date))
    return None


def _waiting(pending: Any) -> Waiting | None:
    if pending is None or not pending.subscription_items:
        return None
    return Waiting(pending.subscription_items[0].price.id, instant(pending.expires_at))


def _bill(found: stripe.Invoice, asked_at: datetime) -> Bill:
    parent, currency = found.parent, found.currency.upper()
    details = parent.subscription_details if parent is not None else None
    moments = found.status_transitions
    last = max(found.lines.data, key=lambda line: line.period.end, default=None)
    return Bill(
        id=found.id,
        customer_id=id_of(found.customer) or "",
        subscription_id=id_of(details.subscription) if details is not None else None,
        number=found.number,
        status="kept" if found.status == "draft" and not found.auto_advance else found.status or "",
        reason=found.billing_reason or "",
        currency=currency,
        total_minor=from_stripe(found.total, currency),
        due_minor=from_stripe(found.amount_due, currency),
        made_at=instant(found.created),
        finalized_at=instant_or_none(moments.finalized_at),
        paid_at=instant_or_none(moments.paid_at),
        hosted_url=found.hosted_invoice_url,
        price_id=price_of(last),
        until=None if last is None else instant(last.period.end),
        begins_period=paying.begins_period(found.lines.data),
        credit_minor=from_stripe(paying.credit_of(found), currency),
        seen_at=asked_at,
    )


def price_of(line: stripe.InvoiceLineItem | None) -> str | None:
    pricing = None if line is None else line.pricing
    details = None if pricing is None else pricing.price_details
    return None if details is None else id_of(details.price)


def id_of(found: Any) -> str | None:
    """The id of what is named or brought along."""
    return None if found is None else found if isinstance(found, str) else str(found.id)


def metadata_of(found: Any) -> Metadata:
    """What we wrote on an object, as text."""
    named: Mapping[str, Any] = {} if found is None else found.to_dict()
    return {name: str(value) for name, value in named.items()}

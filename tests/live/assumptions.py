"""Each assumption about Stripe that the portal and its stand-in are built on: a sentence, and a script that looks.

This is the one list. `test_assumptions.py` runs every script against the stand-in, and by `-m live` against Stripe.
`BY_HAND` are those that only a person at Stripe's own pages can look at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.live.side import PREFIX, Side, item, period, price_of
from tests.stripe_standin import DAY, VERSION

HOUR = 3600
ROUNDING = 1  # minor units by which a proration may be off


@dataclass(frozen=True, slots=True)
class Assumption:
    """What we take for granted of Stripe, and the script that finds out."""

    id: str
    sentence: str
    check: Callable[[Side], None]


ALL: list[Assumption] = []
BY_HAND = (
    "Checkout in `subscription` mode makes the subscription only when it is paid; a declined card leaves nothing but a "
    "failed charge.",
    "A trial without anything due has `payment_status` `no_payment_required` at Checkout.",
    "A restricted key with the rights that docs/operating.md names can do all that the portal asks for.",
    "Stripe's portal cancels a flexible subscription by `cancel_at`; it makes a new card the default of the customer "
    "and of her subscriptions, and does not try open bills.",
    "A failed renewal is tried again after 1, 3, 5, 7, 10 and 14 days, then cancelled; its last bill stays open (Smart "
    "Retries choose other moments, and the Dashboard says what comes at the end).",
    "A dispute takes the whole payment at once, and is listed by its payment intent; a disputed payment cannot be "
    "refunded while the bank decides, nor once the dispute was lost; it can once it was won.",
    "A refund that a bank does not take has the status `failed` and stays listed.",
    "Prorations round halves away from zero.",
    "A session of Checkout is listed by the payment intent that paid a plan for life.",
    "A change that waits for its money waits 23 hours, at most to the end of the period; so does the bill of a resume.",
)


def assume(check: Callable[[Side], None]) -> Callable[[Side], None]:
    """Put a script into the list, under its name; its docstring is the sentence."""
    ALL.append(Assumption(check.__name__, " ".join((check.__doc__ or "").split()), check))
    return check


# Joining


@assume
def told_in_order(side: Side) -> None:
    """A subscription is told as `created` while `incomplete`; `updated` to `active` follows its payment."""
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    assert made.status == "active"
    told = side.events(anna, "customer.subscription.created", "invoice.paid", "customer.subscription.updated")
    states = [one.data.object.status for one in told if one.type.startswith("customer.subscription")]
    assert (states[0], states[-1]) == ("incomplete", "active")


@assume
def first_payment_fails(side: Side) -> None:
    """A first payment that is declined leaves the subscription `incomplete` and its bill open."""
    anna = side.customer("pm_card_chargeCustomerFail")
    made = side.subscribe(anna, side.price(500), payment_behavior="allow_incomplete")
    assert (made.status, side.subscription(made.id).latest_invoice.status) == ("incomplete", "open")


@assume
def trial_without_card(side: Side) -> None:
    """A trial has a first bill over 0 that is paid; its end is told three days before, and ends it at once where there
    is no card and `missing_payment_method` is `cancel`.
    """
    anna = side.customer(None)
    made = side.subscribe(
        anna,
        side.price(500),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}},
    )
    bill = side.subscription(made.id).latest_invoice
    assert (made.status, bill.status, bill.total) == ("trialing", "paid", 0)
    assert not [one for one in side.v1.events.list({"types": ["customer.subscription.trial_will_end"]}).data
                if one.data.object.id == made.id]  # fmt: skip
    side.advance(made.trial_end - 3 * DAY + HOUR)
    side.events(anna, "customer.subscription.trial_will_end")
    side.advance(made.trial_end + 2 * HOUR)
    assert side.subscription(made.id).status == "canceled"
    assert len(side.bills(made.id)) == 1


@assume
def checkout_opens_and_expires(side: Side) -> None:
    """A Checkout session has an address, is listed by customer, and can be expired once."""
    anna = side.customer()
    session = side.session(anna, side.price(500), metadata={"op": "x"})
    assert (session.status, session.payment_status, bool(session.url)) == ("open", "unpaid", True)
    listed = side.v1.checkout.sessions.list({"customer": anna, "limit": 100}).data
    assert [one.metadata.to_dict() for one in listed] == [{"op": "x"}]
    assert side.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        side.v1.checkout.sessions.expire(session.id)


@assume
def put_away_price(side: Side) -> None:
    """A price that was put away is refused at Checkout, naming the parameter and saying `inactive`."""
    anna, price = side.customer(), side.price(500)
    side.v1.prices.update(price, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive") as refused:
        side.session(anna, price)
    assert "price" in (refused.value.param or "")


@assume
def lookup_key(side: Side) -> None:
    """A lookup key belongs to one price; another takes it only with `transfer_lookup_key`, and an archived price keeps
    it.
    """
    key = f"{PREFIX}:{side.clock}"
    first = side.price(500, lookup_key=key)
    with pytest.raises(stripe.InvalidRequestError):
        side.price(600, lookup_key=key)
    side.v1.prices.update(first, {"active": False})
    assert [one.id for one in side.v1.prices.list({"lookup_keys": [key]}).data] == [first]
    second = side.price(600, lookup_key=key, transfer_lookup_key=True)
    assert [one.id for one in side.v1.prices.list({"lookup_keys": [key]}).data] == [second]
    assert side.v1.prices.retrieve(first).lookup_key is None


@assume
def keys_once(side: Side) -> None:
    """The same idempotency key is the same object, said in a header; for another wish it is a 400."""
    key = {"idempotency_key": f"{PREFIX}:{side.clock}"}
    asked = {"name": PREFIX, "test_clock": side.clock}
    first, again = side.v1.customers.create(asked, key), side.v1.customers.create(asked, key)
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as refused:
        side.v1.customers.create(asked | {"name": "somebody else"}, key)
    assert refused.value.http_status == 400


# Renewals


@assume
def renewal_is_a_draft(side: Side) -> None:
    """A renewal is a draft for an hour, then finalized and charged; the period moves on at once."""
    made = side.subscribe(side.customer(), side.price(500))
    end = period(made)[1]
    side.advance(end + 600)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status, period(now)[0]) == ("active", "draft", end)
    assert now.latest_invoice.billing_reason == "subscription_cycle"
    side.advance(end + 2 * HOUR)
    bill = side.subscription(made.id).latest_invoice
    assert (bill.status, bill.amount_paid, bill.id) == ("paid", 500, now.latest_invoice.id)


@assume
def renewal_fails(side: Side) -> None:
    """A renewal that is declined makes the subscription `past_due`; its bill stays open with a next try, and
    `invoice.payment_failed` is told. Paid later, all is well again.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.new_card(anna, "pm_card_chargeCustomerFail")
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    bill = now.latest_invoice
    assert (now.status, bill.status, bill.attempt_count) == ("past_due", "open", 1)
    assert bill.next_payment_attempt > side.now
    side.events(anna, "invoice.payment_failed")
    good = side.new_card(anna, "pm_card_visa")
    side.v1.invoices.pay(bill.id, {"payment_method": good})
    assert side.subscription(made.id).status == "active"


@assume
def renewal_asks(side: Side) -> None:
    """A card that asks for 3-D Secure at a renewal leaves the payment in `requires_action`, and both
    `invoice.payment_action_required` and `invoice.payment_failed` are told.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.new_card(anna, "pm_card_authenticationRequired")
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status) == ("past_due", "open")
    assert payment_of(side, now.latest_invoice.id).status == "requires_action"
    side.events(anna, "invoice.payment_action_required", "invoice.payment_failed")


# Changes of plan


@assume
def prorations_by_the_second(side: Side) -> None:
    """A preview of a change counts seconds from `proration_date`: a credit below zero and a charge above, two lines of
    one bill; and a change with the same date charges exactly that.
    """
    gold, platinum = side.price(1000), side.price(3000)
    anna = side.customer()
    made = side.subscribe(anna, gold)
    start, end = period(made)
    at = start + (end - start) // 3
    side.advance(at)
    change = {
        "items": [{"id": item(made), "price": platinum}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    preview = side.v1.invoices.create_preview(
        {"customer": anna, "subscription": made.id, "subscription_details": change}
    )
    credit, charge = sorted(line.amount for line in preview.lines.data)
    left = (end - at) / (end - start)
    assert abs(credit + 1000 * left) <= ROUNDING
    assert abs(charge - 3000 * left) <= ROUNDING
    assert preview.amount_due == credit + charge
    side.v1.subscriptions.update(made.id, change | {"payment_behavior": "pending_if_incomplete"})
    now = side.subscription(made.id)
    bill = now.latest_invoice
    assert (bill.status, bill.amount_paid, bill.billing_reason) == (
        "paid",
        preview.amount_due,
        "subscription_update",
    )
    assert (price_of(now), period(now)) == (platinum, (start, end))


@assume
def another_interval(side: Side) -> None:
    """A change from month to year begins a period now and is billed at once, whatever `proration_behavior` says."""
    made = side.subscribe(side.customer(), side.price(500))
    side.advance(side.now + 5 * DAY)
    yearly = side.price(5000, "year")
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": yearly}], "proration_behavior": "none"}
    )
    now = side.subscription(made.id)
    assert period(now)[0] - side.now in range(HOUR)
    assert (now.latest_invoice.status, now.latest_invoice.total) == ("paid", 5000)


@assume
def bill_below_zero(side: Side) -> None:
    """A bill below zero is paid at once and becomes the customer's balance, which the next bill takes first."""
    anna = side.customer()
    made = side.subscribe(anna, side.price(3000))
    side.advance(side.now + 10 * DAY)
    gold = side.price(1000)
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": gold}], "proration_behavior": "always_invoice"}
    )
    bill = side.subscription(made.id).latest_invoice
    assert bill.total < 0
    assert (bill.status, bill.amount_due) == ("paid", 0)
    assert side.v1.customers.retrieve(anna).balance == bill.total
    side.advance(period(made)[1] + 2 * HOUR)
    after = side.subscription(made.id).latest_invoice
    assert (after.status, after.amount_due) == ("paid", max(0, 1000 + bill.total))


@assume
def change_waits(side: Side) -> None:
    """With `pending_if_incomplete` a change whose bill is declined waits in `pending_update` with the old price;
    voiding its bill drops it.
    """
    anna, gold = side.customer(), side.price(500)
    made = side.subscribe(anna, gold)
    side.new_card(anna, "pm_card_chargeCustomerFail")
    change = {
        "items": [{"id": item(made), "price": side.price(1500)}],
        "proration_behavior": "always_invoice",
    }
    side.v1.subscriptions.update(made.id, change | {"payment_behavior": "pending_if_incomplete"})
    now = side.subscription(made.id)
    assert (now.status, price_of(now), now.latest_invoice.status) == ("active", gold, "open")
    assert now.pending_update.expires_at > side.now
    side.v1.invoices.void_invoice(now.latest_invoice.id)
    after = side.subscription(made.id)
    assert (after.pending_update, price_of(after), after.status) == (None, gold, "active")


@assume
def schedule(side: Side) -> None:
    """A schedule made from a subscription changes its price with the next period: one bill over the new price, no
    prorations.
    """
    platinum, gold = side.price(1500), side.price(500)
    made = side.subscribe(side.customer(), platinum)
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    assert side.subscription(made.id).schedule == schedule.id
    first = {
        "items": [{"price": platinum, "quantity": 1}], "start_date": schedule.current_phase.start_date,
        "end_date": schedule.current_phase.end_date, "proration_behavior": "none",
    }  # fmt: skip
    then = {
        "items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"}, "proration_behavior": "none",
    }  # fmt: skip
    side.v1.subscription_schedules.update(
        schedule.id, {"end_behavior": "release", "proration_behavior": "none", "phases": [first, then]}
    )
    assert price_of(side.subscription(made.id)) == platinum
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (price_of(now), now.latest_invoice.status, now.latest_invoice.total) == (gold, "paid", 500)
    assert len(now.latest_invoice.lines.data) == 1


@assume
def schedule_names_its_discounts(side: Side) -> None:
    """A discount of a subscription that both phases of a schedule name by its id goes on as it was, for the new price
    too; one that they do not name is gone with the next bill.
    """
    half = side.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 3}).id
    side.later(lambda: side.v1.coupons.delete(half))
    platinum, gold = side.price(1500), side.price(500)

    def planned(named: bool) -> Any:
        made = side.subscribe(side.customer(), platinum, discounts=[{"coupon": half}])
        schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
        first: dict[str, Any] = {
            "items": [{"price": platinum, "quantity": 1}], "start_date": schedule.current_phase.start_date,
            "end_date": schedule.current_phase.end_date, "proration_behavior": "none",
        }  # fmt: skip
        then: dict[str, Any] = {
            "items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"},
            "proration_behavior": "none",
        }  # fmt: skip
        if named:
            first["discounts"] = then["discounts"] = [{"discount": discount_of(side, made.id).id}]
        side.v1.subscription_schedules.update(
            schedule.id, {"end_behavior": "release", "phases": [first, then]}
        )
        return made

    kept, dropped = planned(True), planned(False)
    ends = discount_of(side, kept.id).end
    assert side.v1.invoices.create_preview({"subscription": kept.id}).amount_due == 250
    side.advance(period(kept)[1] + 2 * HOUR)
    assert [one.amount_paid for one in side.bills(kept.id)] == [750, 250]
    assert discount_of(side, kept.id).end == ends
    assert [one.amount_paid for one in side.bills(dropped.id)] == [750, 500]


@assume
def schedule_released(side: Side) -> None:
    """Releasing a schedule leaves the subscription as it is, without a schedule."""
    made = side.subscribe(side.customer(), side.price(500))
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    assert side.v1.subscription_schedules.release(schedule.id).status == "released"
    now = side.subscription(made.id)
    assert (now.schedule, now.status, price_of(now)) == (None, "active", price_of(made))


@assume
def trial_keeps_its_end(side: Side) -> None:
    """A change between month and year during a trial leaves the trial's end as it is, and bills nothing."""
    made = side.subscribe(side.customer(), side.price(500), trial_period_days=14)
    yearly = side.price(5000, "year")
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": yearly}], "proration_behavior": "none"}
    )
    now = side.subscription(made.id)
    assert (now.status, now.trial_end, price_of(now)) == ("trialing", made.trial_end, yearly)
    assert sum(bill.amount_due for bill in side.bills(made.id)) == 0


@assume
def too_little_for_a_card(side: Side) -> None:
    """A bill of less than a card can be charged (0.30 GBP) has nothing due, is paid, and goes to the customer's
    balance, which the next bill takes first.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(20))
    bill = side.subscription(made.id).latest_invoice
    assert (made.status, bill.status, bill.total, bill.amount_due) == ("active", "paid", 20, 0)
    assert side.v1.customers.retrieve(anna).balance == 20
    assert side.v1.invoices.create_preview({"subscription": made.id}).amount_due == 40, (
        "what is open is in it"
    )
    side.v1.customers.update(anna, {"balance": 0})
    assert side.v1.customers.retrieve(anna).balance == 0


# Ending and pausing


@assume
def two_spellings_of_an_end(side: Side) -> None:
    """`cancel_at_period_end` sets `cancel_at` to the end of the period, and taking it back clears both; an instant in
    `cancel_at` is taken back by an empty text.
    """
    made = side.subscribe(side.customer(), side.price(500))
    end = period(made)[1]
    ending = side.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at, ending.status) == (end, "active")
    kept = side.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.cancel_at_period_end) == (None, False)
    dated = side.v1.subscriptions.update(made.id, {"cancel_at": end})
    assert dated.cancel_at == end
    assert side.v1.subscriptions.update(made.id, {"cancel_at": ""}).cancel_at is None


@assume
def ends_with_its_period(side: Side) -> None:
    """What is set to end is `canceled` when its period ends, is told as `deleted`, and is not billed again."""
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    side.advance(period(made)[1] + 2 * HOUR)
    assert side.subscription(made.id).status == "canceled"
    side.events(anna, "customer.subscription.deleted")
    assert len(side.bills(made.id)) == 1
    assert not side.v1.subscriptions.list({"customer": anna}).data
    assert [one.id for one in side.v1.subscriptions.list({"customer": anna, "status": "all"}).data] == [
        made.id
    ]


@assume
def cancelled_twice(side: Side) -> None:
    """Cancelling what has ended is a 404 `resource_missing`."""
    made = side.subscribe(side.customer(), side.price(500))
    assert side.v1.subscriptions.cancel(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.v1.subscriptions.cancel(made.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@assume
def pause_costs_nothing(side: Side) -> None:
    """A pause without unused time is told as `paused` and credits nothing; resuming in the same period with the anchor
    `unchanged` and no prorations costs nothing.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    paused = side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    assert (paused.status, paused.pause_collection) == ("paused", None)
    side.events(anna, "customer.subscription.paused")
    side.advance(side.now + DAY)
    side.v1.subscriptions.resume(
        made.id,
        {
            "billing_cycle_anchor": {"type": "unchanged"},
            "proration_behavior": "none",
            "payment_behavior": "resume_on_payment_success",
        },
    )
    now = side.subscription(made.id)
    assert (now.status, period(now), len(side.bills(made.id))) == ("active", period(made), 1)
    assert side.v1.customers.retrieve(anna).balance == 0


@assume
def resume_waits_for_its_money(side: Side) -> None:
    """While paused nothing is billed; with `resume_on_payment_success` it stays `paused` until the bill of its new
    period is paid.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    side.new_card(anna, "pm_card_chargeCustomerFail")
    side.advance(period(made)[1] + 3 * DAY)
    assert len(side.bills(made.id)) == 1
    side.v1.subscriptions.resume(
        made.id,
        {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"},
    )
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status) == ("paused", "open")
    side.v1.invoices.pay(now.latest_invoice.id, {"payment_method": side.new_card(anna, "pm_card_visa")})
    assert side.subscription(made.id).status == "active"


@assume
def resume_is_shown_with_its_discount(side: Side) -> None:
    """The preview of a paused subscription with `resume_at` now comes to what the bill of going on comes to."""
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    made = side.subscribe(side.customer(), side.price(500), discounts=[{"coupon": half}])
    side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    side.advance(period(made)[1] + 3 * DAY)
    shown = side.v1.invoices.create_preview(
        {"subscription": made.id, "subscription_details": {"resume_at": "now"}}
    )
    assert shown.amount_due == 250
    side.v1.subscriptions.resume(
        made.id,
        {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"},
    )
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.amount_paid) == ("active", shown.amount_due)


@assume
def collection_paused(side: Side) -> None:
    """A pause of collection leaves the status `active`, and its bills are void."""
    made = side.subscribe(side.customer(), side.price(500))
    side.v1.subscriptions.update(made.id, {"pause_collection": {"behavior": "void"}})
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status, now.pause_collection.behavior) == (
        "active",
        "void",
        "void",
    )


@assume
def discount_of_the_next_bill(side: Side) -> None:
    """The preview of the next bill has the discount on it while that lasts: two months of one are the first two bills,
    and a coupon that counts once is not used up by the empty bill of a trial.
    """
    twice = side.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 2}).id
    once = side.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    side.later(lambda: side.v1.coupons.delete(twice))
    side.later(lambda: side.v1.coupons.delete(once))
    anna, price = side.customer(), side.price(500)

    def due(subscription: str) -> int:
        return int(side.v1.invoices.create_preview({"subscription": subscription}).amount_due)

    made = side.subscribe(anna, price, discounts=[{"coupon": twice}])
    tried = side.subscribe(
        side.customer(), price, discounts=[{"coupon": once}], trial_end=side.now + 14 * DAY
    )
    assert (made.latest_invoice is not None, due(made.id), due(tried.id)) == (True, 250, 250)
    side.advance(period(made)[1] + 2 * HOUR)
    assert [one.amount_paid for one in side.bills(made.id)] == [250, 250]
    assert [one.amount_paid for one in side.bills(tried.id)] == [0, 250]
    assert (due(made.id), due(tried.id)) == (500, 500)


@assume
def next_bill_at_another_price(side: Side) -> None:
    """A preview at another price of the same interval, with nothing prorated, is the next bill with its discount."""
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    anna = side.customer()
    made = side.subscribe(anna, side.price(1500), discounts=[{"coupon": half}])
    details = {"items": [{"id": item(made), "price": side.price(500)}], "proration_behavior": "none"}
    shown = side.v1.invoices.create_preview(
        {"customer": anna, "subscription": made.id, "subscription_details": details}
    )
    assert (shown.amount_due, len(shown.lines.data)) == (250, 1)


@assume
def whole_period_with_named_discounts(side: Side) -> None:
    """A preview names which discounts count by their ids, or none by an empty text; at a price of another interval with
    nothing prorated it is a whole period of that. With a schedule for another price it is for the price that is named.
    """
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    anna, platinum, gold = side.customer(), side.price(1500), side.price(500)
    made = side.subscribe(anna, platinum, discounts=[{"coupon": half}])

    def whole(price: str, **more: Any) -> int:
        details = {"items": [{"id": item(made), "price": price}], "proration_behavior": "none"}
        asked = {"customer": anna, "subscription": made.id, "subscription_details": details} | more
        return int(side.v1.invoices.create_preview(asked).total)

    named = [{"discount": discount_of(side, made.id).id}]
    yearly = side.price(5000, "year")
    assert (whole(yearly, discounts=""), whole(yearly, discounts=named)) == (5000, 2500)
    assert whole(gold, discounts="") == 500
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    start, end = schedule.current_phase.start_date, schedule.current_phase.end_date
    first = {"items": [{"price": platinum, "quantity": 1}], "start_date": start, "end_date": end}
    then = {"items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"}}
    phases = [one | {"discounts": named, "proration_behavior": "none"} for one in (first, then)]
    side.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": phases})
    assert whole(platinum) == 750


@assume
def one_card_one_fingerprint(side: Side) -> None:
    """The same card has the same fingerprint for every customer, and comes along with a subscription when it is asked
    for."""
    found = []
    for card in ("pm_card_visa", "pm_card_visa", "pm_card_mastercard"):
        made = side.subscribe(anna := side.customer(card), side.price(500))
        method = side.v1.payment_methods.list({"customer": anna}).data[0].id
        side.v1.subscriptions.update(made.id, {"default_payment_method": method})
        whole = side.v1.subscriptions.retrieve(made.id, {"expand": ["default_payment_method"]})
        found.append(whole.default_payment_method.card.fingerprint)
    assert found[0] == found[1] != found[2]


# Money that goes back, and what is asked of Stripe


@assume
def refund(side: Side) -> None:
    """A refund to a card succeeds at once, is told as `refund.created` and `charge.refunded`, and does not end the
    subscription; more than was paid is refused. `invoice_payments` names the bill of a payment.
    """
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    bill = side.subscription(made.id).latest_invoice
    intent = payment_of(side, bill.id)
    of = {"type": "payment_intent", "payment_intent": intent.id}
    assert [one.invoice for one in side.v1.invoice_payments.list({"payment": of}).data] == [bill.id]
    back = side.v1.refunds.create({"payment_intent": intent.id, "amount": 200})
    assert (back.status, back.amount) == ("succeeded", 200)
    side.events(anna, "charge.refunded")
    told = [one.data.object.id for one in side.v1.events.list({"types": ["refund.created"]}).data]
    assert back.id in told
    assert side.v1.charges.retrieve(intent.latest_charge).amount_refunded == 200
    with pytest.raises(stripe.InvalidRequestError):
        side.v1.refunds.create({"payment_intent": intent.id, "amount": 301})
    assert side.subscription(made.id).status == "active"


@assume
def deleted_customer(side: Side) -> None:
    """A deleted customer is told as such, her subscriptions end, and Checkout calls her missing by the parameter
    `customer`.
    """
    anna, price = side.customer(), side.price(500)
    made = side.subscribe(anna, price)
    side.v1.customers.delete(anna)
    assert side.v1.customers.retrieve(anna).deleted
    assert side.subscription(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.session(anna, price)
    assert (refused.value.code, refused.value.param) == ("resource_missing", "customer")


@assume
def missing(side: Side) -> None:
    """A missing object is 404 by its path and 400 by a parameter, both times `resource_missing`."""
    with pytest.raises(stripe.InvalidRequestError) as by_path:
        side.v1.subscriptions.retrieve("sub_nowhere")
    with pytest.raises(stripe.InvalidRequestError) as by_parameter:
        side.subscribe("cus_nowhere", side.price(500))
    assert (by_path.value.http_status, by_path.value.code) == (404, "resource_missing")
    assert (by_parameter.value.http_status, by_parameter.value.code) == (400, "resource_missing")


@assume
def expanding(side: Side) -> None:
    """What the portal expands comes along: the price in a phase of a schedule, the latest bill in a list."""
    anna, price = side.customer(), side.price(500)
    made = side.subscribe(anna, price)
    side.v1.subscription_schedules.create({"from_subscription": made.id})
    whole = side.v1.subscriptions.retrieve(
        made.id, {"expand": ["latest_invoice", "schedule.phases.items.price"]}
    )
    assert whole.schedule.phases[0]["items"][0].price.unit_amount == 500
    listed = side.v1.subscriptions.list({"customer": anna, "expand": ["data.latest_invoice"]}).data
    assert [one.latest_invoice.status for one in listed] == ["paid"]


@assume
def portal_settings(side: Side) -> None:
    """Settings of Stripe's portal are found by their mark among the active ones, and open straight at the card."""
    mark = {"site": f"{PREFIX}:{side.clock}"}
    features: Any = {"payment_method_update": {"enabled": True}, "invoice_history": {"enabled": True}}
    made = side.v1.billing_portal.configurations.create({"metadata": mark, "features": features})
    side.later(lambda: side.v1.billing_portal.configurations.update(made.id, {"active": False}))
    listed = side.v1.billing_portal.configurations.list({"active": True, "limit": 100}).data
    assert [one.id for one in listed if one.metadata.to_dict() == mark] == [made.id]
    opened = side.v1.billing_portal.sessions.create(
        {
            "customer": side.customer(),
            "configuration": made.id,
            "return_url": "https://shop.example/",
            "flow_data": {"type": "payment_method_update"},
        }
    )
    assert opened.url.startswith("http")


@assume
def webhook_secret_once(side: Side) -> None:
    """A webhook endpoint keeps the version it was made with, and tells its secret only then."""
    made = side.v1.webhook_endpoints.create(
        {
            "url": "https://example.com/billing/events",
            "enabled_events": ["invoice.paid"],
            "api_version": VERSION,
            "metadata": {"site": PREFIX},
        }
    )
    side.later(lambda: side.v1.webhook_endpoints.delete(made.id))
    assert made.secret.startswith("whsec_")
    (found,) = [one for one in side.v1.webhook_endpoints.list({"limit": 100}).data if one.id == made.id]
    assert getattr(found, "secret", None) is None
    assert (found.api_version, found.metadata.to_dict()) == (VERSION, {"site": PREFIX})


def discount_of(side: Side, subscription: str) -> Any:
    """The first discount of a subscription."""
    return side.v1.subscriptions.retrieve(subscription, {"expand": ["discounts"]}).discounts[0]


def payment_of(side: Side, bill: str) -> Any:
    """The payment of a bill."""
    found = side.v1.invoices.retrieve(bill, {"expand": ["payments.data.payment.payment_intent"]})
    return found.payments.data[0].payment.payment_intent

"""Each assumption about Stripe that the portal and its stand-in are built on: a sentence, and the script that looks.

This is the one list; the scripts are beside it, by topic. `test_assumptions.py` runs every one against the stand-in,
and by `-m live` against Stripe. `BY_HAND` are those that only a person at Stripe's own pages can look at.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.live import asking, changing, ending, joining, reckoning, renewing
from tests.live.side import Side


@dataclass(frozen=True, slots=True)
class Assumption:
    """What we take for granted of Stripe, and the script that finds out."""

    check: Callable[[Side], None]
    sentence: str

    @property
    def id(self) -> str:
        """The name of its script."""
        return self.check.__name__


TOPICS = (joining, renewing, changing, ending, reckoning, asking)
ALL = (
    # Joining
    Assumption(
        joining.told_in_order,
        "A subscription is told as `created` while `incomplete`; `updated` to `active` follows its payment.",
    ),
    Assumption(
        joining.first_payment_fails,
        "A first payment that is declined leaves the subscription `incomplete` and its bill open.",
    ),
    Assumption(
        joining.trial_without_card,
        "A trial has a first bill over 0 that is paid; its end is told three days before, and ends it at "
        "once where there is no card and `missing_payment_method` is `cancel`.",
    ),
    Assumption(
        joining.checkout_opens_and_expires,
        "A Checkout session has an address, is listed by customer, and can be expired once.",
    ),
    Assumption(
        joining.put_away_price,
        "A price that was put away is refused at Checkout, naming the parameter and saying `inactive`.",
    ),
    # Renewals
    Assumption(
        renewing.renewal_is_a_draft,
        "A renewal is a draft for an hour, then finalized and charged; the period moves on at once.",
    ),
    Assumption(
        renewing.renewal_fails,
        "A renewal that is declined makes the subscription `past_due`; its bill stays open with a next "
        "try, and `invoice.payment_failed` is told. Paid later, all is well again.",
    ),
    Assumption(
        renewing.renewal_asks,
        "A card that asks for 3-D Secure at a renewal leaves the payment in `requires_action`, and both "
        "`invoice.payment_action_required` and `invoice.payment_failed` are told.",
    ),
    # Changes of plan
    Assumption(
        changing.prorations_by_the_second,
        "A preview of a change counts seconds from `proration_date`: a credit below zero and a charge "
        "above, two lines of one bill; and a change with the same date charges exactly that.",
    ),
    Assumption(
        changing.another_interval,
        "A change from month to year begins a period now and is billed at once, whatever "
        "`proration_behavior` says.",
    ),
    Assumption(
        changing.bill_below_zero,
        "A bill below zero is paid at once and becomes the customer's balance, which the next bill takes "
        "first.",
    ),
    Assumption(
        changing.change_waits,
        "With `pending_if_incomplete` a change whose bill is declined waits in `pending_update` with the "
        "old price; voiding its bill drops it.",
    ),
    Assumption(
        changing.schedule,
        "A schedule made from a subscription changes its price with the next period: one bill over the "
        "new price, no prorations.",
    ),
    Assumption(
        changing.schedule_names_its_discounts,
        "A discount of a subscription that both phases of a schedule name by its id goes on as it was, "
        "for the new price too; one that they do not name is gone with the next bill.",
    ),
    Assumption(
        changing.schedule_released,
        "Releasing a schedule leaves the subscription as it is, without a schedule.",
    ),
    Assumption(
        changing.trial_keeps_its_end,
        "A change between month and year during a trial leaves the trial's end as it is, and bills nothing.",
    ),
    # Ending and pausing
    Assumption(
        ending.two_spellings_of_an_end,
        "`cancel_at_period_end` sets `cancel_at` to the end of the period, and taking it back clears "
        "both; an instant in `cancel_at` is taken back by an empty text.",
    ),
    Assumption(
        ending.ends_with_its_period,
        "What is set to end is `canceled` when its period ends, is told as `deleted`, and is not billed "
        "again.",
    ),
    Assumption(ending.cancelled_twice, "Cancelling what has ended is a 404 `resource_missing`."),
    Assumption(
        ending.pause_costs_nothing,
        "A pause without unused time is told as `paused` and credits nothing; resuming in the same period "
        "with the anchor `unchanged` and no prorations costs nothing.",
    ),
    Assumption(
        ending.resume_waits_for_its_money,
        "While paused nothing is billed; with `resume_on_payment_success` it stays `paused` until the "
        "bill of its new period is paid.",
    ),
    Assumption(
        ending.resume_is_shown_with_its_discount,
        "The preview of a paused subscription with `resume_at` now comes to what the bill of going on "
        "comes to.",
    ),
    Assumption(
        ending.collection_paused,
        "A pause of collection leaves the status `active`, and its bills are void.",
    ),
    # What a bill comes to
    Assumption(
        reckoning.too_little_for_a_card,
        "A bill of less than a card can be charged (0.30 GBP) has nothing due, is paid, and goes to the "
        "customer's balance, which the next bill takes first.",
    ),
    Assumption(
        reckoning.what_a_bill_takes_of_a_balance,
        "A bill says what the customer's balance was before it and after; a balance transaction adds to it "
        "once for its key, is listed with its metadata, and is in the next bill.",
    ),
    Assumption(
        reckoning.discount_of_the_next_bill,
        "The preview of the next bill has the discount on it while that lasts: two months of one are the "
        "first two bills, and a coupon that counts once is not used up by the empty bill of a trial.",
    ),
    Assumption(
        reckoning.next_bill_at_another_price,
        "A preview at another price of the same interval, with nothing prorated, is the next bill with "
        "its discount.",
    ),
    Assumption(
        reckoning.whole_period_with_named_discounts,
        "A preview names which discounts count by their ids, or none by an empty text; at a price of "
        "another interval with nothing prorated it is a whole period of that. With a schedule for another "
        "price it is for the price that is named.",
    ),
    Assumption(
        reckoning.what_begins_a_period,
        "A change within a period is billed by prorations alone, one of them a credit; a first bill, a renewal, "
        "another interval and going on for a new period each have a line of the plan that is no proration, "
        "to the new end.",
    ),
    # Money that goes back, and what is asked of Stripe besides
    Assumption(
        asking.refund,
        "A refund to a card succeeds at once, is told as `refund.created` and `charge.refunded`, and does "
        "not end the subscription; more than was paid is refused. `invoice_payments` names the bill of a "
        "payment.",
    ),
    Assumption(
        asking.deleted_customer,
        "A deleted customer is told as such, her subscriptions end, and Checkout calls her missing by the "
        "parameter `customer`.",
    ),
    Assumption(
        asking.missing,
        "A missing object is 404 by its path and 400 by a parameter, both times `resource_missing`.",
    ),
    Assumption(
        asking.expanding,
        "What the portal expands comes along: the price in a phase of a schedule, the latest bill in a list.",
    ),
    Assumption(
        asking.lookup_key,
        "A lookup key belongs to one price; another takes it only with `transfer_lookup_key`, and an "
        "archived price keeps it.",
    ),
    Assumption(
        asking.keys_once,
        "The same idempotency key is the same object, said in a header; for another wish it is a 400.",
    ),
    Assumption(
        asking.one_card_one_fingerprint,
        "The same card has the same fingerprint for every customer, and comes along with a subscription "
        "when it is asked for.",
    ),
    Assumption(
        asking.portal_settings,
        "Settings of Stripe's portal are found by their mark among the active ones, and open straight at "
        "the card.",
    ),
    Assumption(
        asking.webhook_secret_once,
        "A webhook endpoint keeps the version it was made with, and tells its secret only then.",
    ),
)
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
    "A payment method of Link's or of a debit has the part of its own type alone: Link's has no card, no digits and no "
    "fingerprint, a debit's has the last four digits of its account and a fingerprint.",
    "While a bank decides on a first debit, the subscription is `incomplete`, or `active` with its first bill open "
    "(taken for `incomplete` until that is paid); the session is `complete` and `unpaid`.",
)

"""Billing: paid plans, by month, by year and once for life. The only home of Stripe.

It owns who is a customer at Stripe, what is under way there, what is paid for and until when. Stripe is fetched, never
believed: the webhook, the page that a member comes back to, the worker and the comparison all call the same writers. It
refuses a second plan beside a live one. It gives no tier: standing says which plan holds, and perks say what it brings.
"""

from portal.billing.by_hand import Owing, owing
from portal.billing.by_hand import settle as settle_by_hand
from portal.billing.check import faults
from portal.billing.gifts import bought as gifts_bought
from portal.billing.granted import due_members, end_given, follow_given, give_plan, next_due
from portal.billing.lines import Change, record_plan_change
from portal.billing.meter import Fee, Got, Meter
from portal.billing.models import BillingOperation, Invoice, PlanGrant, Purchase, StripeEvent, Subscription
from portal.billing.queries import facts, given, holding_of, holdings, is_on, standing
from portal.billing.reconcile import Report, nightly, reconcile, work_off
from portal.billing.rules import Holding, Standing
from portal.billing.rules import standing as standing_of
from portal.billing.setting_up import Side, Step, side
from portal.billing.setting_up import look as look_at_setup
from portal.billing.shapes import Barred, Declined, Missing, Rejected, Unavailable
from portal.billing.sold import keep_sold
from portal.billing.wishes import ask_to_end, let_go
from portal.billing.worth import Estimate, Part

__all__ = [
    "Barred",
    "BillingOperation",
    "Change",
    "Declined",
    "Estimate",
    "Fee",
    "Got",
    "Holding",
    "Invoice",
    "Meter",
    "Missing",
    "Owing",
    "Part",
    "PlanGrant",
    "Purchase",
    "Rejected",
    "Report",
    "Side",
    "Standing",
    "Step",
    "StripeEvent",
    "Subscription",
    "Unavailable",
    "ask_to_end",
    "due_members",
    "end_given",
    "facts",
    "faults",
    "follow_given",
    "gifts_bought",
    "give_plan",
    "given",
    "holding_of",
    "holdings",
    "is_on",
    "keep_sold",
    "let_go",
    "look_at_setup",
    "next_due",
    "nightly",
    "owing",
    "reconcile",
    "record_plan_change",
    "settle_by_hand",
    "side",
    "standing",
    "standing_of",
    "work_off",
]

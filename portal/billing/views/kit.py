"""What the pages of paid plans share: where they are, and what they say when Stripe is silent."""

import contextlib
from typing import Any

from flask import Blueprint, make_response
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, jobs, tiers
from portal.billing import outcome, queries
from portal.billing.named import is_sold_otherwise
from portal.billing.shapes import Declined, Missing, Rejected, Unavailable
from portal.programme import Plan, Programme
from portal.web.doors import is_mounted
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext

billing = Blueprint("billing", __name__)
BRANDS = {  # as Stripe names them, and as people do
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
WAYS = {  # the same of what is no card
    "acss_debit": "Pre-authorized debit",
    "amazon_pay": "Amazon Pay",
    "au_becs_debit": "BECS Direct Debit",
    "bacs_debit": "Bacs Direct Debit",
    "cashapp": "Cash App Pay",
    "kakao_pay": "Kakao Pay",
    "klarna": "Klarna",
    "link": "Link",
    "naver_pay": "Naver Pay",
    "paypal": "PayPal",
    "revolut_pay": "Revolut Pay",
    "sepa_debit": "SEPA Direct Debit",
    "us_bank_account": "ACH Direct Debit",
}


def plan_of(active: Programme, key: str) -> Plan | None:
    """The plan as the programme has it now; None for one that it no longer sells."""
    return next((plan for plan in active.plans if plan.key == key), None)


def standing_tier(active: Programme, *, without_plan: bool = False) -> tiers.Standing:
    """Where the member stands; `without_plan`: what is hers whatever becomes of her plan."""
    day = active.day(clock.now())
    held = tiers.grants(current_user.id)
    if without_plan:
        held = [one for one in held if one.source != "plan"]
    return tiers.standing(active, held, day, current_user.joined_on or day)


def is_stopped() -> bool:
    """Whether the card of the member who reads is stopped: then nothing new is paid or begun (decision 0023)."""
    return getattr(current_user, "frozen_at", None) is not None


def look_at_checkout(member_id: str) -> None:
    """Look at Stripe what became of a checkout that is open as far as we know: who has paid, and closed the browser
    before it came back, is not told that she has nothing. Where Stripe does not answer, what is known stands; during a
    visit of support too, which writes nothing."""
    if is_mounted():
        return
    waiting = queries.open_checkout(member_id) if queries.is_on() else None
    if waiting is None or waiting.session_id is None:
        return
    with contextlib.suppress(Unavailable, Missing, Rejected, Declined):
        outcome.sync_checkout(waiting.session_id, clock.now())
        if queries.open_checkout(member_id) is None:
            jobs.wake()


def card_words(live: Row[Any] | None) -> str | None:
    """The card that is charged for a plan, such as "Visa ending in 4242", or another way that it is paid, such as
    "Link"; None where it is not known."""
    if live is None or not live.card:
        return None
    make, _space, digits = live.card.partition(" ")
    if make in WAYS and digits:
        return _("%(way)s, account ending in %(digits)s", way=WAYS[make], digits=digits)
    if not digits:
        return WAYS.get(make)
    if make not in BRANDS:
        return _("a card ending in %(digits)s", digits=digits)
    return _("%(brand)s ending in %(digits)s", brand=BRANDS[make], digits=digits)


def is_unsold(active: Programme, key: str | None) -> bool:
    """Whether this is a plan of the programme that nobody new can have."""
    plan = plan_of(active, key or "")
    return plan is not None and not plan.for_sale


def not_sold() -> str:
    """What was chosen is for sale no longer."""
    return _("This plan is not sold any more. Nothing was charged.")


def over(active: Programme) -> str:
    """Her plan has ended already; whether she can come back to it."""
    had = queries.standing(current_user.id, active.day(clock.now()))
    if had is not None and not is_sold_otherwise(active, had.plan):
        return _("It has ended already.")
    return _("It has ended already. You can join again at any time.")


def unreachable() -> str:
    """Stripe does not answer what was to be paid."""
    return _("Payments cannot be reached right now. Nothing was charged. Try again in a minute.")


def not_done() -> str:
    """What was asked for is not so, and cannot be made so now."""
    return _("That was not done, and nothing was changed. Try again later, or write to us.")


def moved_on() -> str:
    """The page that was answered showed another period."""
    return _("A new period has begun since you looked. Nothing was changed: look at the days again.")


def noted() -> str:
    """Stripe does not answer what was asked for: it is carried out later."""
    return _(
        "We have taken note of it. It is carried out as soon as payments can be reached, within minutes."
    )


def unspoken(page: str) -> Response:
    """A page that tells no other where it was."""
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def too_often(seconds: int) -> str:
    """How long to wait after too many tries."""
    minutes = -(-seconds // 60)
    return ngettext(
        "That was too often. Wait %(num)s minute, then try again.",
        "That was too often. Wait %(num)s minutes, then try again.",
        minutes,
    )

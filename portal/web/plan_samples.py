"""The pages of paid plans for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from portal.web import samples

Context = dict[str, Any]
JULY = date(2026, 7, 10)
PAY_URL = "#pay"


class PlainForm(FlaskForm):
    """A button."""


class EndForm(FlaskForm):
    """Why somebody ends her plan."""

    reason = SelectField("What is the reason?", choices=[SelectChoice("", "I would rather not say")])


def standing(status: str = "active", **changes: Any) -> Sample:
    """A plan by month on a day; `changes` replace its facts."""
    facts: Context = {
        "plan": "plus-monthly", "status": status, "perks": True, "paid_until": JULY, "last_day": None,
        "next_charge_on": None, "amount_minor": 300, "for_life": False,
    }  # fmt: skip
    return Sample(**(facts | changes))


def plans(**changes: Any) -> Context:
    """The plans page of a member who has none."""
    shop = samples.shop()
    prices = [
        {"plan": plan, "saving_minor": 600 if plan.interval == "year" else 0, "offered": True}
        for plan in shop.plans
    ]
    choice = {
        "label": "Plus", "detail": shop.plans[0].detail, "perks": shop.perks_of(shop.plans[0].perks), "prices": prices,
    }  # fmt: skip
    facts: Context = {
        "layout": "layouts/member.html", "choices": [choice], "chosen": None, "standing": None, "standing_plan": None,
        "waiting": None, "base_perks": shop.perks_of(shop.base_tier.perks), "is_on": True, "is_member": True,
        "fault": None, "form": PlainForm(),
    }  # fmt: skip
    return facts | changes


def membership(**changes: Any) -> Context:
    """The page of a plan that goes on."""
    shop = samples.shop()
    bills = [
        Sample(
            made_at=datetime(2026, month, 10, 9, tzinfo=UTC), total_minor=300, currency="GBP", status="paid",
            hosted_url="#invoice",
        )
        for month in (6, 5)
    ]  # fmt: skip
    facts: Context = {
        "standing": standing(next_charge_on=JULY), "plan": shop.plans[0], "label": "Plus",
        "perks": shop.perks_of(shop.plans[0].perks), "live": live(), "wish": None, "tier": "Silver", "bills": bills,
        "has_customer": True, "is_on": True, "fault": None, "form": PlainForm(),
    }  # fmt: skip
    return facts | changes


def live(**changes: Any) -> Sample:
    """A subscription that goes on."""
    facts: Context = {
        "status": "active", "ends_on": None, "paid_until": JULY, "paid_on": date(2026, 6, 10), "pay_url": None,
        "amount_minor": 300, "currency": "GBP",
    }  # fmt: skip
    return Sample(**(facts | changes))


def cancel(ends_on: date | None) -> Context:
    """The page before a plan ends."""
    shop = samples.shop()
    return {
        "form": EndForm(), "label": "Plus", "ends_on": ends_on, "ending": shop.perks_of(shop.plans[0].perks),
        "tier": "Silver", "available": 1240, "live": live(),
    }  # fmt: skip


def came_back(state: str) -> Context:
    """The page of a payment that is not there yet."""
    again = "/gallery/pages/plan-open" if state == "confirming" else None
    return {
        "plan": samples.shop().plans[0], "state": state, "pay_url": PAY_URL, "again_url": again, "seconds": 600,
    }  # fmt: skip


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "plans": ("billing/plans.html", plans),
    "plans-visitor": (
        "billing/plans.html", lambda: plans(layout="layouts/public.html", is_member=False, chosen="plus-yearly"),
    ),
    "plans-off": ("billing/plans.html", lambda: plans(is_on=False)),
    "plans-waiting": ("billing/plans.html", lambda: plans(waiting=samples.shop().plans[0])),
    "plans-refused": ("billing/plans.html", lambda: plans(fault="Payments cannot be reached right now.")),
    "plan-joined": (
        "billing/joined.html",
        lambda: {
            "plan": samples.shop().plans[0], "standing": standing(next_charge_on=JULY),
            "perks": plans()["choices"][0]["perks"],
        },
    ),
    "plan-confirming": ("billing/return.html", lambda: came_back("confirming")),
    "plan-open": ("billing/return.html", lambda: came_back("open")),
    "plan-expired": ("billing/return.html", lambda: came_back("expired")),
    "membership": ("billing/membership.html", membership),
    "membership-ending": (
        "billing/membership.html", lambda: membership(standing=standing("cancelling", last_day=JULY)),
    ),
    "membership-failed": (
        "billing/membership.html",
        lambda: membership(
            standing=standing("past_due", last_day=date(2026, 7, 17)), live=live(status="past_due", pay_url=PAY_URL)
        ),
    ),
    "membership-life": (
        "billing/membership.html",
        lambda: membership(
            standing=standing(for_life=True, paid_until=None), plan=samples.shop().plans[2], live=live(ends_on=JULY)
        ),
    ),
    "membership-ended": (
        "billing/membership.html",
        lambda: membership(standing=standing("ended", perks=False, last_day=JULY), live=None),
    ),
    "membership-unpaid": (
        "billing/membership.html",
        lambda: membership(standing=standing("ended", perks=False), live=live(status="unpaid", pay_url=PAY_URL)),
    ),
    "membership-paused": (
        "billing/membership.html", lambda: membership(standing=standing("paused", perks=False)),
    ),
    "membership-none": (
        "billing/membership.html",
        lambda: membership(standing=None, plan=None, label="", live=None, bills=[], has_customer=False),
    ),
    "plan-cancel": ("billing/cancel.html", lambda: cancel(JULY)),
    "plan-cancel-today": ("billing/cancel.html", lambda: cancel(None)),
}  # fmt: skip

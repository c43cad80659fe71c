"""The pages of changing and pausing a plan for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

from portal.web import plan_samples, samples
from portal.web.plan_samples import JULY, PAY_URL, TURNS, PlainForm, live, membership, standing

Context = dict[str, Any]
ALONE: Context = TURNS | {"may_change": False, "may_pause": False}


def change(**changes: Any) -> Context:
    """The plans that somebody who pays by month could have instead."""
    shop = samples.shop()
    prices = [
        {"plan": plan, "amount_minor": plan.price_minor, "currency": "GBP", "moves_now": moves_now}
        for plan, moves_now in ((shop.plans[1], True), (shop.plans[0], False))
    ]
    choice = {
        "label": "Plus", "detail": shop.plans[0].detail, "perks": shop.perks_of(shop.plans[0].perks),
        "prices": prices[:1],
    }  # fmt: skip
    facts: Context = {
        "label": "Plus", "held": shop.plans[0], "live": live(), "fixed": None,
        "choices": [choice, choice | {"label": "Plus for two", "prices": prices[1:]}],
        "life": shop.plans[2].price_minor, "fault": None, "form": PlainForm(),
    }  # fmt: skip
    return facts | changes


def shown(kind: str = "change", **facts: Any) -> Context:
    """A change before it is done."""
    month, year = samples.shop().plans[:2]
    told = {
        "due_minor": 2710, "carried_minor": 0, "next_minor": 3000, "discounted": False, "currency": "GBP",
        "trial": False,
    } | facts  # fmt: skip
    plan, next_on = (month, JULY) if kind == "later" else (year, date(2027, 6, 10))
    return {
        "op": Sample(id="01K1Q7T3M8Z5W2V9X4Y6B0C1DE", kind=kind, facts=told), "plan": plan, "next_on": next_on,
        "label": "Plus", "held": month, "planned": None, "needs_card": False, "form": PlainForm(),
    }  # fmt: skip


def pause(**changes: Any) -> Context:
    """The page before a pause."""
    shop = samples.shop()
    facts: Context = {
        "label": "Plus", "live": live(), "perks": shop.perks_of(shop.plans[0].perks), "months": 4, "tier": "Silver",
        "available": 1240, "planned": None, "stopped": False, "period_minor": 300, "form": PlainForm(),
    }  # fmt: skip
    return facts | changes


def waiting() -> Context:
    """A plan whose change waits for its payment."""
    until = datetime(2026, 6, 11, 8, tzinfo=UTC)
    return membership(
        standing=standing(next_charge_on=JULY),
        live=live(pay_url=PAY_URL, pay_minor=2710, waiting_until=until),
        turns=ALONE | {"waiting": "Plus"},
    )


def planned() -> Context:
    """A plan that becomes another one with the next period."""
    plan = samples.shop().plans[0]
    return membership(
        standing=standing(next_charge_on=JULY),
        live=live(next_on=JULY, next_minor=300),
        turns=TURNS | {"next": plan, "next_label": plan.label},
    )


def paused(**changes: Any) -> Context:
    """A plan that stands still."""
    turns = ALONE | {"resume_minor": 0} | changes.pop("turns", {})
    return membership(
        standing=standing("paused", perks=False), live=live(**({"status": "paused"} | changes)), turns=turns
    )


def retired() -> Any:
    """A plan that is for sale no longer."""
    return samples.shop().plans[0].model_copy(update={"for_sale": False, "label": "Plus of old"})


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "plan-change": ("billing/change.html", change),
    "plan-change-first": ("billing/change.html", lambda: change(fixed="pay_first")),
    "plan-change-stopped": ("billing/change.html", lambda: change(fixed="stopped")),
    "plan-change-none": ("billing/change.html", lambda: change(choices=[], life=None)),
    "plan-change-shown": ("billing/change_shown.html", shown),
    "plan-change-making": ("billing/change.html", lambda: change(fixed="being_paid")),
    "plan-change-little": (
        "billing/change_shown.html",
        lambda: shown(due_minor=0, carried_minor=17, next_due_minor=3017, next_open_minor=17),
    ),
    "plan-change-balance": (
        "billing/change_shown.html",
        lambda: shown(due_minor=0, open_minor=-2710, next_due_minor=2710, next_open_minor=-290),
    ),
    "plan-change-discount": (
        "billing/change_shown.html",
        lambda: shown(discounted=True, next_due_minor=2400),
    ),
    "plan-change-later": ("billing/change_shown.html", lambda: shown("later", due_minor=0, next_minor=300)),
    "plan-change-retired": (
        "billing/change_shown.html",
        lambda: shown() | {"label": retired().label, "held": retired()},
    ),
    "plan-cancel-retired": ("billing/cancel.html", lambda: plan_samples.cancel(JULY) | {"unsold": "Plus"}),
    "plans-retired": (
        "billing/plans.html",
        lambda: plan_samples.plans(
            standing=standing(next_charge_on=JULY),
            standing_plan=retired(),
            fault="This plan is not sold any more.",
        ),
    ),
    "plan-pause": ("billing/pause.html", pause),
    "plan-pause-stopped": ("billing/pause.html", lambda: pause(stopped=True)),
    "plan-pause-planned": ("billing/pause.html", lambda: pause(planned="Plus for two", months=0)),
    "plan-pause-discount": (
        "billing/pause.html",
        lambda: pause(planned="Plus for two", period_minor=None),
    ),
    "plan-cancel-tier": (
        "billing/cancel.html",
        lambda: plan_samples.cancel(JULY) | {"plan_tier": "VIP", "next_label": "Plus for two"},
    ),
    "membership-waiting": ("billing/membership.html", waiting),
    "membership-planned": ("billing/membership.html", planned),
    "membership-paused-free": ("billing/membership.html", paused),
    "membership-paused-owed": (
        "billing/membership.html",
        lambda: paused() | {"owed": {"minor": 300, "currency": "GBP", "pays": True}},
    ),
    "membership-paused-open": (
        "billing/membership.html",
        lambda: paused(pay_url=PAY_URL, turns={"resume_minor": 300}),
    ),
    "membership-paused-without-card": (
        "billing/membership.html",
        lambda: paused(needs_card=True, turns={"resume_minor": 300}),
    ),
    "membership-paused-by-us": (
        "billing/membership.html",
        lambda: paused(paused_until=JULY, turns={"resume_minor": None}),
    ),
}

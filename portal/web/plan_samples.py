"""The pages of paid plans for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.billing import Estimate, Fee, Got, Meter, Part
from portal.web import samples

Context = dict[str, Any]
JULY = date(2026, 7, 10)
PAY_URL = "#pay"
TURNS: Context = {
    "label": "Plus", "next": None, "next_label": None, "waiting": None, "may_change": True, "may_pause": True,
    "resume_minor": None,
    "resume_paid": True,
}  # fmt: skip


class PlainForm(FlaskForm):
    """A button."""


class EndForm(FlaskForm):
    """Why somebody ends her plan."""

    reason = SelectField("What is the reason?", choices=[SelectChoice("", "I would rather not say")])
    comment = TextAreaField("Anything you would like to tell us")


def standing(status: str = "active", **changes: Any) -> Sample:
    """A plan by month on a day; `changes` replace its facts."""
    facts: Context = {
        "plan": "plus-monthly", "status": status, "perks": True, "paid_until": JULY, "last_day": None,
        "next_charge_on": None, "amount_minor": 300, "currency": "GBP", "for_life": False, "given": "",
        "needs_card": False,
    }  # fmt: skip
    return Sample(**(facts | changes))


def worth(*parts: Part, **changes: Any) -> dict[str, Estimate]:
    """What Plus would have given on nine orders of a year."""
    facts: Context = {
        "since": date(2025, 6, 11), "through": date(2026, 6, 10), "interval": "year", "payments": 1,
        "payment_minor": 3000, "currency": "GBP", "rate": Fraction(1), "orders": 9, "parts": parts,
        "uncounted": ("A gift box for every birthday you name",),
    }  # fmt: skip
    return {"Plus": Estimate(**(facts | changes))}


DELIVERY = Part("delivery", "Free delivery on every order", 7, 2800)
LESS = worth(DELIVERY)
MORE = worth(
    DELIVERY, Part("percent", "5% off in our shops", 2, 415), Part("points", "", 9, 212, points=212),
    Part("reward", "£5.00 off each month", 6, 3000, of=12),
    Part("given_points", "A birthday treat", 1, 200, points=200),
    Part("dividend", "Your dividend", 9, 1290), while_held=2, cut=True,
)  # fmt: skip


def meter(*got: Got, fees: int = 7, back: int = 0, **changes: Any) -> Meter:
    """What was paid for Plus by month, and what it gave."""
    paid = [
        Fee(date(2025, 11 + month, 10) if month < 2 else date(2026, month - 1, 10), 300, "GBP")
        for month in range(fees)
    ]
    if back:
        paid.append(Fee(date(2026, 6, 10), 3000, "GBP", back))
    facts: Context = {"uncounted": ("Free delivery on every order", "A gift box for every birthday you name")}
    total = sum(fee.kept_minor for fee in paid)
    return Meter(date(2025, 11, 10), tuple(paid), got, total, **(facts | changes))


GOT = (
    Got("points", "", 9, 212, points=212), Got("reward", "£5.00 off each month", 7, 2500, used=5, left_minor=500),
    Got("thing", "A birthday treat", 1, 0, used=1), Got("dividend", "Your dividend", 1, 1290),
)  # fmt: skip


ESTIMATES = [
    found["Plus"]
    for found in (
        LESS,
        MORE,
        worth(DELIVERY, payment_minor=2800),
        worth(orders=0, while_held=2),
        worth(DELIVERY, payment_minor=3500, currency="EUR", rate=None),
    )
]
IN_EUROS = Meter(date(2025, 11, 10), (Fee(date(2025, 11, 10), 350, "EUR"),), GOT, None)
METERS = [meter(*GOT), meter(fees=0), IN_EUROS]


def plans(**changes: Any) -> Context:
    """The plans page of a member who has none."""
    shop = samples.shop()
    prices = [
        {
            "plan": plan,
            "amount_minor": plan.price_minor,
            "currency": "GBP",
            "saving_minor": 600 if plan.interval == "year" else 0,
            "trial_days": 0,
            "offered": True,
            "shown": plan.key,
        }
        for plan in shop.plans
    ]
    choice = {
        "label": "Plus", "detail": shop.plans[0].detail, "perks": shop.perks_of(shop.plans[0].perks), "prices": prices,
    }  # fmt: skip
    facts: Context = {
        "layout": "layouts/member.html", "choices": [choice], "chosen": None, "standing": None, "standing_plan": None,
        "waiting": None, "base_perks": shop.perks_of(shop.base_tier.perks), "is_on": True, "is_member": True,
        "pending": False, "stopped": False, "fault": None, "form": PlainForm(), "worth": LESS, "shown_in": "GBP",
        "also_in": [],
    }  # fmt: skip
    return facts | changes


def plans_in_euros() -> Context:
    """The plans page of a member who may choose her currency, and try it first."""
    found = plans(
        shown_in="EUR",
        also_in=["GBP", "JPY"],
        worth=worth(DELIVERY, payment_minor=3500, currency="EUR", rate=None),
    )
    for price in found["choices"][0]["prices"]:
        price |= {"amount_minor": price["amount_minor"] + 50, "currency": "EUR", "trial_days": 14}
    return found


def membership(**changes: Any) -> Context:
    """The page of a plan that goes on."""
    shop = samples.shop()
    bills = [
        Sample(
            made_at=datetime(2026, month, 10, 9, tzinfo=UTC), total_minor=300, currency="GBP", status="paid",
            paid_minor=300, refunded_minor=0, hosted_url="#invoice",
        )
        for month in (6, 5)
    ]  # fmt: skip
    facts: Context = {
        "standing": standing(next_charge_on=JULY), "plan": shop.plans[0], "label": "Plus",
        "perks": shop.perks_of(shop.plans[0].perks), "live": live(), "turns": TURNS, "wish": None,
        "given": [], "beside": None,
        "tier": "Silver", "bills": bills, "has_customer": True, "is_on": True, "disputed": False,
        "card": "Visa ending in 4242",
        "checking": False, "is_late": False, "owed": None, "by_hand": None, "credit": None, "stopped": False,
        "withdraw": [], "in_making": None, "fault": None, "form": PlainForm(), "meter": meter(*GOT),
    }  # fmt: skip
    return facts | changes


GIVEN: Context = {
    "label": "Plus", "since": None, "until": date(2026, 9, 9), "source": "staff", "note": "Sorry for the lost parcel.",
}  # fmt: skip


def given(*rows: Context) -> Context:
    """The page of a plan that was given."""
    return membership(
        standing=standing(given="staff", paid_until=None, last_day=rows[-1]["until"]), given=list(rows), live=None,
        turns={}, bills=[], has_customer=False, meter=None,
    )  # fmt: skip


def live(**changes: Any) -> Sample:
    """A subscription that goes on."""
    facts: Context = {
        "status": "active", "ends_on": None, "paid_until": JULY, "paid_on": date(2026, 6, 10), "pay_url": None,
        "amount_minor": 300, "currency": "GBP", "pay_minor": 300, "due_minor": None, "paused_until": None,
        "next_on": None, "next_minor": None, "waiting_until": None, "needs_card": False,
    }  # fmt: skip
    return Sample(**(facts | changes))


def cancel(ends_on: date | None) -> Context:
    """The page before a plan ends."""
    shop = samples.shop()
    return {
        "form": EndForm(), "label": "Plus", "ends_on": ends_on, "ending": shop.perks_of(shop.plans[0].perks),
        "tier": "Silver", "available": 1240, "live": live(), "plan_tier": None, "next_label": None,
        "in_making": None, "due": None, "stopped": False, "unsold": "",
        "last": Sample(paid_minor=300, currency="GBP", made_at=datetime(2026, 6, 10, 9, tzinfo=UTC)),
    }  # fmt: skip


def withdraw() -> Context:
    """The page before somebody withdraws."""
    shop = samples.shop()
    return {
        "open": Sample(of="sub_1", last_day=date(2026, 6, 24), minor=300, currency="GBP", runs=True),
        "label": "Plus", "credit_minor": 0, "name": None, "stays": None, "stays_label": None,
        "ending": shop.perks_of(shop.plans[0].perks), "tier": "Silver", "plan_tier": "Gold", "form": PlainForm(),
    }  # fmt: skip


def one_of_two() -> Context:
    """The page before somebody withdraws from what she pays for each month, and keeps what she has for life."""
    return withdraw() | {
        "name": "Plus (each month)", "stays": Sample(for_life=True), "stays_label": "Plus", "credit_minor": 200,
        "ending": [], "plan_tier": None,
    }  # fmt: skip


def ended_before() -> Context:
    """The page before somebody withdraws from what has ended."""
    return withdraw() | {
        "open": Sample(of="sub_1", last_day=date(2026, 6, 24), minor=300, currency="GBP", runs=False),
        "ending": [], "plan_tier": None,
    }  # fmt: skip


def _opened(*amounts: int, runs: bool = True) -> list[tuple[Sample, str]]:
    """What can be withdrawn from, one for each amount."""
    return [
        (
            Sample(of=f"sub_{minor}", last_day=date(2026, 6, 24), minor=minor, currency="GBP", runs=runs),
            "Plus",
        )
        for minor in amounts
    ]


def came_back(state: str) -> Context:
    """The page of a payment that is not there yet."""
    again = "/gallery/pages/plan-open" if state == "confirming" else None
    return {
        "plan": samples.shop().plans[0], "state": state, "pay_url": PAY_URL, "again_url": again, "seconds": 600,
    }  # fmt: skip


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "plans": ("billing/plans.html", plans),
    "plans-visitor": (
        "billing/plans.html",
        lambda: plans(layout="layouts/public.html", is_member=False, worth={}, chosen="plus-yearly"),
    ),
    "plans-euros": ("billing/plans.html", lambda: plans_in_euros()),
    "plans-off": ("billing/plans.html", lambda: plans(is_on=False)),
    "plans-worth-more": ("billing/plans.html", lambda: plans(worth=MORE)),
    "plans-worth-nothing": ("billing/plans.html", lambda: plans(worth=worth(no_delivery=True))),
    "plans-worth-unknown": ("billing/plans.html", lambda: plans(worth=worth(orders=0))),
    "plans-waiting": ("billing/plans.html", lambda: plans(waiting=samples.shop().plans[0])),
    "plans-pending": ("billing/plans.html", lambda: plans(waiting=samples.shop().plans[0], pending=True)),
    "plans-stopped": ("billing/plans.html", lambda: plans(stopped=True, waiting=samples.shop().plans[0])),
    "plans-refused": ("billing/plans.html", lambda: plans(fault="Payments cannot be reached right now.")),
    "plan-joined": (
        "billing/joined.html",
        lambda: {
            "plan": samples.shop().plans[0], "standing": standing(next_charge_on=JULY),
            "perks": plans()["choices"][0]["perks"], "runs_out": None, "stopped": False,
        },
    ),
    "plan-joined-without-card": (
        "billing/joined.html",
        lambda: {
            "plan": samples.shop().plans[0], "standing": standing("trialing", last_day=JULY, needs_card=True),
            "perks": plans()["choices"][0]["perks"], "runs_out": None, "stopped": False,
        },
    ),
    "plan-confirming": ("billing/return.html", lambda: came_back("confirming")),
    "plan-open": ("billing/return.html", lambda: came_back("open")),
    "plan-open-stopped": ("billing/return.html", lambda: came_back("open") | {"pay_url": None}),
    "plan-expired": ("billing/return.html", lambda: came_back("expired")),
    "plan-failed": ("billing/return.html", lambda: came_back("failed")),
    "plan-trial-had": ("billing/return.html", lambda: came_back("trial_had")),
    "membership": ("billing/membership.html", membership),
    "membership-without-card": (
        "billing/membership.html",
        lambda: membership(standing=standing("trialing", last_day=JULY, needs_card=True), live=live(status="trialing")),
    ),
    "membership-owed": (
        "billing/membership.html",
        lambda: membership(
            standing=standing("ended", perks=False, last_day=JULY), live=None,
            owed={"minor": 300, "currency": "GBP", "pays": False},
            credit={"minor": 200, "currency": "GBP", "pays": False},
        ),
    ),
    "membership-owed-by-hand": (
        "billing/membership.html",
        lambda: membership(
            standing=standing("ended", perks=False, last_day=JULY), live=None,
            by_hand={"minor": 300, "currency": "GBP", "pays": False},
        ),
    ),
    "membership-stopped": ("billing/membership.html", lambda: membership(stopped=True)),
    "membership-worth-less": ("billing/membership.html", lambda: membership(meter=meter(GOT[0], back=3000, cut=True))),
    "membership-worth-unseen": (
        "billing/membership.html", lambda: membership(meter=meter(GOT[0], saves_unseen=True)),
    ),
    "membership-worth-unknown": ("billing/membership.html", lambda: membership(meter=meter(fees=0), bills=[])),
    "membership-ending": (
        "billing/membership.html", lambda: membership(standing=standing("cancelling", last_day=JULY)),
    ),
    "membership-failed": (
        "billing/membership.html",
        lambda: membership(
            standing=standing("past_due", last_day=date(2026, 7, 17)), live=live(status="past_due", pay_url=PAY_URL),
            turns=TURNS | {"may_change": False, "may_pause": False},
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
        "billing/membership.html",
        lambda: membership(
            standing=standing("paused", perks=False), live=live(status="paused"),
            turns=TURNS | {"may_change": False, "may_pause": False, "resume_minor": 300},
        ),
    ),
    "membership-given": ("billing/membership.html", lambda: given(GIVEN)),
    "membership-given-more": (
        "billing/membership.html",
        lambda: membership(given=[GIVEN | {"source": "gift", "note": None, "since": date(2026, 9, 10)}]),
    ),
    "membership-given-unpaid": (
        "billing/membership.html",
        lambda: membership(
            standing=standing(given="staff", paid_until=None, last_day=GIVEN["until"]), given=[GIVEN],
            beside=standing("ended", perks=False), live=live(status="past_due", pay_url=PAY_URL),
            turns=TURNS | {"may_change": False, "may_pause": False},
        ),
    ),
    "membership-given-paused": (
        "billing/membership.html",
        lambda: membership(
            standing=standing(given="staff", paid_until=None, last_day=GIVEN["until"]), given=[GIVEN],
            beside=standing("paused", perks=False), live=live(status="paused"),
            turns=TURNS | {"may_change": False, "may_pause": False, "resume_minor": 300},
        ),
    ),
    "plans-given": (
        "billing/plans.html",
        lambda: plans(
            standing=standing(given="gift", last_day=date(2026, 9, 9)), standing_plan=samples.shop().plans[0]
        ),
    ),
    "membership-none": (
        "billing/membership.html",
        lambda: membership(standing=None, plan=None, label="", live=None, bills=[], meter=None, has_customer=False),
    ),
    "plan-cancel": ("billing/cancel.html", lambda: cancel(JULY)),
    "plan-cancel-stopped": ("billing/cancel.html", lambda: cancel(JULY) | {"stopped": True}),
    "plan-cancel-today": ("billing/cancel.html", lambda: cancel(None)),
    "plan-cancel-paused": ("billing/cancel.html", lambda: cancel(JULY) | {"live": live(status="paused")}),
    "plan-withdraw": ("billing/withdraw.html", withdraw),
    "membership-withdraw": (
        "billing/membership.html",
        lambda: membership(disputed=True, withdraw=_opened(300)),
    ),
    "plan-withdraw-one-of-two": ("billing/withdraw.html", one_of_two),
    "plan-withdraw-ended": ("billing/withdraw.html", ended_before),
    "membership-withdraw-ended": (
        "billing/membership.html",
        lambda: membership(
            standing=standing("ended", perks=False), live=None, withdraw=_opened(300, runs=False)
        ),
    ),
    "membership-withdraw-two": (
        "billing/membership.html",
        lambda: membership(standing=standing(for_life=True), withdraw=_opened(300, 9000)),
    ),
}  # fmt: skip

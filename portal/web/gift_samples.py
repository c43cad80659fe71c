"""The pages of plans as gifts for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField

from portal.web import samples

Context = dict[str, Any]
CODE = "K7QM-2XRD-9TVB-4HNC"
URL = f"https://pennywren.example/gift/{CODE}"
JUNE = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
SEPTEMBER = date(2026, 9, 10)


class NewForm(FlaskForm):
    """A plan for a friend."""

    once = HiddenField()
    shown = HiddenField()
    choice = RadioField("What would you like to give?", choices=[])
    friend = StringField("Your friend's e-mail address")
    words = TextAreaField("A line from you")


class CodeForm(FlaskForm):
    """The code of a gift."""

    code = StringField("The code of your gift")


class PlainForm(FlaskForm):
    """A button."""


def new(**changes: Any) -> Context:
    """What can be given."""
    plus = samples.shop().plans[0]
    offers = [
        Sample(key=f"plus-monthly-{months}", plan=plus, months=months, minor=minor, currency="GBP")
        for months, minor in ((1, 300), (3, 900), (6, 1800), (12, 3000))
    ]
    facts: Context = {
        "form": NewForm(formdata=None), "choices": [Sample(label="Plus", offers=offers)], "chosen": offers[1].key,
        "days": 14, "stopped": False, "fault": None,
    }  # fmt: skip
    return facts | changes


def gift(**changes: Any) -> Sample:
    """Three months of Plus, paid and mailed."""
    facts: Context = {
        "id": "0" * 26, "months": 3, "amount_minor": 900, "currency": "GBP", "is_mailed": True, "paid_at": JUNE,
        "words": "Happy birthday, Berta. Tea is on me.", "redeemed_at": None, "refunded_minor": 0,
    }  # fmt: skip
    return Sample(**(facts | changes))


def bought(**changes: Any) -> Context:
    """One that she bought."""
    facts: Context = {
        "gift": gift(), "label": "Plus", "code": CODE, "url": URL, "qr_svg": samples.qr(), "became": "not used yet",
        "thanks": True, "back_until": date(2026, 6, 24), "is_stuck": False, "stopped": False,
        "form": PlainForm(formdata=None),
    }  # fmt: skip
    return facts | changes


def hers(**changes: Any) -> Context:
    """What a friend is given."""
    plus = samples.shop().plans[0]
    facts: Context = {
        "layout": "layouts/member.html", "label": "Plus", "months": 3, "giver": "Anna", "is_own": False,
        "words": "Happy birthday, Berta. Tea is on me.", "perks": samples.shop().perks_of(plus.perks), "dead": None,
        "outlook": Sample(first_day=JUNE.date(), last_day=SEPTEMBER, wait=None), "today": JUNE.date(), "of": "0" * 26,
        "given_until": None, "ends_on": None, "form": PlainForm(formdata=None),
    }  # fmt: skip
    return facts | changes


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "gift-new": ("billing/gift_new.html", new),
    "gift-new-stopped": ("billing/gift_new.html", lambda: new(stopped=True)),
    "gift-bought": ("billing/gift_bought.html", bought),
    "gift-used": (
        "billing/gift_bought.html",
        lambda: bought(gift=gift(redeemed_at=JUNE), code="", became="used", thanks=False, back_until=None),
    ),
    "gift-stuck": ("billing/gift_bought.html", lambda: bought(thanks=False, is_stuck=True)),
    "gift-withdraw": (
        "billing/gift_withdraw.html",
        lambda: {
            "gift": gift(), "label": "Plus", "minor": 900, "back_until": date(2026, 6, 24), "brought": True,
            "form": PlainForm(formdata=None),
        },
    ),
    "gifts": (
        "billing/gifts.html",
        lambda: {
            "gifts": [(gift(), "Plus", "not used yet"), (gift(months=12, amount_minor=3000), "Plus", "used")],
            "sells": True,
            "stopped": False,
            "form": PlainForm(formdata=None),
        },
    ),
    "gifts-none": (
        "billing/gifts.html",
        lambda: {"gifts": [], "sells": True, "stopped": False, "form": PlainForm(formdata=None)},
    ),
    "gifts-stopped": (
        "billing/gifts.html",
        lambda: {
            "gifts": [(gift(), "Plus", "not used yet")], "sells": True, "stopped": True,
            "form": PlainForm(formdata=None),
        },
    ),
    "gift-code": (
        "billing/gift_code.html", lambda: {"layout": "layouts/public.html", "form": CodeForm(formdata=None)},
    ),
    "gift-mailed": (
        "billing/gift_mailed.html", lambda: {"layout": "layouts/public.html", "form": CodeForm(formdata=None)},
    ),
    "gift-open": ("billing/gift.html", hers),
    "gift-visitor": ("billing/gift.html", lambda: hers(layout="layouts/public.html", outlook=None)),
    "gift-follows": (
        "billing/gift.html",
        lambda: hers(
            outlook=Sample(first_day=date(2026, 7, 11), last_day=date(2026, 10, 11), wait=None),
            given_until=date(2026, 7, 10),
        ),
    ),
    "gift-waits": (
        "billing/gift.html",
        lambda: hers(outlook=Sample(first_day=JUNE.date(), last_day=SEPTEMBER, wait="paid"), ends_on=SEPTEMBER),
    ),
    "gift-due": (
        "billing/gift.html", lambda: hers(outlook=Sample(first_day=JUNE.date(), last_day=SEPTEMBER, wait="due")),
    ),
    "gift-joining": (
        "billing/gift.html",
        lambda: hers(outlook=Sample(first_day=JUNE.date(), last_day=SEPTEMBER, wait="under_way")),
    ),
    "gift-life": (
        "billing/gift.html", lambda: hers(outlook=Sample(first_day=JUNE.date(), last_day=SEPTEMBER, wait="life")),
    ),
    "gift-taken": ("billing/gift.html", lambda: hers(dead="already_used", words=None, outlook=None)),
}  # fmt: skip

"""Invented gifts to causes for the gallery: the page Give, the last question, the receipt."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace as Sample
from typing import Any

from portal.web.gallery_forms import GiftForm, PlainForm, StandingForm, refused
from portal.web.samples import shop


def gifts(value_minor: int, number: int) -> Sample:
    """What was given to one cause, at a penny a point."""
    return Sample(points=value_minor, value_minor=value_minor, gifts=number)


GIFT = Sample(
    label="Hedgerow Wildlife",
    points=500,
    value_minor=500,
    currency="GBP",
    on=date(2026, 5, 24),
    reference="9TVB-4HNC",
    url="/gallery/pages/gift",
)


def give() -> dict[str, Any]:
    """The page Give of a member with points, who has given before."""
    totals = [
        (gifts(1500, 3), gifts(128450, 212)),
        (gifts(0, 0), gifts(91200, 140)),
        (gifts(0, 0), gifts(0, 0)),
    ]
    return {
        "fault": None,
        "available": 1240,
        "most": 1200,
        "digits": 2,
        "causes": [
            Sample(cause=cause, mine=mine, everybody=everybody, from_us=mine.value_minor)
            for cause, (mine, everybody) in zip(shop().charities, totals, strict=True)
        ],
        "gifts": [GIFT, GIFT],
        "collects": True,
        "waiting": 0,
        "monthly": Sample(label="Hedgerow Wildlife", points=500, next_on=date(2026, 7, 1)),
    }


def gift_to_confirm() -> dict[str, Any]:
    """The last question before a gift."""
    cause = shop().charities[0]
    return {
        "cause": cause,
        "points": 500,
        "typed": "500",
        "value_minor": 500,
        "added_minor": 250,
        "left": 740,
        "given_before": "",
        "once": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE",
    }


def receipt(*, thanks: bool) -> dict[str, Any]:
    """A gift that was made."""
    totals = {"mine": gifts(2000, 4), "everybody": gifts(128950, 213)}
    return {"gift": GIFT, "thanks": thanks, "added_minor": 250, "line_url": "/gallery/pages/line", **totals}


PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "give": (
        "giving/give.html",
        lambda: give() | {"form": GiftForm(data={"charity": "forests", "points": 500})},
    ),
    "give-refused": (
        "giving/give.html",
        lambda: give() | {"form": refused(GiftForm), "fault": "Nothing was given: choose fewer."},
    ),
    "give-each-month": (
        "giving/give.html",
        lambda: (
            give()
            | {
                "form": GiftForm(data={"charity": "forests", "points": 500}),
                "monthly": None,
                "standing_form": StandingForm(data={"charity": "forests", "points": "500"}),
            }
        ),
    ),
    "give-too-few": (
        "giving/give.html",
        lambda: give() | {"form": GiftForm(), "most": 0, "available": 60, "gifts": []},
    ),
    "give-no-cause": (
        "giving/give.html",
        lambda: give() | {"form": GiftForm(), "causes": [], "gifts": []},
    ),
    "give-waiting": (
        "giving/give.html",
        lambda: give() | {"form": GiftForm(), "most": 0, "waiting": 500, "cause_form": refused(GiftForm)},
    ),
    "give-from-us": (
        "giving/give.html",
        lambda: give() | {"form": GiftForm(), "most": 0, "collects": False, "gifts": []},
    ),
    "give-confirm": ("giving/confirm.html", lambda: gift_to_confirm() | {"form": PlainForm()}),
    "give-confirm-again": (
        "giving/confirm.html",
        lambda: (
            gift_to_confirm()
            | {
                "form": PlainForm(),
                "given_before": "You gave exactly this 2 minutes ago. If you give now, it is a second gift.",
            }
        ),
    ),
    "gift": ("giving/receipt.html", lambda: receipt(thanks=False)),
    "gift-thanks": ("giving/receipt.html", lambda: receipt(thanks=True)),
}

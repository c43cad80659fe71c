"""Invented friends for the gallery: the page Share, and where somebody lands who comes by a link."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace as Sample
from typing import Any

import segno
from markupsafe import Markup

from portal.web.gallery_forms import DetailsForm, PlainForm
from portal.web.samples import shop

OFFERS = [
    Sample(where="United States", friend="10% off", inviter="10% off", detail="", minimum_minor=0),
    Sample(
        where="United Kingdom, Ireland",
        friend="£10.00 off",
        inviter="£10.00 off",
        detail="On your next order.",
        minimum_minor=0,
    ),
]


def share(**changes: Any) -> dict[str, Any]:
    """The page Share of a member with a friend in each state, who was invited herself."""
    url = "https://pennywren.example/r/anna-7k2"
    days = {"ordered_on": None, "due_on": None, "rewarded_on": None}
    began = days | {"ordered_on": date(2026, 5, 12)}
    drawing = segno.make(url, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    drawn = Markup(drawing)  # noqa: S704 - segno draws, from an address of ours
    facts: dict[str, Any] = {
        "code": "anna-7k2",
        "url": url,
        "qr_svg": drawn,
        "offers": [_thanks()],
        "terms": shop().referral,
        "room": 18,
        "friends": [
            Sample(name="Ben", joined_on=date(2026, 5, 20), **days),
            Sample(name="", joined_on=date(2026, 5, 2), **began | {"due_on": date(2026, 6, 11)}),
            Sample(name="Cleo", joined_on=date(2026, 3, 1), **began | {"rewarded_on": date(2026, 4, 11)}),
        ],
        "mine": Sample(
            name="Zoe",
            joined_on=date(2026, 3, 2),
            ordered_on=date(2026, 5, 14),
            due_on=date(2026, 6, 13),
            settled_on=None,
            friend="£5.00 off, with thanks",
            days=30,
        ),
        "today": date(2026, 5, 24),
    }
    return facts | changes


def _thanks() -> Sample:
    label, detail = "£5.00 off, with thanks", "Online or in the shop, once, from £20.00."
    return Sample(where="", friend=label, inviter=label, detail=detail, minimum_minor=2000)


def invitation(state: str) -> dict[str, Any]:
    """Where a friend lands by a link."""
    inviter = None if state == "unknown" else Sample(name="Anna", code="anna-7k2")
    return {"state": state, "inviter": inviter, "offers": [_thanks()], "join_url": "/gallery/pages/address"}


def invited() -> dict[str, Any]:
    """The last step of joining for who came by a link."""
    return {"inviter": Sample(name="Anna", code="anna-7k2"), "gift": "£5.00 off, with thanks"}


PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "share": ("referrals/share.html", lambda: share() | {"form": PlainForm()}),
    "share-new": (
        "referrals/share.html",
        lambda: share(friends=[], mine=None) | {"form": PlainForm()},
    ),
    "share-full": (
        "referrals/share.html",
        lambda: share(room=0, offers=OFFERS) | {"form": PlainForm()},
    ),
    "share-no-code": (
        "referrals/share.html",
        lambda: share(code=None, friends=[]) | {"form": PlainForm()},
    ),
    "share-nothing": (
        "referrals/share.html",
        lambda: share(offers=[], friends=[], mine=None) | {"form": PlainForm()},
    ),
    "invitation": ("referrals/invitation.html", lambda: invitation("open")),
    "invitation-abroad": (
        "referrals/invitation.html",
        lambda: invitation("open") | {"offers": OFFERS},
    ),
    "invitation-own": ("referrals/invitation.html", lambda: invitation("own")),
    "invitation-member": ("referrals/invitation.html", lambda: invitation("member")),
    "invitation-unknown": ("referrals/invitation.html", lambda: invitation("unknown")),
    "details-invited": (
        "joining/details.html",
        lambda: {"form": DetailsForm(data={"code": "anna-7k2"}), **invited()},
    ),
}

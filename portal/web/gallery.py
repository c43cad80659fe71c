"""The gallery: every component in every state and every page with invented data, to look at and to test.

Registered in development and testing only. It reads nothing but the shipped programme file and writes nothing.
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace as Sample
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask_wtf.csrf import generate_csrf

from portal.web import (
    board_samples,
    change_samples,
    desk_samples,
    gift_samples,
    giving_samples,
    home_samples,
    passkey_samples,
    plan_samples,
    reward_samples,
    safety_samples,
    samples,
    sharing_samples,
    staff_samples,
    tier_samples,
)
from portal.web.gallery_forms import (
    AddressForm,
    ChildForm,
    CodeForm,
    ConsentForm,
    DayForm,
    DetailsForm,
    GiftForm,
    PlainForm,
    SpendForm,
    refused,
)
from portal.web.policies import policy

Context = dict[str, Any]

gallery = Blueprint("gallery", __name__, url_prefix="/gallery")

MATERIALS = (("paper", "Member"), ("silver", "Silver"), ("gold", "Gold"), ("ink", "Platinum"))


def _you() -> Context:
    return {
        "you": samples.YOU,
        "form": ConsentForm(),
        "child_form": ChildForm(),
    }


def _explained(name: str) -> Context:
    return {"line": home_samples.explained(name)}


def _plain() -> str:
    """Address of the stand-ins' own stylesheet."""
    asset: Callable[[str], str] = current_app.jinja_env.globals["asset"]  # type: ignore[assignment]  # globals are objects
    return asset("css/sandbox.css")


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "landing": ("joining/landing.html", lambda: samples.landing() | {"form": SpendForm(), "estimate": None}),
    "estimate": (
        "joining/landing.html",
        lambda: samples.landing() | {"form": SpendForm(data={"spend": "60"}), "estimate": samples.ESTIMATE},
    ),
    "address": (
        "signin/address.html",
        lambda: {"form": AddressForm(), "purpose": "join", "suggestion": None},
    ),
    "address-typo": (
        "signin/address.html",
        lambda: {
            "form": AddressForm(data={"email": "anna@gmial.com"}),
            "purpose": "sign-in",
            "suggestion": "anna@gmail.com",
        },
    ),
    "code": (
        "signin/code.html",
        lambda: {
            "form": CodeForm(),
            "email": "a•••@example.com",
            "resend_in": 30,
            "demo_mailbox_url": "/gallery/pages/mailbox",
        },
    ),
    "code-wrong": (
        "signin/code.html",
        lambda: {
            "form": refused(CodeForm),
            "email": "a•••@example.com",
            "resend_in": 0,
            "demo_mailbox_url": None,
        },
    ),
    "code-over": (
        "signin/code.html",
        lambda: {"form": CodeForm(), "email": "a•••@example.com", "is_over": True, "resend_in": 0},
    ),
    "link": (
        "signin/link.html",
        lambda: {"form": PlainForm(), "email": "a•••@example.com", "other_browser": False},
    ),
    "link-elsewhere": (
        "signin/link.html",
        lambda: {"form": PlainForm(), "email": "a•••@example.com", "other_browser": True},
    ),
    "expired": ("signin/expired.html", lambda: {"reason": "used", "minutes": 10}),
    "signed-out": ("signin/signed_out.html", dict),
    "details": ("joining/details.html", lambda: {"form": DetailsForm()}),
    "details-refused": (
        "joining/details.html",
        lambda: {"form": refused(DetailsForm, birthday_day="", birthday_month="")},
    ),
    "former-address": ("joining/former_address.html", samples.former_address),
    "leave": ("joining/leave.html", lambda: {"leaving": samples.leaving(), "form": PlainForm()}),
    "leave-stopped": (
        "joining/leave.html",
        lambda: {"leaving": samples.leaving(stopped=True), "form": PlainForm()},
    ),
    "left": ("joining/left.html", dict),
    "link-request": ("joining/link.html", lambda: samples.link_request("open") | {"form": PlainForm()}),
    "link-request-stopped": ("joining/link.html", lambda: samples.link_request("stopped")),
    "link-request-linked": ("joining/link.html", lambda: samples.link_request("linked")),
    "link-request-late": ("joining/link.html", lambda: samples.link_request("late")),
    "link-request-changed": ("joining/link.html", lambda: samples.link_request("changed")),
    "link-request-unknown": ("joining/link.html", lambda: {"found": None, "email": None, "days": 14}),
    "home": ("home/home.html", lambda: {"home": home_samples.home()}),
    "home-new": ("home/home.html", lambda: {"home": home_samples.new_member()}),
    "home-owing": ("home/home.html", lambda: {"home": home_samples.owing_member()}),
    "home-everything": ("home/home.html", lambda: {"home": home_samples.busy_member()}),
    "home-plan": ("home/home.html", lambda: {"home": home_samples.member_without_points()}),
    "home-no-points": ("home/home.html", lambda: {"home": home_samples.member_without_points("Member")}),
    "your-day": ("home/your_day.html", lambda: home_samples.your_day("open") | {"form": DayForm()}),
    "your-day-moved": ("home/your_day.html", lambda: home_samples.your_day("moved") | {"form": DayForm()}),
    "your-day-refused": (
        "home/your_day.html",
        lambda: home_samples.your_day("settled") | {"form": refused(DayForm)},
    ),
    "your-day-not-hers": (
        "home/your_day.html",
        lambda: home_samples.your_day("not-hers") | {"form": DayForm()},
    ),
    "activity": (
        "home/activity.html",
        lambda: {"lines": samples.LINES, "older_url": "#older", "newest_url": None},
    ),
    "activity-empty": ("home/activity.html", lambda: {"lines": [], "older_url": None, "newest_url": None}),
    "line": ("home/line.html", lambda: {"line": samples.ORDER}),
    **{f"line-{name}": ("home/line.html", partial(_explained, name)) for name in home_samples.TRACES},
    "card": (
        "home/card.html",
        lambda: {
            "card": Sample(name="Anna Ferris", number=samples.NUMBER, tier_label="Silver"),
            "qr_svg": samples.qr(),
        },
    ),
    "you": ("home/you.html", lambda: _you() | {"children": None, "child_form": None}),
    "you-children": ("home/you.html", lambda: _you() | {"children": home_samples.CHILDREN}),
    "you-child-refused": (
        "home/you.html",
        lambda: _you() | {"children": [], "child_form": refused(ChildForm)},
    ),
    **reward_samples.PAGES,
    **giving_samples.PAGES,
    **sharing_samples.PAGES,
    "help": ("web/help.html", lambda: {"reference": "line 31"}),
    "legal": ("web/legal.html", lambda: {"page": samples.shop().pages.terms}),
    "error": (
        "errors/error.html",
        lambda: {
            "title": "This page is not here",
            "what_happened": "The address may be old, or a letter went missing on the way.",
            "what_to_do": "Your points are safe. Start again from your card.",
            "action_url": "/gallery/pages/home",
            "action_label": "Go to my card",
            "request_id": "7f3a-91c2",
        },
    ),
    "error-stopped": (
        "errors/error.html",
        lambda: {
            "title": "Not while your card is stopped",
            "what_happened": "You told us that something was not you. Until the stop is lifted nothing is taken, "
            "given, paid or begun, and your address and your ways to sign in stay as they are.",
            "what_to_do": "What you pay for can still be ended.",
            "action_url": "/gallery/pages/stopped",
            "action_label": "See what lifts the stop",
            "request_id": "7f3a-91c2",
        },
    ),
    **board_samples.PAGES,
    **desk_samples.PAGES,
    **safety_samples.PAGES,
    **passkey_samples.PAGES,
    **staff_samples.PAGES,
    **plan_samples.PAGES,
    **gift_samples.PAGES,
    **change_samples.PAGES,
    **tier_samples.PAGES,
    "mailbox": ("sandbox/mailbox.html", lambda: {"messages": samples.MESSAGES, "css_url": _plain()}),
    "message": (
        "sandbox/message.html",
        lambda: {"message": samples.MESSAGES[0], "back_url": "/gallery/pages/mailbox", "css_url": _plain()},
    ),
    "till": ("sandbox/till.html", lambda: samples.TILL | {"csrf": generate_csrf(), "css_url": _plain()}),
    "developers": ("merchant/developers.html", lambda: {"operations": samples.OPERATIONS}),
}


@gallery.get("/")
@policy("debug")
def index() -> str:
    """Every component in every state, and the list of page previews."""
    forms = {
        "empty": AddressForm(),
        "refused": refused(AddressForm),
        "code": CodeForm(),
        "code_refused": refused(CodeForm),
        "gift": GiftForm(data={"charity": "forests", "points": 500}),
        "gift_of_money": GiftForm(prefix="money-", data={"points": "2.50"}),
        "details": DetailsForm(),
        "details_refused": refused(DetailsForm),
        "known": safety_samples.KnownForm(data={"known": ["1"], "numbers": ["c-17"]}),
    }
    return render_template(
        "gallery/index.html",
        programme=samples.shop(),
        pages=list(PAGES),
        materials=MATERIALS,
        forms=forms,
        lines=samples.LINES,
        trial=plan_samples.standing("trialing", last_day=plan_samples.JULY, needs_card=True),
        worth=plan_samples.ESTIMATES,
        meters=plan_samples.METERS,
        posts=board_samples.POSTS,
        answers=board_samples.ANSWERS,
        young=safety_samples.YOUNG,
        connected=safety_samples.CONNECTED,
        qr_svg=samples.qr(),
    )


@gallery.get("/pages/<name>")
@policy("debug")
def page(name: str) -> str:
    """One page template with sample data; `?notice=1` adds the demonstration's line."""
    if name not in PAGES:
        abort(404)
    template, context = PAGES[name]
    return render_template(
        template, programme=samples.shop(), demo_notice=request.args.get("notice"), **context()
    )

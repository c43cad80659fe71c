"""The way in for staff and the till for the gallery, with invented facts."""

from collections.abc import Callable
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from portal.web import reward_samples
from portal.web.gallery_forms import PlainForm, refused

Context = dict[str, Any]
SITE = "localhost"


class ScanForm(PlainForm):
    """What the scanner reads."""

    code = StringField(
        "Card or code", [InputRequired("No card and no code is like this. Scan it again, or type it.")]
    )


class UseForm(FlaskForm):
    """A code is marked used."""

    code = HiddenField()
    key = HiddenField()
    amount = StringField("How much is taken off")


def _till(**changes: Any) -> Context:
    empty = {"form": ScanForm(), "card": None, "code": None, "on": "", "why_not": None, "use": UseForm()}
    return empty | changes


def _code(key: str = "five-off", **changes: Any) -> Sample:
    return Sample(first_name="Anna", taken=reward_samples.held(key, **changes), problem=None)


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "staff-sign-in": ("signin/staff.html", lambda: {"next_path": None, "site": SITE}),
    "staff-sign-in-failed": (
        "signin/staff.html",
        lambda: {"next_path": None, "site": SITE, "failed": True, "unknown": ""},
    ),
    "staff-link": (
        "signin/staff_link.html",
        lambda: {"form": PlainForm(), "email": "t•••@pennywren.example"},
    ),
    "staff-link-used": ("signin/staff_link_over.html", lambda: {"used": True}),
    "staff-link-late": ("signin/staff_link_over.html", lambda: {"used": False}),
    "staff-set-up-has-one": ("signin/staff_set_up.html", lambda: {"has_one": True}),
    "staff-set-up-late": ("signin/staff_set_up.html", lambda: {"has_one": False}),
    "staff-till": ("support/till.html", _till),
    "staff-till-nothing": ("support/till.html", lambda: _till(form=refused(ScanForm, code=""))),
    "staff-till-card": (
        "support/till.html",
        lambda: _till(
            card=Sample(
                first_name="Anna",
                tier="Gold",
                perks=("Free delivery on every order", "5% off in our shops", "Gift wrapping"),
            )
        ),
    ),
    "staff-till-code": (
        "support/till.html",
        lambda: _till(code=_code(left_minor=180), on="On tea and coffee"),
    ),
    "staff-till-coffee": ("support/till.html", lambda: _till(code=_code("free-coffee"))),
    "staff-till-used": (
        "support/till.html",
        lambda: _till(code=_code("free-coffee"), why_not="It was used before."),
    ),
}

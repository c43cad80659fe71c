"""Passkeys and safety for the gallery, with invented facts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from portal.web.gallery_forms import AddressForm

Context = dict[str, Any]
SITE = "localhost"
SINCE = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
LATELY = datetime(2026, 5, 24, 14, 5, tzinfo=UTC)


class NameForm(FlaskForm):
    """What a passkey is called."""

    name = StringField("Name")


class ProofForm(FlaskForm):
    """One button."""

    next = HiddenField()


def _key(name: str, used_at: datetime | None = LATELY, doubted_at: datetime | None = None) -> Sample:
    return Sample(id=name.split()[-1], name=name, created_at=SINCE, used_at=used_at, doubted_at=doubted_at)


KEYS = [
    _key("Google Password Manager"),
    _key("The blue key on my key ring", used_at=None),
    _key("Windows Hello", doubted_at=LATELY),
]
DEVICES = [
    Sample(id="a", label="Chrome · Android", since=LATELY, current=True),
    Sample(id="b", label="Safari · iPad", since=SINCE, current=False),
]


def _safety(keys: list[Sample], **changes: Any) -> Context:
    signal = {
        "site": SITE, "owner": None, "accepted": json.dumps([]), "name": "anna@example.com", "display": "Anna Ferris",
    }  # fmt: skip
    facts = {
        "kind": "member", "passkeys": keys, "is_only_way": False, "sessions": DEVICES, "email": "anna@example.com",
        "name_form": NameForm(), "signal": signal, "staff_name": None,
    }  # fmt: skip
    return facts | changes


def _new(**changes: Any) -> Context:
    facts = {
        "kind": "member", "staff_name": None, "next_path": "/home", "is_offer": True, "has_way_back": True,
        "failed": False, "site": SITE, "is_elsewhere": False,
    }  # fmt: skip
    return facts | changes


def _proof(**changes: Any) -> Context:
    facts = {
        "form": ProofForm(),
        "email": "a•••@example.com",
        "sent": False,
        "has_passkey": True,
        "site": SITE,
        "leave_url": "#leave",
    }
    return facts | changes


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "safety": ("signin/safety.html", lambda: _safety(KEYS)),
    "safety-stopped": ("signin/safety.html", lambda: _safety(KEYS, trouble="stopped")),
    "safety-first": ("signin/safety.html", lambda: _safety([], sessions=DEVICES[:1])),
    "safety-staff": (
        "signin/safety.html",
        lambda: _safety(KEYS[:1], kind="staff", is_only_way=True, staff_name="tom@pennywren.example"),
    ),
    "passkey-offer": ("signin/new_passkey.html", _new),
    "passkey-another": ("signin/new_passkey.html", lambda: _new(is_offer=False, is_elsewhere=True)),
    "passkey-failed": ("signin/new_passkey.html", lambda: _new(failed=True)),
    "proof-passkey": ("signin/proof.html", _proof),
    "proof-staff": ("signin/proof.html", lambda: _proof(email=None)),
    "address-passkey-failed": (
        "signin/address.html",
        lambda: {
            "form": AddressForm(),
            "purpose": "sign-in",
            "suggestion": None,
            "site": SITE,
            "failed": True,
        },
    ),
    "address-stale": (
        "signin/address.html",
        lambda: {
            "form": AddressForm(data={"email": "anna@example.com"}),
            "purpose": "sign-in",
            "suggestion": None,
            "site": SITE,
            "stale": "This page was open for too long, so nothing was sent. Press the button once more.",
        },
    ),
}

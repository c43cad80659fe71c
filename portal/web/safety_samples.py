"""Another address, stops and recovery for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

Context = dict[str, Any]
AT = datetime(2026, 5, 24, 14, 5, tzinfo=UTC)
LATER = datetime(2026, 5, 27, 14, 5, tzinfo=UTC)
YOUNG = [
    Sample(id="1", name="Google Password Manager", created_at=AT),
    Sample(id="2", name="Chrome · Windows", created_at=AT),
]
CONNECTED = [
    Sample(ref="c-66", shop_name="Main Street", confirmed_at=AT),
    Sample(ref="c-17", shop_name="", confirmed_at=AT),
]
STAFF = {"staff_name": "tom@pennywren.example"}


class NewAddressForm(FlaskForm):
    """The address that she wants."""

    email = StringField("New e-mail address", [InputRequired("Type your new e-mail address.")])


class LostForm(NewAddressForm):
    """Somebody who is locked out."""

    told = StringField(
        "Card number, or your old e-mail address", [InputRequired("Type the number on your card.")]
    )
    words = TextAreaField("What happened", [InputRequired("Say it in a few words.")])


class CodeForm(FlaskForm):
    """A mailed code."""

    code = StringField("Code of six digits", [InputRequired("Type the six digits of the mail.")])


class PlainForm(FlaskForm):
    """One button."""


class KnownForm(FlaskForm):
    """Which passkeys and customer numbers she knows, and one button."""

    known = SelectMultipleField("Which of these passkeys do you know?", validate_choice=False)
    numbers = SelectMultipleField("Which of these customer numbers are yours?", validate_choice=False)


class SearchForm(FlaskForm):
    """The desk's search."""

    q = StringField("Find a member")


class TicketForm(FlaskForm):
    """Why, in which ticket."""

    ticket = StringField("Ticket", [InputRequired("Give the number of the ticket.")])
    reason = StringField("Reason", [InputRequired("Say why.")])


class ReasonForm(FlaskForm):
    """Why a request is refused."""

    reason = StringField("Reason", [InputRequired("Say why.")])


class WhoForm(TicketForm):
    """How she showed who she is."""

    member = SelectField(
        "Member",
        [InputRequired("Choose whose card it is.")],
        choices=[SelectChoice("1", "Anna Ferris · 4127 8830")],
    )
    email = StringField("The new address, as she tells it", [InputRequired("Ask her for the new address.")])
    id = BooleanField("Showed an ID with that name in the shop")
    card = BooleanField("Showed the member card, on paper or on a phone")
    orders = BooleanField("Named two orders, with day and amount")
    payment = BooleanField("Named the end of the payment card that she used")
    known = BooleanField("Somebody who works here knows her", [InputRequired("Two proofs are the least.")])
    stops = BooleanField("Somebody else reads her mail: stop her points, too")


class LiftForm(TicketForm):
    """Why, in which ticket, and which passkeys and customer numbers she knows."""

    known = SelectMultipleField("Which of these passkeys does she know?", validate_choice=False)
    numbers = SelectMultipleField("Which of these customer numbers are hers?", validate_choice=False)


def _refused(form_class: type[FlaskForm]) -> FlaskForm:
    form = form_class(formdata=MultiDict({"nothing": ""}))
    form.validate()
    form.csrf_token.errors = []  # the kit looks at the token before a form does
    return form


def _code(**changes: Any) -> Context:
    facts = {
        "form": CodeForm(), "email": "a•••@example.org", "is_over": False, "resend_url": "#again", "resend_in": 30,
        "other_url": "#other", "recovers": False, "stale": "",
    }  # fmt: skip
    return facts | changes


def _lost(**changes: Any) -> Context:
    return {"form": LostForm(), "suggestion": None, "hours": 72, "stale": ""} | changes


def _undo(state: str, *, found: bool = True) -> Context:
    change = Sample(changed_at=AT, ends_at=LATER, is_stopped=True) if found else None
    return {"form": PlainForm(), "state": state, "email": "a•••@example.com", "found": change, "days": 14}


def _not_me(what: str | None, *, was_said: bool = False) -> Context:
    event = Sample(what=what, at=AT) if what else None
    return {"form": PlainForm(), "event": event, "was_said": was_said, "days": 30}


def _stopped(**changes: Any) -> Context:
    facts = {
        "form": KnownForm(), "since": AT, "can_lift": True, "recovery": None, "recovery_email": "a•••@example.org",
        "may_stop": False, "fault": "", "passkeys": [], "numbers": [],
    }  # fmt: skip
    return facts | changes


def _request(**changes: Any) -> Context:
    asked = {
        "told": "4127 8830", "email": "a•••@example.org", "asked_at": AT, "acts_at": None, "state": "to be checked",
        "words": "My old provider has closed my mailbox, and my phone is new. I was in the shop on Saturday.",
        "doubted_at": None, "ended_at": None, "url": "#request",
    }  # fmt: skip
    return asked | changes


def _requests(**changes: Any) -> Context:
    facts = {"begun": [], "asked": [], "asked_count": 0, "older_url": None, "newest_url": None}
    return STAFF | facts | changes


def _recovery(**changes: Any) -> Context:
    facts = {
        "asked": _request(), "others": [], "members": [{"name": "Anna Ferris", "url": "#anna"}],
        "can_note": True, "can_close": True, "needs_second": False, "is_doubted": False, "second_url": None,
        "form": WhoForm(), "reason": ReasonForm(), "search": SearchForm(), "proof_url": None,
        "form_url": "#send", "refuse_url": "#refuse",
    }  # fmt: skip
    return STAFF | facts | changes


def _taken() -> Context:
    form = WhoForm()
    form.email.errors = ["The new address is on another card already."]
    return _recovery(form=form, second_url="#second")


def _lift(**changes: Any) -> Context:
    facts = {
        "form": LiftForm(), "fault": "", "name": "Anna Ferris", "since": AT, "proof_url": None, "member_url": "#back",
        "form_url": "#send", "reports": [Sample(event="passkey_added", event_at=AT, said_at=LATER)],
        "passkeys": YOUNG, "numbers": CONNECTED, "instead": None,
    }  # fmt: skip
    return STAFF | facts | changes


def _stop(**changes: Any) -> Context:
    facts = {
        "form": ReasonForm(), "fault": "", "name": "Anna Ferris", "since": None, "is_changing": False,
        "lift_url": "#lift", "proof_url": None, "member_url": "#back", "form_url": "#send",
    }  # fmt: skip
    return STAFF | facts | changes


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "new-address": (
        "signin/new_address.html",
        lambda: {"form": NewAddressForm(), "email": "anna@example.com", "suggestion": None},
    ),
    "new-address-typo": (
        "signin/new_address.html",
        lambda: {
            "form": NewAddressForm(data={"email": "anna@gmial.com"}), "email": "anna@example.com",
            "suggestion": "anna@gmail.com",
        },
    ),
    "new-address-code": ("signin/new_address_code.html", _code),
    "new-address-code-over": ("signin/new_address_code.html", lambda: _code(is_over=True, resend_in=0)),
    "new-address-code-wrong": ("signin/new_address_code.html", lambda: _code(form=_refused(CodeForm))),
    "lost": ("signin/lost.html", _lost),
    "lost-refused": ("signin/lost.html", lambda: _lost(form=_refused(LostForm))),
    "lost-stale": (
        "signin/lost.html",
        lambda: _lost(stale="This page was open for too long, so nothing was sent. Press the button once more."),
    ),
    "lost-code": ("signin/new_address_code.html", lambda: _code(recovers=True)),
    "lost-sent": ("signin/lost_sent.html", lambda: {"hours": 72}),
    "undo": ("signin/undo.html", lambda: _undo("open")),
    "undo-back": ("signin/undo.html", lambda: _undo("back")),
    "undo-used": ("signin/undo.html", lambda: _undo("used")),
    "undo-late": ("signin/undo.html", lambda: _undo("late")),
    "undo-kept": ("signin/undo.html", lambda: _undo("kept")),
    "undo-unknown": ("signin/undo.html", lambda: _undo("unknown", found=False)),
    "not-me": ("signin/not_me.html", lambda: _not_me("device")),
    "not-me-said": ("signin/not_me.html", lambda: _not_me("passkey_added", was_said=True)),
    "not-me-unknown": ("signin/not_me.html", lambda: _not_me(None)),
    "stopped": ("signin/stopped.html", _stopped),
    "stopped-young-passkeys": ("signin/stopped.html", lambda: _stopped(passkeys=YOUNG, numbers=CONNECTED)),
    "stopped-no-passkey": ("signin/stopped.html", lambda: _stopped(can_lift=False)),
    "stopped-refused": (
        "signin/stopped.html",
        lambda: _stopped(fault="That proof was not a passkey from a month before. Use an older one, or come to us."),
    ),
    "stopped-changing": (
        "signin/stopped.html",
        lambda: _stopped(since=None, recovery=Sample(acts_at=LATER, doubted_at=None), may_stop=True),
    ),
    "stopped-and-changing": (
        "signin/stopped.html",
        lambda: _stopped(can_lift=False, recovery=Sample(acts_at=LATER, doubted_at=None)),
    ),
    "stopped-and-doubted": (
        "signin/stopped.html",
        lambda: _stopped(can_lift=False, recovery=Sample(acts_at=None, doubted_at=AT)),
    ),
    "stopped-nothing": ("signin/stopped.html", lambda: _stopped(since=None)),
    "desk-recoveries": (
        "support/recoveries.html",
        lambda: _requests(
            begun=[
                _request(told="4127 9946", state="waits for a second colleague", doubted_at=AT),
                _request(told="a•••@example.com", state="waits", acts_at=LATER),
            ],
            asked=[_request(), _request(told="b•••@example.com")],
            asked_count=52,
            older_url="#older",
        ),
    ),
    "desk-recoveries-none": ("support/recoveries.html", _requests),
    "desk-recovery": ("support/recovery.html", _recovery),
    "desk-recovery-refused": (
        "support/recovery.html",
        lambda: _recovery(form=_refused(WhoForm), reason=_refused(ReasonForm), needs_second=True),
    ),
    "desk-recovery-taken": ("support/recovery.html", _taken),
    "desk-recovery-doubted": (
        "support/recovery.html",
        lambda: _recovery(
            asked=_request(state="waits for a second colleague", doubted_at=AT), needs_second=True, is_doubted=True
        ),
    ),
    "desk-recovery-proof": ("support/recovery.html", lambda: _recovery(proof_url="#proof")),
    "desk-recovery-two": (
        "support/recovery.html",
        lambda: _recovery(others=[_request(email="t•••@example.net", state="waits", acts_at=LATER)]),
    ),
    "desk-recovery-nobody": ("support/recovery.html", lambda: _recovery(members=[])),
    "desk-recovery-waits": (
        "support/recovery.html",
        lambda: _recovery(asked=_request(state="waits", acts_at=LATER), can_note=False),
    ),
    "desk-stop": ("support/stop_card.html", _stop),
    "desk-stop-refused": (
        "support/stop_card.html",
        lambda: _stop(
            form=_refused(ReasonForm), is_changing=True, fault="This is your own card. A colleague has to do it."
        ),
    ),
    "desk-stop-proof": ("support/stop_card.html", lambda: _stop(proof_url="#proof")),
    "desk-stop-stopped": ("support/stop_card.html", lambda: _stop(since=AT)),
    "desk-lift": ("support/lift_stop.html", _lift),
    "desk-lift-refused": (
        "support/lift_stop.html",
        lambda: _lift(form=_refused(LiftForm), fault="This is your own card. A colleague has to do it."),
    ),
    "desk-lift-instead": (
        "support/lift_stop.html",
        lambda: _lift(
            fault="Another address is on its way to this card. Decide on that first.",
            instead=("See that request", "#request"),
        ),
    ),
    "desk-lift-proof": ("support/lift_stop.html", lambda: _lift(proof_url="#proof")),
    "desk-lift-nothing": ("support/lift_stop.html", lambda: _lift(since=None, reports=[])),
}  # fmt: skip

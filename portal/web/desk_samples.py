"""The staff's pages for the gallery, with invented facts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.web import home_samples, samples, tier_samples
from portal.web.passkey_samples import ProofForm

Context = dict[str, Any]


class SearchForm(FlaskForm):
    """Support's one search."""

    q = StringField("Search")


class VisitForm(FlaskForm):
    """Why support looks."""

    ticket = StringField("Ticket", [InputRequired("Give the number of the ticket.")])
    reason = StringField("Reason", [InputRequired("Say why.")])


class AdjustmentForm(VisitForm):
    """Points to give or take."""

    points = StringField("How much", [InputRequired("Say how much.")])
    words = StringField("What the member reads", [InputRequired("Write a sentence for the member.")])


class GivePlanForm(VisitForm):
    """A plan to give."""

    plan = SelectField("Plan", [InputRequired("Choose a plan.")], choices=[SelectChoice("plus", "Plus")])
    until = DateField("Last day", [InputRequired("Choose a day.")])
    words = StringField("What the member reads")


class NoteForm(FlaskForm):
    """What a colleague vouches for."""

    quantity = StringField("How many", [InputRequired("Type a whole number, 1 or more.")])
    value = None
    receipt = StringField("Receipt or ticket", [InputRequired("Give the number of the receipt or ticket.")])


class OpenPagesForm(FlaskForm):
    """The member's switch."""

    visits = BooleanField("Visits")


class CodeForm(FlaskForm):
    """A mailed code."""

    code = StringField("Code of six digits", [InputRequired("Type the six digits of the mail.")])


STAFF = {"staff_name": "tom@pennywren.example"}
AT = datetime(2026, 5, 24, 14, 5, tzinfo=UTC)
LAST = date(2026, 9, 9)
VISITS = [
    Sample(
        started_at=AT, minutes=6, ticket="T-4471", reason="Her order of Saturday shows no points", pages=4,
        staff="tom@pennywren.example",
    ),
    Sample(
        started_at=datetime(2026, 2, 3, 9, 40, tzinfo=UTC), minutes=15, ticket="T-3902",
        reason="She asks why Silver ends in December and wants to see it together with us on the phone", pages=1,
        staff="kim@pennywren.example",
    ),
]  # fmt: skip
BAND = {
    "visit_now": Sample(
        member="Anna Ferris", staff="tom@pennywren.example", ticket="T-4471",
        reason="Her order of Saturday shows no points", minutes=12,
    )
}  # fmt: skip


def _new_visit(**changes: Any) -> Context:
    facts = {
        "form": VisitForm(), "name": "Anna Ferris", "why": "", "minutes": 15, "proof_url": None, "member_url": "#back",
        "form_url": "#send",
    }  # fmt: skip
    return STAFF | facts | changes


def _refused(form_class: type[FlaskForm]) -> FlaskForm:
    form = form_class(formdata=MultiDict({"nothing": ""}))
    form.validate()
    form.csrf_token.errors = []  # the kit looks at the token before a form does
    return form


def _balance(available: int, owed: int = 0) -> Sample:
    return Sample(available=available, pending=239, owed=owed, value_minor=available)


def _member() -> Context:
    act = {"reason": "The parcel came two weeks late", "ticket": "T-4471", "points": 50}
    return STAFF | {
        "member": samples.MEMBER,
        "balance": _balance(1240),
        "lines": samples.LINES,
        "older_url": None,
        "plan": "Plus · active · until 30 June 2026",
        "rewards": [
            Sample(label="£5.00 off", code="•••• 4HNC", state="available", expires_on=date(2026, 8, 24)),
            Sample(label="A coffee and a bun", code="•••• 9TVB", state="used", expires_on=date(2026, 6, 1)),
        ],
        "reward_states": {"available": "can be used", "used": "used"},
        "gifts": [Sample(label="Hedgerow Wildlife", points=500, on=date(2026, 5, 24))],
        "visit_url": "#visit",
        "adjust_url": "#adjust",
        "note_url": "#note",
        "pause_url": "#pause",
        "give_url": "#give",
        "stop_url": "",
        "lift_url": "#lift",
        "given": [
            {"label": "Plus", "since": None, "until": LAST, "source": "staff", "end_url": "#end"},
            {
                "label": "Plus",
                "since": date(2026, 9, 10),
                "until": date(2026, 12, 9),
                "source": "gift",
                "end_url": "",
            },
        ],
        "plan_gifts": [
            {
                "label": "Plus",
                "months": 3,
                "on": date(2026, 5, 2),
                "became": "used",
                "amount_minor": 900,
                "currency": "GBP",
            },
        ],
        "visits": VISITS,
        "consents": [Sample(kind="marketing", given=True, at=AT), Sample(kind="terms", given=True, at=AT)],
        "notices": [Sample(kind="visit_started", created_at=AT, sent_at=AT, failed_at=None)],
        "acts": [
            Sample(what="adjusted", facts=act, at=AT),
            Sample(
                what="noted", facts={"label": "A jar brought back", "receipt": "R-118", "points": 20}, at=AT
            ),
            Sample(what="tier_paused", facts={"reason": "She has a new child", "ticket": "T-4480"}, at=AT),
            Sample(what="plan_given", facts=act | {"label": "Plus"}, at=AT),
            Sample(what="plan_taken_back", facts=act | {"label": "Gold"}, at=AT),
            Sample(what="refused", facts={"why": "own"}, at=AT),
        ],
    }


def _adjustment(form: FlaskForm) -> Context:
    more = {
        "before": _balance(0, 60),
        "example": "50",
        "left": 9500,
        "member_url": "#back",
        "form_url": "#send",
    }
    return STAFF | more | {"form": form, "name": "Anna Ferris"}


def _confirmed() -> Context:
    told = {
        "points": "50", "words": "For the late parcel, with our apology", "ticket": "T-4471",
        "reason": "The parcel came two weeks late",
    }  # fmt: skip
    facts = {
        "form": AdjustmentForm(data=told),
        "points": 50,
        "before": _balance(1240),
        "after": _balance(1290),
    }
    return _adjustment(AdjustmentForm()) | facts


def _note(form: FlaskForm) -> Context:
    return STAFF | {
        "form": form, "label": "A jar brought back", "name": "Anna Ferris", "member_url": "#back", "form_url": "#send",
    }  # fmt: skip


def _choices() -> Context:
    labels = ("A jar brought back", "An evening in the workshop")
    choices = [{"label": label, "url": "#note"} for label in labels]
    return STAFF | {"choices": choices, "name": "Anna Ferris", "member_url": "#back"}


def _pause(fault: str = "", **changes: Any) -> Context:
    told = {
        "form": VisitForm(),
        "fault": fault,
        "name": "Anna Ferris",
        "member_url": "#back",
        "form_url": "#send",
    }
    return STAFF | told | {"offer": tier_samples.pause(**changes)["offer"]}


def _give(form: FlaskForm) -> Context:
    more = {
        "plan": "Plus · active · until 30 June 2026",
        "first": date(2026, 6, 10),
        "last": date(2028, 6, 10),
    }
    told = {"fault": "", "name": "Anna Ferris", "member_url": "#back", "form_url": "#send"}
    return STAFF | more | told | {"form": form}


def _take_back(fault: str = "") -> Context:
    grant = Sample(until=LAST, note="Sorry for the lost parcel.")
    told = {"fault": fault, "name": "Anna Ferris", "member_url": "#back", "form_url": "#send"}
    return STAFF | told | {"form": VisitForm(), "grant": grant, "label": "Plus"}


def _ended(by: str, *, wrote: bool) -> Context:
    return {"ended_at": AT, "ended_by": by, "wrote": wrote, "again_url": "#again"}


PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "support-find": (
        "support/find.html",
        lambda: STAFF | {"form": SearchForm(data={"q": "anna"}), "results": samples.FOUND},
    ),
    "support-member": ("support/member.html", _member),
    "support-visit": ("support/new_visit.html", _new_visit),
    "support-visit-refused": ("support/new_visit.html", lambda: _new_visit(form=_refused(VisitForm))),
    "support-visit-proof": ("support/new_visit.html", lambda: _new_visit(proof_url="#proof")),
    "support-visit-own": ("support/new_visit.html", lambda: _new_visit(why="own")),
    "support-visit-another": ("support/new_visit.html", lambda: _new_visit(why="conflict")),
    "visit-home": ("home/home.html", lambda: BAND | {"home": home_samples.home()}),
    "visit-refused": ("support/refused.html", lambda: BAND | {"wrote": True}),
    "visit-closed": ("support/refused.html", lambda: BAND | {"wrote": False}),
    "visit-over": ("support/ended.html", lambda: _ended("time", wrote=True)),
    "visit-unwanted": ("support/ended.html", lambda: _ended("opted_out", wrote=False)),
    "support-adjust": ("support/new_adjustment.html", lambda: _adjustment(AdjustmentForm())),
    "support-adjust-refused": ("support/new_adjustment.html", lambda: _adjustment(_refused(AdjustmentForm))),
    "support-adjust-confirm": ("support/confirm_adjustment.html", _confirmed),
    "support-note": ("support/new_activity.html", lambda: _note(NoteForm())),
    "support-note-refused": ("support/new_activity.html", lambda: _note(_refused(NoteForm))),
    "support-note-which": ("support/activities.html", _choices),
    "support-pause": ("support/new_pause.html", _pause),
    "support-pause-waits": (
        "support/new_pause.html",
        lambda: _pause("Nothing was changed. Load the page again.", why="waits", last=tier_samples.LAST),
    ),
    "support-pause-ended": ("support/new_pause.html", lambda: _pause(why="ended")),
    "support-pause-none": ("support/new_pause.html", lambda: _pause(why="none", tier=None)),
    "support-give-plan": ("support/new_plan.html", lambda: _give(GivePlanForm())),
    "support-give-plan-refused": ("support/new_plan.html", lambda: _give(_refused(GivePlanForm))),
    "support-take-back": ("support/end_plan.html", _take_back),
    "support-take-back-refused": (
        "support/end_plan.html", lambda: _take_back("Nothing was changed. Load the page again."),
    ),
    "visits": (
        "support/my_visits.html",
        lambda: {"visits": VISITS, "form": OpenPagesForm(data={"visits": True}), "possible": True},
    ),
    "visits-none": (
        "support/my_visits.html",
        lambda: {"visits": [], "form": OpenPagesForm(), "possible": True},
    ),
    "proof": (
        "signin/proof.html",
        lambda: {"form": ProofForm(), "email": "t•••@pennywren.example", "sent": False, "leave_url": "#leave"},
    ),
    "proof-code": (
        "signin/proof.html",
        lambda: {"form": _refused(CodeForm), "email": "t•••@pennywren.example", "sent": True, "leave_url": "#leave"},
    ),
    "proof-code-over": (
        "signin/proof.html",
        lambda: {
            "form": _refused(CodeForm), "email": "t•••@pennywren.example", "sent": True, "is_over": True,
            "leave_url": "#leave",
        },
    ),
}  # fmt: skip

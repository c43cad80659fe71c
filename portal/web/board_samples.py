"""Invented posts and answers for the gallery: the board as members and as the team see it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace as Sample
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.programme import Board

Context = dict[str, Any]
AT = datetime(2026, 5, 20, 18, 5, tzinfo=UTC)
BOARD = Board(
    label="Ideas and questions",
    intro="Tell us what would make the shop better, and ask whatever you like.",
    rules=("Be kind, and stay with the subject.", "What harms others we take down, and we say why."),
)
STAFF = {"staff_name": "tom@pennywren.example"}


class TextForm(FlaskForm):
    """Words."""

    key = HiddenField()
    text = TextAreaField("In your words", [InputRequired("Write something first.")])


class TitledForm(TextForm):
    """Words with a line above."""

    title = StringField("In one line", [InputRequired("Write a line that says it.")])


class PostForm(TitledForm):
    """A new post."""

    kind = RadioField(
        "What is it?",
        choices=[SelectChoice("idea", "An idea"), SelectChoice("question", "A question")],
        default="idea",
    )


class ReportForm(FlaskForm):
    """What is wrong."""

    reason = StringField("What is wrong with it?", [InputRequired("Say it in a few words.")])


class StateForm(FlaskForm):
    """What becomes of a post."""

    state = SelectField(
        "What becomes of it",
        [InputRequired()],
        choices=[SelectChoice("open", "Open"), SelectChoice("planned", "Planned")],
    )


def _refused(form_class: type[FlaskForm]) -> FlaskForm:
    form = form_class(formdata=MultiDict({"nothing": ""}))
    form.validate()
    form.csrf_token.errors = []  # the kit looks at the token before a form does
    return form


def said(number: int, **changes: Any) -> Sample:
    """A post or an answer, Ben's where nothing else is said."""
    facts: Context = {
        "id": f"01K1Q7T3M8Z5W2V9X4Y6B0C1{number:02}",
        "title": "",
        "kind": "",
        "state": "",
        "paragraphs": [[[("Yes please.", None)]]],
        "name": "Ben H.",
        "left": False,
        "from_team": False,
        "is_own": False,
        "is_voted": False,
        "may_change": False,
        "votes": 0,
        "answers": 0,
        "at": AT,
        "on": date(2026, 5, 20),
        "edited": False,
        "gone": False,
        "hidden": None,
        "member_ref": "c-17",
        "reports": (),
    }
    return Sample(**(facts | changes))


REPAIRS = said(
    1,
    title="Mend a cushion instead of buying a new one",
    kind="idea",
    state="planned",
    votes=128,
    answers=3,
    paragraphs=[
        [
            [
                (
                    "Mine are ten years old and the covers are still lovely. A day a month when somebody mends seams?",
                    None,
                )
            ]
        ],
        [
            [("The repair café in our town does it like this:", None)],
            [("https://repair-cafe.example/cushions", "#link")],
        ],
    ],
)
POSTS = [
    said(2, title="Can I bring back glass jars?", kind="question", state="answered", votes=9, answers=2),
    REPAIRS,
    said(
        3,
        title="A smaller gift box for a smaller parcel, because the large one does not go through our letter box",
        kind="idea",
        state="open",
        votes=1,
        answers=1,
        name="",
        left=True,
    ),
    said(
        4,
        title="Open on Sundays in December",
        kind="idea",
        state="declined",
        from_team=True,
        name="",
        member_ref=None,
    ),
]
ANSWERS = [
    said(11, edited=True),
    said(
        12,
        from_team=True,
        member_ref=None,
        name="",
        paragraphs=[[[("We try it in June, in the shop on Main Street, on the first Saturday.", None)]]],
    ),
    said(13, is_own=True, may_change=True, name="Anna F.", paragraphs=[[[("I will be there.", None)]]]),
]


def _posts(**changes: Any) -> Context:
    facts: Context = {
        "board": BOARD,
        "posts": POSTS,
        "order": "newest",
        "kind": None,
        "hidden": [],
        "may_write": True,
        "older_url": "#older",
        "newest_url": None,
    }
    return facts | changes


def _post(**changes: Any) -> Context:
    facts: Context = {
        "post": REPAIRS,
        "answers": ANSWERS,
        "form": TextForm(),
        "fault": "",
        "may_write": True,
        "tiers": "",
        "more_url": "#more",
        "first_url": None,
    }
    return facts | changes


def _new(**changes: Any) -> Context:
    return {"form": PostForm(), "board": BOARD, "fault": "", "may_write": True, "tiers": ""} | changes


def _desk(**changes: Any) -> Context:
    reported = Sample(title=REPAIRS.title, reason="This is advertising for a café", at=AT, url="#report")
    return (
        STAFF
        | {
            "posts": [(one, "#post") for one in POSTS],
            "reports": [reported],
            "may_answer": True,
            "order": "newest",
            "older_url": "#older",
            "newest_url": None,
            "board": BOARD,
        }
        | changes
    )


def _desk_post(**changes: Any) -> Context:
    reported = said(14, hidden="It names a neighbour", reports=("It names my neighbour",))
    return (
        STAFF
        | {
            "post": REPAIRS,
            "answers": [*ANSWERS, reported],
            "answer_form": TextForm(),
            "state_form": StateForm(),
            "hide_form": ReportForm(),
            "may_answer": True,
            "fault": "",
            "more_url": None,
            "first_url": None,
        }
        | changes
    )


HIDDEN = "Please leave out the names of others."
PAGES: dict[str, tuple[str, Callable[[], Context]]] = {
    "board": ("board/posts.html", _posts),
    "board-votes": (
        "board/posts.html",
        lambda: _posts(order="votes", kind="idea", older_url=None, newest_url="#newest", may_write=False),
    ),
    "board-empty": ("board/posts.html", lambda: _posts(posts=[], older_url=None)),
    "board-hidden": (
        "board/posts.html",
        lambda: _posts(hidden=[Sample(title="My neighbour and the jars", hidden_reason=HIDDEN)]),
    ),
    "board-new": ("board/new.html", _new),
    "board-new-refused": ("board/new.html", lambda: _new(form=_refused(PostForm))),
    "board-new-again": (
        "board/new.html",
        lambda: _new(
            form=PostForm(data={"title": "Open later", "text": "On Fridays, say."}),
            fault="You sent this page before, with other words. If you mean both, send it once more.",
        ),
    ),
    "board-new-not-hers": ("board/new.html", lambda: _new(may_write=False, tiers="Silver, Gold")),
    "board-post": ("board/post.html", _post),
    "board-post-own": (
        "board/post.html",
        lambda: _post(
            post=said(5, title="Jars", kind="idea", is_own=True, may_change=True), answers=[], more_url=None
        ),
    ),
    "board-post-hidden": (
        "board/post.html",
        lambda: _post(
            post=said(5, title="Jars", kind="idea", is_own=True, hidden=HIDDEN), answers=[], more_url=None
        ),
    ),
    "board-post-gone": (
        "board/post.html",
        lambda: _post(
            post=said(5, kind="idea", gone=True, answers=3, name="", paragraphs=[], member_ref=None),
            more_url=None,
            first_url="#first",
        ),
    ),
    "board-post-refused": ("board/post.html", lambda: _post(form=_refused(TextForm), may_write=True)),
    "board-post-reader": ("board/post.html", lambda: _post(may_write=False, tiers="Silver, Gold")),
    "board-edit": (
        "board/edit.html",
        lambda: {
            "form": TitledForm(data={"title": "Jars", "text": "Glass ones."}),
            "post_id": "x",
            "until": AT,
        },
    ),
    "board-edit-answer": (
        "board/edit.html",
        lambda: {"form": _refused(TextForm), "post_id": "x", "until": AT},
    ),
    "board-delete": (
        "board/delete.html",
        lambda: {"form": None, "title": REPAIRS.title, "answers": 3, "post_id": "x"},
    ),
    "board-delete-answer": (
        "board/delete.html",
        lambda: {"form": None, "title": None, "answers": 0, "post_id": "x"},
    ),
    "board-erase": ("board/erase.html", lambda: {"form": None}),
    "board-report": (
        "board/report.html",
        lambda: {"form": ReportForm(), "shown": REPAIRS, "back_url": "#back"},
    ),
    "board-report-refused": (
        "board/report.html",
        lambda: {"form": _refused(ReportForm), "shown": ANSWERS[0], "back_url": "#back"},
    ),
    "desk-board": ("support/board.html", _desk),
    "desk-board-empty": (
        "support/board.html",
        lambda: _desk(posts=[], reports=[], older_url=None, may_answer=False),
    ),
    "desk-post": ("support/board_post.html", _desk_post),
    "desk-post-looked-at": ("support/board_post.html", lambda: _desk_post(may_answer=False)),
    "desk-post-gone": (
        "support/board_post.html",
        lambda: _desk_post(
            post=said(5, kind="idea", gone=True, answers=3, name="", paragraphs=[], member_ref=None)
        ),
    ),
    "desk-post-refused": (
        "support/board_post.html",
        lambda: _desk_post(answer_form=_refused(TextForm), fault="Say why in 3 letters or more."),
    ),
    "desk-post-new": (
        "support/board_new.html",
        lambda: STAFF | {"form": PostForm(), "board": BOARD, "fault": ""},
    ),
}

"""The board at the desk: what was reported, what members write, answering in the team's name, hiding with a reason."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal import board, clock, jobs
from portal.db import new_id, transact
from portal.errors import Refused
from portal.programme import Board
from portal.support import boarding, rules
from portal.support.views.desk import support
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.logs import request_id

PAGE = 25
REPORTS = 50


class AnswerForm(FlaskForm):
    """The team's answer; `key` makes it once."""

    key = HiddenField()
    text = TextAreaField(_l("The team's answer"), [InputRequired(_l("Write something first."))])


class TeamPostForm(AnswerForm):
    """The team's own idea or question."""

    kind = RadioField(_l("What is it?"), validate_choice=False)
    title = StringField(_l("In one line"), [InputRequired(_l("Write a line that says it."))])

    def __init__(self, there: Board) -> None:
        """The kinds are those that this board takes."""
        super().__init__()
        words = {"idea": _l("An idea"), "question": _l("A question")}
        self.kind.choices = [SelectChoice(kind, words[kind]) for kind in there.kinds]
        self.kind.data = self.kind.data or there.kinds[0]


class StateForm(FlaskForm):
    """What becomes of a post."""

    state = SelectField(_l("What becomes of it"), [InputRequired()])


class HideForm(FlaskForm):
    """Why something is hidden."""

    reason = StringField(_l("What its author reads"), [InputRequired(_l("Say why: its author reads it."))])


@support.get("/staff/board")
@policy("staff:find")
def staff_board() -> str:
    """What was reported first, then what is on the board, what is hidden too."""
    there, now, active = _board(), clock.now(), reader().programme
    after = board.place(request.args.get("after"))
    order: board.Order = "votes" if request.args.get("order") == "votes" else "newest"
    found = board.page(order, None, after, limit=PAGE + 1, hidden=True)
    last = found[PAGE - 1] if len(found) > PAGE else None
    place = None if last is None else board.Place(last.id, last.votes if order == "votes" else None)
    return render_template(
        "support/board.html",
        board=there,
        posts=[
            (board.shown(row, active, now=now), url_for("support.staff_post", post_id=row.id))
            for row in found[:PAGE]
        ],
        reports=[
            {"title": row.title, "reason": row.reason, "at": row.at, "url": _url(row)}
            for row in board.reports(REPORTS)
        ],
        order=order,
        may_answer=_may(),
        older_url=url_for("support.staff_board", after=str(place), order=order) if place else None,
        newest_url=url_for("support.staff_board", order=order) if after else None,
        staff_name=current_user.email,
    )


@support.route("/staff/board/new", methods=["GET", "POST"])
@policy("staff:answer")
def staff_new_post() -> Response | tuple[str, int]:
    """An idea or a question of the team's."""
    there, form = _board(), TeamPostForm(_board())
    if not form.validate_on_submit():
        form.key.data = form.key.data or new_id()
        return _new_post(form, there, "", 422 if form.errors else 200)
    staff, now = current_user._get_current_object(), clock.now()
    told = (str(form.kind.data), form.title.data or "", form.text.data or "")
    try:
        written = transact(
            lambda: boarding.write_post(staff, *told, key=_key(form), now=now, request_id=request_id())
        )
    except Refused as refused:
        fault = _why_not(refused)
        form.key.data = new_id()
        return _new_post(form, there, fault, refused.status)
    return redirect(url_for("support.staff_post", post_id=written.id), 303)


@support.get("/staff/board/<post_id>")
@policy("staff:find")
def staff_post(post_id: str) -> str:
    """One post with its answers, what is hidden and what was reported marked."""
    return _page(post_id, AnswerForm(formdata=None))


@support.post("/staff/board/<post_id>/answers")
@policy("staff:answer")
def staff_answer(post_id: str) -> Response | tuple[str, int]:
    """Answer in the team's name."""
    form = AnswerForm()
    if not form.validate():
        return _page(post_id, form), 422
    staff, now, text = current_user._get_current_object(), clock.now(), form.text.data or ""
    return _done(
        post_id,
        lambda: boarding.write_answer(staff, post_id, text, key=_key(form), now=now, request_id=request_id()),
        _("Answered in the name of the team."),
        form,
    )


@support.post("/staff/board/<post_id>/state")
@policy("staff:answer")
def staff_state(post_id: str) -> Response | tuple[str, int]:
    """Say what becomes of it."""
    staff, now, state = current_user._get_current_object(), clock.now(), request.form.get("state", "")
    return _done(
        post_id,
        lambda: boarding.set_state(staff, post_id, state, now=now, request_id=request_id()),
        _("Members see it now."),
    )


@support.post("/staff/board/<post_id>/hiding")
@policy("staff:answer")
def staff_hide(post_id: str) -> Response | tuple[str, int]:
    """Hide the post or one of its answers, or show it again and leave it as it is (`show`)."""
    staff, now = current_user._get_current_object(), clock.now()
    answer, reason = request.form.get("answer") or None, request.form.get("reason", "")
    row = None if answer is None else board.answer(answer)
    if answer is not None and (row is None or row.post_id != post_id):
        abort(404)
    if "show" in request.form:
        return _done(
            post_id,
            lambda: boarding.show(staff, post_id, answer, now=now, request_id=request_id()),
            _("It is shown."),
        )
    return _done(
        post_id,
        lambda: boarding.hide(staff, post_id, answer, reason, now=now, request_id=request_id()),
        _("It is hidden. Its author reads why."),
    )


def _done(
    post_id: str, act: Callable[[], Any], words: str, form: AnswerForm | None = None
) -> Response | tuple[str, int]:
    try:
        transact(act)
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        filled = form or AnswerForm(formdata=None)
        filled.key.data = new_id()
        return _page(post_id, filled, _why_not(refused)), refused.status
    flash(words, "good")
    jobs.wake()
    return redirect(url_for("support.staff_post", post_id=post_id), 303)


def _page(post_id: str, form: AnswerForm, fault: str = "") -> str:
    _board()
    row = board.post(post_id) if board.is_id(post_id) else None
    if row is None:
        abort(404)
    now, active = clock.now(), reader().programme
    reports = board.reports_of(post_id)
    after = board.place(request.args.get("after"))
    found = board.answers(post_id, after, limit=PAGE + 1, hidden=True)
    if (
        row.deleted_at is not None and not found
    ):  # under what was taken back the answers are still to be looked after
        abort(404)
    form.key.data = form.key.data or new_id()
    state = StateForm(formdata=None, state=row.state)
    words = {
        "open": _("Open"), "planned": _("Planned"), "done": _("Done"), "declined": _("Not planned"),
        "answered": _("Answered"),
    }  # fmt: skip
    state.state.choices = [SelectChoice(one, words[one]) for one in board.STATES[row.kind]]
    return render_template(
        "support/board_post.html",
        post=board.shown(row, active, now=now, reports=reports.get(post_id, ())),
        answers=[board.shown(one, active, now=now, reports=reports.get(one.id, ())) for one in found[:PAGE]],
        answer_form=form,
        state_form=state,
        hide_form=HideForm(formdata=None),
        fault=fault,
        may_answer=_may(),
        more_url=url_for("support.staff_post", post_id=post_id, after=found[PAGE - 1].id)
        if len(found) > PAGE
        else None,
        first_url=url_for("support.staff_post", post_id=post_id) if after else None,
        staff_name=current_user.email,
    )


def _new_post(form: TeamPostForm, there: Board, fault: str, status: int) -> tuple[str, int]:
    page = render_template(
        "support/board_new.html", form=form, board=there, fault=fault, staff_name=current_user.email
    )
    return page, status


def _board() -> Board:
    there = reader().programme.board
    if there is None:
        abort(404)
    return there


def _may() -> bool:
    return rules.may(current_user.role, "answer")


def _key(form: AnswerForm) -> str:
    """The page's own key; one that no page made is as good as a new one."""
    told = form.key.data or ""
    return told if board.is_id(told) else new_id()


def _url(report: Row[Any]) -> str:
    """Where what was reported stands: the page of the answers that begins with it."""
    anchor = None if report.what_id == report.post_id else f"answer-{report.what_id}"
    return url_for("support.staff_post", post_id=report.post_id, after=report.before, _anchor=anchor)


def _why_not(refused: Refused) -> str:
    """Why nothing was done."""
    if refused.code == "bad_value" and "least" in refused.facts:
        return _(
            "Nothing was done: write %(least)s to %(most)s letters.",
            least=refused.facts["least"],
            most=refused.facts["most"],
        )
    return {
        "conflict": _("This form was sent before with other words. If you mean both, send it once more."),
    }.get(refused.code, _("Nothing was changed. Load the page again."))

"""The board's pages, for members. Where the programme has no board there is none of them."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock
from portal.board import queries, rules, service
from portal.board.forms import AnswerForm, PlainForm, PostForm, ReportForm, TextForm, TitledForm
from portal.board.reading import Shown, shown
from portal.db import transact
from portal.errors import Refused
from portal.programme import Board
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader

board = Blueprint("board", __name__, url_prefix="/board")
PAGE = 20
ANSWERS = 20
TOLD = 3  # of her own posts that are hidden


@board.before_request
def _is_there() -> None:
    if reader().programme.board is None and request.endpoint != "board.erase":  # what she wrote stays hers
        abort(404)


@board.app_template_global("has_words_on_board")
def _has_words() -> bool:
    """Whether anything stands that the reader wrote: the page of leaving says so."""
    return current_user.is_authenticated and queries.has_words(current_user.id)


@board.get("")
@policy("member", visit=True)
def posts() -> str:
    """Newest first, or those with most votes; one kind, or all. A page at a time by place."""
    there = _board()
    order: queries.Order = "votes" if request.args.get("order") == "votes" else "newest"
    kind = request.args.get("kind") if request.args.get("kind") in there.kinds else None
    after = rules.place(request.args.get("after"))
    found = queries.page(order, kind, after, limit=PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    here: dict[str, Any] = {"order": order if order == "votes" else None, "kind": kind}
    place = None if last is None else rules.Place(last.id, last.votes if order == "votes" else None)
    return render_template(
        "board/posts.html",
        board=there,
        posts=[
            shown(row, reader().programme, now=clock.now(), reader=current_user.id) for row in found[:PAGE]
        ],
        order=order,
        kind=kind,
        hidden=queries.hidden_of(current_user.id, TOLD) if after is None else [],
        may_write=service.may_write(current_user.id, clock.now()),
        older_url=url_for("board.posts", after=str(place), **here) if place else None,
        newest_url=url_for("board.posts", **here) if after else None,
    )


@board.route("/new", methods=["GET", "POST"])
@policy("member")
def new() -> Response | tuple[str, int]:
    """An idea, or a question."""
    there, member, now = _board(), current_user.id, clock.now()
    form = PostForm(there, kind=request.args.get("kind"))
    if not form.is_submitted():
        form.renew()
        return _new(form, 200)
    if not form.validate():
        return _new(form, 422)
    told = (form.kind.data, form.title.data or "", form.text.data or "")
    try:
        written = transact(
            lambda: service.write_post(service.Author(member), *told, key=form.key.data or "", at=now)
        )
    except Refused as refused:
        return _new(form, refused.status, _why_not(refused, form))
    return redirect(url_for("board.post", post_id=written.id), 303)


@board.get("/<post_id>")
@policy("member", visit=True)
def post(post_id: str) -> str:
    """One post with its answers, oldest first, a page at a time."""
    form = AnswerForm(formdata=None)
    form.renew()
    return _post(post_id, form)


@board.post("/<post_id>/answers")
@policy("member")
def answer(post_id: str) -> Response | tuple[str, int]:
    """Answer it."""
    member, now, form = current_user.id, clock.now(), AnswerForm()
    if not form.validate():
        return _post(post_id, form), 422
    told = form.text.data or ""
    try:
        written = transact(
            lambda: service.write_answer(
                service.Author(member), post_id, told, key=form.key.data or "", at=now
            )
        )
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        return _post(post_id, form, _why_not(refused, form)), refused.status
    return redirect(_answer_url(post_id, written.id), 303)


@board.post("/<post_id>/vote")
@policy("member")
def vote(post_id: str) -> Response:
    """Vote for it; `back` takes the vote back. Either twice is once."""
    member, now, back = current_user.id, clock.now(), "back" in request.form
    if not PlainForm().validate_on_submit():
        abort(400)
    try:
        if back:
            transact(lambda: service.take_back_vote(member, post_id))
        else:
            transact(lambda: service.vote(member, post_id, at=now))
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        flash(_why_not(refused), "warn")
    return redirect(url_for("board.post", post_id=post_id), 303)


@board.route("/<post_id>/edit", methods=["GET", "POST"])
@policy("member")
def edit_post(post_id: str) -> Response | tuple[str, int]:
    """Mend one's own post, for a while."""
    row, member, now = _own(queries.post(post_id)), current_user.id, clock.now()
    form = TitledForm(title=row.title, text=row.text)
    if not form.validate_on_submit():
        return _edit(form, row, post_id)
    title, text = form.title.data or "", form.text.data or ""
    return _changed(
        lambda: service.change_post(member, post_id, title, text, at=now),
        url_for("board.post", post_id=post_id),
    )


@board.route("/answers/<answer_id>/edit", methods=["GET", "POST"])
@policy("member")
def edit_answer(answer_id: str) -> Response | tuple[str, int]:
    """Mend one's own answer, for a while."""
    row, member, now = _own(queries.answer(answer_id)), current_user.id, clock.now()
    form = TextForm(text=row.text)
    if not form.validate_on_submit():
        return _edit(form, row, row.post_id)
    text = form.text.data or ""
    return _changed(
        lambda: service.change_answer(member, answer_id, text, at=now),
        url_for("board.post", post_id=row.post_id),
    )


@board.route("/<post_id>/delete", methods=["GET", "POST"])
@policy("member")
def delete_post(post_id: str) -> Response | str:
    """Take one's own post back: the page says what goes and what stays, its one button does it."""
    row, member, now, form = _own(queries.post(post_id)), current_user.id, clock.now(), PlainForm()
    if not form.validate_on_submit():
        return render_template(
            "board/delete.html", form=form, title=row.title, answers=row.answers, post_id=post_id
        )
    transact(lambda: service.take_back_post(member, post_id, at=now))
    flash(_("Taken back. Your words are erased."), "good")
    return redirect(url_for("board.posts"), 303)


@board.route("/answers/<answer_id>/delete", methods=["GET", "POST"])
@policy("member")
def delete_answer(answer_id: str) -> Response | str:
    """Take one's own answer back."""
    row, member, now, form = _own(queries.answer(answer_id)), current_user.id, clock.now(), PlainForm()
    if not form.validate_on_submit():
        return render_template("board/delete.html", form=form, title=None, answers=0, post_id=row.post_id)
    transact(lambda: service.take_back_answer(member, answer_id, at=now))
    flash(_("Taken back. Your words are erased."), "good")
    above = queries.post(row.post_id)
    if above is None or above.deleted_at is not None or above.hidden_at is not None:
        return redirect(url_for("board.posts"), 303)
    return redirect(url_for("board.post", post_id=row.post_id), 303)


@board.route("/yours/erase", methods=["GET", "POST"])
@policy("member")
def erase() -> Response | str:
    """Take back all that she wrote, such as before she leaves; also where there is no board any more."""
    member, now, form = current_user.id, clock.now(), PlainForm()
    if form.validate_on_submit():
        transact(lambda: service.take_back_all(member, at=now))
        flash(_("All that you wrote on the board is erased."), "good")
    elif queries.has_words(member):
        return render_template("board/erase.html", form=form)
    return redirect(url_for("joining.leave"), 303)


@board.route("/<post_id>/report", methods=["GET", "POST"])
@policy("member")
def report_post(post_id: str) -> Response | tuple[str, int]:
    """Tell the team about a post."""
    return _report(queries.post(post_id), url_for("board.post", post_id=post_id))


@board.route("/answers/<answer_id>/report", methods=["GET", "POST"])
@policy("member")
def report_answer(answer_id: str) -> Response | tuple[str, int]:
    """Tell the team about an answer, under a post that she reads or that was taken back."""
    row = queries.answer(answer_id)
    if row is None or not _reads(queries.post(row.post_id)):
        abort(404)
    return _report(row, _answer_url(row.post_id, answer_id))


def _report(row: Row[Any] | None, back_url: str) -> Response | tuple[str, int]:
    if row is None or row.deleted_at is not None or row.hidden_at is not None:
        abort(404)
    member, now, form = current_user.id, clock.now(), ReportForm()
    if not form.validate_on_submit():
        page = render_template(
            "board/report.html",
            form=form,
            shown=shown(row, reader().programme, now=now, reader=member),
            back_url=back_url,
        )
        return page, 422 if form.errors else 200
    reason = form.reason.data or ""
    try:
        transact(lambda: service.report(member, row.id, reason, at=now))
    except Refused as refused:
        flash(_why_not(refused), "warn")
    else:
        flash(_("Thank you. Somebody of the team looks at it."), "good")
    return redirect(back_url, 303)


def _board() -> Board:
    there = reader().programme.board
    assert there is not None, "before_request has looked"
    return there


def _new(form: PostForm, status: int, fault: str = "") -> tuple[str, int]:
    page = render_template(
        "board/new.html",
        form=form,
        board=_board(),
        fault=fault,
        may_write=service.may_write(current_user.id, clock.now()),
        tiers=_tier_names(),
    )
    return page, status


def _post(post_id: str, form: AnswerForm, fault: str = "") -> str:
    row = queries.post(post_id) if rules.is_id(post_id) else None
    me, now = current_user.id, clock.now()
    if row is None or not _reads(row):
        abort(404)
    after = rules.place(request.args.get("after"))
    found = queries.answers(post_id, after, limit=ANSWERS + 1, reader=me)
    if row.deleted_at is not None and not (row.answers or found):
        abort(404)
    more = len(found) > ANSWERS
    answers: list[Shown] = [shown(one, reader().programme, now=now, reader=me) for one in found[:ANSWERS]]
    return render_template(
        "board/post.html",
        post=shown(row, reader().programme, now=now, reader=me, voted=queries.voted(me, [post_id])),
        answers=answers,
        form=form,
        fault=fault,
        may_write=service.may_write(me, now),
        tiers=_tier_names(),
        more_url=url_for("board.post", post_id=post_id, after=answers[-1].id, _anchor="answers")
        if more
        else None,
        first_url=url_for("board.post", post_id=post_id, _anchor="answers") if after else None,
    )


def _edit(form: TextForm, row: Row[Any], post_id: str) -> tuple[str, int]:
    minutes = _board().edit_minutes
    if row.hidden_at is not None or not rules.may_change(row.created_at, clock.now(), minutes):
        form.text.errors = [_too_late()]
    page = render_template(
        "board/edit.html", form=form, post_id=post_id, until=row.created_at + timedelta(minutes=minutes)
    )
    return page, 422 if form.errors else 200


def _reads(post: Row[Any] | None) -> bool:
    """Whether she reads what stands under a post: what is hidden only its author does."""
    return post is not None and (post.hidden_at is None or post.member_id == current_user.id)


def _own(row: Row[Any] | None) -> Row[Any]:
    """Something of hers that is there; another member's is as missing as none."""
    if row is None or row.member_id != current_user.id or row.deleted_at is not None:
        abort(404)
    return row


def _changed(change: Any, url: str) -> Response:
    try:
        transact(change)
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        flash(_why_not(refused), "warn")
    else:
        flash(_("Changed."), "good")
    return redirect(url, 303)


def _answer_url(post_id: str, answer_id: str) -> str:
    """The page of the answers on which this one stands, wherever the last before it ends."""
    row = queries.post(post_id)
    many = row is not None and row.answers > ANSWERS
    before = queries.answer_before(post_id, answer_id) if many else None
    return url_for("board.post", post_id=post_id, after=before, _anchor=f"answer-{answer_id}")


def _tier_names() -> str:
    active = reader().programme
    return ", ".join(tier.label for tier in active.tiers if tier.key in _board().tiers)


def _too_late() -> str:
    return ngettext(
        "It can be changed for %(num)s minute. You can still take it back.",
        "It can be changed for %(num)s minutes. You can still take it back.",
        _board().edit_minutes,
    )


def _why_not(refused: Refused, form: AnswerForm | None = None) -> str:
    """Why nothing was written, and what to do; the words stay in the form."""
    if refused.code == "conflict" and form is not None:
        form.renew()
        return _("You sent this page before, with other words. If you mean both, send it once more.")
    if refused.code == "too_many_requests":
        hours = -(-int(str(refused.facts["wait"])) // 3600)
        return ngettext(
            "That is as much as one can at a time. Try again in %(num)s hour.",
            "That is as much as one can at a time. Try again in %(num)s hours.",
            hours,
        )
    return {
        "not_allowed_by_tier": _("Your tier reads and votes here, and does not write."),
        "not_allowed": _("This is yours, so your vote is in it already."),
        "expired": _too_late(),
    }.get(refused.code, _("Nothing was written. Look at what stands here now, then try again."))

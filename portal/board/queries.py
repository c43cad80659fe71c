"""What pages read of the board: by key, a page at a time, never a count and never a skip.

Every row of a post or an answer brings `name` and `left` of its author: the member's name is looked up, not copied, so
who leaves is gone from all she wrote at once.
"""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from portal import people
from portal.board.models import Answer, Post, Report, Vote
from portal.board.rules import Place
from portal.db import read

Order = Literal["newest", "votes"]
_post, _answer = Post.__table__.c, Answer.__table__.c
_vote, _report, _member = Vote.__table__.c, Report.__table__.c, people.Member.__table__.c
_author = (_member.name, (_member.status == "left").label("left"), _member.ref.label("member_ref"))


def _posts() -> Select[Any]:
    return select(*_post, *_author).outerjoin(people.Member, _member.id == _post.member_id)


def _answers() -> Select[Any]:
    return select(*_answer, *_author).outerjoin(people.Member, _member.id == _answer.member_id)


def page(
    order: Order, kind: str | None, after: Place | None, *, limit: int, hidden: bool = False
) -> list[Row[Any]]:
    """Posts that members may read (with `hidden`: those that staff hid, too), in this order, after a place."""
    statement = _posts().where(_post.deleted_at.is_(None))
    if not hidden:
        statement = statement.where(_post.hidden_at.is_(None))
    if kind is not None:
        statement = statement.where(_post.kind == kind)
    if after is not None:
        statement = statement.where(_follows(order, after))
    by = (_post.votes.desc(), _post.id.desc()) if order == "votes" else (_post.id.desc(),)
    return list(read(statement.order_by(*by).limit(limit)).all())


def _follows(order: Order, after: Place) -> ColumnElement[bool]:
    if order == "newest":
        return _post.id < after.id
    votes = after.votes or 0
    return or_(_post.votes < votes, and_(_post.votes == votes, _post.id < after.id))


def post(post_id: str) -> Row[Any] | None:
    """One post, whatever became of it."""
    return read(_posts().where(_post.id == post_id)).one_or_none()


def answer(answer_id: str) -> Row[Any] | None:
    """One answer, whatever became of it."""
    return read(_answers().where(_answer.id == answer_id)).one_or_none()


def answers(
    post_id: str, after: Place | None, *, limit: int, reader: str | None = None, hidden: bool = False
) -> list[Row[Any]]:
    """Answers to a post, oldest first, after a place. Those that staff hid are in it for their author (`reader`) alone,
    and for all with `hidden`."""
    statement = _answers().where(_answer.post_id == post_id, _answer.deleted_at.is_(None))
    if not hidden:
        statement = statement.where(or_(_answer.hidden_at.is_(None), _answer.member_id == reader))
    if after is not None:
        statement = statement.where(_answer.id > after.id)
    return list(read(statement.order_by(_answer.id).limit(limit)).all())


def answer_before(post_id: str, answer_id: str) -> str | None:
    """The answer just before this one, shown or not; None for the first."""
    earlier = (_answer.post_id == post_id, _answer.id < answer_id)
    statement = select(_answer.id).where(*earlier).order_by(_answer.id.desc()).limit(1)
    return read(statement).scalar_one_or_none()


def voted(member_id: str, post_ids: Sequence[str]) -> set[str]:
    """Those of these posts that this member has voted for."""
    mine = (_vote.member_id == member_id, _vote.post_id.in_(post_ids))
    return set(read(select(_vote.post_id).where(*mine)).scalars()) if post_ids else set()


def hidden_of(member_id: str, limit: int) -> list[Row[Any]]:
    """The newest of a member's own posts that staff hid, so that she reads why."""
    mine = (_post.member_id == member_id, _post.hidden_at.is_not(None), _post.deleted_at.is_(None))
    statement = select(_post.id, _post.title, _post.hidden_reason)
    return list(read(statement.where(*mine).order_by(_post.id.desc()).limit(limit)).all())


def has_words(member_id: str) -> bool:
    """Whether anything stands that this member wrote, shown or hidden."""
    posts = select(_post.id).where(_post.member_id == member_id, _post.deleted_at.is_(None))
    answers = select(_answer.id).where(_answer.member_id == member_id, _answer.deleted_at.is_(None))
    return bool(read(select(or_(posts.exists(), answers.exists()))).scalar_one())


def reports(limit: int) -> list[Row[Any]]:
    """What members reported and nobody has looked at yet, oldest first: what, under which post, in whose words; of an
    answer also the one `before` it, after which its page begins (None for the first, and for a post)."""
    before = (
        select(_answer.id)
        .where(_answer.post_id == _report.post_id, _answer.id < _report.what_id)
        .where(_report.what_id != _report.post_id)
        .order_by(_answer.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (
        _report.what_id,
        _report.post_id,
        _report.reason,
        _report.at,
        _post.title,
        before.label("before"),
    )
    statement = select(*columns).join(Post, _post.id == _report.post_id).where(_report.settled_at.is_(None))
    return list(read(statement.order_by(_report.at, _report.what_id).limit(limit)).all())


def reports_of(post_id: str) -> dict[str, list[str]]:
    """The open reports of a post and its answers: the reasons, by what they are about."""
    found: dict[str, list[str]] = {}
    statement = select(_report.what_id, _report.reason).where(
        _report.post_id == post_id, _report.settled_at.is_(None)
    )
    for row in read(statement.order_by(_report.at)):
        found.setdefault(row.what_id, []).append(row.reason)
    return found


def faults() -> list[str]:
    """Every post whose counts are not what stands under it, as a sentence. Votes of who has left only count."""
    shown = (_answer.post_id == _post.id, _answer.deleted_at.is_(None), _answer.hidden_at.is_(None))
    answers_there = select(func.count()).select_from(Answer).where(*shown).scalar_subquery()
    votes_there = select(func.count()).select_from(Vote).where(_vote.post_id == _post.id).scalar_subquery()
    wrong = select(_post.id).where(or_(_post.answers != answers_there, _post.votes < votes_there))
    return [f"the board counts: post {post_id} does not" for post_id in read(wrong).scalars()]

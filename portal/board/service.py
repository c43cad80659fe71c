"""The verbs of members on the board. Each holds the member, then the one post that it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, literal, select, update
from ulid import ULID

from portal import ledger, people, signin, tiers
from portal import programme as programmes
from portal.board import rules
from portal.board.models import Answer, Post, Report, Vote
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.programme import Board, Programme

_post, _answer, _vote = Post.__table__.c, Answer.__table__.c, Vote.__table__.c
_report, _member = Report.__table__.c, people.Member.__table__.c


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a member, or somebody of the team."""

    member_id: str | None = None
    staff_id: str | None = None

    @property
    def id(self) -> str:
        """The id, of whichever."""
        return self.member_id or self.staff_id or ""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on the board; `repeated` when it stood there before."""

    id: str
    repeated: bool = False


def board() -> tuple[Board, Programme]:
    """The board of the programme in force. Refuses `unknown_key` where it has none."""
    _, active = programmes.active()
    if active.board is None:
        raise Refused("unknown_key", "There is no board in this programme.", status=404)
    return active.board, active


def may_write(member_id: str, at: datetime) -> bool:
    """Whether a member's tier lets her write on the day of `at`."""
    there, active = board()
    if not there.tiers:
        return True
    joined_on = read(select(_member.joined_on).where(_member.id == member_id)).scalar_one()
    standing = tiers.standing(active, tiers.grants(member_id), active.day(at), joined_on)
    return standing.tier.key in there.tiers


def write_post(author: Author, kind: str, title: str, text: str, *, key: str, at: datetime) -> Written:
    """Put an idea or a question on the board. The same form (`key`) with the same words again is once.

    Refuses `bad_value` (pointer: kind, title, text), `not_allowed_by_tier`, `too_many_requests` with `wait` seconds,
    and `conflict` for a form that was sent before with other words.
    """
    there, _ = board()
    title, text = _title(title), _text(text)
    if kind not in there.kinds:
        raise Refused("bad_value", "This board takes no such thing.", pointer="/kind")
    _begin(author)
    own_key = f"{author.id}/{key}"
    known = run(select(Post.__table__).where(_post.key == own_key)).one_or_none()
    if known is not None:
        return _same(known, (known.kind, known.title, known.text) == (kind, title, text))
    _may_write(author, "board/post", there.posts_per_day, at)
    post_id = new_id(at)
    run(
        insert(Post),
        {
            "id": post_id, "key": own_key, "kind": kind, "title": title, "text": text, "state": "open", "votes": 0,
            "answers": 0, "created_at": at, "member_id": author.member_id, "staff_id": author.staff_id,
        },
    )  # fmt: skip
    return Written(post_id)


def write_answer(author: Author, post_id: str, text: str, *, key: str, at: datetime) -> Written:
    """Answer a post. The team's answer makes an open question an answered one.

    Refuses as `write_post`, and `unknown_key` for a post that is not shown.
    """
    there, _ = board()
    text = _text(text)
    _begin(author)
    own_key = f"{author.id}/{key}"
    known = run(select(Answer.__table__).where(_answer.key == own_key)).one_or_none()
    if known is not None:
        return _same(known, (known.post_id, known.text) == (post_id, text))
    post = shown_post(post_id)
    _may_write(author, "board/answer", there.answers_per_day, at)
    answer_id = new_id(at)
    run(
        insert(Answer),
        {
            "id": answer_id, "key": own_key, "post_id": post_id, "text": text, "created_at": at,
            "member_id": author.member_id, "staff_id": author.staff_id,
        },
    )  # fmt: skip
    news: dict[str, Any] = {"answers": _post.answers + 1}
    if author.staff_id is not None and (post.kind, post.state) == ("question", "open"):
        news["state"] = "answered"
    run(update(Post).where(_post.id == post_id).values(**news))
    return Written(answer_id)


def change_post(member_id: str, post_id: str, title: str, text: str, *, at: datetime) -> None:
    """Let a member mend her post. Refuses `bad_value`, `unknown_key` (none of hers), `expired` after its minutes."""
    news = {"title": _title(title), "text": _text(text)}
    _begin(Author(member_id))
    _still(own_post(member_id, post_id), at)
    run(update(Post).where(_post.id == post_id).values(edited_at=at, **news))


def change_answer(member_id: str, answer_id: str, text: str, *, at: datetime) -> None:
    """Let a member mend her answer. Refuses as `change_post`."""
    told = _text(text)
    _begin(Author(member_id))
    _still(own_answer(member_id, answer_id), at)
    run(update(Answer).where(_answer.id == answer_id).values(edited_at=at, text=told))


def take_back_post(member_id: str, post_id: str, *, at: datetime) -> None:
    """Erase a member's own post: its words go, the answers of others stay under it. Twice is once."""
    _begin(Author(member_id))
    if own_post(member_id, post_id).deleted_at is None:
        run(update(Post).where(_post.id == post_id).values(deleted_at=at, title="", text=""))
        settle(post_id, at)


def take_back_answer(member_id: str, answer_id: str, *, at: datetime) -> None:
    """Erase a member's own answer. Twice is once."""
    _begin(Author(member_id))
    row = own_answer(member_id, answer_id)
    if row.deleted_at is not None:
        return
    run(update(Answer).where(_answer.id == answer_id).values(deleted_at=at, text=""))
    settle(answer_id, at)
    if row.hidden_at is None:
        run(update(Post).where(_post.id == row.post_id).values(answers=_post.answers - 1))


def vote(member_id: str, post_id: str, *, at: datetime) -> None:
    """Vote for a post; twice is once. Refuses `not_allowed` for one's own, `unknown_key`, `too_many_requests`."""
    _begin(Author(member_id))
    if shown_post(post_id).member_id == member_id:
        raise Refused("not_allowed", "Nobody votes for what they wrote.", status=403)
    _throttle(member_id, "board/vote", signin.Limit("1h", rules.VOTES_PER_HOUR, rules.HOUR), at)
    row = {"member_id": member_id, "post_id": post_id, "at": at}
    if run(upsert(Vote).on_conflict_do_nothing().returning(literal(1)), row).one_or_none() is not None:
        run(update(Post).where(_post.id == post_id).values(votes=_post.votes + 1))


def take_back_vote(member_id: str, post_id: str) -> None:
    """Vote no longer for a post; nothing for one that she has not voted for. Refuses `unknown_key`."""
    _begin(Author(member_id))
    shown_post(post_id)
    mine = (_vote.member_id == member_id, _vote.post_id == post_id)
    if run(delete(Vote).where(*mine).returning(_vote.post_id)).one_or_none() is not None:
        run(update(Post).where(_post.id == post_id).values(votes=_post.votes - 1))


def take_back_all(member_id: str, *, at: datetime) -> None:
    """Erase all that a member wrote, as each by itself. Also where the programme has no board any more."""
    _begin(Author(member_id))
    posts = set(
        run(select(_post.id).where(_post.member_id == member_id, _post.deleted_at.is_(None))).scalars()
    )
    mine = (_answer.member_id == member_id, _answer.deleted_at.is_(None))
    answers = run(select(_answer.id, _answer.post_id).where(*mine)).all()
    for post_id in sorted(
        posts | {row.post_id for row in answers}
    ):  # in one order: two who do so never lock each other
        if post_id in posts:
            take_back_post(member_id, post_id, at=at)
        for row in answers:
            if row.post_id == post_id:
                take_back_answer(member_id, row.id, at=at)


def report(member_id: str, what_id: str, reason: str, *, at: datetime) -> None:
    """Tell the team about a post or an answer; once for each member, and anew when the team has looked or the words
    were changed since. Refuses `bad_value`, `unknown_key`, `too_many_requests`."""
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    _begin(Author(member_id))
    said, post_id = _read_by(member_id, what_id)
    _throttle(member_id, "board/report", signin.Limit("1d", rules.REPORTS_PER_DAY, rules.DAY), at)
    row = {"member_id": member_id, "what_id": what_id, "post_id": post_id, "reason": reason, "at": at}
    mine = (_report.member_id == member_id, _report.what_id == what_id)
    known = run(select(_report.at, _report.settled_at).where(*mine)).one_or_none()
    if known is None:
        run(insert(Report), row)
    elif known.settled_at is not None or (said.edited_at is not None and said.edited_at > known.at):
        run(update(Report).where(*mine).values(reason=reason, at=at, settled_at=None))


def _read_by(member_id: str, what_id: str) -> tuple[Row[Any], str]:
    """A post or an answer that this member reads, and its post's id, held. Answers are read under what was taken back,
    under what is hidden by its author alone. Refuses `unknown_key`."""
    if run(select(_answer.id).where(_answer.id == what_id)).one_or_none() is None:
        return shown_post(what_id), what_id
    said = held_answer(what_id)
    above = held_post(said.post_id)
    is_hidden = above.hidden_at is not None and above.member_id != member_id
    if said.deleted_at is not None or said.hidden_at is not None or is_hidden:
        raise _none()
    return said, above.id


def forget(member_id: str) -> None:
    """She leaves: whom she voted for and what she reported are forgotten, and the votes stay as numbers.

    What nobody has looked at yet stays with the team, which never read who told it. What she wrote stays under no name:
    names are looked up, and hers is erased.
    """
    run(delete(Vote).where(_vote.member_id == member_id))
    run(delete(Report).where(_report.member_id == member_id, _report.settled_at.is_not(None)))


def settle(what_id: str, at: datetime) -> None:
    """What was reported of this is looked into, or gone."""
    run(update(Report).where(_report.what_id == what_id, _report.settled_at.is_(None)).values(settled_at=at))


def shown_post(post_id: str) -> Row[Any]:
    """A post that members read, held for the rest of the write. Refuses `unknown_key` for any other."""
    row = held_post(post_id)
    if row.deleted_at is not None or row.hidden_at is not None:
        raise _none()
    return row


def held_post(post_id: str) -> Row[Any]:
    """A post whatever became of it, held for the rest of the write. Refuses `unknown_key`."""
    row = run(select(Post.__table__).where(_post.id == post_id).with_for_update()).one_or_none()
    if row is None:
        raise _none()
    return row


def held_answer(answer_id: str) -> Row[Any]:
    """An answer whatever became of it, held with its post for the rest of the write. Refuses `unknown_key`."""
    post_id = run(select(_answer.post_id).where(_answer.id == answer_id)).scalar_one_or_none()
    held_post(post_id or "")
    return run(select(Answer.__table__).where(_answer.id == answer_id)).one()


def own_post(member_id: str, post_id: str) -> Row[Any]:
    """A post of hers, held. Refuses `unknown_key`."""
    row = held_post(post_id)
    if row.member_id != member_id:
        raise _none()
    return row


def own_answer(member_id: str, answer_id: str) -> Row[Any]:
    """An answer of hers, held with its post. Refuses `unknown_key`."""
    row = held_answer(answer_id)
    if row.member_id != member_id:
        raise _none()
    return row


def new_id(at: datetime) -> str:
    """An id in which the instant of the writing stands, so that ids are in the order of time."""
    return str(ULID.from_datetime(at))


def _begin(author: Author) -> None:
    """Hold the member who writes; whoever is leaving at this moment is gone when she is read."""
    if author.member_id is None:
        return
    ledger.lock(author.member_id)
    if people.has_left(author.member_id):
        raise Refused("unknown_member", "There is no such member.", status=404)


def _may_write(author: Author, what: str, most: int, at: datetime) -> None:
    """Refuse who may not write, and who has written enough; the team may always."""
    if author.member_id is None:
        return
    if not may_write(author.member_id, at):
        raise Refused("not_allowed_by_tier", "This tier does not write on the board.", status=403)
    _throttle(author.member_id, what, signin.Limit("1d", most, rules.DAY), at)


def _throttle(member_id: str, what: str, limit: signin.Limit, at: datetime) -> None:
    wait = signin.seconds_to_wait(what, limit, member_id, at)
    if wait:
        raise Refused("too_many_requests", "That is as much as one can at a time.", wait=wait)


def _still(row: Row[Any], at: datetime) -> None:
    there, _ = board()
    if row.deleted_at is not None or row.hidden_at is not None:
        raise _none()
    if not rules.may_change(row.created_at, at, there.edit_minutes):
        raise Refused("expired", "It can be changed no more.", minutes=there.edit_minutes)


def _same(known: Row[Any], same: bool) -> Written:
    if not same:
        raise Refused("conflict", "This form was sent before with other words.")
    return Written(known.id, repeated=True)


def _title(typed: str) -> str:
    return rules.one_line(typed, "title", least=rules.LEAST_TITLE, most=rules.MOST_TITLE)


def _text(typed: str) -> str:
    return rules.lines(typed, "text", least=rules.LEAST_TEXT, most=rules.MOST_TEXT)


def _none() -> Refused:
    return Refused("unknown_key", "There is nothing here.", status=404)

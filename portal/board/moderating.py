"""What the team does on the board beside writing: the state of a post, hiding it with a reason, showing it again.

Who of staff may, and the audit of it, is support's (portal/support/boarding.py); here are the bare verbs. Each answers
whose writing it was, None for the team's own.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, update

from portal.board import rules
from portal.board.models import Answer, Post
from portal.board.service import held_answer, held_post, settle
from portal.db import run
from portal.errors import Refused

_post, _answer = Post.__table__.c, Answer.__table__.c


def set_state(post_id: str, state: str) -> Row[Any]:
    """Say what becomes of an idea, or that a question is answered or open; the post as it was.

    Refuses `bad_value` for a state that its kind has not, `unknown_key`.
    """
    row = _there(held_post(post_id))
    if state not in rules.STATES[row.kind]:
        raise Refused("bad_value", f"No {row.kind} is {state[:20]!r}.", pointer="/state")
    run(update(Post).where(_post.id == post_id).values(state=state))
    return row


def hide_post(post_id: str, reason: str, *, at: datetime) -> Row[Any]:
    """Take a post out of sight; its author reads the reason. Hidden twice, the first reason stands.

    Refuses `bad_value` for a reason that is none, `unknown_key`.
    """
    reason = _reason(reason)
    row = _there(held_post(post_id))
    if row.hidden_at is None:
        run(update(Post).where(_post.id == post_id).values(hidden_at=at, hidden_reason=reason))
    settle(post_id, at)
    return row


def hide_answer(answer_id: str, reason: str, *, at: datetime) -> Row[Any]:
    """Take an answer out of sight, as `hide_post`."""
    reason = _reason(reason)
    row = _there(held_answer(answer_id))
    if row.hidden_at is None:
        run(update(Answer).where(_answer.id == answer_id).values(hidden_at=at, hidden_reason=reason))
        run(update(Post).where(_post.id == row.post_id).values(answers=_post.answers - 1))
    settle(answer_id, at)
    return row


def show_post(post_id: str, *, at: datetime) -> Row[Any]:
    """Let a post be read again, or as before: what was reported of it is settled. Refuses `unknown_key`."""
    row = _there(held_post(post_id))
    run(update(Post).where(_post.id == post_id).values(hidden_at=None, hidden_reason=None))
    settle(post_id, at)
    return row


def show_answer(answer_id: str, *, at: datetime) -> Row[Any]:
    """Let an answer be read again, as `show_post`."""
    row = _there(held_answer(answer_id))
    if row.hidden_at is not None:
        run(update(Answer).where(_answer.id == answer_id).values(hidden_at=None, hidden_reason=None))
        run(update(Post).where(_post.id == row.post_id).values(answers=_post.answers + 1))
    settle(answer_id, at)
    return row


def _there(row: Row[Any]) -> Row[Any]:
    if row.deleted_at is not None:
        raise Refused("unknown_key", "Its author has taken it back.", status=404)
    return row


def _reason(typed: str) -> str:
    return rules.one_line(typed, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)

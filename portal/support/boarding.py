"""What the team does on the board: write in its name, say what becomes of an idea, hide with a reason. Each is audited.

The verbs on what is written are the board's; here is who may, and who did.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from portal import board, notices, people, signin
from portal import programme as programmes
from portal.db import read
from portal.errors import Refused
from portal.support import audit, rules

_member = people.Member.__table__.c


def write_post(
    staff: signin.Person, kind: str, title: str, text: str, *, key: str, now: datetime, request_id: str = ""
) -> board.Written:
    """Put an idea or a question of the team's on the board. Refuses `not_allowed`, and as `board.write_post`."""
    _check(staff)
    audit.hold(staff.id)
    written = board.write_post(board.Author(staff_id=staff.id), kind, title, text, key=key, at=now)
    if not written.repeated:
        audit.note(staff.id, "board_posted", at=now, request_id=request_id, post=written.id)
    return written


def write_answer(
    staff: signin.Person, post_id: str, text: str, *, key: str, now: datetime, request_id: str = ""
) -> board.Written:
    """Answer in the team's name. Refuses `not_allowed`, and as `board.write_answer`."""
    _check(staff)
    audit.hold(staff.id)
    written = board.write_answer(board.Author(staff_id=staff.id), post_id, text, key=key, at=now)
    if not written.repeated:
        audit.note(staff.id, "board_answered", at=now, request_id=request_id, post=post_id, answer=written.id)
    return written


def set_state(staff: signin.Person, post_id: str, state: str, *, now: datetime, request_id: str = "") -> None:
    """Say what becomes of a post. Refuses `not_allowed`, and as `board.set_state`."""
    _check(staff)
    audit.hold(staff.id)
    before = board.set_state(post_id, state)
    if before.state != state:
        _note(staff, "board_state", before, now, request_id, post=post_id, state=state)


def hide(
    staff: signin.Person,
    post_id: str,
    answer_id: str | None,
    reason: str,
    *,
    now: datetime,
    request_id: str = "",
) -> None:
    """Hide a post, or an answer; its author reads why there and in a mail. What is hidden already stays so.

    Refuses `not_allowed`, and as `board.hide_post`.
    """
    _check(staff)
    audit.hold(staff.id)
    if answer_id is not None:
        before = board.hide_answer(answer_id, reason, at=now)
    else:
        before = board.hide_post(post_id, reason, at=now)
    if before.hidden_at is None:
        why = " ".join(reason.split())
        _note(staff, "board_hidden", before, now, request_id, post=post_id, answer=answer_id, reason=why)
        _tell(before, post_id, why, now)


def show(
    staff: signin.Person, post_id: str, answer_id: str | None, *, now: datetime, request_id: str = ""
) -> None:
    """Show what was hidden, or leave what was reported as it is. Refuses `not_allowed`, and as `board.show_post`."""
    _check(staff)
    audit.hold(staff.id)
    before = board.show_answer(answer_id, at=now) if answer_id else board.show_post(post_id, at=now)
    _note(staff, "board_shown", before, now, request_id, post=post_id, answer=answer_id)


def _check(staff: signin.Person) -> None:
    if not rules.may(staff.role, "answer"):
        raise Refused("not_allowed", "This role only reads the board.", status=403, why="role")


def _note(
    staff: signin.Person, what: str, row: Row[Any], now: datetime, request_id: str, **facts: Any
) -> None:
    audit.note(staff.id, what, at=now, member_id=row.member_id, request_id=request_id, **facts)


def _tell(row: Row[Any], post_id: str, why: str, now: datetime) -> None:
    """Write to the member whose words were hidden, if she is one still and has an address."""
    if row.member_id is None:
        return
    member = read(select(people.Member.__table__).where(_member.id == row.member_id)).one()
    post, active = board.post(post_id), programmes.active()[1]
    if not member.email or post is None:
        return
    reads = post.hidden_at is None or post.member_id == member.id  # a title that is hidden from her stays so
    label = active.board.label if active.board is not None else active.name
    notices.queue(
        "post_hidden", key=f"post_hidden/{row.id}/{now.isoformat()}", recipient=member.email,
        locale=member.locale or active.languages[0],
        facts={
            "member_name": member.name, "title": (post.title if reads else "") or label, "reason": why,
            "is_answer": int(row.id != post_id),
            "board_url": notices.address(f"/board/{post_id}" if reads else "/board"),
        },
        now=now, member_id=member.id,
    )  # fmt: skip

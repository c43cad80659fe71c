"""What a template reads of a post or an answer: words, a name, a day, and what may be done with it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from portal.board import names, rules
from portal.programme import Programme


@dataclass(frozen=True, slots=True)
class Shown:
    """A post or an answer as it is shown; of an answer title, kind, state and counts are empty.

    `name` is empty for a member who has told none; `left` once she has left. `gone` when she has taken it back: then
    it says nothing of her any more.
    `hidden` is the reason, for its author and for staff alone. `reports` are open ones, for staff.
    """

    id: str
    title: str
    kind: str
    state: str
    paragraphs: list[list[list[rules.Part]]]
    name: str
    left: bool
    from_team: bool
    is_own: bool
    is_voted: bool
    may_change: bool
    votes: int
    answers: int
    at: datetime
    on: date
    edited: bool
    gone: bool
    hidden: str | None
    member_ref: str | None
    reports: tuple[str, ...] = ()


def shown(
    row: Row[Any],
    active: Programme,
    *,
    now: datetime,
    reader: str | None = None,
    voted: Collection[str] = (),
    reports: Collection[str] = (),
) -> Shown:
    """A row of queries.py under the programme in force, for this reader (a member's id, or None for staff)."""
    facts = row._mapping
    gone = row.deleted_at is not None
    is_own = reader is not None and row.member_id == reader and not gone
    minutes = active.board.edit_minutes if active.board is not None else 0
    return Shown(
        id=row.id,
        title=facts.get("title", ""),
        kind=facts.get("kind", ""),
        state=facts.get("state", ""),
        paragraphs=rules.paragraphs(row.text),
        name="" if gone else names.shown_name(row.name, active.name),
        left=bool(row.left) and not gone,
        from_team=row.staff_id is not None,
        is_own=is_own,
        is_voted=row.id in voted,
        may_change=is_own and row.hidden_at is None and rules.may_change(row.created_at, now, minutes),
        votes=facts.get("votes", 0),
        answers=facts.get("answers", 0),
        at=row.created_at,
        on=active.day(row.created_at),
        edited=row.edited_at is not None,
        gone=gone,
        hidden=row.hidden_reason if is_own or reader is None else None,
        member_ref=None if gone else row.member_ref,
        reports=tuple(reports),
    )

"""What a member is told by mail when her points leave her card for a reward or a cause.

A thief who stays below the programme's daily limit is asked for no proof: this mail is how she notices him (security.md
section 2). The first move of a quarter of an hour is told at once, those that follow it in that quarter together.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from portal import notices
from portal import programme as programmes
from portal.db import read
from portal.ledger.models import Entry, Operation

POINTS_LEFT = "points_left"
TOGETHER = timedelta(minutes=15)
GRACE = timedelta(minutes=1)  # what began within a quarter may be written a little after its end
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_entry, _operation = Entry.__table__.c, Operation.__table__.c


def tell_of_move(member_id: str, seq: int, reader: Row[Any], at: datetime) -> None:
    """Queue the mail about the entry `seq`, a reward or a gift of this member at `at`, to the `reader` that
    `people.move_value` answers; none where she has no address, or while a history is told.

    The caller holds her wallet and calls it once for each entry. The mail says nothing yet: `moves` of what it names
    are read when it is sent.
    """
    if not reader.email:
        return
    began = at - (at - _EPOCH) % TOGETHER
    key = f"{POINTS_LEFT}/{member_id}/{began:%Y-%m-%dT%H:%M}"
    if not _queue(member_id, reader, key, {"first": seq, "last": seq}, at, due_at=at):
        until = began + TOGETHER
        facts = {"first": seq, "last": None, "until": until.isoformat()}
        _queue(member_id, reader, f"{key}/more", facts, at, due_at=until + GRACE)


def moves(member_id: str, facts: dict[str, Any]) -> list[Row[Any]]:
    """What a queued mail is about, oldest first: entries (seq, kind "redeemed" | "donated", points, after_available,
    source_ref, trace, at) and who asked for each (actor)."""
    if facts["last"] is not None:
        within = _entry.seq == facts["last"]
    else:
        within = (_entry.seq >= facts["first"]) & (_entry.at < datetime.fromisoformat(facts["until"]))
    told = (_entry.seq, _entry.kind, _entry.after_available, _entry.source_ref, _entry.trace, _entry.at)
    named = (_operation.member_id == _entry.member_id) & (_operation.key == _entry.operation_key)
    statement = (
        select(*told, (-_entry.d_available).label("points"), _operation.actor)
        .join_from(Entry.__table__, Operation.__table__, named)
        .where(_entry.member_id == member_id, within, _entry.kind.in_(("redeemed", "donated")))
    )
    return list(read(statement.order_by(_entry.seq)).all())


def _queue(
    member_id: str, reader: Row[Any], key: str, facts: dict[str, Any], at: datetime, *, due_at: datetime
) -> bool:
    locale = reader.locale or programmes.active()[1].languages[0]
    return notices.queue(
        POINTS_LEFT, key=key, recipient=reader.email, locale=locale, facts=facts, now=at, due_at=due_at,
        member_id=member_id,
    )  # fmt: skip

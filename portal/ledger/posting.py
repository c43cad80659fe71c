"""What a verb writes: its key first, one entry that explains what moved, and the lots that points come and go by."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from portal import programme as programmes
from portal.db import run
from portal.errors import Refused
from portal.ledger import statements
from portal.ledger.models import NEVER
from portal.ledger.rules import first_look


@dataclass(frozen=True, slots=True)
class Because:
    """Why points move: the source and its reference, who asked, the programme version, and the arithmetic."""

    source: str
    ref: str
    actor: str
    programme_version: int
    trace: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """What stands in the ledger after a verb: the entry's number and the buckets after it, in points."""

    seq: int
    available: int
    pending: int
    owed: int
    repeated: bool = False


def lock(member_id: str) -> None:
    """Hold this member's wallet for the rest of the write, as every verb on it does; nothing for an unknown one.

    Whoever decides by what stands of a member begins with this, or decides by what another write is changing.
    """
    run(statements.lock(), {"p_member": member_id})


def assert_points(points: int) -> None:
    """A transfer moves something. Raises ValueError."""
    if points <= 0:
        raise ValueError(f"a transfer moves at least one point, not {points}")


def begin(member_id: str, key: str, fingerprint: str, actor: str, at: datetime) -> Posted | None:
    """Insert the operation's key; the entry that stands when this very operation was done before."""
    operation = {"member_id": member_id, "key": key, "fingerprint": fingerprint, "actor": actor, "at": at}
    if run(statements.begin(), operation).one_or_none() is not None:
        return None
    row = run(statements.standing(), {"p_member": member_id, "p_key": key}).one()
    if row.fingerprint != fingerprint:
        raise Refused("conflict", "This key was used before for something else.", key=key)
    return Posted(row.seq, row.after_available, row.after_pending, row.after_owed, repeated=True)


def received(after: Row[Any] | None) -> Row[Any]:
    """The buckets after points arrived. Refuses `unknown_member` where they could not: the wallet is closed."""
    if after is None:
        raise unknown()
    return after


def paid_of(points: int, after: Row[Any]) -> int:
    """How many of the points that arrived went into a debt, read from the buckets after it.

    Whoever owes has nothing available: so what is available now, if it is less than arrived, is what the debt left.
    """
    return max(0, points - int(after.available))


def append(
    member_id: str,
    after: Row[Any],
    key: str,
    kind: str,
    contra: str,
    because: Because,
    at: datetime,
    day: date,
    *,
    available: int = 0,
    pending: int = 0,
    owed: int = 0,
    reverses: int | None = None,
) -> Posted:
    """Write the entry that explains what a verb did to the wallet, in points; what stands after it."""
    posted = posted_of(after)
    moved = {"available": available, "pending": pending, "owed": owed}
    row = entry_row(member_id, posted, key, kind, contra, because, at, day, **moved)
    run(statements.append(), {**row, "reverses": reverses} if reverses else row)
    return posted


def entry_row(
    member_id: str,
    after: Posted,
    key: str,
    kind: str,
    contra: str,
    because: Because,
    at: datetime,
    day: date,
    *,
    available: int = 0,
    pending: int = 0,
    owed: int = 0,
) -> dict[str, Any]:
    """An entry as it is inserted: what moved between the buckets (points), and the buckets `after` it."""
    return {
        "member_id": member_id,
        "seq": after.seq,
        "operation_key": key,
        "kind": kind,
        "contra": contra,
        "d_available": available,
        "d_pending": pending,
        "d_held": 0,
        "d_owed": owed,
        "after_available": after.available,
        "after_pending": after.pending,
        "after_owed": after.owed,
        "source": because.source,
        "source_ref": because.ref,
        "programme_version": because.programme_version,
        "trace": because.trace,
        "at": at,
        "on_day": day,
    }


def fill(member_id: str, seq: int, expires_on: date, points: int, day: date) -> None:
    """Put what an entry of `day` made available into its lot; nothing when a debt took it all."""
    if points:
        run(statements.fill_lot(), lot_row(member_id, expires_on, points, day))
        run(
            statements.note_lot_use(),
            {"member_id": member_id, "seq": seq, "expires_on": expires_on, "points": points},
        )


def lot_row(member_id: str, expires_on: date, points: int, day: date) -> dict[str, Any]:
    """A lot as it is inserted, with the points that come on `day`.

    Where points end by inactivity it is looked at at once: the last order or activity may lie a long way back.
    """
    expiry = programmes.active()[1].expiry
    idle = expires_on == NEVER and expiry.kind == "inactivity"
    return {
        "member_id": member_id,
        "expires_on": expires_on,
        "granted": points,
        "remaining": points,
        "made_on": day,
        "next_on": day if idle else first_look(expiry, day, expires_on),
    }


def draw(member_id: str, seq: int, points: int, *, first: date | None) -> None:
    """Draw `points` from lots: the one of `first` before all others, then the soonest to expire."""
    left = points
    if left == 0:
        return
    for lot in run(statements.lots(), {"p_member": member_id, "p_first": first}).all():
        taken = min(left, lot.remaining)
        run(statements.draw_lot(), {"p_member": member_id, "p_day": lot.expires_on, "p_points": taken})
        run(
            statements.note_lot_use(),
            {"member_id": member_id, "seq": seq, "expires_on": lot.expires_on, "points": -taken},
        )
        left -= taken
        if left == 0:
            return
    raise AssertionError(f"wallet {member_id} says more is available than its lots hold")


def is_frozen() -> Refused:
    """The refusal of whoever would spend meanwhile."""
    return Refused("frozen", "A payment of this member's is disputed: points stay until that is settled.")


def unknown() -> Refused:
    """The refusal of what somebody does who is not there, or not any more."""
    return Refused("unknown_member", "There is no such member.", status=404)


def posted_of(after: Row[Any]) -> Posted:
    """What a verb answers, read from the buckets after it."""
    return Posted(after.seq, after.available, after.pending, after.owed)

"""The verbs that move points. Each appends one entry per transfer, under a key that is inserted first.

Order of every verb: operation (the key), wallet (one conditional update that locks it), entry, lots. One verb touches
one member. `at` is the instant it is written, `day` that instant's day in the programme's zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Row

from portal import programme as programmes
from portal.db import run, run_many
from portal.errors import Refused
from portal.ledger import statements
from portal.ledger.models import NEVER
from portal.ledger.rules import first_look

BUCKETS = ("available", "pending", "held", "owed", "earned", "spent", "donated", "expired", "seq")


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


def open_wallet(member_id: str) -> None:
    """Give a new member her empty wallet."""
    open_wallets([member_id])


def open_wallets(member_ids: Sequence[str]) -> None:
    """As `open_wallet`, for several."""
    buckets = dict.fromkeys(BUCKETS, 0)
    run_many(
        statements.open_wallet(),
        [{"member_id": member_id, "status": "active", **buckets} for member_id in member_ids],
    )


def lock(member_id: str) -> None:
    """Hold this member's wallet for the rest of the write, as every verb on it does; nothing for an unknown one.

    Whoever decides by what stands of a member begins with this, or decides by what another write is changing.
    """
    run(statements.lock(), {"p_member": member_id})


def credit(
    member_id: str,
    points: int,
    *,
    key: str,
    fingerprint: str,
    because: Because,
    expires_on: date,
    at: datetime,
    day: date,
    matures_on: date | None = None,
) -> Posted:
    """Give `points` (> 0), into the lot of `expires_on`: at once, or waiting until `matures_on`.

    What is owed is paid first from points that are available at once. Refuses `conflict` when the key stands with
    another fingerprint, `unknown_member` for one who has left; the same one again answers what stands.
    """
    assert_points(points)
    repeated = begin(member_id, key, fingerprint, because.actor, at)
    if repeated is not None:
        return repeated
    who = {"p_member": member_id, "p_points": points}
    if matures_on is not None and matures_on > day:
        after = received(run(statements.credit_later(), who).one_or_none())
        append(member_id, after, key, "earned", "issued", because, at, day, pending=points)
        run(
            statements.add_pending(),
            {
                "member_id": member_id,
                "source": because.source,
                "source_ref": because.ref,
                "matures_on": matures_on,
                "expires_on": expires_on,
                "points": points,
            },
        )
        return _posted(after)
    after = received(run(statements.credit_now(), who).one_or_none())
    paid = paid_of(points, after)
    append(member_id, after, key, "earned", "issued", because, at, day, available=points - paid, owed=-paid)
    fill(member_id, after.seq, expires_on, points - paid, day)
    return _posted(after)


def mature(
    member_id: str, *, through: date, actor: str, at: datetime, day: date, version: int
) -> list[Posted]:
    """Make waiting points available whose day has come (`matures_on` <= `through`), oldest first, debts paid first."""
    lock(member_id)
    posted = []
    for waiting in run(statements.due(), {"p_member": member_id, "p_day": through}).all():
        key = f"mature/{waiting.source}/{waiting.source_ref}/{waiting.matures_on}"
        trace = {"matures_on": str(waiting.matures_on), "points": waiting.points}
        because = Because(waiting.source, waiting.source_ref, actor, version, trace)
        begin(member_id, key, "", actor, at)
        run(
            statements.drop_pending(),
            {
                "p_member": member_id,
                "p_source": waiting.source,
                "p_ref": waiting.source_ref,
                "p_day": waiting.matures_on,
            },
        )
        after = run(statements.mature(), {"p_member": member_id, "p_points": waiting.points}).one()
        paid = paid_of(waiting.points, after)
        arrived = waiting.points - paid
        append(
            member_id, after, key, "matured", "matured", because, at, day,
            available=arrived, pending=-waiting.points, owed=-paid,
        )  # fmt: skip
        fill(member_id, after.seq, waiting.expires_on, arrived, day)
        posted.append(_posted(after))
    return posted


def debit(
    member_id: str,
    points: int,
    *,
    key: str,
    fingerprint: str,
    because: Because,
    kind: Literal["redeemed", "donated"],
    at: datetime,
    day: date,
) -> Posted:
    """Spend or give away `points` (> 0), from the lots that expire soonest.

    Refuses `owes_points` while points are owed, `frozen` while a payment of hers is disputed, and `not_enough_points`
    with what there is (`have`, `need`). Any number
    of these at once never takes more than there is: the wallet row decides (security.md 8.2).
    """
    assert_points(points)
    repeated = begin(member_id, key, fingerprint, because.actor, at)
    if repeated is not None:
        return repeated
    statement = statements.spend() if kind == "redeemed" else statements.donate()
    after = run(statement, {"p_member": member_id, "p_points": points}).one_or_none()
    if after is None:
        raise _why_not(member_id, points)
    append(member_id, after, key, kind, kind, because, at, day, available=-points)
    draw(member_id, after.seq, points, first=None)
    return _posted(after)


def claw_back(
    member_id: str,
    points: int,
    *,
    key: str,
    fingerprint: str,
    because: Because,
    lot: date,
    at: datetime,
    day: date,
) -> Posted:
    """Take back `points` (> 0) of a source that gave them (contracts.md, Refunds).

    First from what of that source still waits, then from what is left of `lot`, then from other lots, soonest expiry
    first; the rest is owed. What of other sources waits is left alone.
    """
    assert_points(points)
    repeated = begin(member_id, key, fingerprint, because.actor, at)
    if repeated is not None:
        return repeated
    available = run(statements.lock(), {"p_member": member_id}).scalar_one()
    from_pending = _take_pending(member_id, because, points)
    from_available = min(points - from_pending, available)
    owed = points - from_pending - from_available
    after = run(
        statements.claw_back(),
        {
            "p_member": member_id,
            "p_points": points,
            "p_pending": from_pending,
            "p_available": from_available,
            "p_owed": owed,
        },
    ).one()
    append(
        member_id, after, key, "refunded", "clawed_back", because, at, day,
        available=-from_available, pending=-from_pending, owed=owed,
    )  # fmt: skip
    draw(member_id, after.seq, from_available, first=lot)
    return _posted(after)


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
        raise _unknown()
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
    posted = _posted(after)
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


def _take_pending(member_id: str, because: Because, points: int) -> int:
    """Take up to `points` of what waits of this source, the last to mature first; how many were taken."""
    source = {"p_member": member_id, "p_source": because.source, "p_ref": because.ref}
    taken = 0
    for waiting in run(statements.pending_of_source(), source).all():
        take = min(points - taken, waiting.points)
        if take == waiting.points:
            run(statements.drop_pending(), {**source, "p_day": waiting.matures_on})
        elif take:
            run(statements.lessen_pending(), {**source, "p_day": waiting.matures_on, "p_points": take})
        taken += take
    return taken


def _why_not(member_id: str, points: int) -> Refused:
    wallet = run(statements.wallet(), {"p_member": member_id}).one_or_none()
    if wallet is None or wallet.status != "active":
        return _unknown()
    if wallet.owed:
        return Refused(
            "owes_points", f"{wallet.owed} points are owed; earnings pay them first.", owed=wallet.owed
        )
    if wallet.frozen:
        return is_frozen()
    return Refused(
        "not_enough_points",
        f"{points} points are needed, {wallet.available} are available.",
        need=points,
        have=wallet.available,
    )


def is_frozen() -> Refused:
    """The refusal of whoever would spend meanwhile."""
    return Refused("frozen", "A payment of this member's is disputed: points stay until that is settled.")


def _unknown() -> Refused:
    return Refused("unknown_member", "There is no such member.", status=404)


def _posted(after: Row[Any]) -> Posted:
    return Posted(after.seq, after.available, after.pending, after.owed)

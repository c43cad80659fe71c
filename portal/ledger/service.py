"""The verbs that move points. Each appends one entry per transfer, under a key that is inserted first.

Order of every verb: operation (the key), wallet (one conditional update that locks it), entry, lots. One verb touches
one member. `at` is the instant it is written, `day` that instant's day in the programme's zone. What all
of them write is in `posting`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from portal.db import run, run_many
from portal.errors import Refused
from portal.ledger import statements
from portal.ledger.posting import (
    Because,
    Posted,
    append,
    assert_points,
    begin,
    draw,
    fill,
    is_frozen,
    lock,
    paid_of,
    posted_of,
    received,
    unknown,
)

BUCKETS = ("available", "pending", "held", "owed", "earned", "spent", "donated", "expired", "seq")


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
        return posted_of(after)
    after = received(run(statements.credit_now(), who).one_or_none())
    paid = paid_of(points, after)
    append(member_id, after, key, "earned", "issued", because, at, day, available=points - paid, owed=-paid)
    fill(member_id, after.seq, expires_on, points - paid, day)
    return posted_of(after)


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
        posted.append(posted_of(after))
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
    return posted_of(after)


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
    return posted_of(after)


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
        return unknown()
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

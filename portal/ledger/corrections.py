"""Corrections: a spending that is undone, points that staff add or take, a wallet that is closed. New entries, never
edits of old ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import programme as programmes
from portal.db import run
from portal.errors import Refused
from portal.ledger import statements
from portal.ledger.models import NEVER
from portal.ledger.posting import (
    Because,
    Posted,
    append,
    assert_points,
    begin,
    draw,
    fill,
    lock,
    paid_of,
    received,
)
from portal.ledger.rules import last_day


def undo(
    member_id: str,
    of_key: str,
    *,
    key: str,
    fingerprint: str,
    because: Because,
    at: datetime,
    day: date,
    grace_days: int = 30,
) -> Posted:
    """Give back what the operation `of_key` spent, to the lots it came from with their old dates, once.

    A lot whose last day has passed comes back valid to `day` + `grace_days` (Reading 18); one that is held is alive.
    What is owed is paid first, by the points that would expire soonest. What was undone before, under whatever key,
    answers what stands. Refuses `unknown_key` when this member spent nothing under `of_key`, `conflict` when `key`
    stands for something else.
    """
    lock(member_id)
    spent = run(statements.spending(), {"p_member": member_id, "p_key": of_key}).one_or_none()
    if spent is None:
        raise Refused("unknown_key", "Nothing was spent under this key.", status=404)
    if spent.undone_by is not None:
        return _standing(member_id, spent.undone_by)
    repeated = begin(member_id, key, fingerprint, because.actor, at)
    if repeated is not None:
        raise Refused("conflict", "This key was used before for something else.", key=key)
    points = -spent.d_available
    after = run(statements.give_back(), {"p_member": member_id, "p_points": points}).one()
    paid = paid_of(points, after)
    posted = append(
        member_id, after, key, "undone", "redeemed", because, at, day,
        available=points - paid, owed=-paid, reverses=spent.seq,
    )  # fmt: skip
    drawn = run(statements.drawn(), {"p_member": member_id, "p_seq": spent.seq}).all()
    for expires_on, back in _shares(drawn, paid, day, day + timedelta(days=grace_days)).items():
        fill(member_id, posted.seq, expires_on, back, day)
    return posted


def adjust(
    member_id: str,
    points: int,
    *,
    key: str,
    fingerprint: str,
    because: Because,
    at: datetime,
    day: date,
    expires_on: date = NEVER,
) -> Posted:
    """Add `points` to what was earned, into the lot of `expires_on`, or take them (below zero), as staff decide.

    What is added pays what is owed first; what is taken comes from the lots that expire soonest. Refuses
    `not_enough_points` with what there is (`have`, `need`), `unknown_member` for one who has left, `conflict` when the
    key stands with another fingerprint; the same one again answers what stands.
    """
    assert_points(abs(points))
    repeated = begin(member_id, key, fingerprint, because.actor, at)
    if repeated is not None:
        return repeated
    if points > 0:
        after = received(
            run(statements.credit_now(), {"p_member": member_id, "p_points": points}).one_or_none()
        )
        paid = paid_of(points, after)
        posted = append(
            member_id, after, key, "adjusted", "adjusted", because, at, day, available=points - paid, owed=-paid
        )  # fmt: skip
        fill(member_id, posted.seq, expires_on, points - paid, day)
        return posted
    taken = run(statements.adjust_down(), {"p_member": member_id, "p_points": -points}).one_or_none()
    if taken is None:
        raise _too_few(member_id, -points)
    posted = append(member_id, taken, key, "adjusted", "adjusted", because, at, day, available=points)
    draw(member_id, posted.seq, -points, first=None)
    return posted


def close(member_id: str, *, because: Because, at: datetime, day: date) -> int:
    """Let all points of a member who leaves go, those that wait among them, and close her wallet; how many they were.

    Each source's waiting points have an entry of their own, so that its entries still add up. Closed twice is once.
    """
    lock(member_id)
    wallet = run(statements.wallet(), {"p_member": member_id}).one()
    if wallet.status == "closed":
        return 0
    for waiting in run(statements.all_pending(), {"p_member": member_id}).all():
        key = f"close/{waiting.source}/{waiting.source_ref}/{waiting.matures_on}"
        theirs = replace(because, source=waiting.source, ref=waiting.source_ref)
        forfeit(member_id, key, theirs, at, day, pending=waiting.points)
        source = {"p_member": member_id, "p_source": waiting.source, "p_ref": waiting.source_ref}
        run(statements.drop_pending(), {**source, "p_day": waiting.matures_on})
    if wallet.available:
        forfeit(member_id, "close", because, at, day, available=wallet.available)
    run(statements.close(), {"p_member": member_id})
    return int(wallet.available + wallet.pending)


def forfeit(
    member_id: str,
    key: str,
    because: Because,
    at: datetime,
    day: date,
    *,
    available: int = 0,
    pending: int = 0,
    lot: date | None = None,
) -> Posted:
    """Let points go that are there, as was seen under the lock: of `lot` before all others. The key is a new one."""
    begin(member_id, key, "", because.actor, at)
    after = run(
        statements.forfeit(), {"p_member": member_id, "p_points": available, "p_pending": pending}
    ).one()
    posted = append(
        member_id, after, key, "expired", "expired", because, at, day, available=-available, pending=-pending
    )
    draw(member_id, posted.seq, available, first=lot)
    return posted


def _standing(member_id: str, seq: int) -> Posted:
    row = run(statements.posted(), {"p_member": member_id, "p_seq": seq}).one()
    return Posted(row.seq, row.after_available, row.after_pending, row.after_owed, repeated=True)


def _shares(drawn: Sequence[Row[Any]], paid: int, day: date, lapsed_until: date) -> dict[date, int]:
    """What goes back into which lot once `paid` points went into a debt."""
    expiry = programmes.active()[1].expiry
    back: dict[date, int] = {}
    for use in drawn:
        expires_on = use.expires_on if last_day(expiry, use) >= day else lapsed_until
        back[expires_on] = back.get(expires_on, 0) - use.points
    for expires_on in sorted(back):
        gone = min(paid, back[expires_on])
        back[expires_on] -= gone
        paid -= gone
    return back


def _too_few(member_id: str, points: int) -> Refused:
    wallet = run(statements.wallet(), {"p_member": member_id}).one_or_none()
    if wallet is None or wallet.status != "active":
        return Refused("unknown_member", "There is no such member.", status=404)
    return Refused(
        "not_enough_points",
        f"{points} points are to be taken, {wallet.available} are available.",
        need=points,
        have=wallet.available,
    )

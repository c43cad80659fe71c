"""Credits to many wallets in few statements: worked out in memory under the wallets' locks, then written together.

What it writes is what `credit`, called for one after the other, would write; the books cannot tell the two apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from portal.db import run, run_many
from portal.ledger import statements
from portal.ledger.posting import Because, Posted, assert_points, entry_row, lot_row


class LockedWallet(Protocol):
    """What a row of a wallet says that this write holds locked."""

    @property
    def member_id(self) -> str: ...
    @property
    def available(self) -> int: ...
    @property
    def pending(self) -> int: ...
    @property
    def owed(self) -> int: ...
    @property
    def seq(self) -> int: ...


class KeyStands(Exception):
    """One of the keys was used before: nothing can be said of the whole, each is to be credited by itself."""


@dataclass(slots=True)
class _Buckets:
    """A wallet as it will be, in points; `found` is the number of its last entry when it was locked."""

    available: int
    pending: int
    owed: int
    seq: int
    found: int
    earned: int = 0


class Credits:
    """Credits of one write. `wallets` are rows that the write holds locked; a wallet is given to one `Credits` only."""

    def __init__(self, wallets: Iterable[LockedWallet]) -> None:
        self._wallets = {
            row.member_id: _Buckets(row.available, row.pending, row.owed, row.seq, row.seq) for row in wallets
        }
        self._operations: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []
        self._uses: list[dict[str, Any]] = []
        self._lots: dict[tuple[str, date], dict[str, Any]] = {}

    def credit(
        self,
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
        """As `ledger.credit`, but a key that stands is only found by `write`."""
        assert_points(points)
        waits = matures_on is not None and matures_on > day
        wallet = self._wallets[member_id]
        paid = 0 if waits else min(points, wallet.owed)
        moved = {"available": 0 if waits else points - paid, "pending": points if waits else 0, "owed": -paid}
        wallet.available += moved["available"]
        wallet.pending += moved["pending"]
        wallet.owed += moved["owed"]
        wallet.earned += points
        wallet.seq += 1
        after = Posted(wallet.seq, wallet.available, wallet.pending, wallet.owed)
        self._operations.append(
            {"member_id": member_id, "key": key, "fingerprint": fingerprint, "actor": because.actor, "at": at}
        )
        self._entries.append(entry_row(member_id, after, key, "earned", "issued", because, at, day, **moved))
        lot = {"member_id": member_id, "expires_on": expires_on}
        if waits:
            source = {"source": because.source, "source_ref": because.ref, "matures_on": matures_on}
            self._waiting.append({**lot, **source, "points": points})
        elif moved["available"]:
            self._uses.append({**lot, "seq": wallet.seq, "points": moved["available"]})
            self._fill(member_id, expires_on, moved["available"], day)
        return after

    def _fill(self, member_id: str, expires_on: date, points: int, day: date) -> None:
        filled = self._lots.get((member_id, expires_on))
        if filled is None:
            self._lots[member_id, expires_on] = lot_row(member_id, expires_on, points, day)
        else:
            filled["granted"] += points
            filled["remaining"] += points

    def write(self) -> None:
        """Write it all, keys first. Raises KeyStands, after which the write must be undone to a savepoint."""
        if not self._operations:
            return
        fresh = run(statements.begin_many(), self._operations).all()
        if len(fresh) < len(self._operations):
            raise KeyStands
        changed = [
            {
                "p_member": member_id, "p_found": wallet.found, "p_seq": wallet.seq, "p_available": wallet.available,
                "p_pending": wallet.pending, "p_owed": wallet.owed, "p_earned": wallet.earned,
            }
            for member_id, wallet in self._wallets.items()
            if wallet.seq > wallet.found
        ]  # fmt: skip
        done = run(statements.credit_many(), changed)
        if done.rowcount != len(changed):
            raise AssertionError("a wallet has changed though this write holds it locked")
        run_many(statements.append(), self._entries)
        run_many(statements.add_pending(), self._waiting)
        run_many(statements.fill_lot(), list(self._lots.values()))
        run_many(statements.note_lot_use(), self._uses)

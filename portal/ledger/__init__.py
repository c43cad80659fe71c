"""The ledger: append-only points, and the only writer of wallets, entries and lots.

It owns the wallet (available, pending, held, owed), the operations and entries that explain it, and the lots by expiry
day. It refuses to spend what is not available or while points are owed, and answers a repeated key with the entry that
stands. It knows nothing of orders, tiers or rewards: they tell it how many points, why, and until when.
"""

from portal.ledger.check import faults
from portal.ledger.corrections import adjust, close, undo
from portal.ledger.gathering import Credits, KeyStands
from portal.ledger.models import APPEND_ONLY, NEVER, Entry, Lot, LotUse, Operation, PendingLot, Wallet
from portal.ledger.queries import (
    entry,
    entry_of,
    facts,
    lot_uses,
    lot_uses_of,
    newest_entries,
    points_of_source,
    spendable,
    wallet,
)
from portal.ledger.service import (
    Because,
    Posted,
    claw_back,
    credit,
    debit,
    due_members,
    lock,
    mature,
    next_due,
    open_wallet,
)

__all__ = [
    "APPEND_ONLY",
    "NEVER",
    "Because",
    "Credits",
    "Entry",
    "KeyStands",
    "Lot",
    "LotUse",
    "Operation",
    "PendingLot",
    "Posted",
    "Wallet",
    "adjust",
    "claw_back",
    "close",
    "credit",
    "debit",
    "due_members",
    "entry",
    "entry_of",
    "facts",
    "faults",
    "lock",
    "lot_uses",
    "lot_uses_of",
    "mature",
    "newest_entries",
    "next_due",
    "open_wallet",
    "points_of_source",
    "spendable",
    "undo",
    "wallet",
]

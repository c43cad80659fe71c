"""The ledger: append-only points, and the only writer of wallets, entries and lots.

It owns the wallet (available, pending, held, owed), the operations and entries that explain it, and the lots by expiry
day, which end only when their member was told. It refuses to spend what is not available or while points are owed, and
answers a repeated key with the entry that stands. It knows nothing of orders, tiers or rewards: they tell it how many
points, why, and until when.
"""

from portal.ledger.check import faults
from portal.ledger.corrections import adjust, close, undo
from portal.ledger.expiring import expire, touch
from portal.ledger.freezing import freeze, refuse_spending, unfreeze
from portal.ledger.gathering import Credits, KeyStands
from portal.ledger.models import (
    APPEND_ONLY,
    NEVER,
    Entry,
    Lot,
    LotNotice,
    LotUse,
    Operation,
    PendingLot,
    Wallet,
)
from portal.ledger.moves import POINTS_LEFT, moves, tell_of_move
from portal.ledger.posting import Because, Posted, lock
from portal.ledger.queries import (
    due_members,
    entry,
    entry_of,
    facts,
    lot_uses,
    lot_uses_of,
    newest_entries,
    next_due,
    next_due_of,
    points_of_source,
    spendable,
    wallet,
)
from portal.ledger.rules import Ending, endings
from portal.ledger.service import claw_back, credit, debit, mature, open_wallet, open_wallets

__all__ = [
    "APPEND_ONLY",
    "NEVER",
    "POINTS_LEFT",
    "Because",
    "Credits",
    "Ending",
    "Entry",
    "KeyStands",
    "Lot",
    "LotNotice",
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
    "endings",
    "entry",
    "entry_of",
    "expire",
    "facts",
    "faults",
    "freeze",
    "lock",
    "lot_uses",
    "lot_uses_of",
    "mature",
    "moves",
    "newest_entries",
    "next_due",
    "next_due_of",
    "open_wallet",
    "open_wallets",
    "points_of_source",
    "refuse_spending",
    "spendable",
    "tell_of_move",
    "touch",
    "undo",
    "unfreeze",
    "wallet",
]

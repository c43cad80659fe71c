"""A wallet that stands still: while a bank disputes what a member paid, nothing of hers is spent or given away.

What comes in comes in, what lapses lapses: only the way out is shut. `debit` refuses by itself; who gives something for
no points asks `refuse_spending`.
"""

from datetime import date

from portal.db import run
from portal.errors import Refused
from portal.ledger import statements
from portal.ledger.posting import is_frozen, lock
from portal.ledger.queries import spendable, wallet


def freeze(member_id: str) -> None:
    """Let nothing be spent or given from now on. Again is nothing."""
    _set(member_id, frozen=True)


def unfreeze(member_id: str) -> None:
    """Let it be spent and given again. Again is nothing."""
    _set(member_id, frozen=False)


def _set(member_id: str, *, frozen: bool) -> None:
    lock(member_id)
    run(statements.freeze(), {"p_member": member_id, "p_frozen": frozen})


def refuse_spending(member_id: str, day: date) -> None:
    """Refuse `owes_points` and `frozen` as `debit` does, for what costs no points (Reading 40)."""
    if spendable(member_id, day)[1]:
        raise Refused("owes_points", "Points are owed after a refund.")
    if wallet(member_id).frozen:
        raise is_frozen()

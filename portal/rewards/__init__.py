"""Rewards: what points buy and what is given, each with a code that works once.

It owns redemptions (taken for points, or issued), their codes, what each was used for, and the stock. It refuses to
sell above the stock or a member's limit, below the tier, or at a price that has changed, and to undo what was used.
Points go and come back through the ledger; a code that nobody used gives them back by itself when it expires.
"""

from portal.rewards.check import faults
from portal.rewards.codes import code_hash, grouped, masked, new_code, normal, seal, unseal
from portal.rewards.expiring import close_all, due_members, expire, next_due
from portal.rewards.models import Redemption, RedemptionUse, RewardStock
from portal.rewards.ordering import codes_of_order, undo_of_order
from portal.rewards.queries import (
    Taken,
    by_code,
    by_id,
    by_ref,
    facts,
    held,
    held_between,
    left_in_stock,
    owner_of_code,
    used_on,
    uses,
)
from portal.rewards.rules import Offer, problem_of
from portal.rewards.service import issue, redeem, undo, withdraw
from portal.rewards.using import Use, unknown_code, use

__all__ = [
    "Offer",
    "Redemption",
    "RedemptionUse",
    "RewardStock",
    "Taken",
    "Use",
    "by_code",
    "by_id",
    "by_ref",
    "close_all",
    "code_hash",
    "codes_of_order",
    "due_members",
    "expire",
    "facts",
    "faults",
    "grouped",
    "held",
    "held_between",
    "issue",
    "left_in_stock",
    "masked",
    "new_code",
    "next_due",
    "normal",
    "owner_of_code",
    "problem_of",
    "redeem",
    "seal",
    "undo",
    "undo_of_order",
    "unknown_code",
    "unseal",
    "use",
    "used_on",
    "uses",
    "withdraw",
]

"""Giving: points that a member gives to a cause of the programme, at what they are worth.

It owns the donations, what members give each month by itself, the cause that each member has chosen, the gifts that
the programme pays for what members do, and the totals by member and by cause. It refuses causes that the programme
does not name, amounts off its steps, and whatever the ledger refuses to give away. A member's gift is never taken
back. Paying the money on is done by people; here is what they owe.
"""

from portal.giving.check import faults
from portal.giving.funding import fund, fund_all, funded_totals, unfund, unfund_all, waiting
from portal.giving.models import (
    CharityChoice,
    CharityTotal,
    Donation,
    FundedGift,
    FundedTotal,
    GivingTotal,
    StandingGift,
)
from portal.giving.queries import Gifts, available, choice, donation, facts, newest, of, totals
from portal.giving.rules import most
from portal.giving.service import Given, choose, donate, forget
from portal.giving.standing import (
    due_members,
    end_standing,
    give_due,
    is_monthly,
    next_due,
    set_standing,
    standing,
)

__all__ = [
    "CharityChoice",
    "CharityTotal",
    "Donation",
    "FundedGift",
    "FundedTotal",
    "Gifts",
    "Given",
    "GivingTotal",
    "StandingGift",
    "available",
    "choice",
    "choose",
    "donate",
    "donation",
    "due_members",
    "end_standing",
    "facts",
    "faults",
    "forget",
    "fund",
    "fund_all",
    "funded_totals",
    "give_due",
    "is_monthly",
    "most",
    "newest",
    "next_due",
    "of",
    "set_standing",
    "standing",
    "totals",
    "unfund",
    "unfund_all",
    "waiting",
]

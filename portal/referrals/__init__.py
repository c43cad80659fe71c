"""Referrals: a member brings a friend, and both are given what the programme offers for it.

It owns the code of every member, who was invited by whom, and when that counts. It refuses oneself, people who are
members already or were invited before, unknown codes and friends above the limit: as a value and not by raising, since
the friend joins all the same (Reading 14). Orders are earning's; it only hears on which day the first one was placed.
"""

from portal.referrals.check import faults
from portal.referrals.models import Invitation, Referral, ReferralCode
from portal.referrals.queries import (
    Friend,
    Inviter,
    Mine,
    code_of,
    counted,
    due_friends,
    facts,
    invited_by,
    inviter_of,
    next_due,
    open_invitations,
    timeline,
)
from portal.referrals.rules import PATH, code_in, first_name
from portal.referrals.service import (
    Awaited,
    awaited,
    come_too_late,
    forget_code,
    give_code,
    give_codes,
    joined,
    order_counted,
)
from portal.referrals.settling import settle_due

__all__ = [
    "PATH",
    "Awaited",
    "Friend",
    "Invitation",
    "Inviter",
    "Mine",
    "Referral",
    "ReferralCode",
    "awaited",
    "code_in",
    "code_of",
    "come_too_late",
    "counted",
    "due_friends",
    "facts",
    "faults",
    "first_name",
    "forget_code",
    "give_code",
    "give_codes",
    "invited_by",
    "inviter_of",
    "joined",
    "next_due",
    "open_invitations",
    "order_counted",
    "settle_due",
    "timeline",
]

"""Granting: goals, steps, periodic grants, birthdays, dividends: what follows by itself from what a member did or is.

It owns what she has gathered towards something, what was given for it, her badges, and the agenda of what is due. It is
told what changed and never asks; each prize is given once for its key and period, and taken back when what carried it
goes, unless it was used. It refuses nothing of its own.
"""

from portal.granting.agenda import due_members, early_members, next_due, next_due_at, note_version, version_of
from portal.granting.check import faults
from portal.granting.following import follow, paid, paid_again, plan_changed, plan_given, plan_over, unpaid
from portal.granting.gathering import Gathering
from portal.granting.measuring import came_back, count, look_again
from portal.granting.models import Agenda, Badge, Given, Measure, Planned
from portal.granting.planning import Joiner, forget, joined, joined_all, plan_ahead, run_due
from portal.granting.queries import State, points_given, state
from portal.granting.rules import is_near, payout, share

__all__ = [
    "Agenda",
    "Badge",
    "Gathering",
    "Given",
    "Joiner",
    "Measure",
    "Planned",
    "State",
    "came_back",
    "count",
    "due_members",
    "early_members",
    "faults",
    "follow",
    "forget",
    "is_near",
    "joined",
    "joined_all",
    "look_again",
    "next_due",
    "next_due_at",
    "note_version",
    "paid",
    "paid_again",
    "payout",
    "plan_ahead",
    "plan_changed",
    "plan_given",
    "plan_over",
    "points_given",
    "run_due",
    "share",
    "state",
    "unpaid",
    "version_of",
]

"""The pages of support: the desk, visits, adjustments, what colleagues vouch for, pauses, given plans, the board,
who cannot get in, cards that are stopped, and the till."""

from portal.support.views import adjustments, board, notes, pauses, plans, recoveries, stops, till, visits
from portal.support.views.desk import support

__all__ = [
    "adjustments",
    "board",
    "notes",
    "pauses",
    "plans",
    "recoveries",
    "stops",
    "support",
    "till",
    "visits",
]

"""The pages of support: the desk, visits, adjustments, what colleagues vouch for, pauses, given plans, the board."""

from portal.support.views import adjustments, board, notes, pauses, plans, visits
from portal.support.views.desk import support

__all__ = ["adjustments", "board", "notes", "pauses", "plans", "support", "visits"]

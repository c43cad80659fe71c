"""The pages of support: the desk, visits, adjustments, what colleagues vouch for, pauses of a tier, the board."""

from portal.support.views import adjustments, board, notes, pauses, visits
from portal.support.views.desk import support

__all__ = ["adjustments", "board", "notes", "pauses", "support", "visits"]

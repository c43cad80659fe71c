"""The pages of support: the desk, visits, adjustments."""

from portal.support.views import adjustments, visits
from portal.support.views.desk import support

__all__ = ["adjustments", "support", "visits"]

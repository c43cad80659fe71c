"""The member's pages of rewards: what there is, one before spending, one that is hers, and all that are hers."""

from portal.rewards.views import catalogue, kept
from portal.rewards.views.kit import pages

__all__ = ["catalogue", "kept", "pages"]

"""The pages of paid plans: the choice, the way to Stripe and back, the plan one has, its
changes and its end; and plans as gifts."""

from portal.billing.views import buying, changing, gifting, membership, opening, withdrawing
from portal.billing.views.kit import billing

__all__ = ["billing", "buying", "changing", "gifting", "membership", "opening", "withdrawing"]

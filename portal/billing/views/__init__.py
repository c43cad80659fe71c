"""The pages of paid plans: the choice, the way to Stripe and back, the plan one has, its changes and its end."""

from portal.billing.views import buying, changing, membership, withdrawing
from portal.billing.views.kit import billing

__all__ = ["billing", "buying", "changing", "membership", "withdrawing"]

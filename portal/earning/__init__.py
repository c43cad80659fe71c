"""Earning: orders, refunds and activities become points, and tiers hear of what counts.

An order is a state, not an event: the shop sends its full present state with a rising version, and the ledger writes
the difference to what the order kept before. It refuses older versions, a version with another body, refunds above
the order and dates in the future, as a whole. It owns the orders, the purses of guests and the record of activities.
"""

from portal.earning.activities import Done, give_activity, record_activity
from portal.earning.assessing import assess
from portal.earning.body import YEARS, At, BasketBody, Id, OrderBody, basket
from portal.earning.check import faults
from portal.earning.choosing import choose_day, chosen_days, forget_days
from portal.earning.due import bring_up_to_date
from portal.earning.friends import note_first_order
from portal.earning.gathering import Telling, record_fresh
from portal.earning.measuring import measures, quantity_of
from portal.earning.models import ActivityRecord, ChosenDay, Order, PurseOrder
from portal.earning.purse import claim_purse, purge_purses
from portal.earning.rules import Assessment, Frozen, Line, OrderFacts, Refund, qualifying, spread
from portal.earning.service import find_order, record_order
from portal.earning.situation import freeze
from portal.earning.telling import Answer

__all__ = [
    "YEARS",
    "ActivityRecord",
    "Answer",
    "Assessment",
    "At",
    "BasketBody",
    "ChosenDay",
    "Done",
    "Frozen",
    "Id",
    "Line",
    "Order",
    "OrderBody",
    "OrderFacts",
    "PurseOrder",
    "Refund",
    "Telling",
    "assess",
    "basket",
    "bring_up_to_date",
    "choose_day",
    "chosen_days",
    "claim_purse",
    "faults",
    "find_order",
    "forget_days",
    "freeze",
    "give_activity",
    "measures",
    "note_first_order",
    "purge_purses",
    "qualifying",
    "quantity_of",
    "record_activity",
    "record_fresh",
    "record_order",
    "spread",
]

"""Earning: orders, refunds and activities become points, and tiers hear of what counts.

An order is a state, not an event: the shop sends its full present state with a rising version, and the ledger writes
the difference to what the order kept before. It refuses older versions, a version with another body, refunds above
the order and dates in the future, as a whole. It owns the orders, the purses of guests and the record of activities.
"""

from portal.earning.activities import Done, give_activity, record_activity
from portal.earning.assessing import assess
from portal.earning.body import YEARS, At, BasketBody, Body, Email, Id, OrderBody, basket
from portal.earning.check import faults
from portal.earning.choosing import choose_day, chosen_days
from portal.earning.due import LOOKS, bring_up_to_date
from portal.earning.forgetting import forget
from portal.earning.friends import note_first_order
from portal.earning.gathering import Telling, record_fresh
from portal.earning.measuring import measures, quantity_of
from portal.earning.models import ActivityRecord, ChosenDay, Order, PurseOrder
from portal.earning.past import PastOrder, past_orders
from portal.earning.purse import claim_purse, purge_purses, waiting_purses
from portal.earning.rules import (
    Assessment,
    Frozen,
    Line,
    OrderFacts,
    Refund,
    qualifying,
    refunded_by_line,
    spread,
)
from portal.earning.service import find_order, record_order
from portal.earning.situation import freeze
from portal.earning.telling import Answer

__all__ = [
    "LOOKS",
    "YEARS",
    "ActivityRecord",
    "Answer",
    "Assessment",
    "At",
    "BasketBody",
    "Body",
    "ChosenDay",
    "Done",
    "Email",
    "Frozen",
    "Id",
    "Line",
    "Order",
    "OrderBody",
    "OrderFacts",
    "PastOrder",
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
    "forget",
    "freeze",
    "give_activity",
    "measures",
    "note_first_order",
    "past_orders",
    "purge_purses",
    "qualifying",
    "quantity_of",
    "record_activity",
    "record_fresh",
    "record_order",
    "refunded_by_line",
    "spread",
    "waiting_purses",
]

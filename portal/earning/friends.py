"""A friend's first order: referrals hear on which day it was placed, and when that changes."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal import people, referrals
from portal import programme as programmes
from portal.db import run
from portal.earning.models import Order

_order, _member = Order.__table__.c, people.Member.__table__.c


def note_first_order(member_id: str, at: datetime) -> None:
    """Tell referrals at `at` of the first order of an invited member that keeps something; nothing for anybody else.

    It is found anew whenever an order of hers changes, so a return lets the next one count (Reading 14). Orders of long
    before she joined count no more for this than for her points (Reading 25).
    """
    awaited = referrals.awaited(member_id)
    if awaited is None:
        return
    _, active = programmes.active()
    joined_on = run(select(_member.joined_on).where(_member.id == member_id)).scalar_one()
    counting = (
        _order.member_id == member_id,
        _order.counts_as_order,
        _order.counted_minor >= awaited.minimum_minor,
        _order.placed_on >= joined_on - timedelta(days=active.orders.joined_before_days),
    )
    first_on = run(select(func.min(_order.placed_on)).where(*counting)).scalar_one()
    referrals.order_counted(member_id, first_on, active.day(at))

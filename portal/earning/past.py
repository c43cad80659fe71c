"""Orders of a member that were placed in a span of days, as facts to reckon with once more. Writes nothing."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Executable, bindparam, select

from portal.db import prepared, read
from portal.earning.body import OrderBody, facts
from portal.earning.models import Order
from portal.earning.rules import Frozen, OrderFacts
from portal.programme import Programme

_order = Order.__table__.c


@dataclass(frozen=True, slots=True)
class PastOrder:
    """A paid order in its present state, and what was frozen with it (Reading 4)."""

    number: str
    facts: OrderFacts
    frozen: Frozen


def past_orders(
    member_id: str, programme: Programme, *, since: date, through: date, most: int
) -> list[PastOrder]:
    """The newest `most` orders placed in the days from `since` to `through`, both inclusive, oldest first.

    Orders that were never paid, or that were cancelled, are left out.
    """
    asked = {"p_member": member_id, "p_since": since, "p_through": through, "p_most": most}
    found = []
    for row in read(_placed(), asked):
        body = OrderBody.model_validate_json(row.body)
        found.append(PastOrder(row.number, facts(body, programme, row.shop), Frozen.of(row.frozen)))
    return found[::-1]


@prepared
def _placed() -> Executable:
    columns = (_order.shop, _order.number, _order.body, _order.frozen)
    return (
        select(*columns)
        .where(
            _order.member_id == bindparam("p_member"),
            _order.placed_on.between(bindparam("p_since"), bindparam("p_through")),
            _order.status.in_(("paid", "fulfilled")),
            _order.frozen.is_not(None),
        )
        .order_by(_order.placed_at.desc(), _order.number.desc())
        .limit(bindparam("p_most"))
    )

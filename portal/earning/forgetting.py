"""What earning forgets of who leaves: what she picked and told. Figures stay, without an address."""

from sqlalchemy import delete, select, update

from portal.db import read, run, table
from portal.earning.body import MemberOf, OrderBody
from portal.earning.models import ChosenDay, Order, SeenValue

_order = table(Order).c
NOBODY = "left"  # whose an order is that named her by an address alone


def forget(member_id: str) -> None:
    """Let go of the days that a member chose, of the values that her activities told (countries, products), and of the
    addresses that came with her orders. Orders and activities keep what they gave; the caller holds her wallet."""
    for told in (ChosenDay, SeenValue):
        run(delete(told).where(told.__table__.c.member_id == member_id))
    mine = (_order.member_id == member_id, _order.body.contains("@"))
    for row in read(select(_order.shop, _order.number, _order.body).where(*mine)).all():
        this = (_order.member_id == member_id, _order.shop == row.shop, _order.number == row.number)
        run(update(Order).where(*this).values(body=_without_address(row.body)))


def _without_address(body: str) -> str:
    told = OrderBody.model_validate_json(body)
    ref = told.member.id if told.member is not None and told.member.id is not None else NOBODY
    return told.model_copy(update={"member": MemberOf(id=ref), "email": None}).text()

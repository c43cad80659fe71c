"""The purse: orders of an address before its owner joins and proves it (Reading 13)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Executable, bindparam, delete, select

from portal import people
from portal import programme as programmes
from portal.db import prepared, read, run, savepoint
from portal.earning.body import OrderBody
from portal.earning.models import PurseOrder
from portal.earning.service import record_order
from portal.earning.telling import Answer
from portal.errors import Refused

_purse = PurseOrder.__table__.c


def claim_purse(member_ref: str, email: str, *, at: datetime, actor: str) -> list[Answer]:
    """Credit what waits for a proven address, each order once and by its own date; what is too old is let go.

    The caller vouches that `email` was proved by this member and stands on her. An order that cannot be counted now
    waits on: it keeps nobody from joining. Answers one for each credited order.
    """
    _, active = programmes.active()
    purse = people.address_hash(email)
    waiting = run(select(PurseOrder.__table__).where(_purse.purse == purse).order_by(_purse.placed_at)).all()
    oldest = at - timedelta(days=active.orders.guest_lookback_days)
    claimed = []
    for row in waiting:
        if row.placed_at < oldest:
            continue
        body = OrderBody.model_validate_json(row.body)
        try:
            with savepoint():
                answer = record_order(
                    body, shop=row.shop, number=row.number, at=at, actor=actor, claimed_by=member_ref
                )
        except Refused:
            continue  # its currency is accepted no longer, or a newer state arrived this moment
        claimed.append(answer)
    return claimed


def waiting_purses(address_hashes: Collection[str]) -> set[str]:
    """Those of many addresses, by keyed hash, for which orders wait."""
    return set(read(_waiting(), {"p_purses": sorted(address_hashes)}).scalars()) if address_hashes else set()


@prepared
def _waiting() -> Executable:
    return select(_purse.purse).where(_purse.purse.in_(bindparam("p_purses", expanding=True))).distinct()


def purge_purses(now: datetime) -> int:
    """Forget guests' orders that are too old to be credited to anybody, with their numbers; how many there were."""
    _, active = programmes.active()
    oldest = now - timedelta(days=active.orders.guest_lookback_days)
    gone = run(
        delete(PurseOrder).where(_purse.placed_at < oldest).returning(_purse.shop, _purse.number)
    ).all()
    people.release("order", [f"{row.shop}/{row.number}" for row in gone])
    return len(gone)

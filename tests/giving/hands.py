"""Short ways to have points and to give them."""

from datetime import date

from portal import clock, giving, ledger
from portal.db import transact
from tests import make

DAY = make.NOW.date()


def earn(member_id: str, points: int, key: str = "earned", matures_on: date | None = None) -> None:
    """Points that come from somewhere."""
    why = ledger.Because(
        "test", key, "test", 1, {"activity": {"key": key, "label": "Earned"}, "points": points}
    )
    transact(
        lambda: ledger.credit(
            member_id, points, key=key, fingerprint="", because=why, expires_on=ledger.NEVER, at=clock.now(), day=DAY,
            matures_on=matures_on,
        )
    )  # fmt: skip


def give(
    member_id: str, charity: str = "wildlife", points: int | None = None, ref: str = "g-1"
) -> giving.Given:
    """A gift, told by a shop."""
    return transact(
        lambda: giving.donate(member_id, charity, points, ref=ref, at=clock.now(), actor="shop:main")
    )

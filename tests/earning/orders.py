"""What tests of orders tell and read: guests' orders, addresses that are proved, counters, rows."""

from datetime import datetime
from typing import Any

from portal import earning, people, tiers
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import refused, tell


def written() -> list[int]:
    """How many rows say anything of orders or points."""
    tables = ("operation", "entry", "shop_order", "purse_order", "directory", "tier_counter", "tier_grant")
    return [shop.rows(table) for table in tables]


def nightly(member_id: str, at: datetime) -> None:
    """What is scheduled for a member up to `at`."""
    transact(lambda: earning.bring_up_to_date(member_id, at))


def spend_of(member_id: str) -> dict[int, tuple[int, int, int]]:
    """Counters by year: spend, orders, points earned."""
    return {year: (c.spend, c.orders, c.earned) for year, c in tiers.counters(member_id).items()}


def nothing_changes(code: str, *amounts: str, **changes: Any) -> None:
    """The order is refused with this code, and nothing is written."""
    before = written()
    assert refused(tell, *amounts, **changes).code == code
    assert written() == before


def guest(*amounts: str, email: str = "Bea@Example.com ", **changes: Any) -> earning.Answer:
    """The shop tells the order of a guest."""
    return tell(*amounts, member=None, guest=True, email=email.strip(), **changes)


def prove(member_id: str, ref: str, email: str, at: datetime = make.NOW) -> list[earning.Answer]:
    """The address is proved to be this member's; what her purse gave."""

    def proved() -> list[earning.Answer]:
        people.prove_address(member_id, email, at)
        return earning.claim_purse(ref, email, at=at, actor="test")

    return transact(proved)

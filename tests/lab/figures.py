"""What the portal's own tables come to, under the names of tests/lab/naive.py."""

from typing import Any

from sqlalchemy import text

from portal.db import read
from tests.lab.naive import digest


def cdnow() -> dict[str, Any]:
    """Points by member from the wallets; tiers by year from counters and grants."""
    wallets = read(text("SELECT m.ref, w.available FROM wallet w JOIN member m ON m.id = w.member_id")).all()
    figures: dict[str, Any] = {
        "points_total": sum(row.available for row in wallets),
        "points": digest((row.ref, row.available) for row in wallets),
    }
    for year in (1997, 1998):
        steps = ("base", "silver", "gold", "platinum")
        tier_of = dict.fromkeys(
            read(
                text(
                    "SELECT m.ref FROM tier_counter c JOIN member m ON m.id = c.member_id "
                    "WHERE c.year = :year AND c.orders > 0"
                ),
                {"year": year},
            ).scalars(),
            "base",
        )
        granted = read(
            text(
                "SELECT m.ref, g.tier, g.since, g.reached_by FROM tier_grant g JOIN member m ON m.id = g.member_id "
                "WHERE g.period = :period AND g.source = 'earned'"
            ),
            {"period": str(year)},
        ).all()
        for row in granted:
            tier_of[row.ref] = max(tier_of[row.ref], row.tier, key=steps.index)
        figures[f"{year} customers"] = len(tier_of)
        for tier in steps:
            figures[f"{year} {tier}"] = list(tier_of.values()).count(tier)
        figures[f"{year} tiers"] = digest(tier_of.items())
        figures[f"{year} reached"] = digest(
            (row.ref, row.tier, row.since, row.reached_by.removeprefix("order/main/")) for row in granted
        )
    return figures


def retail() -> dict[str, Any]:
    """Points by member, what is owed taken off, and what refunds took by the orders."""
    wallets = read(
        text("SELECT m.ref, w.available - w.owed AS points FROM wallet w JOIN member m ON m.id = w.member_id")
    ).all()
    return {
        "points_total": sum(row.points for row in wallets),
        "points": digest((row.ref, row.points) for row in wallets),
        "clawed_back": int(read(text("SELECT SUM(reversed) FROM shop_order")).scalar_one()),
    }


def grocery() -> dict[str, Any]:
    """Baskets, spend and points by household."""
    rows = read(
        text(
            "SELECT m.ref, COUNT(*) AS baskets, SUM(o.counted_minor) AS cents, SUM(o.kept) AS points "
            "FROM shop_order o JOIN member m ON m.id = o.member_id GROUP BY m.ref"
        )
    ).all()
    return {
        "points_total": int(sum(row.points for row in rows)),
        "baskets": sum(row.baskets for row in rows),
        "households": digest((row.ref, row.baskets, row.cents, row.points) for row in rows),
    }

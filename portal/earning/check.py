"""Earning's own proof: what each order keeps is what the ledger holds for it, and tiers count the same orders."""

from collections import Counter
from typing import Any

from sqlalchemy import Row, select, text

from portal import programme as programmes
from portal import tiers
from portal.db import read, table
from portal.earning.measuring import CAMPAIGN, QUANTITY
from portal.earning.models import CampaignUse, Order
from portal.earning.rules import Frozen

ORDERS, USES, COUNTERS = table(Order), table(CampaignUse), table(tiers.TierCounter)

INVARIANTS = {
    "each order keeps what its entries add up to": """
        SELECT o.member_id, o.shop || '/' || o.number || ' keeps ' || o.kept AS found,
               CAST(COALESCE(e.n, 0) AS TEXT) AS expected
        FROM shop_order o LEFT JOIN (
            SELECT member_id, source_ref, SUM(d_available + d_pending + d_held - d_owed) AS n
            FROM entry WHERE source = 'order' AND contra <> 'expired' GROUP BY member_id, source_ref) e
          ON e.member_id = o.member_id AND e.source_ref = o.shop || '/' || o.number
        WHERE o.kept <> COALESCE(e.n, 0)""",
    "nobody keeps points of an order that is not hers": """
        SELECT e.member_id, e.source_ref || ': ' || e.n AS found, '0' AS expected
        FROM (SELECT member_id, source_ref, SUM(d_available + d_pending + d_held - d_owed) AS n
              FROM entry WHERE source = 'order' AND contra <> 'expired' GROUP BY member_id, source_ref) e
        LEFT JOIN shop_order o ON o.member_id = e.member_id AND o.shop || '/' || o.number = e.source_ref
        WHERE o.number IS NULL AND e.n <> 0""",
    "each order is in the directory under its owner": """
        SELECT o.owner AS member_id, o.ref AS found, COALESCE(d.owner, 'nobody') AS expected
        FROM (SELECT member_id AS owner, shop || '/' || number AS ref FROM shop_order
              UNION ALL SELECT 'purse:' || purse, shop || '/' || number FROM purse_order) o
        LEFT JOIN directory d ON d.kind = 'order' AND d.key = o.ref
        WHERE d.owner IS NULL OR d.owner <> o.owner""",
    "tier counters equal the orders of their year": """
        SELECT member_id, year || ': ' || SUM(c_spend) || ' in ' || SUM(c_orders) AS found,
               SUM(o_spend) || ' in ' || SUM(o_orders) AS expected
        FROM (SELECT member_id, year, spend_minor AS c_spend, orders AS c_orders, 0 AS o_spend, 0 AS o_orders
              FROM tier_counter
              UNION ALL
              SELECT member_id, CAST(SUBSTR(CAST(placed_on AS TEXT), 1, 4) AS INTEGER), 0, 0, counted_minor,
                     CASE WHEN counts_as_order THEN 1 ELSE 0 END
              FROM shop_order) x
        GROUP BY member_id, year HAVING SUM(c_spend) <> SUM(o_spend) OR SUM(c_orders) <> SUM(o_orders)""",
    "each activity keeps what its entries add up to": """
        SELECT a.member_id, a.id || ' keeps ' || a.points AS found, CAST(COALESCE(e.n, 0) AS TEXT) AS expected
        FROM activity a LEFT JOIN (
            SELECT member_id, source_ref, SUM(d_available + d_pending + d_held - d_owed) AS n
            FROM entry WHERE source = 'activity' AND contra <> 'expired' GROUP BY member_id, source_ref) e
          ON e.member_id = a.member_id AND e.source_ref = a.id
        WHERE a.points <> COALESCE(e.n, 0)""",
    "points that count for tiers equal what orders and activities gave": """
        SELECT member_id, CAST(SUM(counted) AS TEXT) AS found, CAST(SUM(given) AS TEXT) AS expected
        FROM (SELECT member_id, points_earned AS counted, 0 AS given FROM tier_counter
              UNION ALL SELECT member_id, 0, kept FROM shop_order
              UNION ALL SELECT member_id, 0, d_available + d_pending - d_owed FROM entry
              WHERE source IN ('activity', 'referral', 'goal', 'step', 'grant', 'dividend')
                AND contra IN ('issued', 'clawed_back')) x
        GROUP BY member_id HAVING SUM(counted) <> SUM(given)""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    found = [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]
    return found + _uses_of_campaigns() + _quantities()


def _uses_of_campaigns() -> list[str]:
    """What each campaign with a cap gave a member in a period is what her orders of it say."""
    said: Counter[tuple[str, str, str]] = Counter()
    for row in _measured():
        for key, points in row.measured.items():
            if key.startswith(CAMPAIGN):
                campaign = key.removeprefix(CAMPAIGN)
                said[row.member_id, campaign, _period(row, campaign)] += points
    counted = {
        (row.member_id, row.campaign, row.period): row.points for row in read(select(USES)) if row.points
    }
    return [
        f"a campaign gives what its orders say: member {key[0]} has {counted.get(key, 0)} of {key[1]} in"
        f" {key[2] or 'her life'}, expected {said[key]}"
        for key in sorted({*said, *counted})
        if counted.get(key, 0) != said[key]
    ]


def _period(row: Row[Any], campaign: str) -> str:
    rule = programmes.version(Frozen.of(row.frozen).programme_version)
    cap = next((one.cap for one in rule.campaigns if one.key == campaign), None)
    return "" if cap is None else programmes.period_key(cap.per, row.placed_on)


def _quantities() -> list[str]:
    """The quantity that counts for tiers is that of the orders of the year."""
    said: Counter[tuple[str, int]] = Counter()
    for row in _measured():
        said[row.member_id, row.placed_on.year] += row.measured.get(QUANTITY, 0)
    counted = {(row.member_id, row.year): row.quantity for row in read(select(COUNTERS))}
    return [
        f"tier quantities equal the orders of their year: member {key[0]} has {counted.get(key, 0)} in {key[1]},"
        f" expected {said[key]}"
        for key in sorted({*said, *counted})
        if counted.get(key, 0) != said[key]
    ]


def _measured() -> list[Row[Any]]:
    columns = (ORDERS.c.member_id, ORDERS.c.placed_on, ORDERS.c.frozen, ORDERS.c.measured)
    return list(read(select(*columns).where(ORDERS.c.measured.is_not(None))).all())

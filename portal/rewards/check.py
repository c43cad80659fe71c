"""Rewards' own proof: each has its entries, its code, its uses, and the stock is what is out."""

from sqlalchemy import text

from portal.db import read

INVARIANTS = {
    "each reward that was bought has the entry that paid for it": """
        SELECT r.member_id, r.id || ' cost ' || r.points AS found,
               COALESCE(CAST(-e.d_available AS TEXT), '0') AS expected
        FROM redemption r LEFT JOIN entry e
          ON e.member_id = r.member_id AND e.operation_key = 'redeem/' || r.id AND e.kind = 'redeemed'
        WHERE r.points <> COALESCE(-e.d_available, 0)""",
    "nobody paid for a reward that is not there": """
        SELECT e.member_id, 'entry ' || e.seq || ' for ' || e.source_ref AS found, 'a redemption' AS expected
        FROM entry e LEFT JOIN redemption r ON r.member_id = e.member_id AND r.id = e.source_ref
        WHERE e.source = 'reward' AND e.kind IN ('redeemed', 'undone') AND r.id IS NULL""",
    "points came back for what was undone or expired unused, and for nothing else": """
        SELECT r.member_id, r.id || ' is ' || r.state AS found,
               CASE WHEN e.seq IS NULL THEN 'no entry gave it back' ELSE 'entry ' || e.seq || ' gave it back' END
               AS expected
        FROM redemption r LEFT JOIN entry e
          ON e.member_id = r.member_id AND e.operation_key = 'undo/' || r.id AND e.kind = 'undone'
        WHERE r.points > 0 AND (e.seq IS NOT NULL) <> (r.state = 'undone' OR (r.state = 'expired' AND NOT EXISTS (
            SELECT 1 FROM redemption_use u
            WHERE u.member_id = r.member_id AND u.redemption_id = r.id AND u.undone_at IS NULL)))""",
    "what is left of a reward is what its uses left": """
        SELECT r.member_id, r.id || ' (' || r.state || ') has ' || r.left_minor AS found,
               CAST(r.value_minor - COALESCE(u.n, 0) AS TEXT) AS expected
        FROM redemption r LEFT JOIN (
            SELECT member_id, redemption_id, SUM(amount_minor) AS n FROM redemption_use WHERE undone_at IS NULL
            GROUP BY member_id, redemption_id) u ON u.member_id = r.member_id AND u.redemption_id = r.id
        WHERE r.left_minor <> r.value_minor - COALESCE(u.n, 0) OR (r.state = 'used' AND r.left_minor > 0)
           OR (r.state = 'available' AND r.left_minor = 0)""",
    "a used reward names its order": """
        SELECT r.member_id, r.id || ' is ' || r.state AS found, 'an order' AS expected
        FROM redemption r WHERE r.state = 'used' AND NOT EXISTS (
            SELECT 1 FROM redemption_use u
            WHERE u.member_id = r.member_id AND u.redemption_id = r.id AND u.undone_at IS NULL)""",
    "the stock that is taken is what members hold": """
        SELECT '-' AS member_id, reward || ' part ' || chunk || ': ' || SUM(taken) AS found,
               CAST(SUM(held) AS TEXT) AS expected
        FROM (SELECT reward, chunk, taken, 0 AS held FROM reward_stock
              UNION ALL SELECT reward, stock_chunk, 0, 1 FROM redemption WHERE stock_chunk IS NOT NULL) x
        GROUP BY reward, chunk HAVING SUM(taken) <> SUM(held)""",
    "each reward is found by its ref and its code": """
        SELECT r.member_id, r.id AS found, 'the directory to know its ' || d.kind AS expected
        FROM redemption r CROSS JOIN (SELECT 'redemption' AS kind UNION ALL SELECT 'code') d
        LEFT JOIN directory i ON i.kind = d.kind AND i.owner = r.member_id
          AND i.key = CASE WHEN d.kind = 'code' THEN r.code_hash ELSE r.ref END
        WHERE i.key IS NULL""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

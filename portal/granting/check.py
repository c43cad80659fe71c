"""Granting's own proof: what stands as given is what the ledger and the rewards hold, and nothing else is."""

from sqlalchemy import text

from portal.db import read

INVARIANTS = {
    "what was given is what its entries add up to, and nothing else was": """
        SELECT member_id, name || ' is ' || SUM(given) AS found, CAST(SUM(entered) AS TEXT) AS expected
        FROM (SELECT member_id, key || '/' || period AS name, points AS given, 0 AS entered FROM given
              UNION ALL
              SELECT member_id, source || ':' || source_ref, 0, d_available + d_pending + d_held - d_owed
              FROM entry
              WHERE contra <> 'expired' AND (source IN ('goal', 'step', 'grant', 'dividend')
                    OR (source = 'activity' AND source_ref LIKE 'birthday/%'))) x
        GROUP BY member_id, name HAVING SUM(given) <> SUM(entered)""",
    "every reward that was given is hers, and cost nothing": """
        SELECT g.member_id, g.key || '/' || g.period || ' gave ' || g.reward AS found, 'a reward' AS expected
        FROM given g LEFT JOIN redemption r ON r.member_id = g.member_id AND r.ref = g.reward AND r.points = 0
        WHERE g.reward IS NOT NULL AND r.id IS NULL""",
    "what was taken back keeps no points": """
        SELECT member_id, key || '/' || period || ' is ' || points AS found, '0' AS expected
        FROM given WHERE withdrawn_on IS NOT NULL AND points <> 0""",
    "nothing was done less than never": """
        SELECT member_id, key || ' ' || period || ': ' || amount AS found, '0 or more' AS expected
        FROM measure WHERE amount < 0""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

"""Billing's own proof: a plan that was bought as a gift is one thing, from its payment to what it became; and what
payments brought is what their bills say.
"""

from sqlalchemy import text

from portal.db import read

INVARIANTS = {
    "a bill is a payment of a plan with its last day and its months in a row, or none": """
        SELECT member_id, id || ' (' || status || ') for ' || COALESCE(plan, 'nothing') AS found,
               'all three of a bill that was paid' AS expected
        FROM invoice
        WHERE (plan IS NULL) <> (paid_until IS NULL) OR (plan IS NULL) <> (streak IS NULL)
           OR (plan IS NOT NULL AND status <> 'paid')""",
    # A payment is named by its plan and its last paid day or `life`; lines name their bills by both.
    "what came with a payment has one that was not paid back": """
        WITH payment AS (
            SELECT member_id, plan || '/' || CAST(paid_until AS TEXT) AS name FROM invoice
            WHERE plan IS NOT NULL AND COALESCE(dispute, '') <> 'lost'
              AND (paid_minor = 0 OR refunded_minor < paid_minor)
            UNION ALL
            SELECT member_id, plan || '/life' FROM purchase WHERE state NOT IN ('refunded', 'lost')
            UNION ALL
            SELECT member_id, SUBSTR(id, 18) || SUBSTR(id, 6, 11) FROM invoice WHERE id LIKE 'lines/____-__-__/%'
            UNION ALL
            SELECT member_id, SUBSTR(id, 12) || '/life' FROM invoice WHERE id LIKE 'lines/life/%')
        SELECT g.member_id, g.key || ' by ' || g.period AS found, 'a bill that was paid' AS expected
        FROM given g JOIN member m ON m.id = g.member_id AND m.status = 'active'
        WHERE g.withdrawn_on IS NULL AND g.key LIKE 'grant:%' AND g.period NOT LIKE '%/given-%'
          AND (g.period LIKE '%/____-__-__/__' OR g.period LIKE '%/life/__') AND NOT EXISTS (
              SELECT 1 FROM payment p
              WHERE p.member_id = g.member_id AND p.name = SUBSTR(g.period, 1, LENGTH(g.period) - 3))""",
    "months that were paid in a row were paid by something": """
        SELECT h.member_id, h.months || ' months of ' || h.plan AS found, 'a payment' AS expected
        FROM held_plan h JOIN member m ON m.id = h.member_id AND m.status = 'active'
        WHERE h.months > 0
          AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.member_id = h.member_id)
          AND NOT EXISTS (
              SELECT 1 FROM invoice i
              WHERE i.member_id = h.member_id AND (i.plan IS NOT NULL OR i.id LIKE 'lines/%'))""",
    "a gift says who used it, when, and until when it lasts, or that nobody did": """
        SELECT g.member_id, g.id || ' is ' || g.state || ', used by ' || COALESCE(g.redeemed_by, 'nobody') AS found,
               'all of it or nothing' AS expected
        FROM plan_gift g
        WHERE (g.redeemed_by IS NULL) <> (g.redeemed_at IS NULL) OR (g.redeemed_by IS NULL) <> (g.granted_until IS NULL)
           OR (g.state = 'open' AND g.redeemed_by IS NOT NULL) OR (g.state = 'redeemed' AND g.redeemed_by IS NULL)""",
    "a gift that was used became one plan of who used it": """
        SELECT g.member_id, g.id || ' until ' || CAST(g.granted_until AS TEXT) AS found,
               COALESCE(p.plan || ' until ' || CAST(p.until AS TEXT), 'no plan') AS expected
        FROM plan_gift g JOIN member m ON m.id = g.redeemed_by AND m.status = 'active'
        LEFT JOIN plan_grant p ON p.member_id = g.redeemed_by AND p.ref = 'gift:' || g.id
        WHERE p.id IS NULL OR p.plan <> g.plan OR p.until <> g.granted_until OR p.source <> 'gift'""",
    "a plan that came of a gift came of one that was paid": """
        SELECT p.member_id, p.plan || ' by ' || p.ref AS found, 'a gift that she used' AS expected
        FROM plan_grant p LEFT JOIN plan_gift g ON p.ref = 'gift:' || g.id AND g.redeemed_by = p.member_id
        WHERE p.source = 'gift' AND g.id IS NULL""",
    "no more of a gift goes back than was paid, and one that is over was paid back": """
        SELECT g.member_id, g.id || ' (' || g.state || '), of which ' || g.refunded_minor || ' went back' AS found,
               CAST(g.amount_minor AS TEXT) AS expected
        FROM plan_gift g
        WHERE g.refunded_minor < 0 OR g.refunded_minor > g.amount_minor
           OR (g.state = 'refunded') <> (g.refunded_minor = g.amount_minor OR COALESCE(g.dispute, '') = 'lost')""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

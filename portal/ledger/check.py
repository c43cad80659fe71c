"""The ledger's own proof: wallet = lots = entries, and nothing lapsed unannounced; set-based, for every member."""

from sqlalchemy import text

from portal.db import read

# Each finds the rows that must not exist: (member, what it says, what it should say).
INVARIANTS = {
    "wallet buckets equal the sums of the entries": """
        SELECT w.member_id,
               w.available || '/' || w.pending || '/' || w.held || '/' || w.owed || ' seq ' || w.seq AS found,
               COALESCE(e.a, 0) || '/' || COALESCE(e.p, 0) || '/' || COALESCE(e.h, 0) || '/' || COALESCE(e.o, 0)
               || ' seq ' || COALESCE(e.n, 0) AS expected
        FROM wallet w LEFT JOIN (
            SELECT member_id, SUM(d_available) AS a, SUM(d_pending) AS p, SUM(d_held) AS h, SUM(d_owed) AS o,
                   COUNT(*) AS n, MAX(seq) AS last FROM entry GROUP BY member_id) e ON e.member_id = w.member_id
        WHERE w.available <> COALESCE(e.a, 0) OR w.pending <> COALESCE(e.p, 0) OR w.held <> COALESCE(e.h, 0)
           OR w.owed <> COALESCE(e.o, 0) OR w.seq <> COALESCE(e.n, 0) OR w.seq <> COALESCE(e.last, 0)""",
    "running totals equal the entries by contra": """
        SELECT w.member_id, w.earned || '/' || w.spent || '/' || w.donated || '/' || w.expired AS found,
               COALESCE(e.earned, 0) || '/' || COALESCE(e.spent, 0) || '/' || COALESCE(e.donated, 0)
               || '/' || COALESCE(e.expired, 0) AS expected
        FROM wallet w LEFT JOIN (
            SELECT member_id,
                   SUM(CASE WHEN contra IN ('issued', 'clawed_back', 'adjusted', 'merged') THEN n ELSE 0 END) AS earned,
                   -SUM(CASE WHEN contra = 'redeemed' THEN n ELSE 0 END) AS spent,
                   -SUM(CASE WHEN contra = 'donated' THEN n ELSE 0 END) AS donated,
                   -SUM(CASE WHEN contra = 'expired' THEN n ELSE 0 END) AS expired
            FROM (SELECT member_id, contra, d_available + d_pending + d_held - d_owed AS n FROM entry) x
            GROUP BY member_id) e ON e.member_id = w.member_id
        WHERE w.earned <> COALESCE(e.earned, 0) OR w.spent <> COALESCE(e.spent, 0)
           OR w.donated <> COALESCE(e.donated, 0) OR w.expired <> COALESCE(e.expired, 0)""",
    "every entry continues the one before it": """
        SELECT member_id, after_available || '/' || after_pending || '/' || after_owed AS found,
               'entry ' || seq AS expected
        FROM (SELECT member_id, seq, after_available, after_pending, after_owed, d_available, d_pending, d_owed,
                     LAG(after_available, 1, 0) OVER w AS a, LAG(after_pending, 1, 0) OVER w AS p,
                     LAG(after_owed, 1, 0) OVER w AS o
              FROM entry WINDOW w AS (PARTITION BY member_id ORDER BY seq)) x
        WHERE after_available <> a + d_available OR after_pending <> p + d_pending OR after_owed <> o + d_owed""",
    "lots hold what is available": """
        SELECT w.member_id, CAST(COALESCE(l.n, 0) AS TEXT) AS found, CAST(w.available AS TEXT) AS expected
        FROM wallet w LEFT JOIN (SELECT member_id, SUM(remaining) AS n FROM lot GROUP BY member_id) l
          ON l.member_id = w.member_id
        WHERE COALESCE(l.n, 0) <> w.available""",
    "each lot holds what its uses left": """
        SELECT l.member_id, l.remaining || ' until ' || l.expires_on AS found,
               CAST(COALESCE(u.n, 0) AS TEXT) AS expected
        FROM lot l LEFT JOIN (
            SELECT member_id, expires_on, SUM(points) AS n FROM lot_use GROUP BY member_id, expires_on) u
          ON u.member_id = l.member_id AND u.expires_on = l.expires_on
        WHERE l.remaining <> COALESCE(u.n, 0)""",
    "each entry's lots add up to what it moved": """
        SELECT e.member_id, 'entry ' || e.seq || ': ' || COALESCE(u.n, 0) AS found,
               CAST(e.d_available AS TEXT) AS expected
        FROM entry e LEFT JOIN (
            SELECT member_id, seq, SUM(points) AS n FROM lot_use GROUP BY member_id, seq) u
          ON u.member_id = e.member_id AND u.seq = e.seq
        WHERE COALESCE(u.n, 0) <> e.d_available""",
    "what waits equals the pending bucket": """
        SELECT w.member_id, CAST(COALESCE(p.n, 0) AS TEXT) AS found, CAST(w.pending AS TEXT) AS expected
        FROM wallet w LEFT JOIN (SELECT member_id, SUM(points) AS n FROM pending_lot GROUP BY member_id) p
          ON p.member_id = w.member_id
        WHERE COALESCE(p.n, 0) <> w.pending""",
    "what waits of each source is what its entries say": """
        SELECT member_id, source || ' ' || source_ref || ': ' || SUM(waiting) AS found,
               CAST(SUM(entered) AS TEXT) AS expected
        FROM (SELECT member_id, source, source_ref, points AS waiting, 0 AS entered FROM pending_lot
              UNION ALL SELECT member_id, source, source_ref, 0, d_pending FROM entry WHERE d_pending <> 0) x
        GROUP BY member_id, source, source_ref HAVING SUM(waiting) <> SUM(entered)""",
    "what is undone is what was spent, and went back to lots": """
        SELECT u.member_id, 'entry ' || u.seq || ': ' || (u.d_available - u.d_owed) AS found,
               COALESCE(CAST(-s.d_available AS TEXT), 'a spending') AS expected
        FROM entry u LEFT JOIN entry s
          ON s.member_id = u.member_id AND s.seq = u.reverses AND s.seq < u.seq AND s.kind = 'redeemed'
        WHERE (u.kind = 'undone' OR u.reverses IS NOT NULL)
          AND (s.seq IS NULL OR u.kind <> 'undone' OR u.contra <> s.contra
               OR u.d_available - u.d_owed <> -s.d_available)""",
    "an adjustment moves only what can be spent, or a debt": """
        SELECT member_id, 'entry ' || seq || ': pending ' || d_pending AS found, 'none' AS expected
        FROM entry WHERE (kind = 'adjusted') <> (contra = 'adjusted')
           OR (kind = 'adjusted' AND (d_pending <> 0 OR d_held <> 0 OR d_owed > 0))""",
    "a closed wallet is empty": """
        SELECT member_id, available || '/' || pending || '/' || held AS found, '0/0/0' AS expected
        FROM wallet WHERE status = 'closed' AND (available <> 0 OR pending <> 0 OR held <> 0)""",
    "what lapses was available": """
        SELECT member_id, 'entry ' || seq || ': ' || kind || ' ' || d_available || '/' || d_pending || '/' || d_owed
               AS found, 'expired points that were available' AS expected
        FROM entry WHERE source = 'expiry' AND (kind <> 'expired' OR contra <> 'expired' OR d_available >= 0
           OR d_pending <> 0 OR d_held <> 0 OR d_owed <> 0)""",
    "what lapses was announced, or held for want of a notice": """
        SELECT e.member_id, 'entry ' || e.seq || ' of ' || e.on_day AS found,
               'a notice ' || n.days || ' days before ' || n.expires_on AS expected
        FROM entry e JOIN lot_use u ON u.member_id = e.member_id AND u.seq = e.seq
        JOIN lot l ON l.member_id = u.member_id AND l.expires_on = u.expires_on
        JOIN lot_notice n ON n.member_id = l.member_id AND n.expires_on = l.expires_on
         AND n.days = (SELECT MIN(o.days) FROM lot_notice o
                       WHERE o.member_id = n.member_id AND o.expires_on = n.expires_on)
        WHERE e.source = 'expiry' AND n.delivered IS NOT TRUE
          AND (l.held_until IS NULL OR l.held_until >= e.on_day)""",
    "a lot is held beyond its date": """
        SELECT member_id, 'held until ' || held_until AS found, 'a day after ' || expires_on AS expected
        FROM lot WHERE expires_on < '9999-12-31' AND held_until <= expires_on""",
    "points that end have a day on which they are looked at": """
        SELECT member_id, remaining || ' until ' || expires_on AS found, 'a day' AS expected
        FROM lot WHERE remaining > 0 AND expires_on < '9999-12-31' AND next_on IS NULL""",
    "every operation has an entry": """
        SELECT o.member_id, o.key AS found, 'an entry' AS expected
        FROM operation o LEFT JOIN entry e ON e.member_id = o.member_id AND e.operation_key = o.key
        WHERE e.seq IS NULL""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when the ledger is whole."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

"""Giving's own proof: each gift has its entry, and the totals are the sums of the gifts, funded ones among them."""

from sqlalchemy import text

from portal.db import read

INVARIANTS = {
    "each gift is what its entry took": """
        SELECT d.member_id, d.ref || ' gives ' || d.points AS found,
               COALESCE(CAST(-e.d_available AS TEXT), 'no entry') AS expected
        FROM donation d LEFT JOIN entry e
          ON e.member_id = d.member_id AND e.seq = d.seq AND e.contra = 'donated' AND e.source_ref = d.ref
        WHERE e.seq IS NULL OR -e.d_available <> d.points""",
    "what an entry gave away is a gift to somebody": """
        SELECT e.member_id, 'entry ' || e.seq || ' gives ' || -e.d_available AS found, 'a gift' AS expected
        FROM entry e LEFT JOIN donation d ON d.member_id = e.member_id AND d.seq = e.seq
        WHERE e.contra = 'donated' AND e.source = 'donation' AND d.ref IS NULL""",
    "what a member has given in all is the sum of her gifts": """
        SELECT member_id, charity || ': ' || SUM(t_points) || '/' || SUM(t_minor) || '/' || SUM(t_gifts) AS found,
               SUM(d_points) || '/' || SUM(d_minor) || '/' || SUM(d_gifts) AS expected
        FROM (SELECT member_id, charity, points AS t_points, value_minor AS t_minor, gifts AS t_gifts,
                     0 AS d_points, 0 AS d_minor, 0 AS d_gifts FROM giving_total
              UNION ALL SELECT member_id, charity, 0, 0, 0, points, value_minor, 1 FROM donation) x
        GROUP BY member_id, charity
        HAVING SUM(t_points) <> SUM(d_points) OR SUM(t_minor) <> SUM(d_minor) OR SUM(t_gifts) <> SUM(d_gifts)""",
    "what a charity was given in all is the sum of everybody's gifts": """
        SELECT 'everybody' AS member_id,
               charity || ': ' || SUM(t_points) || '/' || SUM(t_minor) || '/' || SUM(t_gifts) AS found,
               SUM(d_points) || '/' || SUM(d_minor) || '/' || SUM(d_gifts) AS expected
        FROM (SELECT charity, points AS t_points, value_minor AS t_minor, gifts AS t_gifts,
                     0 AS d_points, 0 AS d_minor, 0 AS d_gifts FROM charity_total
              UNION ALL SELECT charity, 0, 0, 0, points, value_minor, 1 FROM donation) x
        GROUP BY charity
        HAVING SUM(t_points) <> SUM(d_points) OR SUM(t_minor) <> SUM(d_minor) OR SUM(t_gifts) <> SUM(d_gifts)""",
    "what the programme gave a charity in all is the sum of what stands": """
        SELECT 'everybody' AS member_id, charity || ': ' || SUM(t_minor) || '/' || SUM(t_gifts) AS found,
               SUM(g_minor) || '/' || SUM(g_gifts) AS expected
        FROM (SELECT charity, amount_minor AS t_minor, gifts AS t_gifts, 0 AS g_minor, 0 AS g_gifts FROM funded_total
              UNION ALL SELECT charity, 0, 0, amount_minor, 1 FROM funded_gift
              WHERE charity IS NOT NULL AND withdrawn_on IS NULL) x
        GROUP BY charity HAVING SUM(t_minor) <> SUM(g_minor) OR SUM(t_gifts) <> SUM(g_gifts)""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

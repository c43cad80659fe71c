"""The proof of referrals: each has two halves that say the same, and every code is its member's."""

from sqlalchemy import text

from portal.db import read

INVARIANTS = {
    "each friend who counts was invited on that day": """
        SELECT r.member_id, 'friend ' || r.friend_id || ' on ' || r.joined_on AS found,
               COALESCE(CAST(i.joined_on AS TEXT), 'no invitation') AS expected
        FROM referral r LEFT JOIN invitation i ON i.member_id = r.friend_id AND i.inviter_id = r.member_id
        WHERE i.member_id IS NULL OR r.joined_on <> i.joined_on""",
    "each invitation counts for its inviter": """
        SELECT i.member_id, 'invited by ' || i.inviter_id AS found, 'a friend who counts' AS expected
        FROM invitation i LEFT JOIN referral r ON r.friend_id = i.member_id AND r.member_id = i.inviter_id
        WHERE r.member_id IS NULL""",
    "what is settled was given": """
        SELECT i.inviter_id AS member_id, 'friend ' || i.member_id || ' settled ' || i.settled_on AS found,
               COALESCE(CAST(r.rewarded_on AS TEXT), 'not given') AS expected
        FROM invitation i JOIN referral r ON r.friend_id = i.member_id AND r.member_id = i.inviter_id
        WHERE i.settled_on IS NOT NULL AND (r.rewarded_on IS NULL OR r.rewarded_on <> i.settled_on)""",
    "each code is in the directory under its member": """
        SELECT c.member_id, c.code AS found, COALESCE(d.owner, 'nobody') AS expected
        FROM referral_code c LEFT JOIN directory d ON d.kind = 'referral' AND d.key = c.code
        WHERE d.owner IS NULL OR d.owner <> c.member_id""",
}


def faults() -> list[str]:
    """Every row that breaks an invariant, as a sentence; empty when all is well."""
    return [
        f"{name}: member {row.member_id} has {row.found}, expected {row.expected}"
        for name, statement in INVARIANTS.items()
        for row in read(text(statement))
    ]

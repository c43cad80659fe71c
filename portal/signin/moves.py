"""The mail of points that left a card, as it is written when it is sent: what for, by which way, and what is left."""

from typing import Any, Literal

from sqlalchemy import Row, select

from portal import giving, ledger, notices, people
from portal.db import read
from portal.signin.telling import not_me_url

MOST_LINES = 20  # of one mail; a shop may take many rewards for one member within a quarter of an hour
_member = people.Member.__table__.c


def points_left(notice: Row[Any], facts: dict[str, Any]) -> dict[str, Any]:
    """What the mail `points_left` shows of the moves that it was queued for: never a code.

    All points are counted, the newest twenty moves are told one by one, `more` is how many they leave out. The link
    stops her card as of the first of them; who has left since has none to stop, and gets none.
    """
    member_id = str(notice.member_id)
    rows = ledger.moves(member_id, facts)
    member = read(select(_member.name, _member.status).where(_member.id == member_id)).one()
    told = rows[-MOST_LINES:]
    link = not_me_url(member_id, notice.recipient, "points_left", rows[0].at)
    return {
        "member_name": member.name,
        "points": sum(row.points for row in rows),
        "moves": [_line(row) for row in told],
        "more": len(rows) - len(told),
        "left": rows[-1].after_available,
        "home_url": notices.address("/home"),
        "not_me_url": link if member.status == "active" else "",
    }


def _line(row: Row[Any]) -> dict[str, Any]:
    what = row.trace["reward" if row.kind == "redeemed" else "charity"]
    return {
        "kind": row.kind, "label": what["label"], "points": row.points, "at": row.at.isoformat(), "way": _way(row),
    }  # fmt: skip


def _way(row: Row[Any]) -> Literal["portal", "shop", "monthly"]:
    if row.kind == "donated" and giving.is_monthly(row.source_ref):
        return "monthly"
    return "portal" if row.actor == people.HERSELF else "shop"

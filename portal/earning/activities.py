"""Points for something other than a purchase. In this version: what happens by itself (Reading 8)."""

from datetime import datetime, timedelta

from sqlalchemy import literal

from portal import ledger, tiers
from portal import programme as programmes
from portal.db import run, upsert
from portal.earning.body import fingerprint
from portal.earning.models import ActivityRecord


def record_activity(member_id: str, activity: str, *, record_id: str, at: datetime, actor: str) -> int:
    """Give the points of an activity of the programme, once for each `record_id`; how many were given.

    0 when the programme has no such activity or the record stands already.
    """
    number, active = programmes.active()
    rule = next((one for one in active.activities if one.key == activity), None)
    if rule is None:
        return 0
    fresh = run(
        upsert(ActivityRecord).on_conflict_do_nothing().returning(literal(1)),
        {"member_id": member_id, "id": record_id, "activity": activity, "points": rule.points, "at": at},
    ).one_or_none()
    if fresh is None:
        return 0
    day = active.day(at)
    matures_on = day + timedelta(days=rule.pending_days)
    trace = {
        "activity": {"key": rule.key, "label": rule.label},
        "points": rule.points,
        **({"matures_on": str(matures_on)} if matures_on > day else {}),
    }
    ledger.credit(
        member_id,
        rule.points,
        key=f"activity/{record_id}",
        fingerprint=fingerprint(f"{activity}/{record_id}"),
        because=ledger.Because("activity", record_id, actor, number, trace),
        expires_on=ledger.NEVER,
        at=at,
        day=day,
        matures_on=matures_on,
    )
    tiers.count(
        member_id,
        active,
        tiers.Counters(earned=rule.points),
        placed_on=day,
        standing_grants=tiers.grants(member_id),
        reached_by=f"activity/{record_id}",
        at=at,
    )
    return rule.points

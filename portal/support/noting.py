"""Activities that count on the word of a colleague: a visit to the workshop, a bag brought back, a talk held."""

from datetime import datetime

from sqlalchemy import insert

from portal import earning, ledger, signin
from portal import programme as programmes
from portal.db import run
from portal.errors import Refused
from portal.programme import Activity, Programme
from portal.support import acting, audit, rules
from portal.support.adjusting import adjusted_on
from portal.support.models import Adjustment


def vouched(programme: Programme) -> tuple[Activity, ...]:
    """The activities that colleagues note, in the order of the file."""
    return tuple(
        one
        for one in programme.activities
        if one.proof == "staff" and one.key not in ("account", "birthday", "newsletter")
    )


def note_activity(
    staff: signin.Person,
    member_id: str,
    activity: str,
    *,
    receipt: str,
    quantity: int = 1,
    value: str = "",
    now: datetime,
    request_id: str = "",
) -> earning.Done:
    """Note what a member did now, in this colleague's name. `receipt` makes it once for this activity, however it is
    typed; `quantity` or `value` (an amount, or what is counted once each) is what the activity asks for.

    All points that it brings her, by goals and grants that follow too, go into the colleague's limit of the day.
    Refuses `not_allowed` with why (`role`, `own`, `shop` for what is not theirs to note), `limit_reached` with what is
    `left` (points), `unknown_member`, `bad_value` for a receipt that is missing or too long, and what
    `earning.record_activity` refuses (`conflict` for a receipt that stands for something else).
    """
    acting.check_role(staff)
    receipt = rules.one_line(receipt, "receipt", least=1, most=rules.MOST_RECEIPT)
    record_id = f"desk/{activity}/{rules.folded_receipt(receipt)}"  # apart from the ids of shops
    _number, active = programmes.active()
    rule = active.activity(activity)
    if rule not in vouched(active):
        raise Refused("not_allowed", "Colleagues do not note this.", status=403, why="shop")
    acting.locked_member(staff, member_id)
    day = active.day(now)
    audit.hold(staff.id)  # as with adjustments: the day's limit holds
    earning.bring_up_to_date(member_id, now)
    before = ledger.wallet(member_id)
    named = rule.amount or rule.distinct
    done = earning.record_activity(
        member_id, activity, record_id=record_id, at=now, actor=f"staff:{staff.id}", quantity=quantity,
        attributes={named: value} if named is not None else None, word="staff",
    )  # fmt: skip
    if done.repeated:
        return done
    earning.bring_up_to_date(member_id, now)
    after = ledger.wallet(member_id)
    points = after.earned - before.earned
    left = max(0, active.support.daily_points - adjusted_on(staff.id, day))
    if points > left:
        raise Refused("limit_reached", f"{left} points are left of this day's limit.", left=left)
    if points:
        row = {
            "member_id": member_id, "key": f"noted/{after.seq}", "seq": after.seq, "staff_id": staff.id,
            "on_day": day, "points": points, "ticket": receipt, "reason": rule.label, "words": rule.label, "at": now,
        }  # fmt: skip
        run(insert(Adjustment), row)
    audit.note(
        staff.id, "noted", at=now, member_id=member_id, request_id=request_id, activity=activity, label=rule.label,
        receipt=receipt, quantity=quantity, value=value, points=points,
    )  # fmt: skip
    return done

"""The clock of a member's tier, stopped for her at the desk: she rang, and has her reasons."""

from datetime import date, datetime

from portal import earning, signin, tiers
from portal import programme as programmes
from portal.support import acting, audit, rules


def pause_tier(
    staff: signin.Person, member_id: str, *, reason: str, ticket: str, now: datetime, request_id: str = ""
) -> date:
    """Let a member's earned tier last longer, as she can herself; its new last day. On the same day again is nothing.

    Refuses `not_allowed` with why (`role`, `own`; none where there is no tier whose time could be stopped),
    `limit_reached` with the day `again_on`, `bad_value` for what is missing or too long, `unknown_member`.
    """
    acting.check_role(staff)
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    acting.locked_member(staff, member_id)
    _number, active = programmes.active()
    day = active.day(now)
    audit.hold(staff.id)
    earning.bring_up_to_date(member_id, now)
    offer = tiers.pause_offer(member_id, active, day)
    until = tiers.pause(member_id, active, at=now, day=day)
    if offer is not None and offer.until != until:
        audit.note(
            staff.id, "tier_paused", at=now, member_id=member_id, request_id=request_id, ticket=ticket, reason=reason,
            tier=offer.tier.key if offer.tier is not None else "", until=str(until),
        )  # fmt: skip
    return until

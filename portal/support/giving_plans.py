"""A plan that a colleague gives a member until a day, without a payment, and takes back: each with a reason."""

from datetime import date, datetime

from portal import billing, signin
from portal import programme as programmes
from portal.errors import Refused
from portal.programme import Plan, Programme, months_after
from portal.support import acting, audit, rules


def plans_to_give(active: Programme) -> list[Plan]:
    """One plan for sale of each label, by month or year where there is one: what it brings is the same however it is
    paid. One that nobody new can have is not given either."""
    found: dict[str, Plan] = {}
    for plan in sorted(active.plans_for_sale, key=lambda one: one.interval == "life"):
        found.setdefault(plan.label, plan)
    return list(found.values())


def last_to_give(day: date) -> date:
    """The last day until which a plan can be given on `day`."""
    return months_after(day, rules.MOST_MONTHS_AHEAD)


def give_plan(
    staff: signin.Person,
    member_id: str,
    plan: str,
    until: date,
    *,
    reason: str,
    words: str,
    ticket: str,
    key: str,
    now: datetime,
    request_id: str = "",
) -> bool:
    """Give a member a plan from today to `until`, inclusive, once for each `key`; whether it is new. She gets a mail.

    The member reads `words` (may be empty), colleagues `reason`. Refuses `not_allowed` with why (`role`, `own`),
    `bad_value` for what is missing or too long and a day that is over or more than two years ahead, `limit_reached`
    above so many plans in a day of the programme, `unknown_key`, `not_for_sale` for a plan that nobody new can have,
    `unknown_member`, and `conflict` for a key that stands for something else.
    """
    acting.check_role(staff, "plans")
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    words = rules.one_line(words, "words", least=0, most=rules.MOST_WORDS)
    acting.locked_member(staff, member_id)
    _, active = programmes.active()
    day = active.day(now)
    if until > last_to_give(day):
        raise Refused("bad_value", "A plan is given for at most two years ahead.", pointer="/until")
    audit.hold(staff.id)  # what one colleague gives goes one after the other, so that the day's limit holds
    new = billing.give_plan(
        member_id, plan, until=until, source="staff", ref=f"staff:{key}", at=now, note=words or None
    )
    if not new:
        return False
    if not active.plan(plan).for_sale:
        raise Refused("not_for_sale", "Nobody new can have this plan.")
    if audit.count_since(staff.id, "plan_given", active.midnight(day)) >= rules.MOST_PLANS_A_DAY:
        raise Refused("limit_reached", "No more plans can be given today.")
    audit.note(
        staff.id, "plan_given", at=now, member_id=member_id, request_id=request_id, ticket=ticket, reason=reason,
        words=words, plan=plan, label=active.plan(plan).label, until=str(until),
    )  # fmt: skip
    return True


def take_back_plan(
    staff: signin.Person,
    member_id: str,
    grant_id: str,
    *,
    reason: str,
    ticket: str,
    now: datetime,
    request_id: str = "",
) -> bool:
    """End what a colleague gave, from today on; whether anything was left of it. She gets a mail. Again is nothing.

    Refuses `not_allowed` with why (`role`, `own`; `gift` for what somebody paid for), `bad_value`, `unknown_member`.
    """
    acting.check_role(staff, "plans")
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    acting.locked_member(staff, member_id)
    _, active = programmes.active()
    audit.hold(staff.id)
    left = billing.given(member_id, active.day(now))
    row = next((one for one in left if one.id == grant_id), None)
    if row is None:
        return False
    if row.source != "staff":
        raise Refused("not_allowed", "A gift that was paid for is not the desk's.", status=403, why="gift")
    billing.end_given(member_id, row.ref, now)
    labels = {plan.key: plan.label for plan in active.plans}
    audit.note(
        staff.id, "plan_taken_back", at=now, member_id=member_id, request_id=request_id, ticket=ticket, reason=reason,
        plan=row.plan, label=labels.get(row.plan, row.plan), until=str(row.until),
    )  # fmt: skip
    return True

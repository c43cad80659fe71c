"""The day of more points that a member chooses herself, one in each period, in her own zone (Readings 2 and 24)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from portal import ledger, people, tiers
from portal import programme as programmes
from portal.db import read, run, upsert
from portal.earning.models import ChosenDay, Order
from portal.errors import Refused
from portal.programme import last_day, period_key

_chosen, _order, _member = ChosenDay.__table__.c, Order.__table__.c, people.Member.__table__.c


def choose_day(member_id: str, day: date, *, at: datetime) -> None:
    """Let `day` be the member's chosen day of its period, in the zone that is hers at `at`; an earlier choice goes.

    Refuses `not_allowed_by_tier` when no tier of hers carries it, now and on the day; `bad_value` beyond the next
    period; `not_chosen_in_time` for a day that is over, for today once an order of today is paid, and when the period's
    day is fixed by a paid order that was placed on it. The same day again is nothing.
    """
    _, active = programmes.active()
    rule = active.chosen_day
    if rule is None:
        raise Refused("not_allowed_by_tier", "The programme has no chosen day.")
    ledger.lock(member_id)
    member = run(select(_member.joined_on, _member.timezone).where(_member.id == member_id)).one()
    zone = ZoneInfo(member.timezone or active.timezone)
    today = at.astimezone(zone).date()
    if day < today:
        raise Refused("not_chosen_in_time", "This day is over.", pointer="/date")
    this_period_ends = last_day(rule.per, today) or today
    if day > (last_day(rule.per, this_period_ends + timedelta(days=1)) or today):
        raise Refused("bad_value", f"Choose a day of this {rule.per} or the next.", pointer="/date")
    grants = tiers.grants(member_id)
    held = (tiers.standing(active, grants, on, member.joined_on).tier.key for on in (active.day(at), day))
    if rule.tiers and not all(tier in rule.tiers for tier in held):
        raise Refused("not_allowed_by_tier", "Your tier does not carry a chosen day, now and on that day.")
    period = period_key(rule.per, day)
    before = run(
        select(_chosen.day, _chosen.fixed).where(_chosen.member_id == member_id, _chosen.period == period)
    ).one_or_none()
    if before is not None and before.day == day:
        return
    if before is not None and before.fixed:
        raise Refused("not_chosen_in_time", "An order was placed on the day you chose, so it stands.")
    if day == today and _bought_on(member_id, day, zone):
        raise Refused("not_chosen_in_time", "There is an order of today already.", pointer="/date")
    row = {"day": day, "zone": zone.key, "fixed": False, "chosen_at": at}
    choose = upsert(ChosenDay).on_conflict_do_update(index_elements=["member_id", "period"], set_=row)
    run(choose, {"member_id": member_id, "period": period, **row})


def chosen_days(member_id: str) -> dict[str, date]:
    """The days that a member chose, by period: `2026`, or `2026-03`."""
    rows = read(select(_chosen.period, _chosen.day).where(_chosen.member_id == member_id))
    return {row.period: row.day for row in rows}


def _bought_on(member_id: str, day: date, zone: ZoneInfo) -> bool:
    """Whether she has a paid order that was placed on a day of a zone."""
    begins, ends = (datetime.combine(on, time(), zone) for on in (day, day + timedelta(days=1)))
    paid = exists().where(
        _order.member_id == member_id,
        _order.status.in_(("paid", "fulfilled")),
        _order.placed_at >= begins,
        _order.placed_at < ends,
    )
    return bool(run(select(paid)).scalar_one())

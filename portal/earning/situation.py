"""What of a member decides an order beside her tier: plans, outside facts, chosen day, what campaigns gave her already.

Each is asked only where the programme looks at it.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from portal import people, tiers
from portal.db import read
from portal.earning import statements
from portal.earning.conditions import conditions, in_force
from portal.earning.measuring import CAMPAIGN
from portal.earning.rules import Frozen, OrderFacts
from portal.programme import Cap, Programme, period_key


def freeze(
    member_id: str,
    joined_on: date,
    order: OrderFacts,
    programme: Programme,
    number: int,
    tier: str,
    day: date,
    *,
    chooses: bool = True,
) -> Frozen:
    """What an order keeps once it is paid, as first told on `day` under the programme version `number` (Reading 4).

    `chooses` false: she has never chosen a day, so nobody need look.
    """
    asked = list(conditions(programme))
    by_attribute = any(when.attributes for when in asked)
    since = (day - order.placed_on).days
    return Frozen(
        programme_version=number,
        tier=tier,
        attributes={name: held - since for name, held in people.attributes_on(member_id, day).items()}
        if by_attribute
        else {},
        plans=tiers.plans_on(member_id, day) if any(when.plans for when in asked) else (),
        joined_day=(order.placed_on - joined_on).days + 1,
        chosen=chosen_on(member_id, order) if programme.chosen_day and chooses else None,
        room={
            key: max(0, cap.points - gone) for key, (cap, gone) in _used(member_id, programme, order).items()
        },
    )


def room_now(
    member_id: str, programme: Programme, order: OrderFacts, frozen: Frozen, before: Mapping[str, int]
) -> dict[str, int]:
    """What campaigns with a cap may give a later state of an order: never more than was frozen, nor than others left.

    `before` is what its last state was measured at: what a campaign gave the order itself is there for it again.
    """
    used = _used(member_id, programme, order) if frozen.room else {}
    own = {key: before.get(f"{CAMPAIGN}{key}", 0) for key in used}
    return {
        key: max(0, min(frozen.room[key], own[key] + cap.points - gone)) for key, (cap, gone) in used.items()
    }


def chosen_on(member_id: str, order: OrderFacts) -> str | None:
    """The period in which the member chose the day that the order was placed on, by the zone of then (Reading 2)."""
    apart = timedelta(days=2)  # the days of two zones: Pago Pago and Kiritimati are 25 hours apart
    near = {"p_member": member_id, "p_from": order.placed_on - apart, "p_to": order.placed_on + apart}
    for row in read(statements.chosen_near(), near).all():
        if order.placed_at.astimezone(ZoneInfo(row.zone)).date() == row.day:
            return str(row.period)
    return None


def _used(member_id: str, programme: Programme, order: OrderFacts) -> dict[str, tuple[Cap, int]]:
    """Of each campaign with a cap in whose time the order was placed: the cap, and what it gave in that period."""
    found = {}
    for campaign in programme.campaigns:
        if campaign.cap is not None and in_force(order, campaign.from_, campaign.until):
            this = {
                "p_member": member_id,
                "p_campaign": campaign.key,
                "p_period": period_key(campaign.cap.per, order.placed_on),
            }
            used = read(statements.campaign_use(), this).scalar_one_or_none() or 0
            found[campaign.key] = (campaign.cap, used)
    return found

"""What follows from an order beside its points: caps of campaigns, the chosen day, goals, steps, dividends, gifts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal import giving, granting, ledger
from portal.db import run
from portal.earning import statements
from portal.earning.measuring import CAMPAIGN, FOLLOWED, difference
from portal.earning.telling import Told
from portal.programme import Programme, period_key


def follow(
    member_id: str,
    told: Told,
    *,
    rule: Programme,
    active: Programme,
    placed_on: date,
    before: Mapping[str, int],
    after: Mapping[str, int],
    counts: tuple[bool, bool],
    tier: str | None = None,
    risen: bool = False,
) -> None:
    """Tell everybody whom it concerns that an order came to measure `after` instead of `before` (Readings 12 and 31).

    `rule` is the version frozen for the order, `active` the one in force. `counts`: whether it counted as an order
    before, and does now. `tier`: the one before the order, which decides where a goal asks for one (Reading 6).
    `risen`: the order made a tier begin.
    """
    changes = difference(before, after)
    _count_campaigns(member_id, rule, placed_on, changes)
    when: dict[str, Any] = {"at": told.at, "day": told.day}
    if risen:
        granting.follow(member_id, active, actor=told.actor, **when)
    towards = {key: change for key, change in changes.items() if key.startswith(FOLLOWED)}
    if towards:
        granting.count(member_id, active, towards, placed_on=placed_on, actor=told.actor, tier=tier, **when)
    if counts == (False, True):
        giving.fund_all(member_id, rule, "order", ref=f"order/{told.ref}", **when)
    elif counts == (True, False) and rule.funding:
        giving.unfund_all(member_id, f"order/{told.ref}", **when)


def begin(member_id: str, placed_on: date, chosen: str | None) -> None:
    """An order is paid for the first time: a day she chose stands from now on, and she was active."""
    if chosen is not None:
        run(statements.fix_chosen(), {"p_member": member_id, "p_period": chosen})
    ledger.touch(member_id, placed_on)


def _count_campaigns(member_id: str, rule: Programme, placed_on: date, changes: Mapping[str, int]) -> None:
    for campaign in rule.campaigns:
        change = changes.get(f"{CAMPAIGN}{campaign.key}", 0)
        if campaign.cap is not None and change:
            period = period_key(campaign.cap.per, placed_on)
            run(
                statements.count_campaign(),
                {"member_id": member_id, "campaign": campaign.key, "period": period, "points": change},
            )

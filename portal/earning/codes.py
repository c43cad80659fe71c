"""Codes that come with an order: used once it is paid, given back once nothing of it is left."""

from fractions import Fraction
from typing import Any

from portal import granting, rewards
from portal.earning.rules import OrderFacts, is_given_back
from portal.earning.telling import Told
from portal.programme import Programme


def settle_codes(told: Told, order: OrderFacts, programme: Programme) -> list[dict[str, Any]]:
    """Use the codes of a paid order, or undo everything that was used on one that is cancelled or refunded whole.

    Answers what became of each code, without the code itself. None of them stops the order: its money has been paid.
    """
    if is_given_back(order):
        for back in rewards.undo_of_order(told.shop, told.number, at=told.at, actor=told.actor):
            if back.state == "available":
                granting.came_back(
                    back.member_id, programme, back.ref, at=told.at, day=told.day, actor=told.actor
                )
        return []
    if not told.body.codes or not order.pays:
        return []
    rate = programme.rate_on(order.currency, order.placed_on) or Fraction(0)
    return rewards.codes_of_order(
        told.body.codes,
        shop=told.shop,
        order=told.number,
        paid_minor=int(rate * order.rewards_minor),
        at=told.at,
    )

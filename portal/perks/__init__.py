"""Perks: the standing benefits of a member, as the union of what her tier, her plan and permanent discounts bring.

It holds no table: perks are data of the programme; tier, plan and rewards say which hold. It works out what they take
off a basket and says why one did not apply. It grants nothing and charges nothing.
"""

from portal.perks.rules import Applied, Basket, Held, Item, discounts, held, take_off

__all__ = ["Applied", "Basket", "Held", "Item", "discounts", "held", "take_off"]

"""What an activity comes to: what of it counts, the points it asks for, what its caps leave of them (Reading 23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal import money
from portal.errors import Refused
from portal.programme import Activity, Cap

LONGEST_VALUE = 100
MOST_POINTS = 10**12  # of one activity: so the sums of a member stay whole numbers of the database


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an activity: how many count (below zero: are taken back), and the value where it has one.

    Of an amount it is minor units of the home currency; `value` is as it was written, `seen_as` as it is compared.
    """

    count: int
    value: str | None = None
    seen_as: str | None = None


def read(rule: Activity, quantity: int, attributes: Mapping[str, Any], currency: str) -> Said:
    """What `quantity` and `attributes` say under this rule.

    Refuses `bad_value` for nothing, for a quantity of what is counted by its attribute, and for an attribute that is
    none; `missing_field` where it is not there; `too_precise`.
    """
    if quantity == 0:
        raise Refused("bad_value", "A quantity is above zero, or below to take back.", pointer="/quantity")
    name = rule.amount or rule.distinct
    if name is None:
        return Said(quantity)
    if abs(quantity) != 1:
        message = f"{rule.key} is counted by its {name}: the quantity is 1, or -1 to take it back."
        raise Refused("bad_value", message, pointer="/quantity")
    pointer = f"/attributes/{name}"
    if name not in attributes:
        raise Refused("missing_field", f"{rule.key} needs the attribute {name}.", pointer=pointer)
    value = attributes[name]
    if not isinstance(value, str) or not value.strip():
        raise Refused("bad_value", f"The attribute {name} is a text.", pointer=pointer)
    if rule.distinct is not None:
        seen_as = value.strip().casefold()
        if len(seen_as) > LONGEST_VALUE:
            raise Refused("bad_value", f"The attribute {name} is too long.", pointer=pointer)
        return Said(quantity, value.strip(), seen_as)
    try:
        minor = money.to_minor(value, currency)
    except Refused as refused:
        raise Refused(refused.code, refused.message, pointer=pointer) from None
    if minor <= 0:
        raise Refused("bad_value", "An amount is above zero.", pointer=pointer)
    return Said(minor * quantity, value)


def size(rule: Activity) -> int:
    """How many of what is counted give the points once: 1 where each one does."""
    return rule.per_amount_minor or rule.per


def steps(count: int, before: int, of: int) -> int:
    """The full steps that `count` makes on top of `before`: they count for life, the rest is kept (Reading 23)."""
    return (before + count) // of - before // of


def within_caps(asked: int, caps: Sequence[tuple[Cap, int]]) -> tuple[int, Cap | None]:
    """What the caps, each with the points it has given, leave of those asked for; and the cap that cut them, if any."""
    left, cut = asked, None
    for cap, given in caps:
        room = max(0, cap.points - given)
        if room < left:
            left, cut = room, cap
    return left, cut


def kept(count: int, before: int, of: int, each: int, given: int) -> int:
    """The points that stay of an activity of which `count` stay: what they ask for, never more than it gave.

    So what a cap had cut off goes first, as with a refund.
    """
    return min(given, steps(count, before, of) * each)

"""Which perks a member holds, and what they take off a basket: pure arithmetic in minor units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from portal.programme import Perk, Plan, Programme, Reward, Tier

GIFT_CARD = "gift-card"  # money for money: no percentage is taken off it
TAKEN_OFF = ("percent-off", "free-shipping")
"""The kinds that a quote works out; all others are kept by people and only shown."""


@dataclass(frozen=True, slots=True)
class Held:
    """A perk that a member holds, and through what: `tier:gold`, `plan:plus-yearly`, `reward:<ref>`."""

    perk: Perk
    source: str

    @property
    def is_taken_off(self) -> bool:
        """Whether a quote works it out."""
        return self.perk.kind in TAKEN_OFF


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a basket; `amount_minor` is what it costs after its share of the order's discount."""

    id: str
    amount_minor: int
    kind: str = "goods"
    category: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What is about to be bought, in minor units of its currency; `home_minor`: the lines in the home currency.

    `placed_at` is the instant, `placed_on` its day in the programme's zone: perks with a window look at them.
    """

    items: tuple[Item, ...]
    home_minor: int
    shop: str
    placed_at: datetime
    placed_on: date
    channel: str | None = None
    shipping_minor: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What perks take off, in minor units.

    `by_line`: perk and amount of each line that has one. `shipping`: perk and amount, None when none is free.
    `why_not`: for each perk that took nothing off, the first condition that failed.
    """

    by_line: dict[str, tuple[Held, int]] = field(default_factory=dict)
    shipping: tuple[Held, int] | None = None
    why_not: dict[str, str] = field(default_factory=dict)

    @property
    def total_minor(self) -> int:
        """Everything taken off together."""
        lines = sum(amount for _held, amount in self.by_line.values())
        return lines + (self.shipping[1] if self.shipping else 0)


def held(programme: Programme, tier: Tier, plan: Plan | None) -> list[Held]:
    """The union of what a tier and a plan bring, each perk once; what both bring comes from the tier, which stays."""
    found = {perk.key: Held(perk, f"tier:{tier.key}") for perk in programme.perks_of(tier.perks)}
    for perk in programme.perks_of(plan.perks if plan is not None else ()):
        found.setdefault(perk.key, Held(perk, f"plan:{plan.key}" if plan is not None else ""))
    return list(found.values())


def discounts(taken: Iterable[tuple[Reward, str]]) -> list[Held]:
    """The permanent discounts among rewards that a member holds (terms and ref): a percentage off from then on."""
    return [
        Held(
            Perk(key=reward.key, label=reward.label, kind="percent-off", percent=reward.percent).model_copy(
                update={
                    "minimum_minor": reward.minimum_minor,
                    "categories": reward.categories,
                    "brands": reward.brands,
                    "detail": reward.detail,
                }
            ),
            f"reward:{ref}",
        )
        for reward, ref in taken
        if reward.kind == "permanent-discount"
    ]


def take_off(perks: Sequence[Held], basket: Basket) -> Applied:
    """What these perks take off a basket: of each line the best single percentage, and shipping once.

    A percentage of a line is rounded half up to the minor unit. A perk with a `minimum` holds when the lines come to as
    much in the home currency. Gift cards have no percentage taken off.
    """
    by_line: dict[str, tuple[Held, int]] = {}
    shipping: tuple[Held, int] | None = None
    why_not: dict[str, str] = {}
    for one in perks:
        perk = one.perk
        if not one.is_taken_off:
            continue
        missing = _unmet(perk, basket)
        fitting = [item for item in basket.items if _fits(perk, item, basket.shop)]
        if missing is not None:
            why_not[perk.key] = missing
        elif perk.kind == "free-shipping":
            if len(fitting) < len(basket.items):
                why_not[perk.key] = "lines"
            elif basket.shipping_minor == 0:
                why_not[perk.key] = "nothing_to_take_off"
            elif shipping is None:
                shipping = (one, basket.shipping_minor)
            else:
                why_not[perk.key] = "beaten"
        elif not fitting:
            why_not[perk.key] = "lines"
        else:
            _better(one, [item for item in fitting if item.kind != GIFT_CARD], by_line)
    won = {one.perk.key for one, _amount in by_line.values()} | (
        {shipping[0].perk.key} if shipping else set()
    )
    for one in perks:
        if one.perk.kind == "percent-off" and one.perk.key not in won:
            why_not.setdefault(one.perk.key, "beaten" if by_line else "nothing_to_take_off")
    return Applied(by_line, shipping, why_not)


def _better(one: Held, items: Sequence[Item], by_line: dict[str, tuple[Held, int]]) -> None:
    """Let a percentage have each line on which it takes off more than the one that has it."""
    for item in items:
        amount = (item.amount_minor * (one.perk.percent or 0) + 50) // 100
        if amount > (by_line[item.id][1] if item.id in by_line else 0):
            by_line[item.id] = (one, amount)


def _unmet(perk: Perk, basket: Basket) -> str | None:
    if not _in_window(perk, basket):
        return "time"
    if perk.channels and basket.channel not in perk.channels:
        return "channel"
    if perk.minimum_minor is not None and basket.home_minor < perk.minimum_minor:
        return "minimum"
    return None


def _in_window(perk: Perk, basket: Basket) -> bool:
    """Whether the basket lies between the perk's moments: days count whole, an instant ends when it comes."""
    begins, ends = perk.from_, perk.until
    if (
        begins is not None
        and (basket.placed_at if isinstance(begins, datetime) else basket.placed_on) < begins
    ):
        return False
    if isinstance(ends, datetime):
        return basket.placed_at < ends
    return ends is None or basket.placed_on <= ends


def _fits(perk: Perk, item: Item, shop: str) -> bool:
    family = item.brand or shop  # Reading 29
    of_category = not perk.categories or item.category in perk.categories
    return of_category and (not perk.brands or family in perk.brands)

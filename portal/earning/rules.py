"""An order in whole numbers, and what of it counts: pure arithmetic in minor units of the order's currency."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from portal.errors import Refused


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order; `amount_minor` is its total after its own discounts."""

    id: str
    amount_minor: int
    kind: str = "goods"
    category: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back: by line (`lines`), or a sum that is spread over what is left of the lines."""

    id: str
    amount_minor: int
    lines: tuple[tuple[str, int], ...] | None

    @property
    def given(self) -> tuple[int, dict[str, int] | None]:
        """What was given back, however it was written: the sum, and what of each line."""
        if self.lines is None:
            return self.amount_minor, None
        by_line: dict[str, int] = {}
        for line_id, amount in self.lines:
            by_line[line_id] = by_line.get(line_id, 0) + amount
        return self.amount_minor, by_line


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order's state, in whole numbers; `placed_on` and `placed_time` are what the programme's clocks showed."""

    status: str
    placed_at: datetime
    placed_on: date
    currency: str
    lines: tuple[Line, ...]
    shop: str
    channel: str | None = None
    payment: str | None = None
    shipping_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0
    rewards_minor: int = 0
    refunds: tuple[Refund, ...] = ()
    placed_time: time = time()

    @property
    def pays(self) -> bool:
        """Whether this state earns at all."""
        return self.status in ("paid", "fulfilled")


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an order keeps from its first paid version on, whatever changes later (Reading 4).

    Tier, plans and attributes are those in force when it was told; numbers of days are those of the day it was placed
    (1 is the first, 0 and less lie before it). `chosen`: the period in which that was the member's chosen day. `room`:
    what campaigns with a cap had left to give her, in points.
    """

    programme_version: int
    tier: str
    attributes: Mapping[str, int] = field(default_factory=dict)
    plans: tuple[str, ...] = ()
    joined_day: int | None = None
    chosen: str | None = None
    room: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Frozen":
        """What is kept with an order; the oldest orders keep no more than version and tier, and an empty list."""
        return cls(
            kept["programme_version"], kept["tier"], dict(kept.get("attributes", ())), tuple(kept.get("plans", ())),
            kept.get("joined_day"), kept.get("chosen"), dict(kept.get("room", ())),
        )  # fmt: skip

    def kept(self) -> dict[str, Any]:
        """It as it is kept with an order: only what says something."""
        facts = {
            "attributes": dict(self.attributes), "plans": list(self.plans), "joined_day": self.joined_day,
            "chosen": self.chosen, "room": dict(self.room),
        }  # fmt: skip
        said = {name: value for name, value in facts.items() if value not in (None, [], {})}
        return {"programme_version": self.programme_version, "tier": self.tier, **said}


@dataclass(frozen=True, slots=True)
class Qualifying:
    """What of each line counts, in minor units of the order's currency, and what was left out of the total."""

    by_line: Mapping[str, int]
    total_minor: int
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Points an order keeps, its qualifying spend in the home currency (rounded down), and the explanation.

    `uses`: of them, what each campaign with a cap gave.
    """

    points: int
    counted_minor: int
    trace: dict[str, Any] = field(default_factory=dict)
    uses: Mapping[str, int] = field(default_factory=dict)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` over `weights` in proportion, by largest remainder; equal remainders: the earlier (Reading 27)."""
    total = sum(weights)
    if amount == 0 or total == 0:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def refunded_by_line(order: OrderFacts) -> dict[str, int]:
    """What was given back of each line. Refuses `refund_exceeds_order` as a whole (Reading 16)."""
    amounts = {line.id: line.amount_minor for line in order.lines}
    taken = dict.fromkeys(amounts, 0)
    for place, refund in enumerate(order.refunds):
        pointer = f"/refunds/{place}"
        if refund.lines is None:
            left = [amounts[line.id] - taken[line.id] for line in order.lines]
            if refund.amount_minor > sum(left):
                raise _exceeds(pointer, f"Refund {refund.id!r} is more than what is left of the order.")
            for line, share in zip(order.lines, spread(refund.amount_minor, left), strict=True):
                taken[line.id] += share
            continue
        for line_id, amount in refund.lines:
            if line_id not in amounts:
                raise Refused("bad_value", f"Refund {refund.id!r} names line {line_id!r}, which the order has not.",
                              pointer=f"{pointer}/lines")  # fmt: skip
            taken[line_id] += amount
            if taken[line_id] > amounts[line_id]:
                raise _exceeds(pointer, f"Refunds of line {line_id!r} are more than its amount.")
    return taken


def is_given_back(order: OrderFacts) -> bool:
    """Whether nothing of the order is left: cancelled, or all that its lines cost after the discount was refunded."""
    if order.status == "cancelled":
        return True
    taken = refunded_by_line(order) if order.refunds else {}
    amounts = [line.amount_minor for line in order.lines]
    shares = spread(order.discount_minor, amounts)
    return any(taken.values()) and all(
        taken[line.id] >= line.amount_minor - share for line, share in zip(order.lines, shares, strict=True)
    )


def _exceeds(pointer: str, message: str) -> Refused:
    return Refused("refund_exceeds_order", message, pointer=pointer)


def qualifying(order: OrderFacts, counts: Collection[str] = ()) -> Qualifying:
    """The part of each line that counts: after its share of the discount and of what rewards paid, less refunds.

    Gift cards take their share of the discount and then do not count; what was paid by rewards is spread over the
    lines that are left (Reading 28). `counts` is what the programme counts beside that: "discount" leaves what the
    order's discount took off in the lines, "shipping" and "tax" are spread over what counts, and go with it when it is
    given back. Refuses `bad_value` for a discount above the lines, and as `refunded_by_line`.
    """
    amounts = [line.amount_minor for line in order.lines]
    if order.discount_minor > sum(amounts):
        raise Refused("bad_value", "The discount is larger than the lines.", pointer="/discount")
    shares = spread(order.discount_minor, amounts)
    discounted = "discount" not in counts
    base = [amount - share if discounted else amount for amount, share in zip(amounts, shares, strict=True)]
    counting = [
        0 if line.kind == "gift-card" else amount for line, amount in zip(order.lines, base, strict=True)
    ]
    if order.rewards_minor > sum(amounts) + order.shipping_minor + order.tax_minor - order.discount_minor:
        raise Refused(
            "bad_value", "More was paid by rewards than the order costs.", pointer="/paid_by_rewards"
        )
    by_rewards = spread(min(order.rewards_minor, sum(counting)), counting)
    taken = refunded_by_line(order)
    beside = _beside(order, counts) if sum(counting) else {}
    # Rewards that paid more than the lines paid for what counts beside them.
    paid_beside = min(order.rewards_minor - sum(by_rewards), sum(beside.values()))
    by_beside = spread(sum(beside.values()) - paid_beside, counting)
    by_line = {}
    for at, line in enumerate(order.lines):
        back = taken[line.id]
        if line.kind == "gift-card" or back >= amounts[at] - shares[at] > 0:
            by_line[line.id] = 0  # what was paid for it was given back, whatever else counts of it
            continue
        left = max(0, counting[at] - by_rewards[at] - back)
        part = by_beside[at] * max(0, counting[at] - back) // counting[at] if by_beside[at] else 0
        by_line[line.id] = left + part
    before_refunds = sum(counting) - sum(by_rewards) + sum(by_beside)
    left_out = (
        ("shipping", order.shipping_minor - beside.get("shipping", 0)),
        ("tax", order.tax_minor - beside.get("tax", 0)),
        ("discount", order.discount_minor if discounted else 0),
        ("gift-card", sum(base) - sum(counting)),
        # The rest of it paid for shipping, tax and gift cards that are left out already.
        ("rewards", sum(by_rewards) + paid_beside),
        ("refunded", before_refunds - sum(by_line.values())),
    )
    total = sum(amounts) + order.shipping_minor + order.tax_minor
    return Qualifying(by_line, total, tuple((what, amount) for what, amount in left_out if amount))


def _beside(order: OrderFacts, counts: Collection[str]) -> dict[str, int]:
    """What counts beside the lines, in minor units."""
    parts = {"shipping": order.shipping_minor, "tax": order.tax_minor}
    return {name: amount for name, amount in parts.items() if name in counts}

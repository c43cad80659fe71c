"""What a member may take, and why not; what a code is good for. Arithmetic and decisions, nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from portal.errors import Refused
from portal.programme import Limit, Programme, Reward

WhyNot = Literal["", "stock", "limit", "tier", "owed", "points", "frozen", "stopped", "waits"]
CHUNKS = 8
LIKE_MONEY = ("money-off", "gift-card")
"""Kinds that are as good as money to whoever reads the code: it is spent anywhere in the shop, or sold on."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What of a member's stands still: all while a bank looks into a payment (`frozen`) or after "that was not me"
    (`stopped`), what is as good as money while it waits after a change (`waits`)."""

    frozen: bool = False
    stopped: bool = False
    waits: bool = False

    def of(self, reward: Reward) -> WhyNot:
        """What holds back this reward; empty for nothing."""
        if self.stopped:
            return "stopped"
        if self.frozen:
            return "frozen"
        return "waits" if self.waits and is_like_money(reward) else ""


NOTHING = HeldBack()


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as one member finds it on a day; `why` says what stands in the way, empty for nothing.

    `price` is the least it is to be had for, `to_go` what of that is missing, in points. `taken` is how often she took
    it in the period of its limit, `again_on` the first day after that period.
    """

    reward: Reward
    price: int
    to_go: int
    why: WhyNot
    stock_left: int | None = None
    taken: int = 0
    again_on: date | None = None


class Holding(Protocol):
    """What decides whether a code can be used."""

    @property
    def state(self) -> str: ...
    @property
    def terms(self) -> Reward: ...


def is_like_money(reward: Reward) -> bool:
    """Whether its code is as good as money in any hand."""
    return reward.kind in LIKE_MONEY


def worth_minor(reward: Reward, points: int, programme: Programme) -> int:
    """What it is worth that a member takes this for so many points: the money it takes off, else what the points are
    worth; minor units of the home currency, rounded down."""
    return programme.value_minor(points) if reward.value_minor is None else reward.value_minor


def price_of(reward: Reward, points: int | None) -> int:
    """What it costs in points, `points` being what the member wants to spend (Reading 40).

    Refuses `not_allowed` for a reward that is only ever given, `bad_value` for an amount off the slider's steps or that
    differs from a fixed price, `missing_field` for a slider without an amount.
    """
    if reward.slider is None:
        if reward.price is None:
            raise Refused("not_allowed", "This reward is given, not bought.", pointer="/reward")
        if points not in (None, reward.price):
            raise Refused("bad_value", f"This reward costs {reward.price} points.", pointer="/points")
        return reward.price
    if points is None:
        raise Refused("missing_field", "Say how many points.", pointer="/points")
    if not reward.slider.takes(points):
        most = f" and at most {reward.slider.maximum}" if reward.slider.maximum else ""
        raise Refused(
            "bad_value",
            f"At least {reward.slider.minimum} points{most}, in steps of {reward.slider.step}.",
            pointer="/points",
        )
    return points


def offer(
    reward: Reward,
    *,
    have: int,
    owed: int,
    tier: str,
    taken: int,
    stock_left: int | None,
    day: date,
    held_back: HeldBack = NOTHING,
) -> Offer:
    """How a reward stands for a member with `have` points of `tier`, who took it `taken` times in its period, and of
    whose things something is `held_back` now."""
    price = reward.least or 0
    to_go = max(0, price - have)
    why: WhyNot = ""
    if stock_left == 0:
        why = "stock"
    elif reward.limit is not None and taken >= reward.limit.count:
        why = "limit"
    elif reward.tiers and tier not in reward.tiers:
        why = "tier"
    elif owed:
        why = "owed"
    elif to_go:
        why = "points"
    else:
        why = held_back.of(reward)
    again_on = None if reward.limit is None else period(reward.limit, day)[1]
    return Offer(reward, price, to_go, why, stock_left, taken, again_on)


def in_order(offers: Iterable[Offer]) -> list[Offer]:
    """What she can have now first, then what only points are missing for, nearest first, then the rest."""
    rank = {"": 0, "tier": 2, "limit": 2, "stock": 3}
    return sorted(offers, key=lambda one: (rank.get(one.why, 1), one.price))


def period(limit: Limit, day: date) -> tuple[date, date | None]:
    """First day of the limit's period around `day`, and the first day after it; None when it never ends."""
    if limit.per == "day":
        return day, day + timedelta(days=1)
    if limit.per == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    if limit.per == "year":
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return date.min, None


def shares(stock: int) -> list[int]:
    """How many of a stock each of its parts holds; they add up to it."""
    return [stock // CHUNKS + (1 if chunk < stock % CHUNKS else 0) for chunk in range(CHUNKS)]


def problem_of(holding: Holding, basket_minor: int | None = None) -> str | None:
    """Why a code cannot be used on a basket (its goods, in home minor units), as a code; None when it can."""
    if holding.state != "available":
        return "already_used" if holding.state == "used" else holding.state
    least = holding.terms.minimum_minor
    return (
        "below_minimum" if least is not None and basket_minor is not None and basket_minor < least else None
    )

"""What the API takes and answers about rewards, redemptions and codes, as models."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal import earning
from portal.merchant.shapes import Money, Points, Shape

Kind = Literal[
    "money-off",
    "percent-off",
    "permanent-discount",
    "free-shipping",
    "thing",
    "gift-card",
    "experience",
    "service",
]
State = Literal["available", "used", "undone", "expired", "withdrawn"]


class SliderRule(Shape):
    """Any amount from `minimum` in steps of `step`, at most `maximum`."""

    minimum: Points
    step: Points
    maximum: Points | None


class RewardLimit(Shape):
    """At most `count` in a period, for one member."""

    per: Literal["day", "month", "year", "lifetime"]
    count: int


class RewardStock(Shape):
    """How many there are in all, and how many are left."""

    of: int
    left: int


class RewardOffer(Shape):
    """A reward that is taken: for `price` (0: free), or by the slider. `tiers` empty: for everybody.

    `categories` and `brands` (else shops) say on which lines it is taken off, `items` on how many at most.
    """

    key: str
    label: str
    kind: Kind
    price: Points | None
    slider: SliderRule | None
    value: Money | None
    percent: int | None
    categories: list[str]
    brands: list[str]
    items: int | None
    minimum: Money | None
    stock: RewardStock | None
    limit: RewardLimit | None
    tiers: list[str]
    valid_days: int | None
    detail: str


class RewardCatalogue(Shape):
    """What points buy, cheapest first."""

    rewards: list[RewardOffer]


class RedemptionBody(BaseModel):
    """Take a reward. `points` for one with a slider; with a fixed price it may be left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    reward: Annotated[str, Field(min_length=1, max_length=60, examples=["ten-off"])]
    points: Annotated[int, Field(strict=True, ge=1, le=10**15, examples=[1000])] | None = None


class Redemption(Shape):
    """A reward in a member's hands. `code` is null once it ended; `left` is what is left of a money reward."""

    id: str
    ref: str
    member: str
    reward: str
    label: str
    kind: Kind
    state: State
    points: Points
    code: str | None
    value: Money | None
    left: Money | None
    percent: int | None
    categories: list[str]
    brands: list[str]
    items: int | None
    minimum: Money | None
    issued: date
    expires: date | None
    ended: date | None
    reason: str


class CodeState(Shape):
    """What a code is good for. `why_not` when it is not valid: `already_used`, `expired`, `undone`, `withdrawn`,
    `below_minimum` (of the basket that was named), `stopped` (her points are). `categories`, `brands` and `items` say
    what of it counts."""

    valid: bool
    why_not: str | None
    redemption: str
    reward: str
    label: str
    kind: Kind
    value: Money | None
    left: Money | None
    percent: int | None
    categories: list[str]
    brands: list[str]
    items: int | None
    minimum: Money | None
    expires: date | None


class UseBody(BaseModel):
    """Use a code on an order. A money reward gives `amount`, or all that is left when it is not said."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    order: earning.Id
    amount: Annotated[str, Field(max_length=40, examples=["10.00"])] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])] | None = None


class CodeUse(Shape):
    """A use that stands: what it took and what is left, null for what is not money."""

    redemption: str
    reward: str
    order: str
    state: State
    used: Money | None
    left: Money | None


REDEMPTION: dict[str, Any] = {
    "id": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE", "ref": "main/01K1Q6/till-7-0412", "member": "c-17", "reward": "ten-off",
    "label": "£10.00 off", "kind": "money-off", "state": "available", "points": 1000, "code": "K7QM-2XRD-9TVB-4HNC",
    "value": {"amount": "10.00", "currency": "GBP"}, "left": {"amount": "10.00", "currency": "GBP"}, "percent": None,
    "categories": [], "brands": [], "items": None, "minimum": None,
    "issued": "2026-03-01", "expires": "2027-03-01", "ended": None, "reason": "bought",
}  # fmt: skip
CODE: dict[str, Any] = {
    "valid": True, "why_not": None, "redemption": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE", "reward": "ten-off",
    "label": "£10.00 off", "kind": "money-off", "value": {"amount": "10.00", "currency": "GBP"},
    "left": {"amount": "10.00", "currency": "GBP"}, "percent": None,
    "categories": [], "brands": [], "items": None, "minimum": None, "expires": "2027-03-01",
}  # fmt: skip
USE: dict[str, Any] = {
    "redemption": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE", "reward": "ten-off", "order": "1001", "state": "available",
    "used": {"amount": "4.00", "currency": "GBP"}, "left": {"amount": "6.00", "currency": "GBP"},
}  # fmt: skip
CATALOGUE: dict[str, Any] = {
    "rewards": [
        {"key": "ten-off", "label": "£10.00 off", "kind": "money-off", "price": 1000, "slider": None,
         "value": {"amount": "10.00", "currency": "GBP"}, "percent": None,
         "categories": [], "brands": [], "items": None, "minimum": None, "stock": None,
         "limit": None, "tiers": [], "valid_days": 365, "detail": "Online or in the shop, once."},
    ],
}  # fmt: skip

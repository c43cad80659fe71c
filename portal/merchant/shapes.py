"""What the API answers, as models: they describe it in the OpenAPI document, and tests hold the answers to them."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from portal import earning

Points = Annotated[
    int, Field(description="whole points; minor units of money where the programme counts money")
]
Decimal = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12.34"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]


class Shape(BaseModel):
    """Fields may be added to an answer at any time; none is renamed or taken away."""

    model_config = ConfigDict(extra="allow")


class Money(Shape):
    """An amount in major units."""

    amount: Decimal
    currency: Currency


class Explanation(Shape):
    """Why: in sentences, and as the facts behind them, with the rules that did not fire."""

    text: list[str]
    facts: dict[str, Any]


class OrderPoints(Shape):
    """`kept` = `earned` - `reversed`; `pending` is what of it still waits for its day."""

    earned: Points
    pending: Points
    reversed: Points
    kept: Points


class OrderRef(Shape):
    """Which order, in which version."""

    id: str
    shop: str
    version: int
    status: Literal["pending", "paid", "fulfilled", "cancelled"]


class OrderCode(Shape):
    """What became of a code that came with an order; the code is masked. It never stops the order.

    `problem` when it was not used: `unknown_code`, `already_used`, `expired`, `undone`, `withdrawn`, `not_needed`.
    """

    code: str
    used: bool
    redemption: str | None = None
    amount: Decimal | None = None
    left: Decimal | None = None
    problem: str | None = None


class OrderAnswer(Shape):
    """What the order earned. `member` is null while nobody has joined with its address and proved it."""

    order: OrderRef
    points: OrderPoints
    member: str | None
    explanation: Explanation
    codes: list[OrderCode]


class OrderState(OrderAnswer):
    """The last state of an order as it was sent, and what came of it."""

    state: dict[str, Any]


class FieldError(Shape):
    """One fault: `pointer` is a JSON pointer (RFC 6901) into the body."""

    pointer: str
    code: str
    message: str


class Problem(Shape):
    """RFC 9457. `code` is stable; `detail` is for people and may change."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] | None = None


class RefusedOrder(Problem):
    """An order of a batch that was not taken; nothing of it was written."""

    id: str | None


class Batch(BaseModel):
    """Up to 500 orders. Each is applied by itself; send the whole batch again after a failure."""

    orders: Annotated[list[Any], Field(max_length=500)]


class BatchOrder(earning.OrderBody):
    """An order body with its id; only described here, each is read by itself."""

    id: earning.Id


class DescribedBatch(BaseModel):
    """Up to 500 orders. Each is applied by itself; send the whole batch again after a failure."""

    orders: Annotated[list[BatchOrder], Field(max_length=500)]


class BatchAnswer(Shape):
    """One answer or problem for each order, in the order in which they were sent."""

    results: list[OrderAnswer | RefusedOrder]


class Maturing(Shape):
    """Points that can be spent from a day on, or (expiring) until the end of a day."""

    on: date
    points: Points


class MemberPoints(Shape):
    """available + pending - owed = earned - spent - donated - expired."""

    available: Points
    pending: Points
    owed: Points
    earned: Points
    spent: Points
    donated: Points
    expired: Points
    value: Money
    maturing: list[Maturing]
    expiring: list[Maturing]


class Standing(Shape):
    """The tier in force; `until` is its last day."""

    key: str
    source: Literal["base", "earned", "plan", "attribute", "courtesy"]
    since: date
    until: date | None


class Way(Shape):
    """The way to a tier: a decimal string for spend, a count for everything else."""

    tier: str
    metric: str
    have: Decimal | int
    need: Decimal | int
    by: date | None


class Progress(Shape):
    """To the next tier, and to keep this one; null where there is nothing to do."""

    next: Way | None
    keep: Way | None


class MemberState(Shape):
    """Everything about a member at `as_of`."""

    member: str
    as_of: AwareDatetime
    joined: AwareDatetime
    points: MemberPoints
    tier: Standing
    progress: Progress
    plan: dict[str, Any] | None
    perks: list[dict[str, Any]]
    rewards: list[dict[str, Any]]
    charity: str | None
    goals: list[dict[str, Any]]
    counters: dict[str, int]
    badges: list[str]
    referral: dict[str, Any] | None
    warnings: Annotated[
        list[FieldError] | None, Field(description="What of the call did not count; all else did")
    ] = None


class Buckets(Shape):
    """Points by bucket: what an entry changed, or what stood after it."""

    available: Points
    pending: Points
    owed: Points


class LotPart(Shape):
    """Points put into a lot (above zero) or drawn from it; `expires` is its last day, null for never."""

    expires: date | None
    points: Points


class Entry(Shape):
    """One line of the ledger; it never changes."""

    number: int
    at: AwareDatetime
    on: date
    kind: Literal["earned", "refunded", "matured", "redeemed", "undone", "donated", "expired", "adjusted"]
    source: str
    ref: str
    change: Buckets
    after: Buckets
    lots: list[LotPart]
    programme_version: int
    explanation: Explanation


class Entries(Shape):
    """Newest first. Send `next_cursor` back as `cursor` for older ones; null is the end."""

    entries: list[Entry]
    next_cursor: str | None


class ProgrammeSummary(Shape):
    """What anybody may know of the programme in force."""

    key: str
    version: int
    name: str
    tagline: str
    timezone: str
    currency: Currency
    currencies: list[Currency]
    unit: dict[str, Any]
    earn: list[dict[str, Any]]
    activities: list[dict[str, Any]]
    tiers: list[dict[str, Any]]
    plans: list[dict[str, Any]]
    rewards: list[dict[str, Any]]


class DonationBody(BaseModel):
    """Points for a charity; without `points` all that may be given. `ref` makes it once, like `Idempotency-Key`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    charity: Annotated[str, Field(min_length=1, max_length=60, examples=["wildlife"])]
    points: Annotated[int, Field(strict=True, ge=1, le=10**15, examples=[500])] | None = None
    ref: earning.Id | None = None


class Donation(Shape):
    """A gift that stands: whose, to whom, the points and their money."""

    ref: str
    member: str
    charity: str
    points: Points
    value: Money
    at: AwareDatetime
    on: date


class CharityTotal(Shape):
    """What everybody has given to a charity."""

    points: Points
    value: Money
    gifts: int


class Charity(Shape):
    """A cause that points can be given to."""

    key: str
    label: str
    category: str | None
    detail: str
    total: CharityTotal


class GivingRules(Shape):
    """The fewest points of one gift, and its steps, counted from there."""

    minimum: Points
    step: Points


class Charities(Shape):
    """The causes of the programme, in its order."""

    charities: list[Charity]
    giving: GivingRules


class QuoteLine(Shape):
    """One line of a basket: before and after the perk that takes most off it; `perk` is its key, null for none."""

    id: str
    amount: Decimal
    discount: Decimal
    total: Decimal
    perk: str | None


class QuoteShipping(Shape):
    """Shipping before and after a perk."""

    amount: Decimal
    discount: Decimal
    total: Decimal
    perk: str | None


class QuotePerk(Shape):
    """A perk that the member holds, whether it took something off, and else why not.

    `why_not`: `time`, `channel`, `minimum`, `lines` (nothing in the basket is of its kind), `nothing_to_take_off`,
    `beaten`.
    """

    key: str
    label: str
    source: str
    applied: bool
    why_not: str | None


class QuotePoints(Shape):
    """Points that the order would earn, their value, and the first day they can be spent."""

    earned: Points
    value: Money
    available_on: date


class QuoteWay(Way):
    """The way to the next tier; `left_after` is what would be left of it after this basket."""

    left_after: Decimal | int


class QuoteMissing(Shape):
    """What is missing to the next tier, and to goals that are open."""

    tier: QuoteWay | None
    goals: list[dict[str, Any]]


class Quote(Shape):
    """What a basket would come to for this member now. Nothing is written or reserved."""

    member: str | None
    currency: Currency
    lines: list[QuoteLine]
    shipping: QuoteShipping
    discount_total: Money
    total: Money
    perks: list[QuotePerk]
    points: QuotePoints
    missing: QuoteMissing
    explanation: Explanation

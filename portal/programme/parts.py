"""The vocabulary of a programme file: one frozen model for each table of it.

The names here are the keys of the TOML file and of docs/programme.md, and what the other slices read. Field
descriptions and examples feed the JSON Schema and the remedies; the meaning of a rule is in Reading 1 to 8.
What a later release brings (campaigns, goals, expiry ...) is refused today rather than read and not run.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portal.programme.kinds import (
    Colour,
    Currency,
    Days,
    Exact,
    Key,
    Label,
    Moment,
    Money,
    Points,
    Words,
    text_on,
    wrong,
)


class Part(BaseModel):
    """A table of the file: unknown keys are refused, types are exact, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Worth(Part):
    """What points are worth when they are spent: `points` of them are `amount`."""

    points: Points = Field(description="this many points", examples=[1])
    minor: Money = Field(alias="amount", description="are worth this much money", examples=["0.01"])


class Unit(Part):
    """What the balance counts: points, or reward money itself (then its minor units)."""

    kind: Literal["points", "money"] = Field(
        "points", description="points, or the balance is money", examples=["points"]
    )
    one: Label = Field("point", description="the word for one", examples=["star"])
    many: Label = Field("points", description="the word for many", examples=["stars"])
    value: Worth | None = Field(
        None,
        description="what they are worth; left out when the kind is money",
        examples=[{"points": 1, "amount": "0.01"}],
    )

    @model_validator(mode="after")
    def _value_fits_kind(self) -> "Unit":
        if self.kind == "points" and self.value is None:
            raise wrong("the value of a point is missing", 'add value = { points = 1, amount = "0.01" }')
        if self.kind == "money" and self.value is not None:
            raise wrong("a balance of money has no other value", 'take value out, or write kind = "points"')
        return self

    @property
    def value_points(self) -> int:
        """This many points ..."""
        return self.value.points if self.value else 1

    @property
    def value_minor(self) -> int:
        """... are worth this many minor units of the home currency."""
        return self.value.minor if self.value else 1


class Brand(Part):
    """How the pages look."""

    colour: Colour = Field(
        "#24476b", description="the ground of the card and of buttons", examples=["#1f5b4d"]
    )
    accent: Colour | None = Field(None, description="a second colour", examples=["#9c4221"])
    logo: Label | None = Field(
        None, description="the word mark; the name when left out", examples=["Pennywren"]
    )
    pattern: Literal["leaf", "wave", "grid", "dots", "none"] = Field(
        "none", description="the drawing on the card", examples=["leaf"]
    )

    @property
    def text(self) -> str:
        """The colour of text on `colour`: white or ink, at least 4.5 : 1."""
        return text_on(self.colour)


class CurrencyRate(Part):
    """One accepted currency and what it is worth in the home currency from a day on (Reading 17)."""

    code: Currency = Field(description="the currency that is accepted", examples=["EUR"])
    rate: Exact = Field(description="home money for one of it, in major units", examples=["0.86"])
    from_: date | None = Field(
        None, alias="from", description="first day of the rate; always when left out", examples=["2026-01-01"]
    )


class Orders(Part):
    """What holds for every order."""

    pending_days: Days = Field(
        0, description="days from purchase until points can be spent (Reading 5)", examples=[14]
    )
    joined_before_days: Days = Field(
        30, description="an order this many days before joining still counts (Reading 25)", examples=[30]
    )
    guest_lookback_days: Days = Field(
        365,
        description="how far back the orders of a guest are credited on joining (Reading 13)",
        examples=[365],
    )
    rounding: Literal["down", "half-up"] = Field(
        "down", description="how a part of a point is rounded, once per order and rule", examples=["down"]
    )


class When(Part):
    """Conditions on an order line. All are optional; every one that is given must hold."""

    channels: Words = Field((), description="where it was bought", examples=[["store", "online", "app"]])
    categories: Words = Field((), description="category of the line", examples=[["beauty"]])
    brands: Words = Field(
        (), description="brand of the line, else the shop (Reading 29)", examples=[["acme"]]
    )
    shops: Words = Field((), description="shop of the order", examples=[["main"]])
    payments: Words = Field((), description="means of payment", examples=[["store_card"]])
    kinds: tuple[Literal["goods", "service", "gift-card", "digital"], ...] = Field(
        (), description="kind of the line", examples=[["goods"]]
    )
    tiers: tuple[Key, ...] = Field((), description="tier held just before the order", examples=[["gold"]])
    attributes: Words = Field(
        (), description="outside facts that hold for the member", examples=[["store_card"]]
    )
    tags: Words = Field((), description="tags of the line", examples=[["full-price"]])
    currencies: tuple[Currency, ...] = Field((), description="currency of the order", examples=[["GBP"]])
    from_: Moment | None = Field(
        None, alias="from", description="first day, or first instant", examples=["2026-11-28"]
    )
    until: Moment | None = Field(
        None, description="last day, inclusive; or the instant it ends", examples=["2026-11-29"]
    )


class EarnRule(Part):
    """`points` for each `per` of money. The last rule of the file that matches a line is the one used."""

    key: Key = Field(description="name for machines", examples=["every-purchase"])
    label: Label = Field(description="what a member reads", examples=["Every purchase"])
    points: Points = Field(description="this many points", examples=[5])
    per_minor: Money = Field(alias="per", description="for this much money", examples=["1.00"])
    when: When = Field(default_factory=When, description="conditions", examples=[{"channels": ["app"]}])


class Multiplier(Part):
    """Multiplies the whole points of the rule (Reading 1). The best single one wins, unless it adds."""

    key: Key = Field(description="name for machines", examples=["gold-bonus"])
    label: Label = Field(description="what a member reads", examples=["Gold, one and a quarter times"])
    factor: Exact = Field(description="times this", examples=["1.25"])
    adds: bool = Field(
        False, description="true: added to the best one instead of competing", examples=[False]
    )
    when: When = Field(default_factory=When, description="conditions", examples=[{"tiers": ["gold"]}])

    @property
    def starts(self) -> date | datetime | None:
        """The first day or instant, None when it always held."""
        return self.when.from_

    @property
    def ends(self) -> date | datetime | None:
        """The last day (inclusive) or the instant it ends, None when it has no end."""
        return self.when.until


class Cap(Part):
    """At most so many points in a period of the programme's zone (Reading 23)."""

    per: Literal["day", "month", "year", "lifetime"] = Field(description="the period", examples=["month"])
    points: Points = Field(description="at most this many points in it", examples=[75])


class Activity(Part):
    """Points for what is not a purchase. `account` and `newsletter` happen by themselves (Reading 8)."""

    key: Key = Field(description="name for machines", examples=["account"])
    label: Label = Field(description="what a member reads", examples=["Joining"])
    points: Points = Field(description="points for one", examples=[100])
    quantity: bool = Field(
        False, description="true: it comes with a quantity that multiplies", examples=[False]
    )
    caps: tuple[Cap, ...] = Field((), description="limits", examples=[[{"per": "month", "points": 75}]])
    pending_days: Days = Field(0, description="days until the points can be spent", examples=[0])
    proof: Literal["none", "shop", "staff"] = Field(
        "shop",
        description="whose word is enough: the member's own, the shop's, a colleague's",
        examples=["shop"],
    )


class Entry(Part):
    """One way into a tier: a counter, and how much of it. Any single way is enough."""

    metric: Literal["spend", "orders", "earned"] = Field(description="what is counted", examples=["spend"])
    amount: Money | None = Field(None, description="for spend: this much money", examples=["200.00"])
    count: Points | None = Field(None, description="for orders and earned points: this many", examples=[6])

    @model_validator(mode="after")
    def _one_need(self) -> "Entry":
        if self.metric == "spend" and (self.amount is None or self.count is not None):
            raise wrong(
                "entry by spend needs an amount, and no count",
                'write { metric = "spend", amount = "200.00" }',
            )
        if self.metric != "spend" and (self.count is None or self.amount is not None):
            raise wrong(
                f"entry by {self.metric} needs a count, and no amount",
                f'write {{ metric = "{self.metric}", count = 6 }}',
            )
        return self

    @property
    def need(self) -> int:
        """How much is needed: minor units of the home currency for spend, else a number."""
        return self.amount or self.count or 0


class Tier(Part):
    """A step of the ladder. The first of the file is the base: everybody has it, so it has no entry."""

    key: Key = Field(description="name for machines", examples=["gold"])
    label: Label = Field(description="what a member reads", examples=["Gold"])
    material: Literal["paper", "silver", "gold", "ink"] = Field(
        "paper", description="what the card is made of", examples=["gold"]
    )
    entry: tuple[Entry, ...] = Field(
        (), description="ways in; any one is enough", examples=[[{"metric": "spend", "amount": "200.00"}]]
    )
    perks: tuple[Label, ...] = Field(
        (), description="keys of [[perks]], or words", examples=[["free-shipping", "Early access to sales"]]
    )


class TierRules(Part):
    """How long a tier counts and lasts (Reading 7)."""

    period: Literal["life", "calendar-year"] = Field(
        "life", description="what is counted together", examples=["calendar-year"]
    )
    keeps: Literal["period", "next-period"] = Field(
        "next-period",
        description="kept to the end of the period, or also of the next",
        examples=["next-period"],
    )


class Expiry(Part):
    """When points end."""

    kind: Literal["never"] = Field("never", description="points stay for ever", examples=["never"])

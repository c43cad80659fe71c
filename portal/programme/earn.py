"""The vocabulary of earning: what an order, an activity, a campaign or a chosen day gives.

One frozen model for each table of the file; the meaning of a rule is in Readings 1 to 8 and 23 to 29.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import Field, model_validator

from portal.programme.kinds import (
    Clock,
    Currency,
    Days,
    Exact,
    Key,
    Label,
    Moment,
    Money,
    Points,
    Whole,
    Word,
    Words,
    wrong,
)
from portal.programme.parts import Part

Period = Literal["day", "month", "year", "lifetime"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
    counts: tuple[Literal["shipping", "tax", "discount"], ...] = Field(
        (),
        description="what counts beside the lines: shipping, tax, and what a discount of the order took off",
        examples=[["shipping", "tax"]],
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
    plans: tuple[Key, ...] = Field(
        (), description="paid plan that gives its benefits at that moment", examples=[["plus-monthly"]]
    )
    attributes: Words = Field(
        (), description="outside facts of which one holds for the member", examples=[["store_card"]]
    )
    held_days: Points | None = Field(
        None,
        description="only in the first so many days of holding one of these attributes (Reading 32)",
        examples=[30],
    )
    joined_days: Points | None = Field(
        None, description="only in the first so many days; day 1 is the day of joining", examples=[30]
    )
    tags: Words = Field((), description="tags of the line", examples=[["full-price"]])
    currencies: tuple[Currency, ...] = Field((), description="currency of the order", examples=[["GBP"]])
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        (), description="days of the week in the programme's zone", examples=[["sun"]]
    )
    hours: tuple[Clock, ...] = Field(
        (),
        max_length=2,
        description="from this time of day until before that one; it may run over midnight",
        examples=[["17:00", "19:00"]],
    )
    from_: Moment | None = Field(
        None, alias="from", description="first day, or first instant", examples=["2026-11-28"]
    )
    until: Moment | None = Field(
        None, description="last day, inclusive; or the instant it ends", examples=["2026-11-29"]
    )

    @model_validator(mode="after")
    def _belongs_together(self) -> "When":
        if len(self.hours) == 1:
            raise wrong("hours need a beginning and an end", 'write hours = ["17:00", "19:00"]')
        if self.held_days is not None and not self.attributes:
            raise wrong("held_days counts from an attribute", 'add attributes = ["store_card"]')
        return self


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

    per: Period = Field(description="the period", examples=["month"])
    points: Points = Field(description="at most this many points in it", examples=[75])


class Campaign(Part):
    """Between two moments: times a factor, another rate in place of the usual one, or a bonus once an order."""

    key: Key = Field(description="name for machines, in the same drawer as those of rules", examples=["may"])
    label: Label = Field(description="what a member reads", examples=["Twice the points in May"])
    from_: Moment = Field(alias="from", description="first day, or first instant", examples=["2026-11-28"])
    until: Moment = Field(description="last day, inclusive; or the instant it ends", examples=["2026-11-29"])
    factor: Exact | None = Field(None, description="times this", examples=["2"])
    points: Points | None = Field(None, description="or: this many points ...", examples=[10])
    per_minor: Money | None = Field(
        None,
        alias="per",
        description="... for this much money, in place of the usual rate",
        examples=["1.00"],
    )
    bonus: Points | None = Field(None, description="or: this many points once an order", examples=[500])
    minimum_minor: Money | None = Field(
        None, alias="minimum", description="only when what counts comes to this much", examples=["50.00"]
    )
    stacking: Literal["best", "adds"] | None = Field(
        None,
        description="with another one: the best single one, or added; to be said where two overlap",
        examples=["best"],
    )
    cap: Cap | None = Field(
        None,
        description="the most it gives a member beside the usual points",
        examples=[{"per": "lifetime", "points": 500}],
    )
    when: When = Field(
        default_factory=When, description="further conditions", examples=[{"channels": ["app"]}]
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Campaign":
        ways = [self.factor is not None, self.per_minor is not None, self.bonus is not None]
        if sum(ways) != 1 or (self.points is None) != (self.per_minor is None):
            raise wrong(
                "a campaign has a factor, or points per money, or a bonus, and only one of them",
                'write factor = "2", or points = 10 with per = "1.00", or bonus = 500',
            )
        if self.when.from_ is not None or self.when.until is not None:
            raise wrong("a campaign says from and until itself", "take them out of when")
        return self


class ChosenDay(Part):
    """One day in each period that a member picks herself, in her own zone (Readings 2 and 24)."""

    key: Key = Field("chosen-day", description="name for machines", examples=["chosen-day"])
    label: Label = Field(description="what a member reads", examples=["Your day: three times the points"])
    factor: Exact = Field(description="times this; the best single one wins", examples=["3"])
    per: Literal["month", "year"] = Field(
        "year", description="one day in each calendar period", examples=["year"]
    )
    tiers: tuple[Key, ...] = Field(
        (), description="tiers that carry it; all when left out", examples=[["gold"]]
    )


class Activity(Part):
    """Points for what is not a purchase. `account`, `newsletter` and `birthday` happen by themselves (Reading 8)."""

    key: Key = Field(description="name for machines", examples=["account"])
    label: Label = Field(description="what a member reads", examples=["Joining"])
    points: Whole = Field(0, description="points for one, or for each full `per`", examples=[100])
    quantity: bool = Field(
        False, description="true: it comes with a quantity that multiplies", examples=[False]
    )
    per: Points = Field(
        1, description="of a quantity: points for each full so many, counted for life", examples=[1000]
    )
    amount: Word | None = Field(
        None, description="attribute that holds an amount of money, counted instead", examples=["amount"]
    )
    per_amount_minor: Money | None = Field(
        None,
        alias="per_amount",
        description="points for each full so much of it, counted for life",
        examples=["10.00"],
    )
    distinct: Word | None = Field(
        None, description="attribute of which each new value counts once", examples=["country"]
    )
    counter: Key | None = Field(None, description="counter that goes up with it", examples=["miles"])
    caps: tuple[Cap, ...] = Field((), description="limits", examples=[[{"per": "month", "points": 75}]])
    pending_days: Days = Field(0, description="days until the points can be spent", examples=[0])
    proof: Literal["none", "shop", "staff"] = Field(
        "shop",
        description="whose word is enough: the member's own, the shop's, a colleague's",
        examples=["shop"],
    )
    tiers: tuple[Key, ...] = Field((), description="for these tiers; all when left out", examples=[["gold"]])
    plans: tuple[Key, ...] = Field(
        (), description="for holders of these plans; everybody when left out", examples=[["monthly"]]
    )

    @model_validator(mode="after")
    def _one_measure(self) -> "Activity":
        if sum((self.quantity, self.amount is not None, self.distinct is not None)) > 1:
            raise wrong("an activity counts one thing", "keep one of quantity, amount and distinct")
        if (self.amount is None) != (self.per_amount_minor is None):
            raise wrong(
                "amount and per_amount belong together", 'write amount = "amount" and per_amount = "10.00"'
            )
        if self.per > 1 and not self.quantity:
            raise wrong("per counts a quantity", "add quantity = true, or take per out")
        return self

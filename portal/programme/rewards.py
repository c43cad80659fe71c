"""The vocabulary of rewards: what points buy, what is taken free, and what is only ever given."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field, model_validator

from portal.programme.kinds import Days, Key, Label, Money, Percent, Points, Text, Whole, Words, wrong
from portal.programme.parts import Part

BOUGHT_DAYS = 365
ISSUED_DAYS = 90
OFF_LINES = ("money-off", "percent-off", "permanent-discount")


class Slider(Part):
    """Any amount of points in steps, worth what the unit says."""

    minimum: Points = Field(description="the fewest points, and where the steps begin", examples=[100])
    step: Points = Field(description="in steps of so many from there", examples=[100])
    maximum: Points | None = Field(
        None, description="the most points, on a step; no limit when left out", examples=[5000]
    )

    def takes(self, points: int) -> bool:
        """Whether this many points are on a step and within the bounds (Reading 40)."""
        within = points >= self.minimum and (self.maximum is None or points <= self.maximum)
        return within and (points - self.minimum) % self.step == 0


class Limit(Part):
    """At most so many in a period of the programme's zone, for one member."""

    per: Literal["day", "month", "year", "lifetime"] = Field(description="the period", examples=["year"])
    count: Points = Field(description="at most this many in it", examples=[1])


class Reward(Part):
    """Something a member takes for points, or is given: without a price and a slider it is only ever given."""

    key: Key = Field(description="name for machines", examples=["ten-off"])
    label: Label = Field(description="what a member reads", examples=["£10.00 off"])
    price: Whole | None = Field(
        None, description="price in points; 0 for what is taken free, as a place is", examples=[1000]
    )
    slider: Slider | None = Field(
        None,
        description="instead of a price: as many points as she likes",
        examples=[{"minimum": 100, "step": 100}],
    )
    kind: Literal[
        "money-off",
        "percent-off",
        "permanent-discount",
        "free-shipping",
        "thing",
        "gift-card",
        "experience",
        "service",
    ] = Field(
        description="what it is; a permanent discount is a perk of hers from then on", examples=["money-off"]
    )
    value_minor: Money | None = Field(
        None, alias="value", description="for money off: how much", examples=["10.00"]
    )
    percent: Percent | None = Field(None, description="for percent off: how much", examples=[20])
    minimum_minor: Money | None = Field(
        None, alias="minimum", description="only on an order of this much or more", examples=["20.00"]
    )
    categories: Words = Field(
        (), description="for money and percent off: only on lines of these categories", examples=[["toys"]]
    )
    brands: Words = Field(
        (),
        description="for money and percent off: only on these brands, else shops (Reading 29)",
        examples=[["acme"]],
    )
    items: Points | None = Field(
        None, description="for percent off: on so many items at most; all when left out", examples=[1]
    )
    stock: Points | None = Field(
        None, description="how many there are; no limit when left out", examples=[50]
    )
    limit: Limit | None = Field(
        None, description="how often one member may take it", examples=[{"per": "year", "count": 1}]
    )
    tiers: tuple[Key, ...] = Field(
        (), description="tiers that may take it; all when left out", examples=[["gold"]]
    )
    valid_days: Days | None = Field(
        None, description="days it can be used; 365 when bought, 90 when given", examples=[90]
    )
    detail: Text = Field(
        "", description="how and where it is used", examples=["Online or in the shop, once."]
    )

    @model_validator(mode="after")
    def _kind_has_its_number(self) -> "Reward":
        if self.kind == "money-off" and (self.value_minor is None) == (self.slider is None):
            raise wrong(
                "money off needs its value, or a slider, and not both",
                'add value = "10.00", or slider = { minimum = 100, step = 100 }',
            )
        if self.kind != "money-off" and self.slider is not None:
            raise wrong("a slider buys money off", 'write kind = "money-off", or a price')
        if self.price is not None and self.slider is not None:
            raise wrong("a reward has a price or a slider, not both", "take one of them out")
        if (self.kind in ("percent-off", "permanent-discount")) != (self.percent is not None):
            raise wrong(
                "percent belongs to percent-off and to a permanent discount, and they need it",
                "add percent = 20, or take it out",
            )
        return self

    @model_validator(mode="after")
    def _lines_and_places(self) -> "Reward":
        if (self.categories or self.brands) and self.kind not in OFF_LINES:
            raise wrong(
                f"categories and brands say what money is taken off, and {self.kind} takes none off lines",
                'take them out, or write kind = "percent-off"',
            )
        if self.items is not None and self.kind != "percent-off":
            raise wrong("items belong to percent-off: they say how many have it taken off", "take items out")
        if self.price == 0 and self.limit is None:
            raise wrong(
                "what is free has a limit, or one member could take them all",
                'add limit = { per = "lifetime", count = 1 }',
            )
        return self

    @property
    def least(self) -> int | None:
        """The fewest points it is to be had for, 0 when it is free; None when it is only ever given."""
        return self.slider.minimum if self.slider is not None else self.price

    @property
    def bought_days(self) -> int | None:
        """Days that one can be used after it was bought; None for ever."""
        if self.valid_days is None and self.kind == "permanent-discount":
            return None
        return BOUGHT_DAYS if self.valid_days is None else self.valid_days

    def last_day(self, day: date, *, bought: bool) -> date:
        """The last day on which one that was taken or given on `day` can be used; 9999-12-31 for ever."""
        if self.valid_days is None and self.kind == "permanent-discount":
            return date.max
        days = BOUGHT_DAYS if bought else ISSUED_DAYS
        return day + timedelta(days=days if self.valid_days is None else self.valid_days)

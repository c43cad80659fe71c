"""What a programme file offers beside points and rewards: perks, paid plans, causes to give to, a word to friends."""

from typing import Literal

from pydantic import Field, model_validator

from portal.programme.kinds import (
    Country,
    Days,
    Key,
    Label,
    Moment,
    Money,
    Percent,
    Points,
    Prices,
    Text,
    Words,
    wrong,
)
from portal.programme.parts import Part
from portal.programme.rewards import Limit


class Perk(Part):
    """A standing benefit of a tier or a plan."""

    key: Key = Field(description="name for machines", examples=["free-shipping"])
    label: Label = Field(description="what a member reads", examples=["Free delivery"])
    kind: Literal[
        "percent-off",
        "free-shipping",
        "benefit",
        "early-access",
        "offer",
        "event",
        "service",
        "support",
        "partner",
        "birthday",
        "financing",
    ] = Field(
        "benefit",
        description="percent-off and free-shipping are what a quote works out; all others are kept by people and shown",
        examples=["free-shipping"],
    )
    percent: Percent | None = Field(None, description="for percent off: how much", examples=[10])
    minimum_minor: Money | None = Field(
        None, alias="minimum", description="only on an order of this much or more", examples=["20.00"]
    )
    channels: Words = Field((), description="only where it is bought this way", examples=[["store"]])
    categories: Words = Field((), description="only on lines of these categories", examples=[["books"]])
    brands: Words = Field(
        (), description="only on these brands, else shops (Reading 29)", examples=[["acme"]]
    )
    quantity: Points | None = Field(None, description="for a service: so many in each period", examples=[1])
    per: Literal["month", "year"] | None = Field(
        None, description="the period of the quantity", examples=["year"]
    )
    from_: Moment | None = Field(
        None, alias="from", description="first day, or first instant", examples=["2026-10-06"]
    )
    until: Moment | None = Field(
        None, description="last day, inclusive; or the instant it ends", examples=["2026-10-07"]
    )
    detail: Text = Field("", description="how and where it is used", examples=["Within the United Kingdom."])

    @model_validator(mode="after")
    def _quantity_has_its_period(self) -> "Perk":
        if (self.quantity is None) != (self.per is None):
            raise wrong("a quantity and its period belong together", 'write quantity = 1 and per = "year"')
        return self

    @model_validator(mode="after")
    def _kind_has_its_number(self) -> "Perk":
        if (self.kind == "percent-off") != (self.percent is not None):
            raise wrong(
                "percent belongs to percent-off, and percent-off needs it", "add percent = 10, or take it out"
            )
        return self


class Plan(Part):
    """A paid membership: one price for one interval. Plans with the same label are one choice of several prices."""

    key: Key = Field(description="name for machines", examples=["plus-monthly"])
    label: Label = Field(description="what a member reads", examples=["Plus"])
    interval: Literal["month", "year", "life"] = Field(
        description="what one payment buys: a month, a year, or the rest of her life", examples=["month"]
    )
    price_minor: Money = Field(alias="price", description="one payment", examples=["3.00"])
    prices: Prices = Field(
        (),
        description="one payment in other currencies; who lives where one of them is used pays in it",
        examples=[{"EUR": "3.50", "JPY": "500"}],
    )
    for_sale: bool = Field(
        True,
        description="false: nobody new can have it; who has it keeps it, and it renews",
        examples=[False],
    )
    perks: tuple[Label, ...] = Field(
        (), description="keys of [[perks]], or words", examples=[["free-shipping"]]
    )
    trial_days: Days = Field(
        0, description="days before the first payment, once for each person and card", examples=[14]
    )
    trial_asks_card: bool = Field(
        False,
        description="free days only for who leaves a card; else none is asked for, and without one it ends with them",
        examples=[True],
    )
    promotion_codes: bool = Field(
        False, description="whether a promotion code of Stripe's can be typed at the till", examples=[True]
    )
    renewal_notice_days: int = Field(
        30,
        ge=1,
        le=180,
        description="by year: days before each renewal at which its amount and day are told",
        examples=[30],
    )
    detail: Text = Field("", description="one sentence for the page", examples=["Delivery on the house."])


class Charity(Part):
    """A cause that members give points to."""

    key: Key = Field(description="name for machines", examples=["wildlife"])
    label: Label = Field(description="what a member reads", examples=["Wildlife Trust"])
    category: Label | None = Field(None, description="what kind of cause", examples=["Nature"])
    detail: Text = Field("", description="what the money does", examples=["A hedge for every street."])


class Matching(Part):
    """What the programme adds to each gift of a member."""

    percent: Percent = Field(description="this share of the gift's money is added", examples=[100])
    most_minor: Money | None = Field(
        None,
        alias="most",
        description="at most this much for one member in a calendar year; no limit when left out",
        examples=["50.00"],
    )


class Giving(Part):
    """How points are given."""

    minimum: Points = Field(1, description="the fewest points, and where the steps begin", examples=[100])
    step: Points = Field(1, description="in steps of so many from there", examples=[100])
    matching: Matching | None = Field(
        None, description="the programme adds to each gift", examples=[{"percent": 100, "most": "50.00"}]
    )
    standing: bool = Field(
        False,
        description="true: a member may have the same points given on the first of each month by themselves",
        examples=[True],
    )


class Gift(Part):
    """What somebody is given: points, or a reward of this file."""

    points: Points | None = Field(None, description="this many points", examples=[500])
    reward: Key | None = Field(None, description="or a reward of this file", examples=["five-off"])

    @model_validator(mode="after")
    def _one_of_both(self) -> "Gift":
        if (self.points is None) == (self.reward is None):
            raise wrong("a gift is points or a reward", 'write { points = 500 }, or { reward = "five-off" }')
        return self


class ReferralOffer(Part):
    """What friend and inviter are given, by the country of the friend."""

    countries: tuple[Country, ...] = Field(
        (), description="countries of the friend; everywhere else when left out", examples=[["GB"]]
    )
    friend: Gift | None = Field(None, description="on joining", examples=[{"reward": "five-off"}])
    inviter: Gift | None = Field(
        None, description="when the friend's first order has matured", examples=[{"points": 500}]
    )


class Referral(Part):
    """A member brings a friend."""

    matures_days: Days = Field(
        30,
        description="days from the friend's first paid order until the inviter is given hers",
        examples=[30],
    )
    minimum_minor: Money | None = Field(
        None, alias="minimum", description="the friend's order is at least this much", examples=["20.00"]
    )
    limit: Limit | None = Field(
        None, description="how many friends count for one member", examples=[{"per": "year", "count": 20}]
    )
    offers: tuple[ReferralOffer, ...] = Field(
        description="the first that names the friend's country, else the one for everywhere",
        examples=[[{"friend": {"points": 100}}]],
    )


class Support(Part):
    """What the people at the desk may do."""

    visits: bool = Field(True, description="false: nobody looks at a member's own pages", examples=[True])
    daily_points: Points = Field(
        10_000, description="how many points one colleague may add or take in a day", examples=[10000]
    )

"""The vocabulary of what happens by itself: goals, steps, grants, dividends, funded gifts, and how points end."""

from typing import Literal

from pydantic import Field, model_validator

from portal.programme.earn import Period, When
from portal.programme.kinds import Days, Key, Label, Money, MonthDay, Percent, Points, wrong
from portal.programme.parts import Part


class Prize(Part):
    """What is given: points, a reward of this file, a badge; any of them together."""

    points: Points | None = Field(None, description="this many points", examples=[100])
    reward: Key | None = Field(None, description="a reward of this file", examples=["beauty-gift"])
    badge: Label | None = Field(None, description="a badge, in words", examples=["Six months with us"])

    @model_validator(mode="after")
    def _something(self) -> "Prize":
        if self.points is None and self.reward is None and self.badge is None:
            raise wrong(
                "nothing is given", 'write { points = 100 }, { reward = "ten-off" } or { badge = "First" }'
            )
        return self


class Goal(Part):
    """So much of something in a period, for a prize, once in each (Reading 31)."""

    key: Key = Field(description="name for machines", examples=["beauty-month"])
    label: Label = Field(description="what a member reads", examples=["$30.00 of beauty in a month"])
    metric: Literal["spend", "orders", "counter"] = Field(description="what is counted", examples=["spend"])
    amount: Money | None = Field(None, description="for spend: this much money", examples=["30.00"])
    count: Points | None = Field(None, description="for orders and a counter: this many", examples=[3])
    counter: Key | None = Field(None, description="for counter: which one", examples=["countries"])
    per: Period = Field("lifetime", description="counted in each", examples=["month"])
    tiers: tuple[Key, ...] = Field((), description="for these tiers; all when left out", examples=[["gold"]])
    plans: tuple[Key, ...] = Field((), description="for holders of these plans", examples=[["plus-yearly"]])
    when: When = Field(
        default_factory=When, description="conditions on order lines", examples=[{"categories": ["beauty"]}]
    )
    gives: Prize = Field(description="the prize", examples=[{"reward": "beauty-gift"}])

    @model_validator(mode="after")
    def _one_need(self) -> "Goal":
        if (self.metric == "spend") != (self.amount is not None) or (self.metric == "spend") == (
            self.count is not None
        ):
            raise wrong(
                "a goal of spend needs an amount, every other a count", 'write amount = "30.00", or count = 3'
            )
        if (self.metric == "counter") != (self.counter is not None):
            raise wrong(
                "counter belongs to a goal of a counter", 'write metric = "counter" and counter = "countries"'
            )
        return self

    @property
    def need(self) -> int:
        """How much is needed: minor units of the home currency for spend, else a number."""
        return self.amount or self.count or 0


class Step(Part):
    """A prize for each full step of what is spent, or of a counter, through all orders (Reading 12)."""

    key: Key = Field(description="name for machines", examples=["every-hundred"])
    label: Label = Field(description="what a member reads", examples=["$5.00 for every $100.00"])
    per_minor: Money | None = Field(
        None, alias="per", description="each full so much money", examples=["100.00"]
    )
    count: Points | None = Field(None, description="or: each full so many of a counter", examples=[10])
    counter: Key | None = Field(None, description="which counter", examples=["miles"])
    when: When = Field(
        default_factory=When, description="conditions on order lines", examples=[{"channels": ["store"]}]
    )
    gives: Prize = Field(description="for each step", examples=[{"reward": "five-dollars"}])

    @model_validator(mode="after")
    def _one_need(self) -> "Step":
        if (self.per_minor is None) == (self.count is None) or (self.count is None) != (self.counter is None):
            raise wrong(
                "a step is so much money, or so many of a counter",
                'write per = "100.00", or count and counter',
            )
        return self

    @property
    def size(self) -> int:
        """One step: minor units of the home currency, or a number."""
        return self.per_minor or self.count or 1


class Grant(Part):
    """Something given by itself: on joining, on birthdays, with each payment, once a month or year of holding."""

    key: Key = Field(description="name for machines", examples=["birthday-treat"])
    label: Label = Field(description="what a member reads", examples=["A birthday treat"])
    on: Literal["joining", "birthday", "child-birthday", "tier", "month", "year", "payment"] = Field(
        description="when: month and year on beginning to hold what is named, and on each first day while it is held;"
        " tier once ever on reaching it; payment with each payment of a plan, by year on each monthly day,"
        " and on the first and each monthly day of a plan that is given",
        examples=["birthday"],
    )
    tiers: tuple[Key, ...] = Field((), description="who holds one of these tiers", examples=[["gold"]])
    plans: tuple[Key, ...] = Field(
        (), description="who holds one of these plans", examples=[["plus-monthly"]]
    )
    gives: Prize = Field(description="what is given", examples=[{"reward": "birthday-ten"}])

    @model_validator(mode="after")
    def _says_for_whom(self) -> "Grant":
        if self.on == "tier" and not self.tiers:
            raise wrong("a grant on reaching a tier names tiers", 'add tiers = ["gold"]')
        if self.on == "payment" and not self.plans:
            raise wrong("a grant with each payment names plans", 'add plans = ["plus-monthly"]')
        return self


class Dividend(Part):
    """A share of a calendar year's spend, paid in the next year (Reading 35). Only where the balance is money."""

    key: Key = Field(description="name for machines", examples=["dividend"])
    label: Label = Field(description="what a member reads", examples=["Your dividend"])
    percent: Percent = Field(description="this share", examples=[10])
    pays_on: MonthDay = Field(description="the day it is paid, at 0:00", examples=["03-01"])
    plans: tuple[Key, ...] = Field((), description="for holders of these plans", examples=[["membership"]])
    when: When = Field(
        default_factory=When, description="conditions on order lines", examples=[{"tags": ["full-price"]}]
    )


class Funding(Part):
    """A gift to a charity that the programme pays: on joining, with each order, with each activity."""

    key: Key = Field(description="name for machines", examples=["five-on-joining"])
    label: Label = Field(description="what a member reads", examples=["$5.00 to the cause you pick"])
    on: Literal["joining", "plan", "order", "activity"] = Field(
        description="when: on joining the programme, on beginning a plan for the first time, with each order, with each"
        " one of an activity",
        examples=["plan"],
    )
    activity: Key | None = Field(None, description="for activity: which one", examples=["meeting-hosted"])
    plans: tuple[Key, ...] = Field(
        (), description="for plan: these; any one when left out", examples=[["membership"]]
    )
    charity: Key | None = Field(
        None, description="the charity; left out, the one that the member picks", examples=["trees"]
    )
    amount_minor: Money = Field(alias="amount", description="this much money each time", examples=["5.00"])

    @model_validator(mode="after")
    def _names_its_activity(self) -> "Funding":
        if (self.on == "activity") != (self.activity is not None):
            raise wrong(
                "activity belongs to a gift for an activity", 'write on = "activity" and activity = "meeting"'
            )
        return self


class Expiry(Part):
    """When points end: only after their notices were delivered (Readings 3 and 18)."""

    kind: Literal["never", "days", "month-end", "year-end", "inactivity"] = Field(
        "never",
        description="never; so many days after they were earned; at the end of a month or year after; so many days"
        " after the member's last order or activity",
        examples=["days"],
    )
    days: Points | None = Field(None, description="for days and inactivity: how many", examples=[365])
    months: Points | None = Field(
        None, description="for month-end: the end of which month after", examples=[6]
    )
    years: Points | None = Field(
        None, description="for year-end: 31 December of which next year", examples=[1]
    )
    notices: tuple[Days, ...] = Field(
        (60, 30, 7), description="days before at which the member is told", examples=[[60, 30, 7]]
    )

    @model_validator(mode="after")
    def _one_length(self) -> "Expiry":
        needs = {"days": "days", "inactivity": "days", "month-end": "months", "year-end": "years"}.get(
            self.kind
        )
        for name in ("days", "months", "years"):
            if (getattr(self, name) is not None) != (name == needs):
                example = {"days": 365, "months": 6, "years": 1}[name]
                remedy = f"add {needs} = {example}" if needs and name == needs else f"take {name} out"
                raise wrong(f'expiry of the kind "{self.kind}" and {name} do not go together', remedy)
        return self

"""The vocabulary of tiers: ways in, what keeps them, how long they count and last (Readings 6, 7, 34, 38)."""

from typing import Literal

from pydantic import Field, model_validator

from portal.programme.kinds import Days, Key, Label, Money, MonthDay, Points, Word, Words, wrong
from portal.programme.parts import Part

COUNTED = ("spend", "orders", "earned", "quantity")


class Entry(Part):
    """One way into a tier: a counter and how much of it, or something that is held. Any single way is enough."""

    metric: Literal["spend", "orders", "earned", "quantity", "paid-months", "plan", "attribute"] = Field(
        description="what is counted, or has to be held", examples=["spend"]
    )
    amount: Money | None = Field(None, description="for spend: this much money", examples=["200.00"])
    count: Points | None = Field(
        None, description="for orders, earned points, quantity and paid months: this many", examples=[6]
    )
    categories: Words = Field(
        (), description="for quantity: that of lines of these categories", examples=[["rental-day"]]
    )
    plans: tuple[Key, ...] = Field(
        (),
        description="for plan and paid months: these plans; any one when left out",
        examples=[["plus-yearly"]],
    )
    attribute: Word | None = Field(
        None, description="for attribute: the outside fact", examples=["store_card"]
    )

    @model_validator(mode="after")
    def _one_need(self) -> "Entry":
        if self.metric == "spend" and (self.amount is None or self.count is not None):
            raise wrong(
                "entry by spend needs an amount, and no count",
                'write { metric = "spend", amount = "200.00" }',
            )
        counts = self.metric in ("orders", "earned", "quantity", "paid-months")
        if self.metric != "spend" and ((self.count is not None) != counts or self.amount is not None):
            needs = "a count, and no amount" if counts else "neither amount nor count"
            remedy = f'write {{ metric = "{self.metric}"{", count = 6" if counts else ""} }}'
            raise wrong(f"entry by {self.metric} needs {needs}", remedy)
        if (self.metric == "quantity") != bool(self.categories):
            raise wrong(
                "categories belong to quantity, and quantity needs them", 'add categories = ["rental-day"]'
            )
        if (self.metric == "attribute") != (self.attribute is not None):
            raise wrong(
                "attribute belongs to entry by attribute", 'add attribute = "store_card", or take it out'
            )
        if self.plans and self.metric not in ("plan", "paid-months"):
            raise wrong(f"entry by {self.metric} looks at no plan", "take plans out")
        return self

    @property
    def need(self) -> int:
        """How much is needed: minor units of the home currency for spend, else a number; 0 of what is only held."""
        return self.amount or self.count or 0

    @property
    def is_counted(self) -> bool:
        """Whether it is walked by buying, so that there is progress to show."""
        return self.metric in COUNTED


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
    keep: tuple[Entry, ...] = Field(
        (),
        description="what keeps it at the review; the ways in when left out",
        examples=[[{"metric": "spend", "amount": "150.00"}]],
    )
    reenter: tuple[Entry, ...] = Field(
        (),
        description="ways back in for who held it before; the ways in when left out",
        examples=[[{"metric": "spend", "amount": "100.00"}]],
    )
    courtesy: bool = Field(
        False, description="true: colleagues give it, so it needs no way in", examples=[False]
    )
    hidden: bool = Field(False, description="true: only who has it sees it", examples=[False])
    perks: tuple[Label, ...] = Field(
        (), description="keys of [[perks]], or words", examples=[["free-shipping", "Early access to sales"]]
    )


class Pause(Part):
    """A member may stop the clock of her tier: parents, patients, travellers."""

    days: Points = Field(description="the tier lasts this many days longer", examples=[180])
    once_in_months: Points = Field(24, description="at most once in so many months", examples=[24])


class TierRules(Part):
    """How long a tier counts and lasts (Reading 7)."""

    period: Literal["life", "calendar-year", "rolling-12-months"] = Field(
        "life", description="what is counted together", examples=["calendar-year"]
    )
    keeps: Literal["period", "next-period"] = Field(
        "next-period",
        description="of a calendar year: kept to the end of the year, or also of the next",
        examples=["next-period"],
    )
    review: MonthDay = Field(
        "01-01", description="of a calendar year: the day of the review, at 0:00", examples=["01-01"]
    )
    grace_days: Days = Field(0, description="days that a tier lasts after the review took it", examples=[30])
    step_down: Literal["earned", "one-step"] = Field(
        "earned", description="straight to what is earned, or one step a review", examples=["one-step"]
    )
    pause: Pause | None = Field(
        None, description="the clock of a tier can be stopped", examples=[{"days": 180}]
    )

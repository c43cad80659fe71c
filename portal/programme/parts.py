"""The vocabulary of a programme file: one frozen model for each table of it.

The names here are the keys of the TOML file and of docs/programme.md, and what the other slices read. Field
descriptions and examples feed the JSON Schema and the remedies. Earning, tiers and what happens by itself have files of
their own beside this one.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portal.programme.kinds import Colour, Currency, Exact, Label, Money, Points, text_on, wrong


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
    accent: Colour | None = Field(
        None,
        description="a second colour, for what fills up: the bars of progress; `colour` when left out",
        examples=["#9c4221"],
    )
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

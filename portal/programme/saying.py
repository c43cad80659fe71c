"""The values of a programme in the words of a merchant, as `portal programme diff` says them: money with its currency,
exact numbers as decimals, conditions and prizes as what they ask and give.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from portal import money
from portal.programme.automatic import Prize
from portal.programme.earn import Cap
from portal.programme.ladder import Entry, Pause
from portal.programme.offers import Gift, Matching, ReferralOffer
from portal.programme.parts import CurrencyRate, Worth
from portal.programme.rewards import Limit, Slider
from portal.programme.schema import Programme
from portal.programme.words import Question

LONGEST = 240
IN_POINTS = frozenset(("points", "bonus", "price", "minimum", "step", "maximum", "daily_points"))
"""Fields that hold so many points; where the balance is money they hold so much of it."""
PER = {"day": "a day", "month": "a month", "year": "a year", "lifetime": "in all"}


@dataclass(frozen=True)
class Saying:
    """Says the values of one programme: its currency, and its word for points."""

    programme: Programme

    def field(self, name: str, value: object) -> str:
        """The value of a field of a table; `name` as the vocabulary has it."""
        if isinstance(value, int) and not isinstance(value, bool):
            if name.endswith("_minor") or name in ("amount", "minor"):
                return self.money(value)
            if name in IN_POINTS:
                return self.number(value)
        if name == "prices" and isinstance(value, tuple) and value:
            return ", ".join(f"{money.to_major(minor, code)} {code}" for code, minor in value)
        if name == "basic_daily_minor" and value is None:
            return self.money(self.programme.basic_daily_minor)
        return self.value(value)

    def value(self, value: object) -> str:
        """Any value: "none" for what is not there, lists with commas, tables in words."""
        if value is None or value in ((), ""):
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            between = (
                " or " if isinstance(value[0], Entry) else "; " if isinstance(value[0], BaseModel) else ", "
            )
            return _short(between.join(self.value(one) for one in value))
        if isinstance(value, Fraction):
            return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, BaseModel):
            return self.table(value)
        return _short(" ".join(str(value).split()))

    def table(self, value: BaseModel) -> str:
        """A table as a whole; one without words of its own by its label, or key by key."""
        in_words = TABLES.get(type(value))
        if in_words is not None:
            return in_words(self, value)
        if hasattr(value, "label"):
            return str(value.label)
        said = {
            field.alias or name: self.field(name, getattr(value, name))
            for name, field in type(value).model_fields.items()
        }
        return ", ".join(f"{name} {words}" for name, words in said.items() if words not in ("none", "no"))

    def money(self, minor: int) -> str:
        """So much of the home currency."""
        return f"{money.to_major(minor, self.programme.currency)} {self.programme.currency}"

    def number(self, points: int) -> str:
        """So many points, without the word for them; where the balance is money, so much money."""
        return self.money(points) if self.programme.unit.kind == "money" else str(points)

    def points(self, points: int) -> str:
        """So many points, in the programme's word for them."""
        unit = self.programme.unit
        return (
            self.money(points)
            if unit.kind == "money"
            else f"{points} {unit.one if points == 1 else unit.many}"
        )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]} ..."


def _worth(say: Saying, one: Worth) -> str:
    return f"{say.points(one.points)} for {say.money(one.minor)}"


def _entry(say: Saying, one: Entry) -> str:
    plans = ", ".join(one.plans)
    count = 0 if one.count is None else one.count
    return {
        "spend": f"{say.money(one.amount or 0)} of spend",
        "orders": f"{count} orders",
        "earned": f"{say.points(count)} earned",
        "quantity": f"{count} of {', '.join(one.categories)}",
        "paid-months": f"{count} paid months{' of ' if plans else ''}{plans}",
        "plan": f"holding {plans or 'any plan'}",
        "attribute": f"the fact {one.attribute}",
    }[one.metric]


def _prize(say: Saying, one: Prize) -> str:
    badge = f'the badge "{one.badge}"' if one.badge else ""
    return " and ".join(part for part in (_given(say, one), badge) if part)


def _given(say: Saying, one: Prize | Gift) -> str:
    points = say.points(one.points) if one.points else ""
    reward = f"the reward {one.reward}" if one.reward else ""
    return " and ".join(part for part in (points, reward) if part)


def _cap(say: Saying, one: Cap) -> str:
    return f"{say.points(one.points)} {PER[one.per]}"


def _limit(_say: Saying, one: Limit) -> str:
    return f"{one.count} {PER[one.per]}"


def _slider(say: Saying, one: Slider) -> str:
    most = "" if one.maximum is None else f" to {say.points(one.maximum)}"
    return f"from {say.points(one.minimum)}{most}, in steps of {say.number(one.step)}"


def _pause(_say: Saying, one: Pause) -> str:
    return f"{one.days} days, once in {one.once_in_months} months"


def _matching(say: Saying, one: Matching) -> str:
    most = "" if one.most_minor is None else f", at most {say.money(one.most_minor)} a year"
    return f"{one.percent} percent of each gift{most}"


def _offer(say: Saying, one: ReferralOffer) -> str:
    sides = (("friend", one.friend), ("inviter", one.inviter))
    said = ", ".join(f"{_given(say, gift)} for the {side}" for side, gift in sides if gift is not None)
    return f"{', '.join(one.countries) or 'everywhere else'}: {said or 'nothing'}"


def _rate(say: Saying, one: CurrencyRate) -> str:
    return f"1 {one.code} is {say.value(one.rate)} {say.programme.currency}"


def _question(say: Saying, one: Question) -> str:
    return say.value(one.answer)


TABLES: dict[type[BaseModel], Callable[[Saying, Any], str]] = {
    Worth: _worth,
    Entry: _entry,
    Prize: _prize,
    Gift: _given,
    Cap: _cap,
    Limit: _limit,
    Slider: _slider,
    Pause: _pause,
    Matching: _matching,
    ReferralOffer: _offer,
    CurrencyRate: _rate,
    Question: _question,
}

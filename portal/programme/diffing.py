"""What members will notice when one programme takes the place of another, in words, and from when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from pydantic import BaseModel

from portal import money
from portal.programme.schema import Programme

MONEY = "_minor"
ALIAS = {"from_": "from"}


@dataclass(frozen=True)
class Change:
    """One difference: where, what was and what will be (None: not there), and what it means for members."""

    where: str
    before: str | None
    after: str | None
    means: str

    def __str__(self) -> str:
        """`where: before -> after. What it means.`"""
        if self.before is None:
            what = f"new: {self.after}"
        elif self.after is None:
            what = f"gone: {self.before}"
        else:
            what = f"{self.before} -> {self.after}"
        return f"{self.where}: {what}\n    {self.means}"


SHOWN = "Shown from now on."
FROZEN = "Orders that are first told from now on; older ones, and their refunds, keep the rule they were counted by."
# For each section: what an addition, a change and a removal mean for members.
MEANING: dict[str, tuple[str, str, str]] = {
    "earn": (FROZEN, FROZEN, FROZEN),
    "multipliers": (FROZEN, FROZEN, FROZEN),
    "campaigns": (FROZEN, FROZEN, "Ends now, for orders that are first told from now on; what it gave stays."),
    "chosen_day": (FROZEN, FROZEN, "Days that were picked give nothing more from now on."),
    "orders": ("", FROZEN, ""),
    "currencies": ("Orders in it are taken from now on.", FROZEN, "Orders in it are refused from now on."),
    "activities": (
        "Counts from now on.",
        "From now on; what was given stays.",
        "Gives nothing more from now on; what was given stays.",
    ),
    "goals": (
        "Counted from now on: earlier orders do not count towards it.",
        "Orders first told from now on count by the new words; a prize that was given stays.",
        "Nobody can reach it any more; prizes that were given stay.",
    ),
    "steps": (
        "Counted from now on: earlier orders do not count towards it.",
        "Orders first told from now on count by the new words; prizes that were given stay.",
        "Nothing more is given; prizes that were given stay.",
    ),
    "grants": (
        "Given from the next occasion on.",
        "From the next occasion on.",
        "Not given any more; what was given stays.",
    ),
    "dividends": ("Counted from now on.", "From the next payment on.", "Not paid any more."),
    "funding": ("From now on.", "From now on.", "From now on nothing more is paid for it."),
    "tiers": (
        "Reached from now on by the next order that counts.",
        "Who holds it keeps it to its end date; reached and kept by the new words from now on.",
        "Nobody reaches it any more; who holds it falls to the tier below it now.",
    ),
    "tier_rules": ("", "Tiers that are held keep their end dates; the new words hold for what comes.", ""),
    "perks": ("From now on.", "From now on, for everybody who has it.", "Gone from now on for everybody who had it."),
    "plans": (
        "Can be joined from now on.",
        "For who joins from now on. Who pays already keeps her price until it is changed at Stripe.",
        "Nobody can join it any more; who pays goes on, without its benefits, until it is ended: end it first.",
    ),
    "rewards": (
        "Can be taken or given from now on.",
        "From now on; those in members' hands keep their words and dates.",
        "Can no longer be taken; those in members' hands stay good to their dates.",
    ),
    "charities": ("Can be given to from now on.", SHOWN, "Nobody can give to it any more; what was given stays."),
    "giving": ("", "Gifts from now on.", ""),
    "referral": (
        "Friends who join from now on.",
        "Friends who join from now on; for those who have joined the old words hold.",
        "Friends who join from now on bring nothing; for those who have joined the old words hold.",
    ),
    "expiry": ("", "Points earned from now on; those that members have keep their dates.", ""),
    "unit": ("", "Every balance is shown and worth this from now on: tell members before.", ""),
    "timezone": ("", "Every day, month and deadline is counted in it from now on.", ""),
    "currency": ("", "No balance, price or counter is converted: begin a new programme instead.", ""),
}  # fmt: skip


def diff(old: Programme, new: Programme) -> list[Change]:
    """Every difference between two programmes, in the order of the file; empty when they say the same."""
    changes: list[Change] = []
    for name in Programme.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if _keyed(before) or _keyed(after):
            changes += _rows(name, before, after, old.currency, new.currency)
        else:
            changes += _values(name, before, after, means(name, 1), old.currency, new.currency)
    return changes


def _keyed(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(hasattr(row, "key") for row in value)


def _rows(name: str, before: Sequence[Any], after: Sequence[Any], was: str, will: str) -> Iterator[Change]:
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    for key, row in old.items():
        if key not in new:
            yield Change(f"{name} {key}", row.label, None, means(name, 2))
        elif row != new[key]:
            yield from _values(f"{name} {key}", row, new[key], means(name, 1), was, will)
    for key, row in new.items():
        if key not in old:
            yield Change(f"{name} {key}", None, row.label, means(name, 0))
    if list(old) != list(new) and sorted(old) == sorted(new):
        yield Change(name, ", ".join(old), ", ".join(new), f"The order has changed. {means(name, 1)}")


def _values(where: str, before: Any, after: Any, meaning: str, was: str, will: str) -> Iterator[Change]:
    """The differences of two tables, field by field; of anything else as a whole."""
    if type(before) is type(after) and isinstance(before, BaseModel):
        for name in type(before).model_fields:
            one, other = getattr(before, name), getattr(after, name)
            if one != other:
                field = ALIAS.get(name, name.removesuffix(MONEY))
                if isinstance(one, BaseModel) and type(one) is type(other):
                    yield from _values(f"{where}.{field}", one, other, meaning, was, will)
                else:
                    amounts = name.endswith(MONEY) or name == "amount"
                    yield Change(
                        f"{where}.{field}", _words(one, was, amounts), _words(other, will, amounts), meaning
                    )
        return
    yield Change(where, _words(before, was, False), _words(after, will, False), meaning)


def _words(value: Any, currency: str, amounts: bool) -> str:
    """A value as a merchant would say it."""
    if value is None or value == () or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if amounts and isinstance(value, int):
        return f"{money.to_major(value, currency)} {currency}"
    if isinstance(value, tuple):
        return ", ".join(_words(one, currency, amounts) for one in value)
    if isinstance(value, BaseModel):
        return _table(value, currency)
    if isinstance(value, date | datetime | Fraction):
        return str(value)
    return " ".join(str(value).split())[:120]


def _table(value: BaseModel, currency: str) -> str:
    said = [
        f"{ALIAS.get(name, name.removesuffix(MONEY))} {_words(one, currency, name.endswith(MONEY) or name == 'amount')}"
        for name in type(value).model_fields
        if (one := getattr(value, name)) not in (None, (), "", False)
    ]
    return f"({', '.join(said)})"


def means(name: str, place: int) -> str:
    """What it means for members that something of a section came (0), changed (1) or went (2)."""
    return MEANING.get(name, (SHOWN, SHOWN, "Not shown any more."))[place] or SHOWN

"""What members will notice when one programme takes the place of another, in words, and from when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from portal.programme.parts import CurrencyRate
from portal.programme.saying import Saying
from portal.programme.schema import Programme
from portal.programme.words import Question


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
HELD = "What the counter holds counts at once. What is due of it is given within the hour."
BY_HAND = "Colleagues can give it from now on."
SOLD_AGAIN = "Can be joined from now on."
SOLD_NO_MORE = (
    "Nobody new can have it from now on. Who has it keeps it, and it renews; who ends it cannot come back."
)
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
        "Who has what it asks for has it within the hour; others reach it from now on.",
        "Who holds it keeps it to its end date; reached and kept by the new words from now on.",
        "Nobody reaches it any more; who holds it falls to the tier below it now.",
    ),
    "tier_rules": ("", "Tiers that are held keep their end dates; the new words hold for what comes.", ""),
    "perks": ("From now on.", "From now on, for everybody who has it.", "Gone from now on for everybody who had it."),
    "plans": (
        "Can be joined from now on.",
        "For who joins from now on. Who pays already keeps her price until it is changed at Stripe.",
        "Nobody can join it any more. It cannot be taken out while members have it: write for_sale = false instead.",
    ),
    "rewards": (
        "Can be taken or given from now on.",
        "From now on; those in members' hands keep their words and dates.",
        "Can no longer be taken; those in members' hands stay good to their dates.",
    ),
    "charities": ("Can be given to from now on.", SHOWN, "Nobody can give to it any more; what was given stays."),
    "giving": ("", "Gifts from now on; what was given and added stays.", ""),
    "words": (SHOWN, SHOWN, "Shown as the word itself from now on."),
    "tone": ("", "Greetings on pages and in mails, from now on.", ""),
    "referral": (
        "Friends who join from now on.",
        "Friends who join from now on; for those who have joined the old words hold.",
        "Friends who join from now on bring nothing; for those who have joined the old words hold.",
    ),
    "board": (
        "Members can write and vote from now on.",
        "From now on; what was written stays.",
        "Nobody sees it any more; what was written is kept.",
    ),
    "safety": ("", "From now on, for what is taken and given from then on.", ""),
    "expiry": ("", "Points earned from now on; those that members have keep their dates.", ""),
    "unit": ("", "Every balance is shown and worth this from now on: tell members before.", ""),
    "timezone": ("", "Every day, month and deadline is counted in it from now on.", ""),
    "currency": ("", "No balance, price or counter is converted: begin a new programme instead.", ""),
}  # fmt: skip


def diff(old: Programme, new: Programme) -> list[Change]:
    """Every difference between two programmes, in the order of the file; empty when they say the same."""
    changes: list[Change] = []
    was, will = Saying(old), Saying(new)
    for name in Programme.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if any(
            isinstance(rows, tuple) and rows and isinstance(rows[0], BaseModel) for rows in (before, after)
        ):
            changes += _rows(name, before, after, was, will)
        elif before is None or after is None:
            place = 0 if before is None else 2
            said = None if before is None else was.value(before), None if after is None else will.value(after)
            changes.append(Change(name, *said, means(name, place)))
        else:
            changes += _values(name, before, after, means(name, 1), was, will)
    return changes


def _name(row: Any) -> str:
    """What tells one row of a list from the others, and stays when the rest changes."""
    if isinstance(row, CurrencyRate):
        return row.code if row.from_ is None else f"{row.code} from {row.from_}"
    return f'"{row.question}"' if isinstance(row, Question) else str(row.key)


def _rows(
    name: str, before: Sequence[Any], after: Sequence[Any], was: Saying, will: Saying
) -> Iterator[Change]:
    old, new = {_name(row): row for row in before}, {_name(row): row for row in after}
    for key, row in old.items():
        if key not in new:
            yield Change(f"{name} {key}", was.value(row), None, means(name, 2))
        elif row != new[key]:
            yield from _values(f"{name} {key}", row, new[key], means(name, 1), was, will)
    for key, row in new.items():
        if key not in old:
            yield Change(f"{name} {key}", None, will.value(row), _means_new(name, row))
    if list(old) != list(new) and sorted(old) == sorted(new):
        yield Change(name, ", ".join(old), ", ".join(new), f"The order has changed. {means(name, 1)}")


def _values(where: str, before: Any, after: Any, meaning: str, was: Saying, will: Saying) -> Iterator[Change]:
    """The differences of two tables, field by field; of anything else as a whole."""
    if not (isinstance(before, BaseModel) and type(before) is type(after)):
        yield Change(where, was.value(before), will.value(after), meaning)
        return
    for name, field in type(before).model_fields.items():
        one, other, place = getattr(before, name), getattr(after, name), f"{where}.{field.alias or name}"
        if one == other:
            continue
        if isinstance(one, BaseModel) and isinstance(other, BaseModel):
            yield from _values(place, one, other, meaning, was, will)
        else:
            if name in LONG_LISTS and set(one) != set(other):
                one, other = _apart(one, other), _apart(other, one)
            means_now = (SOLD_AGAIN if other else SOLD_NO_MORE) if name == "for_sale" else meaning
            yield Change(place, was.field(name, one), will.field(name, other), means_now)


LONG_LISTS = ("paragraphs", "rules")


def _apart(texts: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Of a list of long texts those that the other one does not have."""
    return tuple(text for text in texts if text not in others)


def means(name: str, place: int) -> str:
    """What it means for members that something of a section came (0), changed (1) or went (2)."""
    return MEANING.get(name, (SHOWN, SHOWN, "Not shown any more."))[place] or SHOWN


def _means_new(name: str, row: Any) -> str:
    """What a new row means: one that looks at what members hold or have gathered already does so at once."""
    if name in ("goals", "steps") and row.counter is not None:
        return HELD
    if name == "tiers" and row.courtesy and not row.entry:
        return BY_HAND
    if name == "plans" and not row.for_sale:
        return "Nobody can join it."
    return means(name, 0)

"""Labels for the demonstration's orders: what the programme tells apart, and the real history does not know. Pure.

Amounts, times and people stay what they were. What is dealt follows from the order's number alone, so that the same
history under the same programme is the same to the letter, on every machine and at every start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.money import to_major, to_minor
from portal.programme import (
    Campaign,
    Dividend,
    EarnRule,
    Entry,
    Goal,
    Multiplier,
    Perk,
    Programme,
    Step,
    When,
)

MOST_DAYS = 7  # of one rental, and so on: a quantity that counts for a tier
KINDS = {
    "channels": "channels", "payments": "means of payment", "categories": "categories", "brands": "brands",
    "tags": "tags",
}  # fmt: skip


def dealt(*words: str) -> int:
    """A whole number that follows from the words, and from nothing else."""
    return int.from_bytes(sha256("/".join(words).encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of a programme for orders and their lines; `quantities` are categories of which the quantity counts."""

    channels: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()

    @classmethod
    def of(cls, programme: Programme) -> "Labels":
        """Every word that its rules, goals, tiers and perks name, in the order of the file."""
        whens = conditions(programme)
        named: list[When | Perk] = [*whens, *programme.perks]
        quantities = _words(way.categories for way in ways_in(programme))
        return cls(
            channels=_words(part.channels for part in named),
            payments=_words(when.payments for when in whens),
            categories=_words([quantities, *(part.categories for part in named)]),
            brands=_words(part.brands for part in named),
            tags=_words(when.tags for when in whens),
            quantities=quantities,
        )

    @property
    def told(self) -> tuple[str, ...]:
        """The kinds of labels that orders are dealt, in words; none for a programme that tells nothing apart."""
        return tuple(words for name, words in KINDS.items() if getattr(self, name))


def conditions(programme: Programme) -> list[When]:
    """Of everything that looks at the lines of orders."""
    parts: list[EarnRule | Multiplier | Campaign | Goal | Step | Dividend] = [
        *programme.earn, *programme.multipliers, *programme.campaigns, *programme.goals, *programme.steps,
        *programme.dividends,
    ]  # fmt: skip
    return [part.when for part in parts]


def ways_in(programme: Programme) -> list[Entry]:
    """All ways into tiers, and to keep them."""
    return [way for tier in programme.tiers for way in (*tier.entry, *tier.keep, *tier.reenter)]


def _words(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in group))


def labelled(draft: dict[str, Any], number: str, labels: Labels, currency: str) -> dict[str, Any]:
    """An order's draft with labels, and its amounts read as `currency`: the minor units stay, the total too.

    Where lines are told apart, its one line becomes two of other labels. Some of each kind are of none, so that what a
    rule does not cover is seen beside what it does.
    """
    read = dict(draft)
    total = sum(to_minor(line["amount"], draft["currency"]) for line in draft["lines"])
    read["lines"] = [
        _line(place, minor, number, labels, currency) for place, minor in enumerate(_shares(total, labels), 1)
    ]
    if "refunds" in draft:
        read["refunds"] = [
            {**refund, "amount": to_major(to_minor(refund["amount"], draft["currency"]), currency)}
            for refund in draft["refunds"]
        ]
    read["currency"] = currency
    if labels.channels:
        other = "online" if "online" not in labels.channels else "store"
        read["channel"] = _pick((*labels.channels, other), "channel", number)
    if labels.payments:
        read["payment"] = _pick((*labels.payments, "card"), "payment", number)
    return read


def _shares(total: int, labels: Labels) -> list[int]:
    """Two thirds and the rest, where lines are told apart."""
    told_apart = labels.categories or labels.brands or labels.tags
    return [total - total // 3, total // 3] if told_apart and total >= 3 else [total]


def _line(place: int, minor: int, number: str, labels: Labels, currency: str) -> dict[str, Any]:
    line: dict[str, Any] = {"id": str(place), "amount": to_major(minor, currency)}
    seed = f"{number}/{place}"
    # What is counted by quantity is what such an order is about: its first line.
    sort = labels.quantities if labels.quantities and place == 1 else (*labels.categories, None)
    if labels.categories and (category := _pick(sort, "category", seed)) is not None:
        line["category"] = category
        if category in labels.quantities:
            line["quantity"] = 1 + dealt("quantity", seed) % MOST_DAYS
    if labels.brands and (brand := _pick((*labels.brands, None), "brand", seed)) is not None:
        line["brand"] = brand
    if tags := [tag for tag in labels.tags if dealt("tag", tag, seed) % 4]:
        line["tags"] = tags
    return line


def _pick(options: Sequence[str | None], *words: str) -> str | None:
    return options[dealt(*words) % len(options)]

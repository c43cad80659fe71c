"""Plans as gifts: for how long, for how much, from which day, and when a code is better kept. Pure.

A gift is some months of a plan, paid once; what it becomes is a plan that was given (`granted`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.billing import price_rules, rules
from portal.programme import Perk, Plan, Programme

MONTHS = (1, 3, 6, 12)
YEAR = 12
MOST_LETTERS = 200  # of what the buyer says to her friend
Wait = Literal["paid", "due", "life", "under_way"]
OVER = ("active", "trialing")  # which Stripe says until it has carried out an end that was planned
ADDRESS = re.compile(r"://|www\.|[^\W_]\.(?:xn--|[a-z]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offer:
    """So many months of a plan, for `minor` of a currency, paid once."""

    plan: Plan
    months: int
    minor: int
    currency: str

    @property
    def key(self) -> str:
        """How a form names it: plus-monthly-3."""
        return f"{self.plan.key}-{self.months}"

    @property
    def shown(self) -> str:
        """What a page says of it, for its form to send back."""
        return f"{self.key}:{self.minor}:{self.currency}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be given of one label."""

    label: str
    detail: str
    perks: list[Perk]
    offers: list[Offer]


def choices(programme: Programme, *wanted: str) -> list[Choice]:
    """What can be given, in the order of the file: a price by month for 1, 3, 6 or 12 months, one by year for a year.
    A plan for life is no gift. `wanted`: as of the plans' own choices.

    Nobody is offered a time that costs more than a longer or equal one of the same label.
    """
    found = []
    for choice in price_rules.choices(programme, *wanted):
        offers = [offer for price in choice.prices for offer in _offers(price)]
        kept = [one for one in offers if not any(_is_better(other, one) for other in offers)]
        if kept:
            ordered = sorted(kept, key=lambda one: one.months)
            found.append(Choice(choice.label, choice.detail, choice.perks, ordered))
    return found


def _offers(price: price_rules.Price) -> list[Offer]:
    plan, minor = price.plan, price.amount_minor
    if plan.interval == "life" or not minor:
        return []
    if plan.interval == "year":
        return [Offer(plan, YEAR, minor, price.currency)]
    return [Offer(plan, months, months * minor, price.currency) for months in MONTHS]


def _is_better(other: Offer, one: Offer) -> bool:
    """Whether `other` is as long at least and costs no more; of two that are the same, the one by year."""
    if other.months < one.months or other.minor > one.minor:
        return False
    is_same = (other.months, other.minor) == (one.months, one.minor)
    return not is_same or (other.plan.interval == "year" and one.plan.interval != "year")


def last_day(first: date, months: int) -> date:
    """The last day of so many months from `first` on, inclusive: the same day of a later month, or its last where it
    is shorter (Reading 15).
    """
    found = first
    for _ in range(months):
        found = rules.one_period_after(found, "month", first.day)
    return found


def names_address(words: str) -> bool:
    """Whether words name a place on the web, which a mail in the shop's name would lead a stranger to."""
    return ADDRESS.search(unicodedata.normalize("NFKC", words)) is not None


def why_wait(holdings: Sequence[rules.Holding], same: Iterable[str], day: date) -> Wait | None:
    """Why a code is better kept for now, of all that she pays for: she has this plan for life (`same`: the keys of its
    label), one of her plans has an open bill (`due`), or one goes on or is paid for.

    None where the gift can be used on `day`. What was given before is no reason: one follows the other. A plan that
    gives nothing now, paused or with a failed card, is one: it may be charged for while the gift runs.
    """
    paid = [one for one in holdings if not one.given]
    if any(one.for_life and one.status in rules.STANDS_FOR_LIFE and one.plan in same for one in paid):
        return "life"
    renews = [one for one in paid if not one.for_life]
    if any(one.status in ("past_due", "unpaid") for one in renews):
        return "due"
    return "paid" if any(_goes_on(one, day) for one in renews) else None


def _goes_on(holding: rules.Holding, day: date) -> bool:
    if holding.status in OVER and holding.ends_on is not None and holding.ends_on < day:
        return False
    if holding.status in rules.LIVE - rules.UNFINISHED:
        return True
    found = rules.standing([holding], day)
    return found is not None and found.perks

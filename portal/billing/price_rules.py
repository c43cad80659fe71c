"""What plans cost: those of one label together, in a currency that she pays in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from babel.numbers import get_territory_currencies

from portal.programme import Perk, Plan, Programme


@dataclass(frozen=True, slots=True)
class Price:
    """One way to pay for a plan: so many minor units of a currency. `saving_minor` of them is what a year of it saves
    against paying by month."""

    plan: Plan
    amount_minor: int
    currency: str
    saving_minor: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Plans of one label: one thing at several prices."""

    label: str
    detail: str
    perks: list[Perk]
    prices: list[Price]


def choices(programme: Programme, *wanted: str) -> list[Choice]:
    """The plans for sale as a page offers them: those of one label together, in the order of the file.

    Each label is priced in the first of the `wanted` currencies in which all of it is sold, else in the home currency:
    two prices of one thing are there to be compared.
    """
    found: dict[str, list[Plan]] = {}
    for plan in programme.plans_for_sale:
        found.setdefault(plan.label, []).append(plan)
    return [
        Choice(
            label,
            next((plan.detail for plan in plans if plan.detail), ""),
            programme.perks_of(plans[0].perks),
            _prices(programme, plans, wanted),
        )
        for label, plans in found.items()
    ]


def _prices(programme: Programme, plans: Sequence[Plan], wanted: Sequence[str]) -> list[Price]:
    for currency in (*wanted, programme.currency):
        amounts = [minor for plan in plans if (minor := programme.price_in(plan, currency)) is not None]
        if len(amounts) == len(plans):
            break
    prices = [Price(plan, minor, currency) for plan, minor in zip(plans, amounts, strict=True)]
    monthly = next((one.amount_minor for one in prices if one.plan.interval == "month"), 0)
    return [
        replace(one, saving_minor=max(0, 12 * monthly - one.amount_minor))
        if one.plan.interval == "year"
        else one
        for one in prices
    ]


def used_in(country: str | None, day: date) -> tuple[str, ...]:
    """The currencies in which people of a country pay on a day, by the Unicode CLDR; none for an unknown country."""
    if country is None:
        return ()
    return tuple(get_territory_currencies(country, start_date=day, end_date=day))

"""Which plan a member stands under on a day, and what she may do with it: decisions from facts alone.

The table is stripe.md 4.3 in the words of Reading 15; the windows are Readings 15 and 42.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from portal.programme import Plan

GRACE_DAYS = 7
DAY = timedelta(days=1)
# Who buys at a distance may withdraw within 14 days without a reason: Directive 2011/83/EU, Article 9 (the Union, and
# by the EEA Agreement Iceland, Liechtenstein and Norway); in the United Kingdom the Consumer Contracts Regulations
# 2013, regulations 29 and 30. The day itself is not counted (Regulation 1182/71, Article 3).
WITHDRAWAL_DAYS = 14
WITHDRAWAL_COUNTRIES = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "GB",
))  # fmt: skip
LIVE = frozenset(("active", "trialing", "past_due", "unpaid", "paused", "incomplete"))
UNFINISHED = frozenset(("incomplete", "incomplete_expired"))  # the first payment never came
KNOWN = LIVE | UNFINISHED | {"canceled", "paid", "part_refunded", "disputed", "refunded", "lost"}
STANDS_FOR_LIFE = frozenset(("paid", "part_refunded", "disputed"))
Fixed = Literal["pay_first", "paused", "over", "ends", "waits"]
Status = Literal["active", "trialing", "past_due", "cancelling", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing that a plan is held by: a subscription (`status` in Stripe's words), a purchase for life (its state),
    or what was given (`given` says by whom: staff, gift) from `from_on` to `ends_on`, without a payment.
    `needs_card`: a trial that ends by itself, for there is no card. `next_plan`: what it becomes with its next payment.
    """

    plan: str
    status: str
    paid_until: date | None = None
    failed_on: date | None = None
    ends_on: date | None = None
    ended_on: date | None = None
    collection_paused: bool = False
    for_life: bool = False
    amount_minor: int = 0
    currency: str = ""
    given: str = ""
    from_on: date = date.min
    needs_card: bool = False
    next_plan: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan of a member on a day.

    `perks`: whether it gives anything on that day. `last_day` is the last day that it does as things stand, None where
    it goes on by itself. `next_charge_on` is the day of the next payment of `amount_minor` of `currency`, None where
    there is none; `next_plan` is what it becomes then, empty where it stays. `needs_card`: it is tried out and ends
    with `last_day`, unless she leaves a card; `amount_minor` is what would be paid then.
    `given`: by whom it was given (staff, gift), empty where it was paid for. `beside` are other plans that give
    something on that day too.
    """

    plan: str
    status: Status
    perks: bool
    paid_until: date | None
    last_day: date | None = None
    next_charge_on: date | None = None
    amount_minor: int = 0
    currency: str = ""
    for_life: bool = False
    given: str = ""
    needs_card: bool = False
    next_plan: str = ""
    beside: tuple[str, ...] = ()

    @property
    def in_force(self) -> tuple[str, ...]:
        """Every plan that gives something on that day: benefits are their union."""
        return (self.plan, *self.beside) if self.perks else ()


def standing(holdings: Iterable[Holding], day: date) -> Standing | None:
    """The plan in force on `day`: one with perks before one without, then one for life before one that renews, and
    what is paid before what was given. Of those without perks one that can go on stands before all that ended.

    None for somebody who never had one. One that ended is told as ended.
    """
    ranked = [
        (
            (not one.perks, not one.perks and holding.status not in LIVE, not one.for_life, bool(one.given)),
            one,
        )
        for holding in in_a_row(holdings)
        if (one := _standing(holding, day)) is not None
    ]
    ranked.sort(key=lambda pair: pair[1].paid_until or date.max, reverse=True)
    found = [one for _, one in sorted(ranked, key=lambda pair: pair[0])]
    if not found:
        return None
    others = dict.fromkeys(one.plan for one in found if one.perks and one.plan != found[0].plan)
    return replace(found[0], beside=tuple(others))


def in_a_row(holdings: Iterable[Holding]) -> list[Holding]:
    """Holdings, where given ones of one plan that follow each other without a gap are one, from the first day to the
    last. One that was taken back before it began is none.
    """
    kept: list[Holding] = []
    given: dict[str, Holding] = {}
    for one in sorted(holdings, key=lambda holding: holding.from_on):
        if not one.given:
            kept.append(one)
            continue
        one = replace(one, ends_on=_last(one), ended_on=None)
        if _last(one) < one.from_on:
            continue
        before = given.get(one.plan)
        if before is not None and one.from_on <= _last(before) + DAY:
            one = replace(before, ends_on=max(_last(before), _last(one)))
        elif before is not None:
            kept.append(before)
        given[one.plan] = one
    return [*kept, *given.values()]


def _last(given: Holding) -> date:
    """The last day of what was given; the one before it was taken back."""
    assert given.ends_on is not None, "what is given has an end"
    return given.ends_on if given.ended_on is None else min(given.ends_on, given.ended_on - DAY)


def _given(holding: Holding, day: date) -> Standing | None:
    """What was given: on from its first day to its last, and over after it without a word."""
    last = _last(holding)
    if day < holding.from_on:
        return None
    status: Status = "active" if day <= last else "ended"
    return Standing(holding.plan, status, day <= last, None, last, given=holding.given)


def _standing(holding: Holding, day: date) -> Standing | None:
    status = holding.status
    if holding.given:
        return _given(holding, day)
    if holding.for_life:
        stands = status in STANDS_FOR_LIFE
        return Standing(
            holding.plan, "active" if stands else "ended", stands, None, holding.ended_on, for_life=True
        )
    if status in UNFINISHED:
        return None
    if status == "past_due":
        return _failing(holding, holding.failed_on or day, day)
    if status == "canceled":  # before a pause of collecting, which Stripe leaves on what has ended
        runs_out = holding.ended_on is not None and day < holding.ended_on
        until = None if holding.ended_on is None else holding.ended_on - timedelta(days=1)
        return Standing(
            holding.plan, "cancelling" if runs_out else "ended", runs_out, holding.paid_until, until
        )
    if holding.collection_paused and holding.ends_on is not None and status in ("active", "trialing"):
        # What nobody paid for gives nothing until it ends.
        last = min(holding.ends_on, holding.paid_until or holding.ends_on)
        in_time = day <= last
        return Standing(holding.plan, "cancelling" if in_time else "ended", in_time, holding.paid_until, last)
    if status == "paused" or holding.collection_paused:
        paid = status != "paused" and holding.paid_until is not None and day <= holding.paid_until
        return Standing(
            holding.plan, "paused", paid, holding.paid_until, holding.paid_until if paid else None
        )
    if status in ("active", "trialing"):
        return _running(holding, day)
    return Standing(
        holding.plan, "ended", False, holding.paid_until
    )  # unpaid, or a word that Stripe has added


def _running(holding: Holding, day: date) -> Standing | None:
    paid_until, ends_on = holding.paid_until, holding.ends_on
    if ends_on is not None and day > ends_on:
        return Standing(holding.plan, "ended", False, paid_until, ends_on)
    if holding.needs_card and ends_on is None and paid_until is not None:
        return _without_card(holding, paid_until, day)
    if paid_until is not None and day > paid_until:  # its renewal was never told: as failed on the next day
        return _failing(holding, paid_until + timedelta(days=1), day)
    if ends_on is not None:
        return Standing(holding.plan, "cancelling", True, paid_until, ends_on)
    status: Status = "trialing" if holding.status == "trialing" else "active"
    amount_minor, currency = holding.amount_minor, holding.currency
    return Standing(
        holding.plan,
        status,
        True,
        paid_until,
        None,
        paid_until,
        amount_minor,
        currency,
        next_plan=holding.next_plan,
    )


def _without_card(holding: Holding, last: date, day: date) -> Standing:
    """A trial with nothing to charge: free to its last day, and over after it without a payment that could fail."""
    in_time = day <= last
    return Standing(
        holding.plan, "trialing" if in_time else "ended", in_time, last, last, amount_minor=holding.amount_minor,
        currency=holding.currency, needs_card=in_time,
    )  # fmt: skip


def _failing(holding: Holding, failed_on: date, day: date) -> Standing:
    last = failed_on + timedelta(days=GRACE_DAYS)
    in_time = day <= last
    return Standing(
        holding.plan, "past_due" if in_time else "ended", in_time, holding.paid_until, last,
        amount_minor=holding.amount_minor, currency=holding.currency,
    )  # fmt: skip


def may_join(holdings: Iterable[Holding], interval: str, day: date) -> bool:
    """Whether a plan of this interval may be bought: one for life beside one that renews, but nothing twice. What was
    given stands in nobody's way: whoever pays while it runs has both.

    A subscription that waits for money blocks joining: a second one would be paid beside it.
    """
    kept = list(holdings)
    if any(one.for_life and one.status in STANDS_FOR_LIFE for one in kept):
        return False
    return interval == "life" or not any(one.status in LIVE for one in kept if not one.for_life)


def moves_now(held: str, interval: str, amount_minor: int, wanted: Plan, price_minor: int) -> bool:
    """Whether a change to `wanted` begins at once, for the difference; else it comes with the next period.

    `held`, `interval`, `amount_minor`: label, rhythm and price of what runs, in the currency of `price_minor`, which is
    that of `wanted`. At once is what costs more for the same time, and paying a month's plan by the year; from year to
    month nothing changes before the year is over. Nothing that is paid for is ever lost, and nobody is paid back what
    she agreed to.
    """
    if interval == wanted.interval:
        return price_minor > amount_minor
    if interval != "month":
        return False
    return held == wanted.label or price_minor > 12 * amount_minor


def why_fixed(
    status: str, ends_on: date | None, collection_paused: bool, waiting: str | None
) -> Fixed | None:
    """Why a subscription cannot be changed now; None where it can."""
    if status in ("past_due", "unpaid", "incomplete"):
        return "pay_first"
    if status == "paused" or collection_paused:
        return "paused"
    if status not in ("active", "trialing"):
        return "over"
    return "ends" if ends_on is not None else "waits" if waiting is not None else None


def withdraw_until(country: str | None, first_paid_on: date) -> date | None:
    """The last day on which somebody may withdraw who first paid on a day; None where the country knows no such
    right."""
    if country not in WITHDRAWAL_COUNTRIES:
        return None
    return first_paid_on + timedelta(days=WITHDRAWAL_DAYS)


def may_pause(status: str, ends_on: date | None, collection_paused: bool) -> bool:
    """Whether a subscription can stand still: one that is paid and goes on."""
    return status == "active" and ends_on is None and not collection_paused


def resume_minor(paid_until: date, period_minor: int, day: date) -> int:
    """What going on after a pause costs on `day`: nothing before the last day that is paid for, else a whole period, of
    `period_minor` after any discount."""
    return 0 if day < paid_until else period_minor


def went_back(paid_minor: int, refunded_minor: int, dispute: str | None) -> bool:
    """Whether a payment counts no longer: all of it was refunded, or the bank took it back for good."""
    return dispute == "lost" or 0 < paid_minor <= refunded_minor


def state_for_life(amount_minor: int, refunded_minor: int, dispute: str | None) -> str:
    """The state of a purchase for life (stripe.md 4.3): it stands while a part of it is paid, and while the bank has
    not decided."""
    if dispute == "lost":
        return "lost"
    if went_back(amount_minor, refunded_minor, dispute):
        return "refunded"
    if dispute == "open":
        return "disputed"
    return "part_refunded" if refunded_minor else "paid"


def on_anchor(day: date, anchor: int) -> bool:
    """Whether a day is the `anchor` day of its month, or the last one of a shorter month."""
    return day.day == anchor or (day.day < anchor and (day + timedelta(days=1)).month != day.month)


def one_period_after(day: date, interval: str, anchor: int) -> date:
    """The same day one month or year later, on the `anchor` day of the month or its last (Reading 15)."""
    months = day.year * 12 + day.month - 1 + (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=anchor - 1), after - timedelta(days=1))

"""The worth-it meter: what a member has paid for her plan beside what it has given her. Pure.

Only what is on record counts: payments less what was paid back, points that a rate of the plan brought, what its grants
gave and what was used of it, its dividends. What the shop does not tell of (delivery, a price that was lower) is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

Kind = Literal["points", "given_points", "reward", "thing", "dividend"]


@dataclass(frozen=True, slots=True)
class Fee:
    """One payment for the plan, in minor units of its currency; `back_minor` of it was paid back."""

    on: date
    amount_minor: int
    currency: str
    back_minor: int = 0

    @property
    def price(self) -> tuple[str, int]:
        """What tells payments of one price from those of another."""
        return self.currency, self.amount_minor

    @property
    def kept_minor(self) -> int:
        """What is left of it."""
        return self.amount_minor - self.back_minor


@dataclass(frozen=True, slots=True)
class Got:
    """One kind of thing that the plan gave: how often, and what all of it comes to in minor units of home money.

    `times` counts orders, or what was given; `used` of rewards those that were, in part or whole; `left_minor` is what
    can still be used. `points` are those that it came in.
    """

    kind: Kind
    label: str
    times: int
    amount_minor: int
    points: int = 0
    used: int = 0
    left_minor: int = 0


@dataclass(frozen=True, slots=True)
class Meter:
    """What was paid since a day, and what it gave, itemised; `uncounted` names what has no figure.

    `fees` are in the currency they were paid in, `paid_minor` in home money: None where one of them has no rate, and
    what was paid and what it gave can only stand side by side. `saves_unseen`: among what has no figure
    is something that lowers what she pays, so that nobody can say that she got less than she paid. `cut`: it counts
    from `since` because there is more before it than a page reads.
    """

    since: date
    fees: tuple[Fee, ...]
    got: tuple[Got, ...]
    paid_minor: int | None
    uncounted: tuple[str, ...] = ()
    saves_unseen: bool = False
    cut: bool = False

    @property
    def gave_minor(self) -> int:
        """All that has a figure, together."""
        return sum(one.amount_minor for one in self.got)

    @property
    def more_minor(self) -> int | None:
        """What it gave above what was paid; below zero where that is less, None where nobody can say."""
        return None if self.paid_minor is None else self.gave_minor - self.paid_minor

    @property
    def paid(self) -> dict[str, int]:
        """What is left of the fees, by currency, in minor units."""
        found: dict[str, int] = {}
        for fee in self.fees:
            found[fee.currency] = found.get(fee.currency, 0) + fee.kept_minor
        return found

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet on either side."""
        return not self.fees and not self.got


def meter(
    since: date,
    fees: Sequence[tuple[Fee, Fraction | None]],
    got: Sequence[Got],
    uncounted: Sequence[str] = (),
    *,
    saves_unseen: bool = False,
    cut: bool = False,
) -> Meter:
    """The meter of fees, oldest first, each with its rate to home money (None: there is none)."""
    told = [(fee, rate) for fee, rate in fees if fee.on >= since]
    homes = [int(rate * fee.kept_minor // 1) for fee, rate in told if rate is not None]
    paid = sum(homes) if len(homes) == len(told) else None
    kept = tuple(one for one in got if one.times)
    return Meter(since, tuple(fee for fee, _rate in told), kept, paid, tuple(uncounted), saves_unseen, cut)

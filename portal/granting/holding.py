"""What a member holds on a day, tier and plans, asked only where a rule names one."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import Row

from portal import tiers
from portal.granting.rules import tomorrow
from portal.programme import Programme


class Restricted(Protocol):
    """A rule that may be for some tiers, or for holders of some plans."""

    @property
    def tiers(self) -> tuple[str, ...]: ...
    @property
    def plans(self) -> tuple[str, ...]: ...


class Holding:
    """What one member holds on one day. `tier` stands for the tier on which she is, where that is known better."""

    def __init__(self, member_id: str, programme: Programme, day: date, tier: str | None = None) -> None:
        """Nothing is read before it is asked."""
        self._member_id, self._programme, self._day, self._told = member_id, programme, day, tier

    @cached_property
    def _grants(self) -> Sequence[Row[Any]]:
        return tiers.grants(self._member_id)

    @cached_property
    def tier(self) -> str:
        """The tier she is on."""
        if self._told is not None:
            return self._told
        return tiers.standing(self._programme, self._grants, self._day, self._day).tier.key

    @cached_property
    def reached(self) -> set[str]:
        """Every tier that she has reached and that counts on the day: those below the one she is on among them."""
        live = (g for g in self._grants if g.since <= self._day and (g.until is None or self._day <= g.until))
        return {self.tier, *(grant.tier for grant in live)}

    @cached_property
    def plans(self) -> tuple[str, ...]:
        """The plans that give their benefits on the day."""
        return tiers.plans_on(self._member_id, self._day)

    @property
    def changes_on(self) -> date | None:
        """The next day on which a tier begins, or has ended, by itself; None where none does as things stand."""
        begins = [grant.since for grant in self._grants]
        ended = [tomorrow(grant.until) for grant in self._grants if grant.until is not None]
        return min((day for day in (*begins, *ended) if day > self._day), default=None)

    def fits(self, rule: Restricted) -> bool:
        """Whether a rule is for her: it names no tier or hers, and no plan or one of hers."""
        on_tier = not rule.tiers or self.tier in rule.tiers
        return on_tier and (not rule.plans or bool(set(rule.plans) & set(self.plans)))

"""The day of more points that a member chooses herself: what its page shows, and the choice (Reading 24)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal import earning, ledger
from portal.errors import Refused
from portal.home.dates import choice_of
from portal.home.facts import Chosen, Facts
from portal.programme import ChosenDay, Programme, last_day, period_key


@dataclass(frozen=True, slots=True)
class Choice:
    """A period (its first day says which), and what she chose for it; open until something was bought on that day."""

    begins: date
    chosen: Chosen | None

    @property
    def is_open(self) -> bool:
        """Whether it can be chosen, or moved, still."""
        return self.chosen is None or not self.chosen.fixed


@dataclass(frozen=True, slots=True)
class OwnDay:
    """The page: the rule, whether her tier carries it, her zone where it is not the programme's, this period and the
    next.

    `today` is hers; days can be chosen from it to `last`. `shown` says what stood chosen when the page was made.
    """

    rule: ChosenDay
    is_carried: bool
    zone: str | None
    today: date
    last: date
    periods: list[Choice]
    shown: str

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return self.is_carried and any(one.is_open for one in self.periods)

    @property
    def stands(self) -> date | None:
        """The next chosen day that can be moved still."""
        open_ones = [one.chosen.day for one in self.periods if one.chosen and one.is_open]
        return next((day for day in open_ones if day >= self.today), None)


def own_day(told: str | None, rule: ChosenDay, facts: Facts, programme: Programme, now: datetime) -> OwnDay:
    """What the page of her chosen day shows at `now`, in the time zone that was told of her, if one was."""
    zone = ZoneInfo(told or programme.timezone)
    today = now.astimezone(zone).date()
    ends = last_day(rule.per, today) or today
    coming = ends + timedelta(days=1)
    firsts = (today, coming)
    return OwnDay(
        rule=rule,
        is_carried=not rule.tiers or facts.standing.tier.key in rule.tiers,
        zone=told if told != programme.timezone else None,
        today=today,
        last=last_day(rule.per, coming) or coming,
        periods=[Choice(first, choice_of(facts.chosen, period_key(rule.per, first))) for first in firsts],
        shown=_shown({one.period: one.day for one in facts.chosen}),
    )


def choose(member_id: str, day: date, *, shown: str, at: datetime) -> None:
    """Let `day` be hers, as `earning.choose_day` does.

    `shown` is what the page said was chosen: a page that is older than her last choice changes nothing (`conflict`), so
    that one that is sent again does not move the day back. The day that stands already is no change.
    """
    ledger.lock(member_id)
    chosen = earning.chosen_days(member_id)
    if day not in chosen.values() and _shown(chosen) != shown:
        raise Refused("conflict", "Another day was chosen meanwhile.", pointer="/date")
    earning.choose_day(member_id, day, at=at)


def _shown(chosen: dict[str, date]) -> str:
    return " ".join(f"{period}:{day}" for period, day in sorted(chosen.items()))

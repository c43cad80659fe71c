"""The points of one member as a plain sum: a dictionary of lots, a list of what waits, and nothing else.

Written from readings.md (5, 10, 18) and contracts.md section 1 alone.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

NEVER = date(9999, 12, 31)
HELD_DAYS = 30


@dataclass
class Waiting:
    """Points of one source that cannot be spent yet."""

    source: str
    points: int
    on: date
    lot: date


@dataclass
class Purse:
    """Lots by their last day, what waits, what is owed, and the sums of Reading 10."""

    lots: dict[date, int] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    went_into: dict[str, list[date]] = field(default_factory=dict)
    last_notice: dict[date, bool] = field(default_factory=dict)
    held: set[date] = field(default_factory=set)
    brought_home: set[date] = field(default_factory=set)
    owed: int = 0
    earned: int = 0
    spent: int = 0
    donated: int = 0
    expired: int = 0

    @property
    def available(self) -> int:
        """What can be spent."""
        return sum(self.lots.values())

    @property
    def pending(self) -> int:
        """What waits."""
        return sum(one.points for one in self.waiting)

    def credit(self, source: str, points: int, lot: date, on: date | None = None) -> None:
        """Points given; with `on` they wait until then."""
        self.earned += points
        if on is not None:
            self.waiting.append(Waiting(source, points, on, lot))
        else:
            self._put(source, points, lot)

    def _put(self, source: str, points: int, lot: date) -> None:
        pays = min(self.owed, points)
        self.owed -= pays
        self.went_into.setdefault(source, []).append(lot)
        self._add(lot, points - pays)

    def _add(self, lot: date, points: int) -> None:
        if points:
            self.lots[lot] = self.lots.get(lot, 0) + points

    def take(self, source: str, points: int) -> None:
        """Take points of a source back: its pending first, its lot, other lots, and then they are owed."""
        self.earned -= points
        for one in self.waiting:
            if one.source == source:
                part = min(points, one.points)
                one.points -= part
                points -= part
        self.waiting = [one for one in self.waiting if one.points]
        for lot in [*self.went_into.get(source, ()), *sorted(self.lots)]:
            part = min(points, self.lots.get(lot, 0))
            points -= part
            self._out(lot, part)
        self.owed += points

    def _out(self, lot: date, points: int) -> None:
        if points:
            self.lots[lot] -= points
            if not self.lots[lot]:
                del self.lots[lot]

    def draw(self, points: int) -> list[tuple[date, int]]:
        """Take points for something bought or given: the lots that end soonest."""
        drawn = []
        for lot in sorted(self.lots):
            part = min(points, self.lots[lot])
            if part:
                drawn.append((lot, part))
                self._out(lot, part)
                points -= part
        assert not points
        return drawn

    def put_back(self, drawn: list[tuple[date, int]], day: date) -> None:
        """An undo: to the lots they came from; one that ended meanwhile comes back for 30 days."""
        for lot, points in sorted(drawn):
            pays = min(self.owed, points)
            self.owed -= pays
            gone = lot < day and lot not in self.held
            if gone:
                lot = day + timedelta(HELD_DAYS)
                self.brought_home.add(lot)
            self._add(lot, points - pays)

    def notices(self, day: date, days: tuple[int, ...], bounces: bool) -> None:
        """The notices of a day go out at its beginning."""
        for lot in self.lots:
            if lot != NEVER and (lot - day).days in days:
                self.last_notice[lot] = not bounces

    def lapse(self, day: date) -> None:
        """What ends at 0:00 of a day: lots of the days before, save those whose last notice failed."""
        for lot in sorted(lot for lot in self.lots if lot < day):
            if self.last_notice.get(lot) is False and lot not in self.held and lot == day - timedelta(1):
                self.held.add(lot)
            if lot in self.held and day <= lot + timedelta(HELD_DAYS):
                continue
            self.held.discard(lot)
            self.expired += self.lots.pop(lot)
        self.held = {lot for lot in self.held if day <= lot + timedelta(HELD_DAYS)}

    def mature(self, day: date) -> None:
        """What waited until a day can be spent from its beginning."""
        ready = [one for one in self.waiting if one.on <= day]
        self.waiting = [one for one in self.waiting if one.on > day]
        for one in sorted(ready, key=lambda one: one.on):
            self._put(one.source, one.points, one.lot)

    def state(self) -> dict[str, object]:
        """As the member state shows it."""
        maturing: dict[str, int] = {}
        for one in self.waiting:
            maturing[str(one.on)] = maturing.get(str(one.on), 0) + one.points
        expiring: dict[str, int] = {}
        for lot, points in self.lots.items():
            if lot != NEVER:
                shown = str(lot + timedelta(HELD_DAYS) if lot in self.held else lot)
                expiring[shown] = expiring.get(shown, 0) + points
        return {
            "available": self.available, "pending": self.pending, "owed": self.owed, "earned": self.earned,
            "spent": self.spent, "donated": self.donated, "expired": self.expired,
            "maturing": dict(sorted(maturing.items())), "expiring": dict(sorted(expiring.items())),
        }  # fmt: skip

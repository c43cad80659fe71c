"""What one member is given by itself: goals, steps, grants, dividends, and the rewards that come of them.

Written from readings.md (9, 11, 12, 30, 31, 33, 35) and docs/programme.md alone.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.engine import sums
from tests.engine.kept import Refusal
from tests.engine.sums import months_later

if TYPE_CHECKING:
    from tests.engine.kept import Order, Plan
    from tests.engine.naive import Life

ISSUED_DAYS = 90
DAY = timedelta(1)


@dataclass
class Given:
    """A reward that the programme issued."""

    ref: str
    reward: str
    state: str
    issued: date
    expires: date
    why: str
    used_on: str | None = None
    ended: date | None = None


class Prizes:
    """What has been measured and given so far."""

    def __init__(self, life: "Life") -> None:
        self.life = life
        self.programme = life.programme
        self.given: list[Given] = []
        self.sums: dict[tuple[str, str], int] = defaultdict(int)
        self.steps: dict[str, list[tuple[str, Given | None, int]]] = defaultdict(list)
        self.once: set[tuple[str, str]] = set()
        self.used_up: set[tuple[str, str]] = set()
        self.counters: dict[str, int] = dict.fromkeys(
            (a.counter for a in self.programme.activities if a.counter), 0
        )
        self.paid: dict[tuple[str, int], int] = {}
        self.numbers: dict[str, int] = defaultdict(int)
        self.grant_badges: set[str] = set()
        self.yearly: list[tuple[str, date, int]] = []

    # --- giving and taking --------------------------------------------------------------------------------------

    def _give(self, prize: Any, why: str, day: date) -> Given | None:
        if prize.points:
            self.life._points(why, prize.points, day)
        if prize.badge and why.startswith("grant"):
            self.grant_badges.add(why.split()[1])
        if not prize.reward:
            return None
        self.numbers[prize.reward] += 1
        valid = self.programme.reward(prize.reward).valid_days
        ref = f"{prize.reward}:{self.life.ref}:{self.numbers[prize.reward]}"
        last = day + timedelta(ISSUED_DAYS if valid is None else valid)
        self.given.append(Given(ref, prize.reward, "available", day, last, why))
        return self.given[-1]

    def _withdraw(self, given: Given, day: date) -> None:
        given.state, given.ended = "withdrawn", day

    def use(self, reward: str, order: str, day: date) -> None:
        """The available one that ends soonest is used on an order, once on each (Reading 11)."""
        if any(one.reward == reward and one.state == "used" and one.used_on == order for one in self.given):
            return
        found = [one for one in self.given if one.reward == reward and one.state == "available"]
        if not found:
            raise Refusal("unknown_key")
        one = min(found, key=lambda one: one.expires)
        one.state, one.used_on, one.ended = "used", order, day

    def release(self, order: str, day: date) -> None:
        """An order went back wholly: what was used on it is there again, with its old date, or for 30 days."""
        for one in self.given:
            if one.used_on == order:
                one.state, one.used_on, one.ended = "available", None, None
                if one.expires < day:
                    one.expires = day + timedelta(30)

    def expire(self, day: date) -> None:
        """What ends at 0:00 of a day."""
        for one in self.given:
            if one.state == "available" and one.expires < day:
                one.state, one.ended = "expired", day

    # --- goals and steps ----------------------------------------------------------------------------------------

    def measure(self, order: "Order", found: "sums.Outcome | None", placed: date, today: date) -> None:
        """The difference that an order makes to goals, steps and dividends."""
        now: dict[tuple[str, str], int] = {}
        rules = [*self.programme.goals, *self.programme.steps, *self.programme.dividends]
        for rule in rules:
            if found is None or order.frozen is None or getattr(rule, "counter", None):
                continue
            matching = [
                amount for line, amount in found.lines
                if sums.holds(rule.when, order.data, line, order.frozen, self.programme.zone)
            ]  # fmt: skip
            if rule in self.programme.dividends and placed < self.life.joined:
                continue
            per = getattr(rule, "per", "lifetime") if rule in self.programme.goals else "year"
            period = self.life._period(per, placed) if rule not in self.programme.steps else ""
            if getattr(rule, "metric", "spend") == "spend":
                now[rule.key, period] = int(sum(matching, Fraction(0)))
            elif rule.metric == "orders":
                now[rule.key, period] = int(sum(matching) > 0)
        for key in {*now, *order.measures}:
            self.sums[key] += now.get(key, 0) - order.measures.get(key, 0)
        order.measures = now
        self._look(today)

    def counter(self, key: str, change: int, today: date) -> None:
        """A counter moved."""
        self.counters[key] += change
        for goal in self.programme.goals:
            if goal.counter == key:
                self.sums[goal.key, self.life._period(goal.per, today)] += change
        for step in self.programme.steps:
            if step.counter == key:
                self.sums[step.key, ""] += change
        self._look(today)

    def _look(self, today: date) -> None:
        for goal in self.programme.goals:
            for period in [p for key, p in list(self.sums) if key == goal.key]:
                self._look_at_goal(goal, period, today)
        for step in self.programme.steps:
            self._look_at_step(step, today)
        for dividend in self.programme.dividends:
            for key, year in list(self.paid):
                if key == dividend.key:
                    self._correct(dividend, year, today)

    def _look_at_goal(self, goal: Any, period: str, today: date) -> None:
        have, mark = self.sums[goal.key, period], (goal.key, period)
        why = f"goal {goal.key} {period}"
        if have >= goal.need and mark not in self.once:
            self.once.add(mark)
            if mark not in self.used_up:
                self._give(goal.gives, why, today)
        elif have < goal.need and mark in self.once:
            self.once.discard(mark)
            mine = [one for one in self.given if one.why == why]
            if any(one.state in ("used", "expired") for one in mine):
                self.used_up.add(mark)  # the prize stands, and does not come a second time
                return
            for one in mine:
                if one.state == "available":
                    self._withdraw(one, today)
            if goal.gives.points:
                self.life._points(why, -goal.gives.points, today)

    def _look_at_step(self, step: Any, today: date) -> None:
        due = max(0, self.sums[step.key, ""]) // step.size
        standing = self.steps[step.key]
        while due > len(standing):
            number = len(standing) + 1
            why = f"step {step.key}"
            standing.append((why, self._give(step.gives, why, today), number))
        while due < len(standing):
            free = [one for one in standing if one[1] is None or one[1].state == "available"]
            if not free:
                break
            last = free[-1]
            if last[1] is not None:
                self._withdraw(last[1], today)
            if step.gives.points:
                self.life._points(last[0], -step.gives.points, today)
            standing.remove(last)

    def goals(self, today: date) -> dict[str, tuple[int, int]]:
        """Open goals: have and need."""
        shown = {}
        for goal in self.programme.goals:
            period = self.life._period(goal.per, today)
            if (goal.key, period) not in self.once:
                shown[goal.key] = (self.sums.get((goal.key, period), 0), goal.need)
        return shown

    def badges(self) -> set[str]:
        """Keys of the rules whose badges stand."""
        won = {g.key for g in self.programme.goals for key, _ in self.once if key == g.key and g.gives.badge}
        won |= {s.key for s in self.programme.steps if s.gives.badge and self.steps[s.key]}
        return won | self.grant_badges

    # --- grants -------------------------------------------------------------------------------------------------

    def occasion(self, on: str, day: date) -> None:
        """Joining, or a birthday."""
        tier, plans = self.life.ladder.now(day)[0], self.life.plans(day)
        for grant in self.programme.grants:
            if grant.on == on and self._holds(grant, tier, plans):
                self._give(grant.gives, f"grant {grant.key} {day}", day)

    @staticmethod
    def _holds(grant: Any, tier: str, plans: tuple[str, ...]) -> bool:
        if not grant.tiers and not grant.plans:
            return True
        by_tier = not grant.tiers or tier in grant.tiers
        return by_tier and (not grant.plans or bool(set(plans) & set(grant.plans)))

    def first_days(self, day: date, tier: str, plans: tuple[str, ...]) -> None:
        """Grants by month, year and tier: on beginning to hold what is named, and on each first day of it."""
        for grant in self.programme.grants:
            if grant.on not in ("month", "year", "tier"):
                continue
            period = self.life._period({"tier": "lifetime"}.get(grant.on, grant.on), day)
            mark = (f"grant {grant.key}", period)
            if mark not in self.once and self._holds(grant, tier, plans):
                self.once.add(mark)
                self._give(grant.gives, f"grant {grant.key} {period}", day)

    def payment(self, plan: str, interval: str, day: date) -> None:
        """One payment of a plan: now, and by year on each monthly day."""
        for grant in self.programme.grants:
            if grant.on == "payment" and plan in grant.plans:
                self._give(grant.gives, f"grant {grant.key} payment {day}", day)
                if interval == "year":
                    self.yearly.append((grant.key, day, 1))

    def monthly(self, day: date, plan: "Plan") -> None:
        """The monthly days of a payment by year."""
        for at, (key, paid, number) in enumerate(self.yearly):
            if number < 12 and months_later(paid, number) == day and paid == plan.anchor:
                grant = next(one for one in self.programme.grants if one.key == key)
                self._give(grant.gives, f"grant {key} payment {day}", day)
                self.yearly[at] = (key, paid, number + 1)

    # --- dividends ----------------------------------------------------------------------------------------------

    def dividends(self, day: date) -> None:
        """The day on which the share of last year is paid."""
        for rule in self.programme.dividends:
            last = date(day.year - 1, 12, 31)
            if f"{day:%m-%d}" != rule.pays_on or (rule.key, last.year) in self.paid:
                continue
            held = {*self.life.held_on_last_day, *self.life.plans(day)}
            if rule.plans and not held & set(rule.plans):
                continue
            points = self._due(rule, last.year)
            self.paid[rule.key, last.year] = points
            self.life._points(f"dividend {rule.key} {last.year}", points, day)

    def _due(self, rule: Any, year: int) -> int:
        return int(Fraction(max(0, self.sums.get((rule.key, str(year)), 0)) * rule.percent, 100))

    def _correct(self, rule: Any, year: int, today: date) -> None:
        less = self.paid[rule.key, year] - self._due(rule, year)
        if less > 0:
            self.paid[rule.key, year] -= less
            self.life._points(f"dividend {rule.key} {year}", -less, today)

"""What one member belongs to: outside facts, her chosen day, paid plans, birthdays.

Written from readings.md (2, 15, 24, 32, 33, 42) alone.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.engine.kept import RETRY, Line, Plan, Refusal
from tests.engine.sums import months_later


class Belonging:
    """The part of a life that is about days and plans."""

    def _attribute(self, line: Line, at: datetime) -> None:
        name, today = line["name"], self.day(at)
        fact = self.facts.setdefault(
            name, {"name": name, "first": None, "value": False, "from": None, "until": None}
        )
        if line["value"]:
            since = date.fromisoformat(line["since"]) if "since" in line else today
            until = date.fromisoformat(line["until"]) if "until" in line else None
            fact["first"] = fact["first"] or since
            fact.update(value=True, until=until, **{"from": since})
            self.ladder.by_fact(name, True, today, until)
        else:
            self._fact_ends(fact, today)
        self.prizes.first_days(today, self.ladder.now(today)[0], self.plans(today))

    def _fact_ends(self, fact: dict[str, Any], day: date) -> None:
        fact.update(value=False, until=None)
        self.ladder.by_fact(fact["name"], False, day, None)

    def _fact(self, name: str, at: datetime) -> bool:
        fact = self.facts.get(name)
        return bool(fact and fact["value"] and (fact["until"] is None or self.day(at) <= fact["until"]))

    def _choose_bonus_day(self, line: Line, at: datetime) -> None:
        rule = self.programme.chosen_day
        assert rule is not None
        zone = self._own_zone()
        on, today = date.fromisoformat(line["date"]), at.astimezone(zone).date()
        period = self._period(rule.per, on)
        following = (
            months_later(today.replace(day=1), 1) if rule.per == "month" else date(today.year + 1, 1, 1)
        )
        if on < today:
            raise Refusal("not_chosen_in_time")
        if period not in (self._period(rule.per, today), self._period(rule.per, following)):
            raise Refusal("bad_value")
        for day in (self.day(at), on):
            if rule.tiers and self.ladder.now(day)[0] not in rule.tiers:
                raise Refusal("not_allowed_by_tier")
        first = self.chosen.get(period)
        if first is not None and self._has_order_on(*first):
            raise Refusal("not_chosen_in_time")
        if on == today and self._has_order_on(on, zone.key):
            raise Refusal("not_chosen_in_time")
        self.chosen[period] = (on, zone.key)

    def _has_order_on(self, on: date, zone: str) -> bool:
        return any(
            order.frozen is not None and order.frozen.placed.astimezone(ZoneInfo(zone)).date() == on
            for order in self.orders.values()
        )

    def plans(self, day: date) -> tuple[str, ...]:
        """The plan that gives its benefits on a day."""
        if self.plan is None or self.plan.status in ("ended", "paused"):
            return ()
        return (self.plan.key,)

    def _plan(self, line: Line, at: datetime) -> None:
        today, change = self.day(at), line["change"]
        running = self.plan is not None and self.plan.status != "ended"
        if change in ("started", "renewed", "recovered"):
            self._paid(line, today)
        elif not running or self.plan is None:
            raise Refusal("conflict")
        elif change == "payment_failed":
            if self.plan.status not in ("past_due",):
                self.plan.status, self.plan.failed_on = "past_due", today
        elif change == "cancel_requested":
            self.plan.status = "cancelling"
        elif change == "kept":
            self.plan.status = "active"
        elif change == "ended":
            self._plan_ends(today)
        self._after_plan(today)

    def _paid(self, line: Line, today: date) -> None:
        found = self.programme.plan(line["plan"])
        months = {"month": 1, "year": 12, "life": 0}[found.interval]
        running = self.plan if self.plan is not None and self.plan.status != "ended" else None
        until = date.fromisoformat(line["paid_until"]) if "paid_until" in line else None
        if until is None and months:
            until = months_later((running and running.paid_until) or today, months)
        if (found.key, until) in self.payments:
            return
        self.payments.add((found.key, until))
        if running is None:
            self.plan = Plan(found.key, "active", None, today)
        assert self.plan is not None
        self.plan.paid_until, self.plan.status, self.plan.failed_on = until, "active", None
        self.plan.anchor = today
        self.plan.months += months or 1
        self.prizes.payment(found.key, found.interval, today)

    def _plan_due(self, day: date) -> None:
        plan = self.plan
        if plan is None or plan.status == "ended":
            return
        if plan.paid_until is not None and plan.paid_until < day:
            if plan.status == "cancelling":
                self._plan_ends(day)
            elif plan.status == "active":
                plan.status, plan.failed_on = "past_due", day
        if (
            plan.status == "past_due"
            and plan.failed_on is not None
            and day >= plan.failed_on + timedelta(RETRY + 1)
        ):
            self._plan_ends(day)
        self._after_plan(day)

    def _plan_ends(self, day: date) -> None:
        assert self.plan is not None
        self.plan.status = "ended"
        self.plan.months = 0

    def _after_plan(self, day: date) -> None:
        self.ladder.by_plan(self.plans(day), self.plan.months if self.plan else 0, day, self._plan_lasts())
        self.prizes.first_days(day, self.ladder.now(day)[0], self.plans(day))

    def _plan_lasts(self) -> date | None:
        """The last day of its benefits as things stand."""
        plan = self.plan
        if plan is None or plan.paid_until is None:
            return None
        if plan.failed_on is not None:
            return plan.failed_on + timedelta(RETRY)
        return plan.paid_until + timedelta(0 if plan.status == "cancelling" else RETRY + 1)

    def _own_zone(self) -> ZoneInfo:
        return ZoneInfo(self.data["timezone"]) if self.data.get("timezone") else self.zone

    def _birthday_in(self, year: int) -> date | None:
        told = self.data.get("birthday")
        if not told:
            return None
        month, day = (int(part) for part in told[-5:].split("-"))
        try:
            return date(year, month, day)
        except ValueError:
            return date(year, 2, 28)

    def _birthday_instant(self, near: date) -> datetime | None:
        for year in (near.year - 1, near.year, near.year + 1):
            on = self._birthday_in(year)
            if on is not None:
                start = self.midnight(on, self._own_zone())
                if self.day(start) == near:
                    return start
        return None

    def _birthday(self, at: datetime, on: date | None = None) -> None:
        on = on or at.astimezone(self._own_zone()).date()
        if any(paid.astimezone(self._own_zone()).date().year == on.year for paid in self.birthdays_paid):
            return
        if self.birthday_changed and self.birthdays_paid:
            last = self.birthdays_paid[-1].astimezone(self._own_zone()).date()
            if (on - last).days < 330:
                return
        self.birthdays_paid.append(at)
        for rule in self.programme.activities:
            if rule.key == "birthday":
                self._give_activity(rule, 1, at, str(on.year))
        self.prizes.occasion("birthday", self.day(at))

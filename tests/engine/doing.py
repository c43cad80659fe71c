"""What one member does beside buying: activities, rewards that she takes, gifts.

Written from readings.md (8, 11, 23, 26, 30, 40) alone.
"""

from datetime import date, datetime, timedelta
from typing import Any

from tests.engine import sums
from tests.engine.kept import Line, Refusal


class Doing:
    """The part of a life that is about what she does."""

    def _activity(self, line: Line, at: datetime) -> None:
        if line["activity"] in ("account", "birthday"):
            raise Refusal("not_allowed")
        told = {name: line.get(name) for name in ("member", "activity", "quantity", "attributes")}
        if line["id"] in self.activities:
            if self.activities[line["id"]] != told:
                raise Refusal("conflict")
            return
        rule = next(one for one in self.programme.activities if one.key == line["activity"])
        self.activities[line["id"]] = told
        if rule.key == "newsletter" and rule.key in self.stacks:
            return
        quantity = line.get("quantity", 1)
        if quantity > 0:
            self._touch(self.day(at))
        if rule.distinct is not None:
            value = line["attributes"][rule.distinct]
            if value in self.distinct[rule.key]:
                return
            self.distinct[rule.key].add(value)
        many = quantity
        if rule.amount is not None:
            many = (1 if quantity > 0 else -1) * sums.minor(
                line["attributes"][rule.amount], self.programme.currency
            )
        self._give_activity(rule, many, at, line["id"])

    def _give_activity(self, rule: Any, many: int, at: datetime, ref: str) -> None:
        today = self.day(at)
        size = rule.per_amount_minor or rule.per
        before = self.totals[rule.key]
        after = max(0, before + many)
        self.totals[rule.key] = after
        steps = after // size - before // size
        stack = self.stacks[rule.key]
        source = f"activity {rule.key} {ref}"
        if steps > 0:
            want = rule.points * steps
            for cap in rule.caps:
                period = self._period(cap.per, today)
                had = sum(points for _, points, on in stack if self._period(cap.per, on) == period)
                want = min(want, max(0, cap.points - had))
            left = want
            for _ in range(steps):
                part = min(rule.points, left)
                left -= part
                stack.append((source, part, today))
            self._points(source, want, today, pending=rule.pending_days)
        for _ in range(-steps):
            if stack:
                gave, points, _on = stack.pop()
                self._points(gave, -points, today)
        if rule.counter is not None and after != before:
            self.prizes.counter(rule.counter, after - before, today)

    def _points(self, source: str, points: int, day: date, pending: int = 0) -> None:
        """Points that come of something other than an order."""
        if points > 0:
            self.purse.credit(source, points, self._lot(day), day + timedelta(pending) if pending else None)
        elif points < 0:
            self.purse.take(source, -points)
        if points:
            self.ladder.count(day, day, earned=points)
            self.prizes.first_days(day, self.ladder.now(day)[0], self.plans(day))

    def _redeem(self, line: Line, at: datetime) -> None:
        reward = self.programme.reward(line["reward"])
        told = (reward.key, line.get("points"))
        if line["ref"] in self.codes:
            if self.codes[line["ref"]]["told"] != told:
                raise Refusal("conflict")
            return
        points = reward.price or 0
        if reward.slider is not None:
            points = line["points"]
            top = reward.slider.maximum
            off = (points - reward.slider.minimum) % reward.slider.step
            if points < reward.slider.minimum or off or (top is not None and points > top):
                raise Refusal("bad_value")
        elif line.get("points") not in (None, points):
            raise Refusal("bad_value")
        self._can_pay(points)
        today = self.day(at)
        self.codes[line["ref"]] = {
            "ref": line["ref"], "reward": reward.key, "told": told, "points": points, "state": "available",
            "drawn": self.purse.draw(points), "issued": today, "used_on": None, "ended": None,
            "expires": today + timedelta(365 if reward.valid_days is None else reward.valid_days),
        }  # fmt: skip
        self.purse.spent += points

    def _can_pay(self, points: int) -> None:
        if self.purse.owed:
            raise Refusal("owes_points")
        if points > self.purse.available:
            raise Refusal("not_enough_points")

    def _undo(self, line: Line, at: datetime) -> None:
        code = self.codes.get(line["ref"])
        if code is None:
            raise Refusal("unknown_key")
        if code["state"] == "used":
            raise Refusal("already_used")
        if code["state"] == "expired":
            raise Refusal("expired")
        if code["state"] == "available":
            self._return(code, "undone", self.day(at))

    def _return(self, code: dict[str, Any], state: str, day: date) -> None:
        code.update(state=state, ended=day, used_on=None)
        self.purse.spent -= code["points"]
        drawn = code["drawn"]
        if self.programme.expiry.kind == "inactivity":  # all that she has ends together
            drawn = [(self._lot(day), points) for _, points in drawn]
        self.purse.put_back(drawn, day)

    def _use(self, line: Line, at: datetime) -> None:
        if "ref" not in line:
            self.prizes.use(line["reward"], line["order"], self.day(at))
            return
        code = self.codes.get(line["ref"])
        if code is None:
            raise Refusal("unknown_key")
        if code["state"] == "used" and code["used_on"] == line["order"]:
            return
        if code["state"] == "used":
            raise Refusal("already_used")
        if code["state"] != "available":
            raise Refusal(code["state"])
        code.update(state="used", used_on=line["order"], ended=self.day(at))

    def _donate(self, line: Line, at: datetime) -> None:
        rule = self.programme.giving
        points = line.get("points")
        if points is None:
            points = self.purse.available // rule.step * rule.step
            if self.purse.owed:
                raise Refusal("owes_points")
            if points < rule.minimum:
                raise Refusal("not_enough_points")
        if points < rule.minimum or points % rule.step:
            raise Refusal("bad_value")
        self._can_pay(points)
        self.purse.draw(points)
        self.purse.donated += points

    def _choose_charity(self, line: Line, at: datetime) -> None:
        self.charity = line["charity"]

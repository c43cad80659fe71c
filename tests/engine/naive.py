"""One member's life by a plain loop over her event lines: no database, and none of the portal but its vocabulary.

`Life(programme).tell(line)` for each line in order, `advance(instant)`, then `state()`. Written from readings.md,
contracts.md section 1 and docs/programme.md; deliberately naive: every day is walked, every order added up anew.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.programme import Programme
from tests.engine import sums
from tests.engine.ladder import Ladder
from tests.engine.prizes import Given, Prizes
from tests.engine.purse import NEVER, Purse
from tests.engine.sums import Frozen, instant, months_later

DAY = timedelta(1)
RETRY = 7
Line = dict[str, Any]


class Refusal(Exception):
    """A line that is not taken; its text is the code."""


@dataclass
class Order:
    """What is known of an order, and what it has brought so far."""

    data: Line
    frozen: Frozen | None = None
    kept: int = 0
    source: str = ""
    given: dict[str, int] = field(default_factory=dict)
    measures: dict[tuple[str, str], int] = field(default_factory=dict)
    counted: tuple[date, dict[str, int]] | None = None


@dataclass
class Plan:
    """A paid plan as it stands."""

    key: str
    status: str
    paid_until: date | None
    anchor: date
    failed_on: date | None = None
    months: int = 0


class Life:
    """Everything about one member."""

    def __init__(self, programme: Programme, ref: str = "anna") -> None:
        self.programme = programme
        self.ref = ref
        self.held_on_last_day: tuple[str, ...] = ()
        self.zone = programme.zone
        self.now: datetime | None = None
        self.data: Line = {}
        self.joined = date.min
        self.purse = Purse()
        self.orders: dict[str, Order] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.activities: dict[str, Line] = {}
        self.totals: dict[str, int] = defaultdict(int)
        self.stacks: dict[str, list[tuple[str, int, date]]] = defaultdict(list)
        self.distinct: dict[str, set[Any]] = defaultdict(set)
        self.chosen: dict[str, tuple[date, str]] = {}
        self.plan: Plan | None = None
        self.payments: set[tuple[str, date | None]] = set()
        self.charity: str | None = None
        self.birthdays_paid: list[datetime] = []
        self.birthday_changed = False
        self.birthday_zones: dict[date, str] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.touched: date | None = None

    # --- time ---------------------------------------------------------------------------------------------------

    def day(self, at: datetime) -> date:
        """The programme's day."""
        return at.astimezone(self.zone).date()

    def midnight(self, day: date, zone: ZoneInfo | None = None) -> datetime:
        """The first instant of a day."""
        return datetime.combine(day, time(), zone or self.zone).astimezone(UTC)

    def advance(self, to: datetime) -> None:
        """Walk every day up to an instant."""
        if self.now is None:
            return
        day = self.day(self.now)
        while True:
            own = self._birthday_instant(day)
            if own is not None and self.now < own <= to and self.day(own) == day:
                self.now = own
                self._birthday(own)
            day += DAY
            start = self.midnight(day)
            if start > to:
                break
            self.now = start
            self._ends(day)
            self._begins(day)
        self.now = to

    def _ends(self, day: date) -> None:
        bounces = self._fact("mail_bounces", self.midnight(day))
        if (day.month, day.day) == (1, 1):
            self.held_on_last_day = self.plans(day - DAY)
        self.purse.lapse(day)
        self.prizes.expire(day)
        for code in [c for c in self.codes.values() if c["state"] == "available" and c["expires"] < day]:
            self._return(code, "expired", day)
        self._plan_due(day)
        self.ladder.review(day)
        self.purse.notices(day, self.programme.expiry.notices, bounces)

    def _begins(self, day: date) -> None:
        self.purse.mature(day)
        for fact in self.facts.values():
            if fact["until"] == day - DAY:
                self._fact_ends(fact, day)
        self.prizes.first_days(day, self.ladder.now(day)[0], self.plans(day))
        if self.plan is not None and self.plan.anchor < day and self.plans(day):
            self.prizes.monthly(day, self.plan)
        own = self._birthday_instant(day)
        if own is not None and own == self.midnight(day):
            self._birthday(own)
        self.prizes.dividends(day)

    # --- lines --------------------------------------------------------------------------------------------------

    def tell(self, line: Line) -> None:
        """One line. Raises Refusal."""
        at = instant(line["at"])
        self.advance(at)
        self.now = at
        getattr(self, f"_{line['type']}")(line, at)

    def _clock(self, line: Line, at: datetime) -> None:
        """Nothing but time."""

    def _member(self, line: Line, at: datetime) -> None:
        first = not self.data
        before = self.data.get("birthday")
        agreed = bool(self.data.get("consents", {}).get("marketing"))
        self.data = self.data | line["data"]
        if first:
            joined = self.data.get("joined_at")
            self.joined = self.day(instant(joined)) if joined else self.day(at)
            self.ladder = Ladder(self.programme, self.joined)
            self.prizes = Prizes(self)
            self._by_itself("account", at)
            self.prizes.occasion("joining", self.day(at))
            self.prizes.first_days(self.day(at), self.ladder.now(self.day(at))[0], ())
        if self.data.get("consents", {}).get("marketing") and not agreed:
            self._by_itself("newsletter", at)
        told = self.data.get("birthday")
        if told and told != before:
            self.birthday_changed = before is not None
            zone = self._own_zone()
            today = at.astimezone(zone).date()
            if self._birthday_in(today.year) == today and self.midnight(today, zone) <= at:
                self._birthday(at, today)

    def _by_itself(self, key: str, at: datetime) -> None:
        for one in self.programme.activities:
            if one.key == key and key not in self.stacks:
                self._give_activity(one, 1, at, key)

    def _order(self, line: Line, at: datetime) -> None:
        data, number = line["data"], line["order"]
        placed = instant(data["placed_at"])
        if placed > at + DAY:
            raise Refusal("in_the_future")
        if sums.rate(self.programme, data["currency"], self.day(placed)) is None:
            raise Refusal("unknown_currency")
        known = self.orders.get(number)
        if known is not None:
            if data["version"] < known.data["version"]:
                raise Refusal("stale_version")
            if data["version"] == known.data["version"]:
                if data != known.data:
                    raise Refusal("stale_version")
                return
        order = known or Order(data, source=f"order {number}")
        if order.frozen is not None and placed != order.frozen.placed:
            self._settle(order, None, at)
            order.frozen = None
        order.data = data
        if order.frozen is None and data["status"] in sums.PAID:
            order.frozen = self._freeze(placed, at)
        self.orders[number] = order
        if (self.joined - self.day(placed)).days > self.programme.orders.joined_before_days:
            return
        if data["status"] in sums.PAID:
            self._touch(self.day(placed))
        if order.frozen is not None:
            self._settle(order, sums.assess(self.programme, data, order.frozen), at)
        if sums.is_whole_back(data):
            for code in self.codes.values():
                if code["used_on"] == number:
                    self._return(code, "undone", self.day(at))
            self.prizes.release(number, self.day(at))

    def _freeze(self, placed: datetime, at: datetime) -> Frozen:
        days = {
            name: (self.day(placed) - fact["first"]).days + 1
            for name, fact in self.facts.items()
            if self._fact(name, at)
        }
        rule = self.programme.chosen_day
        tier = self.ladder.now(self.day(at))[0]
        carried = rule is not None and (not rule.tiers or tier in rule.tiers)
        chosen = carried and any(
            placed.astimezone(ZoneInfo(zone)).date() == on for on, zone in self.chosen.values()
        )
        return Frozen(tier, self.plans(self.day(at)), days, self.joined, chosen, placed)

    def _settle(self, order: Order, found: sums.Outcome | None, at: datetime) -> None:
        """Write the difference between what an order has brought and what it brings now."""
        assert order.frozen is not None
        placed, today = self.day(order.frozen.placed), self.day(at)
        given: dict[str, int] = {}
        kept = 0 if found is None else found.usual
        for campaign in self.programme.campaigns:
            extra = 0 if found is None else found.extras.get(campaign.key, 0)
            if campaign.cap is not None:
                others = 0
                period = self._period(campaign.cap.per, placed)
                for other in self.orders.values():
                    if other is not order and other.frozen is not None:
                        on = self.day(other.frozen.placed)
                        if self._period(campaign.cap.per, on) == period:
                            others += other.given.get(campaign.key, 0)
                extra = min(extra, max(0, campaign.cap.points - others))
            given[campaign.key] = extra
            kept += extra
        home = 0 if found is None else int(found.home)
        counts = (
            found is not None and order.data["status"] in sums.PAID and not sums.is_whole_back(order.data)
        )
        categories = {c for tier in self.programme.tiers for way in tier.entry for c in way.categories}
        quantity = sum(
            line.get("quantity", 1)
            for line in (order.data["lines"] if counts else ())
            if line.get("category") in categories
        )
        now = {"spend": home, "orders": int(counts), "earned": kept, "quantity": quantity}
        was = order.counted[1] if order.counted else dict.fromkeys(now, 0)
        change = kept - order.kept
        if change > 0:
            on = placed + timedelta(self.programme.orders.pending_days)
            self.purse.credit(order.source, change, self._lot(placed), on if on > today else None)
        elif change < 0:
            self.purse.take(order.source, -change)
        self.ladder.count(placed, today, **{name: now[name] - was[name] for name in now})
        order.kept, order.given, order.counted = kept, given, (placed, now)
        self.prizes.measure(order, found, placed, today)
        self.prizes.first_days(today, self.ladder.now(today)[0], self.plans(today))

    def _lot(self, day: date) -> date:
        if self.programme.expiry.kind == "inactivity":
            return (self.touched or day) + timedelta(self.programme.expiry.days or 0)
        return sums.lot_date(self.programme, day)

    def _touch(self, day: date) -> None:
        if self.programme.expiry.kind != "inactivity" or (self.touched and self.touched >= day):
            return
        self.touched = day
        lot = self._lot(day)
        stay = {on: many for on, many in self.purse.lots.items() if on in self.purse.brought_home}
        points = self.purse.available - sum(stay.values())
        self.purse.lots = stay | ({lot: points} if points else {})
        self.purse.held &= set(stay)
        for one in self.purse.waiting:
            one.lot = lot
        self.purse.went_into = {source: [lot] for source in self.purse.went_into}

    @staticmethod
    def _period(per: str, day: date) -> str:
        return {"day": str(day), "month": f"{day:%Y-%m}", "year": f"{day:%Y}", "lifetime": ""}[per]

    # --- activities ---------------------------------------------------------------------------------------------

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

    # --- facts, the chosen day, plans ---------------------------------------------------------------------------

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

    # --- birthdays ----------------------------------------------------------------------------------------------

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

    # --- rewards and gifts --------------------------------------------------------------------------------------

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
            raise Refusal("unknown_code")
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

    # --- what she sees ------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Her state under the names of contracts.md section 4, as far as it is computed here."""
        assert self.now is not None
        today = self.day(self.now)
        tier, source, since, until = self.ladder.now(today)
        plan = None
        if self.plan is not None:
            paid = str(self.plan.paid_until) if self.plan.paid_until else None
            plan = {"key": self.plan.key, "status": self.plan.status, "paid_until": paid}
        return {
            "points": self.purse.state(),
            "tier": {
                "key": tier,
                "source": source,
                "since": str(since),
                "until": str(until) if until else None,
            },
            "plan": plan,
            "rewards": self._rewards(today),
            "goals": self.prizes.goals(today),
            "badges": sorted(self.prizes.badges()),
            "counters": dict(sorted(self.prizes.counters.items())),
        }

    def _rewards(self, today: date) -> list[tuple[str, ...]]:
        shown = [
            (code["ref"], code["reward"], code["state"], str(code["issued"]), str(code["expires"]))
            for code in self.codes.values()
            if code["ended"] is None or (today - code["ended"]).days <= 90
        ]
        shown += [
            (one.ref, one.reward, one.state, str(one.issued), str(one.expires))
            for one in self.prizes.given
            if one.ended is None or (today - one.ended).days <= 90
        ]
        return sorted(shown)


__all__ = ["NEVER", "Given", "Life", "Order", "Refusal"]

"""One member's life by a plain loop over her event lines: no database, and none of the portal but its vocabulary.

`Life(programme).tell(line)` for each line in order, `advance(instant)`, then `state()`. Written from readings.md,
contracts.md section 1 and docs/programme.md; deliberately naive: every day is walked, every order added up anew.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.programme import Programme
from tests.engine import sums
from tests.engine.belonging import Belonging
from tests.engine.doing import Doing
from tests.engine.kept import DAY, Line, Order, Plan, Refusal
from tests.engine.ladder import Ladder
from tests.engine.prizes import Prizes
from tests.engine.purse import Purse
from tests.engine.sums import Frozen, instant


class Life(Belonging, Doing):
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

    # --- what she sees ------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Her state under the names of contracts.md section 4, as far as it is computed here."""
        assert self.now is not None
        today = self.day(self.now)
        tier, source, since, until = self.ladder.now(today)
        if source == "plan" and self.plan is not None and self.plan.status == "active":
            until = None  # it goes on by itself
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

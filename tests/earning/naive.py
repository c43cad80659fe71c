"""The books by plain loops over what was told: no rule, table or line of the portal is used.

One fixed programme: a point a pound, two through the app, three for books whatever the channel; gold members get one
and a half times; euros at 0.90; 14 days of waiting; silver at 200 pounds and gold at 500 in a calendar year, kept to
the end of the next. Nothing expires. `PROGRAMME` says the same to the portal.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.ledger import shop
from tests.programme.texts import small

LONDON = ZoneInfo("Europe/London")
NEEDS = {"silver": 20_000, "gold": 50_000}


def _rule(key: str, points: int, when: str) -> str:
    return (
        f'\n[[earn]]\nkey = "{key}"\nlabel = "{key}"\npoints = {points}\nper = "1.00"\nwhen = {{ {when} }}\n'
    )


PROGRAMME = small(
    shop.EARN,
    _rule("app", 2, 'channels = ["app"]'),
    _rule("books", 3, 'categories = ["books"]'),
    '\n[[multipliers]]\nkey = "gold"\nlabel = "Gold"\nfactor = "1.5"\nwhen = { tiers = ["gold"] }\n',
    '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n',
    shop.pending(14),
    shop.tiers("200.00", "500.00"),
)


class Nonsense(Exception):
    """What was told cannot be; the code of the refusal."""


def pence(amount: str) -> int:
    """Minor units of a well-formed amount with two decimals or none."""
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def shared(amount: int, among: list[int]) -> list[int]:
    """A sum handed out penny by penny, each to whom the fair share is furthest ahead of what she has; ties in order."""
    total = sum(among)
    if total == 0:
        return [0 for _ in among]
    got = [amount * part // total for part in among]
    while sum(got) < amount:
        # With whole shares given, what is missing of the fair share is below one: nobody is served twice.
        lacking = [amount * part - have * total for part, have in zip(among, got, strict=True)]
        got[lacking.index(max(lacking))] += 1
    return got


def counting(body: dict[str, Any]) -> list[tuple[dict[str, Any], int]]:
    """Each line with the pence of it that count, in the order's currency."""
    lines = body["lines"]
    full = [pence(line["amount"]) for line in lines]
    left = [a - d for a, d in zip(full, shared(pence(body.get("discount", "0")), full), strict=True)]
    left = [0 if line["kind"] == "gift-card" else a for line, a in zip(lines, left, strict=True)]
    rewards = min(pence(body.get("paid_by_rewards", "0")), sum(left))
    left = [a - r for a, r in zip(left, shared(rewards, left), strict=True)]
    open_ = list(full)
    back = [0 for _ in lines]
    places = {line["id"]: place for place, line in enumerate(lines)}
    for refund in body.get("refunds", []):
        if "amount" in refund:
            if pence(refund["amount"]) > sum(open_):
                raise Nonsense("refund_exceeds_order")
            parts = shared(pence(refund["amount"]), open_)
        else:
            parts = [0 for _ in lines]
            for part in refund["lines"]:
                parts[places[part["id"]]] += pence(part["amount"])
        for place, part in enumerate(parts):
            open_[place] -= part
            back[place] += part
            if open_[place] < 0:
                raise Nonsense("refund_exceeds_order")
    return [(line, max(0, a - b)) for line, a, b in zip(lines, left, back, strict=True)]


def keeps(body: dict[str, Any], tier: str) -> tuple[int, int]:
    """Points that an order keeps, and its spend in pence of pounds."""
    rate = 90 if body["currency"] == "EUR" else 100  # hundredths of a pound
    by_rule: dict[int, int] = defaultdict(int)
    for line, counts in counting(body):
        points = 3 if line.get("category") == "books" else 2 if body.get("channel") == "app" else 1
        by_rule[points] += counts
    kept = 0
    for points, counts in by_rule.items():
        base = counts * rate * points // (100 * 100)
        kept += base * 3 // 2 if tier == "gold" else base
    return kept, sum(by_rule.values()) * rate // 100


@dataclass
class Member:
    """What one member has."""

    joined: date
    available: int = 0
    owed: int = 0
    spent: int = 0
    waiting: dict[str, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))
    spend: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    grants: dict[tuple[str, int], tuple[date, date, bool]] = field(default_factory=dict)

    @property
    def buckets(self) -> tuple[int, int, int]:
        """Available, waiting, owed."""
        return self.available, sum(sum(days.values()) for days in self.waiting.values()), self.owed

    def arrive(self, points: int) -> None:
        """Points that can be used at once."""
        paid = min(points, self.owed)
        self.owed -= paid
        self.available += points - paid

    def lose(self, number: str, points: int) -> None:
        """Points of an order are taken back."""
        days = self.waiting[number]
        for day in sorted(days, reverse=True):
            taken = min(points, days[day])
            days[day] -= taken
            points -= taken
        taken = min(points, self.available)
        self.available -= taken
        self.owed += points - taken

    def look(self, today: date) -> None:
        """What was scheduled up to a day: the review of the years that ended, and what has waited long enough."""
        for (tier, year), (since, until, reviewed) in list(self.grants.items()):
            if not reviewed and today > date(year, 12, 31):
                if self.spend[year] < NEEDS[tier]:
                    until = date(year, 12, 31)
                self.grants[tier, year] = (since, until, True)
        for days in self.waiting.values():
            for day in [day for day in days if day <= today]:
                self.arrive(days.pop(day))

    def count(self, placed: date, pounds: int) -> None:
        """Spend of a year grows or shrinks; tiers only grow."""
        self.spend[placed.year] += pounds
        for tier, need in NEEDS.items():
            since, until, _ = self.grants.get((tier, placed.year), (placed, None, False))
            full = date(placed.year + 1, 12, 31)
            if self.spend[placed.year] >= need and until != full:
                self.grants[tier, placed.year] = (since, full, False)

    def tier(self, day: date) -> str:
        """The highest that is granted on a day."""
        live = {tier for (tier, _), (since, until, _) in self.grants.items() if since <= day <= until}
        return "gold" if "gold" in live else "silver" if "silver" in live else "member"


@dataclass
class Stands:
    """The newest state of an order."""

    body: dict[str, Any]
    whose: str
    placed: date
    tier: str | None
    kept: int = 0
    pounds: int = 0


@dataclass
class Books:
    """Members and orders, as they stand after all that was told."""

    members: dict[str, Member] = field(default_factory=dict)
    orders: dict[str, Stands] = field(default_factory=dict)

    def tell(self, number: str, body: dict[str, Any], at: datetime) -> int:
        """A state of an order; what it keeps. Raises Nonsense with the code of the refusal."""
        today = at.astimezone(LONDON).date()
        whose = body["member"]["id"]
        placed = datetime.fromisoformat(body["placed_at"]).astimezone(LONDON).date()
        before = self.orders.get(number)
        if before is not None:
            if body["version"] < before.body["version"]:
                raise Nonsense("stale_version")
            if body["version"] == before.body["version"]:
                if body != before.body:
                    raise Nonsense("conflict")
                return before.kept
            told = {refund["id"] for refund in body.get("refunds", [])}
            if any(refund["id"] not in told for refund in before.body.get("refunds", [])):
                raise Nonsense("conflict")
        counting(body)  # nonsense is refused whatever the status
        if before is not None and before.whose != whose:
            self.members[before.whose].look(today)
        self.members[whose].look(today)
        if before is not None and (
            before.whose != whose
            or before.body["placed_at"] != body["placed_at"]
            or before.body["currency"] != body["currency"]
        ):
            first = self.members[before.whose]
            first.count(before.placed, -before.pounds)
            first.lose(number, before.kept)
            before = None
        member = self.members[whose]
        pays = body["status"] in ("paid", "fulfilled")
        tier = before.tier if before is not None else None
        early = placed < member.joined - timedelta(days=30)
        if tier is None and pays and not early:
            tier = member.tier(today)
        kept, pounds = keeps(body, tier) if pays and tier is not None else (0, 0)
        change = kept - (before.kept if before is not None else 0)
        if change > 0 and placed + timedelta(days=14) > today:
            days = member.waiting[number]
            days[placed + timedelta(days=14)] = days.get(placed + timedelta(days=14), 0) + change
        elif change > 0:
            member.arrive(change)
        else:
            member.lose(number, -change)
        member.count(placed, pounds - (before.pounds if before is not None else 0))
        self.orders[number] = Stands(body, whose, placed, tier, kept, pounds)
        return kept

    def spend(self, whose: str, points: int) -> None:
        """Points are redeemed. Raises Nonsense with the code of the refusal."""
        member = self.members[whose]
        if member.owed:
            raise Nonsense("owes_points")
        if member.available < points:
            raise Nonsense("not_enough_points")
        member.available -= points
        member.spent += points

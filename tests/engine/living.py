"""Lives of doing and belonging: activities, goals and steps, paid plans and what comes with them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.catalogue.lines import at as line_at
from tests.catalogue.lines import does, fact, plan
from tests.engine.kept import Line
from tests.engine.sums import months_later
from tests.engine.teller import LAST, Teller, in_time, shopping

# --- activities ---

ACTIVITIES = """
[[activities]]
key = "review"
label = "A review"
points = 25
caps = [{ per = "month", points = 60 }, { per = "year", points = 200 }]

[[activities]]
key = "steps"
label = "Steps"
points = 3
caps = [{ per = "day", points = 3 }]
pending_days = 2

[[activities]]
key = "miles"
label = "Miles"
points = 50
quantity = true
per = 100
counter = "miles"
caps = [{ per = "year", points = 220 }]

[[activities]]
key = "saving"
label = "Saved"
points = 10
amount = "amount"
per_amount = "10.00"
counter = "saved"

[[activities]]
key = "country"
label = "A country"
points = 40
distinct = "country"
counter = "countries"
caps = [{ per = "lifetime", points = 100 }]

[[activities]]
key = "share"
label = "Sharing"
points = 10
caps = [{ per = "lifetime", points = 10 }]

[[activities]]
key = "cups"
label = "Cups"
quantity = true
counter = "cups"
"""


def activities(tell: Teller) -> list[Line]:
    """Everything that is no purchase, and taking it back."""
    rng = tell.rng
    first, *rest = tell.days(1 + rng.randint(2, 22))
    lines = [tell.joins(first)]
    told: list[Line] = []
    for at in rest:
        key = rng.choice(
            ["review", "review", "steps", "miles", "miles", "saving", "country", "share", "cups", "account"]
        )
        more: dict[str, Any] = {}
        if key in ("miles", "cups"):
            more["quantity"] = rng.choice([1, 99, 100, 150, 250, 1000, -1, -120])
        elif key == "saving":
            more["amount"] = rng.choice(["9.99", "10.00", "0.01", "33.30", "100.00"])
        elif key == "country":
            more["country"] = rng.choice(["BR", "CO", "ET", "KE"])
        elif rng.random() < 0.2:
            more["quantity"] = -1
        if told and rng.random() < 0.08:
            again = dict(rng.choice(told)) | {"at": tell.when(at)}
            lines.append(again)
            continue
        many = more.pop("quantity", None)
        told.append(does(tell.when(at), key, tell.id("a"), many, tell.ref, **more))
        lines.append(told[-1])
    return lines


# --- goals and steps ---

THINGS = """
[[rewards]]
key = "gift"
label = "Gift"
kind = "thing"
valid_days = 20

[[rewards]]
key = "five"
label = "Five"
kind = "money-off"
value = "5.00"
"""
GOALS = THINGS + """
[[activities]]
key = "cups"
label = "Cups"
quantity = true
counter = "cups"

[[goals]]
key = "beauty-month"
label = "Beauty"
metric = "spend"
amount = "30.00"
per = "month"
when = { categories = ["beauty"] }
gives = { reward = "gift" }

[[goals]]
key = "two-a-day"
label = "Two"
metric = "orders"
count = 2
per = "day"
gives = { points = 15 }

[[goals]]
key = "big-year"
label = "Big"
metric = "spend"
amount = "500.00"
per = "year"
gives = { points = 100, badge = "Big" }

[[goals]]
key = "ten-cups"
label = "Ten cups"
metric = "counter"
counter = "cups"
count = 10
gives = { reward = "five", badge = "Cups" }
"""  # fmt: skip
STEPS = THINGS + """
[[activities]]
key = "cups"
label = "Cups"
quantity = true
counter = "cups"

[[steps]]
key = "hundred"
label = "Hundred"
per = "100.00"
gives = { reward = "five" }

[[steps]]
key = "books"
label = "Books"
per = "50.00"
when = { categories = ["books"], channels = ["store"] }
gives = { points = 20 }

[[steps]]
key = "cups"
label = "Cups"
count = 5
counter = "cups"
gives = { reward = "gift" }
"""  # fmt: skip


def prizes(tell: Teller) -> list[Line]:
    """Orders by category, cups, prizes that are used, refunds."""
    rng = tell.rng

    def make(at: datetime) -> Line:
        kind = rng.random()
        if kind < 0.15:
            many = rng.choice([1, 3, 5, 12, -2, -5])
            return does(tell.when(at), "cups", tell.id("a"), many, tell.ref)
        if kind < 0.3:
            reward = rng.choice(["gift", "five"])
            orders = [o["order"] for o in tell.orders if o["data"]["status"] != "cancelled"]
            order = rng.choice(orders or ["other"])
            return line_at(tell.when(at), "use", member=tell.ref, reward=reward, order=order)
        lines = tell.lines(3, 90, category=["beauty", "books", None], kind=["goods", "goods", "gift-card"])
        return tell.order(at, lines, channel=rng.choice(["store", "app"]))

    lines = shopping(tell, 16, make, 0.3)
    close = []
    for line in lines[1:]:  # a second one soon after, so that days and months fill
        close.append(line)
        if line["type"] == "order" and rng.random() < 0.3:
            at = datetime.fromisoformat(line["at"].replace("Z", "+00:00")) + timedelta(
                hours=rng.choice([1, 5, 30])
            )
            if at.date() <= LAST:
                close.append(tell.order(at, tell.lines(1, 60, category=["beauty", "books"]), channel="store"))
    return in_time([lines[0], *close])


# --- grants and plans ---

GRANTS = THINGS + """
[[plans]]
key = "monthly"
label = "Plus"
interval = "month"
price = "5.00"

[[plans]]
key = "yearly"
label = "Plus"
interval = "year"
price = "48.00"

[[rewards]]
key = "promo"
label = "Promo"
kind = "thing"

[[grants]]
key = "each-month"
label = "Each month"
on = "month"
plans = ["monthly"]
gives = { points = 10 }

[[grants]]
key = "gold-year"
label = "Gold"
on = "year"
tiers = ["gold"]
gives = { reward = "gift" }

[[grants]]
key = "gold-month"
label = "Gold"
on = "month"
tiers = ["gold"]
gives = { points = 3 }

[[grants]]
key = "first-gold"
label = "First"
on = "tier"
tiers = ["gold"]
gives = { reward = "five", badge = "First" }

[[grants]]
key = "paid"
label = "Paid"
on = "payment"
plans = ["monthly", "yearly"]
gives = { reward = "promo" }

[tier_rules]
period = "calendar-year"
keeps = "period"

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "gold"
label = "Gold"
entry = [{ metric = "spend", amount = "150.00" }]
"""  # fmt: skip


def subscribing(tell: Teller, first: datetime, last: date = LAST) -> list[Line]:
    """A plan from its first payment on: paid, failed, mended, ended, begun again."""
    rng = tell.rng
    lines: list[Line] = []
    at = first
    while at.date() <= last and len(lines) < 24:
        key = rng.choice(["monthly", "monthly", "yearly"])
        months = 1 if key == "monthly" else 12
        start = at.astimezone(tell.zone).date()
        until = months_later(start, months)
        lines.append(plan(tell.when(at), "started", key, tell.ref, paid_until=str(until)))
        while True:
            pay = datetime(until.year, until.month, until.day, 12, tzinfo=tell.zone).astimezone(UTC)
            if pay.date() > last:
                return lines
            fate = rng.random()
            if fate < 0.6:
                until = months_later(until, months)
                lines.append(plan(tell.when(pay), "renewed", key, tell.ref, paid_until=str(until)))
                continue
            if fate < 0.75:
                lines.append(plan(tell.when(pay), "payment_failed", key, tell.ref))
                mended = pay + timedelta(days=rng.choice([1, 6, 7]))
                if rng.random() < 0.6:
                    until = months_later(until, months)
                    lines.append(plan(tell.when(mended), "recovered", key, tell.ref, paid_until=str(until)))
                    continue
            elif fate < 0.85:
                asked = pay - timedelta(days=rng.choice([1, 10]))
                lines.append(plan(tell.when(asked), "cancel_requested", key, tell.ref))
                if rng.random() < 0.4:
                    lines.append(plan(tell.when(pay), "kept", key, tell.ref))
            elif fate < 0.92:
                lines.append(plan(tell.when(pay), "ended", key, tell.ref))
            break
        at = datetime.combine(until, datetime.min.time(), tell.zone).astimezone(UTC) + timedelta(
            days=rng.randint(12, 90)
        )
    return lines


def grants(tell: Teller) -> list[Line]:
    """A plan and orders beside each other."""
    first, second, *rest = tell.days(2 + tell.rng.randint(0, 8))
    lines: list[Line | None] = [tell.joins(first)]
    if tell.rng.random() < 0.8:
        lines += subscribing(tell, second)
    for at in rest:
        lines.append((tell.rng.random() < 0.3 and tell.more(at)) or tell.order(at, tell.lines(2, 150)))
    return in_time(lines)


STREAK = """
[[plans]]
key = "monthly"
label = "Box"
interval = "month"
price = "5.00"

[[plans]]
key = "yearly"
label = "Box"
interval = "year"
price = "48.00"

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "plus"
label = "Plus"
entry = [{ metric = "plan", plans = ["yearly"] }]

[[tiers]]
key = "vip"
label = "VIP"
entry = [{ metric = "paid-months", count = 6 }]

[[tiers]]
key = "card"
label = "Card"
entry = [{ metric = "attribute", attribute = "store_card" }]
"""


def streak(tell: Teller) -> list[Line]:
    """A plan, and now and then a card."""
    first, second, *rest = tell.days(2 + tell.rng.randint(0, 4))
    lines: list[Line | None] = [tell.joins(first), *subscribing(tell, second)]
    for at in rest:
        until = (
            {"until": str(at.date() + timedelta(tell.rng.choice([0, 10, 100])))}
            if tell.rng.random() < 0.4
            else {}
        )
        lines.append(fact(tell.when(at), "store_card", tell.rng.random() < 0.6, tell.ref, **until))
    return in_time(lines)

"""Lives of buying: rates by condition and multipliers, campaigns, the chosen day, the welcome window."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.catalogue.lines import does, fact, joins, picks_day
from tests.engine.kept import Line
from tests.engine.teller import LAST, Teller, in_time, shopping

# --- rates by condition, and multipliers ---

RATES = """
[orders]
rounding = "{rounding}"

[[earn]]
key = "all"
label = "All"
points = 1
per = "1.00"

[[earn]]
key = "store"
label = "Store"
points = 3
per = "2.00"
when = {{ channels = ["store"] }}

[[earn]]
key = "beauty"
label = "Beauty"
points = 7
per = "10.00"
when = {{ categories = ["beauty"], kinds = ["goods"] }}

[[earn]]
key = "acme"
label = "Acme"
points = 4
per = "1.00"
when = {{ brands = ["acme"], shops = ["north"] }}

[[earn]]
key = "night"
label = "Night"
points = 5
per = "3.00"
when = {{ hours = ["22:00", "02:00"], payments = ["card"] }}

[[earn]]
key = "span"
label = "Span"
points = 11
per = "7.00"
when = {{ tags = ["full-price"], from = 2024-11-03, until = 2025-03-09 }}

[[multipliers]]
key = "sunday"
label = "Sunday"
factor = "3"
when = {{ weekdays = ["sun"] }}

[[multipliers]]
key = "books"
label = "Books"
factor = "1.25"
when = {{ categories = ["books"] }}

[[multipliers]]
key = "app"
label = "App"
factor = "1.1"
adds = true
when = {{ channels = ["app"] }}

[[multipliers]]
key = "gold"
label = "Gold"
factor = "1.5"
when = {{ tiers = ["gold"] }}

[[multipliers]]
key = "card"
label = "Card"
factor = "2"
when = {{ attributes = ["store_card"], held_days = 30 }}

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "gold"
label = "Gold"
entry = [{{ metric = "spend", amount = "400.00" }}]
"""


def rates(tell: Teller) -> list[Line]:
    rng = tell.rng

    def make(at: datetime) -> Line:
        if rng.random() < 0.12:
            value = rng.random() < 0.6
            until = (
                {"until": str(at.date() + timedelta(rng.choice([0, 5, 29, 30, 60])))}
                if value and rng.random() < 0.5
                else {}
            )
            return fact(tell.when(at), "store_card", value, tell.ref, **until)
        data = {
            name: value
            for name, of in {
                "channel": ["store", "app", "online", None], "shop": ["main", "north", None],
                "payment": ["card", "cash", None],
            }.items()
            if (value := rng.choice(of)) is not None
        }  # fmt: skip
        lines = tell.lines(
            4, category=["beauty", "books", None], brand=["acme", "north", None],
            kind=["goods", "goods", "service", "gift-card"],
            tags=[["full-price"], ["sale", "full-price"], ["sale"], None],
        )  # fmt: skip
        status = rng.choice(["paid", "paid", "paid", "fulfilled", "pending"])
        return tell.order(at, lines, status=status, **data)

    lines = shopping(tell, 12, make)
    for order in tell.orders[:2]:
        if order["data"]["status"] == "pending" and rng.random() < 0.7:
            at = max(line["at"] for line in lines)
            body = order["data"] | {"version": order["data"]["version"] + 1, "status": "paid"}
            lines.append(order | {"at": at, "data": body})
    return lines


# --- campaigns ---

CAMPAIGNS = """
[[earn]]
key = "all"
label = "All"
points = 2
per = "1.00"

[[multipliers]]
key = "books"
label = "Books"
factor = "1.5"
when = { categories = ["books"] }

[[campaigns]]
key = "{1}"
label = "One"
from = 2024-03-01
until = 2024-09-30
factor = "2.5"
stacking = "best"
{cap}

[[campaigns]]
key = "plus"
label = "Plus"
from = 2024-08-15T04:00:00Z
until = 2025-02-15T05:00:00Z
factor = "1.4"
stacking = "adds"
when = { channels = ["app"] }

[[campaigns]]
key = "rate"
label = "Rate"
from = 2025-03-09
until = 2025-06-30
points = 9
per = "4.00"
when = { categories = ["beauty"] }

[[campaigns]]
key = "bonus"
label = "Bonus"
from = 2025-05-01
until = 2025-12-31
bonus = 50
minimum = "100.00"

[[campaigns]]
key = "alone"
label = "Alone"
from = 2026-01-01
until = 2026-06-30
factor = "3"
cap = { per = "month", points = 150 }
"""


def campaigns(tell: Teller) -> list[Line]:
    def make(at: datetime) -> Line:
        return tell.order(
            at, tell.lines(3, 200, category=["books", "beauty", None], kind=["goods", "goods", "gift-card"]),
            channel=tell.rng.choice(["app", "store"]),
        )  # fmt: skip

    return shopping(tell, 12, make, 0.4)


# --- the chosen day and the welcome window ---

CHOSEN = """
[chosen_day]
label = "Your day"
factor = "3"
per = "{per}"
{tiers}

[[multipliers]]
key = "gold"
label = "Gold"
factor = "2"
when = {{ tiers = ["gold"] }}

[tier_rules]
period = "calendar-year"

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "gold"
label = "Gold"
entry = [{{ metric = "spend", amount = "150.00" }}]
"""


def chosen(tell: Teller) -> list[Line]:
    rng = tell.rng
    zone = rng.choice([None, "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])
    first, *rest = tell.days(1 + rng.randint(3, 10))
    lines: list[Line | None] = [tell.joins(first, **({"timezone": zone} if zone else {}))]
    local = ZoneInfo(zone or "America/New_York")
    for at in rest:
        if rng.random() < 0.5:
            on = at.astimezone(local).date() + timedelta(rng.choice([-1, 0, 0, 1, 20, 100, 300, 400]))
            lines.append(picks_day(tell.when(at), str(on), tell.ref))
            if rng.random() < 0.8:
                hour = rng.choice([0, 12, 23])
                then = datetime(
                    on.year, on.month, on.day, hour, rng.choice([0, 59]), tzinfo=local
                ).astimezone(UTC)
                if then > at:
                    lines.append(tell.order(then))
        else:
            lines.append((rng.random() < 0.3 and tell.more(at)) or tell.order(at))
    return in_time(lines)


WELCOME = """
[orders]
pending_days = 14
joined_before_days = 10

[[multipliers]]
key = "welcome"
label = "Welcome"
factor = "2"
when = { joined_days = 30 }

[[activities]]
key = "account"
label = "Joining"
points = 100

[[activities]]
key = "newsletter"
label = "News"
points = 50

[[grants]]
key = "hello"
label = "Hello"
on = "joining"
gives = { points = 7, reward = "gift", badge = "New here" }

[[rewards]]
key = "gift"
label = "Gift"
kind = "thing"
"""


def welcome(tell: Teller) -> list[Line]:
    rng = tell.rng
    first = tell.days(1)[0]
    news = {"consents": {"marketing": True}}
    lines: list[Line | None] = [tell.joins(first, **(news if rng.random() < 0.3 else {}))]
    last = min(LAST, first.date() + timedelta(45))
    for at in tell.days(rng.randint(1, 7), first.date(), last):
        if at <= first:
            continue
        kind = rng.random()
        if kind < 0.15:
            lines.append(joins(tell.when(at), tell.ref, **(news if rng.random() < 0.7 else {})))
        elif kind < 0.25:
            lines.append(does(tell.when(at), "newsletter", tell.id("a"), member=tell.ref))
        elif kind < 0.45:
            lines.append(tell.more(at))
        else:
            lines.append(tell.order(at, late=25))
    return in_time(lines)

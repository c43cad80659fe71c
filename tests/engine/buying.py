"""Lives of buying: rates, campaigns, the chosen day, the welcome window, refunds, rewards and gifts, currencies."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.catalogue.lines import at as line_at
from tests.catalogue.lines import back, does, fact, gives, item, joins, picks_day, redeems
from tests.engine.kept import Line
from tests.engine.teller import LAST, SLIDER, Teller, in_time, shopping

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


# --- refunds in parts, redemption, donation, currencies ---

BUYABLE = SLIDER + """
[[rewards]]
key = "mug"
label = "A mug"
kind = "thing"
price = 60
valid_days = 40

[giving]
minimum = 20
step = 5

[[charities]]
key = "trees"
label = "Trees"
"""  # fmt: skip


def refunds(tell: Teller) -> list[Line]:
    rng = tell.rng

    def make(at: datetime) -> Line:
        if rng.random() < 0.25:
            return redeems(
                tell.when(at), "off", tell.ref, points=rng.choice([10, 50, 100, 200]), ref=tell.id("c")
            )
        lines = tell.lines(4, kind=["goods", "goods", "gift-card"])
        total = sum(round(float(line["amount"]) * 100) for line in lines)
        counted = sum(round(float(line["amount"]) * 100) for line in lines if line["kind"] == "goods")
        discount = rng.choice([0, 0, 1, total // 7, total])
        rewards = rng.choice([0, 0, counted // 3, counted]) if not discount else 0
        money = {"discount": discount, "paid_by_rewards": rewards}
        return tell.order(
            at, lines, **{name: f"{many // 100}.{many % 100:02d}" for name, many in money.items()}
        )

    return shopping(tell, 14, make, 0.5)


def redemption(tell: Teller) -> list[Line]:
    rng = tell.rng
    refs: list[str] = []

    def make(at: datetime) -> Line:
        kind = rng.random()
        if kind < 0.35:
            refs.append(tell.id("c"))
            reward = rng.choice(["off", "off", "mug"])
            many = {"points": rng.choice([10, 40, 100, 15, 0])} if reward == "off" else {}
            return redeems(tell.when(at), reward, tell.ref, ref=refs[-1], **many)
        if kind < 0.5 and refs:
            return line_at(tell.when(at), "undo", ref=rng.choice(refs))
        if kind < 0.6 and refs:
            order = rng.choice(
                [o["order"] for o in tell.orders if o["data"]["status"] != "cancelled"] or ["other"]
            )
            return line_at(tell.when(at), "use", ref=rng.choice(refs), order=order)
        if kind < 0.7:
            return gives(tell.when(at), "trees", rng.choice([None, 20, 25, 7, 300]), tell.ref)
        return tell.order(at, tell.lines(2, 150))

    return shopping(tell, 22, make, 0.2)


CURRENCIES = """
[[currencies]]
code = "EUR"
rate = "1.10"

[[currencies]]
code = "EUR"
rate = "1.25"
from = 2025-03-01

[[currencies]]
code = "JPY"
rate = "0.0067"

[[currencies]]
code = "BHD"
rate = "2.653"

[[currencies]]
code = "ZAR"
rate = "0.055"
from = 2024-06-01

[[multipliers]]
key = "yen"
label = "Yen"
factor = "1.5"
when = { currencies = ["JPY"] }

[tier_rules]
period = "calendar-year"

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "gold"
label = "Gold"
entry = [{ metric = "spend", amount = "300.00" }]
"""


def currencies(tell: Teller) -> list[Line]:
    rng = tell.rng

    def make(at: datetime) -> Line:
        code = rng.choice(["USD", "EUR", "EUR", "JPY", "BHD", "ZAR", "CHF"])
        decimals = {"JPY": 0, "BHD": 3}.get(code, 2)
        most = {"JPY": 30_000, "ZAR": 300_000, "BHD": 90_000}.get(code, 30_000)
        lines = []
        for place in range(1, rng.randint(1, 3) + 1):
            many = rng.randint(0, most)
            whole, part = divmod(many, 10**decimals)
            lines.append(item(f"{whole}.{part:0{decimals}d}" if decimals else str(many), str(place)))
        return tell.order(at, lines, currency=code)

    def again(at: datetime) -> Line:
        return (rng.random() < 0.3 and _whole_refund(tell, at)) or make(at)

    return shopping(tell, 12, again, 0)


def _whole_refund(tell: Teller, at: datetime) -> Line | None:
    left = [(order, order_left) for order in tell.orders if (order_left := tell.left(order))]
    if not left:
        return None
    order, lines = tell.rng.choice(left)
    decimals = {"JPY": 0, "BHD": 3}.get(order["data"]["currency"], 2)
    name, many = tell.rng.choice(lines)
    many = tell.rng.choice([many, max(1, many // 2)])
    whole, part = divmod(many, 10**decimals)
    amount = f"{whole}.{part:0{decimals}d}" if decimals else str(many)
    body = order["data"]
    refund = back(tell.when(at), amount, tell.id("r"), name)
    line = order | {
        "at": tell.when(at),
        "data": body | {"version": body["version"] + 1, "refunds": [*body.get("refunds", ()), refund]},
    }  # fmt: skip
    tell.orders[tell.orders.index(order)] = line
    return line

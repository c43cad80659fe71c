"""Lives in which time does it: birthdays, dividends, tiers over the years, points that end."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.catalogue.lines import at as line_at
from tests.catalogue.lines import does, fact, joins, plan, redeems
from tests.engine.kept import Line
from tests.engine.living import THINGS, subscribing
from tests.engine.teller import LAST, Teller, in_time, shopping

# --- birthdays and dividends ---

BIRTHDAY = THINGS + """
[[activities]]
key = "birthday"
label = "Birthday"
points = 200

[[grants]]
key = "treat"
label = "Treat"
on = "birthday"
gives = { reward = "gift", points = 5 }
"""  # fmt: skip


def birthdays(tell: Teller) -> list[Line]:
    """Told on joining, later, or anew; in a zone of her own; orders beside it."""
    rng = tell.rng
    first, *rest = tell.days(1 + rng.randint(0, 5))
    zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London", "Pacific/Auckland", None]
    zone = rng.choice(zones)
    data: dict[str, Any] = {} if zone is None else {"timezone": zone}
    born = [
        "02-29",
        "12-31",
        "01-01",
        "02-28",
        "03-01",
        f"{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "1990-02-29",
    ]
    born[-1] = "1992-02-29"
    if rng.random() < 0.7:
        data["birthday"] = rng.choice(born)
    lines: list[Line | None] = [tell.joins(first, **data)]
    for at in rest:
        if rng.random() < 0.35:
            near = (at + timedelta(days=rng.choice([-1, 0, 0, 1, 5, 200]))).strftime("%m-%d")
            lines.append(
                joins(tell.when(at), tell.ref, birthday=near if rng.random() < 0.7 else rng.choice(born))
            )
        else:
            lines.append(tell.order(at))
    return in_time(lines)


DIVIDEND = """
[[plans]]
key = "membership"
label = "Membership"
interval = "life"
price = "30.00"

[[plans]]
key = "monthly"
label = "Monthly"
interval = "month"
price = "3.00"

[[plans]]
key = "yearly"
label = "Yearly"
interval = "year"
price = "30.00"

[[dividends]]
key = "dividend"
label = "Dividend"
percent = 10
pays_on = "03-01"
plans = ["membership", "monthly"]
when = { tags = ["full-price"] }

[[rewards]]
key = "off"
label = "Off"
kind = "money-off"
slider = { minimum = "1.00", step = "1.00" }
"""


def dividends(tell: Teller) -> list[Line]:
    """Spend before and after joining, a plan for life or by month, refunds before and after the payout."""
    rng = tell.rng
    first, *rest = tell.days(1 + rng.randint(3, 12))
    lines: list[Line | None] = [tell.joins(first)]
    if rng.random() < 0.5:
        at = rng.choice(rest)
        lines.append(plan(tell.when(at), "started", "membership", tell.ref))
    elif rng.random() < 0.7:
        lines += subscribing(tell, rng.choice(rest))
    for at in rest:
        if rng.random() < 0.1:
            lines.append(
                redeems(tell.when(at), "off", tell.ref, points=rng.choice([100, 1000]), ref=tell.id("c"))
            )
        else:
            made = tell.lines(3, 300, tags=[["full-price"], None])
            lines.append((rng.random() < 0.4 and tell.more(at)) or tell.order(at, made, late=12))
    return in_time(lines)


# --- tiers ---

LADDER = """
[tier_rules]
{rules}

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "silver"
label = "Silver"
entry = [{{ metric = "spend", amount = "200.00" }}, {{ metric = "orders", count = 5 }}]

[[tiers]]
key = "gold"
label = "Gold"
entry = [{{ metric = "spend", amount = "500.00" }}]
keep = [{{ metric = "spend", amount = "300.00" }}]
reenter = [{{ metric = "spend", amount = "400.00" }}]

[[tiers]]
key = "platinum"
label = "Platinum"
entry = [{{ metric = "spend", amount = "900.00" }}, {{ metric = "earned", count = 1200 }}]
"""


def climbing(tell: Teller) -> list[Line]:
    """Orders in bursts, refunds in the same year and after it, some told late."""
    rng = tell.rng
    first = tell.days(1, date(2021, 1, 1), date(2022, 6, 1))[0]
    lines: list[Line | None] = [tell.joins(first)]
    days = [day for day in tell.days(rng.randint(2, 16), date(2021, 1, 1), LAST) if day > first]
    for at in days:
        lines.append((rng.random() < 0.3 and tell.more(at)) or tell.order(at, tell.lines(2, 350), late=9))
    return in_time(lines)


# --- expiry ---

EXPIRY = """
[expiry]
{rule}
notices = [60, 30, 7]

[[rewards]]
key = "off"
label = "Off"
kind = "money-off"
slider = {{ minimum = 10, step = 10 }}

[[rewards]]
key = "mug"
label = "A mug"
kind = "thing"
price = 40
valid_days = 40

[[activities]]
key = "review"
label = "A review"
points = 25

[[charities]]
key = "trees"
label = "Trees"
"""


def ending(tell: Teller) -> list[Line]:
    """Points that end, some spent before, some held because the mail came back, some brought home by an undo."""
    rng = tell.rng
    refs: list[str] = []

    def make(at: datetime) -> Line:
        kind = rng.random()
        if kind < 0.15:
            return fact(tell.when(at), "mail_bounces", rng.random() < 0.7, tell.ref)
        if kind < 0.3:
            refs.append(tell.id("c"))
            if rng.random() < 0.5:
                return redeems(tell.when(at), "mug", tell.ref, ref=refs[-1])
            return redeems(tell.when(at), "off", tell.ref, points=rng.choice([10, 50, 100]), ref=refs[-1])
        if kind < 0.4 and refs:
            return line_at(tell.when(at), "undo", ref=rng.choice(refs))
        if kind < 0.5:
            return does(tell.when(at), "review", tell.id("a"), member=tell.ref)
        return tell.order(at, tell.lines(2, 150))

    return shopping(tell, 16, make, 0.2)

"""Lives of sending back and taking: refunds in parts, rewards and gifts, orders in other currencies."""

from datetime import datetime

from tests.catalogue.lines import at as line_at
from tests.catalogue.lines import back, gives, item, redeems
from tests.engine.kept import Line
from tests.engine.teller import SLIDER, Teller, shopping

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

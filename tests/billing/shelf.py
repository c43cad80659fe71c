"""A shop with more than one plan: Gold and Platinum by month and year, Gold for life, and a tier for holders."""

import re
from typing import Any

from portal import programme as programmes
from portal.db import transact

PLANS = """
[[plans]]
key = "gold-monthly"
label = "Gold"
interval = "month"
price = "5.00"
perks = ["free-shipping"]

[[plans]]
key = "gold-yearly"
label = "Gold"
interval = "year"
price = "50.00"
perks = ["free-shipping"]

[[plans]]
key = "gold-life"
label = "Gold"
interval = "life"
price = "150.00"
perks = ["free-shipping"]

[[plans]]
key = "platinum-monthly"
label = "Platinum"
interval = "month"
price = "15.00"
perks = ["free-shipping", "Tea with the makers"]

[[plans]]
key = "platinum-yearly"
label = "Platinum"
interval = "year"
price = "150.00"
perks = ["free-shipping", "Tea with the makers"]

"""


ABROAD = (("gold-monthly", "6.00", "900"), ("gold-yearly", "60.00", "9000"), ("gold-life", "180.00", "27000"))


def fill(
    now: Any, *, trial_days: int = 0, asks_card: bool = False, also: str = "", abroad: str = "", **prices: str
) -> None:
    """Publish the demonstration's programme with these plans; `prices` by key with an underscore for the hyphen.

    `also` are lines of every plan. With `abroad` (further tables of the file, or a line break) Gold is sold in euros
    and yen too: 6, 60 and 180 euros, 900, 9000 and 27000 yen.
    """
    source = programmes.load("demo").source
    first = source.index("[[plans]]")
    last = source.index("# ---", first)
    plans = PLANS
    for key, price in prices.items():
        named = key.replace("_", "-")
        plans = re.sub(rf'(key = "{named}"\n.*\n.*\nprice = )"[0-9.]+"', rf'\1"{price}"', plans)
    if trial_days:
        plans = plans.replace(
            'perks = ["free-shipping"]\n', f'perks = ["free-shipping"]\ntrial_days = {trial_days}\n', 2
        )
    if asks_card:
        plans = plans.replace("trial_days =", "trial_asks_card = true\ntrial_days =")
    if also:
        plans = plans.replace("[[plans]]\n", f"[[plans]]\n{also}\n")
    if abroad:
        for key, euros, yen in ABROAD:
            named = f'key = "{key}"\n'
            plans = plans.replace(named, f'{named}prices = {{ EUR = "{euros}", JPY = "{yen}" }}\n')
    transact(lambda: programmes.publish(source[:first] + plans + abroad + source[last:], now))

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


def fill(now: Any, *, trial_days: int = 0, **prices: str) -> None:
    """Publish the demonstration's programme with these plans; `prices` by key with an underscore for the hyphen."""
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
    transact(lambda: programmes.publish(source[:first] + plans + source[last:], now))

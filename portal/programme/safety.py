"""What a programme file says of safety: how much of a member's a thief could take before he has to show who he is."""

from fractions import Fraction

from pydantic import Field

from portal import money
from portal.programme.kinds import MoneyOrNone
from portal.programme.parts import Part

WORTH_25_DOLLARS = {
    "USD": 2500, "GBP": 2000, "EUR": 2500, "ZAR": 45000, "KRW": 35000, "PLN": 10000, "CNY": 18000, "TWD": 80000,
    "HKD": 20000, "CAD": 3500, "AUD": 4000, "NZD": 4500, "CHF": 2000, "JPY": 4000, "SEK": 25000, "NOK": 25000,
    "DKK": 18000, "SGD": 3500, "INR": 200000,
}  # fmt: skip
"""The default in minor units, by home currency: worth $25, rounded to what people would say (decision 0019)."""


class Safety(Part):
    """What members may do without a fresh proof."""

    basic_daily_minor: MoneyOrNone | None = Field(
        None,
        alias="basic_daily",
        description='how much a member may take and give in a day before she is asked for a fresh proof; "0" asks each '
        "time. When left out, what is worth about $25",
        examples=["25.00"],
    )


def default_basic_daily(home: str, rates: dict[str, Fraction]) -> int:
    """The limit of a file that says none, in minor units of its home currency.

    `rates`: home money for one of each accepted currency, in major units. A home currency that the table does not know
    goes by the first of them that it does know; without one, everything asks for a proof: 0.
    """
    if home in WORTH_25_DOLLARS:
        return WORTH_25_DOLLARS[home]
    known = next((code for code in WORTH_25_DOLLARS if code in rates), None)
    if known is None:
        return 0
    worth = Fraction(WORTH_25_DOLLARS[known], 10 ** money.precision(known)) * rates[known]
    return int(worth * 10 ** money.precision(home))

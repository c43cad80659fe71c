"""What an order brings to dividends: by the day of joining, as a table."""

from typing import Any

import pytest

from portal.earning import Frozen
from portal.earning.measuring import measures
from portal.programme import parse
from tests.earning.tables import goods, order
from tests.programme.texts import small

SHARE = '\n[[dividends]]\nkey = "share"\nlabel = "Your share"\npercent = 10\npays_on = "03-01"\n'


@pytest.mark.parametrize(
    ("joined_day", "found"),
    [
        (2, {"dividend:share": 1000}),
        (1, {"dividend:share": 1000}),  # placed on the day of joining
        (0, {}),  # and on the day before it
        (-29, {}),
        (None, {"dividend:share": 1000}),  # the oldest orders do not say
    ],
)
def test_spend_counts_for_a_dividend_from_the_day_of_joining_on(
    joined_day: int | None, found: dict[str, Any]
):
    text = small(SHARE, value="").replace("[unit]", '[unit]\nkind = "money"')
    frozen = Frozen(1, "member", joined_day=joined_day)
    assert measures(parse(text, "small.toml"), order(*goods(600, 400)), frozen) == found

"""What the programme adds to the gifts of members: a share, rounded down, until the year's most is reached."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from portal import giving, ledger
from portal.db import transact
from portal.errors import Refused
from portal.money import to_minor
from tests import make
from tests.ledger import shop
from tests.ledger.shop import at_once

pytestmark = pytest.mark.both_engines

CHARITIES = (
    '\n[[charities]]\nkey = "rivers"\nlabel = "Rivers"\n\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n'
)
MATCHING = "\n[giving]\nmatching = {{ {} }}\n"


@pytest.fixture(autouse=True)
def _the_books_agree(app: Flask) -> Any:
    yield
    assert giving.faults() + ledger.faults() == []


def member(matching: str) -> str:
    """A member with 10,000 points, worth 100.00, under a rule of matching."""
    shop.publish(CHARITIES, MATCHING.format(matching))
    found = shop.join()
    shop.give(found, 10_000)
    return found


def give(member_id: str, points: int, ref: str, charity: str = "rivers", at: datetime = make.NOW) -> None:
    transact(lambda: giving.donate(member_id, charity, points, ref=ref, at=at, actor="shop:main"))


@pytest.mark.parametrize(
    ("percent", "points", "added"),
    [(50, 1000, "5.00"), (50, 1001, "5.00"), (50, 1, "0.00"), (100, 1, "0.01")],
)
def test_a_share_of_each_gift_is_added_rounded_down(app: Flask, percent: int, points: int, added: str):
    anna = member(f"percent = {percent}")
    give(anna, points, "g-1")
    assert sum(giving.funded_totals().values()) == to_minor(added, "GBP")
    assert giving.of(anna)["rivers"].value_minor == points, "what she gave is hers alone"


def test_the_same_gift_again_adds_nothing(app: Flask):
    anna = member("percent = 100")
    give(anna, 500, "g-1")
    give(anna, 500, "g-1")
    give(anna, 500, "g-2", "trees")
    assert giving.funded_totals() == {"rivers": 500, "trees": 500}


@pytest.mark.parametrize(("second", "added"), [(499, 999), (500, 1000), (501, 1000)])
def test_the_years_most_is_reached_to_the_penny(app: Flask, second: int, added: int):
    anna = member('percent = 100, most = "10.00"')
    give(anna, 500, "g-1")
    give(anna, second, "g-2")
    assert giving.funded_totals() == {"rivers": added}
    give(anna, 1000, "g-3")
    assert giving.funded_totals() == {"rivers": 1000}


def test_the_next_calendar_year_of_the_programme_has_room_again(app: Flask):
    anna = member('percent = 100, most = "10.00"')
    give(anna, 2000, "g-1", at=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert giving.funded_totals() == {"rivers": 1000}
    give(anna, 300, "g-2", at=datetime(2027, 1, 1, tzinfo=UTC))
    assert giving.funded_totals() == {"rivers": 1300}


def test_a_gift_that_is_refused_adds_nothing(app: Flask):
    anna = member("percent = 100")
    with pytest.raises(Refused):
        give(anna, 10_001, "g-1")
    assert giving.funded_totals() == {}


def test_two_gifts_at_once_do_not_pass_the_most(app: Flask):
    anna = member('percent = 100, most = "10.00"')
    at_once(app, [lambda n=n: give(anna, 700, f"g-{n}") for n in range(4)])
    assert giving.funded_totals() == {"rivers": 1000}


def test_the_line_says_what_was_added(app: Flask):
    anna = member("percent = 50")
    give(anna, 500, "g-1")
    entry = ledger.entry(anna, 2)
    assert entry is not None
    assert entry.trace["matched_minor"] == 250

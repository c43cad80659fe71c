"""The grocery history under a programme of categories, a double Sunday and a happy hour: event lines and plain sums.

What the plain loops say of the whole file is checked against control-figures.json; the happy hour is ours.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.catalogue.lines import buys, item, joins
from tests.engine.kept import Line
from tests.engine.teller import text
from tests.lab import naive

ZONE = ZoneInfo("America/New_York")
EVERYTHING = '\n[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n{when}'
MEMBER = '\n[[tiers]]\nkey = "member"\nlabel = "Member"\n'
# A category of its own rate takes the place of the general one: FUEL is everything that is not listed here.
PROGRAMMES: dict[str, Callable[[list[str]], str]] = {
    "without FUEL": lambda others: EVERYTHING.format(
        when=f"when = {{ categories = {json.dumps(others)} }}\n"
    ),
    "double Sunday": lambda _: (
        EVERYTHING.format(when="")
        + '\n[[multipliers]]\nkey = "sun"\nlabel = "Sun"\nfactor = "2"\nwhen = { weekdays = ["sun"] }\n'
    ),
    "happy hour": lambda _: (
        EVERYTHING.format(when="")
        + '\n[[multipliers]]\nkey = "happy"\nlabel = "Happy"\nfactor = "3"\n'
        + 'when = { weekdays = ["mon", "tue", "wed", "thu", "fri"], hours = ["17:00", "19:00"] }\n'
    ),
}


def baskets(wanted: naive.Wanted = naive.everybody) -> dict[str, list[dict[str, str]]]:
    """The rows of each basket."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in naive.rows(naive.GROCERY):
        if wanted(row["household_id"]):
            found[row["basket_id"]].append(row)
    return found


def source(name: str, rows: dict[str, list[dict[str, str]]]) -> str:
    """The programme of this name; categories are those of the file but FUEL."""
    departments = {row["department"] or "none" for lines in rows.values() for row in lines} - {"FUEL"}
    return text(MEMBER, PROGRAMMES[name](sorted(departments)))


def lines(rows: dict[str, list[dict[str, str]]]) -> list[Line]:
    """Each household joins at the beginning of 2017, and buys."""
    households = sorted({row["household_id"] for own in rows.values() for row in own})
    told = [joins("2017-01-01T05:00:00Z", household) for household in households]
    for basket, own in sorted(rows.items(), key=lambda one: (one[1][0]["bought_at_utc"], one[0])):
        things = [
            item(_money(row["sales_cents"]), str(place), category=row["department"] or "none")
            for place, row in enumerate(own, 1)
        ]
        first = own[0]
        told.append(
            buys(
                first["bought_at_utc"],
                *things,
                order=basket,
                member=first["household_id"],
                shop=f"s{first['store_id']}",
            )
        )
    return told


def _money(cents: str) -> str:
    return f"{int(cents) // 100}.{int(cents) % 100:02d}"


def plain(name: str, rows: dict[str, list[dict[str, str]]]) -> dict[str, int]:
    """Points by household, by a loop over the rows."""
    points: dict[str, int] = defaultdict(int)
    for own in rows.values():
        counted = [
            int(row["sales_cents"]) for row in own if name != "without FUEL" or row["department"] != "FUEL"
        ]
        at = datetime.fromisoformat(own[0]["bought_at_utc"].replace("Z", "+00:00")).astimezone(ZONE)
        times = 1
        if name == "double Sunday" and at.weekday() == 6:
            times = 2
        if name == "happy hour" and at.weekday() < 5 and at.hour in (17, 18):
            times = 3
        points[own[0]["household_id"]] += sum(counted) // 100 * times
    return dict(points)


def expected(name: str) -> int | None:
    """What control-figures.json says of all households; None where it says nothing."""
    figures: dict[str, Any] = naive.control("grocery_sample")
    return {
        "without FUEL": figures["points_without_department_FUEL"],
        "double Sunday": figures["points_double_on_local_sundays"],
    }.get(name)

"""Lines of the activity that came without an order, or with a campaign beside it: each explains itself on its page."""

from datetime import datetime

import pytest

from portal import ledger, people
from tests.catalogue.conftest import run
from tests.catalogue.lines import at, buys, does, fact, item, joins, picks_day, plan, refunded
from tests.home.doors import enter

__all__ = ["run"]


@pytest.fixture
def explained(app, clock, run):
    """`explained("cvs", lines)`: the words of Anna's newest line, and of the whole list."""

    def look(key: str, lines: list) -> tuple[str, str]:
        assert run(key, lines)["refused"] == []
        clock.move_to(datetime.fromisoformat(max(one["at"] for one in lines)))
        newest = ledger.wallet(people.by_ref("anna").id).seq
        visit = enter(app, "anna@example.com")
        page = visit.open(f"/activity/{newest}").all("main")[0].text
        return page, visit.open("/activity").all("main")[0].text

    return look


SPENT = buys("2026-03-02", item("812.37", tags=["full-price"]))
THIRD = buys("2026-03-03", "10.00", order="3", currency="GBP")
THREE = [*(buys(f"2026-03-0{day}", "10.00", order=str(day), currency="GBP") for day in (1, 2)), THIRD]
GOLD = [buys("2026-02-01", "500.00"), picks_day("2026-02-02", "2026-02-10")]
BOX = item("30.00", category="beauty")


@pytest.mark.parametrize(
    ("key", "lines", "said"),
    [
        (
            "atlas-coffee-club",
            [does("2026-03-02", "miles", quantity=2500)],
            [
                "Miles your coffee has travelled 2,500",
                "50 points for each full 1,000",
                "500 are kept towards the next",
                "Points 100 points",
            ],
        ),
        (
            "atlas-coffee-club",
            [does("2026-03-02", "saving", amount="27.50")],
            [
                "Saved as a subscriber $27.50",
                "10 points for each full $10.00",
                "$7.50 are kept towards the next",
                "Points 20 points",
            ],
        ),
        (
            "atlas-coffee-club",
            [does("2026-03-02", "coffee-received", country="KE")],
            ["Coffee from a new country: KE"],
        ),
        (
            "atlas-coffee-club",
            [
                does("2026-03-02", "miles", quantity=2500),
                does("2026-03-03", "miles", id="a2", quantity=-1000),
            ],
            ["−50 points Taken back: Miles your coffee has travelled", "It was said to be no longer so."],
        ),
        (
            "cvs",
            [does("2026-03-02", "prescription", quantity=260)],
            [
                "+$50.00 Prescriptions filled",
                "It would have been $52.00",
                "Capped: at most $50.00 in a year",
                "That comes to $50.00",
            ],
        ),
        ("demo", THREE, ["+100 points Three orders in one month", "3 of 3"]),
        (
            "demo",
            [*THREE, refunded(THIRD, "2026-03-05", "10.00")],
            [
                "−100 points Taken back: Three orders in one month",
                "What had reached it was sent back or taken back.",
            ],
        ),
        (
            "rei-co-op",
            [plan("2026-01-02", "started", "membership"), SPENT, at("2027-03-02", "clock")],
            ["+$81.23 Your dividend", "10% of what counted in 2026 $812.37", "That comes to $81.23"],
        ),
        (
            "rei-co-op",
            [plan("2026-01-02", "started", "membership"), SPENT, refunded(SPENT, "2027-03-02", "100.00")],
            [
                "−$10.00 Taken back: Your dividend",
                "10% of what counted in 2026 $712.37",
                "That comes to $71.23 Paid before $81.23",
            ],
        ),
        (
            "smile-classic",
            [at("2027-01-03", "clock")],
            ["Points expired", "Their last day was January 1, 2027", "We told you on December 25, 2026"],
        ),
        (
            "smile-classic",
            [fact("2026-01-02", "mail_bounces"), at("2027-02-03", "clock")],
            ["Our message did not reach you, so they were held until January 31, 2027"],
        ),
        (
            "smile-classic",
            [buys("2026-11-28", "80.99")],
            ["404 points", "Times 2: Bonus weekend: twice the points 808 points"],
        ),
        (
            "cvs",
            [buys("2026-10-26", BOX, item("20.00", "2"))],
            [
                "Beauty event: 10% back on beauty, $30.00: 10% of it, rounded down $3.00",
                "2% back, $20.00: 2% of it, rounded down $0.40",
            ],
        ),
        (
            "dicks-scorecard",
            [*GOLD, buys("2026-02-10", "80.99", order="o2")],
            [
                "Times 3: Your day: three times the points 240 points",
                "ScoreRewards card: twice the points: not at your tier that day",
            ],
        ),
        (
            "dicks-scorecard",
            [*GOLD, buys("2026-02-11", "80.99", order="o2")],
            ["Your day: three times the points: not on the day you chose"],
        ),
        (
            "cvs",
            [joins("2026-01-02", birthday="03-02"), at("2026-03-03", "clock")],
            ["+$3.00 $3.00 for your birthday"],
        ),
    ],
)
def test_a_line_says_where_it_comes_from(explained, key, lines, said):
    page, activity = explained(key, [joins(), *lines])
    for words in said:
        assert words in page
    assert "None" not in page + activity


@pytest.mark.parametrize(
    "lines",
    [
        [buys("2026-03-02", "100.00")],
        [buys("2026-03-02", "100.00"), refunded(buys("2026-03-02", "100.00"), "2026-03-04", "40.00")],
        [
            does("2026-03-02", "prescription", quantity=10),
            does("2026-03-03", "prescription", id="b", quantity=-10),
        ],
    ],
)
def test_where_the_balance_is_money_nothing_is_called_points(explained, lines):
    page, activity = explained("cvs", [joins(), *lines])
    assert "oints" not in page + activity


def test_a_capped_line_is_marked_in_the_list(explained):
    _, activity = explained("cvs", [joins(), does("2026-03-02", "prescription", quantity=260)])
    assert "Capped: at most $50.00 in a year" in activity

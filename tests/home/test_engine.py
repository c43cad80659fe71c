"""What home shows of the engine: goals, steps, counters, dates, held points, tiers, and a card without a balance."""

import pytest

from portal.programme import load
from tests.catalogue.conftest import run
from tests.catalogue.lines import buys, does, fact, item, joins, picks_day, plan, refunded
from tests.home.doors import enter, join
from tests.home.shown import home
from tests.page import Element

__all__ = ["home", "run"]


def card_of(page: Element) -> str:
    """What stands on the card."""
    return page.all("a", href="/card")[0].text


BEAUTY = [joins(), buys("2026-03-02", item("18.00", category="beauty"), order="b1")]


@pytest.mark.parametrize(
    ("on", "said", "unsaid"),
    [
        (
            "2026-03-31",
            "$12.00 to A beauty gift by March 31, 2026",
            "$30.00 to A",
        ),
        ("2026-04-01", "$30.00 to A beauty gift by April 30, 2026", "$12.00 to"),
    ],
)
def test_an_open_goal_says_what_is_missing_and_until_when(home, on, said, unsaid):
    words = home("cvs", BEAUTY, on).text
    assert said in words
    assert unsaid not in words


def test_a_goal_that_is_reached_is_a_reward_and_no_goal_any_more_and_comes_back_with_a_refund(home):
    lines = [joins(), buys("2026-03-02", item("30.00", category="beauty"), order="b1")]
    page = home("cvs", lines, "2026-03-10")
    assert "to A beauty gift" not in page.text
    assert "Ready to use" in page.text
    page = home("cvs", [*lines, refunded(lines[1], "2026-03-05", "0.01")], "2026-03-10")
    assert "$0.01 to A beauty gift" in page.text
    assert "Ready to use" not in page.text


def test_a_money_balance_is_money_and_says_nothing_of_its_worth(home):
    page = home("cvs", [joins(), buys("2026-03-02", "150.00")], "2026-03-10")
    assert "$3.00 reward money" in card_of(page)
    assert "worth" not in page.text
    assert "300" not in page.text


def test_the_way_to_the_next_step_keeps_what_is_above_the_last_one(home):
    lines = [joins(), buys("2026-03-02", "60.00", order="a"), buys("2026-03-03", "60.00", order="b")]
    assert "$80.00 to $5.00 off $20.00 so far $100.00 $5.00 for every full $100.00" in home(
        "barnes-noble-kids-club", lines, "2026-03-10"
    ).text.replace(" 20 % ", " ")
    lines.append(buys("2026-03-04", "80.00", order="c"))
    assert "$100.00 to $5.00 off" in home("barnes-noble-kids-club", lines, "2026-03-10").text


def test_counters_stand_in_one_line_money_as_money_and_nothing_at_all_before_the_first(home):
    lines = [
        joins(),
        plan("2026-03-01", "started", "monthly"),
        does("2026-03-02", "coffee-received", id="1", country="KE"),
        does("2026-03-02", "miles", id="2", quantity=12500),
        does("2026-03-02", "saving", id="3", amount="7.50"),
    ]
    page = home("atlas-coffee-club", lines, "2026-03-10")
    (line,) = [part for part in page.all("ul") if part["class"] == "gathered"]
    assert line.text == "1 country 12,500 miles travelled by your coffee $7.50 saved as a subscriber"
    assert not [
        part
        for part in home("atlas-coffee-club", lines[:1], "2026-03-10").all("ul")
        if part["class"] == "gathered"
    ]


def test_the_dividend_has_its_day_and_what_it_comes_to_so_far(home):
    lines = [
        joins(),
        plan("2026-01-02", "started", "membership"),
        buys("2026-03-02", item("812.37", tags=["full-price"])),
    ]
    page = home("rei-co-op", lines, "2026-03-10")
    assert "Your dividend: $81.23 so far March 1, 2027" in page.text


def test_the_dates_of_a_gold_member_are_few_and_in_order(home):
    lines = [
        joins("2026-01-01", birthday="04-14"),
        buys("2026-02-02", "500.00"),
        picks_day("2026-02-03", "2026-08-15"),
    ]
    page = home("dicks-scorecard", lines, "2026-03-10")
    days = [time["datetime"] for time in page.all("time") if time["class"] == "row-detail"]
    assert days == ["2026-08-15", "2027-01-01"], "no birthday: the programme gives nothing for it"
    assert "Your day: three times the points August 15, 2026" in page.text
    assert "$10.00 for a year of Gold January 1, 2027" in page.text


def test_a_birthday_says_what_it_brings_and_only_to_whom_it_is_given(home):
    told = joins("2026-01-01", birthday="04-14")
    assert "Your birthday: 200 points April 14, 2026" in home("smile-classic", [told], "2026-03-10").text
    silver = home("williams-sonoma-key-rewards", [told], "2026-03-10")
    assert "birthday" not in silver.text
    gold = home("williams-sonoma-key-rewards", [told, fact("2026-01-02", "store_card")], "2026-03-10")
    assert "Your birthday: $25.00 April 14, 2026" in gold.text


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-11-27", "Bonus weekend: twice the points November 28, 2026 to November 29, 2026"),
        ("2026-11-28", "Bonus weekend: twice the points until November 29, 2026"),
        ("2026-11-29", "Bonus weekend: twice the points until November 29, 2026"),
    ],
)
def test_a_campaign_says_when_it_begins_and_then_when_it_ends(home, on, said):
    assert said in home("smile-classic", [joins()], on).text


def test_a_campaign_that_is_over_is_gone(home):
    assert "Bonus weekend" not in home("smile-classic", [joins()], "2026-11-30").text


def test_points_that_no_notice_could_announce_are_held_and_home_says_so(home):
    lines = [joins("2026-01-01"), fact("2026-01-02", "mail_bounces")]
    page = home("smile-classic", lines, "2027-01-05")
    assert "We could not reach you, so 100 points stay until January 31, 2027." in page.text
    assert "100 points expire" not in page.text, "it is said once"


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("amazon-prime", "Member"),
        ("barnes-noble-membership", "Member"),
        ("birchbox-vip", "Member"),
        ("costco", "Guest"),
        ("mahabis-refer-a-friend", "Member"),
        ("monzo-community", "Member"),
        ("enterprise", "Member"),
        ("barnes-noble-kids-club", "Member"),
        ("whereby-trees", "Host"),
    ],
)
def test_where_there_is_nothing_to_collect_the_card_shows_tier_or_plan_and_no_balance(home, key, word):
    page = home(key, [joins("2026-01-01")], "2026-03-10")
    assert (
        card_of(page).removesuffix("Show the code for the till").strip().startswith(load(key).programme.name)
    )
    assert f"{word} since" in card_of(page)
    for never in ("0 points", "worth", "0.00 Anna"):
        assert never not in card_of(page)


def test_a_plan_takes_the_place_of_the_balance_with_its_day(home):
    lines = [joins("2026-01-01"), plan("2026-02-02", "started", "yearly")]
    assert "Membership" in card_of(home("costco", lines, "2026-03-10"))
    assert "Members' prices, in the warehouse and online" in home("costco", lines, "2026-03-10").text


def test_whoever_has_points_sees_them_although_the_programme_gives_none(app, clock, publish):
    publish("demo")
    join()
    publish("monzo-community")
    assert "100 points" in card_of(enter(app).open("/home"))


def test_goals_cost_one_statement_and_nothing_where_there_are_none(app, clock, publish, statements):
    asked = {}
    for key in ("southwest", "cvs"):
        publish(key)
        if not asked:
            join()
        visit = enter(app)
        visit.open("/home")  # what is drawn once and kept is there now
        statements.clear()
        visit.open("/home")
        asked[key] = len(statements)
    assert asked == {"southwest": 2, "cvs": 3}


def progress(page: Element) -> list[str]:
    """The ways to go, each in its words."""
    return [part.text for part in page.all("div") if part["class"] == "progress"]


def test_a_tier_with_two_ways_shows_the_nearest_and_the_other_in_one_line(home):
    days = item("100.00", category="rental-day", quantity=7)
    page = home("enterprise", [joins(), buys("2026-03-02", days)], "2026-03-10")
    (way,) = progress(page)
    assert way.startswith("14 rental days to Silver by December 31, 2026")
    assert "7 rental days so far 21 rental days" in way.replace(" 33 % ", " ")
    assert way.endswith("or 5 orders")
    one_left = item("100.00", category="rental-day", quantity=20)
    page = home("enterprise", [joins(), buys("2026-03-02", one_left)], "2026-03-10")
    assert progress(page)[0].startswith("1 rental day to Silver")


def test_a_tier_with_one_way_says_no_other(home):
    page = home("southwest", [joins(), buys("2026-03-02", "100.00")], "2026-03-10")
    assert not [way for way in progress(page) if " or " in way]


def test_a_tier_that_renews_with_its_plan_has_no_last_day_and_one_that_ends_has(home):
    """VIP lasts seven days beyond what is paid, for a card that is declined: no day to announce."""
    starts = plan("2026-01-05", "started", "monthly")
    months = [plan(f"2026-{month:02}-05", "renewed", "monthly") for month in range(2, 7)]
    page = home("birchbox-vip", [joins("2026-01-01"), starts, *months], "2026-06-10")
    assert "VIP" in card_of(page)
    assert "Last day of VIP" not in page.text
    assert "The box renews" in page.text
    ends = plan("2026-06-08", "cancel_requested", "monthly")
    page = home("birchbox-vip", [joins("2026-01-01"), starts, *months, ends], "2026-06-10")
    assert "Last day of VIP July 5, 2026" in page.text
    fails = plan("2026-07-05", "payment_failed", "monthly")
    page = home("birchbox-vip", [joins("2026-01-01"), starts, *months, fails], "2026-07-06")
    assert "Last day of VIP July 12, 2026" in page.text

"""Every programme of the catalogue on every page: whole, with its own words, and nothing that it does not have."""

import re
from datetime import UTC, datetime

import pytest

from portal import programme as programmes
from tests.home.doors import enter, join
from tests.page import Element, Visit

pytestmark = pytest.mark.usefixtures("clock")

KEYS = sorted(programmes.catalogue_keys())
PLACES = (
    "/home",
    "/home?welcome=1",
    "/rewards",
    "/plans",
    "/give",
    "/share",
    "/you",
    "/activity",
    "/card",
    "/help",
)
EARN_BY_ORDERS = {
    *("body-shop", "cvs", "demo", "dicks-scorecard", "sephora-beauty-insider", "smile-classic", "southwest"),
    *("starbucks-rewards", "williams-sonoma-key-rewards"),
}
COLLECT = EARN_BY_ORDERS | {"atlas-coffee-club", "rei-co-op"}


def faults_in(page: Element) -> list[str]:
    """What a reader would stumble over: a value that is none, a heading or a list with nothing under it."""
    words = page.all("main")[0].text
    found = [
        f"says {never!r}" for never in ("None", "Undefined", "%(", "()", "  ", " ,", " .") if never in words
    ]
    for heading in page.all("h2", "h3"):
        around = heading.parent
        assert around is not None
        if heading.parent.tag == "div":  # a heading with its link beside it
            around = around.parent
        if around is not None and around.text == heading.text:
            found.append(f"nothing under {heading.text!r}")
        if not heading.text:
            found.append("an empty heading")
    found += [f"an empty {one.tag}" for one in page.all("ul", "ol", "dl") if not one.all("li", "div")]
    return found


def look(visit: Visit, path: str) -> Element:
    """The page, without anything to stumble over."""
    page = visit.open(path)
    assert faults_in(page) == [], path
    return page


@pytest.mark.parametrize("key", KEYS)
def test_every_page_of_a_programme_is_whole_for_a_visitor_and_a_new_member(app, visit, publish, key):
    publish(key)
    active = programmes.load(key).programme
    landing = look(visit, "/")
    assert bool(landing.all("input", name="spend")) is (key in EARN_BY_ORDERS)
    assert active.collects is (key in COLLECT)
    look(visit, "/plans")
    join()
    hers = enter(app)
    for path in PLACES:
        page = look(hers, path)
        if key not in COLLECT and path not in ("/give", "/help", "/plans"):
            assert "0 points" not in page.text, path
        if active.unit.kind == "money":
            assert "worth" not in page.all("main")[0].text or path in ("/give", "/plans", "/help"), path
            assert not re.search(r"\b\d+ points", page.text), path


@pytest.mark.parametrize("key", sorted(EARN_BY_ORDERS))
def test_the_calculator_works_wherever_orders_earn(visit, publish, key):
    publish(key)
    visit.open("/")
    page = visit.submit("Work it out", spend="100")
    (answer,) = [one for one in page.all("div") if one["class"] == "estimate"]
    assert re.search(r"[1-9]", answer.all("b")[0].text)
    assert ("worth" in answer.text) is (programmes.load(key).programme.unit.kind == "points")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("demo", "5 points for every £1.00 you spend, online and in the shop"),
        (
            "demo",
            "Your day: three times the points On one day a year that you choose, for Gold or Platinum 3 times",
        ),
        ("demo", "A review At most 75 points a month 25 points"),
        ("demo", "Three orders in one month 100 points, once a month"),
        ("demo", "Plus £3.00 a month · £30.00 a year · £90.00 once, for life"),
        ("body-shop", "1 point for every $1.00 you spend"),
        ("cvs", "2% of what you spend comes back to you"),
        ("cvs", "Beauty event: 10% back on beauty October 26, 2026 to November 1, 2026, on beauty 10%"),
        ("cvs", "Prescriptions filled For each full 10, at most $50.00 a year $2.00"),
        ("cvs", "$30.00 of beauty in a month A beauty gift, once a month"),
        ("rei-co-op", "10% of what you spend in a year, paid on March 1"),
        ("rei-co-op", "Co-op membership $30.00 once, for life"),
        ("rei-co-op", "$5.00 to the nature charity you pick When you begin, with Co-op membership $5.00"),
        ("dicks-scorecard", "ScoreRewards with the ScoreRewards card"),
        ("dicks-scorecard", "Gold from $500.00 a calendar year"),
        ("starbucks-rewards", "Gold from 300 stars in twelve months"),
        ("southwest", "A-List from 35,000 points a calendar year"),
        ("enterprise", "Silver from 6 orders a calendar year or from 21 rental days a calendar year"),
        ("birchbox-vip", "VIP with 6 paid months in a row"),
        ("williams-sonoma-key-rewards", "with the store card, in the first 30 days with it 10%"),
        ("atlas-coffee-club", "Coffee from a new country Each counts once 100 points"),
        ("mahabis-refer-a-friend", "For you: £10.00 off For your friend: £10.00 off It depends on where"),
        (
            "barnes-noble-kids-club",
            "Happy birthday to your child A birthday cupcake, on your child's birthday",
        ),
        ("whereby-trees", "One tree for each meeting Each time $1.00"),
        ("monzo-community", "Evenings with the people who build it"),
    ],
)
def test_the_first_page_says_what_the_file_says(visit, publish, key, said):
    publish(key)
    assert said in visit.open("/").text


def test_a_campaign_that_is_over_is_offered_no_more(visit, publish, clock):
    publish("smile-classic")
    clock.move_to(datetime(2026, 11, 30, 4, 59, tzinfo=UTC))  # 23:59 of the 29th in New York
    assert "Bonus weekend" in visit.open("/").text
    clock.move_to(datetime(2026, 11, 30, 5, 0, tzinfo=UTC))
    assert "Bonus weekend" not in visit.open("/").text

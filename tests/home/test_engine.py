"""What home shows of the engine: goals, steps, counters, dates, held points, and a card without a balance."""

from datetime import datetime

import pytest

from portal.programme import load
from tests.catalogue.conftest import run
from tests.catalogue.lines import buys, does, fact, item, joins, picks_day, plan, redeems, refunded
from tests.home.doors import enter, join
from tests.page import Element
from tests.programme.texts import small

__all__ = ["run"]

ANNA = "anna@example.com"


@pytest.fixture
def home(app, clock, run):
    """`home("cvs", lines, "2026-03-10")`: Anna's home page at noon of that day, after these lines."""

    def look(key: str, lines: list, on: str) -> Element:
        run(key, lines, at=f"{on}T12:00:00Z")
        clock.move_to(datetime.fromisoformat(f"{on}T12:00:00+00:00"))
        return enter(app, ANNA).open("/home")

    return look


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


def test_a_discount_for_life_is_among_what_she_has_at_home_and_in_the_state(app, run):
    from portal import clock, merchant, people
    from portal import home as homes
    from portal.programme import active

    gifts = [does("2026-02-01", "gift-subscription", f"g{number}") for number in range(25)]
    outcome = run(
        "atlas-coffee-club", [joins(), *gifts, redeems("2026-02-02", "lifetime-discount", ref="life")]
    )
    assert {one["key"]: one["source"] for one in outcome["members"]["anna"]["perks"]} == {
        "lifetime-discount": "reward:life"
    }
    with app.app_context():
        shop = active()[1]
        anna = people.by_ref("anna")
        facts = homes.facts_of(anna.id, anna.joined_on, shop, shop.day(clock.now()))
        held = homes.perks_of(facts, shop)
        assert [(one.perk.key, one.source) for one in held] == [("lifetime-discount", "reward:life")]
        told = merchant.member_state("anna", clock.now())
        assert told["perks"] == [{"key": one.perk.key, "source": one.source} for one in held]


def test_what_waits_for_a_cause_is_said_at_home_with_the_way_to_choose(app, home):
    lines = [joins(), plan("2026-01-02", "started", "membership")]
    page = home("rei-co-op", lines, "2026-03-10")
    assert "We give $5.00 for you Choose who it goes to" in page.text
    visit = enter(app, ANNA)
    visit.open("/give")
    page = visit.submit("Choose", **{"cause-charity": "trails"})
    assert "What we give for you goes to" in page.text
    assert "$5.00 from us" in page.text
    assert "We give $5.00 for you" not in page.text
    assert "We give $5.00 for you" not in visit.open("/home").text


def test_a_cause_that_is_none_is_refused_in_words_and_keeps_waiting(app, home):
    home("rei-co-op", [joins(), plan("2026-01-02", "started", "membership")], "2026-03-10")
    visit = enter(app, ANNA)
    visit.open("/give")
    assert "Choose who it goes to." in visit.submit("Choose", 422).text
    assert "We give $5.00 for you" in visit.open("/home").text


def test_where_members_have_nothing_to_give_the_page_says_who_gives(app, home):
    home("whereby-trees", [joins(), does("2026-03-02", "meeting-hosted")], "2026-03-10")
    page = enter(app, ANNA).open("/give")
    assert "We give for you. It costs you nothing." in page.text
    assert "$1.00 from us" in page.text
    for never in ("0 points", "Your gifts", "You can give"):
        assert never not in page.text
    page = home(
        "whereby-trees",
        [joins(), does("2026-03-02", "meeting-hosted"), does("2026-03-02", "meeting-hosted", "a2")],
        "2026-03-10",
    )
    assert "2 trees planted" in page.text


def test_a_free_place_stands_first_and_is_taken_without_points(app, home):
    page = home("sephora-beauty-insider", [joins()], "2026-03-10")
    assert "A place at the preview evening It takes no points Free" in page.text
    visit = enter(app, ANNA)
    page = visit.open("/rewards/preview-evening")
    assert "Free. It takes none of your points." in page.text
    page = visit.submit("Take it")
    assert "Show it at the till" in page.text
    assert "you can give it back" in page.text
    assert "0 points" not in page.text
    assert "Yours again from January 1, 2027" in visit.open("/rewards").text
    page = visit.open("/home")
    assert "A place at the preview evening It takes" not in page.text
    assert "A place at the preview evening Use it until" in page.text


def test_a_coupon_for_some_things_says_so_on_its_page(app, home):
    home("barnes-noble-kids-club", [joins()], "2026-03-10")
    visit = enter(app, ANNA)
    visit.open("/rewards/taken")
    page = visit.follow("30% off one toy or children's book Use it until April 1, 2026")
    assert "On toys or children's books, for 1 thing" in page.text


def test_a_till_is_told_what_a_coupon_is_for(app, run):
    from portal import people, rewards
    from portal.merchant import redeeming

    run("barnes-noble-kids-club", [joins()])
    now = datetime.fromisoformat("2026-01-02T12:00:00+00:00")
    with app.app_context():
        (coupon,) = rewards.held(people.by_ref("anna").id, now.date())
        told = redeeming.code_state(coupon.code, amount=None, currency=None, at=now)
    assert (told["percent"], told["categories"], told["brands"], told["items"]) == (
        30,
        ["toys", "childrens-books"],
        [],
        1,
    )


@pytest.mark.parametrize(("tone", "said"), [("warm", "Hello, Anna"), ("formal", "Good day, Anna")])
def test_a_programme_greets_in_its_tone(app, clock, publish, tone, said):
    publish(small(currency=f'"GBP"\ntone = "{tone}"'))
    join()
    assert enter(app).open("/home").all("h1")[0].text.startswith(said)


@pytest.mark.parametrize(("full", "shown", "link"), [(4, 5, "All of yours"), (5, 5, "All 6 of yours")])
def test_of_many_things_to_use_home_shows_the_five_that_end_first(home, full, shown, link):
    lines = [joins(), *(buys(f"2026-03-0{day}", "100.00", order=f"o{day}") for day in range(1, full + 1))]
    page = home("barnes-noble-kids-club", lines, "2026-03-10")
    rows = [one.text for one in page.all("a") if one["href"].startswith("/rewards/taken/")]
    assert len(rows) == shown
    assert rows[0].startswith("30% off"), "the welcome gift ends first"
    assert rows[-1] == "$5.00 off Use it until June 2, 2026"
    assert [one.text for one in page.all("a") if one.text.startswith("All")] == [link]

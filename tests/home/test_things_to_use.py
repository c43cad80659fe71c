"""What home and its pages show of things to use: discounts, causes, free places, coupons, and how they are told."""

from datetime import datetime

import pytest

from tests.catalogue.conftest import run
from tests.catalogue.lines import buys, does, joins, plan, redeems
from tests.home.doors import enter, join
from tests.home.shown import ANNA, home
from tests.programme.texts import small

__all__ = ["home", "run"]


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

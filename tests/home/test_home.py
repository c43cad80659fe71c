"""The member's own pages: what they show, whose they are, and what they ask of the database."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock as portal_clock
from portal import earning, home, ledger, nightly, people
from portal import programme as programmes
from portal.db import db, transact
from portal.programme import service as versions
from tests import make
from tests.floor.test_db import drop_connections
from tests.home.doors import ANNA, employ, enter, everything, join

pytestmark = pytest.mark.usefixtures("programme")

FIRST_MOMENT = datetime(2026, 6, 23, 23, 0, tzinfo=UTC)  # 0:00 in London on 24 June, 14 days after the order


@pytest.fixture
def anna(programme) -> str:
    """A member with the welcome's 100 points; her id."""
    return join()


def buy(amount: str = "20.00", number: str = "1", **changes) -> earning.Answer:
    """An order of the member that the shop knows as c-1."""
    body = earning.OrderBody.model_validate(make.order(amount, **changes))
    return transact(
        lambda: earning.record_order(
            body, shop="main", number=number, at=portal_clock.now(), actor="shop:main"
        )
    )


def live_long(member_id: str, orders: int) -> None:
    """A history of so many orders, and of points that came and went beside them."""
    body = earning.OrderBody.model_validate(make.order("3.00", "4.00"))
    why = ledger.Because("activity", "x", "test", 1, {})

    def lived() -> None:
        for number in range(orders):
            at = make.NOW + timedelta(minutes=number)
            earning.record_order(body, shop="main", number=f"o-{number}", at=at, actor="shop:main")
            if number % 5 == 0:
                ledger.credit(
                    member_id, 7, key=f"c-{number}", fingerprint="a", because=why, expires_on=ledger.NEVER, at=at,
                    day=make.NOW.date(),
                )  # fmt: skip
                ledger.debit(
                    member_id, 3, key=f"d-{number}", fingerprint="a", because=why, kind="redeemed", at=at,
                    day=make.NOW.date(),
                )  # fmt: skip

    transact(lived)


def api_points(ref: str = "c-1") -> tuple[int, int, int]:
    """What the shop's API says: available, pending, owed."""
    from portal.merchant.state import member_state

    points = member_state(ref, portal_clock.now())["points"]
    return points["available"], points["pending"], points["owed"]


@pytest.mark.both_engines
@pytest.mark.parametrize("orders", [5, 500])
def test_home_asks_four_things_and_no_page_more_than_six_whatever_the_history(app, anna, statements, orders):
    live_long(anna, orders)
    lines = ledger.wallet(anna).seq
    assert lines >= orders
    visit = enter(app)
    pages = (
        "/home",
        "/activity",
        f"/activity?before={lines // 2}",
        f"/activity/{lines}",
        "/activity/1",
        "/card",
        "/you",
    )
    for page in pages:
        visit.open(page)  # what is drawn once and kept is there now
    asked = {}
    for page in pages:
        versions._known_of[
            db.engine
        ].asked_at -= 60  # the worst moment: which programme is in force is asked anew
        statements.clear()
        visit.open(page)
        asked[page] = len(statements)
        assert not [
            words for words in statements if not words.lstrip().upper().startswith(("SELECT", "WITH"))
        ]
    assert asked["/home"] <= 4, (
        asked
    )  # of whom, of what, how far with goals, and in these seconds which programme
    assert max(asked.values()) <= 6, asked


def test_a_page_comes_although_the_database_has_dropped_its_connections_since(engine, app, anna):
    if engine == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    visit = enter(app)
    visit.open("/home")
    drop_connections()
    assert "Hello, Anna Bell" in visit.open("/home").text
    visit.open("/you")
    drop_connections()
    page = visit.submit("Save", marketing=True)
    assert "News are on." in page.text


@pytest.mark.both_engines
def test_points_are_hers_from_midnight_of_their_day_before_anything_ran_at_night(app, anna, clock):
    buy()
    visit = enter(app)
    clock.move_to(FIRST_MOMENT - timedelta(seconds=1))
    assert "100 points more on the way" in visit.open("/home").text
    assert api_points() == (100, 100, 0)
    clock.move_to(FIRST_MOMENT)
    page = visit.open("/home")
    assert "on the way" not in page.text
    assert [link for link in page.all("a", href="/card") if "200 points" in link.text]
    assert api_points() == (200, 0, 0)
    assert ledger.wallet(anna).available == 100, "nothing has been written yet"
    found = employ(app).open("/staff/members?q=c-1")
    assert found.all("td")[-1].text == "200", "the staff's list says what she sees"
    assert nightly.run(portal_clock.now()) == 1
    assert api_points() == (200, 0, 0)
    assert ledger.wallet(anna).available == 200


def test_what_is_owed_is_filled_first_by_points_whose_day_has_come(anna, clock):
    buy("60.00")
    facts = home.facts_of(anna, make.NOW.date(), programmes.active()[1], make.NOW.date())
    balance = home.balance_on(_Purse(available=0, pending=300, owed=120), facts.maturing, FIRST_MOMENT.date())
    assert (balance.available, balance.pending, balance.owed) == (0, 300, 120)
    balance = home.balance_on(
        _Purse(available=0, pending=300, owed=120), facts.maturing, FIRST_MOMENT.date() + timedelta(days=1)
    )
    assert (balance.available, balance.pending, balance.owed) == (180, 0, 0)


class _Purse:
    """A wallet as it was last written."""

    def __init__(self, available: int, pending: int, owed: int) -> None:
        self.available, self.pending, self.owed = available, pending, owed


def test_home_says_how_far_the_next_tier_and_the_first_reward_are(app, anna):
    visit = enter(app)
    words = visit.open("/home").text
    assert "100 points to A coffee and a bun" in words
    assert "£200.00 to Silver" in words
    assert "by 31 December 2026" in words
    buy("50.00")
    assert "£150.00 to Silver" in visit.open("/home").text


def test_home_says_until_when_a_tier_is_hers_and_what_keeps_it(app, anna, clock):
    buy("200.00")
    visit = enter(app)
    words = visit.open("/home").text
    assert "Silver is yours until 31 December 2027" in words
    assert "£300.00 to Gold" in words
    assert "Last day of Silver" not in words, "it is said once"
    clock.move_to(datetime(2027, 2, 1, 12, tzinfo=UTC))
    nightly.run(portal_clock.now())
    words = enter(app).open("/home").text
    assert "£200.00 more by 31 December 2027 keeps Silver until 31 December 2028" in words
    assert "Last day of Silver" in words


def test_a_reward_within_reach_is_not_said_to_be_far(app, anna, clock):
    buy("20.00")
    clock.move_to(FIRST_MOMENT)
    words = enter(app).open("/home").text
    assert "to A coffee and a bun" not in words
    assert "150 points to go" in words


def test_the_newest_lines_stand_on_home_and_the_rest_a_page_at_a_time(app, anna):
    live_long(anna, 40)
    visit = enter(app)
    lines = ledger.wallet(anna).seq
    on_home = [link["href"] for link in visit.open("/home").all("a") if link["href"].startswith("/activity/")]
    assert on_home == [f"/activity/{lines - back}" for back in range(5)]
    seen = []
    page = visit.open("/activity")
    while True:
        seen += [
            int(link["href"].split("/")[-1])
            for link in page.all("a")
            if link["href"].startswith("/activity/")
        ]
        older = [link["href"] for link in page.all("a") if "before=" in link["href"]]
        if not older:
            break
        page = visit.open(older[0])
    assert seen == list(range(lines, 0, -1)), "each line once, newest first"


def test_the_line_of_another_member_is_as_missing_as_none(app, anna):
    join("c-2", "berta@example.com", "Berta")
    buy("5.00")
    buy("5.00", number="2")
    visit = enter(app, "berta@example.com")
    assert visit.open("/activity/1").all("h1"), "her own welcome"
    annas, nobodys = (visit.open(path, 404).all("main")[0].text for path in ("/activity/2", "/activity/9"))
    assert annas.split("Reference")[0] == nobodys.split("Reference")[0]


@pytest.mark.both_engines
def test_a_number_that_no_line_has_is_no_fault(app, anna):
    visit = enter(app)
    for number in ("0", "-1", "9223372036854775808", "9" * 40, "9" * 5000):
        visit.open(f"/activity/{number}", 404)
    for number in ("9" * 19, "9" * 5000, "-99999999999999999999", "0", "1e3", "", "%ED%A0%80"):
        visit.open(f"/activity?before={number}")
    visit.open("/activity?before=%00", 400)


def test_the_card_shows_the_number_to_read_out_and_a_code_of_it(app, anna):
    visit = enter(app)
    number = people.by_ref("c-1").number
    page = visit.open("/card")
    assert home.grouped(number) in page.text
    assert home.grouped(number).replace(" ", "") == number
    assert page.all("svg")
    assert "Anna Bell" in page.text


def test_news_are_switched_on_once_and_off_once_and_each_is_in_the_log(app, anna):
    visit = enter(app)

    def log() -> list[tuple[bool, str]]:
        return [(row.given, row.source) for row in people.consents(anna) if row.kind == "marketing"]

    visit.open("/you")
    assert "News are on" in visit.submit("Save", marketing=True).text
    visit.submit("Save", marketing=True)
    assert log() == [(True, "portal")]
    assert "News are off" in visit.submit("Save", marketing=False).text
    visit.submit("Save", marketing=False)
    assert log() == [(False, "portal"), (True, "portal")]
    assert people.by_ref("c-1").marketing is False


def test_a_name_with_markup_stays_a_name_on_every_page(app):
    name = "<script>alert(1)</script>\"'><b>&amp;{{7*7}}"
    join(name=name)
    buy("5.00", number="<i>7</i>")
    visit = enter(app)
    for path in ("/home", "/activity", "/activity/2", "/card", "/you"):
        page = visit.open(path)
        assert not [script for script in page.all("script") if not script["src"]], path
        assert not [part for part in page.all("b", "i") if part.text in ("7", "&amp;{{7*7}}")], path
    assert name in visit.open("/home").all("h1")[0].text


def test_looking_at_her_pages_writes_nothing(app, anna):
    visit = enter(app)
    before = everything()
    for path in ("/home", "/home?welcome=1", "/activity", "/activity/1", "/card", "/you"):
        visit.open(path)
    assert everything() == before


def test_the_welcome_is_said_on_the_day_of_joining_only(app, anna, clock):
    visit = enter(app)
    assert "Welcome, Anna Bell" in visit.open("/home?welcome=1").text
    clock.shift(timedelta(days=1))
    assert "Hello, Anna Bell" in visit.open("/home?welcome=1").text
    assert ANNA in visit.open("/you").text

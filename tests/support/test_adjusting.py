"""Points put right: what the member reads, what is left of a colleague's day, and that twice is once."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import earning, ledger, people, support
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit
from tests import make
from tests.home.doors import enter, everything, join
from tests.programme.texts import small
from tests.support.acts import TICKET, colleague, hire

pytestmark = pytest.mark.usefixtures("programme")

WHY = "The parcel came two weeks late"
WORDS = "For the late parcel, with our apology"
KEY = "01JD" + "K" * 22


def adjust(staff, member_id, points, key=KEY, **changes):
    told = {"reason": WHY, "words": WORDS, "ticket": TICKET} | changes
    return transact(lambda: support.adjust(staff, member_id, points, key=key, now=portal_clock.now(), **told))


def fill_in(desk, points="50", words=WORDS, reason=WHY, status=200):
    desk.open("/staff/members/c-1")
    desk.follow("Put points right")
    return desk.submit(
        "See what it comes to", status, points=points, words=words, reason=reason, ticket=TICKET
    )


def test_the_desk_shows_before_and_after_and_the_member_reads_the_words(app, anna):
    desk = hire(app)
    page = fill_in(desk)
    assert "Before 100 points" in page.text
    assert "After 150 points" in page.text
    assert ledger.wallet(anna).available == 100, "nothing is done before the second button"
    desk.submit("Add 50 points")
    assert desk.path == "/staff/members/c-1"
    assert ledger.wallet(anna).available == 150
    assert WHY in desk.page.text
    hers = enter(app)
    page = hers.open("/activity")
    assert "Put right by support" in page.text
    assert WORDS in page.text
    line = hers.open("/activity/2")
    assert WORDS in line.text
    assert WHY not in line.text + page.text
    assert ledger.faults() == support.faults() == []


@pytest.mark.both_engines
def test_twice_is_once_and_the_key_stands_for_one_thing(app, anna):
    sam = colleague()
    first, second = adjust(sam, anna, 50), adjust(sam, anna, 50)
    assert (first.repeated, second.repeated, first.seq) == (False, True, second.seq)
    assert ledger.wallet(anna).available == 150
    assert [row.what for row in audit.rows_of(anna)] == ["adjusted"]
    for changes in ({"points": 51}, {"words": "Other words"}):
        with pytest.raises(Refused) as refused:
            adjust(sam, anna, **({"points": 50} | changes))
        assert refused.value.code == "conflict"
    assert ledger.wallet(anna).available == 150
    assert ledger.faults() == support.faults() == []


def test_a_second_tap_on_the_button_is_nothing(app, anna):
    desk = hire(app)
    fill_in(desk)
    form, pressed = desk._form_with("Add 50 points")
    fields = {field["name"]: field["value"] for field in form.all("input")} | {
        pressed["name"]: pressed["value"]
    }
    for _ in range(2):
        assert desk.client.post("/staff/adjustments/new?member=c-1", data=fields).status_code == 303
    assert ledger.wallet(anna).available == 150


@pytest.mark.both_engines
def test_a_colleagues_day_has_a_limit_in_both_directions(app, anna):
    sam, limit = colleague(), programmes.active()[1].support.daily_points
    adjust(sam, anna, limit - 60)
    adjust(sam, anna, -50, key="A" * 26)
    before = everything()
    with pytest.raises(Refused) as refused:
        adjust(sam, anna, 11, key="B" * 26)
    assert (refused.value.code, refused.value.facts["left"]) == ("limit_reached", 10)
    assert everything() == before
    adjust(sam, anna, 10, key="B" * 26)
    adjust(colleague(email="kim@example.com"), anna, 11, key="C" * 26)


def test_at_the_limit_the_desk_says_how_much_is_left(app, anna):
    desk = hire(app)
    limit = programmes.active()[1].support.daily_points
    fill_in(desk, str(limit + 1))
    page = desk.submit(f"Add {limit + 1:,} points", 422)
    assert f"has {limit:,} points left" in page.text
    assert ledger.wallet(anna).available == 100
    assert [row.facts["why"] for row in audit.rows_of(anna)] == ["limit_reached"]


@pytest.mark.both_engines
def test_who_may_not_and_what_is_not_good_is_refused(app, anna):
    sam = colleague()
    own = join("c-2", "kim@example.com", "Kim")
    before = everything()["entry"]
    for staff, member_id, points, changes, code, why in (
        (colleague("auditor", "ari@shop.example"), anna, 5, {}, "not_allowed", "role"),
        (colleague("owner", "kim@example.com"), own, 5, {}, "not_allowed", "own"),
        (sam, anna, 0, {}, "bad_value", None),
        (sam, anna, 2**63, {}, "bad_value", None),
        (sam, anna, 5, {"reason": "late"}, "bad_value", None),
        (sam, anna, 5, {"words": " \n "}, "bad_value", None),
        (sam, anna, 5, {"ticket": ""}, "bad_value", None),
        (sam, anna, -101, {}, "not_enough_points", None),
        (sam, "0" * 26, 5, {}, "unknown_member", None),
    ):
        with pytest.raises(Refused) as refused:
            adjust(staff, member_id, points, **changes)
        assert (refused.value.code, refused.value.facts.get("why")) == (code, why), (points, changes)
    assert everything()["entry"] == before
    assert everything()["adjustment"] == []


def test_what_is_typed_wrong_is_told_beside_the_field(app, anna):
    desk = hire(app)
    for typed in ("", "0", "fifty", "1.5", "1e3", "２", "9" * 13, "--5"):
        assert "One thing to put right" in fill_in(desk, typed, status=422).text, typed
    assert "only 100 points to take" in fill_in(desk, "-101", status=422).text
    for typed in ("-100", "−100", "+5", "1,000", " 7 "):
        assert "Is this right?" in fill_in(desk, typed).text
    desk.submit("Change it")
    assert desk.page.all("input", name="points")[0]["value"] == " 7 ".strip() or desk.page.all("input")


def test_points_that_are_given_pay_a_debt_first_and_the_page_says_so_before(app, anna, clock):
    def record(**more) -> None:
        order = earning.OrderBody.model_validate(make.order("20.00") | more)
        transact(
            lambda: earning.record_order(
                order, shop="main", number="1", at=portal_clock.now(), actor="shop:main"
            )
        )

    record()
    clock.shift(timedelta(days=20))
    now = portal_clock.now()
    transact(lambda: earning.bring_up_to_date(anna, now))
    have = ledger.wallet(anna).available
    why = ledger.Because("reward", "x", "test", 1, {})
    transact(
        lambda: ledger.debit(
            anna, have, key="all", fingerprint="", because=why, kind="redeemed", at=now, day=now.date()
        )
    )
    record(version=2, refunds=[make.refund("20.00")])
    owed = ledger.wallet(anna).owed
    assert owed > 0
    desk = hire(app)
    page = fill_in(desk, str(owed + 5))
    assert f"{owed} points owed" in page.text
    assert "After 5 points" in page.text
    desk.submit(f"Add {owed + 5} points")
    wallet = ledger.wallet(anna)
    assert (wallet.available, wallet.owed) == (5, 0)


def test_markup_in_the_words_is_words(app, anna):
    evil = "<b onclick=x>Sorry</b>"
    desk = hire(app)
    fill_in(desk, words=evil)
    assert evil in desk.page.text
    desk.submit("Add 50 points")
    assert evil in enter(app).open("/activity").text
    assert evil in desk.open("/staff/members/c-1").text


@pytest.mark.both_engines
def test_parallel_adjustments_of_one_colleague_keep_to_the_limit(app, engine, anna):
    from concurrent.futures import ThreadPoolExecutor

    sam, limit = colleague(), programmes.active()[1].support.daily_points
    part = limit // 2

    def give(number: int) -> str:
        with app.app_context():
            try:
                adjust(sam, anna, part, key=f"{number:026d}")
            except Refused as refused:
                return refused.code
            return "given"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(give, range(6)))
    assert sorted(outcomes) == ["given"] * 2 + ["limit_reached"] * 4
    assert ledger.faults() == support.faults() == []
    assert people.by_ref("c-1").id == anna


def test_where_the_balance_is_money_the_desk_gives_and_takes_money(app, anna, publish):
    publish(small().replace('value = { points = 1, amount = "0.01" }', 'kind = "money"'))
    desk = hire(app)
    for typed, words in (
        ("2.505", "Type at most 2 decimals, such as 5.00."),
        ("fifty", "Type an amount, such as 5.00."),
        ("0.00", "That is nothing, or far too much."),
    ):
        page = fill_in(desk, typed, status=422)
        assert words in page.text
        assert "5.00 gives, -5.00 takes." in page.text
        assert "She has £1.00 now." in page.text
    assert "only £1.00 to take" in fill_in(desk, "-1.01", status=422).text
    page = fill_in(desk, "2,50")
    for words in ("How much +£2.50", "Before £1.00", "After £3.50"):
        assert words in page.text
    desk.submit("Add £2.50")
    assert ledger.wallet(anna).available == 350
    fill_in(desk, "−0.50")
    desk.submit("Take £0.50")
    assert ledger.wallet(anna).available == 300
    assert "+£2.50" in enter(app).open("/activity").text
    assert ledger.faults() == support.faults() == []

"""Taking, being given, undoing, expiring: what a member and the ledger notice."""

from datetime import date, timedelta

import pytest

from portal import earning, ledger, nightly, rewards
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, lots, refused
from tests.rewards.conftest import give, sound, state, take, undo, use

pytestmark = pytest.mark.both_engines


def test_a_reward_is_taken_for_its_price_and_has_a_code_that_works_once(anna):
    found = take(anna, "ten-off", expected_price=1000)
    assert buckets(anna) == (1000, 0, 0)
    assert (found.state, found.points, found.value_minor, found.left_minor) == ("available", 1000, 1000, 1000)
    assert (found.issued_on, found.expires_on) == (TODAY, TODAY + timedelta(days=365))
    assert len(found.code) == 16
    assert len(rewards.grouped(found.code)) == 19
    assert rewards.by_code(rewards.grouped(found.code).lower(), TODAY) == state(found)
    entry = ledger.entry(anna, 2)
    assert (entry.kind, entry.source, entry.source_ref) == ("redeemed", "reward", found.id)
    assert entry.trace["reward"] == {"key": "ten-off", "label": "Ten off", "points": 1000}
    sound()


def test_twice_is_once_and_answers_the_same_code(anna):
    first = take(anna)
    again = take(anna)
    assert again.repeated
    assert (again.id, again.code) == (first.id, first.code)
    assert buckets(anna) == (1900, 0, 0)
    sound()


def test_a_ref_that_stands_for_something_else_is_a_conflict(anna):
    bea = shop.join("c-2")
    shop.give(bea, 1000)
    take(anna, "slider", points=50)
    assert refused(take, anna, "coffee").code == "conflict"
    assert refused(take, anna, "slider", points=100).code == "conflict"
    assert refused(take, bea, "slider", points=50).code == "conflict"
    assert buckets(bea) == (1000, 0, 0)
    sound()


def test_a_refused_redemption_leaves_its_ref_free(anna):
    assert refused(take, anna, "slider", points=60).code == "bad_value"
    assert take(anna, "slider", points=100).value_minor == 100
    sound()


@pytest.mark.parametrize(
    ("reward", "points", "code"),
    [
        ("slider", None, "missing_field"), ("slider", 0, "bad_value"), ("slider", 25, "bad_value"),
        ("slider", 75, "bad_value"), ("slider", 550, "bad_value"), ("coffee", 99, "bad_value"),
        ("thanks", None, "not_allowed"), ("nothing", None, "unknown_key"),
    ],
)  # fmt: skip
def test_what_cannot_be_bought_that_way_is_refused_and_nothing_is_written(anna, reward, points, code):
    assert refused(take, anna, reward, points=points).code == code
    assert buckets(anna) == (2000, 0, 0)
    assert shop.rows("redemption") == shop.rows("operation") - 1 == 0


def test_a_fixed_price_may_be_named(anna):
    assert take(anna, points=100).points == 100


def test_a_price_that_changed_since_it_was_shown_is_not_paid(anna, reprice):
    reprice("price = 100\n", "price = 120\n")
    refusal = refused(take, anna, expected_price=100)
    assert (refusal.code, refusal.status, refusal.facts["price"]) == ("conflict", 409, 120)
    assert buckets(anna) == (2000, 0, 0)
    assert take(anna, expected_price=120).points == 120


def test_terms_of_the_day_it_was_taken_stay_with_it(anna, reprice):
    found = take(anna, "ten-off")
    reprice('label = "Ten off"', 'label = "Eleven off"')
    assert state(found).terms.label == "Ten off"


def test_who_has_too_little_or_owes_is_refused_with_what_there_is(anna):
    shop.spend(anna, 1950)
    refusal = refused(take, anna)
    assert (refusal.code, refusal.facts) == ("not_enough_points", {"need": 100, "have": 50})
    shop.take_back(anna, 60)
    assert refused(take, anna, "last-one").code == "owes_points"
    assert shop.rows("redemption") == 0


def test_points_whose_day_has_come_can_be_spent_though_the_nightly_work_has_not_run(anna):
    shop.spend(anna, 2000)
    shop.give(anna, 100, "waiting", matures_on=TODAY + timedelta(days=1))
    assert refused(take, anna).code == "not_enough_points"
    assert take(anna, at=shop.later(1)).points == 100


def test_a_reward_for_one_tier_is_refused_below_it_and_had_in_it(anna):
    refusal = refused(take, anna, "silver-only")
    assert (refusal.code, refusal.facts["tiers"]) == ("not_allowed_by_tier", ("silver",))
    shop.tell("200.00")
    assert take(anna, "silver-only").terms.percent == 20
    sound()


def test_a_limit_counts_what_was_kept_and_not_what_was_undone_and_begins_anew_with_the_year(anna):
    take(anna, "evening", "1")
    undo(anna, "1")
    take(anna, "evening", "2")
    use(take(anna, "evening", "3"))
    refusal = refused(take, anna, "evening", "4")
    assert (refusal.code, refusal.facts["again_on"]) == ("limit_reached", date(2027, 1, 1))
    take(anna, "evening", "4", at=shop.morning(date(2027, 1, 1)))
    sound()


def test_the_last_one_is_sold_once_and_comes_back_by_undo(anna):
    bea = shop.join("c-2")
    shop.give(bea, 100)
    take(anna, "last-one")
    refusal = refused(take, bea, "last-one", "r2")
    assert (refusal.code, refusal.status) == ("out_of_stock", 409)
    assert buckets(bea) == (100, 0, 0)
    undo(anna)
    take(bea, "last-one", "r2")
    sound()


def test_a_stock_is_sold_to_its_last_piece_and_not_beyond(anna, reprice):
    reprice('limit = { per = "year", count = 2 }\n', "")
    for number in range(12):
        take(anna, "evening", f"r{number}")
    assert refused(take, anna, "evening", "more").code == "out_of_stock"
    reprice('stock = 12\nlimit = { per = "year", count = 2 }\n', "stock = 13\n")
    take(anna, "evening", "more")
    assert refused(take, anna, "evening", "still more").code == "out_of_stock"
    sound()


def test_least_18_an_unused_code_is_undone_to_the_same_lots_and_dates(anna):
    soon = date(2026, 12, 31)
    shop.give(anna, 60, "soon", expires_on=soon)
    before = lots(anna)
    found = take(anna)
    assert lots(anna) == {str(ledger.NEVER): 1960}
    assert undo(anna).state == "undone"
    assert lots(anna) == before
    assert undo(anna).repeated
    assert buckets(anna) == (2060, 0, 0)
    assert refused(use, found).code == "undone"
    sound()


def test_least_18_a_used_code_is_not_undone_and_the_order_is_named(anna):
    found = take(anna, "ten-off")
    use(found, "1182", 400)
    refusal = refused(undo, anna)
    assert (refusal.code, refusal.facts["order"]) == ("already_used", "1182")
    use(found, "1183")
    assert refused(undo, anna, found.id).code == "already_used"
    assert buckets(anna) == (1000, 0, 0)
    sound()


def test_nobody_undoes_what_is_not_hers(anna):
    bea = shop.join("c-2")
    found = take(anna)
    for ref in ("r1", found.id, "nothing"):
        assert refused(undo, bea, ref).code == "unknown_key"
    sound()


def test_an_unused_code_gives_its_points_back_by_itself_when_it_expires(anna):
    shop.give(anna, 60, "soon", expires_on=date(2026, 12, 31))
    found = take(anna)
    last = found.expires_on
    transact(lambda: earning.bring_up_to_date(anna, shop.morning(last)))
    assert state(found).state == "available", "its last day is a day on which it can be used"
    after = shop.morning(last + timedelta(days=1))
    nightly.run(after)
    ended = state(found, after)
    assert (ended.state, ended.ended_on) == ("expired", last + timedelta(days=1))
    assert buckets(anna) == (2060, 0, 0)
    assert lots(anna) == {str(last + timedelta(days=31)): 60, str(ledger.NEVER): 2000}
    assert shop.wallet(anna).spent == 0
    assert refused(undo, anna, at=after).code == "expired"
    assert refused(use, found, at=after).code == "expired"
    nightly.run(after)
    assert rewards.due_members(after.date(), "", 10) == []
    sound()


def test_points_of_an_expired_code_are_there_before_the_nightly_work_has_run(anna):
    found = take(anna, "ten-off")
    shop.spend(anna, 1000, kind="donated")
    after = shop.morning(found.expires_on + timedelta(days=1))
    assert take(anna, "ten-off", "r2", at=after).points == 1000
    sound()


def test_a_money_code_that_was_used_in_part_gives_no_points_back(anna):
    found = take(anna, "ten-off")
    use(found, "1", 400)
    nightly.run(shop.morning(found.expires_on + timedelta(days=1)))
    assert state(found).state == "expired"
    assert buckets(anna) == (1000, 0, 0)
    sound()


def test_an_issued_reward_costs_nothing_and_is_counted_from_one(anna):
    first, second = give(anna), give(anna)
    assert [first.ref, second.ref] == ["thanks:c-1:1", "thanks:c-1:2"]
    assert (first.points, first.value_minor, first.reason) == (0, 500, "thanks")
    assert first.expires_on == TODAY + timedelta(days=90)
    assert give(anna, number=2).repeated
    assert buckets(anna) == (2000, 0, 0)
    assert refused(undo, anna, first.ref).code == "not_allowed"
    nightly.run(shop.morning(first.expires_on + timedelta(days=1)))
    assert state(first).state == "expired"
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_an_issued_reward_is_withdrawn_only_unused(anna):
    first, second = give(anna), give(anna)
    use(second)
    assert transact(lambda: rewards.withdraw(anna, first.ref, at=make.NOW))
    assert not transact(lambda: rewards.withdraw(anna, second.ref, at=make.NOW))
    assert (state(first).state, state(second).state) == ("withdrawn", "used")
    assert refused(use, first).code == "withdrawn"
    sound()


def test_what_a_member_holds_is_shown_newest_first_and_for_ninety_days_after_its_end(anna):
    first, second = take(anna, ref="1"), take(anna, ref="2")
    undo(anna, "1")
    assert [(one.id, one.state) for one in rewards.held(anna, TODAY)] == [
        (second.id, "available"),
        (first.id, "undone"),
    ]
    assert len(rewards.held(anna, TODAY + timedelta(days=90))) == 2
    assert [one.id for one in rewards.held(anna, TODAY + timedelta(days=91))] == [second.id]


def test_a_code_stands_nowhere_as_it_is_read(anna):
    from tests.home.doors import everything

    found = take(anna)
    order = make.order("20.00", codes=[rewards.grouped(found.code)])
    body = earning.OrderBody.model_validate(order)
    transact(lambda: earning.record_order(body, shop="main", number="1", at=make.NOW, actor="shop:main"))
    assert state(found).state == "used"
    written = "".join(str(rows) for rows in everything().values())
    for form in (
        found.code,
        rewards.grouped(found.code),
        found.code.lower(),
        found.code[:12],
        found.code[4:12],
    ):
        assert form not in written


def test_codes_are_read_however_they_are_written():
    assert rewards.normal("k7qm-2xrd 9tvb-4hnc") == "K7QM2XRD9TVB4HNC"
    assert rewards.normal("OIlL-u_.0") == "0111V0"


def test_what_is_free_is_taken_once_without_an_entry_and_comes_back_without_one(anna, reprice):
    reprice("price = 10\nkind", "price = 0\nkind")
    before = ledger.wallet(anna)
    for number in "12":
        assert take(anna, "evening", f"r{number}").points == 0
    assert refused(take, anna, "evening", "r3").code == "limit_reached"
    sound()
    assert undo(anna, "r1").state == "undone"
    assert undo(anna, "r1").repeated
    assert take(anna, "evening", "r3").state == "available"
    assert ledger.wallet(anna) == before
    sound()


def test_what_is_free_lasts_as_long_as_what_is_bought_and_frees_its_place(anna, reprice):
    reprice("price = 10\nkind", "price = 0\nkind")
    found = take(anna, "evening")
    assert found.expires_on == TODAY + timedelta(days=365)
    assert use(found).redemption.state == "used"
    sound()

"""Orders as states: the ledger holds the difference, at the rule that awarded it, whatever is told and how often."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from portal import earning, ledger, people
from portal.db import read, transact
from tests import make
from tests.earning.orders import nightly, nothing_changes, spend_of, written
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, refused, sound, spend, tell

pytestmark = pytest.mark.both_engines


# --- the least that must be shown


def test_a_refund_takes_what_the_old_rule_gave_though_the_rule_has_changed_or_gone(anna):
    tell("50.00")
    assert buckets(anna) == (50, 0, 0)
    shop.publish(shop.EARN.replace("points = 1", "points = 2"))
    tell("50.00", version=2, refunds=[make.refund("20.00")])
    assert buckets(anna) == (30, 0, 0)
    shop.publish(
        shop.EARN.replace('"all"', '"other"').replace(
            'per = "1.00"', 'per = "1.00"\nwhen = { shops = ["x"] }'
        )
    )
    answer = tell("50.00", version=3, refunds=[make.refund("20.00"), make.refund("30.00", "r2")])
    assert (answer.earned, answer.reversed, answer.kept) == (50, 50, 0)
    assert buckets(anna) == (0, 0, 0)
    sound()


def test_lines_that_are_added_later_earn_by_the_frozen_rule(anna):
    tell("50.00")
    shop.publish(shop.EARN.replace("points = 1", "points = 2"))
    assert tell("50.00", "10.00", version=2).kept == 60


def test_two_refunds_take_forty_and_then_sixty(anna):
    tell("100.00")
    tell("100.00", version=2, refunds=[make.refund("40.00")])
    assert buckets(anna) == (60, 0, 0)
    tell("100.00", version=3, refunds=[make.refund("40.00"), make.refund("60.00", "r2")])
    assert buckets(anna) == (0, 0, 0)
    assert [row.d_available for row in ledger.newest_entries(anna)] == [-60, -40, 100]
    sound()


def test_a_refund_of_what_was_spent_is_owed_and_the_next_earnings_fill_it(anna):
    tell("50.00")
    spend(anna, 50)
    answer = tell("50.00", version=2, refunds=[make.refund("50.00")])
    assert (answer.kept, answer.reversed) == (0, 50)
    assert buckets(anna) == (0, 0, 50)
    assert refused(spend, anna, 1, "more").code == "owes_points"
    tell("30.00", number="2")
    assert buckets(anna) == (0, 0, 20)
    tell("30.00", number="3")
    assert buckets(anna) == (10, 0, 0)
    sound()


def test_the_same_state_ten_times_is_one_award(anna):
    first = tell("50.00")
    before = written()
    for _ in range(9):
        again = tell("50.00")
        assert again.repeated
        assert (again.earned, again.pending, again.reversed, again.kept) == (
            first.earned, first.pending, first.reversed, first.kept,
        )  # fmt: skip
    assert written() == before


def test_the_same_state_told_later_answers_what_it_answered_then(anna):
    shop.publish(shop.pending(14))
    first = tell("50.00")
    nightly(anna, later(20))
    again = tell("50.00", at=later(20))
    assert (again.pending, again.kept) == (first.pending, first.kept) == (50, 50)
    assert buckets(anna) == (50, 0, 0)


def test_paid_cancelled_paid_is_one_award(anna):
    for version, status in enumerate(("paid", "cancelled", "paid", "fulfilled"), 1):
        answer = tell("30.00", version=version, status=status)
    assert answer.kept == 30
    assert buckets(anna) == (30, 0, 0)
    assert spend_of(anna) == {2026: (3000, 1, 30)}
    sound()


def test_versions_in_any_order_leave_the_newest(anna):
    amounts = {1: "10.00", 2: "25.00", 3: "5.00", 4: "40.00"}
    for version in (2, 1, 4, 3):
        if version in (1, 3):
            refusal = refused(tell, amounts[version], version=version)
            assert (refusal.code, refusal.status) == ("stale_version", 409)
        else:
            tell(amounts[version], version=version)
    assert buckets(anna) == (40, 0, 0)
    sound()


def test_the_same_version_with_another_body_is_a_conflict(anna):
    tell("50.00")
    nothing_changes("conflict", "50.01")
    nothing_changes("conflict", "50.00", status="cancelled")


def test_a_refund_may_neither_change_nor_vanish(anna):
    tell("50.00", "10.00", refunds=[make.refund("9.00", line="1"), make.refund("1.00", "r2")])
    nothing_changes("conflict", "50.00", "10.00", version=2)
    nothing_changes("conflict", "50.00", "10.00", version=2, refunds=[make.refund("9.00", line="1")])
    changed = [make.refund("8.00", line="1"), make.refund("1.00", "r2")]
    nothing_changes("conflict", "50.00", "10.00", version=2, refunds=changed)
    moved = [make.refund("9.00", line="2"), make.refund("1.00", "r2")]
    nothing_changes("conflict", "50.00", "10.00", version=2, refunds=moved)
    unlined = [make.refund("9.00"), make.refund("1.00", "r2")]
    nothing_changes("conflict", "50.00", "10.00", version=2, refunds=unlined)


def test_a_refund_that_is_only_written_otherwise_has_not_changed(anna):
    parts = [{"id": "1", "amount": "9.00"}, {"id": "2", "amount": "1.00"}]
    tell("50.00", "10.00", refunds=[{"id": "r1", "at": "2026-06-10T09:15:00Z", "lines": parts}])
    again = [{"id": "2", "amount": "1"}, {"id": "1", "amount": "9.0"}]
    answer = tell(
        "50.00", "10.00", version=2, refunds=[{"id": "r1", "at": "2026-06-10T09:15:00Z", "lines": again}]
    )
    assert answer.kept == 50


def test_a_refund_may_not_vanish_by_naming_another_member_or_day(anna):
    shop.join("c-2")
    tell("50.00", refunds=[make.refund("9.00")])
    nothing_changes("conflict", "50.00", version=2, member="c-2")
    nothing_changes("conflict", "50.00", version=2, placed_at="2026-06-09T09:00:00Z")
    nothing_changes("conflict", "50.00", version=2, member={"email": "guest@example.com"})


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("refund_exceeds_order", {"refunds": [make.refund("20.01")]}),
        ("refund_exceeds_order", {"refunds": [make.refund("20.01")], "status": "cancelled"}),
        ("refund_exceeds_order", {"refunds": [make.refund("20.01")], "status": "pending"}),
        ("bad_value", {"discount": "20.01"}),
        ("bad_value", {"discount": "-1"}),
        ("bad_value", {"shipping": "1e3"}),
        ("bad_value", {"lines": [make.line("20.00"), make.line("1.00")]}),
        ("bad_value", {"refunds": [make.refund("1.00"), make.refund("1.00")]}),
        ("too_precise", {"tax": "1.001"}),
        ("unknown_currency", {"currency": "USD"}),
        ("unknown_currency", {"currency": "XXZ"}),
        ("unknown_currency", {"currency": "USD", "status": "cancelled"}),
        ("unknown_member", {"member": "nobody"}),
    ],
)
def test_nonsense_is_refused_whole_and_says_where(anna, code, changes):
    before = written()
    refusal = refused(tell, **changes)
    assert (refusal.code, refusal.status) == (code, 422)
    assert refusal.pointer
    assert written() == before


def test_where_nothing_waits_the_points_of_an_order_a_little_ahead_are_there_at_once(anna):
    ahead = make.NOW + timedelta(hours=23)
    assert ahead.date() > make.NOW.date()
    tell("20.00", placed_at=ahead.isoformat())
    assert buckets(anna)[:2] == (20, 0)


def test_an_order_may_be_placed_a_day_ahead_and_not_more(anna):
    ahead = make.NOW + timedelta(hours=25)
    nothing_changes("in_the_future", placed_at=ahead.isoformat())
    answer = tell(placed_at=(make.NOW + timedelta(hours=23)).isoformat())
    assert answer.kept == 20
    sound()


@pytest.mark.parametrize("placed_at", ["0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z"])
def test_an_order_from_before_there_were_shops_like_these_is_refused(placed_at):
    with pytest.raises(ValidationError, match="placed_at"):
        earning.OrderBody.model_validate(make.order(placed_at=placed_at))


# --- unpaid and cancelled


def test_an_order_earns_when_it_is_paid(anna):
    answer = tell("30.00", status="pending")
    assert (answer.kept, answer.trace["nothing"]) == (0, "pending")
    assert buckets(anna) == (0, 0, 0)
    assert spend_of(anna) == {}
    shop.publish(shop.EARN.replace("points = 1", "points = 2"))
    assert tell("30.00", version=2).kept == 60  # frozen when it was first paid
    sound()


def test_an_order_that_was_cancelled_before_it_was_paid_leaves_no_trace_on_the_points(anna):
    tell("30.00", status="pending")
    assert tell("30.00", version=2, status="cancelled").kept == 0
    assert shop.rows("entry") == 0
    sound()


def test_an_order_that_is_cancelled_gives_everything_back_whatever_its_refunds_say(anna):
    tell("30.00", refunds=[make.refund("10.00")])
    assert buckets(anna) == (20, 0, 0)
    answer = tell("30.00", version=2, status="cancelled", refunds=[make.refund("10.00")])
    assert answer.kept == 0
    assert buckets(anna) == (0, 0, 0)
    assert spend_of(anna) == {2026: (0, 0, 0)}
    sound()


def test_an_order_that_is_wholly_given_back_is_no_order(anna):
    tell("30.00")
    tell("30.00", version=2, refunds=[make.refund("30.00")])
    assert spend_of(anna) == {2026: (0, 0, 0)}


# --- orders of several shops, activities


def test_order_numbers_are_each_shops_own(anna):
    tell("10.00", shop="main")
    tell("20.00", shop="second")
    assert buckets(anna) == (30, 0, 0)
    assert earning.find_order("second", "1")[0].kept == 20  # type: ignore[index]
    assert earning.find_order("third", "1") is None


def test_what_happens_by_itself_is_paid_once_and_what_the_programme_does_not_have_never(anna):
    shop.publish('\n[[activities]]\nkey = "account"\nlabel = "Joining"\npoints = 100\n')

    def joined(activity: str = "account") -> int:
        return transact(lambda: earning.give_activity(anna, activity, at=make.NOW, actor="test"))

    assert [joined(), joined(), joined("newsletter")] == [100, 0, 0]
    assert buckets(anna) == (100, 0, 0)
    assert spend_of(anna) == {2026: (0, 0, 100)}
    sound()


def test_every_entry_of_an_order_names_its_rule_and_arithmetic(anna):
    tell("50.00", "1.50", shipping="4.00", refunds=[make.refund("1.50", line="2")])
    (entry,) = ledger.newest_entries(anna)
    trace = entry.trace
    assert (entry.source, entry.source_ref, entry.programme_version) == ("order", "main/1", 1)
    assert (trace["total_minor"], trace["counted_minor"], trace["points"]) == (5550, 5000, 50)
    assert trace["left_out"] == [["shipping", 400], ["refunded", 150]]
    assert trace["fired"][0]["rule"] == "all"
    assert entry.on_day == TODAY
    assert (
        read(people.Directory.__table__.select().where(people.Directory.key == "main/1")).one().owner == anna
    )

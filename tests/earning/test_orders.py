"""Orders as states: the ledger holds the difference, at the rule that awarded it, whatever is told and how often."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from portal import earning, ledger, people, tiers
from portal.db import read, transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, refused, sound, spend, tell, wallet

pytestmark = pytest.mark.both_engines


def written() -> list[int]:
    """How many rows say anything of orders or points."""
    tables = ("operation", "entry", "shop_order", "purse_order", "directory", "tier_counter", "tier_grant")
    return [shop.rows(table) for table in tables]


def nightly(member_id: str, at: datetime) -> None:
    """What is scheduled for a member up to `at`."""
    transact(lambda: earning.bring_up_to_date(member_id, at))


def spend_of(member_id: str) -> dict[int, tuple[int, int, int]]:
    """Counters by year: spend, orders, points earned."""
    return {year: (c.spend, c.orders, c.earned) for year, c in tiers.counters(member_id).items()}


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


# --- what is refused, whole


def nothing_changes(code: str, *amounts: str, **changes: Any) -> None:
    before = written()
    assert refused(tell, *amounts, **changes).code == code
    assert written() == before


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


# --- joining, guests, proof


@pytest.mark.parametrize(("days", "kept"), [(0, 20), (30, 20), (31, 0)])
def test_an_order_from_before_joining_counts_if_it_is_not_more_than_thirty_days_before(anna, days, kept):
    placed = make.NOW - timedelta(days=days, hours=9)  # in the small hours of that day in London
    answer = tell(placed_at=placed.isoformat())
    assert answer.kept == kept
    assert answer.trace.get("nothing") == (None if kept else "before_joining")
    assert tell(placed_at=placed.isoformat(), version=2, status="fulfilled").kept == kept
    sound()


def guest(*amounts: str, email: str = "Bea@Example.com ", **changes: Any) -> earning.Answer:
    return tell(*amounts, member=None, guest=True, email=email.strip(), **changes)


def prove(member_id: str, ref: str, email: str, at: datetime = make.NOW) -> list[earning.Answer]:
    def proved() -> list[earning.Answer]:
        people.prove_address(member_id, email, at)
        return earning.claim_purse(ref, email, at=at, actor="test")

    return transact(proved)


def test_three_guest_orders_wait_and_are_credited_once_each_after_proof(app):
    shop.publish()
    for number in ("1", "2", "3"):
        answer = guest("20.00", number=number)
        assert (answer.member_ref, answer.kept) == (None, 0)
    bea = shop.join("c-2", "bea@example.com")
    assert buckets(bea) == (0, 0, 0)  # without proof nothing is shown
    assert guest("20.00", number="1").repeated
    claimed = prove(bea, "c-2", "BEA@example.com")
    assert [answer.kept for answer in claimed] == [20, 20, 20]
    assert buckets(bea) == (60, 0, 0)
    assert prove(bea, "c-2", "bea@example.com") == []
    again = guest("20.00", number="2")
    assert again.repeated
    assert (again.member_ref, again.kept) == ("c-2", 20)
    assert buckets(bea) == (60, 0, 0)
    assert shop.rows("purse_order") == 0
    sound()


def test_a_tier_that_a_purse_reaches_begins_when_it_is_claimed(app):
    shop.publish(shop.tiers("100.00"))
    bea = shop.join("c-2", "bea@example.com")
    guest("150.00", placed_at=(make.NOW - timedelta(days=60)).isoformat())
    prove(bea, "c-2", "bea@example.com")
    (grant,) = tiers.grants(bea)
    assert (str(grant.since), str(grant.until)) == ("2026-06-10", "2027-12-31")
    sound()


def test_the_order_of_a_member_who_has_not_proved_her_address_waits(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    assert guest().member_ref is None
    assert buckets(bea) == (0, 0, 0)
    prove(bea, "c-2", "bea@example.com")
    assert guest("30.00", version=2).kept == 30
    assert buckets(bea) == (30, 0, 0)
    sound()


def test_a_guests_order_of_a_year_ago_is_credited_and_an_older_one_is_let_go(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    guest(number="old", placed_at=(make.NOW - timedelta(days=366)).isoformat())
    guest(number="year", placed_at=(make.NOW - timedelta(days=365)).isoformat())
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["year"]
    assert buckets(bea) == (20, 0, 0)
    assert transact(lambda: earning.purge_purses(make.NOW)) == 1
    assert shop.rows("purse_order") == 0
    assert people.owner_of("order", "main/old") is None, "its number is forgotten with it"
    assert people.owner_of("order", "main/year") == bea
    assert buckets(bea) == (20, 0, 0)
    sound()


def test_a_purse_has_the_newest_state_and_refuses_older_ones(app):
    shop.publish()
    guest("20.00", version=2)
    assert refused(guest, "10.00", version=1).code == "stale_version"
    assert refused(guest, "10.00", version=2).code == "conflict"
    guest("20.00", version=3, refunds=[make.refund("5.00")])
    assert refused(guest, "20.00", version=4).code == "conflict"  # the refund vanished
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert buckets(bea) == (15, 0, 0)
    sound()


def test_a_guests_order_moves_with_the_address_that_it_names(app):
    shop.publish()
    guest("20.00")
    guest("20.00", version=2, email="cat@example.com")
    bea, cat = shop.join("c-2", "bea@example.com"), shop.join("c-3", "cat@example.com")
    prove(bea, "c-2", "bea@example.com")
    prove(cat, "c-3", "cat@example.com")
    assert (buckets(bea), buckets(cat)) == ((0, 0, 0), (20, 0, 0))
    sound()


def test_one_order_that_cannot_be_counted_does_not_keep_anybody_from_joining(app):
    euro = '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n'
    shop.publish(euro)
    guest(number="1", currency="EUR")
    guest(number="2")
    shop.publish()  # euros are accepted no longer
    bea = shop.join("c-2", "bea@example.com")
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["2"]
    assert buckets(bea) == (20, 0, 0)
    shop.publish(euro)
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["1"]
    sound()


def test_a_guests_unpaid_order_from_long_before_joining_earns_when_it_is_paid(app):
    shop.publish()
    placed = (make.NOW - timedelta(days=60)).isoformat()
    guest("20.00", status="pending", placed_at=placed)
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert guest("20.00", version=2, placed_at=placed).kept == 20
    assert buckets(bea) == (20, 0, 0)
    sound()


def test_an_unknown_id_with_an_address_is_a_guest(app):
    shop.publish()
    assert tell(member={"id": "c-9", "email": "new@example.com"}).member_ref is None
    nine = shop.join("c-9")
    assert tell(version=2, member={"id": "c-9", "email": "new@example.com"}).member_ref == "c-9"
    assert buckets(nine) == (20, 0, 0)
    assert shop.rows("purse_order") == 0
    sound()


def test_the_same_state_is_the_same_answer_though_the_address_is_no_longer_hers(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    first = guest("20.00")
    prove(bea, "c-2", "new@example.com")
    cat = shop.join("c-3")
    for somebody in (None, cat):
        if somebody:
            prove(cat, "c-3", "bea@example.com")
        before = written()
        again = guest("20.00")
        assert again.repeated
        assert (again.member_ref, again.kept) == (first.member_ref, first.kept) == ("c-2", 20)
        assert written() == before
    assert buckets(cat) == (0, 0, 0)
    sound()


# --- changes of what an order hangs on


def test_an_order_that_changes_its_day_is_taken_wholly_and_counted_anew(anna):
    tell("50.00")
    shop.publish(shop.EARN.replace("points = 1", "points = 2"))
    answer = tell("50.00", version=2, placed_at="2026-06-09T09:00:00Z")
    assert answer.kept == 100
    assert (answer.earned, answer.reversed) == (150, 50)
    assert buckets(anna) == (100, 0, 0)
    sound()


def test_an_order_that_changes_its_year_moves_between_the_counters(anna):
    shop.publish(shop.tiers("100.00"))
    tell("150.00")
    moved = tell("150.00", version=2, placed_at="2026-05-20T09:00:00Z")
    assert moved.kept == 150
    assert spend_of(anna) == {2026: (15000, 1, 150)}
    old = shop.join("c-2", at=datetime(2025, 6, 1, tzinfo=UTC))
    tell("150.00", number="2", member="c-2")
    tell("150.00", number="2", member="c-2", version=2, placed_at="2025-12-31T23:59:59Z")
    assert spend_of(old) == {2026: (0, 0, 0), 2025: (15000, 1, 150)}
    sound()


def test_an_order_that_changes_its_currency_is_counted_anew(anna):
    shop.publish('\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n')
    tell("50.00")
    answer = tell("50.00", version=2, currency="EUR")
    assert answer.kept == 45
    assert buckets(anna) == (45, 0, 0)
    assert spend_of(anna) == {2026: (4500, 1, 45)}
    assert tell("50.00", version=3, currency="EUR", refunds=[make.refund("50.00")]).kept == 0
    sound()


def test_the_rate_of_an_order_is_frozen_whatever_the_refund_is_told_later(anna):
    shop.publish('\n[[currencies]]\ncode = "ZAR"\nrate = "0.05"\n')
    assert tell("1700.00", currency="ZAR").kept == 85
    shop.publish('\n[[currencies]]\ncode = "ZAR"\nrate = "0.04"\n')
    assert (
        tell("1700.00", currency="ZAR", version=2, at=later(30), refunds=[make.refund("1700.00")]).kept == 0
    )
    assert buckets(anna) == (0, 0, 0)
    assert spend_of(anna) == {2026: (0, 0, 0)}
    sound()


def test_an_order_that_names_another_member_is_taken_from_the_first(anna):
    bea = shop.join("c-2")
    tell("50.00")
    answer = tell("50.00", version=2, member="c-2")
    assert (answer.member_ref, answer.earned, answer.reversed, answer.kept) == ("c-2", 50, 0, 50)
    assert (buckets(anna), buckets(bea)) == ((0, 0, 0), (50, 0, 0))
    assert (spend_of(anna), spend_of(bea)) == ({2026: (0, 0, 0)}, {2026: (5000, 1, 50)})
    tell("50.00", version=3)
    tell("50.00", version=4, member="c-2")
    assert (buckets(anna), buckets(bea)) == ((0, 0, 0), (50, 0, 0))
    assert refused(tell, "50.00", version=3).code == "stale_version"
    sound()


def test_the_first_member_owes_what_she_has_spent_of_an_order_that_is_anothers(anna):
    bea = shop.join("c-2")
    tell("50.00")
    spend(anna, 40)
    tell("50.00", version=2, member="c-2")
    assert (buckets(anna), buckets(bea)) == ((0, 0, 30 + 10), (50, 0, 0))
    sound()


def test_a_members_order_can_become_a_guests(anna):
    tell("50.00")
    assert guest("50.00", version=2).member_ref is None
    assert buckets(anna) == (0, 0, 0)
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert buckets(bea) == (50, 0, 0)
    sound()


def test_what_was_scheduled_for_the_first_member_has_run_before_her_order_is_taken(app):
    shop.publish(shop.tiers("100.00"))
    old = shop.join("c-1", at=datetime(2025, 1, 1, tzinfo=UTC))
    shop.join("c-2", at=datetime(2025, 1, 1, tzinfo=UTC))
    placed = "2025-06-01T09:00:00Z"
    tell("150.00", at=datetime(2025, 6, 1, 10, tzinfo=UTC), placed_at=placed)
    # The review of 1 January confirms her tier; what is told after it touches it no longer (Reading 7).
    tell("150.00", at=datetime(2026, 1, 2, tzinfo=UTC), placed_at=placed, version=2, member="c-2")
    nightly(old, datetime(2026, 1, 3, tzinfo=UTC))
    (grant,) = tiers.grants(old)
    assert str(grant.until) == "2026-12-31"
    sound()


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


# --- waiting


def test_points_wait_for_their_day_and_a_refund_takes_what_waits_first(anna):
    shop.publish(shop.pending(14))
    answer = tell("50.00")
    assert (answer.pending, answer.kept) == (50, 50)
    shop.give(anna, 100)
    answer = tell("50.00", version=2, refunds=[make.refund("20.00")])
    assert (answer.pending, answer.kept, answer.reversed) == (30, 30, 20)
    assert buckets(anna) == (100, 30, 0)
    nightly(anna, later(13))
    assert buckets(anna) == (100, 30, 0)
    nightly(anna, later(14))
    assert buckets(anna) == (130, 0, 0)
    tell("50.00", version=3, at=later(15), refunds=[make.refund("20.00"), make.refund("30.00", "r2")])
    assert buckets(anna) == (100, 0, 0)
    sound()


def test_a_refund_leaves_what_waits_of_other_orders_alone(anna):
    tell("50.00")
    spend(anna, 50)
    shop.publish(shop.pending(14))
    tell("70.00", number="2")
    tell("50.00", version=2, refunds=[make.refund("50.00")])
    assert buckets(anna) == (0, 70, 50)
    nightly(anna, later(14))
    assert buckets(anna) == (20, 0, 0)
    sound()


def test_whatever_touches_the_member_first_lets_arrive_what_was_due(anna):
    shop.publish(shop.pending(14))
    tell("50.00")
    tell("10.00", number="2", at=later(14), placed_at=later(14).isoformat())
    assert buckets(anna) == (50, 10, 0)
    sound()


def test_an_order_told_after_its_waiting_is_over_is_available_at_once(anna):
    shop.publish(shop.pending(14))
    placed = (make.NOW - timedelta(days=14)).isoformat()
    assert tell("50.00", placed_at=placed).pending == 0
    assert buckets(anna) == (50, 0, 0)


def test_an_unpaid_order_waits_from_its_day_and_not_from_its_payment(anna):
    shop.publish(shop.pending(14))
    tell("50.00", status="pending")
    assert tell("50.00", version=2, at=later(10)).pending == 50
    nightly(anna, later(14))
    assert buckets(anna) == (50, 0, 0)


@pytest.mark.parametrize(
    ("placed_at", "day"),
    [
        ("2026-10-20T10:00:00+01:00", date(2026, 11, 3)),
        ("2026-10-19T23:30:00Z", date(2026, 11, 3)),  # half past midnight of the 20th in London
        ("2026-10-25T00:30:00Z", date(2026, 11, 8)),  # the day with the hour that comes twice
        ("2026-10-24T22:59:59Z", date(2026, 11, 7)),
        ("2026-10-24T23:00:00Z", date(2026, 11, 8)),
    ],
)
def test_days_of_waiting_are_days_of_the_programme_also_when_the_clocks_change(app, placed_at, day):
    shop.publish(shop.pending(14))
    anna = shop.join()
    told = datetime.fromisoformat(placed_at) + timedelta(minutes=1)
    answer = tell("50.00", at=told, placed_at=placed_at)
    assert answer.trace["matures_on"] == str(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)  # winter time is UTC
    nightly(anna, midnight - timedelta(seconds=1))
    assert buckets(anna) == (0, 50, 0)
    nightly(anna, midnight)
    assert buckets(anna) == (50, 0, 0)
    sound()


def test_the_nightly_work_can_be_done_any_number_of_times(anna):
    shop.publish(shop.pending(1))
    tell("50.00")
    for _ in range(3):
        nightly(anna, later(1))
    assert wallet(anna).seq == 2
    sound()


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

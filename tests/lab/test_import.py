"""Importing a file: what is taken, what is refused and told, and that twice is once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests import make

GENERIC = "order,member,placed_at,amount,currency"
RETAIL = "invoice_no,customer_id,invoiced_at_local,total_pence,refund_of"


@pytest.fixture
def tell(app, use):
    """Import a file with a preset; every member may join."""
    from portal import lab

    use("retail")

    def import_file(path, preset="generic", **changes):
        arguments = {"join_unknown": True, "now": make.NOW} | changes
        return lab.import_orders(path, lab.load_mapping(preset), **arguments)

    return import_file


def everything():
    """All that imports write, as text: equal when nothing has changed."""
    from portal.db import read

    tables = ("member", "wallet", "operation", "entry", "lot", "tier_counter", "tier_grant", "shop_order")
    return {table: sorted(map(str, read(text(f"SELECT * FROM {table}")).all())) for table in tables}


def available(ref):
    from portal.db import read

    query = text("SELECT w.available FROM wallet w JOIN member m ON m.id = w.member_id WHERE m.ref = :ref")
    return read(query, {"ref": ref}).scalar_one_or_none()


def entries(ref):
    from portal import ledger, people

    return list(reversed(ledger.newest_entries(people.by_ref(ref).id)))


def codes(report):
    return [(refusal.line, refusal.code) for refusal in report.refused]


@pytest.mark.both_engines
def test_a_member_joins_at_her_first_order_and_is_told_as_if_at_the_time(tell, csv_file):
    file = csv_file(GENERIC, "A-1,c-1,2026-03-01T10:15:00+02:00,12.34,GBP", "A-2,c-1,2026-03-02,8.00,GBP")
    report = tell(file)
    assert (report.orders, report.members, report.refused) == (2, 1, ())
    assert available("c-1") == 12 + 8
    assert [entry.at for entry in entries("c-1")] == [
        datetime(2026, 3, 1, 8, 15, tzinfo=UTC),
        datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    ]


@pytest.mark.both_engines
def test_importing_twice_changes_nothing(tell, csv_file):
    file = csv_file(
        RETAIL,
        "1,c-1,2026-03-01T10:00:00,10050,",
        "2,c-2,2026-03-01T11:00:00,2000,",
        "C3,c-1,2026-03-04T10:00:00,-5000,1",
    )
    first = tell(file, "online-retail")
    before = everything()
    again = tell(file, "online-retail")
    assert everything() == before
    assert (first.repeated, again.repeated, again.refused, again.members) == (0, 3, (), 0)


def test_a_refund_is_the_next_state_of_its_sale_at_its_own_time(tell, csv_file):
    file = csv_file(
        RETAIL,
        "1,c-1,2026-06-01T10:00:00,10050,",
        "C2,c-1,2026-06-03T10:00:00,-51,1",
        "C3,c-1,2026-06-04T10:00:00,-5000,1",
        "C4,c-1,2026-06-05T10:00:00,-700,",
    )
    report = tell(file, "online-retail")
    assert (report.orders, report.rows, report.unlinked) == (1, 3, 1)
    assert [(entry.d_available, entry.at) for entry in entries("c-1")] == [
        (100, datetime(2026, 6, 1, 9, 0, tzinfo=UTC)),  # the wall clock of London in summer
        (-1, datetime(2026, 6, 3, 9, 0, tzinfo=UTC)),
        (-50, datetime(2026, 6, 4, 9, 0, tzinfo=UTC)),
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(tell, csv_file):
    file = csv_file(
        GENERIC, "A-1,c-1,2026-03-01,12.34,GBP", "A-2,c-1,2026-03-02,5.00,XXX", "A-3,c-2,2026-03-02,5,GBP"
    )
    before = everything()
    rehearsed = tell(file, dry_run=True)
    assert everything() == before
    told = tell(file)
    assert rehearsed.dry_run
    assert (rehearsed.orders, rehearsed.members, rehearsed.refused) == (
        told.orders,
        told.members,
        told.refused,
    )
    assert told.orders == 2


def test_an_import_in_two_halves_is_the_same_as_in_one(tell, csv_file):
    lines = [f"A-{n},c-{n % 7},2026-03-01T10:{n % 60:02}:00Z,{n}.50,GBP" for n in range(1, 260)]
    file = csv_file(GENERIC, *lines)
    half = tell(file, limit=130)
    assert (half.finished, half.rows) == (False, 130)
    whole = tell(file)
    assert (whole.finished, whole.rows, whole.orders, whole.members, whole.repeated) == (True, 259, 259, 7, 0)
    assert sum(available(f"c-{n}") for n in range(7)) == sum(range(1, 260))


@pytest.mark.both_engines
def test_what_is_refused_is_told_by_line_and_the_rest_is_taken(tell, csv_file, tmp_path):
    from portal import lab

    file = csv_file(
        GENERIC,
        "A-1,c-1,2026-03-01,12.345,GBP",
        "A-2,c-1,yesterday,5.00,GBP",
        "",
        "A-3,c-1,2026-03-01,-5.00,GBP",
        "A-4,,2026-03-01,5.00,GBP",
        "A-5,c-1,2026-07-01,5.00,GBP",
        "A-6,c-1,2026-03-01,5.00,USD",
        "A-7,c-1,2026-03-01,7.00,GBP",
        ",c-1,2026-03-01,7.00,GBP",
        "A-8,c-2,2026-03-01,ten,GBP",
    )
    report = tell(file)
    assert codes(report) == [
        (2, "too_precise"),
        (3, "bad_value"),
        (5, "bad_value"),
        (6, "missing_field"),
        (7, "in_the_future"),
        (8, "unknown_currency"),
        (10, "bad_value"),
        (11, "bad_value"),
    ]
    assert report.orders == 1
    assert available("c-1") == 7
    assert available("c-2") is None, "nobody joins by an order that is refused"
    written = lab.write_refusals(report, file, tmp_path)
    assert written == tmp_path / "orders.csv.refused.csv"
    assert written.read_text().splitlines()[:2] == [
        "file,line,code,message",
        "orders.csv,2,too_precise,GBP has 2 decimals; '12.345' has 3.",
    ]
    assert lab.write_refusals(tell(csv_file(GENERIC, name="empty.csv")), file, tmp_path) is None


def test_an_unknown_member_is_refused_unless_she_may_join(tell, csv_file):
    file = csv_file(GENERIC, "A-1,c-1,2026-03-01,5.00,GBP")
    assert codes(tell(file, join_unknown=False)) == [(2, "unknown_member")]
    report = tell(file)
    assert (report.members, report.refused) == (1, ())


def test_a_shop_that_nobody_added_is_a_mistake_in_typing(tell, csv_file):
    from portal import merchant
    from portal.db import transact
    from portal.errors import Refused

    file = csv_file(GENERIC, "A-1,c-1,2026-03-01,5.00,GBP")
    with pytest.raises(Refused, match="no shop 'corner'"):
        tell(file, shop="corner")
    transact(lambda: merchant.add_shop("corner", "api", make.NOW))
    assert tell(file, shop="corner").orders == 1
    assert tell(file).orders == 1, "numbers are each shop's own"
    assert available("c-1") == 10


def test_a_refund_above_its_order_is_refused_and_the_sale_stands(tell, csv_file):
    file = csv_file(
        RETAIL,
        "1,c-1,2026-03-01T10:00:00,1000,",
        "C2,c-1,2026-03-02T10:00:00,-1001,1",
        "C3,c-1,2026-03-03T10:00:00,-5,9",
    )
    report = tell(file, "online-retail")
    assert codes(report) == [(3, "refund_exceeds_order"), (4, "unknown_key")]
    assert available("c-1") == 10


def test_an_order_with_one_bad_line_is_refused_whole(tell, csv_file):
    file = csv_file(
        GENERIC, "A-1,c-1,2026-03-01,5.00,GBP", "A-1,c-1,2026-03-01,x,GBP", "A-2,c-1,2026-03-01,3.00,GBP"
    )
    report = tell(file)
    assert codes(report) == [(3, "bad_value")]
    assert available("c-1") == 3


def test_lines_of_one_order_are_added_before_they_earn(tell, csv_file):
    file = csv_file(GENERIC, "A-1,c-1,2026-03-01,5.60,GBP", "A-1,c-1,2026-03-01,3.60,GBP")
    assert tell(file).orders == 1
    assert available("c-1") == 9


def test_nothing_is_written_behind_what_the_member_has(tell, csv_file):
    tell(csv_file(GENERIC, "A-1,c-1,2026-03-01,5.00,GBP", "A-2,c-1,2026-05-01,5.00,GBP"))
    tell(csv_file(GENERIC, "A-3,c-1,2026-04-01,5.00,GBP", name="late.csv"))
    newest = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert [entry.at for entry in entries("c-1")][1:] == [newest, newest]


def test_points_that_wait_mature_on_their_day_between_the_orders(app, use, csv_file):
    from portal import lab

    use("demo")
    file = csv_file(GENERIC, "A-1,c-1,2026-03-01,10.00,GBP", "A-2,c-1,2026-05-01,10.00,GBP")
    lab.import_orders(file, lab.load_mapping("generic"), join_unknown=True, now=make.NOW)
    told = [(entry.kind, entry.at.isoformat()) for entry in entries("c-1")]
    assert told == [
        ("earned", "2026-03-01T12:00:00+00:00"),  # for joining
        ("earned", "2026-03-01T12:00:00+00:00"),
        ("matured", "2026-03-15T00:00:00+00:00"),
        ("earned", "2026-05-01T12:00:00+00:00"),
    ]


def test_an_order_with_an_address_that_is_nobodys_waits_for_its_owner(tell, csv_file):
    from portal import joining, people
    from portal.db import transact

    file = csv_file("order,email,placed_at,amount,currency", "A-1,anna@example.com,2026-06-01,5.00,GBP")
    report = tell(file)
    assert (report.orders, report.members) == (1, 0)
    transact(
        lambda: joining.join(
            people.Profile(),
            email="anna@example.com",
            proved=True,
            ref="c-1",
            marketing=False,
            terms_version=None,
            source="shop:main",
            now=make.NOW,
        )
    )
    assert available("c-1") == 5


def test_two_imports_of_one_file_at_once_do_not_mix(tell, csv_file):
    from portal.errors import Refused

    file = csv_file(GENERIC, *(f"A-{n},c-1,2026-03-01,1.00,GBP" for n in range(450)))

    def meddle(done, total):
        if done == 200:
            tell(file)  # another one finishes the run

    with pytest.raises(Refused, match="Another import"):
        tell(file, progress=meddle)
    assert available("c-1") == 450


def test_a_history_of_the_day_just_ahead_is_written_now(tell, csv_file):
    soon = make.NOW + timedelta(hours=3)
    tell(csv_file(GENERIC, f"A-1,c-1,{soon.isoformat()},5.00,GBP"))
    assert [entry.at for entry in entries("c-1")] == [make.NOW]

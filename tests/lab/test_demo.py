"""The demonstration's history: real, moved to end yesterday, loaded once."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests import make
from tests.lab.test_import import everything

NEW_YEAR = datetime(2027, 1, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def load(app, use):
    from portal import lab

    use("demo")
    return lab.load_demo


def placed():
    from portal.db import read

    return sorted(read(text("SELECT placed_on FROM shop_order")).scalars())


@pytest.mark.both_engines
def test_the_history_is_loaded_once_and_ends_yesterday(load):
    from portal import earning, ledger

    began = time.monotonic()
    report = load(make.NOW)
    assert time.monotonic() - began < 60, (
        "a newcomer waits for this; 15 seconds on a machine that does nothing else"
    )
    assert not report.loaded_before
    assert report.members > 140
    yesterday = make.NOW.date() - timedelta(days=1)
    assert yesterday - timedelta(days=3) <= datetime.fromisoformat(str(placed()[-1])).date() <= yesterday
    assert ledger.faults() + earning.faults() == []
    three_show_the_beginning_the_middle_and_the_top(report, make.NOW)
    orders_keep_their_weekday_and_the_hour_on_the_wall(report)
    before = everything()
    again = load(make.NOW + timedelta(days=2))
    assert again.loaded_before
    assert everything() == before


def test_at_new_year_too_three_members_show_the_beginning_the_middle_and_the_top(load):
    three_show_the_beginning_the_middle_and_the_top(load(NEW_YEAR), NEW_YEAR)


def three_show_the_beginning_the_middle_and_the_top(report, now) -> None:
    from portal import people, programme, tiers

    _, active = programme.active()
    members = [
        people.by_email(people.address_hash(email))
        for email in (report.seats.new, report.seats.middle, report.seats.high)
    ]
    standing = [
        tiers.standing(active, tiers.grants(m.id), active.day(now), m.joined_on).tier.key for m in members
    ]
    assert standing[0] == "member"
    assert standing[1] in ("silver", "gold")
    assert standing[2] == "platinum"
    assert now.date() - members[0].joined_on < timedelta(days=35)
    assert [m.name for m in members] == [f"Customer {m.ref}" for m in members]
    assert all(m.email_proved_at is not None for m in members)


def orders_keep_their_weekday_and_the_hour_on_the_wall(report) -> None:
    from zoneinfo import ZoneInfo

    from portal import lab
    from portal.db import read
    from portal.lab.demo import EXCERPT

    london = ZoneInfo("Europe/London")
    rows = read(text("SELECT number, placed_at FROM shop_order")).all()
    moved = {row.number: datetime.fromisoformat(str(row.placed_at)) for row in rows}
    states = [
        s
        for s in lab.read_history(EXCERPT, lab.load_mapping("online-retail")).states
        if s.draft["version"] == 1
    ]
    shared = [state for state in states if state.number in moved]
    assert len(shared) == len(moved) == report.orders
    for state in shared:
        was = state.at.astimezone(london).replace(tzinfo=None)
        now = moved[state.number].replace(tzinfo=UTC).astimezone(london).replace(tzinfo=None)
        assert now - was == timedelta(weeks=report.weeks)


def facts(ref: str) -> dict:
    from portal import merchant

    state = merchant.member_state(ref, make.NOW)
    assert state is not None
    return state


def everybody() -> list[str]:
    from portal.db import read

    return list(read(text("SELECT ref FROM member ORDER BY ref")).scalars())


def sums() -> list[str]:
    from portal import earning, giving, ledger, referrals, rewards

    return [fault for slice_ in (ledger, rewards, giving, referrals, earning) for fault in slice_.faults()]


def test_under_a_programme_in_dollars_the_same_purchases_bring_what_it_lives_from(app, use, caplog):
    from portal import lab
    from portal.db import read

    use("cvs")
    report = lab.load_demo(make.NOW)
    assert (report.read_as, report.labels) == ("USD", ("channels", "categories", "brands"))
    assert report.beside == ("birthdays", "activities", "paid plans")
    assert (report.members > 140, sums()) == (True, [])
    assert "leaves out" not in caplog.text
    states = [facts(ref) for ref in everybody()]
    assert {one["points"]["value"]["currency"] for one in states} == {"USD"}
    given = {reward["reward"] for one in states for reward in one["rewards"]}
    assert given == {"beauty-gift", "carepass-ten"}, "goals of a category, and payments of a plan"
    seats = [facts(email.split("@")[0].removeprefix("member-")) for email in _emails(report.seats)]
    assert [bool(one["plan"]) for one in seats] == [False, False, True]
    assert read(text("SELECT count(*) FROM notice")).scalar() == 0, "a history is told, nobody is written to"


def _emails(seats) -> tuple[str, str, str]:
    return seats.new, seats.middle, seats.high


def test_where_nobody_climbs_the_seats_are_who_brought_friends(app, use):
    from portal import lab

    use("mahabis-refer-a-friend")
    report = lab.load_demo(make.NOW)
    high = facts(report.seats.high.split("@")[0].removeprefix("member-"))
    assert high["referral"]["rewarded"] > 0
    assert len(set(_emails(report.seats))) == 3
    assert sums() == []


def test_a_load_that_was_cut_off_goes_on_where_it_stopped(app, use):
    from portal import lab

    class CutOff(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done > total // 2:
            raise CutOff

    use("whereby-trees")
    with pytest.raises(CutOff):
        lab.load_demo(make.NOW, cut)
    report = lab.load_demo(make.NOW + timedelta(hours=1))
    assert not report.loaded_before
    assert (report.orders, sums()) == (len(placed()), [])
    trees = {ref: facts(ref)["counters"]["trees"] for ref in everybody()}
    assert max(trees.values()) > 5


def test_the_shipped_history_is_small_and_says_where_it_is_from():
    from portal.lab.demo import EXCERPT

    assert EXCERPT.stat().st_size <= 60_000
    assert "CC0" in (EXCERPT.parent / "README.md").read_text()


def test_the_excerpt_is_what_the_script_makes_of_the_data(histories):
    import csv
    import gzip

    from portal.lab.demo import EXCERPT
    from tests.lab.make_excerpt import chosen

    with gzip.open(EXCERPT, "rt", encoding="utf-8", newline="") as file:
        shipped = list(csv.DictReader(file))
    assert shipped == [{name: row[name] for name in shipped[0]} for row in chosen()]

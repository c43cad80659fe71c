"""Points that end so long after the last order or activity (Readings 3 and 18)."""

from datetime import date, timedelta

import pytest
from flask import Flask

from portal import ledger
from tests.ledger import shop
from tests.ledger.ends import ADDRESS, bounces, ending, history, mail, pass_to, reader, shown, told, touch
from tests.ledger.shop import TODAY, buckets, give, lots, sound, spend
from tests.ledger.test_corrections import undo

__all__ = ["history", "mail"]
pytestmark = pytest.mark.both_engines


@pytest.fixture
def idle(app: Flask) -> str:
    """Her points end a hundred days after her last order or activity, which was today."""
    shop.publish(ending("inactivity", days=100))
    member_id = reader()
    give(member_id, 100)
    touch(member_id, TODAY)
    return member_id


def after(days: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=days)


@pytest.mark.usefixtures("history")
def test_all_that_is_available_lapses_so_long_after_the_last_activity(idle):
    give(idle, 50, "gift", day=after(90))
    assert shown(idle) == [(after(100), 150, False)]
    assert pass_to(idle, after(100)) == []
    (posted,) = pass_to(idle, after(101))
    assert posted.available == 0
    entry = ledger.entry(idle, posted.seq)
    assert entry.source_ref == str(after(100))
    assert entry.trace["inactive"] == {"since": str(TODAY), "days": 100}
    assert entry.trace["lot"] == {"expires_on": str(after(100)), "points": 150}
    sound()


def test_activity_moves_the_end_and_its_notices(idle, mail):
    pass_to(idle, after(50))
    mail.arrive(after(50))
    assert "They stay if you shop with us before then." in mail.words(ADDRESS)
    touch(idle, after(60))
    touch(idle, after(55))  # told late: never backwards
    assert shown(idle) == [(after(160), 100, False)]
    assert pass_to(idle, after(159)) == []
    assert told() == [
        (str(after(100)), 60, str(after(40)), None),  # what became of it is nobody's concern any more
        (str(after(160)), 60, str(after(100)), None),
        (str(after(160)), 30, str(after(130)), None),
        (str(after(160)), 7, str(after(153)), None),
    ]
    mail.arrive(after(160))
    assert pass_to(idle, after(160)) == []
    assert len(pass_to(idle, after(161))) == 1
    sound()


def test_activity_ends_a_hold(idle):
    bounces(idle, True, TODAY)
    assert pass_to(idle, after(101)) == []
    assert shown(idle) == [(after(130), 100, True)]
    touch(idle, after(110))
    assert shown(idle) == [(after(210), 100, False)]
    assert pass_to(idle, after(210)) == []
    assert pass_to(idle, after(211)) == []
    assert shown(idle) == [(after(240), 100, True)]
    assert pass_to(idle, after(240)) == []
    assert len(pass_to(idle, after(241))) == 1
    sound()


@pytest.mark.usefixtures("history")
def test_what_comes_to_somebody_who_was_away_for_longer_lives_as_long_from_its_day(idle):
    pass_to(idle, after(101))
    give(idle, 30, "birthday", day=after(150))
    assert shown(idle) == [(after(250), 30, False)]
    assert pass_to(idle, after(250)) == []
    assert len(pass_to(idle, after(251))) == 1
    sound()


@pytest.mark.usefixtures("history")
def test_what_is_undone_after_idle_points_lapsed_is_valid_for_thirty_days(idle):
    spend(idle, 40)
    undone_on = after(101)
    pass_to(idle, undone_on)
    undo(idle, day=undone_on)
    assert lots(idle) == {str(after(131)): 40}
    sound()


@pytest.mark.usefixtures("history")
def test_what_is_undone_before_idle_points_end_goes_back_to_them(idle):
    spend(idle, 40)
    undo(idle, day=after(100))
    assert lots(idle) == {str(ledger.NEVER): 100}
    assert len(pass_to(idle, after(101))) == 1
    sound()


@pytest.mark.usefixtures("history")
def test_a_programme_in_which_points_end_no_more_lets_idle_ones_be(idle):
    shop.publish()
    pass_to(idle, after(500))
    assert buckets(idle) == (100, 0, 0)
    assert (shown(idle), ledger.next_due()) == ([], None)

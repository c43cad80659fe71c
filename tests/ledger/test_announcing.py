"""A member is told before her points end; whether what was sent arrived decides if they lapse (Readings 3 and 18)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from portal import ledger, notices
from tests.ledger import shop
from tests.ledger.ends import (
    ADDRESS,
    ENDS,
    GONE,
    Mail,
    anna,
    before,
    bounces,
    ending,
    history,
    mail,
    pass_to,
    shown,
    told,
)
from tests.ledger.shop import TODAY, expire, give, sound, spend
from tests.ledger.test_corrections import undo

__all__ = ["anna", "history", "mail"]
pytestmark = pytest.mark.both_engines


def test_she_is_told_sixty_thirty_and_seven_days_before_though_she_wants_no_news(anna, mail):
    give(anna, 1200, expires_on=ENDS)
    for days in (60, 30, 7):
        expire(anna, before(days + 1))
        mail.arrive(before(days))
        sent = len(mail)
        expire(anna, before(days))
        mail.arrive(before(days))
        assert len(mail) == sent + 1
    words = mail.words(ADDRESS)
    assert mail[0]["Subject"] == "1,200 points end on 10 June 2027"
    assert "1,200 points, worth £12.00, end on 10 June 2027." in words
    assert "http://localhost/home" in words
    assert "shop with us" not in words
    assert [one.available for one in expire(anna, GONE)] == [0]
    assert told() == [(str(ENDS), days, str(before(days)), True) for days in (60, 30, 7)]
    sound()


def test_two_lots_whose_notices_fall_on_one_day_are_one_mail(anna, mail):
    later = ENDS + timedelta(days=23)  # its notice of thirty days is due on the day of the other's of seven
    give(anna, 100, "first", expires_on=ENDS)
    give(anna, 50, "second", expires_on=later)
    pass_to(anna, before(8))
    mail.arrive(before(8))
    mail.clear()
    expire(anna, before(7))
    mail.arrive(before(7))
    (one,) = mail
    assert one["Subject"] == "150 points end soon"
    words = mail.words(ADDRESS)
    assert "100 points, worth £1.00, end on 10 June 2027." in words
    assert "50 points, worth £0.50, end on 3 July 2027." in words
    assert {(end, days) for end, days, on, _ in told() if on == str(before(7))} == {
        (str(ENDS), 7),
        (str(later), 30),
    }


@pytest.mark.parametrize(("lived", "days"), [(31, (30, 7)), (30, (30, 7)), (29, (7,)), (7, (7,)), (6, ())])
@pytest.mark.usefixtures("history")
def test_a_lot_skips_the_notices_that_its_life_is_too_short_for(anna, lived, days):
    ends = TODAY + timedelta(days=lived)
    give(anna, 10, expires_on=ends)
    pass_to(anna, ends)
    assert tuple(found for _, found, _, _ in told()) == days
    (posted,) = pass_to(anna, ends + timedelta(days=1))
    outcomes = [one["outcome"] for one in ledger.entry(anna, posted.seq).trace["notices"]]
    assert outcomes == ["skipped"] * (3 - len(days)) + ["delivered"] * len(days)
    sound()


def test_a_life_too_short_for_any_notice_ends_on_its_day_though_mail_bounces(anna):
    bounces(anna, True, TODAY)
    ends = TODAY + timedelta(days=6)
    give(anna, 10, expires_on=ends)
    assert pass_to(anna, ends) == []
    assert len(pass_to(anna, ends + timedelta(days=1))) == 1
    sound()


def test_points_that_come_back_after_the_notices_are_announced_before_they_end(anna, mail):
    give(anna, 100, expires_on=ENDS)
    spend(anna, 100)
    pass_to(anna, before(3))
    assert told() == [], "there was nothing to tell of"
    undo(anna, day=before(3))
    expire(anna, before(3))
    mail.arrive(before(3))
    assert len(mail) == 1
    assert {on for _, _, on, _ in told()} == {str(before(3))}
    assert len(pass_to(anna, GONE)) == 1
    sound()


def test_where_nobody_looked_for_long_nothing_lapses_untold(anna, mail):
    give(anna, 100, expires_on=ENDS)
    late = ENDS + timedelta(days=45)
    assert expire(anna, late) == []
    mail.arrive(late)
    until = late + timedelta(days=29)
    assert shown(anna) == [(until, 100, True)]
    assert until == date(2027, 8, 23)
    assert "end on 23 August 2027." in mail.words(ADDRESS)
    assert len(pass_to(anna, until + timedelta(days=1))) == 1
    sound()


@pytest.mark.parametrize(
    ("failing", "held"),
    [((60, 30), False), ((60, 30, 7), True), ((7,), True), ((60,), False), ((), False)],
)
@pytest.mark.usefixtures("history")
def test_the_last_notice_decides(anna, failing, held):
    give(anna, 100, expires_on=ENDS)
    for days in (60, 30, 7):
        bounces(anna, days in failing, before(days))
        expire(anna, before(days))
    assert (expire(anna, GONE) == []) == held
    assert [arrived for _, _, _, arrived in told()] == [days not in failing for days in (60, 30, 7)]
    sound()


def stays_in_the_queue(mail: Mail, anna: str) -> None:
    """No mail server answers."""


def is_given_up(mail: Mail, anna: str) -> None:
    """The mail server refuses her for good."""
    mail.broken = notices.Undeliverable("no such box")
    mail.arrive(before(7))


def is_sent(mail: Mail, anna: str) -> None:
    """It leaves."""
    mail.arrive(before(7))


def is_sent_late(mail: Mail, anna: str) -> None:
    """It leaves on the last day."""
    mail.arrive(ENDS)


def comes_back(mail: Mail, anna: str) -> None:
    """It leaves, and the shop says that it came back."""
    mail.arrive(before(7))
    bounces(anna, True, before(5))


@pytest.mark.parametrize(
    ("happens", "held"),
    [
        (stays_in_the_queue, True),
        (is_given_up, True),
        (is_sent, False),
        (is_sent_late, False),
        (comes_back, True),
    ],
)
@pytest.mark.both_engines(every_case=True)
def test_live_a_notice_was_delivered_when_its_mail_left_and_did_not_come_back(
    anna, mail, happens: Callable[[Mail, str], None], held
):
    give(anna, 100, expires_on=ENDS)
    pass_to(anna, before(7))
    happens(mail, anna)
    assert (pass_to(anna, GONE) == []) == held
    assert told()[-1][-1] is not held
    sound()


def test_live_somebody_without_an_address_cannot_be_told(app):
    shop.publish(ending())
    bea = shop.join()
    give(bea, 100, expires_on=ENDS)
    assert pass_to(bea, GONE) == []
    assert {arrived for *_, arrived in told()} == {False}
    assert shop.rows("notice") == 0
    assert shown(bea) == [(ENDS + timedelta(days=30), 100, True)]


@pytest.mark.usefixtures("history")
def test_in_a_history_a_notice_arrives_without_an_address_and_unmailed(app):
    shop.publish(ending())
    bea = shop.join()
    give(bea, 100, expires_on=ENDS)
    assert len(pass_to(bea, GONE)) == 1
    assert shop.rows("notice") == 0
    sound()


@pytest.mark.usefixtures("history")
def test_a_lot_is_held_once_and_lapses_whatever_arrives_then(anna):
    give(anna, 100, expires_on=ENDS)
    bounces(anna, True, before(7))
    pass_to(anna, GONE)
    bounces(anna, False, GONE)
    assert pass_to(anna, ENDS + timedelta(days=30)) == []
    assert len(pass_to(anna, ENDS + timedelta(days=31))) == 1
    sound()

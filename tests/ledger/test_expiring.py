"""Points end on their day, after their member was told; what was not announced is held once (Readings 3 and 18)."""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, union_all

from portal import giving, ledger, notices, people, rewards
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, expire, give, lots, refused, sound, spend, take_back, wallet
from tests.ledger.test_corrections import undo
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.both_engines
ENDS = TODAY + timedelta(days=365)
GONE = ENDS + timedelta(days=1)
ADDRESS = "anna@example.com"


def ending(kind: str = "days", **more: Any) -> str:
    """Part of a programme: how points end."""
    said = more or {"days": 365}
    return f'\n[expiry]\nkind = "{kind}"\n' + "".join(f"{name} = {value}\n" for name, value in said.items())


def reader() -> str:
    """A new member whose mail is read in Britain; her id."""
    member_id = shop.join(email=ADDRESS, proved=True)
    transact(lambda: people.change(member_id, people.Profile(locale="en-GB")))
    return member_id


@pytest.fixture
def anna(app: Flask) -> str:
    """Her id; points end a year after they were earned. She wants no news."""
    shop.publish(ending())
    return reader()


@pytest.fixture
def history() -> Iterator[None]:
    """What a history takes for granted: notices arrive."""
    with notices.assume_delivered():
        yield


@pytest.fixture
def mail(app: Flask) -> "Mail":
    """The mail of live."""
    return Mail(app)


class Mail(Mailbox):
    """A mailbox to which the outbox is emptied by hand."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.render = notices.Renderer(app.jinja_env)

    def arrive(self, day: date) -> None:
        """Send what waits, on the morning of a day."""
        notices.deliver_due(shop.morning(day), self, self.render)


def before(days: int) -> date:
    """So many days before the lot's last one."""
    return ENDS - timedelta(days=days)


def pass_to(member_id: str, day: date) -> list[ledger.Posted]:
    """Let the days pass to the beginning of `day`, each thing on its own; what lapsed."""
    posted = []
    while (due := ledger.next_due()) is not None and due <= day:
        posted += expire(member_id, due)
        assert ledger.next_due() != due, "what was due is due still"
    return posted


def bounces(member_id: str, holds: bool, on: date) -> None:
    """Mail to her comes back from a day on, or no longer."""
    told = {"since": on, "until": None, "at": shop.morning(on)}
    transact(lambda: people.set_attribute(member_id, "mail_bounces", holds, **told))


def touch(member_id: str, day: date) -> None:
    """She buys something, or does something that earns."""
    transact(lambda: ledger.touch(member_id, day))


def shown(member_id: str) -> list[tuple[date, int, bool]]:
    """What her home page is told of points that end: the real last day, how many, whether they are held."""
    rows = read(union_all(*ledger.facts()), {"p_member": member_id}).all()
    found = ledger.endings(programmes.active()[1].expiry, rows)
    return [(one.on, one.points, one.held) for one in found]


def told() -> list[tuple[str, int, str, bool | None]]:
    """Every notice: the end it speaks of, days before, when it was sent, whether it arrived."""
    rows = read(text("SELECT * FROM lot_notice ORDER BY expires_on, sent_on, days DESC")).all()
    return [
        (
            str(row.expires_on),
            row.days,
            str(row.sent_on),
            None if row.delivered is None else bool(row.delivered),
        )
        for row in rows
    ]


# ---- the least that tests must show ----


@pytest.mark.usefixtures("history")
def test_least_07_of_two_lots_the_one_that_ends_today_lapses_with_what_is_left_of_it(anna):
    give(anna, 100, "first", expires_on=ENDS)
    give(anna, 100, "second", expires_on=ENDS + timedelta(days=365))
    spend(anna, 80)
    assert pass_to(anna, ENDS) == []
    assert buckets(anna) == (120, 0, 0)
    (posted,) = pass_to(anna, GONE)
    assert (posted.available, wallet(anna).expired) == (100, 20)
    entry = ledger.entry(anna, posted.seq)
    assert (entry.kind, entry.contra, entry.source, entry.d_available) == (
        "expired",
        "expired",
        "expiry",
        -20,
    )
    assert entry.trace["lot"] == {"expires_on": str(ENDS), "points": 20}
    assert [notice["outcome"] for notice in entry.trace["notices"]] == ["delivered"] * 3
    sound()


def test_least_08_a_lot_whose_notice_bounced_is_held_thirty_days_and_she_is_shown_until_when(anna, mail):
    give(anna, 100, expires_on=ENDS)
    assert shown(anna) == [(ENDS, 100, False)]
    bounces(anna, True, before(10))
    assert pass_to(anna, GONE) == []
    held = ENDS + timedelta(days=30)
    assert (buckets(anna), shown(anna)) == ((100, 0, 0), [(held, 100, True)])
    assert pass_to(anna, held) == []
    spend(anna, 40)
    (posted,) = pass_to(anna, held + timedelta(days=1))
    assert (posted.available, wallet(anna).expired) == (0, 60)
    trace = ledger.entry(anna, posted.seq).trace
    assert trace["held_until"] == str(held)
    assert trace["notices"][-1] == {"days": 7, "sent_on": str(before(7)), "outcome": "failed"}
    assert shown(anna) == []
    sound()


@pytest.mark.parametrize(
    ("zone", "server"),
    [
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),  # fourteen hours ahead, eleven behind
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
        ("America/New_York", "UTC"),
    ],
)
@pytest.mark.usefixtures("history")
def test_least_20_valid_through_28_september_is_until_midnight_of_the_programme_wherever_the_server_is(
    anna, zone, server, monkeypatch
):
    monkeypatch.setenv("TZ", server)
    time.tzset()
    shop.publish(ending(), timezone=f'"{zone}"')
    give(anna, 100, expires_on=date(2026, 9, 28))
    midnight = programmes.active()[1].midnight(date(2026, 9, 29))
    expire(anna, midnight - timedelta(minutes=1))
    spend(anna, 30, "a minute before midnight")
    expire(anna, midnight - timedelta(seconds=1))
    spend(anna, 30, "a second before midnight")
    assert expire(anna, midnight)[0].available == 0
    assert refused(spend, anna, 1, "at midnight").code == "not_enough_points"
    assert wallet(anna).expired == 40
    monkeypatch.undo()
    time.tzset()
    sound()


TEN = '[[rewards]]\nkey = "ten"\nlabel = "Ten"\nprice = 10\nkind = "thing"\n'
CAUSE = '[[charities]]\nkey = "birds"\nlabel = "Birds"\n'


@pytest.mark.usefixtures("history")
def test_what_has_ended_can_be_neither_spent_nor_given_before_the_nightly_work_has_run(anna):
    shop.publish(ending(), TEN, CAUSE)
    give(anna, 100, expires_on=ENDS)
    midnight = programmes.active()[1].midnight(GONE)

    def take(at: datetime, ref: str) -> object:
        return transact(lambda: rewards.redeem(anna, "ten", ref=ref, at=at, actor="member"))

    def donate(at: datetime, ref: str) -> object:
        return transact(lambda: giving.donate(anna, "birds", 10, ref=ref, at=at, actor="member"))

    for verb in (take, donate):
        verb(midnight - timedelta(seconds=1), f"{verb.__name__} before")
        assert refused(verb, midnight, f"{verb.__name__} after").code == "not_enough_points"
    assert buckets(anna) == (80, 0, 0), "a refused verb leaves nothing behind"
    expire(anna, midnight)
    assert wallet(anna).expired == 80
    sound()


# ---- notices ----


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


# ---- held, lapsed, waiting ----


@pytest.fixture
def held(anna: str) -> str:
    """She has 100 points that are held and 100 of a later date; 60 of the first were spent before."""
    give(anna, 160, "first", expires_on=ENDS)
    spend(anna, 60)
    give(anna, 100, "second", expires_on=ENDS + timedelta(days=200))
    bounces(anna, True, before(7))
    pass_to(anna, GONE)
    assert len(shown(anna)) == 2
    return anna


LATER = str(ENDS + timedelta(days=200))


def test_what_is_undone_goes_back_into_a_held_lot_to_its_last_minute(held):
    undo(held, day=ENDS + timedelta(days=30))
    assert lots(held) == {str(ENDS): 160, LATER: 100}
    sound()


def test_what_is_undone_after_the_hold_is_valid_for_thirty_days(held):
    after = ENDS + timedelta(days=31)
    expire(held, after)
    undo(held, day=after)
    assert lots(held) == {str(after + timedelta(days=30)): 60, LATER: 100}
    sound()


def test_what_is_spent_comes_from_a_held_lot_first(held):
    spend(held, 110, "both")
    assert lots(held) == {LATER: 90}
    sound()


def test_a_refund_takes_from_the_held_lot_it_gave(held):
    take_back(held, 30, lot=ENDS)
    assert lots(held) == {str(ENDS): 70, LATER: 100}
    sound()


@pytest.mark.usefixtures("history")
def test_points_that_wait_never_lapse_and_keep_their_date_when_they_come(anna):
    give(anna, 100, ref="waits", expires_on=ENDS, matures_on=GONE + timedelta(days=1))
    assert expire(anna, GONE) == []
    assert buckets(anna) == (0, 100, 0)
    shop.mature(anna, GONE + timedelta(days=1))
    assert buckets(anna) == (100, 0, 0)
    assert len(expire(anna, GONE + timedelta(days=1))) == 1
    assert buckets(anna) == (0, 0, 0)
    sound()


@pytest.mark.usefixtures("history")
def test_what_is_told_of_a_lapsed_lot_lapses_again(anna):
    for number in range(3):
        give(anna, 10, f"late {number}", expires_on=ENDS, day=GONE)
        assert [one.available for one in expire(anna, GONE)] == [0]
    assert wallet(anna).expired == 30
    sound()


@pytest.mark.usefixtures("history")
def test_a_debt_is_paid_before_anything_can_lapse(anna):
    take_back(anna, 70)
    give(anna, 100, expires_on=ENDS)
    (posted,) = pass_to(anna, GONE)
    assert (posted.available, wallet(anna).expired, wallet(anna).earned) == (0, 30, 30)
    sound()


def test_a_day_run_twice_is_run_once(anna, mail):
    give(anna, 100, expires_on=ENDS)
    for days in (60, 30, 7):
        expire(anna, before(days))
        expire(anna, before(days))
        mail.arrive(before(days))
    assert len(mail) == 3
    assert (len(expire(anna, GONE)), expire(anna, GONE)) == (1, [])
    assert wallet(anna).expired == 100
    sound()


@pytest.mark.usefixtures("history")
def test_ten_look_at_once_and_it_lapses_once(anna, app):
    give(anna, 100, expires_on=ENDS)
    pass_to(anna, before(7))
    done = shop.at_once(app, [lambda: expire(anna, GONE)] * 10)
    assert sum(len(one) for one in done) == 1
    assert wallet(anna).expired == 100
    sound()


# ---- by inactivity ----


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


# ---- what is due, and what it costs ----


def test_where_points_never_end_nothing_is_ever_due(app, statements):
    shop.publish()
    bea = shop.join()
    give(bea, 100)
    touch(bea, TODAY)
    assert wallet(bea).active_on is None
    assert (ledger.next_due(), ledger.next_due_of(bea)) == (None, None)
    assert ledger.due_members(date(9999, 12, 31), "", 10) == []
    statements.clear()
    assert expire(bea, TODAY + timedelta(days=4000)) == []
    assert len([one for one in statements if one.startswith(("SELECT", "UPDATE", "INSERT"))]) == 2


def test_members_are_due_when_points_mature_end_or_have_their_end_announced(anna):
    bea, cleo = shop.join("c-2"), shop.join("c-3")
    give(anna, 10, expires_on=ENDS)
    give(bea, 10, expires_on=ENDS + timedelta(days=1))
    give(cleo, 10, matures_on=before(60))
    give(cleo, 10, "too", expires_on=ENDS)
    ordered = sorted((anna, cleo))
    assert (ledger.next_due(), ledger.next_due_of(bea)) == (before(60), before(59))
    assert ledger.due_members(before(61), "", 10) == []
    assert ledger.due_members(before(60), "", 10) == ordered
    assert ledger.due_members(before(60), "", 1) == ordered[:1]
    assert ledger.due_members(before(60), ordered[0], 10) == ordered[1:]
    assert ledger.due_members(before(59), "", 10) == sorted((anna, bea, cleo))
    spend(anna, 10)
    assert ledger.next_due_of(anna) is None


def test_the_next_day_is_found_by_its_index(anna, engine):
    if engine == "postgresql":
        pytest.skip("an empty table is read whole there")
    lots_due = "SELECT min(next_on) FROM lot WHERE remaining > 0 AND next_on IS NOT NULL"
    plan = " ".join(row.detail for row in read(text(f"EXPLAIN QUERY PLAN {lots_due}")))
    assert "lot_due" in plan


def test_credits_in_one_go_make_the_lots_that_one_after_the_other_would(anna):
    bea = shop.join("c-2")

    def together() -> None:
        rows = read(text("SELECT * FROM wallet WHERE member_id = :id"), {"id": bea}).all()
        credits = ledger.Credits(rows)
        for number, points in enumerate((10, 20)):
            credits.credit(
                bea, points, key=f"k{number}", fingerprint="a", because=shop.because(), expires_on=ENDS, at=make.NOW,
                day=TODAY + timedelta(days=number),
            )  # fmt: skip
        credits.write()

    give(anna, 10, "k0", expires_on=ENDS)
    give(anna, 20, "k1", expires_on=ENDS, day=TODAY + timedelta(days=1))
    transact(together)
    facts = (
        "SELECT expires_on, granted, remaining, made_on, held_until, next_on FROM lot WHERE member_id = :id"
    )
    made: list[Any] = [read(text(facts), {"id": one}).all() for one in (anna, bea)]
    assert made[0] == made[1]
    assert (made[0][0].remaining, str(made[0][0].made_on)) == (30, str(TODAY))
    sound()

"""Locked out of mailbox and passkey: the same answer for everybody, 72 hours of waiting, and what stops it."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import joining, ledger, people, signin
from portal.db import read, transact
from portal.errors import Refused
from portal.signin import recovering
from portal.signin.recovering import WAITS
from tests.home.doors import ANNA, enter, everything, join
from tests.page import Visit
from tests.signin.hands import (
    HERE,
    NEW,
    code_in,
    give_passkey,
    row_of,
    say_not_me,
    signed_in,
    token_in,
)
from tests.signin.recoveries import ELSEWHERE, ask, begin, note, prove, run_nightly, state_of, wait_out

pytestmark = pytest.mark.usefixtures("programme")


@pytest.mark.both_engines
def test_22_after_72_hours_the_new_address_is_hers_and_rewards_like_money_wait(
    app, mailbox, anna, sam, clock
):
    give_passkey(anna)
    laptop = signed_in(anna, "o" * 43)
    clock.shift(timedelta(seconds=1))
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=48))
    run_nightly()
    clock.shift(timedelta(hours=23, minutes=59, seconds=59))
    run_nightly()
    assert row_of(anna).email == ANNA
    clock.shift(timedelta(seconds=1))
    run_nightly()
    row = row_of(anna)
    assert (row.email, row.waits_until) == (NEW, portal_clock.now() + timedelta(hours=72))
    assert signin.passkeys_of("member", anna) == []
    assert signin.load_session(laptop.token, portal_clock.now()) is None
    assert state_of(request_id) == ("done", "time")
    assert "This is now your address" in mailbox.to(NEW)[-1]["Subject"]
    assert "was changed" in mailbox.to(ANNA)[-1]["Subject"]
    sent = len(mailbox)
    run_nightly()
    assert (row_of(anna), len(mailbox)) == (row, sent), "twice is once"
    assert ledger.faults() == []


@pytest.mark.both_engines
def test_22_the_old_mailbox_can_undo_a_recovery_once(app, mailbox, anna, sam, clock):
    begin(mailbox, anna, sam)
    wait_out(clock)
    token = token_in(mailbox, ANNA, "/undo/")
    assert transact(lambda: signin.undo(token, portal_clock.now())) == "back"
    assert row_of(anna).email == ANNA
    assert row_of(anna).frozen_at is not None
    assert transact(lambda: signin.undo(token, portal_clock.now())) == "used"


def test_the_old_mailbox_is_told_when_it_begins_and_a_day_before(app, mailbox, anna, sam, clock):
    begin(mailbox, anna, sam)
    assert "about to get another address" in mailbox.to(ANNA)[-1]["Subject"]
    assert "13 Jun 2026" in mailbox.words(ANNA)
    for hours, mails in (
        (46.99, 1),
        (0.01, 2),
        (1, 2),
    ):  # the hourly work comes up to an hour early, never late
        clock.shift(timedelta(hours=hours))
        run_nightly()
        assert len(mailbox.to(ANNA)) == mails
    assert len(mailbox.to(NEW)) == 2, "its code and its patience: nothing has moved"


@pytest.mark.both_engines
@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(hours=24), timedelta(days=9)])
def test_it_acts_a_day_after_its_reminder_however_late_that_comes(app, mailbox, anna, sam, clock, late):
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=48) + late)
    reminded_at = portal_clock.now()
    run_nightly()
    row = signin.find_recovery(request_id)
    assert (row.state, row.acts_at) == ("waiting", reminded_at + timedelta(hours=24))
    assert [mail["Subject"] for mail in mailbox.to(ANNA)].count(mailbox.to(ANNA)[0]["Subject"]) == 2
    assert len([mail for mail in mailbox.to(NEW) if "patience" in mail["Subject"]]) == 2, (
        "both know the new time"
    )
    clock.shift(timedelta(hours=23, minutes=59, seconds=59))
    run_nightly()
    assert (row_of(anna).email, len(mailbox.to(ANNA))) == (ANNA, 2)
    clock.shift(timedelta(seconds=1))
    run_nightly()
    assert row_of(anna).email == NEW


@pytest.mark.parametrize("way", ["link", "code", "passkey", "page", "staff", "taken"])
def test_what_stops_it(app, mailbox, anna, sam, clock, way):
    request_id = begin(mailbox, anna, sam)
    clock.shift(timedelta(hours=1))
    if way == "link":
        assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"
    elif way == "code":
        enter(app)
    elif way == "passkey":
        signed_in(anna, passkey=give_passkey(anna))
    elif way == "page":
        person = signed_in(anna)
        transact(lambda: signin.stop_by_member(person, portal_clock.now()))
    elif way == "staff":
        transact(lambda: signin.close_recovery(request_id, "staff", portal_clock.now()))
    else:
        join("c-2", NEW, "Ben")
    wait_out(clock)
    assert row_of(anna).email == ANNA
    state, why = state_of(request_id)
    assert state == ("refused" if way == "staff" else "stopped")
    assert why == {
        "link": "not_me", "code": "signed_in", "passkey": "signed_in", "page": "member",
        "staff": "staff", "taken": "taken",
    }[way]  # fmt: skip
    assert "stays as it is" in mailbox.to(NEW)[-1]["Subject"]
    assert (row_of(anna).frozen_at is not None) == (way == "link")


@pytest.mark.both_engines
def test_a_request_that_staff_close_while_it_acts_is_one_or_the_other(
    app, mailbox, anna, sam, clock, monkeypatch
):
    request_id = begin(mailbox, anna, sam)
    clock.shift(WAITS - timedelta(hours=24))
    run_nightly()
    clock.shift(timedelta(hours=24))
    closed: list[bool] = []

    def close() -> None:
        with app.app_context():
            closed.append(transact(lambda: signin.close_recovery(request_id, "staff", portal_clock.now())))

    colleague = Thread(target=close)

    def got_in(*_: object) -> bool:
        colleague.start()
        colleague.join(0.5)  # it waits for the row, and is answered afterwards
        return False

    monkeypatch.setattr(recovering, "_got_in", got_in)
    transact(lambda: signin.carry_out(request_id, portal_clock.now()))
    colleague.join()
    assert (state_of(request_id), row_of(anna).email, closed) == (("done", "time"), NEW, [False])


def test_whoever_asks_gets_one_answer_whatever_they_know(app, mailbox, anna):
    pages = []
    for told, email in ((ANNA, "a@example.net"), ("nobody@example.com", "b@example.net")):
        browser = Visit(app.test_client())
        browser.open("/sign-in")
        browser.follow("You cannot get into your mail any more?")
        browser.submit("Send the code", told=told, email=email, words="My provider has closed")
        browser.submit("Continue", 422, code="000000")
        page = browser.submit("Continue", code=code_in(mailbox, email))
        assert browser.path == "/sign-in/lost/sent"
        pages.append(page.text)
    assert pages[0] == pages[1]
    assert mailbox.to(ANNA) == [], "nobody is bothered before staff have looked"
    assert (signin.count_asked(), len(signin.asked_recoveries()[0])) == (2, 2)


def test_staff_see_a_request_only_once_its_address_is_proved(app, mailbox, anna, sam):
    request_id = ask()
    assert (signin.asked_recoveries(), signin.count_asked()) == (([], ""), 0)
    with pytest.raises(Refused) as refused:
        note(request_id, anna, sam)
    assert refused.value.code == "unknown_key"
    code = code_in(mailbox, NEW)
    tried = transact(
        lambda: signin.prove_recovery(request_id, code, visitor=ELSEWHERE, now=portal_clock.now())
    )
    assert tried.outcome == "expired"
    assert prove(mailbox, request_id) == "right"
    assert [row.id for row in signin.asked_recoveries()[0]] == [request_id]


def test_the_code_of_a_request_signs_nobody_in(app, mailbox, anna):
    request_id = ask()
    code = code_in(mailbox, NEW)
    entered = transact(lambda: signin.enter_by_code(request_id, code, visitor=HERE, now=portal_clock.now()))
    assert entered.outcome == "expired"


def test_asking_again_and_again_is_slowed_down(app, mailbox, anna):
    assert [ask() is None for _ in range(6)] == [False] * 5 + [True]


def test_a_second_colleague_is_another_one_who_means_the_same_member(app, mailbox, anna, sam):
    ben = join("c-2", "ben@example.com", "Ben")
    kim = transact(lambda: people.add_staff("kim@example.com", "support", portal_clock.now()))
    request_id = ask()
    prove(mailbox, request_id)
    assert note(request_id, anna, sam, enough=False) == "checked"
    assert len(mailbox.to(ANNA)) == 0, "nothing waits yet"
    for member_id, staff_id, why in ((anna, sam, "same"), (ben, kim, "member")):
        with pytest.raises(Refused) as refused:
            note(request_id, member_id, staff_id, enough=False)
        assert refused.value.facts["why"] == why
    assert note(request_id, anna, kim, enough=False) == "waiting"
    with pytest.raises(Refused) as refused:
        note(request_id, anna, kim)
    assert refused.value.code == "already_used"


def test_one_request_for_a_member_at_a_time_and_none_to_a_members_address(app, mailbox, anna, sam):
    begin(mailbox, anna, sam)
    second = ask(email="other@example.org")
    prove(mailbox, second, "other@example.org")
    with pytest.raises(Refused) as refused:
        note(second, anna, sam)
    assert refused.value.facts["why"] == "other"
    ben = join("c-2", "ben@example.com", "Ben")
    third = ask(email=ANNA)
    prove(mailbox, third, ANNA)
    with pytest.raises(Refused) as refused:
        note(third, ben, sam)
    assert refused.value.facts["why"] == "taken"


@pytest.mark.both_engines
def test_an_address_has_one_open_request_and_what_staff_have_begun_stays(app, mailbox, anna, sam, clock):
    begun = begin(mailbox, anna, sam)
    others = []
    for _ in range(2):
        clock.shift(timedelta(minutes=6))
        others.append(ask())
        assert prove(mailbox, others[-1]) == "right"
    assert [row.id for row in signin.asked_recoveries()[0]] == [others[1]]
    assert [row.id for row in signin.begun_recoveries()] == [begun]


@pytest.mark.both_engines
def test_a_line_has_five_open_requests_and_the_newest_stay(app, mailbox, anna, clock):
    far = ask(email="far@example.org", visitor=ELSEWHERE)
    prove(mailbox, far, "far@example.org", ELSEWHERE)
    ids = []
    for number in range(7):
        clock.shift(timedelta(minutes=6))
        email = f"a{number}@example.org"
        ids.append(ask(email=email))
        prove(mailbox, ids[-1], email)
        left = [row.id for row in signin.asked_recoveries()[0]]
        assert left == [*reversed(ids[-5:]), far]
    columns = repr(read(select(signin.Recovery.__table__)).all())
    assert "203.0.113" not in columns


def test_old_requests_and_codes_are_forgotten(app, mailbox, anna, sam, clock):
    ask()
    request_id = begin(mailbox, anna, sam)
    transact(lambda: signin.close_recovery(request_id, "staff", portal_clock.now()))
    clock.shift(timedelta(days=2))
    run_nightly()
    assert [row.id for row in read(select(signin.Recovery.__table__))] == [request_id]
    assert read(select(signin.AddressCode.__table__)).all() == []
    clock.shift(timedelta(days=90))
    run_nightly()
    assert read(select(signin.Recovery.__table__)).all() == []


def test_who_leaves_takes_her_request_along(app, mailbox, anna, sam, clock):
    begin(mailbox, anna, sam)
    transact(lambda: joining.leave(row_of(anna), actor="staff:x", now=portal_clock.now()))
    assert read(select(signin.Recovery.__table__)).all() == []
    wait_out(clock)
    assert row_of(anna).email is None


def test_what_she_writes_stands_in_no_column(app, mailbox, anna):
    words = "My card is green as a wombat"
    transact(
        lambda: signin.ask_recovery("411111", NEW, words, visitor=HERE, locale="en", now=portal_clock.now())
    )
    assert "wombat" not in repr(everything())
    (row,) = read(select(signin.Recovery.__table__))
    assert signin.told_in(row) == ("411111", words)

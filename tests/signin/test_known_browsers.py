"""Which browsers are known: one that was signed out from elsewhere is told of like a new device when it comes back."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from tests.home.doors import ANNA, SAM, make_fresh
from tests.page import Visit
from tests.signin.browsing import is_in, sign_in_by_code
from tests.signin.hands import give_passkey, signed_in, token_in

pytestmark = pytest.mark.usefixtures("programme")


def told(mailbox) -> int:
    """How many mails told of a new device."""
    jobs.wake()
    return sum(mail["Subject"].startswith("A new device") for mail in mailbox.to(ANNA))


def leave_and_come_back(visit, mailbox) -> None:
    visit.open("/you")
    visit.submit("Sign out on this device")
    sign_in_by_code(visit, mailbox)


def stop(app, mailbox, _hers) -> None:
    browser = Visit(app.test_client())
    browser.open(f"/not-me/{token_in(mailbox, ANNA, '/not-me/')}")
    browser.submit("This was not me: stop my points")


def sign_it_out(_app, _mailbox, hers) -> None:
    make_fresh(hers).open("/safety")
    hers.submit("Sign out")


def sign_out_all_others(_app, _mailbox, hers) -> None:
    make_fresh(hers).open("/safety")
    hers.submit("Sign out everywhere else")


@pytest.mark.both_engines(every_case=True)
@pytest.mark.parametrize("ends", [stop, sign_it_out, sign_out_all_others])
@pytest.mark.parametrize("leaves", [False, True])
def test_a_thief_who_was_signed_out_does_not_come_back_unseen(app, mailbox, anna, clock, ends, leaves):
    """Also one who had left by himself before and come back: no session of his browser makes it known."""
    hers, thief = Visit(app.test_client()), Visit(app.test_client())
    sign_in_by_code(hers, mailbox)
    clock.shift(timedelta(minutes=1))
    sign_in_by_code(thief, mailbox)
    if leaves:
        leave_and_come_back(thief, mailbox)
    assert told(mailbox) == 2
    ends(app, mailbox, hers)
    assert not is_in(thief)
    clock.shift(timedelta(minutes=5))
    sign_in_by_code(thief, mailbox)
    assert (is_in(thief), told(mailbox)) == (True, 3)
    leave_and_come_back(thief, mailbox)
    assert told(mailbox) == 3, "from then on it is known"


@pytest.mark.parametrize("ends", [sign_it_out, sign_out_all_others])
def test_the_browser_in_which_she_signs_others_out_stays_known(app, mailbox, anna, ends):
    hers = Visit(app.test_client())
    sign_in_by_code(hers, mailbox)
    sign_in_by_code(Visit(app.test_client()), mailbox)
    ends(app, mailbox, hers)
    leave_and_come_back(hers, mailbox)
    assert told(mailbox) == 2


@pytest.mark.both_engines
def test_after_a_lift_only_the_browsers_that_stay_in_are_known(app, mailbox, anna, clock):
    old = give_passkey(anna, portal_clock.now() - timedelta(days=31))
    transact(lambda: people.freeze(anna, portal_clock.now()))
    signed_in(anna, "t" * 43)
    hers = signed_in(anna, "h" * 43, passkey=old)
    transact(lambda: signin.lift_by_passkey(hers, portal_clock.now(), since=portal_clock.now()))
    member = signin.freezing.the_member(anna)
    for browser, mails in (("h", 0), ("t", 1)):
        before = told(mailbox)
        transact(
            lambda browser=browser: signin.sessions.tell_of_new_device(
                member, challenge_id=browser, browser=browser * 43, agent="Firefox", now=portal_clock.now()
            )
        )
        assert told(mailbox) - before == mails


def test_who_looks_in_every_day_is_not_told_of_a_new_device_when_the_session_has_run_out(
    app, mailbox, anna, clock
):
    hers = Visit(app.test_client())
    sign_in_by_code(hers, mailbox)
    for days in (
        20,
        20,
        20,
        20,
        20,
        20,
        20,
        20,
        21,
    ):  # within a month each time, and past the 180 of a session
        clock.shift(timedelta(days=days))
        assert is_in(hers) == (days == 20)
        transact(lambda: signin.forget_old(portal_clock.now()))
    sign_in_by_code(hers, mailbox)
    assert told(mailbox) == 1
    hers.open("/you")
    hers.submit("Sign out on this device")
    clock.shift(timedelta(days=181 + 180))
    transact(lambda: signin.forget_old(portal_clock.now()))
    sign_in_by_code(hers, mailbox)
    assert told(mailbox) == 2, "nobody is known for ever"


def test_the_browsers_of_a_colleague_who_begins_anew_are_new_ones(app, mailbox):
    sam_id, now = transact(lambda: people.add_staff(SAM, "support", portal_clock.now())), portal_clock.now()
    came = {"browser": "t" * 43, "agent": "Firefox", "now": now}
    transact(lambda: signin.open_session("staff", sam_id, challenge_id="first", **came))
    transact(lambda: signin.start_staff_anew(SAM, now))
    sam = people.staff_by_email(SAM)
    transact(lambda: signin.sessions.tell_of_new_device(sam, "staff", challenge_id="second", **came))
    jobs.wake()
    assert len(mailbox.to(SAM)) == 1


def test_signing_a_colleague_out_elsewhere_is_told_the_same_way(app, mailbox):
    sam_id = transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))

    def come_in(browser: str) -> signin.Person:
        token = transact(
            lambda: signin.open_session(
                "staff",
                sam_id,
                challenge_id=browser,
                browser=browser,
                agent="Firefox",
                now=portal_clock.now(),
                passkey_id="p",
            )
        )
        return signin.load_session(token, portal_clock.now())

    here, _there = come_in("h"), come_in("t")
    transact(lambda: signin.sessions.end_others(here, portal_clock.now()))
    for browser in "ht":
        transact(
            lambda browser=browser: signin.sessions.tell_of_new_device(
                people.staff_by_email(SAM), "staff", challenge_id=browser, browser=browser, agent="Firefox",
                now=portal_clock.now(),
            )
        )  # fmt: skip
    jobs.wake()
    assert len(mailbox.to(SAM)) == 1

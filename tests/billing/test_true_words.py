"""What the page says of an end, a pause and their undoing is so: also where Stripe refuses or a period just began."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal import billing, clock
from portal.billing import running, wishes
from portal.billing.shapes import Rejected
from tests.billing import shelf
from tests.billing.pages import bills, choose, operations, post, to_boundary, words
from tests.home.doors import step_in


def refuses(*_: object) -> None:
    raise Rejected("AuthenticationError: expired key")


@pytest.mark.both_engines
def test_an_end_that_stripe_refuses_is_told_as_not_done_and_asked_for_until_it_is(desk, monkeypatch):
    desk.join()
    desk.tell()
    taken = running.end
    monkeypatch.setattr(running, "end", refuses)
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "It has not ended: Stripe did not take it." in page.text
    assert "It ends, and nothing more is charged." not in page.text
    assert "Stripe has not taken it yet" in page.text
    for _ in range(20):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
        assert operations("end") == ["new"]
    monkeypatch.setattr(running, "end", taken)
    desk.clock.shift(timedelta(hours=13))
    billing.work_off(clock.now())
    assert operations("end") == ["done"]
    assert desk.status() == "cancelling"


@pytest.mark.parametrize("kind", ["pause", "keep"])
def test_a_wish_that_stripe_refuses_is_told_as_not_done(desk, monkeypatch, kind):
    desk.join()
    desk.tell()
    if kind == "keep":
        post(desk, "/membership/cancel", reason="", comment="")
    before = desk.status()
    monkeypatch.setattr(running, kind, refuses)
    page = post(desk, f"/membership/{kind}")
    assert "That was not done, and nothing was changed." in page.text
    assert desk.status() == before
    assert operations(kind) == ["failed"]


def test_an_end_that_stripe_does_not_answer_for_days_is_not_given_up(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.stripe.fault("500", "/v1/subscriptions/*", times=1000)
    desk.visit.submit("End it on 10 July 2026")
    for _ in range(12):
        desk.clock.shift(timedelta(hours=12, minutes=5))
        billing.work_off(clock.now())
    desk.visit = step_in(desk.app)
    assert "Stripe has not taken it yet" in desk.visit.open("/membership").text
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=13))
    billing.work_off(clock.now())
    assert desk.status() == "cancelling"


@pytest.mark.both_engines
def test_an_end_asked_for_over_the_renewal_is_shown_anew_with_what_is_charged(desk):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=50)
    desk.visit.open("/membership/cancel")
    desk.clock.shift(timedelta(minutes=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    page = desk.visit.submit("End it on 10 July 2026")
    assert desk.visit.path == "/membership/cancel"
    assert "A new period has begun since you looked. Nothing was changed" in page.text
    assert "£3.00 for the period that has just begun is being charged now, and is the last one." in page.text
    assert "Nothing more is charged" not in page.text
    assert desk.subscription().ends_on is None
    page = desk.visit.submit("End it on 10 August 2026")
    assert "It ends. The payment that is being made is the last one." in page.text
    assert desk.subscription().ends_on.isoformat() == "2026-08-10"


@pytest.mark.both_engines
def test_a_pause_in_the_hour_of_the_renewal_is_refused_in_words_and_possible_after_it(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=30, minutes=5)
    desk.tell()
    desk.visit.open("/membership/pause")
    page = desk.visit.submit("Pause it today")
    assert "you can pause it in an hour" in page.text
    assert desk.status() == "active"
    desk.pass_time(hours=2)
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    assert desk.status() == "paused"
    page = desk.visit.submit("Go on with Plus, nothing to pay")
    assert "It is on again." in page.text


def test_a_pause_asked_for_over_the_renewal_is_shown_anew(desk):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=50)
    desk.visit.open("/membership/pause")
    desk.clock.shift(timedelta(minutes=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    page = desk.visit.submit("Pause it today")
    assert "A new period has begun since you looked. Nothing was changed" in page.text
    assert desk.status() == "active"


def test_keep_of_what_has_ended_says_that_it_has(desk):
    desk.join()
    desk.tell()
    post(desk, "/membership/cancel", reason="", comment="")
    desk.tell()
    to_boundary(desk, days=30, hours=2)
    assert "It has ended already. You can join again at any time." in post(desk, "/membership/keep").text


def test_keep_and_undo_of_a_paused_plan_say_that_nothing_was_changed(desk):
    desk.join()
    desk.tell()
    post(desk, "/membership/pause")
    assert "That was not done, and nothing was changed." in post(desk, "/membership/keep").text
    assert "No change is planned. Nothing was changed." in post(desk, "/membership/stay").text
    assert desk.status() == "paused"


@pytest.mark.both_engines
def test_undo_after_the_change_says_that_it_has_changed(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    to_boundary(desk, days=30, hours=2)
    desk.visit.open("/membership")
    page = desk.visit.submit("Undo")
    assert "It has changed already: you have Gold." in page.text


def test_undo_while_a_change_is_not_answered_says_that_it_is_being_made(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    choose(desk, "platinum-monthly")
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST")
    desk.visit.submit("Pay £5.00 and change now")
    page = post(desk, "/membership/stay")
    assert "The change is being made at this moment." in page.text
    assert "Your plan stays as it is." not in page.text


@pytest.mark.both_engines
def test_ending_a_plan_whose_card_failed_voids_its_open_bill_and_says_so(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    page = desk.visit.open("/membership/cancel")
    assert "The payment of £3.00 that is still open falls away. Nothing more is charged." in words(page)
    desk.visit.submit("End it today")
    desk.tell()
    assert bills(desk)[0] == ("void", 300)
    assert "not paid yet" not in desk.visit.open("/membership").text


@pytest.mark.both_engines
def test_ended_kept_and_ended_again_is_confirmed_each_time(desk):
    desk.join()
    for _ in range(2):
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
        desk.tell(times=2)
        desk.visit.submit("Keep Plus")
        desk.tell(times=2)
    assert desk.mails("plan_ending") == 2
    for _ in range(2):
        desk.visit.open("/membership/pause")
        desk.visit.submit("Pause it today")
        desk.tell(times=2)
        desk.visit.submit("Go on with Plus, nothing to pay")
        desk.tell(times=2)
    assert (desk.mails("plan_paused"), desk.mails("plan_resumed")) == (2, 2)


def test_a_plan_paused_in_the_dashboard_and_then_ended_shows_its_end_and_keep(desk):
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    client.subscriptions.update(desk.subscription().id, {"pause_collection": {"behavior": "void"}})
    desk.tell()
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "Ends on 10 July 2026." in words(page)
    assert "Keep Plus" in [one.text for one in page.all("button")]


def test_a_second_tap_waits_for_what_stripe_answers_the_first_and_both_pages_say_it(app, desk):
    desk.join()
    desk.stripe.fault("sleep", "/v1/subscriptions/*", method="POST", seconds=0.5)

    def tap(_number: int) -> str:
        with app.app_context():
            return wishes.ask_to_end(desk.member, None, clock.now())

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tap, range(2))) == ["already", "done"]
    assert desk.status() == "cancelling"

"""How a visit begins and ends: who may, by which proof, and what takes it its ground."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import people, support
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit
from tests.authenticator import Phone
from tests.home.doors import SAM, enter, everything, join
from tests.page import Visit
from tests.support.acts import (
    HERS,
    REASON,
    TICKET,
    anything_else,
    begin,
    colleague,
    hire,
    newcomer,
    touch,
    visit,
    whats,
)

pytestmark = pytest.mark.usefixtures("programme")
MINUTE = timedelta(minutes=1)


def test_a_visit_ends_after_a_quarter_of_an_hour_and_the_page_says_how_to_begin_another(app, anna, clock):
    desk = hire(app)
    begin(desk)
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    clock.shift(15 * MINUTE - timedelta(seconds=1))
    assert "1 minute left" in desk.open(HERS + "/home").text
    clock.shift(timedelta(seconds=1))
    before = anything_else()
    for path in ("/home", "/you", "/activity"):
        page = desk.open(HERS + path, 403)
        assert "The visit has ended" in page.text
        assert "Anna" not in page.text
    answer = desk.client.post(HERS + "/you/consents", data={"csrf_token": token, "marketing": "y"})
    assert answer.status_code == 403
    assert "Nothing was written" in answer.text
    assert anything_else() == before
    assert whats(anna)[-1] == "visit_ended"
    assert audit.rows_of(anna)[0].facts == {"why": "time"}
    desk.open(HERS + "/home", 403)
    desk.follow("Begin another visit")
    assert "Prove that it is you" in desk.page.text
    [looked] = support.visits_of(anna, portal_clock.now())
    assert looked.minutes == 15


def test_a_visit_needs_a_proof_of_the_last_five_minutes_and_a_passkey_is_one(app, mailbox, anna, clock):
    phone = Phone()
    desk = newcomer(app, phone)
    old = desk.client.get_cookie("staff").value
    clock.shift(5 * MINUTE + timedelta(seconds=1))
    desk.open("/staff/members/c-1")
    desk.follow("Look at her pages")
    assert not desk.page.all("input", name="reason")
    desk.follow("Prove that it is you")
    assert not [button for button in desk.page.all("button") if "code" in button.text], (
        "staff get no mailed codes"
    )
    touch(desk, phone, "Use your passkey", "prove")
    assert desk.path == "/staff/visits/new"
    desk.submit("Begin the visit", ticket=TICKET, reason=REASON)
    assert desk.path == HERS + "/home"
    before = Visit(app.test_client())
    before.client.set_cookie("staff", old)
    assert before.client.get("/staff/").status_code == 303, "the session of before the proof is dead"


@pytest.mark.both_engines
def test_who_may_not_begin_a_visit_is_refused_with_the_reason(app, anna, clock):
    sam = colleague()
    twin = join("c-2", "twin@example.com", "Twin")
    transact(lambda: people.prove_address(twin, "twin@new.example", portal_clock.now()))
    colleague("manager", "ann@shop.example")
    of_a_colleague = join("c-3", "ann@shop.example", "Ann")
    shy = join("c-4", "shy@example.com", "Shy")
    transact(lambda: support.allow_visits(shy, False, now=portal_clock.now()))
    before = everything()
    for staff, member_id, changes, code, why in (
        (colleague("auditor", "ari@shop.example"), anna, {}, "not_allowed", "role"),
        (colleague("support", "twin@new.example"), twin, {}, "not_allowed", "own"),
        (colleague("support", "twin@example.com"), twin, {}, "not_allowed", "own"),
        (sam, of_a_colleague, {}, "not_allowed", "staff"),
        (sam, shy, {}, "not_allowed", "opted_out"),
        (sam, "0" * 26, {}, "unknown_member", None),
        (sam, anna, {"reason": "because a"}, "bad_value", None),
        (sam, anna, {"reason": "   because      "}, "bad_value", None),
        (sam, anna, {"ticket": " \t "}, "bad_value", None),
    ):
        with pytest.raises(Refused) as refused:
            visit(staff, member_id, **changes)
        assert (refused.value.code, refused.value.facts.get("why")) == (code, why)
    assert everything()["visit"] == before["visit"] == []
    assert everything()["audit"] == []
    clock.shift(5 * MINUTE)
    visit(sam, anna)
    eve = join("c-5", "eve@example.com", "Eve")
    with pytest.raises(Refused) as refused:
        visit(sam, eve)
    assert refused.value.code == "conflict", "one at a time"


def test_the_desk_says_why_and_what_to_do_and_the_try_is_on_record(app, anna):
    desk = hire(app)
    transact(lambda: support.allow_visits(anna, False, now=portal_clock.now()))
    desk.open("/staff/visits/new?member=c-1")
    page = desk.submit("Begin the visit", 403, ticket=TICKET, reason=REASON)
    assert "does not want support to look" in page.text
    assert whats(anna) == ["refused"]
    desk.open("/staff/visits/new?member=c-1")
    page = desk.submit("Begin the visit", 422, ticket="", reason="no")
    assert "ten letters" in page.text
    assert "Give the number of the ticket" in page.text


def test_an_auditor_is_offered_neither_visits_nor_adjustments(app, anna):
    desk = hire(app, "auditor")
    page = desk.open("/staff/members/c-1")
    assert "Look at her pages" not in page.text
    assert "Put points right" not in page.text
    assert "Your role does not do this" in desk.open("/staff/visits/new?member=c-1", 403).text


def test_inside_a_visit_no_other_begins_and_stop_works_from_anywhere(app, anna):
    join("c-2", "bea@example.com", "Bea")
    desk = hire(app)
    begin(desk)
    desk.open("/staff/visits/new?member=c-2", 403)
    other = enter(app, SAM, "staff")
    other.open("/staff/visits/new?member=c-2")
    page = other.submit("Begin the visit", 409, ticket=TICKET, reason=REASON)
    assert "One at a time" in page.text
    other.submit("Stop the visit")
    assert "The visit has ended" in desk.open(HERS + "/home", 403).text
    begin(other, "c-2")
    assert other.path == HERS + "/home"


def test_stop_works_twice_and_for_nobody_in_particular(app, anna, client):
    desk = hire(app)
    begin(desk)
    desk.submit("Stop the visit")
    assert desk.path == "/staff/members/c-1"
    assert "The visit has ended" in desk.page.text
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    assert desk.client.post("/staff/visits/stop", data={"csrf_token": token}).status_code == 303
    assert whats(anna) == ["visit_started", "page", "visit_ended"]


def test_signing_out_in_the_middle_of_a_visit_ends_both(app, anna):
    desk = hire(app)
    begin(desk)
    desk.open(HERS + "/you")
    desk.submit("Sign out on this device")
    assert desk.path == "/staff/signed-out"
    assert desk.client.get(HERS + "/home").headers["Location"].startswith("/staff/sign-in")
    assert desk.client.get("/staff/").headers["Location"].startswith("/staff/sign-in")
    assert audit.rows_of(anna)[0].facts == {"why": "signed_out"}
    begin(enter(app, SAM, "staff"))


@pytest.mark.parametrize("cause", ["role", "disabled", "left", "opted_out", "switched_off"])
def test_what_takes_a_visit_its_ground_ends_it_at_the_next_request(app, anna, publish, cause):
    desk = hire(app)
    begin(desk)
    now = portal_clock.now()
    if cause == "role":
        transact(lambda: people.add_staff(SAM, "auditor", now))
    elif cause == "disabled":
        transact(lambda: people.disable_staff(SAM, now))
    elif cause == "left":
        from sqlalchemy import update

        from portal.db import run

        transact(lambda: run(update(people.Member).values(status="left")))
    elif cause == "opted_out":
        transact(lambda: support.allow_visits(anna, False, now=now))
    else:
        publish(programmes.load("demo").source + "\n[support]\nvisits = false\n")
    answer = desk.client.get(HERS + "/home", follow_redirects=True)
    assert "Anna" not in answer.text
    if cause != "disabled":
        assert answer.status_code == 403
        assert "The visit has ended" in answer.text
        assert audit.rows_of(anna)[0].facts == {"why": cause}


@pytest.mark.both_engines
def test_two_that_begin_at_once_are_one_visit(app, engine, anna):
    from concurrent.futures import ThreadPoolExecutor

    sam = colleague()

    def try_one(_number: int) -> str:
        with app.app_context():
            try:
                return visit(sam, anna)
            except Refused as refused:
                return refused.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(try_one, range(8)))
    assert outcomes.count("conflict") == 7
    assert len(everything()["visit"]) == 1
    assert support.faults() == []

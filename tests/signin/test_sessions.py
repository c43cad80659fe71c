"""Sessions and devices: what a cookie is worth, who signs whom out, when a session ends by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal import clock as portal_clock
from portal import people, signin
from portal.db import read, run, transact
from tests.home.doors import ANNA, employ, join, make_fresh
from tests.page import Visit
from tests.signin.browsing import ask, is_in, sign_in_by_code

pytestmark = pytest.mark.usefixtures("programme")


def test_the_session_is_new_after_signing_in_and_the_old_cookie_is_worth_nothing(app, visit, mailbox, anna):
    visit.client.set_cookie("portal", "planted", domain="localhost")
    ask(visit)
    before = visit.client.get_cookie("portal").value
    csrf = visit.page.all("input", name="csrf_token")[0]["value"]
    visit.submit("Continue", code=mailbox.code(ANNA))
    after = visit.client.get_cookie("portal").value
    assert before != after
    thief = app.test_client()
    thief.set_cookie("portal", before, domain="localhost")
    assert thief.get("/home").status_code == 303
    assert visit.client.post("/sign-out", data={"csrf_token": csrf}).status_code == 403, (
        "the form's proof is new too"
    )


def test_a_signed_out_cookie_is_dead_on_the_server(app, visit, mailbox, anna):
    sign_in_by_code(visit, mailbox)
    stolen = visit.client.get_cookie("portal").value
    visit.open("/you")
    visit.submit("Sign out on this device")
    assert visit.path == "/signed-out"
    assert visit.response.history[0].headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = app.test_client()
    thief.set_cookie("portal", stolen, domain="localhost")
    assert thief.get("/home").status_code == 303


def test_a_second_tap_on_sign_out_is_content(visit, mailbox, anna):
    sign_in_by_code(visit, mailbox)
    page = visit.open("/you")
    token = page.all("input", name="csrf_token")[0]["value"]
    for _tap in range(2):
        answer = visit.client.post("/sign-out", data={"csrf_token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out")
    assert not is_in(visit)


def test_a_member_sees_her_devices_and_signs_one_out(app, visit, mailbox, anna):
    phone = Visit(app.test_client())
    phone.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"
    )
    sign_in_by_code(phone, mailbox)
    sign_in_by_code(visit, mailbox)
    page = visit.open("/safety")
    assert "Chrome · Android" in page.text
    assert "This device · Signed in on" in page.text
    visit.submit("Sign out")
    assert visit.path == "/proof"
    assert is_in(phone), "whoever took her phone in hand does not sign her out elsewhere"
    make_fresh(visit).open("/safety")
    visit.submit("Sign out")
    assert not is_in(phone)
    assert is_in(visit)


def test_nobody_ends_the_session_of_another_member(app, visit, mailbox, anna):
    join("c-2", "berta@example.com", "Berta")
    berta = Visit(app.test_client())
    sign_in_by_code(berta, mailbox, "berta@example.com")
    hers = read(select(signin.Session.__table__.c.id)).scalar_one()
    sign_in_by_code(visit, mailbox)
    token = make_fresh(visit).open("/you").all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post("/sessions/end", data={"csrf_token": token, "session": hers})
    assert answer.headers["Location"] == "/safety"
    assert is_in(berta)


@pytest.mark.parametrize("named", ["", "\x00", "no such", "x" * 5000])
def test_a_device_that_is_none_is_no_fault(visit, mailbox, anna, named):
    sign_in_by_code(visit, mailbox)
    token = make_fresh(visit).open("/you").all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post("/sessions/end", data={"csrf_token": token, "session": named})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/safety")
    assert is_in(visit)


def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(app, visit, mailbox, anna):
    sign_in_by_code(visit, mailbox)
    assert [mail["Subject"] for mail in mailbox.to(ANNA)][-1].startswith("A new device signed in")
    visit.open("/you")
    visit.submit("Sign out on this device")
    mailbox.clear()
    sign_in_by_code(visit, mailbox)
    assert len(mailbox.to(ANNA)) == 1, "the code alone: this browser is known"
    other = Visit(app.test_client())
    other.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (iPhone) Version/17.5 Mobile/15E148 Safari/604.1"
    )
    mailbox.clear()
    sign_in_by_code(other, mailbox)
    words = mailbox.words(ANNA)
    assert "Safari · iPhone signed in to your card" in words
    assert "http://localhost/safety" in words


def test_a_session_ends_after_half_a_year_whatever_happens(visit, mailbox, anna, clock):
    sign_in_by_code(visit, mailbox)
    token = read(select(signin.Session.__table__.c.token_hash)).scalar_one()
    assert token
    for _ in range(6):
        clock.shift(timedelta(days=29))
        assert is_in(visit)
    clock.shift(timedelta(days=6))
    assert not is_in(visit)


def test_a_browser_that_stays_away_for_a_month_is_signed_out(visit, mailbox, anna, clock):
    sign_in_by_code(visit, mailbox)
    clock.shift(timedelta(days=29))
    assert is_in(visit)
    clock.shift(timedelta(days=29))
    assert is_in(visit), "looking at pages is being there"
    clock.shift(timedelta(days=31))
    assert not is_in(visit)


def test_staff_who_left_are_out_at_the_next_request_and_after_twelve_hours_anyway(app, clock):
    left, stays = employ(app), employ(app, "kim@example.com")
    for _quarter in range(47):  # of an hour: whoever rests for longer has to sign in again
        clock.shift(timedelta(minutes=15))
        assert stays.client.get(stays.path).status_code == 200
        assert left.client.get(left.path).status_code == 200
    transact(lambda: people.disable_staff("sam@example.com", portal_clock.now()))
    assert left.client.get(left.path).status_code == 303
    assert stays.client.get(stays.path).status_code == 200
    clock.shift(timedelta(minutes=15))
    assert stays.client.get(stays.path).status_code == 303


def test_old_challenges_counters_and_sessions_are_forgotten(visit, mailbox, anna, clock):
    sign_in_by_code(visit, mailbox)
    clock.shift(timedelta(days=2))
    transact(lambda: signin.forget_old(portal_clock.now()))
    count = {
        t: read(select(func.count()).select_from(t)).scalar_one() for t in (signin.Challenge, signin.Attempt)
    }
    assert set(count.values()) == {0}
    assert is_in(visit)


def test_a_member_who_is_closed_is_out_at_the_next_request(visit, mailbox, anna):
    sign_in_by_code(visit, mailbox)
    transact(lambda: run(update(people.Member).values(status="left")))
    assert not is_in(visit)

"""The code of a gift: one person uses it once, when it serves her; who guesses is slowed down."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from portal import clock, rewards
from portal.billing import wishes
from portal.errors import Refused
from tests.billing.giving import BERTA, CARLA, berta, buy, grants, open_code, row, standing, use
from tests.home.doors import join, make_fresh, step_in
from tests.page import Visit

__all__ = ["berta"]


@pytest.mark.both_engines
def test_of_two_who_use_a_code_at_once_one_has_it_and_the_other_is_told(app, desk, berta):
    code = buy(desk)
    carla = join("c-3", CARLA, "Carla Dunn")
    both = {berta: step_in(app, BERTA), carla: step_in(app, CARLA)}
    for visit in both.values():
        open_code(visit, code)

    def tap(visit: Visit) -> str:
        with app.app_context():
            return visit.submit("Use it, until 10 September 2026").text

    with ThreadPoolExecutor(2) as at_once:
        texts = list(at_once.map(tap, both.values()))
    (grant,) = grants()
    assert grant.member_id in both
    loser = texts[1] if grant.member_id == berta else texts[0]
    assert "This gift has been used" in loser
    assert use(grant.member_id, code).redeemed_by == grant.member_id, "again by the same is nothing"
    assert len(grants()) == 1


def test_one_gift_after_the_other_loses_no_day(desk, berta):
    first, second = buy(desk, "plus-monthly-1"), buy(desk, "plus-monthly-3")
    use(berta, first)
    use(berta, second)
    assert [(one.from_on, one.until) for one in grants()] == [
        (date(2026, 6, 10), date(2026, 7, 10)), (date(2026, 7, 11), date(2026, 10, 11)),
    ]  # fmt: skip
    assert standing(berta, date(2026, 10, 11)).perks
    assert not standing(berta, date(2026, 10, 12)).perks


def test_who_pays_for_a_plan_keeps_the_code_until_it_has_ended(desk):
    code = buy(desk, "plus-monthly-1")
    desk.join()
    desk.tell()
    page = open_code(desk.visit, code)
    assert "the code keeps, it has no end date" in page.text
    with pytest.raises(Refused) as refused:
        use(desk.member, code)
    assert (refused.value.code, refused.value.facts["why"]) == ("conflict", "paid")
    wishes.ask_to_end(desk.member, None, clock.now())
    assert "Your plan ends on 10 July 2026. Use the code after that." in desk.visit.open("/gift").text
    desk.pass_time(days=31)
    desk.tell()
    open_code(desk.visit, code)
    desk.visit.submit("Use it, until 11 August 2026")
    assert desk.status() == "active", "for oneself it is prepaid"


def test_who_has_it_for_life_passes_it_on(desk, berta):
    desk.join("plus-life")
    desk.tell()
    code = buy(desk)
    assert "Pass the code on" in open_code(desk.visit, code).text
    assert use(berta, code).state == "redeemed"


def test_a_newcomer_comes_by_the_mail_joins_and_finds_her_gift(app, desk):
    code = buy(desk)
    newcomer = Visit(app.test_client())
    page = open_code(newcomer, code)
    assert "Anna gives you Plus for 3 months" in page.text
    newcomer.follow("Join free and use it")
    newcomer.submit("Send the code", email="zoe@example.com")
    newcomer.submit("Continue", code=desk.mailbox.code("zoe@example.com"))
    newcomer.submit("Join", name="Zoe", terms=True)
    assert newcomer.path == "/gift"
    newcomer.submit("Use it, until 10 September 2026")
    assert newcomer.path == "/membership"
    assert newcomer.client.get("/gift").text.count("Open a gift") > 0, "the browser has forgotten the code"


def test_a_wrong_code_is_told_kindly_and_guessing_is_slowed_down(app, desk):
    code = buy(desk)
    guesser = Visit(app.test_client())
    page = open_code(guesser, "AAAA-BBBB-CCCC-DDDD", status=404)
    assert "We do not know this code." in page.text
    for number in range(9):
        open_code(guesser, f"AAAA-BBBB-CCCC-{number:04}", status=404)
    assert "That was too often." in open_code(guesser, code, status=429).text
    desk.clock.shift(timedelta(minutes=5, seconds=1))
    assert "Plus for 3 months" in open_code(guesser, code).text


def test_a_cookie_that_somebody_made_opens_nothing(desk):
    code = buy(desk)
    desk.visit.client.set_cookie("gift", rewards.normal(code))
    assert "Open a gift" in desk.visit.open("/gift").text


@pytest.mark.settings(PORTAL_BASE_URL="https://localhost")
def test_a_neighbouring_host_cannot_slip_a_gift_into_a_browser(app, desk):
    code = buy(desk)
    friend = Visit(app.test_client())
    token = friend.open("/gift").all("input", name="csrf_token")[0]["value"]
    (cookie,) = friend.client.post("/gift", data={"csrf_token": token, "code": code}).headers.getlist(
        "Set-Cookie"
    )
    name, value = cookie.partition(";")[0].split("=", 1)
    assert name == "__Host-gift"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {
        word.strip() for word in cookie.split(";")[1:]
    }
    other = app.test_client()
    other.set_cookie("gift", value)
    assert "Plus for 3 months" not in other.get("/gift").text
    other.set_cookie(name, value)
    assert "Plus for 3 months" in other.get("/gift").text
    (gone,) = other.post("/sign-out").headers.getlist("Set-Cookie")
    assert re.match("__Host-gift=;.*Max-Age=0; Secure;.*Path=/;", gone), "browsers take no other word for it"


def test_who_leaves_takes_no_gift_back_and_is_named_no_more(app, desk, berta):
    code = buy(desk, words="For you")
    make_fresh(desk.visit).open("/you/leave")
    desk.visit.submit(
        next(one.spoken_name for one in desk.visit.page.all("button") if "eave" in one.spoken_name)
    )
    hers = step_in(app, BERTA)
    page = open_code(hers, code)
    assert "For you: Plus for 3 months" in page.text
    assert "Anna" not in page.text
    assert row().words is None
    hers.submit("Use it, until 10 September 2026")
    assert standing(berta, date(2026, 9, 10)).perks

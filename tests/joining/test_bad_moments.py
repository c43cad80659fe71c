"""Bad moments of joining and leaving: a stop that comes at the same time, a shop that was faster, an old cookie."""

import threading

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, people, referrals, signin
from portal.db import transact
from portal.errors import Refused
from tests.home.doors import ANNA, join
from tests.page import Visit
from tests.signin import browsing
from tests.signin.hands import link, row_of, signed_in

pytestmark = pytest.mark.usefixtures("programme")

ZOE = "zoe@example.com"


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


def shop_says(ref: str, **fields: object) -> joining.Put:
    """A shop tells who its customer is."""
    body = joining.MemberBody.model_validate({"email": ZOE} | fields)
    return transact(lambda: joining.put_member(ref, body, source="shop:main", now=portal_clock.now()))


@pytest.mark.both_engines
def test_a_stop_at_the_same_moment_comes_before_leaving_or_after_it(app, mailbox, anna, monkeypatch):
    token, thief = link(anna), signed_in(anna, "t" * 43)
    now, answers = portal_clock.now(), []

    def press() -> None:
        with app.app_context():
            answers.append(transact(lambda: signin.say_not_me(token, now=now)))

    pressing, looks = threading.Thread(target=press), people.refuse_while_stopped

    def look(member_id: str) -> None:
        looks(member_id)
        pressing.start()  # she presses after the look, and before anything is written
        pressing.join(1)

    monkeypatch.setattr("portal.joining.leaving.people.refuse_while_stopped", look)
    transact(lambda: joining.leave(thief, actor="member", now=now, proof=thief.fresh_at))
    pressing.join(10)
    assert (answers, row_of(anna).status) == (["unknown"], "left"), (
        "nobody is told of a stop that holds nothing"
    )


@pytest.mark.both_engines
def test_leaving_waits_for_a_stop_that_is_on_its_way(app, mailbox, anna, monkeypatch):
    token, thief = link(anna), signed_in(anna, "t" * 43)
    now, refusals = portal_clock.now(), []

    def leave() -> None:
        with app.app_context():
            try:
                transact(lambda: joining.leave(thief, actor="member", now=now, proof=thief.fresh_at))
            except Refused as refused:
                refusals.append(refused.code)

    leaving, stops = threading.Thread(target=leave), people.freeze

    def freeze(member_id: str, at: object) -> bool:
        leaving.start()  # he taps while the stop is being written
        leaving.join(1)
        return stops(member_id, at)

    monkeypatch.setattr("portal.signin.freezing.people.freeze", freeze)
    assert transact(lambda: signin.say_not_me(token, now=now)) == "stopped"
    leaving.join(10)
    assert (refusals, row_of(anna).status) == (["stopped"], "active")


def test_a_cookie_from_before_signing_in_signs_nobody_in_by_joining(app, mailbox, anna):
    hers = Visit(app.test_client())
    browsing.ask(hers)
    with hers.client.session_transaction() as cookie:
        before = dict(cookie)
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert browsing.is_in(hers)
    other = Visit(app.test_client())
    with other.client.session_transaction() as cookie:
        cookie.update(before)
        cookie.permanent = True
    other.open("/join")
    assert other.path == "/sign-in"
    other.client.post("/join", data={"csrf_token": browsing.token_of(other), "name": "X", "terms": "y"})
    assert not browsing.is_in(other)


def with_the_cookie_of_before(app, mailbox) -> Visit:
    """A browser with the cookie of Zoe's from before she typed her code and began to join."""
    hers, other = Visit(app.test_client()), Visit(app.test_client())
    browsing.ask(hers, ZOE)
    before = hers.client.get_cookie("portal").value
    hers.submit("Continue", code=mailbox.code(ZOE))
    assert hers.path == "/join"
    other.client.set_cookie("portal", before)
    return other


def test_the_cookie_of_before_joins_nobody_by_any_six_digits(app, mailbox):
    other = with_the_cookie_of_before(app, mailbox)
    right = mailbox.code(ZOE)
    other.open("/sign-in/code")
    for _ in range(4):  # hers was the first of five
        other.submit("Continue", 422, code="000000" if right != "000000" else "111111")
        assert "That is not the code" in other.page.text
    other.submit("Continue", 422, code=right)
    assert other.path == "/sign-in/code", "tries of a used code are counted as of any other"


def test_the_cookie_of_before_joins_nobody_by_a_used_link_of_somebody_else(app, mailbox):
    mine = Visit(app.test_client())
    browsing.ask(mine, "tim@example.com")
    link = mailbox.link("tim@example.com")
    mine.open(link)
    mine.submit("Sign in as t•••@example.com on this device")
    other = with_the_cookie_of_before(app, mailbox)
    other.open("/sign-in/code")
    pressed = {"csrf_token": browsing.token_of(other), "elsewhere": "1"}
    assert other.client.post(link, data=pressed).status_code == 410
    other.open("/join")
    assert other.path == "/sign-in"


@pytest.mark.parametrize("way", ["code", "link"])
def test_a_second_tap_whose_first_answer_was_lost_leads_to_joining(app, mailbox, way):
    visit = Visit(app.test_client())
    browsing.ask(visit, ZOE)
    path = "/sign-in/code" if way == "code" else mailbox.link(ZOE)
    visit.open(path)
    before = visit.client.get_cookie("portal").value
    pressed = {"csrf_token": browsing.token_of(visit), "code": mailbox.code(ZOE), "elsewhere": ""}
    for _ in range(2):
        visit.client.set_cookie("portal", before)
        assert visit.client.post(path, data=pressed).headers["Location"] == "/join"
    assert visit.open("/join").all("h1")[0].text == "Whose card is it?"


def test_who_joined_by_another_proof_meanwhile_is_sent_to_sign_in(app, mailbox):
    laptop, phone = Visit(app.test_client()), Visit(app.test_client())
    for visit in (laptop, phone):
        browsing.sign_in_by_code(visit, mailbox, ZOE)
    phone.submit("Join", name="Zoe", terms="y")
    laptop.submit("Join", name="Somebody", terms="y")
    assert laptop.path == "/sign-in"
    assert "on a card already, so nothing was changed" in laptop.page.text
    assert not browsing.is_in(laptop)
    assert people.by_email(people.address_hash(ZOE)).name == "Zoe"


@pytest.mark.both_engines
@pytest.mark.parametrize("verified", [False, True])
def test_whom_a_shop_writes_down_while_she_joins_has_what_she_typed(app, mailbox, verified):
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox, ZOE)
    shop_says("c-77", email_verified=verified, name="ZOE P")
    visit.submit("Join", name="Zoe Park", birthday_day="29", birthday_month="02", marketing="y", terms="y")
    assert visit.path == "/home"
    jobs.wake()
    zoe = people.by_ref("c-77")
    assert (zoe.name, zoe.birthday, zoe.marketing) == ("Zoe Park", "02-29", True)
    assert zoe.email_proved_at is not None
    assert sorted(one.kind for one in people.consents(zoe.id)) == ["marketing", "terms"]
    assert "/not-me/" in mailbox.words(ZOE), "the shop could not say that this device is hers"
    again = visit.client.post("/join", data={})
    assert (again.status_code, again.headers["Location"]) == (303, "/home")


@pytest.mark.both_engines
def test_a_card_of_before_that_gets_her_address_meanwhile_stays_as_it_is(app, mailbox):
    shop_says("c-77", email="zoe.park@example.com", name="Zoe Park", birthday="02-29")
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox, ZOE)
    shop_says("c-77", email_verified=True)
    visit.submit("Join", name="Somebody Else", terms="y")
    assert "on a card already" in visit.page.text
    zoe = people.by_ref("c-77")
    assert (visit.path, zoe.email, zoe.name, zoe.birthday) == ("/sign-in", ZOE, "Zoe Park", "02-29")


def test_she_is_told_that_a_friends_code_came_too_late_then(app, mailbox, anna):
    code = referrals.code_of(anna)
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox, ZOE)
    shop_says("c-77")
    page = visit.submit("Join", name="Zoe", terms="y", code=code)
    assert visit.path == "/home"
    assert "a member already, so the code brings nothing extra" in page.text


def test_a_double_tap_then_is_one_consent_and_one_mail(app, mailbox):
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox, ZOE)
    old = visit.client.get_cookie("portal").value
    sent = {"csrf_token": browsing.token_of(visit), "name": "Zoe", "terms": "y", "birthday_day": ""}
    shop_says("c-77")
    visit.submit("Join", name="Zoe", terms="y")
    hurried = app.test_client()
    hurried.set_cookie("portal", old, domain="localhost")
    answer = hurried.post("/join", data=sent | {"birthday_month": ""}, follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/home")
    zoe = people.by_ref("c-77")
    assert [one.kind for one in people.consents(zoe.id)] == ["terms"]
    jobs.wake()
    assert len([one for one in mailbox.to(ZOE) if "/not-me/" in str(one.get_body(("plain",)))]) == 1

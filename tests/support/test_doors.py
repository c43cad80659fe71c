"""Two doors, two cookies, where wanted two hosts: what is open at one is shut at the other."""

import json
from datetime import timedelta
from functools import partial

import pytest

from portal import clock as portal_clock
from portal import people, signin
from portal.db import new_id, transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, SAM, employ, enter, enter_desk, join
from tests.page import Visit, read
from tests.signin.browsing import token_of
from tests.support.acts import begin, hire, newcomer

pytestmark = pytest.mark.usefixtures("programme")

APART = pytest.mark.settings(PORTAL_STAFF_URL="http://desk.localhost")
DESK = "http://desk.localhost"


def opened(kind: str, owner_id: str) -> str:
    """The token of a session, as a passkey opens it."""
    return transact(
        lambda: signin.open_session(
            kind, owner_id, challenge_id=new_id(), browser="b", agent="Chrome", now=portal_clock.now(),
            passkey_id=new_id(),
        )
    )  # fmt: skip


def test_one_browser_holds_a_member_and_a_colleague_at_once_and_each_signs_out_alone(app, anna):
    visit = employ(app)
    path = transact(lambda: signin.make_link(ANNA, "member", portal_clock.now(), 60))
    visit.open(path)
    visit.submit("Sign in as a•••@example.com on this device")
    assert "Anna" in visit.open("/home").text
    assert visit.open("/staff/members?q=c-1").all("table")
    visit.submit("Sign out")
    assert visit.path == "/staff/signed-out"
    assert visit.client.get("/staff/").status_code == 303
    visit.open("/home")
    visit.open("/you")
    visit.submit("Sign out on this device")
    assert visit.path == "/signed-out"
    assert visit.client.get("/home").status_code == 303


def test_the_cookie_of_staff_is_strict_and_is_sent_nowhere_else(app, anna):
    desk = employ(app)
    cookie = desk.client.get_cookie("staff")
    assert (cookie.same_site, cookie.http_only, cookie.path, cookie.domain) == (
        "Strict",
        True,
        "/",
        "localhost",
    )
    assert desk.client.get_cookie("portal") is None
    enter(app).open("/home")


def test_a_cookie_of_one_door_opens_nothing_at_the_other(app, anna):
    for visit, mine, other, path in (
        (employ(app), "staff", "portal", "/home"),
        (enter(app), "portal", "staff", "/staff/"),
    ):
        thief = app.test_client()
        thief.set_cookie(other, visit.client.get_cookie(mine).value)
        assert thief.get(path).status_code == 303, "another signature"


def test_a_session_of_one_kind_is_none_at_the_other_door_whatever_cookie_holds_it(app, anna):
    staff = transact(lambda: people.add_staff(SAM, "owner", portal_clock.now()))
    for kind, owner, path in (("staff", staff, "/home"), ("member", anna, "/staff/")):
        client = app.test_client()
        with client.session_transaction(path) as cookie:
            cookie["_user_id"] = opened(kind, owner)
        answer = client.get(path)
        assert (answer.status_code, "sign-in" in answer.headers["Location"]) == (303, True), kind


@pytest.mark.parametrize(("role", "stays"), [("support", False), ("owner", False), ("till", True)])
def test_who_leaves_the_desk_for_half_an_hour_signs_in_again_and_a_till_does_not(
    app, anna, clock, role, stays
):
    desk, page = hire(app, role), "/staff/till"
    for _ in range(3):
        clock.shift(timedelta(minutes=30))
        assert desk.client.get(page).status_code == 200, "it was used within half an hour each time"
    clock.shift(timedelta(minutes=30, seconds=1))
    for _ in range(2):
        assert (desk.client.get(page).status_code == 200) == stays, "asking again revives nothing"
    clock.shift(timedelta(hours=11))
    assert desk.client.get(page).status_code == 303, "twelve hours are the end of every session"


def test_a_sign_in_tab_that_was_left_open_keeps_no_desk_awake(app, clock):
    desk = hire(app, "support")
    desk.open("/staff/safety")
    told = {"csrf_token": token_of(desk), "purpose": "sign_in"}
    for _ in range(12):
        clock.shift(timedelta(minutes=4))
        assert desk.client.post("/staff/passkeys/options", data=told).status_code == 200
    assert desk.client.get("/staff/members").status_code == 303, "it asked by itself, and nobody was there"


def test_an_answer_that_comes_late_writes_no_cookie_over_the_one_of_a_proof(app, clock):
    phone = Phone()
    desk = newcomer(app, phone)
    before = desk.client.get_cookie("staff").value
    clock.shift(timedelta(minutes=1))
    with desk.client.session_transaction("/staff/") as cookie:
        token = cookie["_user_id"]
    person = signin.load_session(token, portal_clock.now())
    transact(lambda: signin.sessions.renew(person, portal_clock.now()))
    late = app.test_client(use_cookies=False).get("/staff/members", headers={"Cookie": f"staff={before}"})
    assert late.status_code == 303
    assert "Set-Cookie" not in late.headers


def test_a_file_that_caches_keep_carries_no_cookie(app, anna, clock):
    hers = enter(app)
    style = hers.open("/home").all("link", rel="stylesheet")[0]["href"]
    clock.shift(timedelta(days=1))
    assert "Set-Cookie" not in hers.client.get(style).headers, "not even as the first answer of a day"
    assert "Set-Cookie" in hers.client.get("/home").headers


def test_a_members_pages_under_staff_are_there_only_during_a_visit(app, anna, client):
    assert client.get("/staff/visit/home").headers["Location"] == "/staff/sign-in"
    hers = enter(app)
    assert hers.client.get("/staff/visit/home").headers["Location"] == "/staff/sign-in"
    desk = hire(app)
    for path in ("/home", "/sign-in", "/join", "/help", "/nothing"):
        assert desk.client.get(f"/staff/visit{path}").headers["Location"] == "/staff/", path
    for path in ("/staff/visit", "/staff/visit/staff/members", "/staff/visit/api/v1/programme"):
        assert desk.client.get(path).status_code == 404, path
    begin(desk)
    waiting, seen = [desk.path], set()
    while waiting:
        answer = desk.client.get(waiting.pop())
        page = read(answer.text)
        links = {link["href"].partition("#")[0] for link in page.all("a") if link["href"].startswith("/")}
        assert all(link.startswith("/staff/visit/") for link in links), (answer.request.path, links)
        assert all(form["action"].startswith("/staff/") for form in page.all("form") if form["action"])
        waiting += [] if answer.status_code == 403 else sorted(links - seen)
        seen |= links
    assert len(seen) > 10
    theirs = enter(app).open("/home")
    assert not [link for link in theirs.all("a") if link["href"].startswith("/staff")]


def test_a_visit_does_not_disturb_a_member_who_is_signed_in_beside_it(app, anna):
    join("c-2", "bea@example.com", "Bea Cole")
    desk = hire(app)
    path = transact(lambda: signin.make_link("bea@example.com", "member", portal_clock.now(), 60))
    desk.open(path)
    desk.submit("Sign in as b•••@example.com on this device")
    begin(desk)
    assert "Anna" in desk.open("/staff/visit/home").text
    beside = desk.open("/home")
    assert "Bea" in beside.text
    assert "Stop the visit" not in beside.text
    desk.open("/you")
    desk.submit("Sign out on this device")
    assert "Anna" in desk.open("/staff/visit/home").text


@APART
def test_with_a_host_of_their_own_staff_are_answered_only_there(app, anna, client):
    for path in ("/staff/", "/staff/sign-in", "/staff/visits/stop"):
        assert client.get(path).status_code == 404, path
    for path in ("/home", "/sign-in", "/join", "/", "/api/v1/programme", "/metrics"):
        answer = client.get(path, base_url=DESK)
        assert answer.status_code == (303 if path == "/" else 404), path
    assert client.get("/staff/sign-in", base_url=DESK).status_code == 200
    assert client.get("/healthz", base_url=DESK).status_code == 200
    page = client.get("/staff/sign-in", base_url=DESK).text
    assert "/terms" not in page
    assert client.get("/staff/sign-in", base_url="http://desk.localhost:81").status_code == 200
    assert client.get("/staff/", base_url="http://localhost:81").status_code == 404


@APART
def test_on_a_host_of_their_own_a_visit_goes_there_too(app, anna):
    client = app.test_client()
    client.open = partial(client.open, base_url=DESK)
    staff = transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    with client.session_transaction("/staff/", base_url=DESK) as cookie:
        cookie["_user_id"] = opened("staff", staff)
    visit = Visit(client)
    visit.open("/staff/members/c-1")
    begin(visit)
    assert visit.path == "/staff/visit/home"
    visit.follow("Help and contact")
    assert visit.path == "/staff/visit/help"


def test_a_role_that_may_not_is_told_so_and_the_try_to_write_is_on_record(app, anna):
    from portal.support import audit

    desk = hire(app, "auditor")
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    page = desk.open("/staff/adjustments/new?member=c-1", 403)
    assert "Your role does not do this" in page.text
    assert [link for link in page.all("a") if link["href"] == "/staff/"]
    auditor = people.staff_by_email(SAM).id
    assert audit.count_since(auditor, "refused", portal_clock.now() - timedelta(hours=1)) == 0, (
        "looking writes nothing"
    )
    desk.client.post("/staff/adjustments/new?member=c-1", data={"csrf_token": token, "points": "5"})
    assert audit.count_since(auditor, "refused", portal_clock.now() - timedelta(hours=1)) == 1
    enter_desk(app).open("/staff/till", 403)


def test_a_challenge_of_one_door_is_none_at_the_other(app, anna):
    phone = Phone()
    newcomer(app, phone)
    stranger = Visit(app.test_client())
    stranger.open("/staff/sign-in")
    fields = {one["name"]: one["value"] for one in stranger.page.all("input")}
    asked = {"csrf_token": fields["csrf_token"], "purpose": "sign_in"}
    options = stranger.client.post("/staff/passkeys/options", data=asked).json
    stranger.open("/sign-in")
    token = stranger.page.all("input", name="csrf_token")[0]["value"]
    answer = stranger.client.post(
        "/passkeys/sign-in", data={"csrf_token": token, "credential": json.dumps(phone.sign(options))}
    )
    assert answer.status_code == 400

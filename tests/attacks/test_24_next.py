"""24: wherever a way back is taken from an address or a form, it leads to a page of ours or home."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal import signin
from portal.db import read
from portal.web import local_path
from tests.attacks.ground import addresses, proof
from tests.billing.conftest import desk, environ, sells, stripe_standin
from tests.billing.shop import joining
from tests.home.doors import ANNA, employ, enter, join
from tests.page import Visit

__all__ = ["desk", "environ", "sells", "stripe_standin"]

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://evil.example",
    "hTTps://evil.example",
    "//evil.example@localhost",
    "http://localhost@evil.example",
    "http://localhost:80@evil.example",
    "http://localhost.evil.example",
    "@evil.example",
    "evil.example",
    ".evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/ /evil.example",
    "/\x0b/evil.example",
    "/\x1f/evil.example",
    "%2F%2Fevil.example",
    "%5C%5Cevil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//[",
    "//][",
    "http://[::1",
    "?//evil.example",
    "#//evil.example",
    "",
    " ",
    "/\x00/evil.example",
)
INSIDE = ("/", "/activity?before=3", "/activity/4#x", "/a%2F%2Fb", "/@x", "/x?next=https://x.example")


def leads_inside(location: str | None) -> bool:
    """Whether a browser that follows this `Location` stays with us, by the rules of browsers and not by our own."""
    if not location:
        return False
    seen = location.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "").strip()
    if seen.startswith(("http://localhost/", "http://127.0.0.1/")):
        return True
    parts = urlsplit(seen)
    return seen.startswith("/") and not seen.startswith("//") and not parts.scheme and not parts.netloc


@pytest.fixture
def anna(sells) -> str:
    """A member where plans are sold; her id."""
    return join()


@pytest.mark.parametrize("target", ELSEWHERE)
def test_24_nobody_is_sent_elsewhere(target):
    assert local_path(target) is None


@pytest.mark.parametrize("target", INSIDE)
def test_24_a_way_back_inside_is_kept(target):
    assert local_path(target) == target


def test_24_next_leads_nowhere_else_at_any_door(app, anna):
    """Signed in already: the door sends her on at once. A stranger: the page does not even carry it."""
    member, staff, stranger = enter(app).client, employ(app).client, app.test_client()
    for target in ELSEWHERE:
        for visitor, path, inside in ((member, "/sign-in", "/home"), (staff, "/staff/sign-in", "/staff/")):
            answer = visitor.get(path, query_string={"next": target})
            wanted = (400, None) if "\x00" in target else (303, inside)
            assert (answer.status_code, answer.headers.get("Location")) == wanted, target
            for repeated in ([target], ["/home", target], [target, "/home"]):
                answer = stranger.get(path, query_string={"next": repeated})
                assert answer.status_code in (200, 400), target


@pytest.mark.parametrize("target", ELSEWHERE)
def test_24_signing_in_with_a_code_leads_home(app, anna, mailbox, target):
    visit = Visit(app.test_client())
    if visit.client.get("/sign-in", query_string={"next": target}).status_code == 400:
        return
    token = proof(visit.client, "/sign-in")
    sent = {"csrf_token": token, "email": ANNA, "next": target}
    assert visit.client.post("/sign-in", data=sent).headers["Location"] == "/sign-in/code"
    stored = signin.Challenge.__table__.c.next_path
    assert read(select(stored).order_by(signin.Challenge.__table__.c.id.desc()).limit(1)).scalar_one() is None
    answer = visit.client.post("/sign-in/code", data={"csrf_token": token, "code": mailbox.code(ANNA)})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/home"


def test_24_neither_does_a_proof_nor_signing_out(app, anna, mailbox, clock):
    visit = enter(app)
    token = proof(visit.client)
    for number, target in enumerate(ELSEWHERE):
        if "\x00" in target:
            continue
        clock.shift(400 + number)  # no more codes than an address gets in five minutes
        answer = visit.client.get("/proof", query_string={"next": target})
        assert answer.status_code == 200 or leads_inside(answer.headers["Location"]), target
        answer = visit.client.post("/proof", data={"csrf_token": token, "next": target})
        assert answer.status_code in (303, 422), target
        if answer.status_code == 303:
            assert answer.headers["Location"] == "/proof/code", target
    for target in ELSEWHERE:
        if "\x00" in target:
            continue
        hers = enter(app).client
        sent = {"csrf_token": proof(hers), "next": target, "url": target, "continue": target}
        answer = hers.post("/sign-out", query_string={"next": target}, data=sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out"), target


def test_24_coming_back_from_stripe_leads_to_pages_of_ours(app, desk):
    desk.visit.open("/plans")
    sent = joining(desk.visit.page, "plus-monthly")
    names = ("next", "return_url", "success_url", "cancel_url", "return_to", "redirect")
    for target in ELSEWHERE:
        if "\x00" in target:
            continue
        more = dict.fromkeys(names, target)
        for path in ("/billing/return", "/gifts/return"):
            answer = desk.visit.client.get(path, query_string={"session_id": target, **more})
            assert answer.status_code < 400 or answer.status_code == 404, (path, target, answer.status_code)
            assert answer.status_code != 303 or leads_inside(answer.headers["Location"]), (path, target)
        answer = desk.visit.client.post("/billing/portal", data={"csrf_token": sent["csrf_token"], **more})
        assert answer.status_code != 303 or leads_inside(answer.headers["Location"]), target
    told = dict.fromkeys(names, "https://evil.example")
    answer = desk.visit.client.post("/billing/checkout", data=sent | told)
    assert answer.headers["Location"].startswith(desk.stripe.url)
    session = desk.stripe.bare_client().v1.checkout.sessions.retrieve(
        answer.headers["Location"].rsplit("/", 1)[1]
    )
    assert "evil" not in str(session)
    assert session.success_url.startswith("http://localhost/billing/return")


def test_24_every_other_route_ignores_what_says_where_to_go(app, anna):
    """All routes with all the names that such a value ever had: whatever redirects stays with us."""
    names = (
        "next",
        "url",
        "return",
        "return_url",
        "return_to",
        "continue",
        "redirect",
        "redirect_uri",
        "to",
        "goto",
        "back",
    )
    query = dict.fromkeys(names, "//evil.example")
    member = enter(app).client
    for visitor in (member, employ(app).client, app.test_client()):
        for path in addresses(app, lambda _policy, methods: "GET" in methods):
            answer = visitor.get(path, query_string=query)
            if 300 <= answer.status_code < 400:
                assert leads_inside(answer.headers["Location"]), path
            assert 'href="//evil' not in answer.text, path
            assert 'action="//evil' not in answer.text, path

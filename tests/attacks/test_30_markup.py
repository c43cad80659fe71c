"""30: markup and formulas in anything that somebody may write stay words: on pages, at the desk, in mails."""

import pytest
from playwright.sync_api import Page, expect

from portal.db import new_id
from tests import make
from tests.attacks.life import ANNA, Life, ask, lead, pages
from tests.billing.conftest import desk, environ, sells, stripe_standin
from tests.billing.giving import buy, open_code
from tests.billing.shop import Desk
from tests.browser import check_width
from tests.home.doors import enter, join
from tests.page import Element, read
from tests.support.acts import HERS, begin

__all__ = ["desk", "environ", "sells", "stripe_standin"]

EVIL = "<script src=/evil.js></script><img src=x onerror=alert(1)>\"'><b id=evil>{{7*7}}</b>&lt;i&gt;</textarea><!--"
NAME = "<img src=x onerror=alert(1)>\"'><b id=evil>{{7*7}}</b>"
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)")
OURS = (
    "/home",
    "/you",
    "/activity",
    "/board",
    "/rewards",
    "/give",
    "/share",
    "/membership",
    "/plans",
    "/you/visits",
)
THEIRS = ("/staff/", "/staff/?q=c-1", "/staff/members/c-1", "/staff/members/c-2", "/staff/board")


def is_words(page: Element) -> list[str]:
    """What has become of the evil words but words: an element, an attribute, a calculated result."""
    found = [
        f"<{one.tag}>"
        for one in page.all("img", "b", "i", "script")
        if one["id"] == "evil" or one["src"] in ("x", "/evil.js")
    ]
    found += [f"<{one.tag} {name}>" for one in page for name in one.attributes if name.startswith("on")]
    found += [f"{one.tag} is left open" for one in page.all("textarea") if len(one.text) > 8000]
    if ">49<" in page.text or "49</b>" in page.text or "\"'>49" in page.text:
        found.append("{{7*7}} was calculated")
    return found


def evil_life(app) -> Life:
    """A life whose every word is evil, with a visit of the desk and a hidden post in it."""
    life = lead(app, EVIL, NAME)
    ask(app, life.key, "PUT", "/orders/<b id=evil>1", _order())
    life.desk.open(f"/staff/board/{life.post}")
    token = life.desk.page.all("input", name="csrf_token")[0]["value"]
    sent = {"csrf_token": token, "reason": EVIL, "answer": ""}
    assert life.desk.client.post(f"/staff/board/{life.post}/hiding", data=sent).status_code == 303
    begin(life.desk, reason=EVIL)
    life.desk.open(f"{HERS}/home")
    life.desk.submit("Stop the visit")
    return life


def _order() -> dict:
    return make.order(
        "10.00", member="c-1", lines=[make.line("10.00", name=EVIL), make.line("1.00", "2", name=FORMULAS[0])]
    )


@pytest.mark.both_engines
def test_30_what_somebody_writes_is_words_on_every_page(app, client, programme, mailbox):
    life = evil_life(app)
    seen = {
        "member": pages(life.hers, OURS),
        "other": pages(life.other, ("/board", f"/board/{life.post}", "/home")),
        "desk": pages(life.desk, THEIRS),
    }
    wrong = {f"{who} {path}": is_words(page) for who, found in seen.items() for path, page in found.items()}
    assert not {path: found for path, found in wrong.items() if found}
    shown = " ".join(page.text for found in seen.values() for page in found.values())
    for words in ("<script src=/evil.js>", "{{7*7}}", "onerror=alert(1)", "<b id=evil>1"):
        assert words in shown, "it is there, as words"
    assert "evil" in seen["desk"]["/staff/members/c-1"].text


def test_30_what_comes_back_from_an_address_is_words_too(app, client, programme, mailbox):
    """Searches, questions and codes that a page repeats, as the stranger who follows a prepared link sees them."""
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    for path in (
        "/staff/", "/help", "/sign-in", "/board", "/board/new", "/", "/plans", "/give", "/give/confirm", "/activity",
        "/gift", "/developers", "/nothing", "/r/x", "/gift/x", "/links/x", "/sign-in/link/x", "/staff/adjustments/new",
    ):  # fmt: skip
        query = dict.fromkeys(("q", "about", "next", "kind", "order", "after", "spend", "join", "in", "charity",
                               "points", "before", "lang", "ref", "member", "session_id", "email"), EVIL)  # fmt: skip
        for visitor in (client, life.hers.client, life.desk.client):
            for place in (path, f"{path.rstrip('/')}/{EVIL.replace('/', '')}"):
                answer = visitor.get(place, query_string=query, follow_redirects=True)
                assert answer.status_code < 500, place
                assert not is_words(read(answer.text)), place
                assert "evil" not in str(answer.headers), place


def test_30_mails_hold_words_and_no_header_of_anybody_else(app, programme, mailbox):
    evil_life(app)
    kinds = set()
    for message in mailbox:
        kinds.add(str(message["Subject"])[:20])
        page = read(str(message.get_body(("html",)).get_content()))
        assert not is_words(page), message["Subject"]
        names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a header may come twice
        assert len(names) == len(set(names)), names
        assert not {"bcc", "cc", "x-evil"} & set(names)
        for name in ("To", "Subject", "From", "Reply-To"):
            assert "\n" not in str(message[name])
            assert "\r" not in str(message[name])
    assert len(kinds) >= 3, kinds


@pytest.mark.parametrize(
    "ending",
    [
        "\r\nBcc: all@x.example",
        "\nX-Evil: 1",
        "\r\n\r\n<b>",
        "\u2028X-Evil: 1",
        "\x0bX-Evil: 1",
        "%0d%0aBcc: x",
    ],
)
def test_30_a_name_adds_no_header_to_a_mail(app, programme, mailbox, ending):
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {life.key}"}
    body = {"name": f"Anna{ending}", "email": ANNA}
    answer = client.put("/api/v1/members/c-1", json=body, headers=headers)
    assert answer.status_code in (200, 422)
    for words in (f"Anna{ending}", f"A title{ending}"):
        life.hers.open("/board/new")
        token = life.hers.page.all("input", name="csrf_token")[0]["value"]
        sent = {"csrf_token": token, "title": words, "text": words, "kind": "idea", "key": new_id()}
        assert life.hers.client.post("/board/new", data=sent).status_code in (303, 422)
    mailbox.clear()
    enter(app)
    begin(life.desk, reason=f"She called us{ending}".replace("\r", " ").replace("\n", " "))
    assert mailbox
    for message in mailbox:
        text = message.as_bytes().decode("ascii")
        head = text.partition("\n\n")[0].lower()
        assert "\nbcc:" not in head
        assert "\nx-evil:" not in head


def test_30_the_words_of_a_gift_are_words_in_its_mail_and_on_its_page(app, sells, mailbox, request):
    join("c-2", "berta@example.com", "Berta")
    join(name=NAME)
    hers = Desk(app, "", enter(app), app.test_client(), request.getfixturevalue("stripe_standin"),
                request.getfixturevalue("clock"), mailbox)  # fmt: skip
    code = buy(hers, "plus-monthly-1", friend="berta@example.com", words=f"{NAME} Happy birthday")
    for message in mailbox:
        assert not is_words(read(str(message.get_body(("html",)).get_content())))
    friend = enter(app, "berta@example.com")
    page = open_code(friend, code)
    assert "Happy birthday" in page.text
    assert not is_words(page)
    assert not is_words(hers.visit.open("/gifts"))


def test_30_in_chromium_nothing_of_it_runs_and_the_policy_is_never_broken(
    app, programme, mailbox, site, phone: Page
):
    """`phone` fails its test when the console shows a violation, a script error or a file that is not there."""
    life = evil_life(app)
    for cookie in (life.hers.client.get_cookie("portal"), life.desk.client.get_cookie("staff", path="/")):
        assert cookie is not None
        phone.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    for path in (*OURS, f"/board/{life.post}", *THEIRS, f"/staff/board/{life.post}"):
        phone.goto(path)
        expect(phone.locator("h1")).to_be_visible()
        assert phone.locator("#evil").count() == 0, path
        assert phone.locator("img[src='x']").count() == 0, path
        check_width(phone)
    assert "sign-in" not in phone.url

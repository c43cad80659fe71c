"""16: secrets that a whole life meets stand in no log, no error page, no address, no Referer and no readable column."""

import re
from urllib.parse import quote

import pytest
import stripe
from flask import Flask
from sqlalchemy import insert, text

from portal import clock as portal_clock
from portal import merchant, people, rewards, signin
from portal.db import run, transact
from portal.money import without_cards
from tests.attacks.ground import addresses, proof, stored
from tests.attacks.life import REF, ask, lead
from tests.billing.conftest import desk, environ, sells, stripe_standin
from tests.billing.giving import buy
from tests.billing.shop import Desk
from tests.home.doors import ANNA, SAM, enter, join
from tests.page import Visit, read
from tests.signin.hands import code_in, token_in
from tests.stripe_standin import KEY, SECRET

__all__ = ["desk", "environ", "sells", "stripe_standin"]

NAME = "Quokka Canary"
CARDS = ("4242 4242 4242 4242", "5555555555554444", "3782-822463-10005")
WORDS = f"My card is {CARDS[0]}, or {CARDS[1]}, or {CARDS[2]}, please help"
NEW, THIRD = "new@secret.example", "third@secret.example"
TOLD, REASON = "canary-card-7788", "The canary took my phone and my mailbox"
OWN_COLUMNS = {"member", "challenge", "staff", "notice", "address_change", "address_code", "recovery"}
"""Where an address stands readable because mail goes to it; nowhere else."""


@pytest.fixture
def anna(sells) -> str:
    """A member where plans are sold; her id."""
    return join(name=NAME)


class Watched:
    """Every request of every browser, as whoever stands in between or reads over a shoulder sees it."""

    def __init__(self, app: Flask) -> None:
        self.locations: list[str] = []
        self.error_pages: list[str] = []
        self.leaky_pages: list[str] = []
        app.after_request(self._note)

    def _note(self, response):
        from flask import request

        if (location := response.headers.get("Location", "")) != request.path:  # where she is already
            self.locations.append(location)
        if response.status_code >= 400:
            self.error_pages.append(response.get_data(as_text=True))
        policy = response.headers.get("Referrer-Policy", "")
        in_address = re.search(r"/sign-in/link/|/links/|/gift/.|/not-me/|/undo/", request.path)
        is_shown = response.mimetype == "text/html" and response.status_code in (200, 410)
        if in_address and is_shown and policy != "no-referrer":
            self.leaky_pages.append(f"{request.path[:20]}: {policy}")
        return response


@pytest.fixture
def watched(app) -> Watched:
    """What this test's requests and answers let slip."""
    return Watched(app)


def life_of_secrets(app, desk: Desk, mailbox) -> dict[str, str]:
    """Sign in, join, buy, take, give, write, ask the desk: all secrets that were met, by what they are."""
    life = lead(app, WORDS, NAME)
    visit = Visit(app.test_client())
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    code, link = mailbox.code(ANNA), mailbox.link(ANNA)
    visit.submit("Continue", 422, code=f"{(int(code) + 1) % 10**6:06}")
    Visit(app.test_client()).open(link)
    visit.open(link)
    visit.submit("Sign in as a•••@example.com on this device")
    ready = transact(lambda: signin.make_link(ANNA, "member", portal_clock.now(), 60))
    app.test_client().get(f"{ready}?x={ANNA}")
    gift = buy(desk, "plus-monthly-1", friend="friend@secret.example", words=WORDS[:100])
    desk.tell()
    friend = app.test_client()
    friend.get(f"/gift/{gift}")
    friend.post("/gift", data={"csrf_token": proof(friend, "/gift"), "code": gift})
    guesser = app.test_client()
    guesser.post("/gift", data={"csrf_token": proof(guesser, "/gift"), "code": gift[:-1]})
    revoked_id, revoked = transact(
        lambda: merchant.create_key("old", "main", ["read", "redeem"], portal_clock.now())
    )
    transact(lambda: merchant.revoke_key(revoked_id, portal_clock.now()))
    for key in (revoked, f"{life.key}x"):
        ask(app, key, "GET", f"/codes/{life.code}", status=401)
    ask(app, life.key, "GET", f"/codes/{life.code[:-1]}", status=404)
    ask(app, life.key, "PUT", "/members/new", {"email": "zoe@secret.example", "name": NAME})
    ask(app, life.key, "PUT", "/members/new", {"email": "not an address", "name": NAME}, 422)
    desk.client.post("/billing/events", data=b"{}", headers={"Stripe-Signature": f"t=1,v1={SECRET}"})
    return {
        "code": code,
        "link": link.rsplit("/", 1)[1],
        "ready link": ready.rsplit("/", 1)[1],
        "key": life.key,
        "revoked key": revoked,
        "reward code": life.code,
        "reward code as it is kept": rewards.normal(life.code),
        "gift code": gift,
        "gift code as it is kept": rewards.normal(gift),
        "session": visit.client.get_cookie("portal").value,
        "stripe key": KEY,
        "stripe secret": SECRET,
        "the shop's own key": app.config["SECRET_KEY"],
        **{f"card {number}": number for number, number in enumerate(CARDS)},
        **{f"card {number} in digits": re.sub(r"\D", "", one) for number, one in enumerate(CARDS)},
    }  # fmt: skip


def ways_into_a_card(app, mailbox) -> dict[str, str]:
    """Prove, change the address, lose both ways in, undo, and look at every link that is mailed: what was met."""
    hers = Visit(app.test_client())
    hers.open("/sign-in?next=/safety/address")
    hers.submit("Send the code", email=ANNA)
    hers.submit("Continue", code=mailbox.code(ANNA))
    hers.submit("Send the code")
    proved = code_in(mailbox, ANNA)
    hers.submit("Continue", 422, code=f"{(int(proved) + 1) % 10**6:06}")
    hers.submit("Continue", code=proved)
    hers.submit("Send the code", email=NEW)
    asked, not_me = code_in(mailbox, NEW), token_in(mailbox, ANNA, "/not-me/")
    hers.submit("Change my address", 422, code=f"{(int(asked) + 1) % 10**6:06}")
    hers.submit("Change my address", code=asked)
    undo = token_in(mailbox, ANNA, "/undo/")
    session = hers.client.get_cookie("portal").value
    lost = Visit(app.test_client())
    lost.open("/sign-in/lost")
    lost.submit("Send the code", told=TOLD, email=THIRD, words=REASON)
    recovery = code_in(mailbox, THIRD)
    lost.submit("Continue", 422, code=f"{(int(recovery) + 1) % 10**6:06}")
    lost.submit("Continue", code=recovery)
    staff = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60)).rsplit("/", 1)[1]
    new_staff = Visit(app.test_client())
    new_staff.open(f"/staff/sign-in/link/{staff}")
    for path, token in (("/undo/", undo), ("/not-me/", not_me), ("/staff/sign-in/link/", staff)):
        Visit(app.test_client()).open(path + token)
        Visit(app.test_client()).open(f"{path}{token}x", 410)
    back = Visit(app.test_client())
    back.open(f"/undo/{undo}")
    back.submit("Put a•••@example.com back")
    back.open(f"/not-me/{not_me}")
    back.submit("This was not me: stop my points")
    new_staff.submit("Sign in as s•••@example.com on this device")
    return {
        "code of a proof": proved,
        "code of a change": asked,
        "code of a recovery": recovery,
        "undo": undo,
        "not me": not_me,
        "staff link": staff,
        "session that proved": session,
        "session of staff": new_staff.client.get_cookie("staff", path="/").value,
        "what she told": TOLD,
        "why": REASON,
    }


def found_in(said: str, secrets: dict[str, str]) -> list[str]:
    """Which of the secrets stand in it, as they are or as an address writes them."""
    return [name for name, secret in secrets.items() if secret in said or quote(secret) in said]


@pytest.mark.both_engines
def test_16_no_secret_of_a_whole_life_gets_out(app, watched, desk, mailbox, logged, caplog, capfd):
    caplog.set_level(
        "INFO"
    )  # Stripe's library tells what it sends at DEBUG, which no setting of the portal lets out
    secrets = life_of_secrets(app, desk, mailbox) | ways_into_a_card(app, mailbox)
    personal = {"address": ANNA, "friend": "friend@secret.example", "new": "zoe@secret.example", "name": NAME}
    personal |= {"address that she changed to": NEW, "address that she asked for": THIRD}
    assert '"event": "request"' in logged.getvalue()
    said = logged.getvalue() + caplog.text + "".join(capfd.readouterr())
    assert not found_in(said, secrets | personal), "in the log"
    assert not found_in("\n".join(watched.error_pages), secrets | {"name": NAME}), "on an error page"
    inside = {name: secret for name, secret in secrets.items() if not name.startswith("gift code")}
    assert not found_in("\n".join(watched.locations), inside | personal), "in an address that we led to"
    assert not watched.leaky_pages, "pages whose address is a secret and that tell it to others"
    tables = stored()
    readable = {name: found_in("\n".join(rows), secrets) for name, rows in tables.items()}
    assert not {name: found for name, found in readable.items() if found}, "in a readable column"
    for name, rows in tables.items():
        if name not in OWN_COLUMNS:
            assert not found_in("\n".join(rows), {k: v for k, v in personal.items() if k != "name"}), name


@pytest.mark.both_engines
def test_16_a_database_that_refuses_a_row_tells_the_log_none_of_its_values(
    app, anna, logged, caplog, capfd, monkeypatch, broken
):
    def bug(**_given: str) -> str:
        values = {
            "id": "0" * 26,
            "ref": "canary-ref",
            "email": "canary@secret.example",
            "name": "Canary Canary",
        }
        transact(lambda: run(insert(people.Member), values | {"number": None}))
        return "never"

    bug.policy = "anonymous"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "web.help", bug)
    answer = app.test_client().get("/help")
    assert answer.status_code == 500
    assert broken == ["GET /help: 500"]
    broken.clear()
    said = logged.getvalue() + caplog.text + "".join(capfd.readouterr())
    assert "IntegrityError" in said, "what happened is told"
    assert answer.headers["X-Request-Id"] in said
    assert "canary" not in (said + answer.text).lower()


@pytest.mark.both_engines
def test_16_a_text_that_the_database_cannot_hold_is_not_quoted(
    app, engine, anna, logged, caplog, capfd, monkeypatch, broken
):
    long = "canary" * 400
    day = text(
        "SELECT CAST(:word AS integer) / 0 FROM member" if engine == "postgresql" else "SELECT nothing(:word)"
    )

    def bug(**_given: str) -> str:
        transact(lambda: run(day, {"word": long}))
        return "never"

    bug.policy = "anonymous"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "web.help", bug)
    answer = app.test_client().get("/help")
    assert answer.status_code >= 500
    broken.clear()
    said = logged.getvalue() + caplog.text + "".join(capfd.readouterr())
    assert "Error" in said
    assert "canary" not in (said + answer.text).lower()


def test_16_error_pages_repeat_nothing_of_what_was_sent(app, anna):
    visit = enter(app)
    canary = "canary7b1f"
    for path in addresses(app):
        if path.startswith("/gallery") or path in (
            "/help",
            "/sign-out",
        ):  # help puts the question into its own field
            continue
        for method in ("GET", "POST", "PUT"):
            answer = visit.client.open(
                f"{path}/{canary}", method=method, query_string={"q": canary, "token": canary}, data={"x": canary},
                headers={"Authorization": f"Bearer {canary}", "Cookie": f"other={canary}", "X-Canary": canary},
            )  # fmt: skip
            if answer.status_code >= 400:
                assert canary not in answer.text, (method, path)
                assert canary not in str(answer.headers), (method, path)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4242 4242 4242 4242", "•••• 4242"),
        ("card 4242424242424242.", "card •••• 4242."),
        ("4242-4242-4242-4242 and 5555555555554444", "•••• 4242 and •••• 4444"),
        ("3782 822463 10005", "•••• 0005"),
        ("4242 4242 4242 4241", "4242 4242 4242 4241"),
        ("020 7946 0182", "020 7946 0182"),
        ("order 5012345678900", "order 5012345678900"),
        ("", ""),
    ],
)
def test_16_a_number_that_is_a_cards_is_cut_to_its_end(typed, kept):
    assert without_cards(typed) == kept


def test_16_what_leads_to_stripe_carries_no_address_of_hers(app, desk):
    url = desk.choose()
    assert not found_in(url, {"address": ANNA, "name": NAME})
    assert stripe.api_key is None, "the key is the client's own, not everybody's"
    assert REF not in url
    page = read(desk.visit.client.get("/plans").text)
    assert KEY not in str([one.attributes for one in page])

"""Joining as a person does it, without JavaScript."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import earning, ledger, people
from portal.db import read, transact
from tests import make
from tests.page import Visit

ZOE = "zoe@example.com"
WORDS = {"name": "Zoe Park", "birthday_day": "29", "birthday_month": "02", "marketing": True, "terms": True}
SENT = {"name": "Zoe", "birthday_day": "", "birthday_month": "", "terms": "y"}

pytestmark = pytest.mark.usefixtures("programme")


def prove(visit: Visit, mailbox, email: str = ZOE) -> None:
    """From the first page to the details."""
    visit.open("/")
    visit.follow("Join free")
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email))
    assert visit.path == "/join"


def members() -> list:
    return list(read(select(people.Member.__table__)).all())


def test_a_visitor_joins_and_finds_her_welcome_points(visit, mailbox):
    prove(visit, mailbox)
    page = visit.submit("Join", **WORDS)
    assert visit.path == "/home"
    assert "150" in page.text, "the welcome's 100, and 50 for saying yes to news"
    (zoe,) = members()
    assert (zoe.name, zoe.email, zoe.birthday, zoe.marketing) == ("Zoe Park", ZOE, "02-29", True)
    assert zoe.email_proved_at is not None
    assert {(row.kind, row.given) for row in people.consents(zoe.id)} == {
        ("terms", True),
        ("marketing", True),
    }
    assert "your card is ready and has 150 points on it" in mailbox.words(ZOE)


def test_birthday_and_news_can_be_left_out(visit, mailbox):
    prove(visit, mailbox)
    visit.submit("Join", name="Zoe", terms=True)
    (zoe,) = members()
    assert (zoe.birthday, zoe.marketing) == (None, False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Type a name"),
        ({"name": "   "}, "Type a name"),
        ({"name": "x" * 121}, "does not fit"),
        ({"name": "Zoe\u202epark"}, "does not fit"),
        ({"terms": False}, "Agree to the terms"),
        ({"birthday_day": "", "birthday_month": "02"}, "leave both out"),
        ({"birthday_day": "30", "birthday_month": "02"}, "no such day"),
        ({"birthday_month": "13"}, "Not a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nobody_joins(visit, mailbox, changes, said):
    prove(visit, mailbox)
    page = visit.submit("Join", 422, **(WORDS | changes))
    assert said in page.text
    assert members() == []


def test_a_double_tap_on_join_makes_one_member_and_ends_on_her_card(app, visit, mailbox):
    prove(visit, mailbox)
    old = visit.client.get_cookie("portal").value
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    sent = {"csrf_token": token} | SENT
    visit.submit("Join", name="Zoe", terms=True)
    hurried = app.test_client()  # the second tap left before the first answer came
    hurried.set_cookie("portal", old, domain="localhost")
    answer = hurried.post("/join", data=sent, follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/home")
    late = visit.client.post("/join", data=sent)  # the second tap left after it
    assert (late.status_code, late.headers["Location"]) == (303, "/home")
    assert len(members()) == 1
    (welcome,) = (mail for mail in mailbox if "card is ready" in mail["Subject"])
    assert welcome
    assert visit.open("/safety").text.count("This device") == 1


def test_back_after_joining_leads_to_the_card(visit, mailbox):
    prove(visit, mailbox)
    visit.submit("Join", name="Zoe", terms=True)
    for page in ("/join", "/sign-in/code", "/sign-in", "/"):
        visit.open(page)
        assert visit.path == "/home"


def test_after_signing_out_the_old_proof_does_not_sign_in(app, visit, mailbox):
    prove(visit, mailbox)
    old = visit.client.get_cookie("portal").value
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    visit.submit("Join", name="Zoe", terms=True)
    visit.open("/you")
    visit.submit("Sign out on this device")
    thief = app.test_client()
    thief.set_cookie("portal", old, domain="localhost")
    answer = thief.post("/join", data={"csrf_token": token} | SENT)
    assert answer.headers["Location"] == "/sign-in"
    assert thief.get("/home").status_code == 303


def test_nobody_joins_without_proving_an_address(visit, client):
    page = visit.open("/join")
    assert visit.path == "/sign-in"
    assert "Begin with your address" in page.text
    assert client.post("/join", data=SENT).status_code == 303
    assert members() == []


def test_an_hour_after_the_proof_it_has_to_be_given_again(visit, mailbox, clock):
    prove(visit, mailbox)
    clock.shift(timedelta(hours=1))
    visit.submit("Join", name="Zoe", terms=True)
    assert visit.path == "/sign-in"
    assert members() == []


def test_the_proof_is_good_only_in_the_browser_that_gave_it(app, visit, mailbox):
    prove(visit, mailbox)
    with visit.client.session_transaction() as cookie:
        challenge = cookie["joining"]
    other = app.test_client()
    with other.session_transaction() as cookie:
        cookie["challenge"] = cookie["joining"] = challenge
        cookie["browser"] = "guessed"
    assert other.get("/join").status_code == 303


def test_a_form_from_elsewhere_joins_nobody(visit, mailbox):
    prove(visit, mailbox)
    assert visit.client.post("/join", data=SENT).status_code == 403
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post(
        "/join",
        data={"csrf_token": token} | SENT,
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert members() == []


def test_orders_made_as_a_guest_are_there_when_she_joins(visit, mailbox):
    from portal import clock as portal_clock

    body = earning.OrderBody.model_validate(make.order("10.00", member=None, guest=True, email=ZOE))
    transact(
        lambda: earning.record_order(body, shop="main", number="7", at=portal_clock.now(), actor="shop:main")
    )
    prove(visit, mailbox)
    visit.submit("Join", name="Zoe", terms=True)
    wallet = ledger.Wallet.__table__.c
    assert read(select(wallet.available, wallet.pending)).one() == (100, 50)


def test_joining_by_the_link_on_another_device_works(app, visit, mailbox):
    visit.open("/sign-in")
    visit.submit("Send the code", email=ZOE)
    phone = Visit(app.test_client())
    phone.open(mailbox.link(ZOE))
    phone.submit("Sign in as z•••@example.com on this device")
    assert phone.path == "/join"
    phone.submit("Join", name="Zoe", terms=True)
    assert phone.path == "/home"


def test_the_calculator_shows_what_a_year_would_come_to(visit):
    visit.open("/")
    page = visit.submit("Work it out", spend="40")
    assert "2,400" in page.text
    assert "£24.00" in page.text
    assert "Gold" not in page.all("div", role="status")[-1].text
    assert "Silver" in page.all("div", role="status")[-1].text


@pytest.mark.parametrize("typed", ["", "lots", "-5", "1e3", "NaN", "12.345", "9" * 30, "２０"])
def test_the_calculator_says_what_it_cannot_read(visit, typed):
    visit.open("/")
    page = visit.submit("Work it out", 422, spend=typed)
    assert page.all("div", role="alert")


def test_the_calculator_of_nothing_is_nothing(visit):
    visit.open("/")
    page = visit.submit("Work it out", spend="0")
    assert page.all("div", role="status")

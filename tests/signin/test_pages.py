"""Signing in by a code or a link as a person does it: pages without JavaScript, mail in a mailbox."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import earning, joining, ledger, people, signin
from portal.db import read, transact
from tests import make
from tests.home.doors import ANNA, everything
from tests.page import Visit
from tests.signin.browsing import ask, is_in, sign_in_by_code

pytestmark = pytest.mark.usefixtures("programme")


def test_a_member_signs_in_with_the_mailed_code(visit, mailbox, anna):
    sign_in_by_code(visit, mailbox)
    assert visit.path == "/home"
    assert visit.page.all("h1")


def test_a_scanner_that_opens_the_link_five_times_does_not_use_it(app, visit, mailbox, anna):
    ask(visit)
    link = mailbox.link(ANNA)
    before = everything()
    for _ in range(5):
        assert app.test_client().get(link).status_code == 200
    assert app.test_client().head(link).status_code == 200
    assert everything() == before
    visit.open(link)
    visit.submit("Sign in as a•••@example.com on this device")
    assert visit.path == "/home"


def test_a_link_works_once_and_says_so(visit, mailbox, anna, app):
    ask(visit)
    link = mailbox.link(ANNA)
    visit.open(link)
    visit.submit("Sign in as a•••@example.com on this device")
    other = Visit(app.test_client())
    page = other.open(link, 410)
    assert "Already used" in page.text
    assert other.client.get("/home").status_code == 303
    other.follow("Send me a new code")


def test_another_browser_has_to_confirm_before_the_link_works(app, visit, mailbox, anna):
    ask(visit)
    link = mailbox.link(ANNA)
    other = Visit(app.test_client())
    page = other.open(link)
    assert "another browser" in page.text
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = other.client.post(link, data={"csrf_token": token})
    assert answer.status_code == 200
    assert "another browser" in answer.text, "not without the sentence"
    assert not is_in(other)
    other.submit("Sign in as a•••@example.com on this device")
    assert is_in(other)
    assert not is_in(visit), "the browser that asked is not signed in by it"


def test_the_link_is_sent_without_a_referrer(client, visit, mailbox, anna):
    ask(visit)
    assert client.get(mailbox.link(ANNA)).headers["Referrer-Policy"] == "no-referrer"


def test_a_code_expires_after_ten_minutes(visit, mailbox, anna, clock):
    ask(visit)
    clock.shift(timedelta(minutes=10))
    page = visit.submit("Continue", 422, code=mailbox.code(ANNA))
    assert "does not work any more" in page.text
    assert not is_in(visit)


def test_a_link_expires_after_ten_minutes(visit, mailbox, anna, clock):
    ask(visit)
    visit.open(mailbox.link(ANNA))
    clock.shift(timedelta(minutes=10))
    page = visit.submit("Sign in as a•••@example.com on this device", 410)
    assert "Too old" in page.text


def test_the_sixth_try_of_a_code_is_refused_even_if_it_is_right(visit, mailbox, anna):
    ask(visit)
    right = mailbox.code(ANNA)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        page = visit.submit("Continue", 422, code=wrong)
        assert "not the code" in page.text
    page = visit.submit("Continue", 422, code=right)
    assert "does not work any more" in page.text
    assert not is_in(visit)
    visit.open(mailbox.link(ANNA))
    visit.submit("Sign in as a•••@example.com on this device")
    assert is_in(visit), "guessing at the code locks nobody out of the link"


def test_something_that_is_no_code_costs_no_try(visit, mailbox, anna):
    ask(visit)
    for nonsense in ("12", "abcdef", "１２３４５６", "", "1234567"):
        visit.submit("Continue", 422, code=nonsense)
    visit.submit("Continue", code=f" {mailbox.code(ANNA)[:3]} {mailbox.code(ANNA)[3:]} ")
    assert is_in(visit)


def test_a_code_can_be_sent_again_after_half_a_minute(visit, mailbox, anna, clock):
    ask(visit)
    first = mailbox.code(ANNA)
    page = visit.submit("Send it again")
    assert "Wait 30 seconds" in page.text
    assert len(mailbox.to(ANNA)) == 1
    clock.shift(timedelta(seconds=30))
    visit.submit("Send it again")
    assert len(mailbox.to(ANNA)) == 2
    if mailbox.code(ANNA) != first:
        assert "not the code" in visit.submit("Continue", 422, code=first).text
    visit.submit("Continue", code=mailbox.code(ANNA))
    assert visit.path == "/home"


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_mail(app, mailbox, anna):
    def seen(email: str) -> tuple:
        visit = Visit(app.test_client())
        ask(visit, email)
        mail = mailbox.to(email)[0]
        words = visit.page.text.replace(signin.masked(email), "ADDRESS")
        body = mailbox.words(email).replace(mailbox.code(email), "CODE").replace(mailbox.link(email), "LINK")
        return visit.response.status_code, visit.path, words, mail["Subject"][6:], body

    assert seen(ANNA) == seen("zoe@example.com")


def test_asking_does_the_same_work_for_known_and_unknown_addresses(app, visit, mailbox, anna):
    def rows_after(email: str) -> dict[str, int]:
        before = {name: len(rows) for name, rows in everything().items()}
        ask(Visit(app.test_client()), email)
        after = {name: len(rows) for name, rows in everything().items()}
        return {name: after[name] - before[name] for name in after if after[name] != before[name]}

    rows_after("first@example.com")  # the counters of this IP and of all begin
    assert rows_after(ANNA) == rows_after("zoe@example.com")


def test_a_typo_is_caught_and_may_be_meant(visit, mailbox):
    visit.open("/sign-in")
    page = visit.submit("Send the code", email="anna@gmial.com")
    assert "Did you mean anna@gmail.com?" in page.text
    assert not mailbox
    visit.submit("No, it is right as I typed it")
    assert mailbox.to("anna@gmial.com")


def test_a_typo_is_mended_with_one_tap(visit, mailbox):
    visit.open("/sign-in")
    visit.submit("Send the code", email="anna@gmial.com")
    visit.submit("Yes, send it to anna@gmail.com")
    assert visit.path == "/sign-in/code"
    assert [message["To"] for message in mailbox] == ["anna@gmail.com"]


@pytest.mark.parametrize(
    "typed",
    ["", "anna", "anna@", "@example.com", "a b@example.com", "anna@example.com\r\nBcc: all@x.com", "x" * 300 + "@a.b"],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(visit, mailbox, typed):
    visit.open("/sign-in")
    visit.submit("Send the code", 422, email=typed)
    assert not mailbox


def test_a_very_long_way_back_leads_home(visit, mailbox, anna):
    ask(visit, path="/sign-in?next=/" + "a" * 600)
    visit.submit("Continue", code=mailbox.code(ANNA))
    assert visit.path == "/home"


def test_a_double_tap_on_the_code_ends_on_a_page_that_helps(app, visit, mailbox, anna):
    ask(visit)
    old = visit.client.get_cookie("portal").value
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    code = mailbox.code(ANNA)
    visit.submit("Continue", code=code)
    again = visit.client.post("/sign-in/code", data={"csrf_token": token, "code": code})
    assert (again.status_code, again.headers["Location"]) == (303, "/home")
    second = Visit(app.test_client())
    second.client.set_cookie("portal", old, domain="localhost")
    answer = second.client.post("/sign-in/code", data={"csrf_token": token, "code": code})
    assert answer.status_code == 410
    assert "Go to my card" in answer.text


def test_a_member_comes_back_to_the_page_she_wanted(visit, mailbox, anna):
    visit.open("/activity")
    assert visit.path == "/sign-in"
    visit.submit("Send the code", email=ANNA)
    visit.submit("Continue", code=mailbox.code(ANNA))
    assert visit.path == "/activity"


def test_an_address_gets_no_more_than_five_codes_in_five_minutes_from_anywhere(app, mailbox, clock):
    for number in range(7):
        visit = Visit(app.test_client())
        visit.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        visit.open("/sign-in")
        visit.submit("Send the code", 200 if number < 5 else 422, email=ANNA)
    assert len(mailbox.to(ANNA)) == 5
    assert "Wait 5 minutes" in visit.page.text
    clock.shift(timedelta(minutes=5))
    ask(visit)
    assert len(mailbox.to(ANNA)) == 6


def test_no_code_or_link_stands_readable_in_the_database(visit, mailbox, anna):
    ask(visit)
    secrets = (mailbox.code(ANNA), mailbox.link(ANNA).rsplit("/", 1)[1])
    sealed = repr(everything())
    assert not [secret for secret in secrets if secret in sealed]


def test_a_waiting_code_is_sealed_too(visit, monkeypatch, anna):
    monkeypatch.setattr("portal.signin.challenges.new_code", lambda: "271828")
    ask(visit)
    database = repr(everything())
    assert "sign_in_code" in database
    assert "271828" not in database


def test_a_member_known_to_the_shop_gets_her_waiting_orders_when_she_proves_her_address(
    visit, mailbox, programme
):
    now = portal_clock.now()
    member_id = transact(
        lambda: joining.put_member(
            "c-9", joining.MemberBody(email="cleo@example.com"), source="shop:main", now=now
        )
    ).member_id
    guest = earning.OrderBody.model_validate(
        make.order("10.00", member=None, guest=True, email="cleo@example.com")
    )
    transact(lambda: earning.record_order(guest, shop="main", number="7", at=now, actor="shop:main"))
    sign_in_by_code(visit, mailbox, "cleo@example.com")
    assert is_in(visit)
    wallet = ledger.Wallet.__table__.c
    assert read(select(wallet.pending).where(wallet.member_id == member_id)).scalar_one() == 50


def test_looking_at_pages_changes_nothing(visit, mailbox, anna, clock):
    sign_in_by_code(visit, mailbox)
    clock.shift(timedelta(hours=3))
    before = everything()
    for path in (
        "/home",
        "/activity",
        "/card",
        "/you",
        "/sign-in",
        "/sign-in/code",
        "/join",
        "/signed-out",
        "/",
    ):
        visit.open(path)
    assert everything() == before


def test_staff_are_sent_no_codes(visit, mailbox):
    transact(lambda: people.add_staff("sam@example.com", "support", portal_clock.now()))
    assert not visit.open("/staff/sign-in").all("input", name="email")
    ask(visit, "sam@example.com")
    visit.submit("Continue", code=mailbox.code("sam@example.com"))
    assert visit.path == "/join", "her address is that of anybody else"


def test_a_ready_made_link_signs_in_from_any_browser_once(app, visit, anna):
    path = transact(lambda: signin.make_link(ANNA, "member", portal_clock.now(), 60))
    page = visit.open(path)
    assert "another browser" not in page.text
    visit.submit("Sign in as a•••@example.com on this device")
    assert visit.path == "/home"
    assert app.test_client().get(path).status_code == 410


def test_an_unknown_link_gets_the_same_page_as_an_old_one(client, programme):
    answer = client.get("/sign-in/link/" + "x" * 43)
    assert answer.status_code == 410
    assert "Too old" in answer.text


def test_a_form_without_its_proof_changes_nothing(app, visit, mailbox, anna):
    ask(visit)
    code = mailbox.code(ANNA)
    before = everything()
    for path, data, status in (
        ("/sign-in", {"email": ANNA}, 200),
        ("/sign-in/code", {"code": code}, 403),
        ("/sign-in/resend", {}, 303),
        (mailbox.link(ANNA), {}, 403),
        ("/sign-out", {}, 303),
    ):
        assert visit.client.post(path, data=data).status_code == status, path
    assert not is_in(visit)
    assert everything() == before
    visit.submit("Continue", code=code)
    assert visit.client.post("/sign-out").status_code == 403
    assert is_in(visit)

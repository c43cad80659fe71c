"""The fresh proof: somebody who is signed in shows by a passkey or by a new mailed code that it is still them."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, signin
from portal.db import transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, employ, join
from tests.page import Visit
from tests.signin.browsing import ask, options_for, prove, prove_by_mail, send, set_up
from tests.signin.hands import token_in

pytestmark = pytest.mark.usefixtures("programme")


def person(visit):
    with visit.client.session_transaction() as cookie:
        return signin.load_session(cookie["_user_id"], portal_clock.now())


def fresh_at(visit):
    return person(visit).fresh_at


def test_a_first_mailed_code_or_link_gives_a_basic_session(hers):
    assert fresh_at(hers) is None


@pytest.mark.both_engines
def test_a_new_code_makes_it_fresh_for_five_minutes_and_leads_back(hers, mailbox, clock, app):
    old = hers.client.get_cookie("portal").value
    clock.shift(timedelta(hours=1))
    prove_by_mail(hers, mailbox, "/proof?next=/activity?x=1")
    assert (hers.path, fresh_at(hers)) == ("/activity", portal_clock.now())
    before = app.test_client()
    before.set_cookie("portal", old)
    assert before.get("/home").status_code == 303, "the token of before is dead"
    clock.shift(timedelta(minutes=5))
    assert signin.is_fresh(person(hers), portal_clock.now()), "on the second"
    clock.shift(timedelta(seconds=1))
    assert not signin.is_fresh(person(hers), portal_clock.now())


@pytest.mark.both_engines
def test_a_passkey_makes_it_fresh_and_leads_back(app, hers, mailbox, clock):
    phone = Phone()
    set_up(hers, phone)
    assert fresh_at(hers) is None, "to set one up proves nothing about who she is"
    old = hers.client.get_cookie("portal").value
    clock.shift(timedelta(hours=1))
    assert prove(hers, phone, "/activity").headers["Location"] == "/activity"
    assert fresh_at(hers) == portal_clock.now()
    assert person(hers).passkey_id == signin.passkeys_of("member", person(hers).id)[0].id
    before = app.test_client()
    before.set_cookie("portal", old)
    assert before.get("/home").status_code == 303
    clock.shift(timedelta(minutes=1))
    prove_by_mail(hers, mailbox)
    assert person(hers).passkey_id is None, "this time it was the mail"


def test_a_proof_lengthens_no_session(hers, mailbox, clock):
    for _month in range(9):
        clock.shift(timedelta(days=19))
        assert hers.client.get("/home").status_code == 200
    prove_by_mail(hers, mailbox)
    for _week in range(2):
        clock.shift(timedelta(days=9, hours=1))
        last = hers.client.get("/home").status_code
    assert last == 303, "it ends half a year after signing in"


def test_looking_at_the_page_proves_nothing_and_sends_nothing(hers, mailbox):
    sent = len(mailbox)
    for path in ("/proof", "/proof?next=/home", "/proof/code", "/passkeys/new", "/safety"):
        hers.client.get(path)
        hers.client.head(path)
    assert fresh_at(hers) is None
    assert len(mailbox) == sent


def test_a_wrong_code_proves_nothing_and_five_use_it_up(hers, mailbox):
    hers.open("/proof")
    hers.submit("Send the code")
    right = mailbox.code(ANNA)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        hers.submit("Continue", 422, code=wrong)
    hers.submit("Continue", 422, code=right)
    assert fresh_at(hers) is None


def test_the_mail_with_the_code_stops_whoever_asked_for_it(app, hers, mailbox):
    hers.open("/proof")
    hers.submit("Send the code")
    words = mailbox.words(ANNA)
    assert "somebody else is signed in to your card" in words
    assert "/sign-in/link/" not in words
    her = Visit(app.test_client())
    page = her.open(f"/not-me/{token_in(mailbox, ANNA, '/not-me/')}")
    assert "somebody who was signed in to your card asked for a code" in page.text
    her.submit("This was not me: stop my points")
    assert hers.client.get("/home").status_code == 303


def test_the_mail_that_signs_in_has_no_such_link(app, anna, mailbox):
    """Anybody asks for one, for any address: it would tell a stranger nothing and frighten her."""
    visit = Visit(app.test_client())
    ask(visit)
    assert "/not-me/" not in mailbox.words(ANNA)


def test_a_code_for_somebody_else_proves_nothing(app, hers, mailbox):
    join("c-2", "berta@example.com", "Berta")
    with hers.client.session_transaction() as cookie:
        visitor = signin.Visitor(cookie["browser"], "Firefox", "127.0.0.1")
    asked = transact(
        lambda: signin.ask(
            "berta@example.com",
            purpose="member",
            visitor=visitor,
            next_path=None,
            locale="en",
            now=portal_clock.now(),
        )
    )
    jobs.wake()
    anna, code = person(hers), mailbox.code("berta@example.com")
    entered = transact(
        lambda: signin.prove_again(anna, asked.challenge_id, code, visitor=visitor, now=portal_clock.now())
    )
    assert entered.outcome == "expired"
    assert fresh_at(hers) is None


def test_nobody_proves_anything_before_signing_in(client):
    for path in ("/proof", "/proof/code"):
        answer = client.get(path, follow_redirects=True)
        assert answer.request.path == "/sign-in"


def test_a_proof_sends_nobody_elsewhere(app, hers, mailbox):
    prove_by_mail(hers, mailbox, "/proof?next=https://evil.example/")
    assert hers.path == "/home"
    phone = Phone()
    hers.open("/passkeys/new")
    set_up(hers, phone)
    for target in ("//evil.example", "/\\evil.example", "https:evil.example"):
        hers.open("/proof")
        credential = phone.sign(options_for(hers, "prove", target))
        assert send(hers, "/proof/passkey", credential, target).headers["Location"] == "/home"


def test_staff_with_a_passkey_are_mailed_no_code(app, mailbox):
    desk = employ(app)
    phone = Phone()
    desk.open("/staff/passkeys/new")
    answer = send(desk, "/staff/passkeys/new", phone.make(options_for(desk, "add", door="/staff")))
    assert answer.status_code == 303
    desk.open("/staff/proof")
    assert "Send the code" not in desk.page.text
    desk.client.post(
        "/staff/proof", data={"csrf_token": desk.page.all("input", name="csrf_token")[0]["value"]}
    )
    assert not mailbox.to("sam@example.com") or "code" not in mailbox.to("sam@example.com")[-1]["Subject"]

"""The way in when something comes between: a slip in the address, a code that is over, a fresh proof, a stop."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, SAM, enter, make_fresh
from tests.page import Visit
from tests.signin.browsing import (
    come_in,
    other_tab,
    prove,
    set_up,
    token_of,
    value_of,
)
from tests.signin.hands import NEW, code_in, link, say_not_me

pytestmark = pytest.mark.usefixtures("programme")
LOST = {"told": "4127 8830", "email": NEW, "words": "My mailbox was closed."}


# a slip in the address, and Enter in the field


@pytest.mark.parametrize(
    ("typed", "goes_to"),
    [("anna@gmial.com", "anna@gmail.com"), (NEW, NEW), ("anna@hotmial.com", None), ("", None)],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/lost", "/safety/address"])
def test_enter_takes_the_suggestion_only_while_what_is_typed_still_suggests_it(
    app, anna, mailbox, path, typed, goes_to
):
    """Chromium presses the first button of a form for Enter: "yes, that one"."""
    visit = make_fresh(enter(app)) if path == "/safety/address" else Visit(app.test_client())
    visit.open(path)
    lost = {"told": LOST["told"], "words": LOST["words"]} if path == "/sign-in/lost" else {}
    visit.submit("Send the code", **{**lost, "email": "anna@gmial.com"})
    mailbox.clear()
    status = 200 if typed else 422
    visit.submit("Yes, send it to anna@gmail.com", status, **{**lost, "email": typed})
    jobs.wake()
    assert {mail["To"] for mail in mailbox} - {ANNA} == ({goes_to} if goes_to else set())
    if typed.endswith("hotmial.com"):
        assert "Did you mean anna@hotmail.com?" in visit.page.text


# another address, without starting over


def test_another_address_keeps_where_she_was_going_and_what_she_typed(app, anna, mailbox, visit):
    visit.open("/rewards")
    visit.submit("Send the code", email="ana@example.com")
    visit.follow("Use another address")
    assert value_of(visit, "email") == "ana@example.com"
    come_in(visit, mailbox)
    assert visit.path == "/rewards"


def test_another_address_keeps_that_she_wants_to_join(visit, mailbox):
    visit.open("/sign-in?join=1")
    visit.submit("Send the code", email="zoe@example.com")
    visit.follow("Use another address")
    assert visit.page.all("h1")[0].text == "Where shall we send your code?"


def test_what_she_typed_is_shown_to_nobody_once_the_code_is_over(visit, mailbox, clock):
    visit.open("/sign-in")
    visit.submit("Send the code", email="zoe@example.com")
    clock.shift(timedelta(minutes=10) - timedelta(seconds=1))
    assert "zoe@example.com" in visit.client.get("/sign-in?again=1").text
    clock.shift(timedelta(seconds=1))
    assert "zoe@example.com" not in visit.client.get("/sign-in?again=1").text


def test_another_new_address_begins_with_the_one_she_typed(app, anna, mailbox):
    visit = make_fresh(enter(app))
    visit.open("/safety/address")
    visit.submit("Send the code", email=NEW)
    visit.follow("Use another address")
    assert value_of(visit, "email") == NEW


def test_who_is_locked_out_writes_it_all_only_once(app, anna, visit, mailbox, clock):
    visit.open("/sign-in/lost")
    visit.submit("Send the code", **LOST)
    visit.follow("Use another address")
    assert {name: visit.page.all("input", "textarea", name=name)[0] for name in LOST}.keys() == LOST.keys()
    assert (value_of(visit, "told"), value_of(visit, "email")) == (LOST["told"], NEW)
    assert visit.page.all("textarea")[0].text == LOST["words"]
    other = Visit(app.test_client())
    other.open("/sign-in/lost?again=1")
    assert value_of(other, "told") == "", "it is for the browser that asked"
    clock.shift(timedelta(minutes=10))
    visit.open("/sign-in/lost?again=1")
    assert value_of(visit, "told") == ""


@pytest.mark.both_engines
def test_who_is_locked_out_is_sent_another_code_after_half_a_minute(app, anna, visit, mailbox, clock):
    visit.open("/sign-in/lost")
    visit.submit("Send the code", **LOST)
    jobs.wake()
    clock.shift(timedelta(seconds=29))
    visit.submit("Send it again")
    jobs.wake()
    assert len(mailbox.to(NEW)) == 1
    clock.shift(timedelta(seconds=1))
    visit.submit("Send it again")
    jobs.wake()
    assert len(mailbox.to(NEW)) == 2
    visit.submit("Continue", code=code_in(mailbox, NEW))
    assert visit.path == "/sign-in/lost/sent"
    ((asked,), _more) = signin.asked_recoveries()
    assert signin.told_in(asked) == (LOST["told"], LOST["words"])


# a code that works no more


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/lost", "/safety/address", "/proof"])
def test_a_code_that_works_no_more_leaves_one_thing_to_do(app, anna, mailbox, clock, path):
    hers = path in ("/safety/address", "/proof")
    visit = make_fresh(enter(app)) if hers else Visit(app.test_client())
    visit.open(path)
    told = {"/sign-in": {"email": ANNA}, "/sign-in/lost": LOST, "/safety/address": {"email": NEW}}.get(
        path, {}
    )
    visit.submit("Send the code", **told)
    jobs.wake()
    address = ANNA if path in ("/sign-in", "/proof") else NEW
    code = code_in(mailbox, address)
    clock.shift(timedelta(minutes=10))
    visit.submit("Change my address" if path == "/safety/address" else "Continue", 422, code=code)
    assert not visit.page.all("input", name="code")
    assert "does not work any more" in visit.page.text
    mailbox.clear()
    visit.submit("Send me a new code")
    jobs.wake()
    assert code_in(mailbox, address)
    assert visit.page.all("input", name="code")


# the fresh proof, there and back


def test_the_mail_of_a_proof_has_no_link_to_sign_in_by(app, anna, mailbox):
    hers = enter(app)
    mailbox.clear()
    hers.open("/proof?next=/rewards")
    hers.submit("Send the code")
    assert "/sign-in/link/" not in mailbox.words(ANNA)
    assert "somebody else is signed in to your card" in mailbox.words(ANNA)
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert hers.path == "/rewards"


@pytest.mark.parametrize("way", ["code", "passkey"])
def test_after_the_proof_of_a_button_she_is_told_to_press_it_once_more(app, anna, mailbox, way):
    hers, phone = enter(app), Phone()
    set_up(hers, phone)
    enter(app)
    pressed = {"csrf_token": token_of(other_tab(hers, "/safety"))}
    answer = hers.client.post(
        "/sessions/end-others", data=pressed, headers={"Referer": "http://localhost/safety"}
    )
    assert answer.headers["Location"] == "/proof?next=/safety"
    if way == "code":
        hers.open("/proof?next=/safety")
        hers.submit("Send the code")
        hers.submit("Continue", code=mailbox.code(ANNA))
    else:
        prove(hers, phone, "/safety")
        hers.open("/safety")
    assert "It is you. Press it once more." in hers.page.text
    hers.submit("Sign out everywhere else")
    assert "All other devices are signed out." in hers.page.text


def test_after_the_proof_of_a_page_there_is_nothing_to_press_again(app, anna, mailbox):
    hers = enter(app)
    token = token_of(other_tab(hers, "/you"))
    hers.client.post(
        "/sessions/end-others", data={"csrf_token": token}, headers={"Referer": "http://localhost/safety"}
    )
    hers.open("/safety/address")
    assert hers.path == "/proof"
    hers.submit("Send the code")
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert hers.path == "/safety/address"
    assert "once more" not in hers.page.text


@pytest.mark.parametrize(
    ("wanted", "out"), [("/safety/address", "/safety"), ("/you/data", "/home"), ("", "/home")]
)
def test_who_does_not_want_to_prove_anything_has_a_way_out(app, anna, wanted, out):
    hers = enter(app)
    hers.open(f"/proof?next={wanted}")
    hers.follow("Not now")
    assert hers.path == out


# what is said is true


def test_other_devices_are_spoken_of_only_where_there_are_some(app, anna, mailbox):
    hers, phone = enter(app), Phone()
    set_up(hers, phone)
    assert "From now on this device signs you in." in hers.page.text
    assert "Other devices" not in hers.page.text
    prove(hers, phone)
    hers.open("/safety")
    assert "other devices" not in hers.page.text
    enter(app)
    hers.open("/safety")
    assert "other devices are signed out" in hers.page.text
    hers.submit("Remove")
    assert "Removed. Other devices are signed out." in hers.page.text


def test_a_newcomer_has_no_way_back_to_the_same_page(app):
    transact(lambda: people.add_staff(SAM, "owner", portal_clock.now()))
    desk = Visit(app.test_client())
    desk.open(transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60)))
    desk.submit("Sign in as s•••@example.com on this device")
    assert desk.path == "/staff/passkeys/new"
    assert "Back" not in [link.text for link in desk.page.all("a")]


def test_while_her_card_is_stopped_safety_offers_no_new_way_in(app, anna):
    hers = enter(app)
    set_up(hers, Phone())
    say_not_me(link(anna))
    again = enter(app)
    again.open("/safety")
    assert [link["href"] for link in again.page.all("a") if link["href"].startswith("/safety/")] == [
        "/safety/stop"
    ]
    assert not [link for link in again.page.all("a") if link["href"].startswith("/passkeys")]
    assert "Remove" not in [button.text for button in again.page.all("button")]


def test_a_long_wait_speaks_of_no_mail(app, visit):
    for number in range(11):
        visit.open("/sign-in")
        visit.submit("Send the code", 200 if number < 10 else 422, email=f"zoe{number}@example.com")
    assert "Wait 5 minutes, then try again." in visit.page.text

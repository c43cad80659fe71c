"""The way in when something comes between: a slip in the address, another tab, another browser, an old code."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, SAM, enter, everything, join, make_fresh
from tests.page import Visit
from tests.signin.browsing import is_in, options_for, prove, send, set_up, token_of
from tests.signin.hands import code_in

pytestmark = pytest.mark.usefixtures("programme")
NEW = "anna.bell@example.org"
LOST = {"told": "4127 8830", "email": NEW, "words": "My mailbox was closed."}


@pytest.fixture
def anna(app) -> str:
    """A member."""
    return join()


def value_of(visit: Visit, name: str) -> str:
    """What stands in a field of the page."""
    return visit.page.all("input", "textarea", name=name)[0]["value"]


def tab(visit: Visit, path: str) -> Visit:
    """The same browser, with a page open in a second tab."""
    other = Visit(visit.client)
    other.open(path)
    return other


def come_in(visit: Visit, mailbox, email: str = ANNA) -> None:
    """Sign in from the page at hand."""
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email))


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


# a page that was open before something changed


def test_a_sign_in_page_of_another_tab_leads_on_once_she_is_in(app, anna, visit, mailbox):
    waiting = tab(visit, "/sign-in?next=/rewards")
    come_in(tab(visit, "/sign-in"), mailbox)
    sent = len(mailbox)
    waiting.submit("Send the code", email=ANNA)
    assert waiting.path == "/rewards"
    assert len(mailbox) == sent


@pytest.mark.both_engines
def test_a_sign_in_page_from_before_she_was_in_and_out_keeps_the_address_and_asks_for_one_more_press(
    app, anna, visit, mailbox
):
    waiting = tab(visit, "/sign-in?next=/rewards")
    come_in(tab(visit, "/sign-in"), mailbox)
    tab(visit, "/you").submit("Sign out on this device")
    mailbox.clear()
    before = everything()
    waiting.submit("Send the code", email=ANNA)
    assert "open for too long, so nothing was sent" in waiting.page.text
    assert value_of(waiting, "email") == ANNA
    assert everything() == before
    waiting.submit("Send the code")
    waiting.submit("Continue", code=mailbox.code(ANNA))
    assert waiting.path == "/rewards"


def test_a_sign_in_page_whose_cookie_is_gone_is_there_again(app, anna, visit, mailbox):
    visit.open("/sign-in?join=1")
    visit.client.delete_cookie("portal")
    visit.submit("Send the code", email=ANNA)
    assert visit.page.all("h1")[0].text == "Where shall we send your code?"
    visit.submit("Send the code")
    assert visit.path == "/sign-in/code"


def test_another_site_still_sends_nothing(app, anna, visit, mailbox):
    visit.open("/sign-in")
    before, told = everything(), {"email": ANNA, "csrf_token": token_of(visit)}
    for path in ("/sign-in", "/sign-in/resend", "/passkeys/sign-in", "/sign-out"):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert visit.client.post(path, data=told, headers=headers).status_code == 403, path
    assert everything() == before


def test_send_it_again_of_an_old_page_sends_nothing_and_says_so(app, anna, visit, mailbox, clock):
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    clock.shift(timedelta(seconds=30))
    answer = visit.client.post("/sign-in/resend", data={"csrf_token": "old"}, follow_redirects=True)
    assert answer.request.path == "/sign-in/code"
    assert "open for too long" in answer.text
    assert len(mailbox.to(ANNA)) == 1
    visit.submit("Send it again")
    assert len(mailbox.to(ANNA)) == 2


def test_send_it_again_leads_on_once_she_is_in(app, anna, visit, mailbox):
    visit.open("/rewards")
    visit.submit("Send the code", email=ANNA)
    by_link(tab(visit, "/sign-in/code"), mailbox)
    visit.submit("Send it again")
    assert visit.path == "/rewards"
    assert len([mail for mail in mailbox.to(ANNA) if "code" in mail["Subject"]]) == 1


@pytest.mark.parametrize("is_in_already", [True, False])
def test_a_passkey_from_an_old_page_leads_on_or_shows_the_page_again(
    app, anna, visit, mailbox, is_in_already
):
    phone = Phone()
    set_up(enter(app), phone)
    waiting = tab(visit, "/sign-in")
    credential = phone.sign(options_for(waiting, "sign_in"))
    come_in(tab(visit, "/sign-in"), mailbox)
    if not is_in_already:
        tab(visit, "/you").submit("Sign out on this device")
    answer = send(waiting, "/passkeys/sign-in", credential, "/rewards")
    if is_in_already:
        assert (answer.status_code, answer.headers["Location"]) == (303, "/rewards")
    else:
        assert (answer.status_code, "open for too long" in answer.text) == (200, True)
        assert 'value="/rewards"' in answer.text
    assert is_in(visit) == is_in_already


def test_a_passkey_of_staff_from_an_old_page_shows_the_page_again(app):
    answer = app.test_client().post("/staff/passkeys/sign-in", data={"csrf_token": "old", "credential": "{}"})
    assert (answer.status_code, "open for too long" in answer.text) == (200, True)


def test_signing_out_in_a_second_tab_is_content(app, anna):
    hers = enter(app)
    first, second = tab(hers, "/you"), tab(hers, "/you")
    first.submit("Sign out on this device")
    second.submit("Sign out on this device")
    assert second.path == "/signed-out"


def test_signing_out_of_a_session_that_was_ended_empties_the_cookie(app, anna):
    hers = enter(app)
    hers.open("/you")
    transact(lambda: signin.end_sessions(anna, portal_clock.now()))
    hers.submit("Sign out on this device")
    assert hers.path == "/signed-out"
    with hers.client.session_transaction() as cookie:
        assert "_user_id" not in cookie


# another browser, another tab, a mail of before


def by_link(visit: Visit, mailbox) -> None:
    visit.open(mailbox.link(ANNA))
    visit.submit("Sign in as a•••@example.com on this device")


def test_the_code_of_a_link_that_another_browser_used_says_so_and_keeps_the_goal(app, anna, visit, mailbox):
    visit.open("/rewards")
    visit.submit("Send the code", email=ANNA)
    by_link(Visit(app.test_client()), mailbox)
    visit.submit("Continue", 410, code=mailbox.code(ANNA))
    assert "Already used" in visit.page.text
    visit.follow("Send me a new code")
    come_in(visit, mailbox)
    assert visit.path == "/rewards"


def test_the_code_in_a_tab_beside_the_link_leads_to_the_goal(app, anna, visit, mailbox):
    visit.open("/rewards")
    visit.submit("Send the code", email=ANNA)
    by_link(tab(visit, "/sign-in/code"), mailbox)
    visit.submit("Continue", code=mailbox.code(ANNA))
    assert visit.path == "/rewards"


@pytest.mark.both_engines
def test_a_link_that_is_too_old_or_used_keeps_the_goal(app, anna, visit, mailbox, clock):
    visit.open("/rewards")
    visit.submit("Send the code", email=ANNA)
    clock.shift(timedelta(minutes=10))
    visit.open(mailbox.link(ANNA), 410)
    visit.follow("Send me a new code")
    assert value_of(visit, "next") == "/rewards"


def test_a_second_press_of_the_links_button_leads_to_the_goal(app, anna, visit, mailbox):
    visit.open("/rewards")
    visit.submit("Send the code", email=ANNA)
    link, second = mailbox.link(ANNA), tab(visit, "/sign-in/code")
    visit.open(link)
    pressed = {"csrf_token": token_of(visit), "elsewhere": ""}
    visit.submit("Sign in as a•••@example.com on this device")
    second.open("/you")
    pressed["csrf_token"] = token_of(second)
    assert visit.client.post(link, data=pressed).headers["Location"] == "/rewards"


@pytest.mark.both_engines
def test_a_new_code_ends_the_link_of_the_mail_before(app, anna, visit, mailbox, clock):
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    first = mailbox.link(ANNA)
    clock.shift(timedelta(seconds=29))
    visit.submit("Send it again")
    assert app.test_client().get(first).status_code == 200, "none was sent, so the first one stays"
    clock.shift(timedelta(seconds=1))
    visit.submit("Send it again")
    assert app.test_client().get(first).status_code == 410
    by_link(visit, mailbox)
    assert is_in(visit)


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
    assert "somebody else may be signed in as you" in mailbox.words(ANNA)
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert hers.path == "/rewards"


@pytest.mark.parametrize("way", ["code", "passkey"])
def test_after_the_proof_of_a_button_she_is_told_to_press_it_once_more(app, anna, mailbox, way):
    hers, phone = enter(app), Phone()
    set_up(hers, phone)
    enter(app)
    pressed = {"csrf_token": token_of(tab(hers, "/safety"))}
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
    token = token_of(tab(hers, "/you"))
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
    transact(
        lambda: signin.say_not_me(
            signin.not_me_url(anna, ANNA, "device", portal_clock.now()).rsplit("/", 1)[1],
            now=portal_clock.now(),
        )
    )
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

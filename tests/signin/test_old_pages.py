"""A page, a tab or a mail from before something changed: it leads on, or says what to do."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import signin
from portal.db import transact
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter, everything
from tests.page import Visit
from tests.signin.browsing import (
    by_link,
    come_in,
    is_in,
    options_for,
    other_tab,
    send,
    set_up,
    token_of,
    value_of,
)

pytestmark = pytest.mark.usefixtures("programme")


# a page that was open before something changed


def test_a_sign_in_page_of_another_tab_leads_on_once_she_is_in(app, anna, visit, mailbox):
    waiting = other_tab(visit, "/sign-in?next=/rewards")
    come_in(other_tab(visit, "/sign-in"), mailbox)
    sent = len(mailbox)
    waiting.submit("Send the code", email=ANNA)
    assert waiting.path == "/rewards"
    assert len(mailbox) == sent


@pytest.mark.both_engines
def test_a_sign_in_page_from_before_she_was_in_and_out_keeps_the_address_and_asks_for_one_more_press(
    app, anna, visit, mailbox
):
    waiting = other_tab(visit, "/sign-in?next=/rewards")
    come_in(other_tab(visit, "/sign-in"), mailbox)
    other_tab(visit, "/you").submit("Sign out on this device")
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
    by_link(other_tab(visit, "/sign-in/code"), mailbox)
    visit.submit("Send it again")
    assert visit.path == "/rewards"
    assert len([mail for mail in mailbox.to(ANNA) if "code" in mail["Subject"]]) == 1


@pytest.mark.parametrize("is_in_already", [True, False])
def test_a_passkey_from_an_old_page_leads_on_or_shows_the_page_again(
    app, anna, visit, mailbox, is_in_already
):
    phone = Phone()
    set_up(enter(app), phone)
    waiting = other_tab(visit, "/sign-in")
    credential = phone.sign(options_for(waiting, "sign_in"))
    come_in(other_tab(visit, "/sign-in"), mailbox)
    if not is_in_already:
        other_tab(visit, "/you").submit("Sign out on this device")
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
    first, second = other_tab(hers, "/you"), other_tab(hers, "/you")
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
    by_link(other_tab(visit, "/sign-in/code"), mailbox)
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
    link, second = mailbox.link(ANNA), other_tab(visit, "/sign-in/code")
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

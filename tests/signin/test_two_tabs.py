"""Two tabs of one browser: a form that was open before a proof still works, and one of somebody else never does."""

import pytest

from tests.authenticator import Phone
from tests.home.doors import ANNA, enter, join, make_fresh
from tests.page import Visit
from tests.signin.browsing import is_in, other_tab, prove, prove_by_mail, session_of, set_up, token_of

pytestmark = pytest.mark.usefixtures("programme")
BERTA = "berta@example.com"


@pytest.mark.both_engines
def test_a_form_of_another_tab_still_works_after_a_proof_by_mail(hers, mailbox):
    tab, before = other_tab(hers, "/you"), session_of(hers)
    prove_by_mail(hers, mailbox)
    assert session_of(hers) != before, "the session has another name all the same"
    tab.submit("Sign out on this device")
    assert not is_in(hers)


def test_and_after_a_proof_by_passkey_twice_over(hers):
    phone = Phone()
    set_up(hers, phone)
    tab, before = other_tab(hers, "/you"), session_of(hers)
    for _ in range(2):
        assert prove(hers, phone).status_code == 303
    assert session_of(hers) != before
    assert (
        hers.client.post("/you/consents", data={"csrf_token": token_of(tab), "marketing": "y"}).status_code
        == 303
    )


def test_a_form_that_was_open_before_she_signed_in_does_not(app, hers):
    """What stood in the browser before it was hers proves nothing: it may have been planted there."""
    visit = Visit(app.test_client())
    planted = other_tab(visit, "/sign-in")
    mine = enter_here(visit, ANNA)
    answer = mine.client.post("/you/consents", data={"csrf_token": token_of(planted), "marketing": "y"})
    assert answer.status_code == 403


def test_nor_does_one_of_who_was_signed_in_here_before(app, hers):
    join("c-2", BERTA, "Berta Klein")
    tab = other_tab(hers, "/you")
    enter_here(hers, BERTA)
    answer = hers.client.post("/you/consents", data={"csrf_token": token_of(tab), "marketing": "y"})
    assert answer.status_code == 403


def test_nor_one_from_before_she_signed_out(app, hers):
    tab = other_tab(hers, "/you")
    other_tab(hers, "/you").submit("Sign out on this device")
    enter_here(hers, ANNA)
    assert hers.client.post("/you/consents", data={"csrf_token": token_of(tab)}).status_code == 403


def test_nor_one_of_her_other_browser(app, hers, mailbox):
    tablet = other_tab(enter(app), "/you")
    prove_by_mail(hers, mailbox)
    assert hers.client.post("/you/consents", data={"csrf_token": token_of(tablet)}).status_code == 403


def test_a_form_that_is_too_old_says_that_nothing_changed_and_leads_back_to_itself(app, hers):
    tab = other_tab(make_fresh(hers), "/safety/address")
    other_tab(hers, "/you").submit("Sign out on this device")
    make_fresh(enter_here(hers, ANNA))
    tab.submit("Send the code", 403, email=BERTA)
    assert "nothing was changed" in tab.page.text
    (anew,) = (link["href"] for link in tab.page.all("a") if link.text == "Open the form anew")
    assert (tab.path, anew) == ("/safety/address", "?"), "here, by GET"


def test_a_form_sent_after_the_session_ended_leads_through_the_sign_in_back_to_it(app, hers, mailbox):
    tab = other_tab(hers, "/board/new")
    other_tab(hers, "/you").submit("Sign out on this device")
    tab.submit("Put it on the board", title="Mend cushions", text="They come apart at the seam.")
    assert tab.path == "/sign-in"
    tab.submit("Send the code", email=ANNA)
    tab.submit("Continue", code=mailbox.code(ANNA))
    assert tab.path == "/board/new"


@pytest.mark.parametrize(
    ("referrer", "words", "href"),
    [
        ("http://localhost/you", "Open the form anew", "/you"),
        ("https://evil.example/you", "Go to my card", "/home"),
        ("http://localhost//evil.example", "Go to my card", "/home"),
        ("", "Go to my card", "/home"),
    ],
)
def test_where_only_the_browser_knows_the_form_a_strangers_word_is_not_followed(hers, referrer, words, href):
    answer = hers.client.post("/you/consents", data={"csrf_token": "old"}, headers={"Referer": referrer})
    assert answer.status_code == 403
    assert f'href="{href}"' in answer.text
    assert words in answer.text
    assert "evil" not in answer.text


def enter_here(visit: Visit, email: str) -> Visit:
    """Sign somebody in, in this browser, by a ready-made link."""
    from portal import clock, signin
    from portal.db import transact

    visit.open(transact(lambda: signin.make_link(email, "member", clock.now(), 60)))
    visit.submit(f"Sign in as {signin.masked(email)} on this device")
    return visit

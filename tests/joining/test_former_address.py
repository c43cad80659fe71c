"""Who proves an address that a card had until lately: the change can be undone there and then, or she joins anew."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import people
from portal.db import read
from tests.home.doors import ANNA, join
from tests.page import Visit
from tests.signin import browsing
from tests.signin.hands import NEW, change_to, row_of, token_in, undo

pytestmark = pytest.mark.usefixtures("programme")

BACK = "Put a•••@example.com back"


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def her(app, mailbox, anna, clock) -> Visit:
    """Anna's browser: her card got another address three hours ago, and she signs in with hers."""
    change_to(mailbox, anna, NEW)
    clock.shift(timedelta(hours=3))
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox)
    assert visit.path == "/join"
    return visit


def members() -> int:
    return int(read(select(func.count()).select_from(people.Member)).scalar_one())


def test_she_is_told_that_a_card_had_it_and_puts_it_back_without_a_mail(her, anna, mailbox):
    assert "This address was on a card" in her.page.text
    assert NEW not in her.page.text
    assert "Whose card is it?" not in her.page.text
    page = her.submit(BACK)
    assert "Your address is back" in page.text
    assert (row_of(anna).email, row_of(anna).frozen_at is not None) == (ANNA, True)
    assert "Your address is back" in her.open("/undo").text, "again is as good"
    her.follow("Sign in")
    browsing.come_in(her, mailbox)
    assert her.path == "/safety/stop"
    assert members() == 1


def test_joining_anew_is_the_second_way_and_says_what_it_means(her, anna, mailbox):
    assert "second card" in her.page.text
    her.follow("Join with a new card")
    assert "Whose card is it?" in her.page.text
    her.submit("Join", 422, name="", terms="y")
    her.submit("Join", name="Anna Bell", terms="y")
    assert her.path == "/home"
    assert (members(), row_of(anna).email) == (2, NEW)
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "kept"


def test_after_an_undo_in_another_browser_the_page_leads_to_the_card(her, anna, mailbox):
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "back"
    her.submit(BACK)
    assert "Your address is back" in her.page.text


@pytest.mark.parametrize("path", ["/join", "/join?anew=1"])
def test_back_after_the_undo_says_what_became_of_it_and_takes_no_details(her, anna, path):
    token, stopped = browsing.token_of(her), her.submit(BACK)
    assert "Your address is back" in stopped.text
    her.open(path)
    assert (her.path, her.page.text) == ("/undo", stopped.text)
    answer = her.client.post(path, data={"csrf_token": token, "name": "Somebody Else", "terms": "y"})
    assert answer.headers["Location"] == "/undo"
    assert (row_of(anna).name, members(), browsing.is_in(her)) == ("Anna Bell", 1, False)


def test_an_undo_that_is_too_late_is_not_offered(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    clock.shift(timedelta(days=14))
    visit = Visit(app.test_client())
    browsing.sign_in_by_code(visit, mailbox)
    assert "Whose card is it?" in visit.page.text


def test_nobody_undoes_anything_without_the_proof_of_the_address(app, her, anna, mailbox):
    other = Visit(app.test_client())
    browsing.sign_in_by_code(other, mailbox, "zoe@example.com")
    assert "Whose card is it?" in other.page.text
    token = browsing.token_of(other)
    for data in ({"csrf_token": token}, {}):
        other.client.post("/undo", data=data)
    assert her.client.post("/undo").status_code == 403, "without the page's proof"
    assert row_of(anna).email == NEW
    other.open("/undo")
    assert other.path == "/join"
    nobody = Visit(app.test_client())
    nobody.open("/undo")
    assert nobody.path == "/sign-in"


def test_a_cookie_from_before_the_code_was_typed_undoes_nothing(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    clock.shift(timedelta(hours=3))
    hers, other = Visit(app.test_client()), Visit(app.test_client())
    browsing.ask(hers)
    other.client.set_cookie("portal", hers.client.get_cookie("portal").value)
    hers.submit("Continue", code=mailbox.code(ANNA))
    other.open("/sign-in/code")
    other.submit("Continue", 422, code="000000" if mailbox.code(ANNA) != "000000" else "111111")
    assert other.path == "/sign-in/code"
    other.open("/undo")
    assert (other.path, row_of(anna).email) == ("/sign-in", NEW)


def test_the_proof_of_an_hour_ago_undoes_nothing(her, anna, clock):
    clock.shift(timedelta(hours=1))
    her.submit(BACK)
    assert her.path == "/sign-in"
    assert row_of(anna).email == NEW

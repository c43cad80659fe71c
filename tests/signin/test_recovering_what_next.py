"""The page after a request: what she does now, and how she reaches the shop."""

import pytest

from tests.home.doors import ANNA
from tests.page import Visit
from tests.signin.hands import NEW, code_in

pytestmark = pytest.mark.usefixtures("programme")


def test_she_is_told_to_come_or_to_write_and_that_nobody_writes_to_her(app, mailbox, anna):
    visit = Visit(app.test_client())
    visit.open("/sign-in/lost")
    visit.submit("Send the code", told=ANNA, email=NEW, words="My provider has closed")
    page = visit.submit("Continue", code=code_in(mailbox, NEW))
    assert visit.path == "/sign-in/lost/sent"
    assert "Coming by with your card and an ID is quickest. From far away write or call" in page.text
    assert "We ask you for your new address, too" in page.text
    assert "We write" not in page.text
    assert [one for one in page.all("a", href="/help") if "button" in one["class"].split()]
    visit.follow("Help and contact")
    assert any(one["href"].startswith("mailto:") for one in visit.page.all("a"))

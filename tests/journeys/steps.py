"""What people do on their way through the portal, in words: look at a page, ask for a code, buy something."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Locator, Page, expect

from tests.browser import WITHOUT_SCRIPT, check_axe, check_width
from tests.notices.mailbox import Mailbox

# A browser drops cookies by its own clock, which nobody can move: so the portal's time lies well after it.
TODAY = datetime(2036, 6, 10, 9, 30, tzinfo=UTC)
ANNA = "anna@example.com"


def look(phone: Page, heading: str | re.Pattern[str]) -> None:
    """Arrive at the page with this heading; it fits the phone and shuts nobody out."""
    expect(phone.get_by_role("heading", level=1)).to_have_text(heading)
    phone.wait_for_load_state("domcontentloaded")  # scripts have run: the address is settled
    check_width(phone)
    if phone.context not in WITHOUT_SCRIPT:
        check_axe(phone)


def press(phone: Page, words: str) -> None:
    """Tap the button with these words."""
    phone.get_by_role("button", name=words, exact=True).click()


def follow(phone: Page, words: str | re.Pattern[str]) -> None:
    """Tap the first link with these words."""
    link = phone.get_by_role("link", name=words, exact=isinstance(words, str)).first
    with phone.expect_navigation(wait_until="domcontentloaded"):  # what is read next must be the next page
        link.click()


def go_back(phone: Page) -> None:
    """Tap the browser's own "back".

    A page of another site runs in a process of its own. While Chromium changes over to it, it has no history to tell
    yet and refuses, before anything has moved: then once more.
    """
    for _try in range(20):
        try:
            phone.go_back()
        except Error as error:
            if "Not attached to an active page" not in error.message:
                raise
            phone.wait_for_timeout(100)
        else:
            return
    raise AssertionError("the browser never came to rest on its page")


def wait_until(phone: Page, holds: Callable[[], object]) -> None:
    """Let the browser go on until it is so, for as long as it is given for anything else."""
    for _try in range(300):
        if holds():
            return
        phone.wait_for_timeout(50)
    raise AssertionError("it never came to be")


def main(phone: Page) -> Locator:
    """The page without what stands around every page."""
    return phone.get_by_role("main")


def ask_for_code(phone: Page, email: str) -> None:
    """Type an address where joining and signing in begin."""
    phone.get_by_label("E-mail").fill(email)
    press(phone, "Send the code")


def enter(phone: Page, code: str) -> None:
    """Type a code digit by digit, as from a slip of paper."""
    field = phone.get_by_label("Code")
    field.fill("")
    field.press_sequentially(code)
    press(phone, "Continue")


def sign_in(phone: Page, mailbox: Mailbox, email: str = ANNA) -> None:
    """From any page that asks for it to the page that was wanted."""
    ask_for_code(phone, email)
    enter(phone, mailbox.code(email))


@dataclass(frozen=True)
class Till:
    """A shop's system at the other end of the API, with a key of its own."""

    site: str
    secret: str

    def put(self, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """Tell the portal a member or an order; the answer, which must have this status."""
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=15)
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        connection.request("PUT", f"/api/v1{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        connection.close()
        assert answer.status == status, told
        return told


def spend(points: int) -> None:
    """Anna's points go for something, as when a reward is taken."""
    from portal import clock, ledger, people
    from portal.db import transact

    anna, now = people.by_ref("c-1"), clock.now()
    assert anna is not None
    because = ledger.Because("reward", "coffee", "test", 1, {})
    transact(
        lambda: ledger.debit(anna.id, points, key="spend", fingerprint="", because=because, kind="redeemed", at=now,
                             day=now.date())
    )  # fmt: skip

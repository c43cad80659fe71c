"""Journey 4: help and contact from every page; terms, privacy and imprint from the programme file."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.programme import Programme
from tests.journeys.steps import ANNA, follow, look, main, sign_in
from tests.notices.mailbox import Mailbox
from tests.page import Visit

pytestmark = pytest.mark.usefixtures("programme", "clock")

OF_ANYBODY = ("/", "/sign-in", "/sign-in?join=1", "/signed-out", "/help", "/terms", "/privacy", "/imprint")
OF_MEMBERS = ("/home", "/activity", "/activity/1", "/card", "/you")


@pytest.mark.script_on_and_off
def test_help_is_one_tap_away_and_carries_the_question_along(
    phone: Page, script: bool, mailbox: Mailbox, programme: Programme, anna: None
) -> None:
    phone.goto("/activity/1")
    sign_in(phone, mailbox)
    look(phone, "+100 points Welcome to Pennywren")
    follow(phone, "Something wrong? Ask about this line")
    look(phone, "Help and contact")
    expect(main(phone)).to_contain_text("line 1 of card")
    mail = phone.get_by_role("link", name="Write a mail").get_attribute("href")
    assert mail is not None
    assert mail.startswith(
        f"mailto:{programme.contact.email}?subject=Question%20about%20line%201%20of%20card"
    )
    for fact in (programme.contact.email, programme.contact.phone, programme.contact.hours):
        assert fact is not None
        expect(main(phone)).to_contain_text(fact)
    phone.get_by_text(programme.faq[0].question).click()
    expect(phone.get_by_text(programme.faq[0].answer[:40])).to_be_visible()

    for link, page in (
        ("Terms", programme.pages.terms),
        ("Privacy", programme.pages.privacy),
        ("Imprint", programme.pages.imprint),
    ):
        follow(phone, link)
        look(phone, page.title)
        for paragraph in page.paragraphs:
            expect(main(phone)).to_contain_text(re.sub(r"\s+", " ", paragraph))


def test_every_page_has_a_way_to_help(visit: Visit, mailbox: Mailbox, anna: None) -> None:
    for path in (*OF_ANYBODY, "/no-such-page"):
        visit.open(path, 404 if path == "/no-such-page" else 200)
        assert_helps(visit)
    visit.open("/home")
    visit.submit("Send the code", email=ANNA)
    assert_helps(visit)
    visit.open(mailbox.link(ANNA))
    assert_helps(visit)
    visit.open("/sign-in/code")
    visit.submit("Continue", code=mailbox.code(ANNA))
    for path in OF_MEMBERS:
        visit.open(path)
        assert_helps(visit)


def assert_helps(visit: Visit) -> None:
    here = visit.path
    links = [link["href"] for link in visit.page.all("a")]
    assert "/help" in links, f"no way to help on {here}"
    assert {"/terms", "/privacy", "/imprint"} <= set(links), here

"""One more id of a shop: the mail that asks her, the link in it, and the button that connects."""

import re
from datetime import timedelta

import pytest

from portal import people
from tests.joining.linking import ANNA, YES, anna, ask, link, put, whole_database
from tests.journeys.steps import look
from tests.page import Visit

__all__ = ["anna"]

pytestmark = pytest.mark.usefixtures("programme")


def test_the_mail_asks_kindly_and_says_that_doing_nothing_is_fine(anna, mailbox):
    ask()
    link(mailbox)
    (mail,) = mailbox.to(ANNA)
    words = re.sub(r"\s+", " ", mailbox.words(ANNA))
    assert mail["Subject"] == "Is customer number c-17 yours?"
    assert "Hello Anna Bell," in words
    assert "Main Street wants to connect its customer number c-17 with your card" in words
    assert "Then there is nothing to do, and nothing is connected" in words


def test_the_default_shop_goes_by_the_programmes_name(anna, mailbox, visit):
    ask(shop_name="")
    assert "Pennywren Rewards has a customer with this number" in visit.open(link(mailbox)).text
    assert "Pennywren Rewards wants to connect" in mailbox.words(ANNA)


def test_she_presses_the_button_and_is_told_what_it_did(anna, mailbox, visit):
    ask()
    page = visit.open(link(mailbox))
    assert "Is customer number c-17 yours?" in page.text
    assert "Main Street" in page.text
    assert "24 June 2026" in page.text
    page = visit.submit(YES)
    assert "Connected" in page.text
    assert people.by_ref("c-17").id == anna
    assert visit.client.get("/home").status_code == 303, "it links, and signs nobody in"


def test_a_scanner_that_opens_the_link_five_times_connects_nothing(app, anna, mailbox):
    ask()
    path = link(mailbox)
    before = whole_database()
    for _ in range(5):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert app.test_client().head(path).status_code == 200
    assert whole_database() == before


def test_the_link_works_in_any_browser_and_a_second_tap_ends_on_the_same_page(app, anna, mailbox, visit):
    ask()
    path = link(mailbox)
    visit.open(path)
    other = Visit(app.test_client())
    other.open(path)
    assert "Connected" in other.submit(YES).text
    assert "Connected" in visit.submit(YES).text, "the first browser had the page open all the time"
    assert "Connected" in visit.open(path).text


def test_a_form_from_elsewhere_connects_nothing(app, anna, mailbox, visit):
    ask()
    path = link(mailbox)
    assert app.test_client().post(path).status_code == 403, "without the page's proof"
    proof = visit.open(path).all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post(path, data={"csrf_token": proof}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert people.by_ref("c-17") is None


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("late", "This link worked until 24 June 2026."),
        ("changed", "Something has changed since we wrote to you"),
        ("forged", "It may be incomplete, or older than 14 days."),
    ],
)
def test_a_link_that_does_not_work_says_why_and_that_nothing_happened(
    anna, mailbox, visit, clock, what, said
):
    ask()
    path = link(mailbox)
    visit.open(path)
    if what == "late":
        clock.shift(timedelta(days=15))
    elif what == "changed":
        put("c-17", "berta@example.com")
    page = visit.open(path[:-2], 410) if what == "forged" else visit.submit(YES, 410)
    assert "Nothing was connected" in page.text
    assert said in page.text


def test_markup_in_a_shops_id_stays_words(anna, mailbox, visit):
    ask("<script>alert(1)</script>", shop_name="<b>Shop</b>")
    path = link(mailbox)
    assert "<script>alert" not in visit.client.get(path).text
    (mail,) = mailbox.to(ANNA)
    assert "<script>" not in mail.get_body(("html",)).get_content()
    assert "<b>Shop" not in mail.get_body(("html",)).get_content()


@pytest.mark.script_on_and_off
def test_on_a_phone(anna, mailbox, phone):
    ask()
    phone.goto(link(mailbox))
    look(phone, "Is customer number c-17 yours?")
    phone.get_by_role("button", name=YES).click()
    look(phone, "Connected")

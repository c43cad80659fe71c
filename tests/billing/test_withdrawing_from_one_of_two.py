"""Who pays for two plans may withdraw from either: each has a link, an amount and days of its own."""

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.paying_back import told_again_in_any_order_changes_nothing
from tests.billing.shop import Desk
from tests.billing.test_withdrawing import LINK, live, refunded

RENEWS = "Withdraw from Plus (each month) and get £3.00 back"
FOR_LIFE = "Withdraw from Plus (once, for life) and get £90.00 back"


def both(desk: Desk, monthly: str = "plus-monthly", life: str = "plus-life") -> None:
    """A plan by month, and five days later one for life."""
    desk.join(monthly)
    desk.tell()
    desk.pass_time(days=5)
    desk.join(life)
    desk.tell()
    billing.work_off(clock.now())
    desk.tell()


def withdraw(desk: Desk, link: str) -> str:
    """The words of the page behind a link; its button is tapped."""
    desk.visit.open("/membership")
    text = " ".join(desk.visit.follow(link).text.split())
    button = next(
        one.spoken_name for one in desk.visit.page.all("button") if one.spoken_name.startswith("Withdraw")
    )
    assert "what you paid goes back to you" in desk.visit.submit(button).text
    desk.tell()
    return text


@pytest.mark.both_engines
def test_from_the_one_for_life_alone(desk):
    both(desk)
    text = withdraw(desk, FOR_LIFE)
    assert "Withdraw from Plus (once, for life)?" in text
    assert "£90.00, all that you paid for it" in text
    assert "You can until 29 June 2026" in text
    ends, keeps = text.split("Ends today")[1].split("You keep")
    assert "Free delivery" not in ends
    assert "Plus itself until 10 July 2026" in keeps
    assert (refunded(desk), live(desk), desk.status()) == ([9000], ["active"], "cancelling")
    page = desk.visit.open("/membership").text
    assert LINK in page, "the other one is still hers to withdraw from"
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
def test_from_the_one_that_renews_alone_and_what_it_brings_stays(desk):
    both(desk)
    text = withdraw(desk, RENEWS)
    assert "£3.00, all that you paid for it" in text
    ends, keeps = text.split("Ends today")[1].split("You keep")
    assert "Plus (each month)" in ends
    assert "Free delivery" not in ends
    assert "Plus (once, for life)" in keeps
    assert (refunded(desk), live(desk), desk.perks()) == ([300], ["canceled"], True)
    assert "£90.00" in desk.visit.open("/membership/withdraw").text


def test_what_only_one_of_them_brings_ends_with_it(desk):
    shelf.fill(clock.now())
    both(desk, "platinum-monthly", "gold-life")
    desk.visit.open("/membership")
    page = desk.visit.follow("Withdraw from Platinum (each month) and get £15.00 back")
    ends = " ".join(page.text.split()).split("Ends today")[1].split("You keep")[0]
    assert "Tea with the makers" in ends
    assert "Free delivery" not in ends


def test_an_address_of_nothing_of_hers_leads_back_to_her_plan(desk):
    both(desk)
    desk.visit.open("/membership/withdraw?of=sub_nothing")
    assert desk.visit.path == "/membership"

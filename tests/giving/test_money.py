"""Giving where the balance is money: it is typed and shown as money, and counted in minor units inside."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal import giving
from tests.giving.hands import earn
from tests.home.doors import join, step_in
from tests.programme.texts import small

pytestmark = pytest.mark.usefixtures("clock", "the_books_agree")

CAUSE = """
[[charities]]
key = "wildlife"
label = "Hedgerow Wildlife"

[giving]
minimum = {least}
step = {step}
"""


@pytest.fixture
def shop(publish: Callable[[str], int]) -> Callable[..., str]:
    """A programme whose balance is money, and a member with some; her id."""

    def open_it(least: int, step: int, have: int, **changed: str) -> str:
        text = small(CAUSE.format(least=least, step=step), **changed)
        publish(text.replace('value = { points = 1, amount = "0.01" }', 'kind = "money"'))
        member_id = join()
        earn(member_id, have)
        return member_id

    return open_it


def test_money_is_typed_as_money_all_the_way(app: Flask, shop: Callable[..., str]) -> None:
    anna = shop(100, 50, 1200)
    visit = step_in(app)
    page = visit.open("/give")
    assert "You have £12.00. From £1.00, in steps of £0.50." in page.text
    (field,) = page.all("input", name="points")
    assert (field["type"], field["inputmode"], field["value"]) == ("text", "decimal", "1.00")
    page = visit.submit("Continue", points="2,50", charity="wildlife")
    assert "Give £2.50 to Hedgerow Wildlife?" in page.text
    assert "You keep £9.50" in page.text
    page = visit.follow("Change it")
    assert page.all("input", name="points")[0]["value"] == "2.50"
    visit.submit("Continue")
    page = visit.submit("Give £2.50")
    assert "£2.50 go to Hedgerow Wildlife" in page.text
    assert "Points" not in page.text
    assert giving.of(anna)["wildlife"] == giving.Gifts(250, 250, 1)
    assert "£2.50 from you" in visit.open("/give").text


def test_all_of_it_is_given_down_to_the_step(app: Flask, shop: Callable[..., str]) -> None:
    anna = shop(100, 50, 1249)
    visit = step_in(app)
    visit.open("/give")
    visit.submit("Give all: £12.00", charity="wildlife")
    visit.submit("Give £12.00")
    assert giving.of(anna)["wildlife"].value_minor == 1200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2.505", "Type at most 2 decimals, such as 5.00."),
        ("2.75", "Give £1.00 or more, in steps of £0.50."),
        ("0.99", "Give £1.00 or more, in steps of £0.50."),
        ("many", "Type an amount, such as 5.00."),
        ("", "Type an amount, such as 5.00."),
        ("1,250.00", "£1,250.00 are more than the £12.00 you have now"),
        ("250", "£250.00 are more than the £12.00 you have now"),
    ],
)
def test_what_cannot_be_given_is_told_as_money(
    app: Flask, shop: Callable[..., str], typed: str, words: str
) -> None:
    shop(100, 50, 1200)
    visit = step_in(app)
    visit.open("/give")
    page = visit.submit("Continue", 422, points=typed, charity="wildlife")
    assert words in page.text
    assert page.all("input", name="points")[0]["value"] == typed, "what she typed stays, to be put right"


def test_a_currency_without_decimals_takes_none(app: Flask, shop: Callable[..., str]) -> None:
    anna = shop(100, 1, 1200, currency='"JPY"')
    visit = step_in(app)
    page = visit.open("/give")
    assert page.all("input", name="points")[0]["value"] == "100"
    page = visit.submit("Continue", 422, points="250.50", charity="wildlife")
    assert "JPY has no decimals. Type an amount, such as 5." in page.text
    visit.submit("Continue", points="250", charity="wildlife")
    visit.submit("Give JP¥250")
    assert giving.of(anna)["wildlife"].value_minor == 250

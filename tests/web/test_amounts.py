"""Amounts as people type them, in the languages that write them differently: read exactly, or refused in words."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from wtforms.validators import ValidationError

from portal.web import amounts, i18n
from tests.programme.texts import small

MONEY = 'kind = "money"'
POINTS = 'value = { points = 1, amount = "0.01" }'

Speak = Callable[..., None]


@pytest.fixture
def speak(app: Flask, publish: Callable[[str], int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Speak]:
    """Who reads: a language, and the balance of the programme (a currency, or nothing for points)."""
    with app.test_request_context():

        def become(language: str, currency: str | None = None) -> None:
            text = small(currency=f'"{currency or "GBP"}"')
            publish(text.replace(POINTS, MONEY) if currency else text)
            here = replace(i18n.reader(), language=language)
            monkeypatch.setattr(amounts, "reader", lambda: here)

        yield become


@pytest.mark.parametrize(
    ("language", "currency", "typed", "number"),
    [
        ("en_GB", "GBP", "2.50", 250),
        ("en_GB", "GBP", "2,50", 250),
        ("en_GB", "GBP", "2.5", 250),
        ("en_GB", "GBP", " 2 ", 200),
        ("en_GB", "GBP", "0.01", 1),
        ("en_GB", "GBP", "007.50", 750),
        ("en_GB", "GBP", "-2.50", -250),
        ("en_GB", "GBP", "−2.50", -250),
        ("en_GB", "GBP", "+2.50", 250),
        ("en_GB", "GBP", "1,250", 125_000),
        ("en_GB", "GBP", "1,250.00", 125_000),
        ("ko", "KRW", "1,250", 1_250),
        ("de", "EUR", "2,50", 250),
        ("de", "EUR", "2.50", 250),
        ("de", "EUR", "1.250", 125_000),
        ("de", "EUR", "1.250,00", 125_000),
        ("fr", "EUR", "1\u202f250,00", 125_000),
        ("en_DE", "EUR", "2,50", 250),
        ("en_GB", "BHD", "1,250", 1_250),
        ("en_GB", "BHD", "2.505", 2_505),
        ("en_GB", None, "250", 250),
        ("en_GB", None, "1,000", 1_000),
        ("de", None, "1.000", 1_000),
        ("en_GB", None, "-5", -5),
        ("en_GB", None, "9" * 40, int("9" * 40)),
    ],
)
def test_what_is_typed_is_read_exactly(
    speak: Speak, language: str, currency: str | None, typed: str, number: int
) -> None:
    speak(language, currency)
    assert amounts.read(typed) == number


@pytest.mark.parametrize(
    ("language", "currency", "typed", "words"),
    [
        ("en_GB", "GBP", "2.505", "Type at most 2 decimals, such as 5.00."),
        ("en_GB", "GBP", "2.500", "Type at most 2 decimals, such as 5.00."),
        ("de", "EUR", "2,505", "Type at most 2 decimals, such as 5,00."),
        ("en_GB", "BHD", "2.5055", "Type at most 3 decimals, such as 5.000."),
        ("ko", "KRW", "2.50", "KRW has no decimals. Type an amount, such as 5."),
        ("en_GB", None, "2.50", "Type a whole number."),
        ("en_GB", None, "many", "Type a whole number."),
        *(
            ("en_GB", "GBP", typed, "Type an amount, such as 5.00.")
            for typed in (
                None, "", " ", "many", "2e1", "NaN", "£2.50", "--2", ".", "2.5.0", "1,2,50", "２", "1_0", "9" * 41,
            )
        ),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_in_words(
    speak: Speak, language: str, currency: str | None, typed: str | None, words: str
) -> None:
    speak(language, currency)
    with pytest.raises(ValidationError) as refused:
        amounts.read(typed)
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("language", "currency", "number", "text"),
    [
        ("en_GB", "GBP", 250, "2.50"),
        ("en_GB", "GBP", 125_000, "1250.00"),
        ("de", "EUR", 5, "0,05"),
        ("ko", "KRW", 250, "250"),
        ("en_GB", "BHD", 2_505, "2.505"),
        ("de", "BHD", 1_250, "1,250"),
        ("de", None, 1_250, "1250"),
    ],
)
def test_a_field_holds_what_it_reads_again(
    speak: Speak, language: str, currency: str | None, number: int, text: str
) -> None:
    speak(language, currency)
    assert amounts.written(number) == text
    assert amounts.read(text) == number

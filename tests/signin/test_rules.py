"""Spelling, masks and names of devices: tables of cases, no app."""

from datetime import UTC, datetime

import pytest

from portal.signin.rules import agent_label, code_digits, masked, stop_shown, suggested_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("anna@gmial.com", "anna@gmail.com"),
        ("anna@gmail.con", "anna@gmail.com"),
        ("anna@gmaill.com", "anna@gmail.com"),
        ("anna@hotmial.co.uk", "anna@hotmail.co.uk"),
        ("anna@outlok.com", "anna@outlook.com"),
        ("anna@yaho.com", "anna@yahoo.com"),
        ("anna@icloud.co", "anna@icloud.com"),
        ("anna@hotmail.cm", "anna@hotmail.com"),
        ("anna@hotmail.co", "anna@hotmail.com"),
        ("anna@yahoo.co.ku", "anna@yahoo.co.uk"),
        ("anna@pennywren.con", "anna@pennywren.com"),
    ],
)
def test_a_slip_in_a_common_mail_host_is_noticed(typed, meant):
    assert suggested_address(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["anna@gmail.com", "anna@mail.com", "anna@ymail.com", "anna@example.com", "anna@demo.example", "a@gmx.at",
     "a@wp.pl", "anna@pennywren.co", "anna@company.com", "a@hey.com", "a@hotmail.com.au", "a@outlook.com.br",
     "a@live.nl", "a@protonmail.ch", "a@yahoo.co.jp", "a@hotmail.de", "a@aol.de"],
)  # fmt: skip
def test_a_host_that_exists_is_left_alone(typed):
    assert suggested_address(typed) is None


def test_an_address_is_shown_by_its_first_letter_and_its_host():
    assert masked("anna@example.com") == "a•••@example.com"


def test_a_code_may_be_typed_as_the_mail_program_shows_it():
    assert code_digits(" 123 456 ") == code_digits("123-456") == "123456"


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Version/17.5 Mobile/15E148 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox · Linux"),
        ("<script>alert(1)</script>\r\nBcc: all@example.com", "Browser"),
        ("", "Browser"),
    ],
)  # fmt: skip
def test_a_device_is_named_by_words_of_our_own_list(header, label):
    assert agent_label(header) == label


@pytest.mark.parametrize("told", [None, "", "yesterday", "2026-06-10T", "9" * 400])
def test_a_page_that_named_no_stop_has_shown_none(told):
    assert stop_shown(told) is None


def test_a_page_sends_back_the_stop_as_it_was_told():
    at = datetime(2026, 6, 10, 9, 30, 0, 123456, UTC)
    assert stop_shown(at.isoformat()) == at

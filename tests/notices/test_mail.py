"""How mail looks on the wire: headers that nobody can add to, styles inlined, and a real SMTP conversation."""

import socket
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from portal import notices
from portal import programme as programmes
from portal.config import BadSettings
from portal.db import transact
from portal.notices import Undeliverable
from tests.programme.texts import SMALL

pytestmark = pytest.mark.usefixtures("programme")

AT = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
WELCOME = {"member_name": "Anna", "balance": 100, "value_minor": 100, "home_url": "http://localhost/home"}
NEW_DEVICE = {
    "member_name": "Anna",
    "device": "Safari · iPhone",
    "at": AT.isoformat(),
    "sessions_url": "http://localhost/you",
}
CODE = {"code": "314159", "link_url": "http://localhost/sign-in/link/x", "minutes": 10}
LINK = {
    "member_name": "Anna",
    "shop_name": "",
    "number": "c-17",
    "link_url": "http://localhost/links/x",
    "days": 14,
}

ENDING = {
    "member_name": "Anna",
    "points": 120,
    "value_minor": 120,
    "lots": [
        {"points": 100, "value_minor": 100, "ends_at": "2027-06-10T12:00:00+00:00"},
        {"points": 20, "value_minor": 20, "ends_at": "2027-07-10T12:00:00+00:00"},
    ],
    "orders_keep_them": 0,
    "home_url": "http://localhost/home",
}


def notice(kind: str, recipient: str = "anna@example.com", locale: str = "en-GB") -> SimpleNamespace:
    return SimpleNamespace(id="01J0", kind=kind, recipient=recipient, locale=locale, created_at=AT)


@pytest.fixture
def render(app):
    return notices.Renderer(app.jinja_env)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("welcome", WELCOME),
        ("new_sign_in", NEW_DEVICE),
        ("sign_in_code", CODE),
        ("link_request", LINK),
        ("points_ending", ENDING),
    ],
)
def test_every_mail_has_a_plain_and_a_styled_body(render, kind, facts):
    message = render(notice(kind), facts)
    html = message.get_body(("html",)).get_content()
    plain = message.get_body(("plain",)).get_content()
    assert message["Subject"]
    assert "<" not in plain
    assert 'style="' in html
    assert "prefers-color-scheme: dark" in html, "what cannot be inlined stays"
    assert "http://localhost/help" in html


def test_welcome_says_what_is_on_the_card(render):
    plain = render(notice("welcome"), WELCOME).get_body(("plain",)).get_content()
    assert "100 points" in plain
    assert "£1.00" in plain


def test_welcome_says_nothing_of_the_worth_of_money_and_nothing_of_nothing(render, app):
    source = SMALL.replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    transact(lambda: programmes.publish(source, AT))
    for part in ("plain", "html"):
        words = render(notice("welcome"), WELCOME).get_body((part,)).get_content()
        assert "£1.00" in words
        assert "worth" not in words
        empty = render(notice("welcome"), WELCOME | {"balance": 0, "value_minor": 0}).get_body((part,))
        assert "0.00" not in empty.get_content()


@pytest.mark.parametrize(
    ("tone", "name", "said"),
    [
        ("warm", "Anna", "Hello Anna,"),
        ("warm", None, "Hello,"),
        ("formal", "Anna", "Dear Anna,"),
        ("formal", None, "Good day,"),
    ],
)
def test_a_mail_begins_in_the_tone_of_the_programme(render, app, tone, name, said):
    source = SMALL.replace('currency = "GBP"', f'currency = "GBP"\ntone = "{tone}"')
    transact(lambda: programmes.publish(source, AT))
    for kind, facts in (("welcome", WELCOME), ("new_sign_in", NEW_DEVICE), ("points_ending", ENDING)):
        plain = render(notice(kind), facts | {"member_name": name}).get_body(("plain",)).get_content()
        assert plain.strip().splitlines()[0] == said


def test_a_new_device_is_told_with_its_day_and_time_in_the_zone_of_the_programme(render):
    plain = render(notice("new_sign_in"), NEW_DEVICE).get_body(("plain",)).get_content()
    assert "10 Jun 2026" in plain
    assert "10:30" in plain


def test_points_that_end_are_told_with_their_worth_and_their_last_day(render):
    message = render(notice("points_ending"), ENDING)
    assert message["Subject"] == "120 points end soon"
    for part in ("plain", "html"):
        words = message.get_body((part,)).get_content()
        assert "100 points, worth £1.00, end on 10 June 2027." in words
        assert "20 points, worth £0.20, end on 10 July 2027." in words
        assert "shop with us" not in words
        assert "http://localhost/home" in words


def test_money_that_ends_is_told_as_what_it_is(render, app):
    source = SMALL.replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    transact(lambda: programmes.publish(source, AT))
    message = render(notice("points_ending"), {**ENDING, "lots": ENDING["lots"][:1], "orders_keep_them": 1})
    assert message["Subject"] == "£1.20 end on 10 June 2027"
    words = message.get_body(("plain",)).get_content()
    assert "£1.00 on your card end on 10 June 2027." in words
    assert "They stay if you shop with us before then." in words


@pytest.mark.parametrize(
    "name", ["Anna\r\nBcc: all@example.com", "Anna\nX-Evil: 1", "<img src=x onerror=alert(1)>"]
)
def test_a_name_adds_no_header_and_no_markup(render, name):
    message = render(notice("welcome"), WELCOME | {"member_name": name})
    assert set(message.keys()) == {
        "To", "From", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "Subject", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert "<img" not in message.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    "recipient", ["anna@example.com\r\nBcc: all@example.com", "a@b.c, all@example.com", "nobody"]
)
def test_a_recipient_that_is_no_single_address_is_refused(render, recipient):
    with pytest.raises(Undeliverable):
        render(notice("welcome", recipient), WELCOME)


def test_a_language_that_the_programme_does_not_speak_becomes_its_first(render):
    message = render(notice("welcome", locale="fr-FR"), WELCOME)
    assert message["Subject"] == "Your Pennywren Rewards card is ready"


def test_a_message_reaches_a_mail_server(render):
    received = []

    class Keep(Message):
        def handle_message(self, message) -> None:
            received.append(message)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Keep(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        notices.Smtp(f"smtp://127.0.0.1:{port}")(render(notice("sign_in_code"), CODE))
    finally:
        server.stop()
    assert received[0]["X-RcptTo"] == "anna@example.com"
    assert "314159" in received[0]["Subject"]


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://"])
def test_a_mail_server_that_is_no_address_is_told_at_once(url):
    with pytest.raises(BadSettings):
        notices.Smtp(url)

"""The stand-in mailbox and till by themselves: what they show, what they refuse, and that they deliver nothing."""

import smtplib
import socket
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient

from portal import serving
from portal.config import BadSettings
from portal.errors import Refused
from portal.sandbox import mailbox as mailboxes
from portal.sandbox.facts import Doing, Facts, Guest
from portal.sandbox.mailbox import Mailbox
from portal.sandbox.shop import Call, Shop
from portal.sandbox.tls import certificate_for
from portal.sandbox.views import create_site, site
from tests.make import NOW
from tests.page import lint, read

GUEST = Guest("Gold member", "17114", "gold@demo.example", "994517919985")


@pytest.fixture
def mailbox(tmp_path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
def shop(tmp_path) -> Shop:
    """A shop whose portal gives no answer."""
    facts = Facts(serving.any_free("127.0.0.1"), None, "pk_secret", "GBP", (GUEST,))
    return Shop(facts, tmp_path / "orders.json")


@pytest.fixture
def pages(mailbox: Mailbox, shop: Shop) -> FlaskClient:
    return create_site(mailbox, shop, "localhost").test_client()


def token_of(pages: FlaskClient) -> str:
    (field,) = read(pages.get("/till").text).all("input", name="csrf_token")
    return field["value"]


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in (
        {"To": "anna@example.com", "From": "shop@example.com", "Subject": "Your code"} | headers
    ).items():
        message[name] = value
    message.set_content("Open http://localhost:8025/sign-in/link/abc. Or <b>type</b> 482 913.")
    message.add_alternative("<p>Open it</p><script>alert(1)</script>", subtype="html")
    return message


def test_a_mail_sent_by_smtp_is_listed_newest_first_and_opens_with_its_link(mailbox, pages):
    port = serving.any_free("127.0.0.1")
    controller = mailbox.serve(port)
    try:
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(mail(Subject="First"))
            server.send_message(mail(Subject="Second <i>"))
    finally:
        controller.stop()
    listed = pages.get("/").text
    assert not lint(listed, None)
    assert listed.index("Second &lt;i&gt;") < listed.index("First")
    opened = pages.get(f"/mail/{mailbox.newest()[0].id}").text
    assert not lint(opened.replace("http://localhost:8025", ""), None)
    assert '<a href="http://localhost:8025/sign-in/link/abc">' in opened
    assert "&lt;b&gt;type&lt;/b&gt;" in opened
    assert "never leaves this machine" in opened


def test_the_html_of_a_mail_can_do_nothing(mailbox, pages):
    mail_id = mailbox.keep(mail().as_bytes())
    shown = pages.get(f"/mail/{mail_id}/html")
    policy = shown.headers["Content-Security-Policy"]
    assert shown.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"  # else browsers show an error instead
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in pages.get(f"/mail/{mail_id}").headers["Content-Security-Policy"]


def test_only_the_newest_mails_are_kept(mailbox, monkeypatch):
    monkeypatch.setattr(mailboxes, "KEPT", 3)
    for number in range(5):
        mailbox.keep(mail(Subject=str(number)).as_bytes())
    assert [kept.subject for kept in mailbox.newest()] == ["4", "3", "2"]


@pytest.mark.parametrize("path", ["/mail/..%2f..%2fsecret", "/mail/0", "/mail/" + "0" * 26, "/nothing"])
def test_what_is_not_there_is_said_in_plain_words(pages, path):
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "look at / and /till" in answer.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "abc"}, "is not a decimal amount"),
        ({"amount": "1.005"}, "GBP has 2 decimals"),
        ({"amount": "0"}, "must be above zero"),
        ({"amount": "-5"}, "must be above zero"),
        ({"member": " "}, "Whose order is it?"),
        ({"order": "no/slash"}, "letters, digits and hyphens"),
        ({"act": "refund"}, "has sent no order yet"),
        ({"act": "dance"}, "Press one of the buttons"),
        ({}, "The portal gives no answer"),
    ],
)
def test_bad_input_at_the_till_is_told_kindly_and_kept_in_the_form(pages, fields, words):
    given = {"member": "gold@demo.example", "amount": "12.50", "order": "", "act": "pay"} | fields
    answer = pages.post("/till", data=given | {"csrf_token": token_of(pages)})
    assert answer.status_code == 422
    assert words in answer.text
    assert not lint(answer.text, None)
    assert f'value="{given["amount"]}"' in answer.text


def test_the_till_sends_nothing_for_another_sites_page(pages):
    given = {"member": "gold@demo.example", "amount": "12.50", "act": "pay"}
    assert "from an earlier start" in pages.post("/till", data=given).text
    given["csrf_token"] = token_of(pages)
    assert pages.post("/till", data=given, headers={"Origin": "https://evil.example"}).status_code == 403
    assert pages.post("/till", data=given, headers={"Origin": "null"}).status_code == 403
    assert pages.get("/till", headers={"Host": "evil.example"}).status_code == 400


def test_a_card_number_finds_the_member_whom_shops_know(shop):
    assert shop._member("9945 1791 9985") == {"id": "17114"}
    assert shop._member("123456789012") == {"id": "m-123456789012"}
    assert shop._member("anna@example.com") == {"email": "anna@example.com"}


@pytest.fixture
def busy(tmp_path, mailbox) -> tuple[FlaskClient, list]:
    """The till of a programme with labels and activities, and what it sends: the portal takes everything."""
    facts = Facts(
        1, None, "pk_secret", "USD", (GUEST,), unit="", counts_quantity=True, note="Read as USD.",
        choices={"channel": ("app",), "category": ("beauty", "rental-day"), "tag": ("full-price",)},
        doings=(
            Doing("prescription", "Prescriptions", "quantity"), Doing("seen", "Seen", "country"),
            Doing("like", "A like", ""),
        ),
    )  # fmt: skip
    shop, sent = Shop(facts, tmp_path / "orders.json"), []
    value = {"amount": "4.16", "currency": "USD"}
    points = {"available": 416, "value": value, "maturing": [{"on": "2026-06-15", "points": 50}], "owed": 7}
    state = {
        "points": points, "tier": {"key": "base"}, "counters": {"trees": 3},
        "rewards": [{"state": "available"}, {"state": "used"}],
    }  # fmt: skip

    def call(method, path, body=None):
        sent.append((method, path, body))
        answer = state if method == "GET" else {"member": GUEST.ref}
        return Call(method, path, "", 200, answer)

    shop._call = call
    return create_site(mailbox, shop, "localhost").test_client(), sent


def press(pages: FlaskClient, **fields: str):
    given = {"member": GUEST.email, "csrf_token": token_of(pages)} | fields
    return pages.post("/till", data=given, follow_redirects=True)


def test_the_till_offers_the_programmes_words_and_sends_what_was_chosen(busy):
    pages, sent = busy
    shown = pages.get("/till").text
    assert not lint(shown, None)
    assert [field["name"] for field in read(shown).all("select")] == [
        *("channel", "category", "tag"),
        "activity",
    ]
    assert "Amount in USD" in shown
    assert "Read as USD." in shown
    answer = press(
        pages, act="pay", amount="20.00", channel="app", category="rental-day", tag="full-price", quantity="7"
    )
    assert not lint(answer.text, None)
    _, path, body = sent[0]
    assert path == "/api/v1/orders/T-1001"
    assert body["channel"] == "app"
    assert body["lines"] == [
        {
            "id": "1", "name": "Sold at the till", "amount": "20.00", "category": "rental-day", "tags": ["full-price"],
            "quantity": 7,
        }
    ]  # fmt: skip
    assert "selected>rental-day" in answer.text, "the choice stays for the next order"
    seen = "4.16 USD to spend; 0.50 USD more on 2026-06-15; 0.07 USD owed, which the next earnings pay"
    assert f"{seen}; rewards not used yet: 1; trees: 3; tier base." in answer.text


def test_a_word_that_the_programme_does_not_know_is_not_sent(busy):
    pages, sent = busy
    press(pages, act="pay", amount="20.00", channel="moon", category="", brand="acme", payment="cash")
    body = sent[0][2]
    assert "channel" not in body
    assert "payment" not in body
    assert set(body["lines"][0]) == {"id", "name", "amount"}


@pytest.mark.parametrize(
    ("activity", "how_much", "counted"),
    [
        ("prescription", "12", {"quantity": 12}),
        ("prescription", "-2", {"quantity": -2}),
        ("prescription", "", {"quantity": 1}),
        ("seen", " KE ", {"attributes": {"country": "KE"}}),
        ("like", "ignored", {}),
    ],
)
def test_an_activity_is_sent_as_its_rule_counts_it(busy, activity, how_much, counted):
    pages, sent = busy
    answer = press(pages, act="activity", activity=activity, how_much=how_much)
    assert answer.status_code == 200
    method, path, body = sent[0]
    assert (method, path) == ("POST", "/api/v1/activities")
    assert body.pop("id").startswith("till-")
    assert body.pop("at")
    assert body == {"member": GUEST.ref, "activity": activity, **counted}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"activity": "dance"}, "Choose what the member did"),
        ({"activity": "prescription", "how_much": "many"}, "is not a whole number"),
        ({"activity": "seen", "how_much": " "}, "Type the country of it"),
        ({"activity": "like", "member": "stranger@example.com"}, "type the number of the member"),
        ({"act": "pay", "amount": "5.00", "quantity": "1.5"}, "is not a whole number"),
    ],
)
def test_what_cannot_be_sent_is_told_kindly(busy, fields, words):
    pages, sent = busy
    answer = press(pages, **({"act": "activity"} | fields))
    assert answer.status_code == 422
    assert words in answer.text
    assert sent == []


def test_facts_of_an_earlier_start_are_read_whole(tmp_path, shop):
    facts = Facts(1, None, "k", "USD", (GUEST,), choices={"channel": ("app",)}, doings=(Doing("a", "A", ""),))
    facts.write(tmp_path / "till.json")
    assert Facts.read(tmp_path / "till.json") == facts


def test_the_keys_file_is_the_owners_alone(tmp_path, shop):
    shop.facts.write(tmp_path / "till.json")
    assert (tmp_path / "till.json").stat().st_mode & 0o077 == 0
    assert Facts.read(tmp_path / "till.json") == shop.facts


def test_the_stand_ins_refuse_production_and_a_portal_that_is_no_demonstration(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path))
    monkeypatch.setenv("PORTAL_ENV", "development")
    with pytest.raises(BadSettings):
        site()
    monkeypatch.setenv("PORTAL_ENV", "production")
    with pytest.raises(BadSettings):
        site()


def test_the_certificate_names_the_address_and_is_made_anew_when_that_changes(tmp_path):
    first = certificate_for("192.0.2.7", tmp_path, NOW)
    made = first.certificate.read_bytes()
    assert first.key.stat().st_mode & 0o077 == 0
    assert certificate_for("192.0.2.7", tmp_path, NOW + timedelta(days=30)).certificate.read_bytes() == made
    assert certificate_for("192.0.2.8", tmp_path, NOW).certificate.read_bytes() != made
    made = first.certificate.read_bytes()
    assert (
        certificate_for("192.0.2.8", tmp_path, datetime(2028, 1, 1, tzinfo=UTC)).certificate.read_bytes()
        != made
    )


def test_the_server_stays_on_loopback_unless_a_proxy_stands_in_front():
    for host in ("0.0.0.0", "shop.example"):
        with pytest.raises(Refused, match=r"not_loopback.*portal proxy.*PORTAL_TRUSTED_PROXIES=1"):
            serving.refuse_exposure(host, 8025, behind_proxy=False, trusted_proxies=0)


def test_a_taken_port_of_the_server_names_a_free_one():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Refused, match="Type: portal serve --port"),
    ):
        serving.refuse_exposure("127.0.0.1", taken.getsockname()[1], behind_proxy=False, trusted_proxies=0)

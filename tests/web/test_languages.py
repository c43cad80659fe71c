"""Which language is spoken to whom, and how its times are written: by link, by member, by browser."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from jinja2 import DictLoader

from portal import programme as programmes
from portal.web import languages
from portal.web.filters import time_of_day
from tests.notices.mailbox import Mailbox, mailbox, programme
from tests.page import Visit, read
from tests.web.korean import check_korean, join_in_korean
from tests.web.mails import mail_of

__all__ = ["mailbox", "programme"]

INSTANTS = {"en": "10 Jun 2026, 15:05 / 09:00", "ko": "2026. 6. 10. 오후 3:05 / 오전 9:00"}
"""Five past three in the afternoon and nine in the morning, in every language that there is."""


def test_a_language_that_was_asked_for_once_stays(visit: Visit, programme: programmes.Programme) -> None:
    visit.open("/?lang=ko")
    check_korean(visit.open("/help"))
    visit.follow("English")
    assert visit.open("/").all("html")[0]["lang"] == "en"


def test_a_member_reads_her_own_language_in_every_browser(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    visit.client.delete_cookie(languages.COOKIE)
    check_korean(visit.open("/home"))


@pytest.mark.parametrize(
    ("asks", "gets"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("ko", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr-FR,ko;q=0.5,en;q=0.1", "ko"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_a_visitor_gets_what_her_browser_asks_for(
    client: FlaskClient, programme: programmes.Programme, asks: str, gets: str
) -> None:
    page = read(client.get("/", headers={"Accept-Language": asks}).text)
    assert page.all("html")[0]["lang"] == gets


@pytest.mark.parametrize(
    "tag", ["en-XX", "ko_GB", "en-<script>", "ko/../en", "x" * 500, "", "-", "한국어", "fr"]
)
def test_a_language_that_nobody_speaks_breaks_no_page(
    client: FlaskClient, programme: programmes.Programme, tag: str
) -> None:
    answer = client.get("/", query_string={"lang": tag})
    assert answer.status_code == 200
    assert languages.COOKIE + "=" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en_GB"),  # the programme's country
        ("en-US", "en_US"),
        ("ko", "ko"),  # not at home in Britain
        ("ko-KR", "ko_KR"),
        ("zh-TW", "zh_Hant"),
        ("zh-Hans-SG", "zh_Hans"),
        ("zh", None),
        ("ar-EG", "ar_EG"),
        ("fr", None),
    ],
)
def test_a_tag_becomes_the_locale_of_a_catalogue(tag: str, locale: str | None) -> None:
    assert languages.spoken(tag, ("en", "ko", "zh-Hant", "zh-Hans", "ar"), "GB") == locale


def test_a_language_from_right_to_left_turns_the_page_and_the_mail(
    app, client: FlaskClient, publish, clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = programmes.load("demo").source
    arabic = tmp_path / "ar/LC_MESSAGES/messages.mo"
    arabic.parent.mkdir(parents=True)
    arabic.touch()
    monkeypatch.setattr("portal.programme.checks.TRANSLATIONS", tmp_path)
    publish(source.replace('languages = ["en", "ko"]', 'languages = ["en", "ar"]'))
    monkeypatch.setattr(languages, "available", lambda: ("en", "ar"))
    (html,) = read(client.get("/?lang=ar").text).all("html")
    assert (html["lang"], html["dir"]) == ("ar", "rtl")
    (mail,) = read(mail_of(app, "welcome", "ar").get_body(("html",)).get_content()).all("html")
    assert (mail["lang"], mail["dir"]) == ("ar", "rtl")


def test_an_instant_is_told_in_every_language_as_it_puts_it() -> None:
    assert INSTANTS.keys() == set(languages.available())


@pytest.mark.parametrize("tag", INSTANTS)
def test_a_time_of_day_reads_as_its_language_puts_it(app, programme: programmes.Programme, tag: str) -> None:
    at = datetime(2026, 6, 10, 14, 5, tzinfo=UTC)  # an hour later in London
    source = "{{ at|instant }} / {{ nine }}"
    with app.test_request_context(f"/?lang={tag}"):
        assert render_template_string(source, at=at, nine=time_of_day(time(9))) == INSTANTS[tag]


@pytest.mark.parametrize(
    ("tag", "told"), [("en-US", "3:05\u202fPM"), ("en-GB", "15:05"), ("ko-KR", "오후 3:05")]
)
def test_a_country_keeps_its_own_clock(app, programme: programmes.Programme, tag: str, told: str) -> None:
    with app.test_request_context(f"/?lang={tag}"):
        assert time_of_day(time(15, 5)) == told


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("page.html", "5 orders of &lt;b&gt;Ann&lt;/b&gt; &amp; Co, 100 %"),
        ("mail.txt", "5 orders of <b>Ann</b> & Co, 100 %"),
    ],
)
def test_what_is_put_into_words_is_escaped_in_a_page_and_left_alone_in_a_text(
    app, programme: programmes.Programme, name: str, written: str
) -> None:
    source = "{{ ngettext('%(num)s order', '%(num)s orders', 5) }} {{ _('of %(who)s', who=who) }}, {{ _('100 %%') }}"
    pages = app.jinja_env.overlay(loader=DictLoader({name: source}))
    with app.test_request_context():
        assert pages.get_template(name).render(who="<b>Ann</b> & Co") == written

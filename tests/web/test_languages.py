"""Every page, error and mail in every language: catalogues are complete, and no Korean page has English left on it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import DictLoader
from playwright.sync_api import Browser, Page

from portal import clock as portal_clock
from portal import earning, notices, people
from portal import programme as programmes
from portal.db import transact
from portal.web import languages
from portal.web.filters import time_of_day
from tests import make
from tests.browser import check_width, new_phone
from tests.giving.hands import earn
from tests.home.doors import enter_desk
from tests.notices.mailbox import Mailbox, mailbox, programme
from tests.page import Element, Visit, read

__all__ = ["mailbox", "programme"]

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(languages.FOLDER.glob("*/LC_MESSAGES/messages.po"))
FACT = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
WORDS = ("aria-label", "placeholder", "title", "alt", "data-words", "data-text", "data-copied", "content")
ZOE = "zoe@example.com"
SMALL = (
    *("home", "home-everything", "home-plan", "your-day", "you-children"),
    *("landing", "estimate", "line", "you", "code", "link-elsewhere", "details-refused", "leave"),
    *("rewards", "reward", "reward-taken", "give", "gift", "share-full", "invitation-abroad"),
    *("plans", "membership-failed", "plan-cancel", "visits", "visit-home"),
    *("plans-worth-more", "membership-waiting", "membership-paused-free", "plan-change", "plan-change-shown"),
    *("plan-pause", "plan-withdraw", "tier-pause", "tier-pause-confirm", "give-waiting"),
    *("board", "board-hidden", "board-new", "board-post", "board-post-own", "board-edit", "board-report"),
    *("desk-board", "desk-post", "support-note", "support-pause", "gift-open"),
    *(
        "safety",
        "passkey-offer",
        "undo",
        "not-me",
        "stopped-changing",
        "lost",
        "staff-till-code",
        "desk-lift",
    ),
    *("error-stopped", "membership-stopped"),
)
INSTANTS = {"en": "10 Jun 2026, 15:05 / 09:00", "ko": "2026. 6. 10. 오후 3:05 / 오전 9:00"}
"""Five past three in the afternoon and nine in the morning, in every language that there is."""
PLAN = {
    "member_name": "Zoe", "plan_label": "Plus", "zone": "Asia/Seoul", "membership_url": "http://localhost/membership",
    "cancel_url": "http://localhost/membership/cancel",
}  # fmt: skip
NOT_ME = "http://localhost/not-me/x"
SAFETY = {"member_name": "Zoe", "at": make.NOW.isoformat(), "safety_url": "http://localhost/safety"}
MAILS = {
    "welcome": {"member_name": "Zoe", "balance": 100, "value_minor": 100, "home_url": "http://localhost/home"},
    "new_sign_in": {
        "member_name": None, "device": "Safari · iPhone", "at": make.NOW.isoformat(), "sessions_url": "http://localhost/safety",
        "not_me_url": NOT_ME,
    },
    "address_code": {"code": "314159", "minutes": 10},
    "address_taken": {"member_name": "Zoe"},
    "address_asked": {**SAFETY, "new_email": "z•••@example.org", "not_me_url": NOT_ME},
    "address_changed": {**SAFETY, "new_email": "z•••@example.org", "undo_url": "http://localhost/undo/x", "days": 14},
    "address_new": {**SAFETY, "waits_at": make.NOW.isoformat(), "not_me_url": NOT_ME},
    "address_back": {**SAFETY, "old_email": "z•••@example.com"},
    "passkey_changed": {**SAFETY, "what": "added", "passkey_name": "Windows Hello", "not_me_url": NOT_ME},
    "card_stopped": SAFETY,
    "stop_lifted": {**SAFETY, "removed": "Windows Hello", "numbers": "c-17", "not_me_url": NOT_ME},
    "recovery_begun": {
        **SAFETY, "new_email": "z•••@example.org", "acts_at": make.NOW.isoformat(), "not_me_url": NOT_ME,
    },
    "recovery_waits": {"member_name": None, "acts_at": make.NOW.isoformat()},
    "recovery_stopped": {"member_name": None},
    "recovery_doubted": {"member_name": None},
    "key_ending": {
        "member_name": None, "key_name": "till", "prefix": "pk_abc123", "shop_name": "main",
        "ends_at": make.NOW.isoformat(), "command": "portal keys create --name till --shop main --scopes orders,read",
    },
    "sign_in_code": {"code": "314159", "link_url": "http://localhost/sign-in/link/x", "minutes": 10},
    "points_left": {
        "member_name": "Zoe", "points": 450, "left": 50, "more": 2, "not_me_url": NOT_ME,
        "home_url": "http://localhost/home",
        "moves": [
            {"kind": kind, "label": "Zoe", "points": 150, "at": make.NOW.isoformat(), "way": way}
            for kind, way in (("redeemed", "portal"), ("redeemed", "shop"), ("donated", "monthly"))
        ],
    },
    "link_request": {
        "member_name": "Zoe", "shop_name": "", "number": "c-17", "link_url": "http://localhost/links/x", "days": 14,
    },
    "number_linked": {
        "member_name": "Zoe", "shop_name": "", "number": "c-17", "at": make.NOW.isoformat(), "not_me_url": NOT_ME,
    },
    "left": {"member_name": "Zoe", "balance": 100},
    "plan_joined": {
        "member_name": "Zoe", "plan_label": "Plus", "amount_minor": 300, "currency": "GBP",
        "next_charge_at": make.NOW.isoformat(), "membership_url": "http://localhost/membership",
    },
    "plan_failed": {
        "member_name": "Zoe", "plan_label": "Plus", "amount_minor": 300, "currency": "GBP",
        "stays_until_at": make.NOW.isoformat(), "pay_url": "http://localhost/pay",
        "membership_url": "http://localhost/membership",
    },
    "plan_ending": {
        "member_name": "Zoe", "plan_label": "Plus", "ends_at": make.NOW.isoformat(),
        "membership_url": "http://localhost/membership",
    },
    "plan_receipt": {
        **PLAN, "amount_minor": 3000, "currency": "GBP", "number": "A-1", "invoice_url": "http://localhost/invoice",
        "paid_at": make.NOW.isoformat(),
    },
    "plan_renewing": {
        **PLAN, "amount_minor": 3000, "currency": "GBP", "renews_at": make.NOW.isoformat(), "paid_minor": 3000,
        "gave_minor": 4210,
    },
    "plan_trial_ending": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "has_card": False, "ends_at": make.NOW.isoformat(),
    },
    "plan_price": {
        **PLAN, "before_minor": 300, "amount_minor": 400, "currency": "GBP", "since_at": make.NOW.isoformat(),
    },
    "plan_paused": {**PLAN, "stays_until_at": make.NOW.isoformat()},
    "plan_changed_late": {
        **PLAN, "from_label": "Plus", "back_minor": 200, "currency": "GBP", "begins_at": make.NOW.isoformat(),
    },
    "plan_not_done": {**PLAN, "wish": "pause", "asked_at": make.NOW.isoformat()},
    "plan_not_paid": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "asked_at": make.NOW.isoformat(),
        "plans_url": "http://localhost/plans",
    },
    "plan_resumed": {
        **PLAN, "amount_minor": 300, "currency": "GBP", "next_charge_at": make.NOW.isoformat(),
    },
    "plan_given": {
        **PLAN, "source": "gift", "note": "", "since_at": make.NOW.isoformat(), "until_at": make.NOW.isoformat(),
    },
    "plan_given_ending": {
        **PLAN, "ends_at": make.NOW.isoformat(), "plans_url": "http://localhost/plans",
        "prices": [{"interval": one, "amount_minor": 300} for one in ("month", "year", "life")],
    },
    "plan_given_over": {**PLAN, "source": "gift"},
    "plan_ended": {**PLAN, "why": "unpaid", "still": ""},
    "gift_bought": {
        "member_name": "Zoe", "plan_label": "Plus", "months": 3, "amount_minor": 900, "currency": "GBP",
        "code": "K7QM-2XRD-9TVB-4HNC", "gift_url": "http://localhost/gift/K7QM-2XRD-9TVB-4HNC", "is_mailed": 1,
        "gifts_url": "http://localhost/gifts/x",
    },
    "gift_back": {
        "member_name": "Zoe", "plan_label": "Plus", "months": 3, "amount_minor": 900, "currency": "GBP", "was_used": 0,
        "back_at": make.NOW.isoformat(), "gifts_url": "http://localhost/gifts/x",
    },
    "gift_given": {
        "giver_name": "Anna", "words": "생일 축하해", "plan_label": "Plus", "months": 3, "code": "K7QM-2XRD-9TVB-4HNC",
        "gift_url": "http://localhost/gift/K7QM-2XRD-9TVB-4HNC",
    },
    "referral_matured": {
        "member_name": "Zoe", "friend_name": "Ben", "points": 0, "reward_label": "A coffee and a bun",
        "share_url": "http://localhost/share", "home_url": "http://localhost/home",
    },
    "points_ending": {
        "member_name": "Zoe", "points": 100, "value_minor": 100, "orders_keep_them": 1,
        "lots": [{"points": 100, "value_minor": 100, "ends_at": make.NOW.isoformat()}], "home_url": "http://localhost/home",
    },
    "tier_ending": {
        "member_name": "Zoe", "tier_label": "Gold", "after_label": "Silver", "ends_at": make.NOW.isoformat(),
        "next_at": make.NOW.isoformat(), "is_over": 0, "home_url": "http://localhost/home",
    },
    "post_hidden": {
        "member_name": "Zoe", "title": "Mend cushions", "reason": "It names a neighbour.", "is_answer": 1,
        "board_url": "http://localhost/board",
    },
    "visit_started": {
        "member_name": "Zoe", "at": make.NOW.isoformat(), "minutes": 15, "visits_url": "http://localhost/you/visits",
        "not_me_url": NOT_ME,
    },
}  # fmt: skip


@cache
def messages() -> frozenset[str | tuple[str, ...]]:
    """What the templates and the code say, as it is there now."""
    with (languages.FOLDER / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(
        ROOT, methods, options, parse_keywords(["_", "_l", "_N", "gettext", "ngettext:1,2"])
    )
    return frozenset(message for _file, _line, message, _comments, _context in found)


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def english_in(page: Element) -> list[str]:
    """Messages left untranslated on a page, whole or in parts of two words and more; the shop's own words may stay."""
    shop = str(programmes.active()[1].model_dump())
    said = [part.strip() for element in page for part in element.parts if isinstance(part, str)]
    said += [element[name] for element in page for name in WORDS if element[name]]
    sources = [
        form for message in messages() for form in (message if isinstance(message, tuple) else (message,))
    ]
    whole = {source for source in sources if source in said and source not in shop}
    parts = {part.strip() for source in sources for part in FACT.split(source) if " " in part.strip()}
    return sorted(
        whole | {part for part in parts if part not in shop and any(part in words for words in said)}
    )


def check_korean(page: Element) -> None:
    (html,) = page.all("html")
    assert (html["lang"], html["dir"]) == ("ko", "ltr")
    assert english_in(page) == []


def tom(app: Flask) -> Visit:
    """The browser of the owner, who reads Korean."""
    transact(lambda: people.add_staff("tom@example.com", "owner", portal_clock.now()))
    desk = enter_desk(app, "tom@example.com")
    desk.client.set_cookie(languages.COOKIE, "ko")
    return desk


def join_in_korean(visit: Visit, box: Mailbox) -> None:
    """From the first page to the card, looking at each page on the way."""
    check_korean(visit.open("/?lang=ko"))
    check_korean(visit.follow("무료로 가입하기"))
    check_korean(visit.submit("인증 코드 받기", email=ZOE))
    check_korean(visit.submit("계속", code=box.code(ZOE)))
    visit.submit("가입하기", name="Zoe", birthday_day="29", birthday_month="02", terms=True)
    assert visit.path == "/home"


def buy(version: int = 1, **changes: object) -> None:
    """What Zoe buys as a guest with her address."""
    placed = make.order("10.00", "6.00", member=None, guest=True, email=ZOE, version=version, **changes)
    body = earning.OrderBody.model_validate(placed)
    at = portal_clock.now()
    transact(lambda: earning.record_order(body, shop="main", number="7", at=at, actor="shop:main"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
class TestACatalogue:
    """What holds for every language."""

    def test_has_every_message_translated_and_none_guessed(self, path: Path) -> None:
        found = {message.id: message for message in catalogue(path) if message.id}
        assert messages() - found.keys() == set(), "type `make translations` and translate what it adds"
        assert found.keys() - messages() == set(), "type `make translations`"
        for message in found.values():
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(forms), f"not translated: {message.id}"
            assert not message.fuzzy, f"only guessed: {message.id}"

    def test_puts_in_the_same_facts_as_the_english(self, path: Path) -> None:
        for message in catalogue(path):
            source = message.id[1] if isinstance(message.id, tuple) else message.id
            for form in message.string if isinstance(message.string, tuple) else (message.string,):
                if source:
                    assert sorted(FACT.findall(form)) == sorted(FACT.findall(source)), source
                    assert "!" not in form, source

    def test_has_its_plurals_right(self, path: Path) -> None:
        assert [(message.id, errors) for message, errors in catalogue(path).check()] == []

    def test_is_compiled_as_it_is_written(self, path: Path) -> None:
        compiled = BytesIO()
        write_mo(compiled, catalogue(path))
        assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "type `make translations`"


def test_there_is_korean() -> None:
    assert "ko" in languages.available()


def test_every_page_of_a_korean_member_is_korean(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    check_korean(visit.page)
    buy()
    buy(version=2, refunds=[make.refund("4.00")])
    check_korean(visit.open("/activity"))
    lines = [link["href"] for link in visit.page.all("a") if link["href"].startswith("/activity/")]
    assert len(lines) == 3
    for path in (*lines, "/home", "/card", "/you"):
        check_korean(visit.open(path))
    for path in ("/help", "/help?about=x", "/terms", "/privacy", "/imprint"):
        check_korean(visit.open(path))
    check_korean(visit.open("/nowhere", 404))
    visit.open("/you")
    check_korean(visit.submit("저장", marketing=True))
    check_korean(visit.submit("이 기기에서 로그아웃"))


def test_what_she_takes_gives_and_shares_is_said_in_korean(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    (zoe,) = people.search(ZOE, people.address_hash(ZOE))
    earn(zoe.id, 1000)
    check_korean(visit.open("/rewards"))
    check_korean(visit.open("/rewards/five-off"))
    check_korean(visit.submit("교환하기"))
    kept = visit.path
    check_korean(visit.open("/rewards/taken"))
    check_korean(visit.open(kept))
    check_korean(visit.submit("되돌리기"))
    check_korean(visit.follow("내역에서 보기"))
    check_korean(visit.open("/give"))
    check_korean(visit.submit("계속", 422, points="7"))
    check_korean(visit.submit("계속", charity=programme.charities[0].key, points="200"))
    check_korean(visit.submit("200 points 기부하기"))
    check_korean(visit.follow("내역에서 보기"))
    for path in (
        "/your-day",
        "/give",
        "/share",
        "/plans",
        "/membership",
        "/you/visits",
        "/you/leave",
        "/home",
    ):
        check_korean(visit.open(path))


def test_what_she_writes_on_the_board_is_asked_and_told_in_korean(
    app: Flask, visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    check_korean(visit.open("/board"))
    check_korean(visit.follow("제안이나 질문 쓰기"))
    check_korean(visit.submit("게시판에 올리기", 422, title="", text=""))
    check_korean(visit.submit("게시판에 올리기", title="방석 수선", text="수선해 주세요.", kind="idea"))
    post = visit.path
    check_korean(visit.submit("답변하기", text="저도 궁금합니다."))
    for path in ("/board?order=votes", f"{post}/edit", f"{post}/delete"):
        check_korean(visit.open(path))
    check_korean(visit.submit("삭제하기"))
    visit = tom(app)
    check_korean(visit.open("/staff/board"))
    check_korean(visit.follow("운영팀 이름으로 쓰기"))
    check_korean(
        visit.submit("게시판에 올리기", title="수선 안내", text="금요일마다 합니다.", kind="question")
    )


def test_days_and_money_read_as_korean_does(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    buy()
    join_in_korean(visit, mailbox)
    home = visit.open("/home").text
    assert "2026년 6월 24일" in home, "what matures"
    assert "£1.00 상당" in home
    assert "6월 10일" in home, "the short form in a row"
    assert "2026년 6월" in visit.open("/activity").text
    assert "2월 29일" in visit.open("/you").text, "a birthday without a year"


def test_the_staffs_pages_are_korean_too(
    app: Flask, visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    buy()
    join_in_korean(visit, mailbox)
    (zoe,) = people.search(ZOE, people.address_hash(ZOE))
    visit = tom(app)
    for path in ("/staff/sign-in", "/staff/members", "/staff/till", "/staff/recoveries"):
        check_korean(visit.open(path))
    check_korean(visit.open(f"/staff/members?q={zoe.ref}"))
    check_korean(visit.open(f"/staff/members/{zoe.ref}"))
    check_korean(visit.follow("포인트 정정"))
    check_korean(visit.submit("결과 미리 보기", 422, points="lots"))
    check_korean(visit.open(f"/staff/visits/new?member={zoe.ref}"))
    check_korean(visit.submit("열람 시작", 422))


def test_what_is_wrong_with_a_form_is_said_in_korean(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    check_korean(visit.open("/?lang=ko"))
    check_korean(visit.submit("계산하기", 422, spend="lots"))
    visit.open("/sign-in?join=1")
    check_korean(visit.submit("인증 코드 받기", 422, email="zoe"))
    check_korean(visit.submit("인증 코드 받기", email=ZOE))
    check_korean(visit.submit("계속", 422, code="1"))
    visit.submit("계속", code=mailbox.code(ZOE))
    page = visit.submit("가입하기", 422, name="", birthday_month="13", terms=False)
    check_korean(page)
    assert "올바르지 않은 선택값입니다." in page.text, "the words of the forms' own library"


def test_the_calculator_answers_in_korean(visit: Visit, programme: programmes.Programme) -> None:
    visit.open("/?lang=ko")
    page = visit.submit("계산하기", spend="40")
    check_korean(page)
    assert "£24.00 상당" in page.text


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


def mail_of(app, kind: str, locale: str):
    notice = SimpleNamespace(id="01J0", kind=kind, recipient=ZOE, locale=locale, created_at=make.NOW)
    return notices.Renderer(app.jinja_env)(notice, MAILS[kind])


def test_every_mail_is_looked_at() -> None:
    assert MAILS.keys() == {
        folder.name for folder in (ROOT / "templates/emails").iterdir() if folder.is_dir()
    }


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_is_written_in_its_readers_language(app, programme: programmes.Programme, kind: str) -> None:
    mail = mail_of(app, kind, "ko-KR")
    html = read(mail.get_body(("html",)).get_content())
    check_korean(html)
    plain = Element("", parts=[mail.get_body(("plain",)).get_content(), mail["Subject"]])
    assert english_in(plain) == []
    assert re.search("[가-힣]", mail["Subject"])


def test_the_mails_of_joining_are_in_the_language_of_the_page(
    visit: Visit, mailbox: Mailbox, programme: programmes.Programme
) -> None:
    join_in_korean(visit, mailbox)
    subjects = [re.sub("[0-9]{6}", "…", mail["Subject"]) for mail in mailbox.to(ZOE)]
    assert subjects == ["[Pennywren Rewards] 인증 코드 …", "[Pennywren Rewards] 카드가 준비되었습니다"]


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


def test_a_day_later_a_korean_mail_tells_the_korean_time(app, programme: programmes.Programme, clock) -> None:
    clock.shift(timedelta(days=1))
    assert "2026. 6. 10." in mail_of(app, "new_sign_in", "ko").get_body(("plain",)).get_content()


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


@pytest.fixture(scope="module")
def small_phone(chromium: Browser) -> Iterator[Page]:
    """One Korean phone for all pages; each comes from an address of its own, and the test forgets the cookies."""
    with new_phone(chromium, "", viewport={"width": 320, "height": 640}, locale="ko-KR") as phone:
        yield phone


@pytest.mark.parametrize("page", SMALL)
def test_korean_pages_hold_on_a_small_phone(
    small_phone: Page, site: str, programme: programmes.Programme, page: str
) -> None:
    small_phone.context.clear_cookies()
    answer = small_phone.goto(f"{site}/gallery/pages/{page}?lang=ko")
    assert answer is not None
    assert answer.ok
    check_width(small_phone)
    small_phone.goto("about:blank")  # nothing asks the site any more when it ends

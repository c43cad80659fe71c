"""Every page and error in Korean: no English is left on it, and it holds on a small phone."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal import people
from portal import programme as programmes
from tests import make
from tests.browser import check_width, new_phone
from tests.giving.hands import earn
from tests.notices.mailbox import Mailbox, mailbox, programme
from tests.page import Visit
from tests.web.korean import ZOE, buy, check_korean, join_in_korean, tom

__all__ = ["mailbox", "programme"]

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

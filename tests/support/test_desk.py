"""The staff's desk: who comes in, what is found, and that nothing can be changed from it."""

import pytest

from portal import billing, earning, giving, joining, ledger, people, rewards
from portal import clock as portal_clock
from portal import programme as programmes
from portal.db import transact
from portal.support import audit
from tests import make
from tests.home.doors import ANNA, employ, enter, everything, join
from tests.page import Visit

pytestmark = pytest.mark.usefixtures("programme")

DESK = ("/staff/members", "/staff/members?q=c-1", "/staff/members/c-1")


@pytest.fixture
def anna(anna) -> str:
    """A member with an order; her id."""
    body = earning.OrderBody.model_validate(make.order("20.00"))
    transact(
        lambda: earning.record_order(
            body, shop="main", number="A-7", at=portal_clock.now(), actor="shop:main"
        )
    )
    return anna


def test_a_stranger_is_led_to_the_staffs_own_door(client, anna):
    for path in DESK:
        answer = client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/staff/sign-in?next=/staff/")
        assert "Anna" not in answer.text


def test_a_member_is_not_let_in(app, anna):
    visit = enter(app)
    for path in DESK:
        answer = visit.client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/staff/sign-in")


def test_staff_have_no_card_of_their_own(app, anna):
    desk = employ(app)
    for path in ("/home", "/activity", "/activity/1", "/card", "/you"):
        answer = desk.client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in"), path


@pytest.mark.both_engines
def test_a_member_is_found_by_address_card_number_and_id(app, anna):
    number = people.by_ref("c-1").number
    spaced = f" {number[:4]} {number[4:8]} {number[8:]} "
    desk = employ(app)
    for words in (ANNA, f"  {ANNA.upper()} ", number, spaced, "c-1"):
        desk.open("/staff/")
        page = desk.submit("Find", q=words)
        assert [link["href"] for link in page.all("a") if "/members/" in link["href"]] == [
            "/staff/members/c-1"
        ], words
        assert "a•••@example.com" in page.text


@pytest.mark.both_engines
def test_a_member_is_found_by_name_phone_order_former_address_and_code(app, anna):
    transact(lambda: people.change(anna, people.Profile(phone="+44 (0)20 7946-0018")))
    transact(lambda: people.prove_address(anna, "anna@new.example", portal_clock.now()))
    number, active = programmes.active()
    wanted = next(reward.key for reward in active.rewards if reward.price is not None)
    because = ledger.Because("activity", "gift", "test", number, {})
    transact(
        lambda: ledger.credit(
            anna, 5000, key="gift", fingerprint="", because=because, expires_on=ledger.NEVER, at=portal_clock.now(),
            day=make.NOW.date(),
        )
    )  # fmt: skip
    taken = transact(lambda: rewards.redeem(anna, wanted, ref="r-1", at=portal_clock.now(), actor="member"))
    code = rewards.grouped(taken.code)
    desk = employ(app)
    for words in ("anna", "Bell", "bell ANNA", "ann be", "+44 20 7946 0018", "020 7946 0018", "A-7", ANNA,
                  "anna@new.example", code, code.lower()):  # fmt: skip
        desk.open("/staff/")
        page = desk.submit("Find", q=words)
        assert [link["href"] for link in page.all("a") if "/members/" in link["href"]] == [
            "/staff/members/c-1"
        ], words
        assert "a•••@new.example" in page.text
    asked = [row for row in audit.rows_of(anna) if row.what == "code_searched"]
    assert len(asked) == 2
    assert code not in repr(asked)


@pytest.mark.both_engines
def test_who_is_not_there_is_not_found_and_the_desk_says_what_to_try(app, anna):
    desk = employ(app)
    for words in (
        "nobody@example.com",
        "Anne",
        "nna",
        "Anna Bellamy",
        "%",
        "_",
        "c-_",
        "' OR 1=1 --",
        "0" * 12,
        "😀",
        "a@",
        "x" * 254,
    ):
        desk.open("/staff/")
        page = desk.submit("Find", q=words)
        assert "Nobody by that" in page.text, words
        assert not [link for link in page.all("a") if "/members/" in link["href"]], words


def test_who_has_left_is_found_by_nothing_and_her_id_leads_to_nobody_elses_page(app, anna):
    now = portal_clock.now()
    code = transact(lambda: rewards.issue(anna, "friend-five", reason="thanks", at=now, actor="test")).code
    number = next(row.number for row in people.search("c-1", ""))
    member = people.by_ref("c-1")
    transact(lambda: joining.leave(member, actor="member", now=now, proof=now))
    join("c-1", "bea@example.com", "Bea Coe")
    desk = employ(app)
    for words in (ANNA, "A-7", number, code):
        desk.open("/staff/")
        desk.submit("Find", q=words)
        assert "Nobody by that" in desk.page.text, words


@pytest.mark.both_engines
def test_an_address_that_names_nobody_is_no_fault(app, anna):
    desk = employ(app)
    for path in ("/staff/members?q=%00", "/staff/members/%00"):
        desk.open(path, 400)
    for path in ("/staff/members/nobody", "/staff/members/" + "x" * 3000):
        desk.open(path, 404)
    for path in (
        f"/staff/members?q={'x' * 5000}",
        "/staff/members?q=%ED%A0%80",
        f"/staff/members/c-1?before={'9' * 30}",
    ):
        desk.open(path)


def test_an_address_is_nowhere_at_the_desk_in_full(app, anna):
    desk = employ(app)
    for path in DESK:
        desk.open(path)
        assert ANNA not in desk.response.text, path


def test_support_reads_the_same_lines_as_the_member_and_her_address_masked(app, anna):
    desk = employ(app)
    page = desk.open("/staff/members/c-1")
    assert "a•••@example.com" in page.text
    assert ANNA not in desk.response.text
    assert "Order A-7" in page.text
    assert "5 points for every £1" in page.text
    hers = enter(app).open("/activity/2")
    steps = [step.text for step in hers.all("ol")[0].all("li")]
    assert [step for step in steps if step in page.text] == steps


def test_markup_in_a_name_or_an_order_is_words_at_the_desk(app, programme):
    join("c-9", "eve@example.com", "<script>alert('x')</script>")
    line = make.line("10.00", name="<img src=x onerror=alert(1)>")
    body = earning.OrderBody.model_validate(make.order(member="c-9", lines=[line]))
    transact(
        lambda: earning.record_order(
            body, shop="main", number="<b>1</b>", at=portal_clock.now(), actor="shop:main"
        )
    )
    desk = employ(app)
    for path in ("/staff/members?q=c-9", "/staff/members/c-9"):
        page = desk.open(path)
        assert "<script>alert('x')</script>" in page.text, "as words"
        assert not [script for script in page.all("script") if not script["src"]]
        assert not page.all("img", src="x")
    assert "Order <b>1</b>" in page.text


def test_nothing_can_be_changed_from_the_desk(app, anna):
    desk = employ(app)
    token = enter(app).open("/you").all("input", name="csrf_token")[0]["value"]
    before = everything()
    for path in DESK:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = desk.client.open(path, method=method, data={"csrf_token": token, "points": "100"})
            assert answer.status_code in (400, 403, 405), (method, path, answer.status_code)
        desk.open(path)
    assert everything() == before


def test_an_old_line_is_reached_a_page_at_a_time(app, anna):
    why = ledger.Because("activity", "x", "test", 1, {})

    def given() -> None:
        for number in range(30):
            ledger.credit(
                anna, 1, key=f"k{number}", fingerprint="a", because=why, expires_on=ledger.NEVER,
                at=portal_clock.now(), day=make.NOW.date(),
            )  # fmt: skip

    transact(given)
    desk = employ(app)
    first = desk.open("/staff/members/c-1")
    assert len(first.all("details")) == 25
    older = next(link["href"] for link in first.all("a") if "before=" in link["href"])
    assert len(desk.open(older).all("details")) == 32 - 25


def test_a_member_whose_id_has_a_slash_is_found_and_opened(app, programme):
    join("shop/7 ?#", "olga@example.com", "Olga")
    desk = employ(app)
    desk.open("/staff/members?q=shop/7+%3F%23")
    assert "Olga" in desk.follow("Olga").all("h1")[0].text


def test_who_left_is_out_at_the_next_click(app, anna):
    desk = employ(app)
    desk.open("/staff/members/c-1")
    transact(lambda: people.disable_staff("sam@example.com", portal_clock.now()))
    page = Visit(desk.client).open("/staff/members/c-1")
    assert "Anna" not in page.text


def test_the_desk_shows_plan_rewards_gifts_messages_and_consents_but_no_whole_code(app, anna):
    now = portal_clock.now()
    number, active = programmes.active()
    because = ledger.Because("activity", "gift", "test", number, {})
    plan = active.plans[0]
    wanted = next(reward for reward in active.rewards if reward.price is not None)

    def live() -> rewards.Taken:
        ledger.credit(
            anna, 5000, key="gift", fingerprint="", because=because, expires_on=ledger.NEVER, at=now, day=now.date()
        )  # fmt: skip
        billing.record_plan_change(anna, plan.key, "started", paid_until=None, at=now)
        giving.donate(anna, active.charities[0].key, 500, ref="g-1", at=now, actor="member")
        joining.consent_to_marketing(anna, True, source="portal", now=now)
        return rewards.redeem(anna, wanted.key, ref="r-1", at=now, actor="member")

    taken = transact(live)
    page = employ(app).open("/staff/members/c-1")
    for words in (
        plan.label,
        wanted.label,
        f"•••• {taken.code[-4:]}",
        active.charities[0].label,
        "News: yes",
    ):
        assert words in page.text
    assert taken.code not in page.text.replace("-", "")

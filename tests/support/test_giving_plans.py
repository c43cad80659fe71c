"""A plan given at the desk until a day: who may, for how long, once, in the audit; taken back; what she sees of it."""

from datetime import date, timedelta

import pytest

from portal import billing, support
from portal import clock as portal_clock
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, rules
from tests.home.doors import enter, join
from tests.ledger.shop import at_once
from tests.programme.texts import small
from tests.support.acts import TICKET, colleague, hire

pytestmark = pytest.mark.usefixtures("programme")

WHY = "Her parcel was lost twice"
WORDS = "Sorry for the parcel"
KEY = "01JD" + "K" * 22
TODAY, LAST = date(2026, 6, 10), date(2026, 9, 9)


def give(staff, member_id, plan="plus-monthly", until=LAST, key=KEY, **changes) -> bool:
    told = {"reason": WHY, "words": WORDS, "ticket": TICKET} | changes
    return transact(
        lambda: support.give_plan(staff, member_id, plan, until, key=key, now=portal_clock.now(), **told)
    )


def take_back(staff, member_id, grant_id, **changes) -> bool:
    told = {"reason": WHY, "ticket": TICKET} | changes
    return transact(
        lambda: support.take_back_plan(staff, member_id, grant_id, now=portal_clock.now(), **told)
    )


def held(member_id: str) -> billing.Standing | None:
    return billing.standing(member_id, TODAY)


def acts(member_id: str) -> list[str]:
    return [row.what for row in audit.rows_of(member_id)]


def test_the_desk_gives_it_and_she_sees_where_it_comes_from(app, anna, mailbox):
    desk = hire(app)
    desk.open("/staff/members/c-1")
    desk.follow("Give a plan")
    page = desk.submit("Give the plan", until=str(LAST), words=WORDS, reason=WHY, ticket=TICKET)
    assert "Done. Plus is hers until 9 September 2026." in page.text
    assert "Plus · given · until 9 September 2026" in page.text
    assert WHY in page.text
    assert "Plus given" in page.text
    hers = enter(app)
    page = hers.open("/membership")
    assert "It is yours until 9 September 2026. Nothing is charged." in page.text
    assert f"From Pennywren Rewards. “{WORDS}”" in page.text
    assert WHY not in page.text
    for words in ("Change the plan", "Pause Plus", "End Plus", "Next payment", "renews"):
        assert words not in page.text
    assert "Free delivery on every order" in page.text
    page = hers.follow("Look at the plans")
    assert (
        "Plus is yours until 9 September 2026, given by us. If you join now you pay from today." in page.text
    )
    assert "9 September" in hers.open("/home").text


def test_the_desk_takes_it_back_and_a_second_tap_is_nothing(app, anna, clock):
    give(colleague(), anna)
    clock.shift(timedelta(days=3))
    desk = hire(app, email="kim@shop.example")
    desk.open("/staff/members/c-1")
    desk.follow("Take back Plus")
    form = desk.path
    assert "until 9 September 2026" in desk.page.text
    page = desk.submit("Take back Plus", reason=WHY, ticket=TICKET)
    assert "Done. It has ended, and she gets a mail." in page.text
    assert "Plus taken back" in page.text
    assert billing.standing(anna, TODAY + timedelta(days=3)).status == "ended"
    desk.open(f"{form}?member=c-1")
    assert desk.path == "/staff/members/c-1"
    assert acts(anna) == ["plan_taken_back", "plan_given"]
    assert "Plus has ended" in enter(app).open("/membership").text


@pytest.mark.both_engines
def test_twice_is_once(app, anna):
    sam = colleague()
    assert [give(sam, anna), give(sam, anna)] == [True, False]
    (row,) = billing.given(anna, TODAY)
    assert [take_back(sam, anna, row.id) for _ in range(2)] == [True, False]
    assert acts(anna) == ["plan_taken_back", "plan_given"]
    assert support.faults() == []


@pytest.mark.both_engines
def test_who_may_not_and_what_is_not_possible_is_refused(app, anna):
    own = join("c-2", "kim@example.com", "Kim")
    sam = colleague()
    give(sam, anna, key="01JD" + "A" * 22)
    for staff, member_id, changes, code, why in (
        (colleague("auditor", "ari@shop.example"), anna, {}, "not_allowed", "role"),
        (colleague("owner", "kim@example.com"), own, {}, "not_allowed", "own"),
        (sam, anna, {"reason": "late"}, "bad_value", None),
        (sam, anna, {"ticket": " "}, "bad_value", None),
        (sam, anna, {"words": "w" * 201}, "bad_value", None),
        (sam, anna, {"until": TODAY - timedelta(1)}, "bad_value", None),
        (sam, anna, {"until": date(2028, 6, 11)}, "bad_value", None),
        (sam, anna, {"plan": "silver"}, "unknown_key", None),
        (sam, anna, {"key": "01JD" + "A" * 22, "until": TODAY}, "conflict", None),
        (sam, "0" * 26, {}, "unknown_member", None),
    ):
        with pytest.raises(Refused) as refused:
            give(staff, member_id, **changes)
        assert (refused.value.code, refused.value.facts.get("why")) == (code, why)
    assert give(sam, anna, until=date(2028, 6, 10)), "two years ahead to the day it may be"
    assert acts(anna) == ["plan_given"] * 2


def test_a_colleagues_day_has_a_limit_and_what_was_refused_is_not_given(app, anna, clock, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PLANS_A_DAY", 2)
    sam = colleague()
    keys = [f"01JD{n:022}" for n in range(4)]
    give(sam, anna, key=keys[0])
    give(sam, anna, key=keys[1], until=LAST + timedelta(1))
    assert not give(sam, anna, key=keys[1], until=LAST + timedelta(1)), "told again is no more"
    with pytest.raises(Refused) as refused:
        give(sam, anna, key=keys[2], until=date(2027, 1, 1))
    assert refused.value.code == "limit_reached"
    assert held(anna).last_day == LAST + timedelta(1)
    assert give(colleague(email="kim@shop.example"), anna, key=keys[2])
    clock.move_to("2026-06-11T00:00:00+01:00")
    assert give(sam, anna, key=keys[3])


@pytest.mark.both_engines
def test_what_somebody_paid_for_is_not_the_desks_to_take_back(app, anna):
    transact(
        lambda: billing.give_plan(
            anna, "plus-monthly", until=LAST, source="gift", ref="gift:1", at=portal_clock.now()
        )
    )
    (row,) = billing.given(anna, TODAY)
    with pytest.raises(Refused) as refused:
        take_back(colleague(), anna, row.id)
    assert refused.value.facts["why"] == "gift"
    desk = hire(app, email="kim@shop.example")
    page = desk.open("/staff/members/c-1")
    assert "A gift." in page.text
    assert "Take back" not in page.text
    assert "A gift." in enter(app).open("/membership").text


@pytest.mark.both_engines
def test_two_taps_at_once_give_it_once(app, engine, anna):
    sam = colleague()
    assert sorted(at_once(app, [lambda: give(sam, anna)] * 2)) == [False, True]
    assert acts(anna) == ["plan_given"]


def test_a_form_that_is_not_filled_in_says_what_is_missing(app, anna):
    desk = hire(app)
    desk.open("/staff/plan-grants/new?member=c-1")
    page = desk.submit("Give the plan", 422, until="2028-06-11", reason="no", ticket="")
    for words in (
        "Choose a day from today on, at most two years ahead.",
        "Say it in ten letters or more.",
        "Give the number of the ticket.",
    ):
        assert words in page.text
    assert "Choose a day." in desk.submit("Give the plan", 422, until="soon", reason=WHY, ticket="T").text
    assert held(anna) is None


def test_a_refusal_is_said_in_words_and_stands_in_the_audit(app, anna, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PLANS_A_DAY", 0)
    desk = hire(app)
    desk.open("/staff/plan-grants/new?member=c-1")
    page = desk.submit("Give the plan", 422, until=str(LAST), reason=WHY, ticket=TICKET)
    assert "You have given as many plans today as one may. A colleague can go on." in page.text
    assert acts(anna) == ["refused"]


def test_an_auditor_looks_and_gives_nothing(app, anna):
    give(colleague(email="kim@shop.example"), anna)
    desk = hire(app, "auditor")
    page = desk.open("/staff/members/c-1")
    assert "Plus · given" in page.text
    assert "Give a plan" not in page.text
    assert "Take back" not in page.text
    assert "Your role does not do this" in desk.open("/staff/plan-grants/new?member=c-1", 403).text


def test_where_the_programme_has_no_plans_there_is_none_to_give(app, anna, publish):
    publish(small())
    desk = hire(app)
    assert "Give a plan" not in desk.open("/staff/members/c-1").text
    desk.open("/staff/plan-grants/new?member=c-1", 404)


def test_a_plan_that_is_for_sale_no_longer_is_not_given_either(app, anna):
    staff = colleague()
    source = programmes.source_of(programmes.active()[0])
    for key in ("plus-monthly", "plus-yearly", "plus-life"):
        source = source.replace(f'key = "{key}"\n', f'key = "{key}"\nfor_sale = false\n', 1)
    transact(lambda: programmes.publish(source, portal_clock.now()))
    with pytest.raises(Refused) as refused:
        give(staff, anna)
    assert (refused.value.code, held(anna)) == ("not_for_sale", None)
    desk = hire(app)
    assert "Give a plan" not in desk.open("/staff/members/c-1").text

"""More time for a tier at the desk: who may, why, once, in the audit; refused in words."""

import pytest

from portal import clock as portal_clock
from portal import ledger, support, tiers
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit
from tests.home.doors import join
from tests.ledger.shop import at_once
from tests.programme.texts import small
from tests.support.acts import TICKET, colleague, hire
from tests.tiers.ladders import STEPS, rules

WHY = "She has a new child and rang us"
LONGER = "2028-06-28"


@pytest.fixture
def anna(app, publish, clock) -> str:
    """A member with Silver until the end of 2027; her id."""
    publish(small(rules(pause="{ days = 180 }"), *STEPS))
    return with_silver(join())


def with_silver(member_id: str) -> str:
    now, active = portal_clock.now(), programmes.active()[1]

    def counted() -> None:
        ledger.lock(member_id)
        tiers.count(
            member_id, active, tiers.Counters(spend=20_000), placed_on=active.day(now),
            standing_grants=tiers.grants(member_id), reached_by="test", at=now,
        )  # fmt: skip

    transact(counted)
    return member_id


def pause(staff, member_id, **changes):
    told = {"reason": WHY, "ticket": TICKET} | changes
    return transact(lambda: support.pause_tier(staff, member_id, now=portal_clock.now(), **told))


def test_the_desk_does_it_for_her_with_a_reason_and_the_audit_keeps_it(app, anna):
    desk = hire(app)
    desk.open("/staff/members/c-1")
    page = desk.follow("More time for her tier")
    assert "until June 28, 2028" in page.text
    page = desk.submit("Give it more time", reason=WHY, ticket=TICKET)
    assert "Done. Her tier lasts until June 28, 2028." in page.text
    assert WHY in page.text
    assert [(row.what, row.facts["tier"], row.facts["until"]) for row in audit.rows_of(anna)] == [
        ("tier_paused", "silver", LONGER)
    ]
    page = desk.follow("More time for her tier")
    assert "She can do it again from June 10, 2028." in page.text


@pytest.mark.both_engines
def test_twice_is_once(app, anna):
    sam = colleague()
    assert [str(pause(sam, anna)) for _ in range(2)] == [LONGER] * 2
    assert [row.what for row in audit.rows_of(anna)] == ["tier_paused"]
    assert support.faults() == []


@pytest.mark.both_engines
def test_who_may_not_and_what_is_not_possible_is_refused(app, anna, clock):
    own = with_silver(join("c-2", "kim@example.com", "Kim"))
    none = join("c-3", "bea@example.com", "Bea")
    sam = colleague()
    for staff, member_id, changes, code, why in (
        (colleague("auditor", "ari@shop.example"), anna, {}, "not_allowed", "role"),
        (colleague("owner", "kim@example.com"), own, {}, "not_allowed", "own"),
        (sam, none, {}, "not_allowed", None),
        (sam, anna, {"reason": "late"}, "bad_value", None),
        (sam, anna, {"ticket": " "}, "bad_value", None),
        (sam, "0" * 26, {}, "unknown_member", None),
    ):
        with pytest.raises(Refused) as refused:
            pause(staff, member_id, **changes)
        assert (refused.value.code, refused.value.facts.get("why")) == (code, why)
    pause(sam, anna)
    clock.move_to("2026-06-11T12:00:00Z")
    with pytest.raises(Refused) as refused:
        pause(sam, anna)
    assert (refused.value.code, refused.value.facts["again_on"]) == ("limit_reached", "2028-06-10")


def test_a_page_that_was_overtaken_says_why_and_the_refusal_is_in_the_audit(app, anna, clock):
    clock.move_to("2026-06-10T23:55:00+01:00")
    desk = hire(app)
    desk.open("/staff/members/c-1")
    desk.follow("More time for her tier")
    pause(colleague(email="kim@shop.example"), anna)
    clock.move_to("2026-06-11T00:10:00+01:00")
    page = desk.submit("Give it more time", 422, reason=WHY, ticket=TICKET)
    assert "It was done before. She can do it again from June 10, 2028." in page.text
    assert {row.what for row in audit.rows_of(anna)} == {"tier_paused", "refused"}


def test_where_the_programme_has_no_pause_the_desk_has_none(app, anna, publish):
    publish(small(rules(), *STEPS))
    desk = hire(app)
    assert "More time" not in desk.open("/staff/members/c-1").text
    desk.open("/staff/tier-pauses/new?member=c-1", 404)


def test_an_auditor_looks_and_does_nothing(app, anna):
    desk = hire(app, "auditor")
    assert "More time" not in desk.open("/staff/members/c-1").text


@pytest.mark.both_engines
def test_two_colleagues_at_once_give_her_the_time_once(app, engine, anna):
    staff = [colleague(), colleague(email="kim@shop.example")]
    outcomes = at_once(app, [lambda one=one: str(pause(one, anna)) for one in staff])
    assert outcomes == [LONGER] * 2
    assert [row.what for row in audit.rows_of(anna)] == ["tier_paused"]

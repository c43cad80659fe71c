"""The desk asks for the new address and types what she says: a request that only looks like hers is not taken,
and nobody tries one address after the other."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import joining, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA, SAM, enter, everything, join
from tests.page import Visit
from tests.signin.hands import row_of
from tests.support.acts import REASON, TICKET, colleague, hire
from tests.support.recovering import KIM, asked, enrich, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")

HERS, THIEFS = "anna.bell@gmail.com", "a.thief@gmail.com"
WHY = "That is not the address of this request."
TICKS = {"id": True, "known": True, "reason": REASON, "ticket": TICKET}


@pytest.mark.both_engines
@pytest.mark.parametrize("told", [HERS, "", " ", "a•••@gmail.com", "a.thief@gmail.com.example"])
def test_another_address_than_that_of_the_request_notes_nothing(app, mailbox, anna, asked, told):
    request_id, sam = asked(email=THIEFS), colleague()
    before = everything()
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna, email=told, stops=True)
    assert (refused.value.code, refused.value.facts["why"]) == ("bad_value", "address")
    assert everything() == before


def test_it_is_compared_as_addresses_are(app, mailbox, anna, asked):
    assert note(colleague(), asked(email=HERS), anna, email=f" {HERS.upper()} ") == "waiting"


def test_each_colleague_asks_her_anew(app, mailbox, anna, asked):
    enrich(anna)
    request_id = asked(email=HERS)
    assert note(colleague(), request_id, anna) == "checked"
    kim = colleague(email=KIM)
    with pytest.raises(Refused) as refused:
        note(kim, request_id, anna, email=THIEFS)
    assert refused.value.facts["why"] == "address"
    assert note(kim, request_id, anna, email=HERS) == "waiting"


def test_what_the_address_is_of_is_told_only_to_who_knows_it(app, mailbox, anna, asked):
    """Whether it belongs to somebody who works here, or to a member, is said after it was named."""
    request_id = asked(email=colleague(email=KIM).email)
    with pytest.raises(Refused) as refused:
        note(colleague(), request_id, anna, email=HERS)
    assert refused.value.facts["why"] == "address"


def test_at_the_desk_a_lookalike_is_told_from_hers_and_every_try_is_on_record(
    app, mailbox, anna, asked, clock
):
    hers = asked(email=HERS)
    clock.shift(60)
    thiefs = asked(email=THIEFS)
    desk = hire(app)
    page = desk.open(f"/staff/recoveries/{thiefs}")
    assert "The new address, as she tells it" in page.text
    assert THIEFS not in page.text
    desk.submit("It is she: let it wait", 422, member=anna, **TICKS)
    assert "Ask her for the new address." in desk.page.text
    desk.submit("It is she: let it wait", 422, member=anna, email=HERS, **TICKS)
    assert WHY in desk.page.text
    (field,) = desk.page.all("input", name="email")
    assert (field["value"], field["aria-invalid"]) == (HERS, "true")
    assert THIEFS not in desk.page.text
    (row,) = audit.rows_of(anna)
    assert (row.what, row.facts["act"], row.facts["why"]) == ("refused", "recovery", "address")
    assert HERS not in repr(row.facts)
    assert signin.find_recovery(thiefs).state == "asked"
    desk.open(f"/staff/recoveries/{hers}")
    desk.submit("It is she: let it wait", member=anna, email=HERS, **TICKS)
    assert (signin.find_recovery(hers).state, signin.find_recovery(thiefs).state) == ("waiting", "asked")


def test_a_colleagues_role_and_own_card_are_looked_at_first(app, mailbox, anna, asked):
    request_id = asked(email=THIEFS)
    for staff, why in ((colleague("till", "till@example.com"), "role"), (colleague("owner", ANNA), "own")):
        with pytest.raises(Refused) as refused:
            note(staff, request_id, anna, email=HERS)
        assert refused.value.facts["why"] == why


def hear(staff, request_id, member_id, email) -> bool:
    now = portal_clock.now()
    return transact(lambda: recovering.hear_address(staff, request_id, member_id, email=email, now=now))


@pytest.mark.both_engines
def test_wrong_addresses_at_once_are_counted_one_by_one(app, mailbox, anna, asked):
    request_id, sam = asked(email=HERS), colleague()

    def one(number: int) -> str:
        with app.app_context():
            try:
                return str(hear(sam, request_id, anna, f"a.bell{number}@gmail.com"))
            except Refused as refused:
                return str(refused.facts["why"])

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(one, range(12)))
    assert answers == ["False"] * 5 + ["too_often"] * 7


@pytest.mark.both_engines
def test_after_too_many_wrong_ones_the_right_one_waits_for_tomorrow(app, mailbox, anna, asked, clock):
    request_id, sam = asked(email=HERS), colleague()
    berta = join("c-2", "berta@example.com", "Berta Finch")
    for member_id in (anna, berta, anna, berta, anna):
        assert hear(sam, request_id, member_id, HERS), "a right one is not counted"
        assert not hear(sam, request_id, member_id, THIEFS)
    before = everything()
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            hear(sam, request_id, anna, HERS)
        assert refused.value.code == "too_many_requests"
    assert everything() == before, "to try again makes it no longer"
    clock.move_to(refused.value.facts["until"])
    assert hear(colleague(email=KIM), request_id, anna, HERS)


def test_many_requests_for_one_card_are_no_way_around(app, mailbox, anna, asked):
    requests, sam = [asked(email=f"a.{word}@gmail.com") for word in ("one", "two", "three")], colleague()
    for request_id in requests[:2] * 5:
        assert not hear(sam, request_id, anna, HERS)
    with pytest.raises(Refused):
        hear(sam, requests[2], anna, HERS)
    berta = join("c-2", "berta@example.com", "Berta Finch")
    assert not hear(sam, requests[2], berta, HERS), "another card goes on"


def test_at_the_desk_the_sixth_try_is_told_when_it_goes_on_and_who_comes_tomorrow_does(
    app, mailbox, anna, asked, clock
):
    request_id = asked(email=HERS)
    desk = hire(app)
    desk.open(f"/staff/recoveries/{request_id}")
    for _ in range(5):
        desk.submit("It is she: let it wait", 422, member=anna, email=THIEFS, **TICKS)
        assert WHY in desk.page.text
    desk.submit("It is she: let it wait", 429, member=anna, email=HERS, **TICKS)
    assert "Too many wrong addresses in a day." in desk.page.text
    assert re.search(r"it goes on from [^;]*\b11\b[^;]*; nothing is lost", desk.page.text)
    assert signin.find_recovery(request_id).state == "asked"
    assert [row.facts["why"] for row in audit.rows_of(anna)] == ["too_often", *["address"] * 5]
    clock.shift(timedelta(days=1))
    desk = enter(app, SAM, "staff")
    desk.open(f"/staff/recoveries/{request_id}")
    desk.submit("It is she: let it wait", member=anna, email=HERS, **TICKS)
    assert signin.find_recovery(request_id).state == "waiting"


def test_an_address_that_is_on_a_second_card_of_hers_has_a_way_out(app, mailbox, anna, asked, clock):
    second = join("c-2", HERS)
    request_id = asked(email=HERS)
    desk = hire(app)
    page = desk.open(f"/staff/recoveries/{request_id}")
    assert "See the card with that address" not in page.text, "nobody has named it yet"
    desk.submit("It is she: let it wait", 422, member=anna, email=THIEFS, **TICKS)
    assert "See the card with that address" not in desk.page.text
    desk.submit("It is she: let it wait", 409, member=anna, email=HERS, **TICKS)
    assert "The new address is on another card already." in desk.page.text
    assert "gives that card another address (Safety), or leaves with it" in desk.page.text
    kept = Visit(desk.client)
    kept.page, kept.path = desk.page, desk.path
    desk.follow("See the card with that address")
    assert desk.path == "/staff/members/c-2"
    transact(lambda: joining.leave(row_of(second), now=portal_clock.now(), actor="support"))
    kept.submit("It is she: let it wait", member=anna, email=HERS, **TICKS)
    assert signin.find_recovery(request_id).state == "waiting"


def test_who_joined_anew_meanwhile_is_not_left_to_guess_why_it_stopped(app, mailbox, anna, asked, clock):
    request_id = asked(email=HERS)
    note(colleague(), request_id, anna)
    join("c-2", HERS)
    for _ in range(2):  # the reminder, then the end
        clock.shift(timedelta(hours=72))
        transact(lambda: signin.carry_out(request_id, portal_clock.now()))
    page = enter(app, SAM, "staff").open(f"/staff/recoveries/{request_id}")
    assert "stopped: the new address came to be on another card" in page.text

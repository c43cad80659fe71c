"""The desk asks for the new address and types what she says: a request that only looks like hers is not taken."""

import pytest

from portal import signin
from portal.errors import Refused
from portal.support import audit
from tests.home.doors import ANNA, everything
from tests.support.acts import REASON, TICKET, colleague, hire
from tests.support.test_recovering import KIM, asked, enrich, note

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

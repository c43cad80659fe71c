"""What proves at the desk that it is she where somebody else may read her mail: nothing that her own pages show."""

from itertools import combinations

import pytest

from portal import clock as portal_clock
from portal import people, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import rules
from tests.home.doors import everything
from tests.signin.hands import row_of
from tests.support.acts import REASON, TICKET, colleague, hire
from tests.support.recovering import KIM, NEW, asked, enrich, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")

SHOWN = ["card", "orders"]
WHY = "Her card and her orders prove nothing here"


@pytest.mark.both_engines
@pytest.mark.parametrize("way", ["is stopped", "stops it now"])
def test_her_card_and_two_orders_do_not_prove_who_she_is_while_her_card_is_stopped(
    app, anna, mailbox, asked, way
):
    request_id, sam = asked(), colleague()
    if way == "is stopped":
        transact(lambda: people.freeze(anna, portal_clock.now()))
    before = everything()
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna, SHOWN, stops=way == "stops it now")
    assert (refused.value.code, refused.value.facts["why"]) == ("bad_value", "on_her_pages")
    assert everything() == before


@pytest.mark.parametrize("two", list(combinations(sorted(rules.PROOFS), 2)), ids="+".join)
def test_of_two_proofs_one_is_enough_that_her_pages_do_not_show(anna, mailbox, asked, two):
    request_id, sam = asked(), colleague()
    transact(lambda: people.freeze(anna, portal_clock.now()))
    if set(two) == set(SHOWN):
        with pytest.raises(Refused, match="bad_value"):
            note(sam, request_id, anna, two)
    else:
        assert note(sam, request_id, anna, two) == "waiting"


def test_a_card_that_nobody_has_stopped_takes_her_card_and_orders_as_before(anna, mailbox, asked):
    assert note(colleague(), asked(), anna, SHOWN) == "waiting"


def test_the_second_colleague_needs_a_proof_of_her_too(anna, mailbox, asked):
    enrich(anna)
    request_id = asked()
    assert note(colleague(), request_id, anna, ["id", "card"], stops=True) == "checked"
    kim = colleague(email=KIM)
    with pytest.raises(Refused) as refused:
        note(kim, request_id, anna, SHOWN)
    assert refused.value.facts["why"] == "on_her_pages"
    assert note(kim, request_id, anna, ["orders", "known"]) == "waiting"


def test_the_page_says_so_before_and_after_and_keeps_what_was_typed(app, anna, mailbox, asked):
    request_id, desk = asked(), hire(app)
    desk.open(f"/staff/recoveries/{request_id}")
    assert "her card and her orders prove nothing alone" in desk.page.text
    told = {"member": anna, "card": True, "orders": True, "email": NEW, "reason": REASON, "ticket": TICKET}
    desk.submit("It is she: let it wait", 422, stops=True, **told)
    assert WHY in desk.page.text
    assert desk.page.all("input", name="reason")[0]["value"] == REASON
    assert "checked" in desk.page.all("input", name="stops")[0].attributes
    assert (row_of(anna).frozen_at, signin.find_recovery(request_id).state) == (None, "asked")
    desk.submit("It is she: let it wait", payment=True)
    assert signin.find_recovery(request_id).state == "waiting"
    assert row_of(anna).frozen_at is not None


def test_the_page_that_lifts_a_stop_says_so_too(app, anna):
    transact(lambda: people.freeze(anna, portal_clock.now()))
    page = hire(app).open("/staff/stops/lift?member=c-1")
    assert "Nor are her card and her orders" in page.text

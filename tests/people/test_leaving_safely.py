"""Leaving erases for good, so it asks each time who is there, on the route and in the verb (security.md test 22)."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import joining, people
from portal.db import transact
from portal.errors import Refused
from tests.home.doors import ANNA, enter, everything, join
from tests.notices.mailbox import mailbox, programme

__all__ = ["mailbox", "programme"]
pytestmark = pytest.mark.usefixtures("programme")


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


def prove(visit, mailbox) -> None:
    visit.submit("Send the code")
    visit.submit("Continue", code=mailbox.code(ANNA))


def status() -> str:
    row = people.by_ref("c-1")
    return "left" if row is None else row.status


def test_22_erasing_asks_for_a_proof_leads_back_and_only_then_erases(app, anna, mailbox):
    visit = enter(app)
    assert "We ask first whether it is you." in visit.open("/you/leave").text
    visit.submit("Leave for good")
    assert visit.path == "/proof"
    assert status() == "active"
    prove(visit, mailbox)
    assert visit.path == "/you/leave"
    assert "We ask first" not in visit.page.text
    visit.submit("Leave for good")
    assert visit.path == "/left"
    assert status() == "left"


def test_22_a_button_pressed_after_five_minutes_erases_nothing_and_leads_back_to_its_page(
    app, anna, mailbox, clock
):
    visit = enter(app)
    visit.open("/proof?next=/you/leave")
    prove(visit, mailbox)
    clock.shift(timedelta(minutes=5, seconds=1))
    visit.submit("Leave for good")
    assert visit.path == "/proof"
    assert status() == "active"
    prove(visit, mailbox)
    assert visit.path == "/you/leave"


def test_22_nothing_is_erased_while_her_points_are_stopped(app, anna, mailbox):
    visit = enter(app)
    visit.open("/proof?next=/you/leave")
    prove(visit, mailbox)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    page = visit.submit("Leave for good", 422)
    assert "Until the stop is lifted nothing is taken, given, paid or begun" in page.text
    assert "points" not in page.all("main")[0].text, "it is right whatever she tried"
    assert [link["href"] for link in page.all("a") if link.text == "See what lifts the stop"] == [
        "/safety/stop"
    ]
    assert status() == "active"


@pytest.mark.both_engines
def test_the_verb_asks_for_it_too_and_a_shop_that_erases_is_not_asked(anna):
    row, now = people.by_ref("c-1"), portal_clock.now()
    before = everything()
    for proof in (None, now - timedelta(minutes=5, seconds=1), now + timedelta(seconds=1)):
        with pytest.raises(Refused) as caught:
            transact(lambda proof=proof: joining.leave(row, actor="member", now=now, proof=proof))
        assert (caught.value.code, caught.value.status) == ("proof_needed", 403)
    transact(lambda: people.freeze(anna, now))
    with pytest.raises(Refused, match="stopped"):
        transact(lambda: joining.leave(row, actor="member", now=now, proof=now))
    transact(lambda: people.lift_freeze(anna))
    assert everything() == before
    transact(lambda: joining.leave(row, actor="shop:main", now=now))
    assert status() == "left"


def test_who_has_left_has_no_stop_and_no_wait(anna):
    now = portal_clock.now()
    transact(lambda: people.begin_wait(anna, now))
    row = people.by_ref("c-1")
    transact(lambda: people.freeze(anna, now))
    transact(lambda: joining.leave(row, actor="staff:1", now=now))
    assert not people.is_frozen(anna)

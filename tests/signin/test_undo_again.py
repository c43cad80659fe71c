"""An old address that another card has by now, and what an undo link says when it is opened again."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, signin
from portal.db import transact
from tests.home.doors import ANNA, join
from tests.page import Visit
from tests.signin.hands import NEW, change_to, row_of, signed_in, token_in, undo

pytestmark = pytest.mark.usefixtures("programme")

THIRD = "third@example.net"
PRESS = "Put a•••@example.com back"


def leave(member_id: str) -> None:
    """Somebody leaves, and her address is free."""
    transact(lambda: joining.leave(row_of(member_id), actor="support", now=portal_clock.now()))


def lift(member_id: str) -> None:
    """The stop of her card is lifted."""
    transact(lambda: signin.lift(row_of(member_id), portal_clock.now()))
    jobs.wake()


@pytest.mark.both_engines
def test_it_works_once_the_other_card_has_given_the_address_up(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    second = join("c-2", ANNA, "Anna Bell")
    clock.shift(timedelta(hours=1))
    assert undo(token) == "kept"
    leave(second)
    assert undo(token) == "back"
    assert (row_of(anna).email, row_of(anna).frozen_at is not None) == (ANNA, True)
    assert undo(token) == "used"


def test_within_its_time(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    second = join("c-2", ANNA, "Anna Bell")
    assert undo(token) == "kept"
    leave(second)
    clock.shift(timedelta(days=14))
    assert undo(token) == "late"
    assert row_of(anna).email == NEW


def test_pressed_again_while_the_address_is_anothers_it_stops_nothing_a_second_time(
    app, mailbox, anna, clock
):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    second = join("c-2", ANNA, "Anna Bell")
    clock.shift(timedelta(hours=1))
    assert undo(token) == "kept"
    lift(anna)
    person, sent = signed_in(anna), len(mailbox)
    assert undo(token) == "kept"
    assert row_of(anna).frozen_at is None, "whoever reads an old mailbox stops her once, not for ever"
    assert signin.load_session(person.token, portal_clock.now()) is not None
    assert len(mailbox) == sent
    leave(second)
    assert undo(token) == "back"
    assert row_of(anna).frozen_at is not None, "an address that goes back stops the card each time"
    assert signin.load_session(person.token, portal_clock.now()) is None


def test_the_thiefs_own_links_die_with_it_all_the_same(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    first = token_in(mailbox, ANNA, "/undo/")
    clock.shift(timedelta(hours=7))
    change_to(mailbox, anna, THIRD)
    second = token_in(mailbox, NEW, "/undo/")
    join("c-2", ANNA, "Anna Bell")
    assert undo(first) == "kept"
    assert undo(second) == "used"
    assert row_of(anna).email == THIRD


def test_an_undo_of_a_recovery_that_could_not_put_back_is_a_no_all_the_same(app, mailbox, anna):
    member, now = row_of(anna), portal_clock.now()
    transact(lambda: signin.put_address(member, NEW, how="recovery", actor="support", now=now))
    jobs.wake()
    join("c-2", ANNA, "Anna Bell")
    assert not signin.undoing.undone_lately(anna)
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "kept"
    assert signin.undoing.undone_lately(anna)


def test_the_page_says_what_it_did_when_the_address_is_anothers_and_goes_on_saying_it(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    second = join("c-2", ANNA, "Anna Bell")
    old = Visit(app.test_client())
    old.open(f"/undo/{token}")
    page = old.submit(PRESS)
    for _ in range(2):
        assert "Your old address is on another card" in page.text
        assert "Your address is back" not in page.text
        assert "leave with it" in page.text
        page = old.open(f"/undo/{token}")
    leave(second)
    old.open(f"/undo/{token}")
    assert "Your address is back" in old.submit(PRESS).text
    assert row_of(anna).email == ANNA


def test_the_page_of_a_later_link_that_an_older_one_took_along_does_not_say_it_is_back(
    app, mailbox, anna, clock
):
    change_to(mailbox, anna, NEW)
    first = token_in(mailbox, ANNA, "/undo/")
    clock.shift(timedelta(days=1))
    change_to(mailbox, anna, THIRD)
    second = token_in(mailbox, NEW, "/undo/")
    assert undo(first) == "back"
    page = Visit(app.test_client()).open(f"/undo/{second}", 410)
    assert "This link does not work any more" in page.text
    assert "a•••@example.org" not in page.text
    assert "Your address is back" in Visit(app.test_client()).open(f"/undo/{first}").text


def test_the_page_after_a_final_recovery_does_not_say_it_is_back(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    member, now = row_of(anna), portal_clock.now()
    transact(
        lambda: signin.put_address(member, THIRD, how="recovery", actor="support", now=now, is_final=True)
    )
    page = Visit(app.test_client()).open(f"/undo/{token}", 410)
    assert "This link does not work any more" in page.text


def test_once_the_stop_is_lifted_the_page_no_longer_says_that_points_cannot_be_moved(
    app, mailbox, anna, clock
):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    clock.shift(timedelta(hours=1))
    undo(token)
    page = Visit(app.test_client()).open(f"/undo/{token}")
    assert "your points cannot be moved" in page.text
    lift(anna)
    page = Visit(app.test_client()).open(f"/undo/{token}")
    assert "You sign in with a•••@example.com again." in page.text
    assert "cannot be moved" not in page.text

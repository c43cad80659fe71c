"""What was made for an address while its domain stood in the ASCII form works on under its letters."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import run, transact
from portal.joining import linking
from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme
from tests.people.test_addresses import READ, TOLD, as_before, migrate
from tests.signin import hands

__all__ = ["mailbox", "migrate", "programme"]
pytestmark = [pytest.mark.usefixtures("programme"), pytest.mark.both_engines]


@pytest.fixture
def anna(app, programme) -> str:
    """A member whose address stands as it did once; her id."""
    member_id = join()
    as_before(member_id, TOLD)
    return member_id


def test_a_link_that_says_it_was_not_her_stops_her_card(app, mailbox, anna, migrate):
    token = hands.link(anna, "device", TOLD)
    migrate()
    assert hands.say_not_me(token) == "stopped"


def test_a_change_is_undone_by_its_link_or_at_the_door_and_says_so(app, mailbox, anna, migrate):
    member, now = hands.row_of(anna), portal_clock.now()
    transact(lambda: signin.put_address(member, hands.NEW, how="member", actor="member", now=now))
    jobs.wake()
    token, not_me = hands.token_in(mailbox, TOLD, "/undo/"), hands.link(anna, "device", TOLD)
    for _ in range(2):
        migrate()
    assert people.former_owners(people.address_hash(READ)) == [anna]
    assert signin.read_not_me(not_me, now) is not None
    assert signin.find_undo_of(READ, now).state == "open"
    assert hands.undo(token) == "back"
    assert (signin.find_undo(token, now).state, hands.row_of(anna).email) == ("back", READ)


def test_an_open_question_about_a_number_and_an_address_of_before_are_found(app, anna, migrate):
    token, now = "t" * 43, portal_clock.now()
    asked = {
        "member_id": anna, "shop": "main", "ref": "c-77", "shop_name": "", "times": 1, "asked_at": now,
        "address_hash": people.keyed_hash(TOLD), "token_hash": linking._hash(token),
        "last_day": (now + timedelta(days=14)).date(),
    }  # fmt: skip
    transact(lambda: run(insert(people.LinkRequest), asked))
    before = {"member_id": anna, "address_hash": people.keyed_hash(TOLD)}
    transact(lambda: run(insert(people.FormerAddress), before))
    for _ in range(2):
        migrate()
    assert linking.find_request(token, now).state == "open"
    assert people.former_owners(people.address_hash(READ)) == [anna]


def test_who_was_kept_as_she_was_shows_by_a_code_that_it_is_still_her(app, mailbox, anna, migrate):
    join("c-2", READ, "Bea")
    migrate()
    hers, now = hands.signed_in(anna, fresh=False), portal_clock.now()
    asked = transact(
        lambda: signin.ask(
            hers.email, purpose="member", visitor=hands.HERE, next_path=None, locale="en-GB", now=now,
            prover=hers,
        )
    )  # fmt: skip
    jobs.wake()
    code = hands.code_in(mailbox, TOLD)
    proved = transact(lambda: signin.prove_again(hers, asked.challenge_id, code, visitor=hands.HERE, now=now))
    assert proved.outcome == "in"

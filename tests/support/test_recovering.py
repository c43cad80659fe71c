"""The desk helps somebody back in: what it asks for, who may, what a second colleague is for, what is written down."""

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin, support
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA, SAM, everything
from tests.signin.hands import row_of
from tests.support.acts import REASON, colleague
from tests.support.recovering import KIM, NEW, asked, enrich, lift, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")


@pytest.mark.both_engines
def test_two_proofs_begin_the_wait_and_stand_in_the_audit(app, mailbox, anna, asked):
    request_id = asked()
    sam = colleague()
    assert note(sam, request_id, anna) == "waiting"
    (row,) = audit.rows_of(anna)
    assert (row.what, row.facts["proofs"], row.facts["reason"]) == ("recovery_noted", ["card", "id"], REASON)
    assert "about to get another address" in mailbox.to(ANNA)[-1]["Subject"]
    assert NEW not in repr(row.facts)
    assert row_of(anna).email == ANNA
    assert support.faults() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proofs": ["id"]}, "bad_value"),
        ({"proofs": ["id", "id", "smile"]}, "bad_value"),
        ({"reason": "short"}, "bad_value"),
        ({"ticket": ""}, "bad_value"),
    ],
)
def test_less_is_not_enough_and_writes_nothing(app, mailbox, anna, asked, changes, code):
    request_id, sam = asked(), colleague()
    before = everything()
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna, **changes)
    assert refused.value.code == code
    assert everything() == before


def test_who_may_not(app, mailbox, anna, asked):
    request_id = asked()
    stale = signin.Person(**{
        name: getattr(colleague(), name) for name in ("kind", "id", "email", "token", "session_id", "opened_at", "role")
    })  # fmt: skip
    cases = (
        (colleague("auditor", "audrey@example.com"), "role"),
        (colleague("till", "till@example.com"), "role"),
        (stale, "proof_needed"),
        (colleague("owner", ANNA), "own"),
    )
    for staff, why in cases:
        with pytest.raises(Refused) as refused:
            note(staff, request_id, anna)
        assert refused.value.facts.get("why", refused.value.code) == why
    assert signin.find_recovery(request_id).state == "asked"


def test_no_card_goes_to_an_address_of_somebody_who_works_here(app, mailbox, anna, asked):
    sam = colleague()
    request_id = asked(email=SAM)
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna)
    assert refused.value.facts["why"] == "staff"


@pytest.mark.both_engines
def test_a_card_that_holds_much_takes_two_colleagues(app, mailbox, anna, asked):
    enrich(anna)
    request_id, sam, kim = asked(), colleague(), colleague(email=KIM)
    assert note(sam, request_id, anna) == "checked"
    assert mailbox.to(ANNA) == []
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna)
    assert refused.value.facts["why"] == "same"
    assert note(kim, request_id, anna, ["orders", "payment"]) == "waiting"
    assert signin.find_recovery(request_id).proofs == ["card", "id", "orders", "payment"]


def test_refusing_tells_who_asked_and_twice_is_once(app, mailbox, anna, asked):
    request_id, sam = asked(), colleague()
    note(sam, request_id, anna)
    for _ in range(2):
        transact(lambda: recovering.refuse(sam, request_id, reason=REASON, now=portal_clock.now()))
        jobs.wake()
    assert len([mail for mail in mailbox.to(NEW) if "stays as it is" in mail["Subject"]]) == 1
    assert [row.what for row in audit.rows_of(anna)].count("recovery_refused") == 1


@pytest.mark.both_engines
def test_staff_lift_a_stop_with_a_reason_once(app, mailbox, anna):
    transact(lambda: people.freeze(anna, portal_clock.now()))
    sam = colleague()
    for _ in range(2):
        lift(sam, anna)
    assert row_of(anna).frozen_at is None
    assert [row.what for row in audit.rows_of(anna)] == ["stop_lifted"]
    assert len(mailbox.to(ANNA)) == 1


def test_nobody_lifts_their_own_stop(app, anna):
    own = colleague("owner", ANNA)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    with pytest.raises(Refused) as refused:
        lift(own, anna)
    assert refused.value.facts["why"] == "own"
    assert row_of(anna).frozen_at is not None

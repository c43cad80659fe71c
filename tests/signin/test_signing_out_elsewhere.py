"""The verbs that sign somebody out on other devices ask for a fresh proof themselves, whoever calls them."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import signin
from portal.db import transact
from portal.errors import Refused
from tests.signin.hands import signed_in

pytestmark = pytest.mark.usefixtures("programme")


def devices(person: signin.Person) -> set[str]:
    """The sessions that this person has."""
    return {one.id for one in signin.sessions_of(person, portal_clock.now())}


@pytest.mark.both_engines
@pytest.mark.parametrize("proof", ["none", "old"])
def test_other_sessions_are_ended_after_a_fresh_proof_alone(anna, clock, proof):
    there, here = signed_in(anna, "t" * 43), signed_in(anna, fresh=proof == "old")
    clock.shift(timedelta(minutes=5, seconds=1))
    before = devices(here)
    assert before == {there.session_id, here.session_id}
    for verb in (
        lambda: signin.end_session(here, there.session_id, portal_clock.now()),
        lambda: signin.sessions.end_others(here, portal_clock.now()),
    ):
        with pytest.raises(Refused) as refused:
            transact(verb)
        assert (refused.value.code, refused.value.status) == ("proof_needed", 403)
    assert devices(here) == before


def test_ones_own_session_is_ended_without(anna):
    there, here = signed_in(anna, "t" * 43), signed_in(anna, fresh=False)
    assert transact(lambda: signin.end_session(here, here.session_id, portal_clock.now()))
    assert devices(here) == {there.session_id}

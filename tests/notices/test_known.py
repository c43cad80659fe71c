"""Which keys stand in the outbox: for who would queue many messages again and again."""

import pytest

from portal import clock, notices
from portal.db import transact

pytestmark = pytest.mark.usefixtures("programme")


def queue(key: str) -> None:
    transact(
        lambda: notices.queue(
            "welcome", key=key, recipient="a@example.com", locale="en", facts={}, now=clock.now()
        )
    )


@pytest.mark.both_engines
def test_a_key_is_known_from_when_it_is_queued_among_any_number_of_others():
    assert notices.known([]) == set()
    queue("plan/1")
    asked = [f"plan/{number}" for number in range(1201)]
    assert notices.known(asked) == {"plan/1"}

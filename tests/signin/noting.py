"""The lines of the log for tests of the ways in."""

import pytest
from structlog.testing import capture_logs

from portal import clock as portal_clock
from portal import jobs, signin
from portal.db import transact
from portal.signin import noting
from tests.home.doors import ANNA
from tests.signin.hands import HERE


@pytest.fixture
def lines():
    """The lines of this test, as they are handed to the log: (what, how, outcome), in order."""
    with capture_logs() as seen:
        yield Lines(seen)


class Lines:
    """What was noted."""

    def __init__(self, seen: list) -> None:
        self.seen = seen

    def all(self) -> list[dict]:
        """Every line, in order."""
        return [one for one in self.seen if one["event"] == noting.EVENT]

    def told(self, what: str) -> list[tuple[str, str]]:
        """How, and what came of it, of each line about `what`; they are forgotten."""
        found = [(one.get("how", ""), one["outcome"]) for one in self.all() if one["what"] == what]
        self.seen.clear()
        return found


def wrong(code: str) -> str:
    """Another code than the one that was mailed."""
    return f"{(int(code) + 1) % 10**6:06}"


def ask(mailbox) -> tuple[str, str]:
    """A challenge and its code."""
    challenge_id = transact(
        lambda: signin.ask(
            ANNA, purpose="member", visitor=HERE, next_path=None, locale="en", now=portal_clock.now()
        )
    ).challenge_id
    jobs.wake()
    return challenge_id, mailbox.code(ANNA)

"""What tests of who is locked out do: ask, prove the new address, have it noted at the desk, let the hours pass."""

from datetime import timedelta

from sqlalchemy import select

from portal import clock as portal_clock
from portal import jobs, nightly, signin
from portal.db import read, transact
from tests.home.doors import ANNA
from tests.signin.hands import (
    HERE,
    NEW,
    code_in,
    row_of,
)

ELSEWHERE = signin.Visitor("e" * 43, "Safari", "203.0.113.9")


def ask(told: str = ANNA, email: str = NEW, visitor: signin.Visitor = HERE) -> str:
    """Ask for help with another address; the id of the request."""
    asked = transact(
        lambda: signin.ask_recovery(
            told, email, "My mailbox is gone", visitor=visitor, locale="en-GB", now=portal_clock.now()
        )
    )
    jobs.wake()
    return asked.challenge_id


def prove(mailbox, request_id: str, email: str = NEW, visitor: signin.Visitor = HERE) -> str:
    """Type the code of the new address; what came of it."""
    code = code_in(mailbox, email)
    return transact(
        lambda: signin.prove_recovery(request_id, code, visitor=visitor, now=portal_clock.now())
    ).outcome


def note(request_id: str, member_id: str, staff_id: str, *, enough: bool = True) -> str:
    """A colleague has checked two proofs; the state after it."""
    state = transact(
        lambda: signin.note_proofs(
            request_id,
            row_of(member_id),
            ["id", "card"],
            staff_id=staff_id,
            enough=enough,
            now=portal_clock.now(),
        )
    )
    jobs.wake()
    return state


def begin(mailbox, member_id: str, staff_id: str) -> str:
    """A request that waits; its id."""
    request_id = ask()
    assert prove(mailbox, request_id) == "right"
    assert note(request_id, member_id, staff_id) == "waiting"
    return request_id


def run_nightly() -> None:
    """What the night does."""
    nightly.run(portal_clock.now())
    jobs.wake()


def wait_out(clock) -> None:
    """72 hours pass, and she is reminded on the way."""
    for hours in (48, 24):
        clock.shift(timedelta(hours=hours))
        run_nightly()


def state_of(request_id: str) -> tuple[str, str | None]:
    """The state of a request, and who ended it."""
    row = read(select(signin.Recovery.__table__).where(signin.Recovery.__table__.c.id == request_id)).one()
    return row.state, row.ended_by

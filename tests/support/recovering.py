"""Somebody who has lost her way in, at the desk: what she asks for, and what a colleague notes, decides and lifts."""

import pytest

from portal import clock as portal_clock
from portal import jobs, ledger, signin
from portal import programme as programmes
from portal.db import transact
from portal.support import recovering
from tests.home.doors import ANNA
from tests.signin.hands import HERE, code_in, row_of
from tests.support.acts import REASON, TICKET

NEW = "anna.bell@example.org"
KIM = "kim@example.com"
TWO = ["id", "card"]


@pytest.fixture
def asked(anna, mailbox):
    """A request whose address is proved; its id. `asked(told, email)` makes another."""

    def ask(told: str = ANNA, email: str = NEW) -> str:
        request_id = transact(
            lambda: signin.ask_recovery(
                told, email, "The mailbox was closed", visitor=HERE, locale="en-GB", now=portal_clock.now()
            )
        ).challenge_id
        jobs.wake()
        code = code_in(mailbox, email)
        transact(lambda: signin.prove_recovery(request_id, code, visitor=HERE, now=portal_clock.now()))
        return request_id

    return ask


def note(staff, request_id, member_id, proofs=TWO, ticket=TICKET, reason=REASON, *, stops=False, email=None):
    """She names the address of the request, unless the test says which one."""
    told = signin.find_recovery(request_id).email if email is None else email
    state = transact(
        lambda: recovering.note_proofs(
            staff,
            request_id,
            member_id,
            proofs,
            email=told,
            ticket=ticket,
            reason=reason,
            now=portal_clock.now(),
            stops=stops,
        )
    )
    jobs.wake()
    return state


def lift(staff, member_id, known=(), numbers=()):
    """Staff lift the stop of a member who knows these passkeys and numbers; whether there was one."""
    since = row_of(member_id).frozen_at
    was_stopped = transact(
        lambda: recovering.lift(
            staff,
            member_id,
            since=since,
            known=known,
            numbers=numbers,
            ticket=TICKET,
            reason=REASON,
            now=portal_clock.now(),
        )
    )
    jobs.wake()
    return was_stopped


def enrich(member_id: str) -> None:
    """More points than one colleague may adjust in a day."""
    now = portal_clock.now()
    most = programmes.active()[1].support.daily_points
    because = ledger.Because("support", "k", "test", 1, {"words": "x"})
    transact(
        lambda: ledger.adjust(
            member_id, most, key="adjust/k", fingerprint="", because=because, at=now, day=now.date()
        )
    )

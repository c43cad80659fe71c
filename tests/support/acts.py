"""What colleagues of support do, in one line each."""

from flask import Flask

from portal import clock, people, signin, support
from portal.db import transact
from tests.home.doors import SAM, enter
from tests.page import Visit

TICKET, REASON = "T-17", "She cannot see her last order"


def hire(app: Flask, role: str = "support", email: str = SAM) -> Visit:
    """A browser in which somebody of this role is signed in, a moment ago."""
    transact(lambda: people.add_staff(email, role, clock.now()))
    return enter(app, email, "staff")


def colleague(role: str = "support", email: str = SAM) -> signin.Person:
    """The same without a browser."""
    staff_id = transact(lambda: people.add_staff(email, role, clock.now()))
    return signin.Person(
        kind="staff", id=staff_id, email=email, token="t", session_id=f"s-{email}"[:26], proved_at=clock.now(),
        role=role,
    )  # fmt: skip


def begin(desk: Visit, ref: str = "c-1", reason: str = REASON, status: int = 200) -> None:
    """From the member at the desk to her own pages."""
    desk.open(f"/staff/members/{ref}")
    desk.follow("Look at her pages")
    desk.submit("Begin the visit", status, ticket=TICKET, reason=reason)


def visit(staff: signin.Person, member_id: str, **changes: str) -> str:
    """Begin a visit by the verb."""
    told = {"ticket": TICKET, "reason": REASON} | changes
    return transact(lambda: support.begin_visit(staff, member_id, now=clock.now(), **told))

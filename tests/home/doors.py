"""Ways into the portal for tests: somebody joins, somebody works here, and both sign in by a ready-made link."""

from flask import Flask
from sqlalchemy import text

from portal import clock, joining, people, signin
from portal.db import db, read, transact
from tests.page import Visit

ANNA = "anna@example.com"
SAM = "sam@example.com"


def join(ref: str = "c-1", email: str = ANNA, name: str = "Anna Bell") -> str:
    """A new member who has proved her address; her id."""
    return transact(
        lambda: joining.join(
            people.Profile(name=name, locale="en-GB"), email=email, proved=True, ref=ref, marketing=False,
            terms_version=None, source="shop:main", now=clock.now(),
        )
    )  # fmt: skip


def enter(app: Flask, email: str = ANNA, kind: signin.sessions.Kind = "member") -> Visit:
    """A browser in which the person with this address is signed in."""
    path = transact(lambda: signin.make_link(email, kind, clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit(f"Sign in as {signin.masked(email)} on this device")
    return visit


def employ(app: Flask, email: str = SAM) -> Visit:
    """A browser in which somebody of support is signed in."""
    transact(lambda: people.add_staff(email, "support", clock.now()))
    return enter(app, email, "staff")


def everything() -> dict[str, list[str]]:
    """Every row of every table, as text: equal when nothing has changed."""
    return {
        name: sorted(map(repr, read(text(f"SELECT * FROM {name}")).all()))
        for name in sorted(db.metadata.tables)
    }

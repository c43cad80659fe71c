"""Ways into the portal for tests: somebody joins and signs in by a ready-made link; somebody works here and has a
session as their passkey opens it."""

from flask import Flask
from sqlalchemy import text

from portal import clock, jobs, joining, people, signin
from portal.db import db, new_id, read, run, transact
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
    if kind == "staff":
        return enter_desk(app, email)
    path = transact(lambda: signin.make_link(email, kind, clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit(f"Sign in as {signin.masked(email)} on this device")
    return visit


def step_in(app: Flask, email: str = ANNA) -> Visit:
    """A browser in which this member has a session, as the link opens it: for tests that are not about coming in."""
    member, now, browser = people.by_email(people.address_hash(email)), clock.now(), new_id()
    assert member is not None, "only who has joined can step in"
    token = transact(
        lambda: signin.open_session(
            "member", member.id, challenge_id=new_id(), browser=browser, agent="Chrome · Mac", now=now
        )
    )
    visit = _with_session(app, token, browser, "/")
    jobs.wake()
    return visit


def _with_session(app: Flask, token: str | None, browser: str, door: str) -> Visit:
    """A browser whose cookie of this door holds the session with this token."""
    visit = Visit(app.test_client())
    with visit.client.session_transaction(door) as cookie:
        cookie["_user_id"], cookie["browser"] = token, browser
        cookie.permanent = True
    return visit


def make_fresh(visit: Visit) -> Visit:
    """The same browser, in which she has shown a moment ago that it is still her."""
    session = signin.Session.__table__
    with visit.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    person = signin.load_session(token, clock.now())
    assert person is not None, "somebody is signed in"
    fresh = session.update().where(session.c.id == person.session_id).values(fresh_at=clock.now())
    transact(lambda: run(fresh))
    return visit


def enter_desk(app: Flask, email: str = SAM) -> Visit:
    """A browser in which this colleague has signed in by a passkey, a moment ago."""
    staff, now, browser = people.staff_by_email(email), clock.now(), new_id()
    token = transact(
        lambda: signin.open_session(
            "staff", staff.id, challenge_id=new_id(), browser=browser, agent="Chrome · Mac", now=now,
            passkey_id=new_id(),
        )
    )  # fmt: skip
    visit = _with_session(app, token, browser, "/staff/")
    visit.open("/staff/")
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

"""Challenges: a code and a link, mailed to an address, that prove once whose it is; for joining and signing in alike.

Whoever asks gets the same answer and the same mail, member or not: what the address opens is decided after it is
proved (security.md rule 15), in entering.py.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from portal import notices, people
from portal.db import new_id, read, run
from portal.signin.codes import Asked, Visitor, resend_in
from portal.signin.limits import too_many
from portal.signin.models import Attempt, Ceremony, Challenge, Session
from portal.signin.rules import CODE_LIVES, JOIN_WITHIN
from portal.signin.secrets import code_hash, new_code, new_token, same, token_hash
from portal.signin.sessions import Kind, Person
from portal.signin.telling import not_me_url

_challenge = Challenge.__table__.c
LINK_PATH = "/sign-in/link/"
STAFF_LINK_PATH = "/staff" + LINK_PATH
LONGEST_PATH = 500
STALE = timedelta(days=1)
ENDED_KEPT_FOR = timedelta(days=180)  # a browser stays known for so long after its session ended


def ask(
    email: str,
    *,
    purpose: Kind,
    visitor: Visitor,
    next_path: str | None,
    locale: str,
    now: datetime,
    prover: Person | None = None,
) -> Asked:
    """Send a code and a link to an address, for ten minutes and this browser. Limited by address, IP and all in all.

    To a `prover`: a code alone, for this person, who is in and shows that it is still her. A member's mail has a "this
    was not me" link.
    """
    address = people.normal_address(email)
    if next_path is not None and len(next_path) > LONGEST_PATH:
        next_path = None
    wait = too_many("ask", email=address, ip=visitor.ip, now=now)
    if wait:
        return Asked(None, wait)
    challenge_id, code, link = new_id(), new_code(), new_token()
    _insert(challenge_id, address, purpose, code, link, visitor.browser, next_path, now, now + CODE_LIVES)
    notices.queue(
        "sign_in_code",
        key=f"sign_in_code/{challenge_id}",
        recipient=address,
        locale=locale,
        facts={
            "code": code,
            "link_url": notices.address(_path_of(link, purpose)) if prover is None else "",
            "minutes": int(CODE_LIVES.total_seconds()) // 60,
            "not_me_url": (
                not_me_url(prover.id, prover.email, "proof_asked", now)
                if prover is not None and prover.kind == "member"
                else ""
            ),
        },
        now=now,
        best_before=now + CODE_LIVES,
    )
    return Asked(challenge_id)


def ask_again(challenge_id: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """A new code for the address of a challenge that this browser asked for, half a minute later at the soonest; the
    code and the link of before are too old from then on."""
    challenge = find_challenge(challenge_id, visitor.browser)
    if challenge is None:
        return Asked(None)
    wait = resend_in(challenge, now)
    if wait:
        return Asked(None, wait)
    asked = ask(
        challenge.email, purpose=challenge.purpose, visitor=visitor, next_path=challenge.next_path, locale=locale,
        now=now,
    )  # fmt: skip
    if asked.challenge_id is not None:
        unused = (_challenge.id == challenge_id, _challenge.used_at.is_(None), _challenge.expires_at > now)
        run(update(Challenge).where(*unused).values(expires_at=now))
    return asked


def make_link(email: str, purpose: Kind, now: datetime, minutes: int) -> str:
    """Path of a link that signs in once, from any browser, within `minutes`: for new staff and the demonstration."""
    link = new_token()
    address = people.normal_address(email)
    _insert(new_id(), address, purpose, None, link, None, None, now, now + timedelta(minutes=minutes))
    return _path_of(link, purpose)


def _path_of(link: str, purpose: Kind) -> str:
    return (STAFF_LINK_PATH if purpose == "staff" else LINK_PATH) + link


def find_challenge(challenge_id: str, browser: str) -> Row[Any] | None:
    """A challenge that this browser asked for or used."""
    row = read(select(Challenge.__table__).where(_challenge.id == challenge_id)).one_or_none()
    return row if row is not None and same(row.browser_hash, token_hash(browser)) else None


def find_used_elsewhere(challenge_id: str) -> Row[Any] | None:
    """A challenge that was asked for here, as the browser's cookie says, and used by its link in another browser."""
    used = select(Challenge.__table__).where(_challenge.id == challenge_id, _challenge.used_at.is_not(None))
    return read(used).one_or_none()


def find_link(link: str) -> Row[Any] | None:
    """The challenge behind a mailed link. Looking changes nothing: mail scanners look too."""
    return read(select(Challenge.__table__).where(_challenge.link_hash == token_hash(link))).one_or_none()


def locked_challenge(challenge_id: str) -> Row[Any] | None:
    """This challenge, locked for the rest of the write."""
    return run(
        select(Challenge.__table__).where(_challenge.id == challenge_id).with_for_update()
    ).one_or_none()


def locked_link(link: str) -> Row[Any] | None:
    """The challenge behind a mailed link, locked for the rest of the write."""
    hers = _challenge.link_hash == token_hash(link)
    return run(select(Challenge.__table__).where(hers).with_for_update()).one_or_none()


def spend(challenge: Row[Any], visitor: Visitor, now: datetime) -> None:
    """The challenge is used, and belongs from now on to the browser that used it."""
    run(
        update(Challenge)
        .where(_challenge.id == challenge.id)
        .values(used_at=now, browser_hash=token_hash(visitor.browser))
    )


def proved_address(challenge_id: str, browser: str, now: datetime) -> str | None:
    """The address that this browser proved within the last hour, for somebody who is about to join."""
    challenge = find_challenge(challenge_id, browser)
    if challenge is None or challenge.used_at is None or challenge.purpose != "member":
        return None
    return str(challenge.email) if challenge.used_at + JOIN_WITHIN > now else None


def wanted_path(challenge_id: str, browser: str) -> str | None:
    """The path of our own that somebody who proved an address in this browser was on the way to."""
    challenge = find_challenge(challenge_id, browser)
    return None if challenge is None else challenge.next_path


def forget_address(email: str) -> None:
    """Delete the challenges of an address whose owner has left."""
    run(delete(Challenge).where(_challenge.email == email))


def forget_old(now: datetime) -> int:
    """Delete yesterday's challenges and counters, and sessions that were over long ago; how many rows there were."""
    session, attempt, ceremony = Session.__table__.c, Attempt.__table__.c, Ceremony.__table__.c
    old = (
        delete(Challenge).where(_challenge.expires_at < now - STALE),
        delete(Attempt).where(attempt.began_at < now - STALE),
        delete(Ceremony).where(ceremony.expires_at < now),
        delete(Session).where(session.expires_at < now - ENDED_KEPT_FOR),
        delete(Session).where(session.ended_at < now - ENDED_KEPT_FOR),
    )
    return sum(int(run(statement).rowcount) for statement in old)


def _insert(
    challenge_id: str,
    address: str,
    purpose: Kind,
    code: str | None,
    link: str,
    browser: str | None,
    next_path: str | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    run(
        insert(Challenge),
        {
            "id": challenge_id, "email": address, "purpose": purpose,
            "code_hash": None if code is None else code_hash(challenge_id, code), "link_hash": token_hash(link),
            "browser_hash": None if browser is None else token_hash(browser), "next_path": next_path,
            "created_at": now, "expires_at": expires_at, "tries": 0,
        },
    )  # fmt: skip

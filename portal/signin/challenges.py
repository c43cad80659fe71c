"""Challenges: a code and a link, mailed to an address, that prove once whose it is; for joining and signing in alike.

Whoever asks gets the same answer and the same mail, member or not: what the address opens is decided after it is
proved (security.md rule 15). Outcomes are values, not refusals, because a counted try has to be committed.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from portal import earning, notices, people
from portal.db import new_id, read, run
from portal.signin.limits import too_many
from portal.signin.models import Attempt, Ceremony, Challenge, Session
from portal.signin.noting import note
from portal.signin.rules import CODE_LIVES, CODE_TRIES, JOIN_WITHIN, RESEND_AFTER, code_digits
from portal.signin.secrets import code_hash, new_code, new_token, same, token_hash
from portal.signin.sessions import Kind, Person, open_session, renew, tell_of_new_device

_challenge = Challenge.__table__.c
LINK_PATH = "/sign-in/link/"
STAFF_LINK_PATH = "/staff" + LINK_PATH
LONGEST_PATH = 500
STALE = timedelta(days=1)
ENDED_KEPT_FOR = timedelta(days=180)  # a browser stays known for so long after it signed in or out


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that is on its way, or the seconds to wait before one may be asked for."""

    challenge_id: str | None
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser at hand: its secret, its name for people, where it comes from."""

    browser: str
    agent: str
    ip: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What a code or link led to.

    in: signed in, `token` is for the cookie. new: the address is proved and nobody's yet. wrong: another code.
    used, expired: ask for a new one. limited: too many tries, wait. elsewhere: asked for in another browser.
    no_staff: proved, but nobody who works here. `next_path` is where she was going, also when she has to ask anew.
    """

    outcome: Literal["in", "new", "wrong", "used", "expired", "limited", "elsewhere", "no_staff"]
    kind: Kind = "member"
    token: str | None = None
    challenge_id: str | None = None
    next_path: str | None = None
    wait_seconds: int = 0


def ask(
    email: str,
    *,
    purpose: Kind,
    visitor: Visitor,
    next_path: str | None,
    locale: str,
    now: datetime,
    signs_in: bool = True,
) -> Asked:
    """Send a code and a link to an address, for ten minutes and this browser. Limited by address, IP and all in all.

    Not `signs_in`: a code alone, for somebody who is in and shows that it is still her.
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
            "link_url": notices.address(_path_of(link, purpose)) if signs_in else "",
            "minutes": int(CODE_LIVES.total_seconds()) // 60,
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


def is_elsewhere(challenge: Any, browser: str | None) -> bool:
    """Whether another browser than this one asked for it. One that was made for any browser never is."""
    return challenge.browser_hash is not None and not same(challenge.browser_hash, token_hash(browser or ""))


def resend_in(challenge: Any, now: datetime) -> int:
    """Seconds until a new code may be asked for."""
    left: float = (challenge.created_at + RESEND_AFTER - now).total_seconds()
    return max(0, math.ceil(left))


def is_over(challenge: Any, now: datetime) -> bool:
    """Whether its code works no more: too old, or tried too often."""
    return bool(challenge.expires_at <= now or challenge.tries >= CODE_TRIES)


def enter_by_code(challenge_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Entered:
    """Try a code: five tries for each that was sent, and no more by address, IP and all in all than the limits say."""
    tried = _try_code(challenge_id, typed, visitor, now)
    entered = tried if isinstance(tried, Entered) else _use(tried, visitor, now)
    note("sign_in", entered.outcome, now, kind=entered.kind, how="code", about=challenge_id)
    return entered


def _try_code(challenge_id: str, typed: str, visitor: Visitor, now: datetime) -> Entered | Row[Any]:
    """The challenge whose code was typed, or why it does not count."""
    challenge = _locked(_challenge.id == challenge_id)
    if challenge is None or is_elsewhere(challenge, visitor.browser):
        return Entered("expired")
    if challenge.used_at is not None:
        return Entered("used", next_path=challenge.next_path)
    if is_over(challenge, now):
        return Entered("expired", next_path=challenge.next_path)
    wait = too_many("code", email=challenge.email, ip=visitor.ip, now=now)
    if wait:
        return Entered("limited", wait_seconds=wait)
    run(update(Challenge).where(_challenge.id == challenge_id).values(tries=_challenge.tries + 1))
    if not same(challenge.code_hash, code_hash(challenge_id, code_digits(typed))):
        return Entered("wrong")
    return challenge


def enter_by_link(link: str, *, visitor: Visitor, confirmed: bool, now: datetime) -> Entered:
    """Use a link, once. Another browser than the one that asked has to confirm that it means to."""
    entered = _follow(link, visitor, confirmed, now)
    note("sign_in", entered.outcome, now, kind=entered.kind, how="link", about=entered.challenge_id)
    return entered


def _follow(link: str, visitor: Visitor, confirmed: bool, now: datetime) -> Entered:
    challenge = _locked(_challenge.link_hash == token_hash(link))
    if challenge is None:
        return Entered("expired")
    if challenge.used_at is not None:
        return Entered("used", next_path=challenge.next_path)
    if challenge.expires_at <= now:
        return Entered("expired", next_path=challenge.next_path)
    if is_elsewhere(challenge, visitor.browser) and not confirmed:
        return Entered("elsewhere")
    return _use(challenge, visitor, now)


def prove_again(person: Person, challenge_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Entered:
    """Somebody who is signed in shows by a new code that it is still them: fresh, with another token for the cookie."""
    challenge = find_challenge(challenge_id, visitor.browser)
    if challenge is None or (challenge.purpose, challenge.email) != (person.kind, person.email):
        return Entered("expired")
    tried = _try_code(challenge_id, typed, visitor, now)
    outcome = tried.outcome if isinstance(tried, Entered) else "right"
    note("proof", outcome, now, kind=person.kind, owner_id=person.id, how="code", about=challenge_id)
    if isinstance(tried, Entered):
        return tried
    _spend(tried, visitor, now)
    return Entered("in", person.kind, renew(person, now), tried.id, tried.next_path)


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


def prove_address(member_id: str, ref: str, email: str, *, now: datetime, actor: str) -> None:
    """The address is this member's for sure: what waits for it in its purse becomes hers (Reading 13).

    Refuses `conflict` when it is another member's.
    """
    people.prove_address(member_id, email, now)
    earning.claim_purse(ref, email, at=now, actor=actor)


def forget_address(email: str) -> None:
    """Delete the challenges of an address whose owner has left."""
    run(delete(Challenge).where(_challenge.email == email))


def forget_old(now: datetime) -> int:
    """Delete yesterday's challenges and counters, and sessions that ended long ago; how many rows there were."""
    session, attempt, ceremony = Session.__table__.c, Attempt.__table__.c, Ceremony.__table__.c
    old = (
        delete(Challenge).where(_challenge.expires_at < now - STALE),
        delete(Attempt).where(attempt.began_at < now - STALE),
        delete(Ceremony).where(ceremony.expires_at < now),
        delete(Session).where(session.expires_at < now, session.created_at < now - ENDED_KEPT_FOR),
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


def _locked(which: Any) -> Row[Any] | None:
    return run(select(Challenge.__table__).where(which).with_for_update()).one_or_none()


def _spend(challenge: Row[Any], visitor: Visitor, now: datetime) -> None:
    """The challenge is used, and belongs from now on to the browser that used it."""
    run(
        update(Challenge)
        .where(_challenge.id == challenge.id)
        .values(used_at=now, browser_hash=token_hash(visitor.browser))
    )


def _use(challenge: Row[Any], visitor: Visitor, now: datetime) -> Entered:
    """The address is proved."""
    _spend(challenge, visitor, now)
    if challenge.purpose == "staff":
        staff = people.staff_by_email(challenge.email)
        if staff is None or staff.disabled_at is not None:
            return Entered("no_staff", "staff")
        return _signed_in("staff", staff.id, challenge, visitor, now)
    member = people.by_email(people.address_hash(challenge.email))
    if member is None or member.status != "active":
        return Entered("new", challenge_id=challenge.id, next_path=challenge.next_path)
    if member.email_proved_at is None:
        prove_address(member.id, member.ref, challenge.email, now=now, actor="member")
    tell_of_new_device(
        member, challenge_id=challenge.id, browser=visitor.browser, agent=visitor.agent, now=now
    )  # fmt: skip
    return _signed_in("member", member.id, challenge, visitor, now)


def _signed_in(kind: Kind, owner_id: str, challenge: Row[Any], visitor: Visitor, now: datetime) -> Entered:
    token = open_session(
        kind, owner_id, challenge_id=challenge.id, browser=visitor.browser, agent=visitor.agent, now=now
    )
    return Entered("in", kind, token, challenge.id, challenge.next_path)

"""Entering by a mailed code or link: the address is proved, and only then it is decided whom it lets in (security.md
rule 15); and showing by a code that it is still oneself.

Outcomes are values, not refusals, because a counted try has to be committed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row

from portal import earning, people
from portal.signin.challenges import find_challenge, locked_challenge, locked_link, spend
from portal.signin.codes import Visitor, is_elsewhere, try_code
from portal.signin.models import Challenge
from portal.signin.noting import note
from portal.signin.sessions import Kind, Person, open_session, renew, tell_of_new_device


@dataclass(frozen=True, slots=True)
class Entered:
    """What a code or link led to.

    in: signed in, `token` is for the cookie. new: the address is proved and nobody's yet. wrong: another code.
    used: the right one, once more. expired: ask for a new one. limited: too many tries, wait. elsewhere: asked for in
    another browser. no_staff: proved, but nobody who works here. `next_path` is where she was going, also when she has
    to ask anew.
    """

    outcome: Literal["in", "new", "wrong", "used", "expired", "limited", "elsewhere", "no_staff"]
    kind: Kind = "member"
    token: str | None = None
    challenge_id: str | None = None
    next_path: str | None = None
    wait_seconds: int = 0


def enter_by_code(challenge_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Entered:
    """Try a code: five tries for each that was sent, and no more by address, IP and all in all than the limits say."""
    tried = _try_code(challenge_id, typed, visitor, now)
    entered = tried if isinstance(tried, Entered) else _use(tried, visitor, now)
    note("sign_in", entered.outcome, now, kind=entered.kind, how="code", about=challenge_id)
    return entered


def _try_code(challenge_id: str, typed: str, visitor: Visitor, now: datetime) -> Entered | Row[Any]:
    """The challenge whose code was typed, or why it does not count."""
    tried = try_code(Challenge, locked_challenge(challenge_id), typed, visitor=visitor, now=now)
    if tried.row is None:
        return Entered("expired")
    if tried.outcome == "right":
        return tried.row
    row = tried.row
    return Entered(
        tried.outcome, challenge_id=row.id, next_path=row.next_path, wait_seconds=tried.wait_seconds
    )


def enter_by_link(link: str, *, visitor: Visitor, confirmed: bool, now: datetime) -> Entered:
    """Use a link, once. Another browser than the one that asked has to confirm that it means to."""
    entered = _follow(link, visitor, confirmed, now)
    note("sign_in", entered.outcome, now, kind=entered.kind, how="link", about=entered.challenge_id)
    return entered


def _follow(link: str, visitor: Visitor, confirmed: bool, now: datetime) -> Entered:
    challenge = locked_link(link)
    if challenge is None:
        return Entered("expired")
    if challenge.used_at is not None:
        return Entered("used", challenge_id=challenge.id, next_path=challenge.next_path)
    if challenge.expires_at <= now:
        return Entered("expired", next_path=challenge.next_path)
    if is_elsewhere(challenge, visitor.browser) and not confirmed:
        return Entered("elsewhere")
    return _use(challenge, visitor, now)


def prove_again(person: Person, challenge_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Entered:
    """Somebody who is signed in shows by a new code that it is still them: fresh, with another token for the cookie."""
    challenge = find_challenge(challenge_id, visitor.browser)
    hers = (person.kind, people.normal_address(person.email or ""))
    if challenge is None or (challenge.purpose, challenge.email) != hers:
        return Entered("expired")
    tried = _try_code(challenge_id, typed, visitor, now)
    outcome = tried.outcome if isinstance(tried, Entered) else "right"
    note("proof", outcome, now, kind=person.kind, owner_id=person.id, how="code", about=challenge_id)
    if isinstance(tried, Entered):
        return tried
    spend(tried, visitor, now)
    return Entered("in", person.kind, renew(person, now), tried.id, tried.next_path)


def prove_address(member_id: str, ref: str, email: str, *, now: datetime, actor: str) -> None:
    """The address is this member's for sure: what waits for it in its purse becomes hers (Reading 13).

    Refuses `conflict` when it is another member's.
    """
    people.prove_address(member_id, email, now)
    earning.claim_purse(ref, email, at=now, actor=actor)


def _use(challenge: Row[Any], visitor: Visitor, now: datetime) -> Entered:
    """The address is proved."""
    spend(challenge, visitor, now)
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

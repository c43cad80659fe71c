"""What becomes of the details that somebody sends who has proved an address: she joins, once, and is signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal import granting, ledger, people, referrals, signin
from portal import programme as programmes
from portal.errors import Refused
from portal.joining import service


@dataclass(frozen=True, slots=True)
class Details:
    """What she typed and ticked; an empty `code` is that of no friend."""

    profile: people.Profile
    code: str
    marketing: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """The token of her session, None where she has to sign in; and why a friend's code does not count, if so."""

    token: str | None
    warning: Refused | None = None


def finish(details: Details, *, proof: str, browser: str, agent: str, now: datetime) -> Finished:
    """Make who proved an address by this challenge, in this browser, a member and sign her in.

    One member however often it is called: who has joined by this very proof is signed in again. Of whom a shop has told
    since she asked for the code, the card becomes hers with what she typed. Everybody else who is a member by now has
    to sign in: a card of before that got this address meanwhile stays as it is, and a cookie from before brings nobody
    in twice. Refuses `conflict` when somebody joined with the address at the same moment.
    """
    email = signin.proved_address(proof, browser, now)
    if email is None:
        return Finished(None)
    member, warning = people.by_email(people.address_hash(email)), None
    if member is None:
        member_id = _join(details, email, now)
        if details.code:
            warning = service.come_by(member_id, details.code, details.profile.country, now)
    else:
        member_id = str(member.id)
        ledger.lock(member_id)
        if not signin.was_opened_by(proof, member_id):
            member = people.by_email(people.address_hash(email))
            is_older = member_id < proof  # ids sort by when they were made
            if member is None or member.id != member_id or is_older or _has_agreed(member_id):
                return Finished(None)
            signin.tell_of_new_device(member, challenge_id=proof, browser=browser, agent=agent, now=now)
            warning = _take_up(member, details, email, now)
    token = signin.open_session(
        "member", member_id, challenge_id=proof, browser=browser, agent=agent, now=now
    )
    return Finished(token, warning)


def _join(details: Details, email: str, now: datetime) -> str:
    _, active = programmes.active()
    return service.join(
        details.profile,
        email=email,
        proved=True,
        ref=None,
        marketing=details.marketing,
        terms_version=active.joining.terms_version,
        source=service.PORTAL,
        now=now,
    )


def _take_up(member: Row[Any], details: Details, email: str, now: datetime) -> Refused | None:
    """A shop has written her down while she filled in the details: its card is hers. Why a friend's code does not
    count, if it does not: by a shop's word one comes by the code that it tells. The caller holds her wallet."""
    _, active = programmes.active()
    if member.email_proved_at is None:
        signin.prove_address(member.id, member.ref, email, now=now, actor=people.HERSELF)
    people.change(member.id, details.profile)
    if service.moves_her_days(member, details.profile):
        granting.plan_ahead(member.id, active, active.day(now), at=now, actor=service.PORTAL)
    version = active.joining.terms_version
    people.consent(member.id, "terms", True, version=version, source=service.PORTAL, at=now)
    if details.marketing and not member.marketing:
        service.consent_to_marketing(member.id, True, source=service.PORTAL, now=now)
    return referrals.come_too_late(member.id, details.code) if details.code else None


def _has_agreed(member_id: str) -> bool:
    """Whether she has joined on our own pages, and agreed to the terms there."""
    return any(one.kind == "terms" for one in people.consents(member_id))

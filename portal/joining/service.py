"""The verbs of joining: one way into the programme for the portal, the shops and the import."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from portal import earning, ledger, notices, people, signin
from portal import programme as programmes
from portal.db import read, savepoint
from portal.errors import Refused
from portal.joining.body import MemberBody

_wallet = ledger.Wallet.__table__.c
PORTAL = "portal"  # the source of who joins on our own pages
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a shop's word on a member: whose it is, and whether she joined by it."""

    member_id: str
    joined: bool


def join(
    profile: people.Profile,
    *,
    email: str | None,
    proved: bool,
    ref: str | None,
    marketing: bool,
    terms_version: str | None,
    source: str,
    now: datetime,
    joined_at: datetime | None = None,
) -> str:
    """A new member with her wallet, her welcome points, her consents and what waited for her address; answers her id.

    `source` says through whom: "portal", "shop:main", "import". `proved`: she or the shop has shown that the address is
    hers; only then its purse is credited (Reading 13). Refuses `conflict` when the address or the ref is somebody's.
    """
    _, active = programmes.active()
    joined_at = joined_at or now
    member_id = people.join(
        profile,
        ref=ref,
        email=email,
        proved=proved,
        joined_at=joined_at,
        joined_on=active.day(joined_at),
        now=now,
    )
    ledger.open_wallet(member_id)
    earning.record_activity(member_id, "account", record_id="account", at=now, actor=source)
    if terms_version is not None:
        people.consent(member_id, "terms", True, version=terms_version, source=source, at=now)
    if marketing:
        consent_to_marketing(member_id, True, source=source, now=now)
    if email and proved:
        member = people.by_email(people.address_hash(email))
        assert member is not None, "she was written down a moment ago"
        earning.claim_purse(member.ref, email, at=now, actor=source)
    if email and source == PORTAL:
        available = read(select(_wallet.available).where(_wallet.member_id == member_id)).scalar_one()
        facts = {
            "member_name": profile.name,
            "balance": available,
            "value_minor": active.value_minor(available),
            "home_url": notices.address("/home"),
        }
        notices.queue(
            "welcome", key=f"welcome/{member_id}", recipient=email, locale=profile.locale or active.languages[0],
            facts=facts, now=now, member_id=member_id,
        )  # fmt: skip
    return member_id


def consent_to_marketing(member_id: str, given: bool, *, source: str, now: datetime) -> None:
    """Log that a member wants news, or no longer; the first yes earns the newsletter's points (Reading 8).

    The caller asks only when it changes: each call is a line of the consent log.
    """
    _, active = programmes.active()
    people.consent(
        member_id, "marketing", given, version=active.joining.terms_version, source=source, at=now
    )  # fmt: skip
    if given:
        earning.record_activity(member_id, "newsletter", record_id="newsletter", at=now, actor=source)


def put_member(ref: str, body: MemberBody, *, source: str, now: datetime) -> Put:
    """Take a shop's word on the member it knows as `ref`: she joins, is linked to that id, or changes.

    An unknown address joins. One of another member is linked only when the shop vouches for it (`email_verified`), and
    an address that a member has proved herself is changed only so; else it refuses `conflict`. `joined_at` of the first
    word stays (Reading 36). Refuses `in_the_future` for a day of joining more than a day ahead.
    """
    if body.joined_at is not None and body.joined_at > now + AHEAD:
        raise Refused("in_the_future", "joined_at lies more than a day ahead.", pointer="/joined_at")
    member = people.by_ref(ref)
    if member is None and body.email is not None:
        member = _linked(ref, body)
    if member is None:
        try:
            with savepoint():
                return Put(_join(ref, body, source, now), joined=True)
        except Refused as refused:
            member = people.by_ref(ref)  # the same word arrived twice at once, and the other one was first
            if refused.code != "conflict" or member is None:
                raise
    people.change(member.id, body.profile)
    if body.email is not None:
        _put_address(member, ref, body, source, now)
    marketing = body.consents.marketing if body.consents is not None else None
    if marketing is not None and marketing != member.marketing:
        consent_to_marketing(member.id, marketing, source=source, now=now)
    return Put(member.id, joined=False)


def _join(ref: str, body: MemberBody, source: str, now: datetime) -> str:
    return join(
        body.profile,
        email=body.email,
        proved=body.email_verified,
        ref=ref,
        marketing=bool(body.consents and body.consents.marketing),
        terms_version=None,
        source=source,
        now=now,
        joined_at=body.joined_at,
    )


def _linked(ref: str, body: MemberBody) -> Row[Any] | None:
    """The member of this address, known by `ref` from now on; None when the address is nobody's."""
    member = people.by_email(people.address_hash(body.email or ""))
    if member is None:
        return None
    if people.owner_of("customer", ref) == member.id:
        return member  # the same word arrived twice at once, and the other one has just joined her
    if not body.email_verified:
        raise Refused(
            "conflict", "This address belongs to another member; send email_verified once it is proved.",
            pointer="/email",
        )  # fmt: skip
    people.link(member.id, ref)
    return member


def _put_address(member: Row[Any], ref: str, body: MemberBody, source: str, now: datetime) -> None:
    address = people.normal_address(body.email or "")
    changes = address != member.email
    if body.email_verified and (changes or member.email_proved_at is None):
        signin.prove_address(member.id, ref, address, now=now, actor=source)
        if changes:
            signin.end_sessions(member.id, now)  # who could read the old mailbox is signed in no longer
    elif changes and member.email_proved_at is not None:
        raise Refused(
            "conflict", "The member has proved the address she has; send email_verified to change it.",
            pointer="/email",
        )  # fmt: skip
    elif changes:
        people.note_address(member.id, address)

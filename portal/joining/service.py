"""The verbs of joining: one way into the programme for the portal, the shops and the import."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from portal import earning, ledger, notices, people, referrals, signin
from portal import programme as programmes
from portal.db import read, savepoint
from portal.errors import Refused
from portal.joining.body import MemberBody

_wallet = ledger.Wallet.__table__.c
PORTAL = "portal"  # the source of who joins on our own pages
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a shop's word on a member: whose it is, and whether she joined by it.

    `waits`: the address is hers, but nobody has shown that the id is; nothing was written, and she has to be asked.
    `warning`: why the referral that came with it does not count, beside all else, which does.
    """

    member_id: str
    joined: bool
    waits: bool = False
    warning: Refused | None = None


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
    if active.referral is not None:  # where sharing is switched on later, the page Share makes her one
        referrals.give_code(member_id, profile.name)
    if email is None or not people.former_owners(
        people.address_hash(email)
    ):  # once per person ever (Reading 36)
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


def come_by(member_id: str, code: str, country: str | None, at: datetime) -> Refused | None:
    """Whoever has just joined was brought by the member with this code; why that does not count, if it does not.

    Orders that she brought along count like those to come.
    """
    warning = referrals.joined(member_id, code, country, at)
    if warning is None:
        earning.note_first_order(member_id)
    return warning


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

    An unknown address joins. One of another member is linked only when the shop vouches for it (`email_verified`); else
    its word waits for hers, as a value and no refusal, because to ask her has to be committed (`ask_owner`). An address
    that a member has proved herself is changed only by vouching, and two members are never made one: it refuses
    `conflict`. `joined_at` of the first word stays (Reading 36). Refuses `in_the_future` for a day of joining more than
    a day ahead.
    """
    if body.joined_at is not None and body.joined_at > now + AHEAD:
        raise Refused("in_the_future", "joined_at lies more than a day ahead.", pointer="/joined_at")
    member = people.by_ref(ref)
    if member is None and body.email is not None:
        member = people.by_email(people.address_hash(body.email))
        # The same word may have arrived twice at once: then the other one has just joined or linked her.
        if member is not None and people.owner_of("customer", ref) != member.id:
            if not body.email_verified:
                return Put(member.id, joined=False, waits=True)
            people.link(member.id, ref)
    if member is None:
        try:
            with savepoint():
                return _join(ref, body, source, now)
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
    late = referrals.come_too_late(member.id, body.referral_code) if body.referral_code else None
    return Put(member.id, joined=False, warning=late)


def _join(ref: str, body: MemberBody, source: str, now: datetime) -> Put:
    member_id = join(
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
    code = body.referral_code
    return Put(member_id, True, warning=come_by(member_id, code, body.country, now) if code else None)


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

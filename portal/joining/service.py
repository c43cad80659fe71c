"""The verbs of joining: one way into the programme for the portal, the shops and the import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from portal import earning, giving, granting, ledger, notices, people, referrals, signin, tiers
from portal import programme as programmes
from portal.db import read, savepoint
from portal.errors import Refused
from portal.joining.body import MemberBody
from portal.programme import Programme

_wallet = ledger.Wallet.__table__.c
PORTAL = "portal"  # the source of who joins on our own pages
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a shop's word on a member: whose it is, and whether she joined by it.

    `waits`: the address is hers, but nobody has shown that the id is; nothing was written, and she has to be asked.
    `warnings`: what of it does not count and why (a referral, a proof of no address), beside all else, which does.
    """

    member_id: str
    joined: bool
    waits: bool = False
    warnings: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Joiner:
    """Somebody who was written down a moment ago, at `now`, with her address where it was proved and orders may wait.

    `plain`: she brings along nothing that has its day, or a birthday alone (`born`: MM-DD and zone) that is not near.
    """

    member_id: str
    now: datetime
    first_time: bool = True
    plain: bool = True
    born: tuple[str, str | None] | None = None
    proved: str | None = None
    terms_version: str | None = None
    marketing: bool = False


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
    children: Sequence[people.Child] = (),
) -> str:
    """A new member with her wallet, her welcome, her consents and what waited for her address; answers her id.

    The welcome (points, gifts, what the programme gives to a charity) is given once per person ever (Reading 36).
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
    if children:
        people.put_children(member_id, children)
    joiner = Joiner(
        member_id,
        now,
        first_time=email is None or not people.former_owners(people.address_hash(email)),
        plain=profile.birthday is None and not children,
        proved=email if proved else None,
        terms_version=terms_version,
        marketing=marketing,
    )
    begin([joiner], active, active.day(now), source)
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


def begin(joiners: Sequence[Joiner], active: Programme, day: date, source: str) -> None:
    """What begins with joining, for several of one day: welcome, consents, what waited for a proved address, gifts."""
    for one in joiners:
        if one.terms_version is not None:
            people.consent(one.member_id, "terms", True, version=one.terms_version, source=source, at=one.now)
    agreed = [(one.member_id, one.now) for one in joiners if one.marketing]
    people.consent_all(agreed, "marketing", True, version=active.joining.terms_version, source=source)
    brought = set()
    for one in joiners:
        if one.first_time:
            earning.give_activity(one.member_id, "account", at=one.now, actor=source)
        if one.marketing:
            earning.give_activity(one.member_id, "newsletter", at=one.now, actor=source)
        if one.proved:
            member = people.by_email(people.address_hash(one.proved))
            assert member is not None, "she was written down a moment ago"
            if earning.claim_purse(member.ref, one.proved, at=one.now, actor=source):
                brought.add(one.member_id)
    granting.joined_all(
        [
            granting.Joiner(
                one.member_id, one.now, one.first_time, one.plain and one.member_id not in brought, one.born
            )
            for one in joiners
        ],
        active,
        day=day,
        actor=source,
    )
    for one in joiners:
        if one.first_time:
            giving.fund_all(one.member_id, active, "joining", ref="joining", at=one.now, day=day)


def come_by(member_id: str, code: str, country: str | None, at: datetime) -> Refused | None:
    """Whoever has just joined was brought by the member with this code; why that does not count, if it does not.

    Orders that she brought along count like those to come.
    """
    warning = referrals.joined(member_id, code, country, at)
    if warning is None:
        earning.note_first_order(member_id, at)
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
        earning.give_activity(member_id, "newsletter", at=now, actor=source)


def put_attribute(
    ref: str,
    name: str,
    value: bool,
    since: date | datetime | None,
    until: date | datetime | None,
    *,
    source: str,
    now: datetime,
) -> None:
    """Take an outside fact about the member that shops know as `ref`: it holds, or holds no longer (Reading 32).

    It holds from `since` (the day of `now` when left out; as before, where it holds already) to the end of `until`;
    an instant means its day in the programme's zone. False ends it at once, or with the day before a `since` ahead.
    Tiers and grants that hang on it follow. Twice is once. Refuses `unknown_member`, and `bad_value` for an `until`
    before `since`.
    """
    _, active = programmes.active()
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        raise Refused("unknown_member", "There is no such member.", status=404)
    ledger.lock(member.id)
    day = active.day(now)
    begins, ends = _day(since, active), _day(until, active)
    before = people.attribute(member.id, name)
    held_since = (
        before.since if before is not None and before.holds and (before.until or day) >= day else None
    )
    if value:
        begins = begins or (held_since if held_since is not None and held_since <= day else day)
        if ends is not None and ends < begins:
            raise Refused("bad_value", "until lies before since.", pointer="/until")
    elif held_since is not None and begins is not None and begins > max(day, held_since):
        value, begins, ends = True, held_since, begins - timedelta(days=1)
    else:
        begins, ends = day, None
    people.set_attribute(member.id, name, value, since=begins, until=ends, at=now)
    tiers.follow_attribute(member.id, active, name, holds=value, since=begins, until=ends, at=now, day=day)
    granting.follow(member.id, active, at=now, day=day, actor=source)


def _day(when: date | datetime | None, programme: Programme) -> date | None:
    return programme.day(when) if isinstance(when, datetime) else when


def put_member(ref: str, body: MemberBody, *, source: str, now: datetime) -> Put:
    """Take a shop's word on the member it knows as `ref`: she joins, is linked to that id, or changes.

    An unknown address joins. One of another member is linked only when the shop vouches for it (`email_verified`); else
    its word waits for hers, as a value and no refusal, because to ask her has to be committed (`ask_owner`). An address
    that a member has proved herself is changed only by vouching, and two members are never made one: it refuses
    `conflict`. To vouch without naming an address is for the one she has; a warning where she has none. `joined_at` of
    the first word stays (Reading 36). Refuses `in_the_future` for a day of joining more than a day ahead.
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
    ledger.lock(member.id)
    people.change(member.id, body.profile)
    others = body.profiles is not None and people.put_children(
        member.id, [one.child for one in body.profiles]
    )
    if others or moves_her_days(member, body.profile):
        _, active = programmes.active()
        granting.plan_ahead(member.id, active, active.day(now), at=now, actor=source)
    address = body.email or (member.email if body.email_verified else None)
    if address is not None:
        _put_address(member, ref, address, body.email_verified, source, now)
    marketing = body.consents.marketing if body.consents is not None else None
    if marketing is not None and marketing != member.marketing:
        consent_to_marketing(member.id, marketing, source=source, now=now)
    late = referrals.come_too_late(member.id, body.referral_code) if body.referral_code else None
    return Put(member.id, joined=False, warnings=_warnings(late, body, address))


def _warnings(referral: Refused | None, body: MemberBody, address: str | None) -> tuple[Refused, ...]:
    """What of a word does not count: its referral, or a proof where she has no address."""
    found = [referral] if referral is not None else []
    if body.email_verified and address is None:
        found.append(Refused("missing_field", "There is no e-mail to be verified.", pointer="/email"))
    return tuple(found)


def moves_her_days(member: Row[Any], profile: people.Profile) -> bool:
    """Whether her birthday, or the zone in which it begins, is another one now (Reading 2)."""
    told = ((profile.birthday, member.birthday), (profile.timezone, member.timezone))
    return any(new is not None and new != old for new, old in told)


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
        children=[one.child for one in body.profiles or ()],
    )
    code = body.referral_code
    uncounted = come_by(member_id, code, body.country, now) if code else None
    return Put(member_id, True, warnings=_warnings(uncounted, body, body.email))


def _put_address(
    member: Row[Any], ref: str, address: str, verified: bool, source: str, now: datetime
) -> None:
    changes = address != member.email
    if verified and (changes or member.email_proved_at is None):
        if changes:
            signin.end_sessions(member.id, now)  # who could read the old mailbox is signed in no longer
        if changes and member.email_proved_at is not None and not notices.delivery_is_assumed():
            signin.put_address(member, address, how="shop", actor=source, now=now)
        else:
            signin.prove_address(member.id, ref, address, now=now, actor=source)
    elif changes and member.email_proved_at is not None:
        raise Refused(
            "conflict", "The member has proved the address she has; send email_verified to change it.",
            pointer="/email",
        )  # fmt: skip
    elif changes:
        people.note_address(member.id, address)

"""Many who join at once in few statements: those of whom a shop says no more than who they are.

Whatever is not that plain (an address that is somebody's or for which orders wait, a friend's code, a birthday near
the day, children, somebody who is known) is left to the caller, who tells it by `put_member`; both leave the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from portal import earning, granting, ledger, people, referrals
from portal import programme as programmes
from portal.db import savepoint
from portal.errors import Refused
from portal.joining.body import MemberBody
from portal.joining.service import AHEAD, Joiner, Put, begin
from portal.programme import Programme


@dataclass(frozen=True, slots=True)
class Word:
    """A shop's word on the member that it knows as `ref`, and its instant."""

    ref: str
    body: MemberBody
    now: datetime


class _Taken(Exception):
    """What somebody needs to join is another's meanwhile."""


def put_fresh(words: Sequence[Word], *, source: str) -> list[Put | None]:
    """Take those of many words by which somebody plainly joins, in few statements; None for each that is left to the
    caller, who tells it by `put_member`. Both leave the same."""
    _, active = programmes.active()
    fresh = _fresh(words, active)
    if not fresh:
        return [None] * len(words)
    try:
        with savepoint():
            joined = dict(zip((word.ref for word in fresh), _join_all(fresh, active, source), strict=True))
    except (_Taken, Refused):
        return [None] * len(words)
    return [Put(joined[word.ref], joined=True) if word.ref in joined else None for word in words]


def joins_plainly(body: MemberBody, day: date) -> bool:
    """Whether a word that is told on `day` on somebody unknown says who she is and nothing that others could be
    concerned by, or that has its day: a friend's code, children, a birthday that may be within the day, a proof of no
    address. Whose her address is, the caller sees to."""
    if body.referral_code is not None or body.profiles is not None:
        return False
    if body.email_verified and body.email is None:
        return False
    return body.birthday is None or not granting.is_near(body.birthday, day)


def _fresh(words: Sequence[Word], active: Programme) -> list[Word]:
    """Those of many words by which somebody plainly joins."""
    told = Counter(word.ref for word in words)
    known = people.taken("customer", told)
    plain = [
        word
        for word in words
        if told[word.ref] == 1
        and word.ref not in known
        and joins_plainly(word.body, active.day(word.now))
        and (word.body.joined_at is None or word.body.joined_at <= word.now + AHEAD)
    ]
    named = Counter(_address(word) for word in words if word.body.email is not None)
    if not named:
        return plain
    taken = people.taken("email", named)
    taken |= earning.waiting_purses({_address(word) for word in plain if word.body.email_verified})
    return [
        word
        for word in plain
        if word.body.email is None or (named[_address(word)] == 1 and _address(word) not in taken)
    ]


def _address(word: Word) -> str:
    return people.address_hash(word.body.email or "")


def _join_all(words: Sequence[Word], active: Programme, source: str) -> list[str]:
    ids = people.join_all([_newcomer(one, active) for one in words])
    if ids is None:
        raise _Taken
    ledger.open_wallets(ids)
    named = [(member_id, one.ref, one.body.name) for member_id, one in zip(ids, words, strict=True)]
    if active.referral is not None and not referrals.give_codes(named):
        raise _Taken
    before = people.were_members({_address(one) for one in words if one.body.email is not None})
    joiners = [_joiner(member_id, one, before) for member_id, one in zip(ids, words, strict=True)]
    for day, of_day in groupby(sorted(joiners, key=lambda one: one.now), lambda one: active.day(one.now)):
        begin(list(of_day), active, day, source)
    return ids


def _newcomer(word: Word, active: Programme) -> people.Newcomer:
    joined_at, body = word.body.joined_at or word.now, word.body
    proved_at = word.now if body.email_verified else None
    return people.Newcomer(word.ref, body.profile, joined_at, active.day(joined_at), body.email, proved_at)


def _joiner(member_id: str, word: Word, before: set[str]) -> Joiner:
    body = word.body
    return Joiner(
        member_id,
        word.now,
        first_time=body.email is None or _address(word) not in before,
        born=None if body.birthday is None else (body.birthday, body.timezone),
        marketing=bool(body.consents and body.consents.marketing),
    )

"""Many who join at once in few statements: those of whom a shop says no more than who they are.

Whatever is not that plain (an address, a friend's code, a birthday, somebody who is known) is left to the caller, who
tells it by `put_member`; both leave the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import ledger, people, referrals
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
    """Take those of many words of one day by which somebody plainly joins, in few statements; None for each that is
    left to the caller, who tells it by `put_member`. Both leave the same."""
    _, active = programmes.active()
    told = Counter(word.ref for word in words)
    known = people.taken("customer", told)
    fresh = [
        word
        for word in words
        if joins_plainly(word.body)
        and told[word.ref] == 1
        and word.ref not in known
        and (word.body.joined_at is None or word.body.joined_at <= word.now + AHEAD)
    ]
    if not fresh:
        return [None] * len(words)
    try:
        with savepoint():
            joined = dict(zip((word.ref for word in fresh), _join_all(fresh, active, source), strict=True))
    except (_Taken, Refused):
        return [None] * len(words)
    return [Put(joined[word.ref], joined=True) if word.ref in joined else None for word in words]


def joins_plainly(body: MemberBody) -> bool:
    """Whether a word on somebody unknown says who she is and nothing that others could be concerned by, or that has
    its day: an address, a friend's code, a birthday, children."""
    told = (body.email, body.birthday, body.profiles, body.referral_code)
    return all(one is None for one in told)


def _join_all(words: Sequence[Word], active: Programme, source: str) -> list[str]:
    when = [one.body.joined_at or one.now for one in words]
    ids = people.join_all(
        [
            people.Newcomer(one.ref, one.body.profile, joined_at, active.day(joined_at))
            for one, joined_at in zip(words, when, strict=True)
        ]
    )
    if ids is None:
        raise _Taken
    ledger.open_wallets(ids)
    named = [(member_id, one.ref, one.body.name) for member_id, one in zip(ids, words, strict=True)]
    if active.referral is not None and not referrals.give_codes(named):
        raise _Taken
    joiners = [
        Joiner(member_id, one.now, marketing=bool(one.body.consents and one.body.consents.marketing))
        for member_id, one in zip(ids, words, strict=True)
    ]
    begin(joiners, active, active.day(words[0].now), source)
    return ids

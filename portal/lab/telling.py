"""Telling a history to the portal: one chunk of order states, to be written together with how far the run has come.

A history is told as if at the time: each state is written at the instant it speaks of, except that nothing goes back
behind the member's joining or her newest ledger entry, nor ahead of now. So a history that is imported after the
member has gone on living is written at that newest instant, while every rule still counts by `placed_at` (Reading 4).
What was due for her by then is done before each state, each thing on its day (Reading 19).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import and_, or_, select

from portal import earning, ledger, people
from portal.db import read, savepoint
from portal.errors import Refused
from portal.lab.reading import State

_directory, _member = people.Directory.__table__.c, people.Member.__table__.c
_wallet, _entry = ledger.Wallet.__table__.c, ledger.Entry.__table__.c

# Kind and key in the directory: ("customer", the shop's id) or ("email", the address's hash).
Who = tuple[str, str]
Join = Callable[[State, datetime], str]
JoinMany = Callable[[Sequence[tuple[State, datetime]]], Sequence[str | None]]


@dataclass(slots=True)
class _Known:
    """A member as a chunk knows her: before `last` nothing is written any more."""

    id: str
    last: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What one chunk did: states that stood already, members that joined, and what was refused, by place."""

    repeated: int
    joined: int
    refused: tuple[tuple[int, State, Refused], ...]


def tell(
    states: Sequence[State],
    first: int,
    *,
    shop: str,
    join: Join | None,
    now: datetime,
    actor: str,
    join_many: JoinMany | None = None,
) -> Told:
    """Write a chunk of a history, whose first state has the place `first`; called inside a write.

    `join` lets a member that nobody knows join at the instant of her first order; `join_many` does so for several at
    once, and answers None for each that it leaves to `join`. Most chunks hold nothing that is
    refused and are written straight through; one that does is undone and written again with a savepoint for each
    state, so that a refused state leaves nothing behind.
    """
    try:
        with savepoint():
            return _tell_together(states, shop, join, join_many, now, actor)
    except Refused:
        return _tell_one_by_one(states, first, shop, join, now, actor)


def _tell_together(
    states: Sequence[State],
    shop: str,
    join: Join | None,
    join_many: JoinMany | None,
    now: datetime,
    actor: str,
) -> Told:
    """Everybody who is new joins, then what is told for the first time is written together, and then the others."""
    known_by = _known_by(states)
    joined = 0 if join_many is None else _join_many(states, known_by, join_many, now)
    tellings = []
    for _, state in _by_member(states, 0):
        at = min(state.at, now)
        member = _member_of(state, known_by)
        if member is None and join is not None and state.member is not None:
            member = known_by[_names(state)[0]] = _Known(join(state, at), at)
            joined += 1
        if member is not None:
            at = member.last = max(at, member.last)
        tellings.append(earning.Telling(_body(state), shop, state.number, at, actor))
    answers = earning.record_fresh(tellings)
    left = [told for told, answer in zip(tellings, answers, strict=True) if answer is None]
    return Told(sum([_record(told) for told in left]), joined, ())


def _join_many(
    states: Sequence[State], known_by: dict[Who, _Known], join_many: JoinMany, now: datetime
) -> int:
    """Let those who are new join by their first states, as far as they can together; how many did."""
    first: dict[Who, tuple[State, datetime]] = {}
    for _, state in _by_member(states, 0):
        if state.member is not None and _member_of(state, known_by) is None:
            first.setdefault(_names(state)[0], (state, min(state.at, now)))
    ids = join_many(list(first.values()))
    joined = {
        who: _Known(member_id, at)
        for (who, (_, at)), member_id in zip(first.items(), ids, strict=True)
        if member_id is not None
    }
    known_by |= joined
    return len(joined)


def _tell_one_by_one(
    states: Sequence[State], first: int, shop: str, join: Join | None, now: datetime, actor: str
) -> Told:
    """Each state with what it needs in a savepoint: a refused one leaves nothing behind."""
    known_by = _known_by(states)
    repeated, joined = 0, 0
    refused = []
    for place, state in _by_member(states, first):
        at = min(state.at, now)
        member = _member_of(state, known_by)
        fresh = None
        try:
            with savepoint():
                body = _body(state)
                if member is None and join is not None and state.member is not None:
                    member = fresh = _Known(join(state, at), at)
                if member is not None:
                    at = max(at, member.last)
                stood = _record(earning.Telling(body, shop, state.number, at, actor))
        except Refused as refusal:
            refused.append((place, state, refusal))
            continue
        repeated += stood
        if fresh is not None:
            joined += 1
            known_by[_names(state)[0]] = fresh
        if member is not None:
            member.last = at
    return Told(repeated, joined, tuple(refused))


def _by_member(states: Sequence[State], first: int) -> list[tuple[int, State]]:
    """The states with their places, by member, so that two imports lock members in one order.

    The sort keeps each member's own order of time.
    """
    return sorted(enumerate(states, first), key=lambda told: _names(told[1])[:1])


def _member_of(state: State, known_by: dict[Who, _Known]) -> _Known | None:
    return next((known_by[who] for who in _names(state) if who in known_by), None)


def _record(telling: earning.Telling) -> bool:
    """Whether the state stood already, or a later one, which holds all that it says."""
    try:
        answer = earning.record_order(
            telling.body, shop=telling.shop, number=telling.number, at=telling.at, actor=telling.actor
        )
    except Refused as refusal:
        if refusal.code != "stale_version":
            raise
        return True
    return answer.repeated


def _body(state: State) -> earning.OrderBody:
    try:
        return earning.OrderBody.model_validate(state.draft)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = "/".join(str(part) for part in first["loc"])
        raise Refused("bad_value", f"{field}: {first['msg']}" if field else first["msg"]) from None


def _names(state: State) -> list[Who]:
    """Under what the directory may know whose order it is, the shop's id first."""
    by_id = [("customer", state.member)] if state.member else []
    return [*by_id, *([("email", people.address_hash(state.email))] if state.email else [])]


def _known_by(states: Sequence[State]) -> dict[Who, _Known]:
    """The members among those that the states name."""
    names = {who for state in states for who in _names(state)}
    of_kind = [
        and_(_directory.kind == kind, _directory.key.in_(sorted(key for one, key in names if one == kind)))
        for kind in ("customer", "email")
    ]
    statement = (
        select(_directory.kind, _directory.key, _member.id, _member.joined_at, _entry.at)
        .join(people.Member, _member.id == _directory.owner)
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .outerjoin(ledger.Entry, and_(_entry.member_id == _wallet.member_id, _entry.seq == _wallet.seq))
        .where(or_(*of_kind))
    )
    members: dict[str, _Known] = {}
    found = {}
    for row in read(statement).all():
        fresh = _Known(row.id, max(row.joined_at, row.at or row.joined_at))
        found[row.kind, row.key] = members.setdefault(row.id, fresh)
    return found

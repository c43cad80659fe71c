"""Many orders in few statements: those that are told for the first time, for members with nothing else due.

Whatever is not that plain (a newer state, a guest, a refusal, points that mature in between) is left to the caller, who
tells it by `record_order`; both leave the same books.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal import granting, ledger, people, tiers
from portal import programme as programmes
from portal.db import run, run_many, savepoint
from portal.earning import statements
from portal.earning.applying import Before, outcome, weigh
from portal.earning.body import OrderBody
from portal.earning.measuring import FOLLOWED
from portal.earning.rules import is_given_back
from portal.earning.service import AHEAD
from portal.earning.telling import Answer, Told
from portal.errors import Refused
from portal.programme import Programme

Who = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Telling:
    """One of many orders, told at its own instant."""

    body: OrderBody
    shop: str
    number: str
    at: datetime
    actor: str


class _Taken(Exception):
    """Another write has told one of the orders meanwhile."""


def record_fresh(tellings: Sequence[Telling]) -> list[Answer | None]:
    """Record those of many orders that are plain; None for each that is left to the caller, who keeps to their order.

    Of one member either all orders are recorded or none, so what is left is told in its own order. A refused order is
    left like any other: `record_order` says why.
    """
    number, active = programmes.active()
    if not _is_plain(active):
        return [None] * len(tellings)
    told = [
        Told.of(one.body, one.shop, one.number, one.at, active.day(one.at), one.actor) for one in tellings
    ]
    members = _members(told)
    left = _not_fresh(told, members)
    while any(member is not None and member.id not in left for member in members):
        batch = _Batch([m for m in members if m is not None and m.id not in left], told, number, active)
        answers = [
            None if member is None or member.id in left else batch.add(member, one)
            for one, member in zip(told, members, strict=True)
        ]
        left_now = {m.id for m, a in zip(members, answers, strict=True) if m is not None and a is None}
        if left_now == left:
            return answers if batch.write() else [None] * len(told)
        left = left_now  # of a member who is left everything is, also what came before
    return [None] * len(told)


def _is_plain(programme: Programme) -> bool:
    """Whether nothing follows from an order but points, tiers and goals."""
    is_noted = programme.expiry.kind == "inactivity"  # as the day on which she was last active
    return not (programme.follows_orders or is_noted)


def _members(told: Sequence[Told]) -> list[Row[Any] | None]:
    """Whose each order is, by id and else by a proved address, all locked; None where it is not so plain."""
    keys: list[tuple[Who | None, Who | None]] = []
    for one in told:
        ref = one.body.member.id if one.body.member is not None else None
        address = one.body.address
        keys.append(
            (
                None if ref is None else ("customer", ref),
                None if address is None else ("email", people.address_hash(address)),
            )
        )
    wanted = {key for pair in keys for key in pair if key is not None}
    found: dict[Who, Row[Any]] = {}
    if wanted:
        asked: dict[str, Any] = {
            f"p_{kind}s": sorted(key for one, key in wanted if one == kind) for kind in ("customer", "email")
        }
        days = [one.day for one in told]
        asked |= statements.lots_due(min(days), max(days))
        found = {(row.kind, row.key): row for row in run(statements.members(), asked)}
    members = []
    for by_ref, by_address in keys:
        member = found.get(by_ref) if by_ref is not None else None
        if member is None and by_address is not None:
            member = found.get(by_address)
            member = member if member is not None and member.email_proved_at is not None else None
        members.append(member)
    return members


def _not_fresh(told: Sequence[Told], members: Sequence[Row[Any] | None]) -> set[str]:
    """Members who have to be left: an order of theirs is known, comes twice, lies ahead, or a friend waits for it; or
    something is due for them, or their day is to be fixed."""
    times = Counter(one.ref for one in told)
    known = set(run(statements.known_orders(), {"p_refs": sorted(times)}).scalars())
    return {
        member.id
        for one, member in zip(told, members, strict=True)
        if member is not None
        and (
            times[one.ref] > 1
            or one.ref in known
            or one.body.placed_at > one.at + AHEAD
            or member.invited
            or member.chooses
            or member.lots_due
            or member.gift_due
            or (member.agenda_on is not None and member.agenda_on <= one.day)
        )
    }


class _Batch:
    """Orders that are weighed one after the other, each upon what those before it leave, and then written together."""

    def __init__(
        self, members: Sequence[Row[Any]], told: Sequence[Told], number: int, active: Programme
    ) -> None:
        self._number, self._active = number, active
        wallets = {member.id: member for member in members}
        self._tally = tiers.Tally(list(wallets))
        self._credits = ledger.Credits(wallets.values())
        days = {active.day(one.body.placed_at) for one in told}
        self._gathering = granting.Gathering(list(wallets), active, days)
        waiting = {"p_members": [wallet.member_id for wallet in wallets.values() if wallet.pending]}
        self._due_on = {row.member_id: row.due_on for row in run(statements.next_due(), waiting)}
        self._orders: list[dict[str, Any]] = []
        self._owners: dict[str, str] = {}

    def add(self, member: Row[Any], told: Told) -> Answer | None:
        """The answer to one order; None when it is refused, when something of its member is due before it, or when it
        reaches a goal."""
        due_on = self._due_on.get(member.id)
        grants = self._tally.grants(member.id)
        if (due_on is not None and due_on <= told.day) or any(
            grant.review_on is not None and grant.review_on <= told.day for grant in grants
        ):
            return None
        before = Before()
        try:
            weighed = weigh(member, before, told, grants, self._number, self._active)
        except Refused:
            return None
        if told.body.codes or is_given_back(weighed.order):
            return None  # codes may be of other members, whose wallets this write does not hold
        towards = {key: change for key, change in weighed.measured.items() if key.startswith(FOLLOWED)}
        if not self._gathering.add(member.id, towards, weighed.order.placed_on):
            return None
        if weighed.change:
            self._credits.credit(
                member.id,
                weighed.change,
                key=told.key(),
                fingerprint=told.hash,
                because=weighed.because,
                expires_on=weighed.expires_on,
                at=told.at,
                day=told.day,
                matures_on=weighed.matures_on,
            )
            if weighed.waits:
                self._due_on[member.id] = min(weighed.matures_on, due_on or weighed.matures_on)
        risen = self._tally.count(
            member.id,
            self._active,
            weighed.counted,
            placed_on=weighed.order.placed_on,
            reached_by=f"order/{told.ref}",
            at=told.at,
        )
        answer, row = outcome(member, before, told, weighed, risen, weighed.change if weighed.waits else 0)
        self._orders.append(row)
        self._owners[told.ref] = member.id
        return answer

    def write(self) -> bool:
        """Write it all; False, with nothing written, when another write has told one of the orders meanwhile."""
        try:
            with savepoint():
                if not people.take_all("order", self._owners):
                    raise _Taken
                self._credits.write()
                self._tally.write()
                self._gathering.write()
                run_many(statements.insert_order(), self._orders)
        except (ledger.KeyStands, _Taken):
            return False
        return True

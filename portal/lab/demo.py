"""The demonstration's history: real orders of a British shop, moved by whole weeks so that they end yesterday.

The people are nobody: a number for a name, an address of the reserved domain `example`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select

from portal import earning, joining, ledger, merchant, people, tiers
from portal import programme as programmes
from portal.db import read, transact
from portal.lab.mapping import load_mapping
from portal.lab.orders import ACTOR, Progress, Where, begin, carry_out, close, latest_run
from portal.lab.reading import State, read_history
from portal.lab.telling import catch_up

EXCERPT = Path(__file__).parent / "history" / "online-retail-excerpt.csv.gz"
SHOP = merchant.MAIN
MEMBERS_AT_ONCE = 50

_member, _wallet = people.Member.__table__.c, ledger.Wallet.__table__.c
_order, _entry = earning.Order.__table__.c, ledger.Entry.__table__.c


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demonstration shows, and the addresses of three members to sign in as; `weeks` is how far it moved."""

    members: int
    orders: int
    weeks: int
    new: str
    middle: str
    high: str
    loaded_before: bool


def load_demo(now: datetime, progress: Progress | None = None) -> DemoReport:
    """Tell the shipped history under the programme in force, whose tiers it was chosen for; once, however often called.

    The first call decides how far the history moves, and every later one keeps to it. A call that was cut off is
    gone on with. `progress(done, total)` counts order states.
    """
    mapping = load_mapping("online-retail")
    history = read_history(EXCERPT, mapping)
    zone = ZoneInfo(mapping.zone)
    where = latest_run("demo", history.sha256, mapping.identity, SHOP)
    loaded_before = where is not None and where.finished
    if where is None:
        weeks = _weeks(
            max(state.at.astimezone(zone).date() for state in history.states), _yesterday(now, zone)
        )
        where = begin("demo", history.sha256, mapping.identity, SHOP, now, weeks)
    refs = {state.member for state in history.states if state.member}
    if not where.finished:
        states = _moved(history.states, where, zone)
        carry_out(where, states, shop=SHOP, join=_join, now=now, progress=progress)
        _bring_up_to_date(refs, now)
        close(where, now)
    return _report(refs, where.shift_weeks, now, loaded_before)


def _yesterday(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date() - timedelta(days=1)


def _weeks(last: date, yesterday: date) -> int:
    """Whole weeks after which the last order lies on yesterday, or up to six days later."""
    return -((last - yesterday).days // 7)


def _moved(states: Sequence[State], where: Where, zone: ZoneInfo) -> list[State]:
    """The states at their new instants, the same weekday and wall clock; those after yesterday are dropped."""
    end = _yesterday(where.started_at, zone)

    def move(at: datetime) -> datetime:
        wall = at.astimezone(zone).replace(tzinfo=None) + timedelta(weeks=where.shift_weeks)
        return wall.replace(tzinfo=zone).astimezone(UTC)

    moved = []
    for state in states:
        at = move(state.at)
        if at.astimezone(zone).date() > end:
            continue
        draft = dict(state.draft)
        draft["placed_at"] = move(datetime.fromisoformat(draft["placed_at"])).isoformat()
        if "refunds" in draft:
            draft["refunds"] = [
                {**refund, "at": move(datetime.fromisoformat(refund["at"])).isoformat()}
                for refund in draft["refunds"]
            ]
        moved.append(replace(state, at=at, draft=draft))
    return moved


def _join(state: State, at: datetime) -> str:
    return joining.join(
        people.Profile(name=f"Customer {state.member}", country="GB"),
        email=f"member-{state.member}@demo.example",
        proved=True,
        ref=state.member,
        marketing=False,
        terms_version=None,
        source=ACTOR,
        now=at,
    )


def _bring_up_to_date(refs: set[str], now: datetime) -> None:
    """Run what was due since each member's last order, a few members in each write."""
    members = read(
        select(_member.id, _entry.at)
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .outerjoin(ledger.Entry, (_entry.member_id == _member.id) & (_entry.seq == _wallet.seq))
        .where(_member.ref.in_(refs))
        .order_by(_member.id)
    ).all()

    def catch_up_all(some: Sequence[Row[Any]]) -> None:
        for member in some:
            catch_up(member.id, after=member.at or now, at=now)
            earning.bring_up_to_date(member.id, now)

    for first in range(0, len(members), MEMBERS_AT_ONCE):
        transact(partial(catch_up_all, members[first : first + MEMBERS_AT_ONCE]))


def _report(refs: set[str], weeks: int, now: datetime, loaded_before: bool) -> DemoReport:
    """Members to sign in as: one who has just joined, one on the way up, one at the top, each with much to see."""
    _, active = programmes.active()
    day = active.day(now)
    orders, reversed_points = func.count(_order.number), func.coalesce(func.sum(_order.reversed), 0)
    rows = read(
        select(
            _member.id, _member.email, _member.joined_on, _wallet.pending, orders.label("orders"),
            reversed_points.label("taken"),
        )
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .outerjoin(earning.Order, _order.member_id == _member.id)
        .where(_member.ref.in_(refs), _member.status == "active", _wallet.owed == 0)
        .group_by(_member.id, _member.email, _member.joined_on, _wallet.pending)
        .order_by(_member.id)
    ).all()  # fmt: skip
    standing = {row.id: tiers.standing(active, tiers.grants(row.id), day, row.joined_on) for row in rows}
    rank = {member: active.tiers.index(one.tier) for member, one in standing.items()}
    top = max(rank.values())
    new = max(rows, key=lambda row: (row.orders <= 1, rank[row.id] == 0, row.joined_on))
    middle = max(rows, key=lambda row: (0 < rank[row.id] < top, row.pending > 0, row.taken > 0, row.orders))
    high = max(rows, key=lambda row: (rank[row.id], row.orders))
    return DemoReport(
        len(rows), sum(row.orders for row in rows), weeks, new.email, middle.email, high.email, loaded_before
    )

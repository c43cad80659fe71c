"""The demonstration's history: real orders of a British shop, moved by whole weeks so that they end yesterday.

The people are nobody: a number for a name, an address of the reserved domain `example`. Under a programme that takes
no pounds the amounts are read as its own currency; what it tells apart and the history does not know is dealt
(labelling.py), and so is what happens beside orders (dealing.py).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from portal import earning, joining, merchant, notices, people, referrals
from portal import programme as programmes
from portal.db import read, savepoint, transact
from portal.errors import Refused
from portal.lab import acting
from portal.lab.dealing import deal, dealt_beside, person
from portal.lab.events import Event
from portal.lab.labelling import Labels, labelled
from portal.lab.mapping import load_mapping
from portal.lab.orders import ACTOR, Progress, Where, begin, carry_out, close, latest_run
from portal.lab.reading import State, read_history
from portal.lab.seats import Seats, choose
from portal.lab.telling import Join, Told, tell
from portal.programme import Programme

EXCERPT = Path(__file__).parent / "history" / "online-retail-excerpt.csv.gz"
SHOP = merchant.MAIN
MEMBERS_AT_ONCE = 50
CHUNK = 50  # steps, after which what friends are worth is given: a week or two of the history

log = logging.getLogger("portal.lab")
_member, _order = people.Member.__table__.c, earning.Order.__table__.c
Step = State | tuple[str, Event]
"""A state of a real order, or a line that was dealt, with the member whom it is about."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demonstration shows, and three members to sign in as; `weeks` is how far it moved.

    `read_as` is the currency as which the pounds are read, None where they are pounds; `labels` and `beside` say in
    words what was dealt to the orders and beside them.
    """

    members: int
    orders: int
    weeks: int
    seats: Seats
    read_as: str | None
    labels: tuple[str, ...]
    beside: tuple[str, ...]
    loaded_before: bool


def load_demo(now: datetime, progress: Progress | None = None) -> DemoReport:
    """Tell the shipped history under the programme in force; once, however often called.

    The first call decides how far the history moves, and every later one keeps to it. A call that was cut off is
    gone on with. `progress(done, total)` counts what is told.
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
    _, active = programmes.active()
    refs = {state.member for state in history.states if state.member}
    if not where.finished:
        with notices.assume_delivered():
            _tell_all(where, _moved(history.states, where, zone), active, zone, now, progress)
            _bring_up_to_date(refs, now)
        close(where, now)
    read_as = _currency(active, active.day(where.started_at))
    return DemoReport(
        *_counted(refs), where.shift_weeks, choose(refs, active, now),
        None if read_as == mapping.currency else read_as, Labels.of(active).told, dealt_beside(active), loaded_before,
    )  # fmt: skip


def _counted(refs: set[str]) -> tuple[int, int]:
    """How many of these are members, and how many orders they have."""
    members = select(_member.id).where(_member.ref.in_(refs), _member.status == "active")
    orders = select(func.count()).where(_order.member_id.in_(members))
    return len(read(members).all()), int(read(orders).scalar_one())


def _currency(programme: Programme, day: date) -> str:
    """The currency that the amounts are told in: pounds where the programme takes them, else its own."""
    return "GBP" if programme.rate_on("GBP", day) is not None else programme.currency


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


def _tell_all(
    where: Where,
    states: list[State],
    programme: Programme,
    zone: ZoneInfo,
    now: datetime,
    progress: Progress | None,
) -> None:
    """Tell the orders with their labels, and what is dealt beside them, all in order of time."""
    labels, currency = Labels.of(programme), _currency(programme, programme.day(where.started_at))
    orders = [replace(state, draft=labelled(state.draft, state.number, labels, currency)) for state in states]
    end = datetime.combine(_yesterday(where.started_at, zone) + timedelta(days=1), datetime.min.time(), zone)
    beside = deal(programme, [state for state in orders if state.draft["version"] == 1], end)
    steps: list[Step] = sorted([*orders, *beside], key=_at)
    join = _joins(list(dict.fromkeys(state.member or "" for state in orders)), programme, where.started_at)

    def settle(done: int, total: int) -> None:
        referrals.settle_due(min(_at(steps[done - 1]), now))
        if progress is not None:
            progress(done, total)

    carry_out(where, steps, partial(_tell, join=join, now=now), progress=settle, chunk=CHUNK)
    referrals.settle_due(now)


def _at(step: Step) -> datetime:
    return step.at if isinstance(step, State) else step[1].at


def _joins(in_order: list[str], programme: Programme, today: datetime) -> Join:
    """How a member joins at her first order, where `in_order` is who joins after whom."""
    places = {ref: place for place, ref in enumerate(in_order)}

    def join(state: State, at: datetime) -> str:
        assert state.member is not None, "the history names everybody"
        dealt = person(state.member, programme, programme.day(today), in_order[: places[state.member]])
        member_id = joining.join(
            people.Profile(name=f"Customer {state.member}", country="GB", birthday=dealt.birthday),
            email=f"member-{state.member}@demo.example",
            proved=True,
            ref=state.member,
            marketing=False,
            terms_version=None,
            source=ACTOR,
            now=at,
            children=dealt.children,
        )
        host = None if dealt.host is None else people.by_ref(dealt.host)
        code = None if host is None else referrals.code_of(host.id)
        if code is not None:
            joining.come_by(member_id, code, "GB", at)
        return member_id

    return join


def _tell(steps: Sequence[Step], first: int, *, join: Join, now: datetime) -> Told:
    """A chunk of steps: orders together, as far as nothing comes between those of one member."""
    told: list[Told] = []
    gathered: list[State] = []
    begins = first

    def close_up() -> None:
        if gathered:
            told.append(tell(gathered, begins, shop=SHOP, join=join, now=now, actor=ACTOR))
            gathered.clear()

    for place, step in enumerate(steps, first):
        if isinstance(step, State):
            if not gathered:
                begins = place
            gathered.append(step)
            continue
        ref, event = step
        if any(state.member == ref for state in gathered):
            close_up()
        _tell_beside(ref, event, place)
    close_up()
    return Told(
        sum(one.repeated for one in told), sum(one.joined for one in told),
        tuple(refused for one in told for refused in one.refused),
    )  # fmt: skip


def _tell_beside(ref: str, event: Event, place: int) -> None:
    """Tell a line that was dealt, after what was due for its member by then; one that is refused is left out."""
    member = people.by_ref(ref)
    if member is None:
        return  # her order was refused, and she has not joined
    try:
        with savepoint():
            earning.bring_up_to_date(member.id, event.at)
            acting.tell(event, place)
    except Refused as refused:
        log.warning("the demonstration leaves out a line for %s: %s", ref, refused)


def _bring_up_to_date(refs: set[str], now: datetime) -> None:
    """Run what was due since each member's last order, a few members in each write."""
    members = read(select(_member.id).where(_member.ref.in_(refs)).order_by(_member.id)).scalars().all()

    def all_of(some: Sequence[str]) -> None:
        for member in some:
            earning.bring_up_to_date(member, now)

    for first in range(0, len(members), MEMBERS_AT_ONCE):
        transact(partial(all_of, members[first : first + MEMBERS_AT_ONCE]))

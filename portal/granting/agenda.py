"""A member's agenda: what is due by itself and on which day, written, found and struck out. It decides nothing.

Kinds and their keys: `tier` (the day: one begins, or has ended), `month` and `year` (none: the first day of the next
one), `payment` (plan, last paid day, which of the twelve, and the plan that it is for by now where that is another; of
a plan that was given its key for the day), `birthday` (the day and its zone), `child-birthday` (the profile),
`dividend` (key and year, and `held` once it is known that the plan was held on the year's last day).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, func, literal_column, or_, select

from portal import people
from portal import programme as programmes
from portal.db import prepared, read, run, run_many, table, upsert
from portal.granting import rules
from portal.granting.models import Agenda, Planned
from portal.programme import Programme

AGENDA, PLANNED = table(Agenda), table(Planned)
BIRTHDAY = "birthday"
GIVEN_PLAN = "given-"  # begins the key of a plan that was given, where a payment has its last paid day
ORDER = (
    "tier",
    "month",
    "year",
    "payment",
    BIRTHDAY,
    "child-birthday",
    "dividend",
)  # of one day (Reading 19)
REWRITTEN = ("month", "year", BIRTHDAY, "child-birthday")  # what follows from who she is and what she holds
_row, _planned = AGENDA.c, PLANNED.c
_member = table(people.Member).c
_mine: Any = _row.member_id == bindparam("p_member")


def put(member_id: str, kind: str, key: str, on_day: date | None) -> None:
    """Write down what is due on a day, unless it stands; nothing for a day beyond the calendar."""
    put_all(member_id, [] if on_day is None else [(kind, key, on_day)])


def put_all(member_id: str, rows: list[tuple[str, str, date]]) -> None:
    """As `put`, for several: kind, key, day."""
    put_rows([(member_id, *row) for row in rows])


def put_rows(rows: Sequence[tuple[str, str, str, date]]) -> None:
    """As `put`, for several members: id, kind, key, day."""
    run_many(_put(), [dict(zip(("member_id", "kind", "key", "on_day"), row, strict=True)) for row in rows])


@prepared
def _put() -> Executable:
    statement: Executable = upsert(Agenda).on_conflict_do_nothing()
    return statement


def drop(row: Row[Any]) -> None:
    """Strike out what is done."""
    run(_drop(), {"p_member": row.member_id, "p_kind": row.kind, "p_key": row.key})


@prepared
def _drop() -> Executable:
    this = (_row.kind == bindparam("p_kind"), _row.key == bindparam("p_key"))
    return delete(AGENDA).where(_mine, *this)


def coming(member_id: str, day: date, kind: str) -> list[Row[Any]]:
    """What is written down of a kind for the days after `day`."""
    return list(read(_coming(), {"p_member": member_id, "p_kind": kind, "p_day": day}).all())


@prepared
def _coming() -> Executable:
    return select(AGENDA).where(_mine, _row.kind == bindparam("p_kind"), _row.on_day > bindparam("p_day"))


def drop_coming(member_id: str, day: date) -> None:
    """Strike out what can be written anew for the days after `day`; what is overdue stays, and is done."""
    run(_drop_coming(), {"p_member": member_id, "p_day": day})


@prepared
def _drop_coming() -> Executable:
    # Literals: a list of parameters is written into the text anew each time.
    rewritten = or_(*(_row.kind == literal_column(f"'{kind}'") for kind in REWRITTEN))
    return delete(AGENDA).where(_mine, rewritten, _row.on_day > bindparam("p_day"))


def drop_payments(member_id: str, plan: str, day: date) -> None:
    """Strike out what is to come from `day` on of earlier payments of a plan, not of what was given."""
    mine = (_row.member_id == member_id, _row.kind == "payment", _row.on_day >= day)
    given = _row.key.startswith(f"{plan}/{GIVEN_PLAN}", autoescape=True)
    paid_for = _row.key.startswith(f"{plan}/", autoescape=True) & ~given
    run(delete(AGENDA).where(*mine, paid_for | _row.key.endswith(f"/{plan}", autoescape=True)))


def drop_payment(member_id: str, payment: str, since: date = date.min) -> set[date]:
    """Strike out what is to come, from `since` on, of one payment, named by its plan and last paid day, or of a plan
    that was given; the days on which it was to come."""
    mine = (_row.member_id == member_id, _row.kind == "payment", _row.on_day >= since)
    this = (*mine, _row.key.startswith(f"{payment}/", autoescape=True))
    days = set(read(select(_row.on_day).where(*this)).scalars())
    run(delete(AGENDA).where(*this))
    return days


def clear(member_id: str) -> None:
    """Nothing is due for this member any more: she has left."""
    run(delete(AGENDA).where(_row.member_id == member_id))
    run(delete(PLANNED).where(_planned.member_id == member_id))


def due(member_id: str, day: date, at: datetime) -> list[Row[Any]]:
    """What is due by `day`, a birthday that has begun by `at` in its own zone among it; of the first day, in order."""
    rows = [
        row
        for row in read(_by(), {"p_member": member_id, "p_day": rules.tomorrow(day)}).all()
        if row.on_day <= day or (row.kind == BIRTHDAY and birthday_of(row.key)[2] <= at)
    ]
    first = min((row.on_day for row in rows), default=None)
    return sorted((r for r in rows if r.on_day == first), key=lambda r: (ORDER.index(r.kind), r.key))


@prepared
def _by() -> Executable:
    return select(AGENDA).where(_mine, _row.on_day <= bindparam("p_day"))


def birthday_of(key: str) -> tuple[date, str, datetime]:
    """What the key of a birthday says: the day, its zone, and the instant at which it begins."""
    day, _, zone = key.partition("/")
    return date.fromisoformat(day), zone, rules.begins(date.fromisoformat(day), zone)


def version_of(member_id: str) -> int | None:
    """Under which version of the programme a member is; None while she joins, and once she has left."""
    return read(_version_of(), {"p_member": member_id}).scalar_one_or_none()


@prepared
def _version_of() -> Executable:
    return select(_planned.programme_version).where(_planned.member_id == bindparam("p_member"))


def note_version(member_ids: Sequence[str], number: int) -> None:
    """All that these are told and given is as programme version `number` wants it."""
    run_many(
        _note_version(), [{"member_id": member_id, "programme_version": number} for member_id in member_ids]
    )


@prepared
def _note_version() -> Executable:
    statement = upsert(Planned)
    news = {"programme_version": statement.excluded.programme_version}
    noted: Executable = statement.on_conflict_do_update(index_elements=["member_id"], set_=news)
    return noted


def person(member_id: str) -> Row[Any]:
    """What of a member decides about her days: birthday (MM-DD), zone, and whether she has left (`status`)."""
    return read(_person(), {"p_member": member_id}).one()


@prepared
def _person() -> Executable:
    who = (_member.birthday, _member.timezone, _member.status)
    return select(*who).where(_member.id == bindparam("p_member"))


def next_due() -> date | None:
    """The first day of the programme's zone on which something is due for anybody; None when nothing is."""
    first: date | None = read(_next_due()).scalar_one()
    return first


@prepared
def _next_due() -> Executable:
    return select(func.min(_row.on_day))


def next_due_at(programme: Programme) -> datetime | None:
    """The first instant at which something is due for anybody: a birthday begins in its member's own zone (Reading 2),
    everything else at 0:00 in the programme's."""
    first = next_due()
    if first is None:
        return None
    return min([*_beginnings(first).values(), programme.midnight(first)])


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members for whom something is due by a day, or who are under an older version still, by id from `after` on."""
    number, _active = programmes.active()
    listed = _chunk(_row.member_id, _row.on_day <= through, after, limit)
    listed += _chunk(_planned.member_id, _planned.programme_version < number, after, limit)
    return sorted(set(listed))[:limit]


def early_members(programme: Programme, at: datetime, after: str, limit: int) -> list[str]:
    """Members whose birthday has begun by `at` in their own zone, and not yet been scheduled in the programme's."""
    tomorrow = rules.tomorrow(programme.day(at))
    begun = [key for key, instant in _beginnings(tomorrow).items() if instant <= at]
    if not begun:
        return []
    here = (_row.on_day == tomorrow) & (_row.kind == BIRTHDAY) & _row.key.in_(begun)
    return _chunk(_row.member_id, here, after, limit)


def _beginnings(on_day: date) -> dict[str, datetime]:
    """The birthdays of anybody that are scheduled on a day, and when they begin: one for each zone, not each member."""
    keys = read(_birthdays_on(), {"p_day": on_day}).scalars()
    return {key: birthday_of(key)[2] for key in keys}


@prepared
def _birthdays_on() -> Executable:
    here = (_row.on_day == bindparam("p_day"), _row.kind == BIRTHDAY)
    return select(_row.key).where(*here).distinct()


def _chunk(member: Any, which: Any, after: str, limit: int) -> list[str]:
    ids = select(member).where(which, member > after).distinct().order_by(member).limit(limit)
    return list(read(ids).scalars())

"""The agenda written ahead, and done when it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal import ledger
from portal import programme as programmes
from portal.granting import agenda, birthdays, rules
from portal.granting.following import FOLLOWED, begin_period, follow, monthly_day, welcome
from portal.granting.holding import Holding
from portal.granting.measuring import pay_dividend
from portal.granting.prizes import Occasion
from portal.programme import Programme

ACTOR = "granting"


@dataclass(frozen=True, slots=True)
class Joiner:
    """Who joins, when, and whether she never was a member before.

    `plain`: she brings nothing along that has its day, no child and no order, and of birthdays only `born` (MM-DD, and
    her zone), which is not near.
    """

    member_id: str
    at: datetime
    first_time: bool
    plain: bool = False
    born: tuple[str, str | None] | None = None


def joined(
    member_id: str, programme: Programme, *, at: datetime, day: date, actor: str, first_time: bool
) -> None:
    """A new member: her welcome gifts if she was never a member before (Reading 36), what comes with what she holds,
    and her agenda. Told again it is nothing."""
    joined_all([Joiner(member_id, at, first_time)], programme, day=day, actor=actor)


def joined_all(joiners: Sequence[Joiner], programme: Programme, *, day: date, actor: str) -> None:
    """As `joined`, for several of one day; they do not concern one another. Nothing is asked of who has nothing."""
    kinds = {grant.on for grant in programme.grants}
    if not kinds.isdisjoint(("joining", *FOLLOWED)):
        for one in joiners:
            ledger.lock(one.member_id)
            if one.first_time:
                welcome(one.member_id, programme, Occasion(one.at, day, actor))
            follow(one.member_id, programme, at=one.at, day=day, actor=actor)
    agenda.note_version([one.member_id for one in joiners], programmes.active()[0])
    births = []
    for one in joiners:
        if not one.plain or not kinds.isdisjoint(("month", "year")):
            plan_ahead(one.member_id, programme, day, at=one.at, actor=actor)
        elif one.born is not None:
            rows = birthdays.first_birthday(programme, *one.born, one.at)
            births += [(one.member_id, *row) for row in rows]
    agenda.put_rows(births)


def plan_ahead(
    member_id: str, programme: Programme, day: date, *, at: datetime | None = None, actor: str = ACTOR
) -> None:
    """Write her agenda from `day` on: birthdays, first days of months and years. For whatever may have changed it: her
    birthday, zone or children, the programme. What is overdue stays and is done.

    With `at`, the instant at which it was told, also do what is due by then: a birthday told on the day counts at once
    (Reading 33).
    """
    if not rules.plans_ahead(programme):
        return
    ledger.lock(member_id)
    _write(member_id, programme, day, at or programme.midnight(day))
    if at is not None:
        _do(member_id, programme, Occasion(at, day, actor))


def run_due(member_id: str, programme: Programme, *, day: date, at: datetime, actor: str) -> None:
    """Do what her agenda has up to `day`, day by day in the order of Reading 19, and write what comes next.

    An agenda of another version of the programme is written anew. For one who has left nothing is due any more.
    """
    ledger.lock(member_id)
    if agenda.person(member_id).status != "active":
        agenda.clear(member_id)
        return
    _do(member_id, programme, Occasion(at, day, actor))
    number = programmes.active()[0]
    if rules.plans_ahead(programme) and agenda.version_of(member_id) != number:
        _write(member_id, programme, day, at)
        agenda.note_version([member_id], number)
        _do(member_id, programme, Occasion(at, day, actor))


def forget(member_id: str) -> None:
    """Nothing is due for this member any more: she leaves."""
    agenda.clear(member_id)


def _write(member_id: str, programme: Programme, day: date, at: datetime) -> None:
    who = agenda.person(member_id)
    rows = birthdays.coming_birthday(member_id, programme, who.birthday, who.timezone, day, at)
    rows += birthdays.coming_of_children(member_id, programme, day)
    holding = Holding(member_id, programme, day)
    for grant in programme.grants:
        if grant.on in ("month", "year") and holding.fits(grant):
            first = rules.next_first(grant.on, day)
            rows += [(grant.on, "", first)] if first is not None else []
    agenda.drop_coming(member_id, day)
    agenda.put_all(member_id, rows)


def _do(member_id: str, programme: Programme, on: Occasion) -> None:
    while due := agenda.due(member_id, on.day, on.at):
        for row in due:
            agenda.drop(row)
            if _done(member_id, programme, row.kind, row.key, row.on_day, on):
                follow(member_id, programme, at=on.at, day=on.day, actor=on.actor)


def _done(member_id: str, programme: Programme, kind: str, key: str, on_day: date, on: Occasion) -> bool:
    """Do one thing that is due, and write the next of its kind; whether a tier was reached by it."""
    if kind == "tier":
        follow(member_id, programme, at=on.at, day=on.day, actor=on.actor)
        return False
    if kind in ("month", "year"):
        return begin_period(member_id, programme, "month" if kind == "month" else "year", on_day, on)
    if kind == "payment":
        return monthly_day(member_id, programme, key, on_day, on)
    if kind == "dividend":
        return pay_dividend(member_id, programme, key, on_day, on)
    if kind == birthdays.CHILD:
        risen = birthdays.celebrate_child(member_id, programme, key, on_day, on)
        rows = birthdays.coming_of_children(member_id, programme, rules.tomorrow(on_day))
        agenda.put_all(member_id, [row for row in rows if row[1] == key])
        return risen
    birthday, zone, _ = agenda.birthday_of(key)
    risen = birthdays.celebrate(member_id, programme, birthday, on)
    who = agenda.person(member_id)
    after = rules.begins(rules.tomorrow(birthday), zone)
    agenda.put_all(
        member_id, birthdays.coming_birthday(member_id, programme, who.birthday, who.timezone, on_day, after)
    )
    return risen

"""Birthdays: a member's own, in her own zone, and those of children under her membership (Readings 2, 33, 37)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, bindparam, select

from portal import giving, people
from portal.db import prepared, read
from portal.granting import rules
from portal.granting.agenda import BIRTHDAY, birthday_of, coming
from portal.granting.holding import Holding
from portal.granting.measuring import count
from portal.granting.prizes import GIVEN, Cause, Occasion, give, move, write
from portal.programme import Activity, Grant, Programme

_given = GIVEN.c
CHILD = "child-birthday"
Row = tuple[str, str, date]
"""A row for the agenda: kind, key, day."""


def celebrate(member_id: str, programme: Programme, birthday: date, on: Occasion) -> bool:
    """Give what a member's birthday brings, unless one of hers was kept in that calendar year or within 330 days
    (Reading 33); whether a tier was reached by it."""
    grants = [grant for grant in programme.grants if grant.on == "birthday"]
    activity = next((one for one in programme.activities if one.key == rules.BIRTHDAY), None)
    year = str(birthday.year)
    causes = [_cause(grant, year) for grant in grants]
    names = [cause.name for cause in causes] + [f"activity:{rules.BIRTHDAY}"]
    asked = {"p_member": member_id, "p_names": names, "p_year": year, "p_after": birthday - rules.APART}
    if read(_kept_lately(), asked).first() is not None:
        return False
    risen = _give_all(member_id, programme, grants, causes, birthday, on)
    return (activity is not None and _credit(member_id, programme, activity, birthday, on)) or risen


@prepared
def _kept_lately() -> Executable:
    mine = (
        _given.member_id == bindparam("p_member"),
        _given.key.in_(bindparam("p_names", expanding=True)),
    )
    lately = (_given.period == bindparam("p_year")) | (_given.on_day >= bindparam("p_after"))
    return select(_given.key).where(*mine, lately).limit(1)


def celebrate_child(member_id: str, programme: Programme, profile: str, birthday: date, on: Occasion) -> bool:
    """Give the adult what a child's birthday brings, once for the profile and year, and for at most five of them;
    whether a tier was reached by it."""
    grants = [grant for grant in programme.grants if grant.on == CHILD]
    known = people.keyed_hash(f"child/{profile}")[:32]  # a row of figures outlives who it was about
    causes = [_cause(grant, f"{birthday.year}/{known}") for grant in grants]
    mine = (_given.member_id == member_id, _given.key.in_([cause.name for cause in causes]))
    kept = read(
        select(_given.period, _given.on_day).where(*mine, _given.on_day >= birthday - timedelta(days=366))
    ).all()
    of_year = {row.period for row in kept if row.period.startswith(f"{birthday.year}/")}
    lately = any(row.period.endswith(known) and row.on_day >= birthday - rules.APART for row in kept)
    if lately or f"{birthday.year}/{known}" in of_year or len(of_year) >= rules.MOST_CHILDREN:
        return False
    return _give_all(member_id, programme, grants, causes, birthday, on)


def coming_birthday(
    member_id: str, programme: Programme, birthday: str | None, zone: str | None, day: date, at: datetime
) -> list[Row]:
    """Her next birthday for the agenda, today's among them, in the zone that counts: from 30 days before, the one that
    was written down (Reading 2)."""
    if birthday is None or not rules.keeps_birthdays(programme):
        return []
    for row in coming(member_id, day, BIRTHDAY):
        written, its_zone, _ = birthday_of(row.key)
        if written - day <= rules.FROZEN and written == rules.birthday_in(written.year, birthday):
            return [_row(programme, written, its_zone)]
    return first_birthday(programme, birthday, zone, at)


def first_birthday(programme: Programme, birthday: str, zone: str | None, at: datetime) -> list[Row]:
    """As `coming_birthday`, for somebody of whom no birthday is written down yet."""
    zone = zone or programme.timezone
    found = rules.next_birthday(birthday, at.astimezone(ZoneInfo(zone)).date())
    if found is None or not rules.keeps_birthdays(programme):
        return []
    return [_row(programme, found, zone)]


def _row(programme: Programme, birthday: date, zone: str) -> Row:
    return BIRTHDAY, f"{birthday}/{zone}", rules.scheduled_on(programme, rules.begins(birthday, zone))


def coming_of_children(member_id: str, programme: Programme, day: date) -> list[Row]:
    """The next birthday of each child for the agenda, today's among them; in the programme's zone."""
    if not any(grant.on == CHILD for grant in programme.grants):
        return []
    days = {child.id: rules.next_birthday(child.birthday, day) for child in people.children(member_id)}
    return [(CHILD, profile, on_day) for profile, on_day in days.items() if on_day is not None]


def _give_all(
    member_id: str, programme: Programme, grants: list[Grant], causes: list[Cause], day: date, on: Occasion
) -> bool:
    holding = Holding(member_id, programme, on.day)
    given = [
        give(member_id, programme, cause, grant.gives, on, on_day=day)
        for grant, cause in zip(grants, causes, strict=True)
        if holding.fits(grant)
    ]
    return any(given)


def _credit(member_id: str, programme: Programme, activity: Activity, birthday: date, on: Occasion) -> bool:
    """The points of the activity that the calendar brings (Reading 8)."""
    matures_on = on.day + timedelta(days=activity.pending_days)
    facts = {"matures_on": str(matures_on)} if matures_on > on.day else {}
    cause = Cause("activity", activity.key, activity.label, str(birthday.year), facts=facts)
    write(member_id, cause, activity.points, None, birthday)
    risen = move(member_id, programme, cause, activity.points, on, matures_on=matures_on)
    if activity.counter is not None:
        count(
            member_id, programme, {f"counter:{activity.counter}": 1}, placed_on=on.day, at=on.at, day=on.day,
            actor=on.actor,
        )  # fmt: skip
    giving.fund_all(
        member_id,
        programme,
        "activity",
        activity=activity.key,
        ref=f"activity/{cause.ref}",
        at=on.at,
        day=on.day,
    )
    return risen


def _cause(grant: Grant, period: str) -> Cause:
    facts = {"on": grant.on, "period": period}
    return Cause("grant", grant.key, grant.label, period, "birthday", facts)

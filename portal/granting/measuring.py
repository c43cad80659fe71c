"""Adding up what orders and activities bring, and what follows at once: goals, steps, and dividends that were paid."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Executable, func, or_, select, update

from portal import rewards, tiers
from portal.db import prepared, read, run, table, upsert
from portal.granting import agenda, rules
from portal.granting.following import follow
from portal.granting.holding import Holding
from portal.granting.models import Measure
from portal.granting.prizes import GIVEN, Cause, Occasion, give, move, standing, take, write
from portal.granting.rules import Place
from portal.programme import Dividend, Goal, Programme, Step

_measure, _given = table(Measure).c, GIVEN.c
_held = table(rewards.Redemption).c
HELD_THEN = "/held"  # on the last day of the dividend's year
STEP_DIGITS = 6  # so that steps sort by number


def count(
    member_id: str,
    programme: Programme,
    changes: Mapping[str, int],
    *,
    placed_on: date,
    at: datetime,
    day: date,
    actor: str,
    tier: str | None = None,
) -> None:
    """Add differences to what she has gathered; prizes that are reached are given, those undone taken back.

    `changes`, above or below zero, by key: `goal:<key>`, `step:<key>`, `dividend:<key>` in minor units of the home
    currency (orders for a goal of orders), `counter:<key>` in its own unit. `placed_on` is the day of the order or
    activity: it decides the period (Reading 4). `programme` is the version in force. `tier`: the one that decides where
    a goal asks for it, the one before the order (Reading 6); left out, the one she is on. The caller holds her wallet
    and sees to it that each difference is told once.
    """
    added = rules.places(programme, changes, placed_on)
    if not added:
        return
    on = Occasion(at, day, actor)
    after = _add(member_id, added)
    holding = Holding(member_id, programme, day, tier)
    risen = False
    for goal in programme.goals:
        place = rules.place_of_goal(goal, placed_on)
        if place in added and max(after[place], after[place] - added[place]) >= goal.need:
            risen |= _look_at_goal(member_id, programme, goal, place, after[place], holding, on)
    for step in programme.steps:
        place = rules.place_of_step(step)
        if place in added and max(after[place], after[place] - added[place]) >= step.size:
            risen |= _look_at_step(member_id, programme, step, after[place], on, takes=added[place] < 0)
    for dividend in programme.dividends:
        place = f"dividend:{dividend.key}", str(placed_on.year)
        if place in added:
            risen |= _look_at_dividend(member_id, programme, dividend, placed_on.year, after[place], on)
    if risen:
        follow(member_id, programme, at=at, day=day, actor=actor)


def look_again(
    member_id: str, programme: Programme, *, at: datetime, day: date, actor: str, follows: bool
) -> None:
    """A new version is in force: give what it makes due of what she has gathered by now, and take nothing.

    Goals and steps over a counter find what it holds; those over orders, what was counted under them. `follows`: a tier
    has begun, so what comes with it is given too. The caller holds her wallet; again it is nothing.
    """
    on, holding = Occasion(at, day, actor), Holding(member_id, programme, day)
    mine = select(_measure.key, _measure.period, _measure.amount).where(_measure.member_id == member_id)
    have = {(row.key, row.period): row.amount for row in read(mine)}
    for goal in programme.goals:
        place = rules.place_of_goal(goal, day)
        if have.get(place, 0) >= goal.need:
            follows |= _look_at_goal(member_id, programme, goal, place, have[place], holding, on)
    for step in programme.steps:
        place = rules.place_of_step(step)
        if have.get(place, 0) >= step.size:
            follows |= _look_at_step(member_id, programme, step, have[place], on, takes=False)
    if follows:
        follow(member_id, programme, at=at, day=day, actor=actor)


def came_back(
    member_id: str, programme: Programme, reward: str, *, at: datetime, day: date, actor: str
) -> None:
    """A prize that was used is there again, for its order went back (Reading 26): taken, where it is no longer due.

    `reward` is its ref; one that no goal and no step gave is left alone. The caller holds her wallet.
    """
    given = read(select(GIVEN).where(_given.member_id == member_id, _given.reward == reward)).one_or_none()
    if given is None:
        return
    kind, _, key = given.key.partition(":")
    on = Occasion(at, day, actor)
    for step in programme.steps:
        if kind == "step" and step.key == key:
            name, period = rules.place_of_step(step)
            here = (_measure.member_id == member_id, _measure.key == name, _measure.period == period)
            have = read(select(_measure.amount).where(*here)).scalar_one_or_none() or 0
            _look_at_step(member_id, programme, step, have, on, takes=True)
    if kind == "goal" and given.withdrawn_on is not None and rewards.withdraw(member_id, reward, at=at):
        mine = (_given.member_id == member_id, _given.reward == reward)
        run(update(GIVEN).where(*mine).values(reward=None))


def _add(member_id: str, added: Mapping[Place, int]) -> dict[Place, int]:
    """Add to each place in one statement; what stands there then."""
    rows = [
        {"member_id": member_id, "key": key, "period": period, "amount": change}
        for (key, period), change in sorted(added.items())
    ]
    return {(row.key, row.period): row.amount for row in run(_adding_up(), rows)}


@prepared
def adding() -> Executable:
    """Adds `amount` to what stands at a place of a member."""
    return cast(Executable, _upsert())


@prepared
def _adding_up() -> Executable:
    """The same, and tells what stands there then."""
    return cast(Executable, _upsert().returning(_measure.key, _measure.period, _measure.amount))


def _upsert() -> Any:
    statement = upsert(Measure)
    return statement.on_conflict_do_update(
        index_elements=["member_id", "key", "period"],
        set_={"amount": _measure.amount + statement.excluded.amount},
    )


def _look_at_goal(
    member_id: str, programme: Programme, goal: Goal, place: Place, have: int, holding: Holding, on: Occasion
) -> bool:
    """Once in each period while it is reached, for whom it is meant (Reading 31)."""
    facts = {"metric": goal.metric, "have": have, "need": goal.need, "period": place[1]}
    cause = Cause("goal", goal.key, goal.label, place[1], f"goal:{goal.key}", facts)
    given = standing(member_id, cause.name, cause.period)
    stands = given is not None and given.withdrawn_on is None
    if have >= goal.need and not stands and holding.fits(goal):
        return give(member_id, programme, cause, goal.gives, on, again=given)
    if have < goal.need and given is not None and stands:
        take(member_id, programme, cause, given, on)
    return False


def _look_at_step(
    member_id: str, programme: Programme, step: Step, have: int, on: Occasion, *, takes: bool
) -> bool:
    """As many prizes as there are full steps; one that was used or has expired stands, and is never charged
    (Reading 12). Only what goes down takes any back: a version that makes the steps longer does not."""
    name, due = f"step:{step.key}", max(0, have) // step.size
    mine = (_given.member_id == member_id, _given.key == name)
    stands = func.count().filter(_given.withdrawn_on.is_(None) | _given.reward.is_not(None))
    before = read(select(func.count().label("made"), stands.label("standing")).where(*mine)).one()
    facts = {"metric": "spend" if step.counter is None else "counter", "have": have, "need": step.size}

    def cause(number: int) -> Cause:
        told = {**facts, "step": number}
        return Cause("step", step.key, step.label, f"{number:0{STEP_DIGITS}}", f"step:{step.key}", told)

    risen = False
    for number in range(before.made + 1, before.made + 1 + due - before.standing):
        risen |= give(member_id, programme, cause(number), step.gives, on)
    if takes and due < before.standing:
        unused = select(_held.ref).where(_held.member_id == member_id, _held.state == "available")
        open_ones = (_given.withdrawn_on.is_(None), or_(_given.reward.is_(None), _given.reward.in_(unused)))
        newest = read(select(GIVEN).where(*mine, *open_ones).order_by(_given.period.desc()))
        for given in newest.all()[: before.standing - due]:
            take(member_id, programme, cause(int(given.period)), given, on, badge=due == 0)
    return risen


def _look_at_dividend(
    member_id: str, programme: Programme, dividend: Dividend, year: int, spend_minor: int, on: Occasion
) -> bool:
    """Before it is paid the day is written down; afterwards what was paid follows what is left of the year's spend."""
    pays_on = rules.payout(dividend, year)
    if pays_on is None or pays_on > on.day:
        agenda.put(member_id, "dividend", f"{dividend.key}/{year}", rules.next_look(pays_on, year, on.day))
        return False
    given = standing(member_id, f"dividend:{dividend.key}", str(year))
    due = rules.share(dividend, spend_minor)
    if given is None or due == given.points:
        return False
    cause = _cause_of_dividend(dividend, year, spend_minor, before=given.points, after=due)
    write(member_id, cause, due, None, given.on_day)
    lot = programme.expires_on(given.on_day)
    return move(member_id, programme, cause, due - given.points, on, again=True, since=given.on_day, lot=lot)


def pay_dividend(member_id: str, programme: Programme, key: str, due_on: date, on: Occasion) -> bool:
    """Pay the share of a year's spend, once, to who holds the plan on its last day or when it is due (Reading 35);
    whether a tier was reached by it. `key` names dividend and year as the agenda does.

    Called on the day after the year too, when it is still known who held the plan on its last day: she may begin anew
    before it is paid.
    """
    name, in_year, *held_then = key.split("/")
    dividend = next((one for one in programme.dividends if one.key == name), None)
    if dividend is None:
        return False
    year = int(in_year)
    pays_on = rules.payout(dividend, year)
    held = tiers.plans_on(member_id, date(year, 12, 31))
    entitled = bool(held_then) or not dividend.plans or bool(set(dividend.plans) & set(held))
    if pays_on is not None and pays_on > on.day:
        agenda.put(member_id, "dividend", f"{name}/{year}{HELD_THEN if entitled else ''}", pays_on)
        return False
    cause = _cause_of_dividend(dividend, year, _spent(member_id, dividend, year))
    points = rules.share(dividend, cause.facts["counted_minor"])
    if not points or standing(member_id, cause.name, cause.period) is not None:
        return False
    if not entitled and not set(dividend.plans) & set(tiers.plans_on(member_id, due_on)):
        return False
    write(member_id, cause, points, None, on.day)
    return move(member_id, programme, cause, points, on)


def _cause_of_dividend(dividend: Dividend, year: int, spend_minor: int, **more: Any) -> Cause:
    facts = {"year": year, "percent": dividend.percent, "counted_minor": max(0, spend_minor), **more}
    return Cause("dividend", dividend.key, dividend.label, str(year), facts=facts)


def _spent(member_id: str, dividend: Dividend, year: int) -> int:
    here = (_measure.key == f"dividend:{dividend.key}", _measure.period == str(year))
    spent = select(_measure.amount).where(_measure.member_id == member_id, *here)
    return int(read(spent).scalar_one_or_none() or 0)

"""Plans that are given until a day, without a payment and without Stripe: by the shop's staff, or bought by a friend.

A given plan brings the benefits of the plan and its tier, as long as it lasts, and on its first and each monthly day
what the plan's payments bring (`granting.plan_given`). It is no payment: it makes no months in a row, and it ends by
itself, without a word of anybody.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Executable, Row, bindparam, delete, func, insert, select, update

from portal import granting, ledger, people
from portal import programme as programmes
from portal.billing import gift_rules, holding, price_rules, queries, rules, telling
from portal.billing.models import PlanGift, PlanGrant
from portal.db import new_id, prepared, read, run, table
from portal.errors import Refused
from portal.programme import Programme

Source = Literal["staff", "gift"]
GIFT = "gift:"  # begins the key of what a plan gift became; its id follows
NOTICE = timedelta(days=7)  # before the last day; one that is shorter was told of when it began
_grant, _gift, _member = PlanGrant.__table__.c, PlanGift.__table__.c, people.Member.__table__.c


def give_plan(
    member_id: str,
    plan: str,
    *,
    until: date,
    source: Source,
    ref: str,
    at: datetime,
    from_on: date | None = None,
    note: str | None = None,
) -> bool:
    """Give a member a plan from `from_on` (left out: today) to `until`, both inclusive, inside the caller's write;
    whether it is new. She gets a mail.

    `ref` is the caller's key for it, unique with the member: again with the same plan, last day and source is nothing,
    with anything else refused (`conflict`). `note` is what she reads beside it, at most 200 letters. Other plans that
    she holds stay as they are, paid or given. Refuses `unknown_key` for a plan that the programme does not have,
    `bad_value` for days that are over or in the wrong order, `unknown_member` for who has left.
    """
    _, active = programmes.active()
    active.plan(plan)
    ledger.lock(member_id)
    known = of_ref(member_id, ref)
    if known is not None:
        if (known.plan, known.until, known.source) != (plan, until, source):
            raise Refused("conflict", "This has been given with something else in it.")
        return False
    status = read(select(_member.status).where(_member.id == member_id)).scalar_one_or_none()
    if status != "active":
        raise Refused("unknown_member", "There is no such member.", status=404)
    day = active.day(at)
    begins = day if from_on is None else from_on
    if not day <= begins <= until:
        raise Refused(
            "bad_value", "A plan is given from today or later, to a day after that.", pointer="/until"
        )
    grant_id = new_id()
    values = {
        "member_id": member_id, "id": grant_id, "plan": plan, "source": source, "from_on": begins, "until": until,
        "ended_on": None, "ref": ref, "note": note, "due_on": _due_on(begins, until, day), "made_at": at,
    }  # fmt: skip
    run(insert(table(PlanGrant)), values)
    holding.tell(member_id, at)
    if begins == day:
        _bring(of_id(member_id, grant_id), active, at)
    later = begins if begins > day else None
    telling.tell_given(
        member_id, plan, key=grant_id, source=source, since=later, until=until, note=note, now=at
    )
    return True


def end_given(member_id: str, ref: str, at: datetime) -> bool:
    """Take back what is left of a given plan, from today on, inside the caller's write; whether anything was left.

    What it brought stays where staff gave it; of a gift, whose payment went back, it goes where it is unused, and
    after its last day too. Gifts that were to follow move forward, so that no day between them is lost. She gets a mail
    of each. Again is nothing, and so is one that is over, or that nobody gave.
    """
    _, active = programmes.active()
    ledger.lock(member_id)
    row, day = of_ref(member_id, ref), active.day(at)
    if row is None or row.ended_on is not None:
        return False
    granting.plan_over(
        member_id, active, row.plan, key=row.id, takes_back=row.source == "gift", at=at, day=day,
        actor=holding.ACTOR,
    )  # fmt: skip
    if row.until < day:
        return False
    mine = (_grant.member_id == member_id, _grant.id == row.id)
    run(update(PlanGrant).where(*mine).values(ended_on=day, due_on=None))
    moved = _move_forward(member_id, day)
    holding.tell(member_id, at)
    telling.tell_given_over(member_id, row.plan, key=row.id, source=row.source, now=at)
    for one in moved:
        if one.from_on == day:
            _bring(one, active, at)
        telling.tell_given(
            member_id, one.plan, key=f"{one.id}/{one.from_on}", source=one.source,
            since=one.from_on if one.from_on > day else None, until=one.until, note=one.note, now=at,
        )  # fmt: skip
    return True


def forget_given(member_id: str, at: datetime) -> None:
    """End what was given to who leaves, and forget that it was; inside the caller's write."""
    ledger.lock(member_id)
    gone = run(delete(PlanGrant).where(_grant.member_id == member_id).returning(_grant.id)).all()
    if gone:
        holding.tell(member_id, at)


def of_ref(member_id: str, ref: str) -> Row[Any] | None:
    """What was given under this key."""
    mine = (_grant.member_id == member_id, _grant.ref == ref)
    return read(select(PlanGrant.__table__).where(*mine)).one_or_none()


def of_id(member_id: str, grant_id: str) -> Row[Any]:
    """What was given, by its id."""
    mine = (_grant.member_id == member_id, _grant.id == grant_id)
    return read(select(PlanGrant.__table__).where(*mine)).one()


def free_from(member_id: str, day: date) -> date:
    """The first day from `day` on without a given plan: where the next one begins, so that no day is lost."""
    lasts: list[date] = [row.until for row in queries.given(member_id, day)]
    return max([day, *(last + rules.DAY for last in lasts)])


def next_due() -> date | None:
    """The first day on which a given plan begins, or its end is to be told of; None when none does."""
    first: date | None = read(_next_due()).scalar_one()
    return first


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members of whose given plans something is due by the day `through`, by id from `after` on."""
    return list(read(_due_members(), {"p_day": through, "p_after": after, "p_limit": limit}).scalars())


def follow_given(member_id: str, now: datetime) -> None:
    """Let what begins today bring its benefits, and tell her of what ends within a week and does not go on, once.

    Inside the caller's write. On any day and any number of times.
    """
    _, active = programmes.active()
    day = active.day(now)
    ledger.lock(member_id)
    due = (_grant.member_id == member_id, _grant.due_on <= day)
    rows = run(select(PlanGrant.__table__).where(*due)).all()
    if not rows:
        return
    holding.tell(member_id, now)
    for row in rows:
        if row.due_on == row.from_on:
            _bring(row, active, now)
        if row.until - NOTICE <= day <= row.until and _is_long(row.from_on, row.until):
            _tell_ending(row, active, now)
        mine = (_grant.member_id == member_id, _grant.id == row.id)
        run(update(PlanGrant).where(*mine).values(due_on=_due_on(row.from_on, row.until, day)))


def _bring(row: Row[Any], active: Programme, now: datetime) -> None:
    """Let a given plan that has begun bring what its payments bring."""
    granting.plan_given(
        row.member_id, active, row.plan, key=row.id, first=row.from_on, until=row.until, at=now,
        day=active.day(now), actor=holding.ACTOR,
    )  # fmt: skip


def _move_forward(member_id: str, day: date) -> list[Row[Any]]:
    """Let gifts that were to begin later follow what is given before them, for as many months as were bought; those
    that moved, as they are then. The last day that a gift's own row tells moves with it.
    """
    moved = []
    for row in [one for one in queries.given(member_id, day) if one.source == "gift" and one.from_on > day]:
        before = [one.until for one in queries.given(member_id, day) if one.from_on < row.from_on]
        first = max([day, *(last + rules.DAY for last in before)])
        if first >= row.from_on:
            continue
        bought = (_gift.id == row.ref.removeprefix(GIFT), _gift.redeemed_by == member_id)
        months = read(select(_gift.months).where(*bought)).scalar_one()
        until = gift_rules.last_day(first, months)
        news = {"from_on": first, "until": until, "due_on": _due_on(first, until, day)}
        mine = (_grant.member_id == member_id, _grant.id == row.id)
        run(update(PlanGrant).where(*mine).values(**news))
        run(update(PlanGift).where(*bought).values(granted_until=until))
        moved.append(of_id(member_id, row.id))
    return moved


def _due_on(begins: date, until: date, day: date) -> date | None:
    """The next day after `day` on which somebody has to look at it."""
    days = (begins, until - NOTICE) if _is_long(begins, until) else (begins,)
    return next((one for one in days if one > day), None)


def _is_long(begins: date, until: date) -> bool:
    return until - begins > NOTICE


def _tell_ending(row: Row[Any], active: Programme, now: datetime) -> None:
    """Tell of its last day, and what going on costs; nothing where she has the same by then in another way."""
    after = rules.standing(queries.holdings(row.member_id), row.until + rules.DAY)
    sold = {plan.key: plan.label for plan in active.plans}
    label = sold.get(row.plan)
    if after is not None and any(key == row.plan or sold.get(key, key) == label for key in after.in_force):
        return
    telling.tell_given_ending(
        row.member_id, row.plan, key=row.id, until=row.until, now=now,
        prices=_prices(row.member_id, active, label, active.day(now)),
    )  # fmt: skip


def _prices(member_id: str, active: Programme, label: str | None, day: date) -> Sequence[dict[str, Any]]:
    """What the same plan costs, for who wants to go on, in the currency in which she would pay; none where nothing is
    sold."""
    if not queries.is_on():
        return ()
    paid = queries.paid_in(member_id)
    wanted = (paid,) if paid is not None else price_rules.used_in(queries.country_of(member_id), day)
    return [
        {"interval": one.plan.interval, "amount_minor": one.amount_minor, "currency": one.currency}
        for choice in price_rules.choices(active, *wanted)
        if choice.label == label
        for one in choice.prices
    ]


@prepared
def _next_due() -> Executable:
    return select(func.min(_grant.due_on))


@prepared
def _due_members() -> Executable:
    due = (_grant.due_on <= bindparam("p_day"), _grant.member_id > bindparam("p_after"))
    return (
        select(_grant.member_id).where(*due).distinct().order_by(_grant.member_id).limit(bindparam("p_limit"))
    )

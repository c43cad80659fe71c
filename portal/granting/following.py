"""Grants that follow from what a member is and holds: on joining, with a tier, each month or year, with payments."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select

from portal import giving, ledger, tiers
from portal.db import read
from portal.granting import agenda, rules
from portal.granting.agenda import GIVEN_PLAN
from portal.granting.holding import Holding
from portal.granting.prizes import GIVEN, Cause, Occasion, give, standing, take
from portal.programme import Grant, Programme, period_key

_given = GIVEN.c
FOLLOWED = ("tier", "month", "year")
LIFE = "life"  # stands for the last day of what has none


def follow(member_id: str, programme: Programme, *, at: datetime, day: date, actor: str) -> None:
    """Give what comes with the tiers and plans that she holds on `day`: a tier's once ever, others once in each month
    or year, and write down the next first day. For whatever may have changed them; again it is nothing.

    The caller holds her wallet.
    """
    if any(grant.on in FOLLOWED for grant in programme.grants):
        while _followed(member_id, programme, Occasion(at, day, actor)):
            pass  # points that were given made another tier begin


def _followed(member_id: str, programme: Programme, on: Occasion) -> bool:
    holding = Holding(member_id, programme, on.day)
    if any(grant.on in FOLLOWED and grant.tiers for grant in programme.grants):
        # A fact from outside may be told ahead, or to its end: nobody tells it then.
        agenda.put(member_id, "tier", str(holding.changes_on), holding.changes_on)
    wanted = []
    for grant in programme.grants:
        if grant.on == "tier":
            on_plan = not grant.plans or bool(set(grant.plans) & set(holding.plans))
            if on_plan and holding.reached & set(grant.tiers):
                wanted.append((grant, _cause(grant, "")))
        elif grant.on in ("month", "year") and holding.fits(grant):
            wanted.append((grant, _cause(grant, period_key(grant.on, on.day))))
            agenda.put(member_id, grant.on, "", rules.next_first(grant.on, on.day))
    if not wanted:
        return False
    names, periods = ({getattr(cause, name) for _, cause in wanted} for name in ("name", "period"))
    mine = (_given.member_id == member_id, _given.key.in_(sorted(names)), _given.period.in_(sorted(periods)))
    before = {(row.key, row.period) for row in read(select(GIVEN).where(*mine))}
    given = [
        give(member_id, programme, cause, grant.gives, on)
        for grant, cause in wanted
        if (cause.name, cause.period) not in before
    ]
    return any(given)


def begin_period(
    member_id: str, programme: Programme, per: Literal["month", "year"], first: date, on: Occasion
) -> bool:
    """What is given on the first day of a month or year to who holds what it asks for; whether a tier was reached."""
    holding = Holding(member_id, programme, first)
    risen = held = False
    for grant in programme.grants:
        if grant.on == per and holding.fits(grant):
            held = True
            risen |= _once(member_id, programme, grant, period_key(per, first), on)
    if held:
        agenda.put(member_id, per, "", rules.next_first(per, first))
    return risen


def welcome(member_id: str, programme: Programme, on: Occasion) -> bool:
    """What is given on joining, once (Reading 36); whether a tier was reached by it."""
    holding = Holding(member_id, programme, on.day)
    joining = [grant for grant in programme.grants if grant.on == "joining" and holding.fits(grant)]
    risen = False
    for grant in joining:
        risen |= _once(member_id, programme, grant, "", on, reason="joining")
    return risen


def paid(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    paid_on: date,
    until: date | None,
    at: datetime,
    day: date,
    actor: str,
    instead_of: Sequence[tuple[str, date]] = (),
) -> None:
    """One payment of a plan, known by plan and last paid day (`until`; None for life): again it is nothing.

    It gives at once; by year also on each of the eleven monthly days after `paid_on`, none after `until`. One that
    begins the plan anew, after an end or a pause, stops what was to come of those before it. The first one ever brings
    the gifts to charities that the programme pays on a plan. After `unpaid` it is another payment for the same days,
    and gives anew what was taken back then; a reward that was used meanwhile is hers already. So it is in the place of
    other payments, `instead_of` (plan, last paid day), that went back for this one.
    """
    giving.fund_all(member_id, programme, "plan", ref="plan", plan=plan, at=at, day=day)
    named = _payment(plan, until)
    due = _due(member_id, programme, plan, named)
    if not due:
        return
    ledger.lock(member_id)
    if plan not in tiers.plans_on(member_id, paid_on - timedelta(days=1)):
        agenda.drop_payments(member_id, plan, paid_on)
    _plan_days(member_id, programme, plan, paid_on, until)
    due = [(grant, gone or _used_of(member_id, grant, instead_of)) for grant, gone in due]
    _give_first(member_id, programme, named, due, Occasion(at, day, actor))


def plan_changed(
    member_id: str, programme: Programme, plan: str, *, of: str, paid_on: date, until: date, day: date
) -> None:
    """From `day` on a payment of the plan `of`, known as in `paid`, is for `plan`: a change within its period.

    By year what `plan` brings comes on the monthly days that are left, in the place of what `of` brings; nothing comes
    at once, for a change is no payment. It stays that payment's, and goes with it (`unpaid`). Again it is nothing.
    """
    ledger.lock(member_id)
    named = _payment(of, until)
    waiting = agenda.drop_payment(member_id, named, since=day)
    if not _with_payments(programme, plan) or not _is_yearly(programme, plan):
        return
    instead = "" if plan == of else f"/{plan}"
    days = enumerate(rules.monthly_days(paid_on, until), 1)
    # That of today is given already, or waits for tonight.
    rows = [(f"{named}/{number:02}", on_day) for number, on_day in days if on_day > day or on_day in waiting]
    agenda.put_all(member_id, [("payment", f"{key}{instead}", on_day) for key, on_day in rows])


def plan_given(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    key: str,
    first: date,
    until: date,
    at: datetime,
    day: date,
    actor: str,
) -> None:
    """A plan that was given, known by `key`, has begun: it brings what its payments bring, now and on each monthly day
    after `first` and before `until` (`rules.days_given`); one for life only now. Again it is nothing.

    It is no payment: what earlier ones have to bring still comes, and it brings no gifts to charities.
    """
    named = _given_plan(plan, key)
    fresh = [(grant, gone) for grant, gone in _due(member_id, programme, plan, named) if gone is None]
    if not fresh:
        return
    ledger.lock(member_id)
    for_life = any(one.key == plan and one.interval == "life" for one in programme.plans)
    _put_days(member_id, named, [first] if for_life else rules.days_given(first, until))
    _give_first(member_id, programme, named, fresh, Occasion(at, day, actor))


def plan_over(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    key: str,
    takes_back: bool,
    at: datetime,
    day: date,
    actor: str,
) -> None:
    """A plan that was given, known as in `plan_given`, was ended: nothing more comes of it, and with `takes_back` what
    it brought goes as in `unpaid`. Again it is nothing."""
    ledger.lock(member_id)
    named = _given_plan(plan, key)
    agenda.drop_payment(member_id, named)
    if takes_back:
        _take_back(member_id, programme, named, Occasion(at, day, actor))


def unpaid(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    until: date | None,
    at: datetime,
    day: date,
    actor: str,
) -> None:
    """One payment of a plan, known as in `paid`, went back: what it brought is taken back where it is unused, as by
    Reading 12, and nothing more comes of it. Again it is nothing; gifts to charities stand."""
    ledger.lock(member_id)
    named = _payment(plan, until)
    agenda.drop_payment(member_id, named)
    _take_back(member_id, programme, named, Occasion(at, day, actor))


def paid_again(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    paid_on: date,
    until: date | None,
    at: datetime,
    day: date,
    actor: str,
) -> None:
    """A payment that went back stands after all: what was taken back for it is given again, and the rest comes on its
    days. Again it is nothing."""
    ledger.lock(member_id)
    # Of every plan: within the period it may have been changed for another.
    grants = {f"grant:{grant.key}": grant for grant in programme.grants if grant.on == "payment"}
    if not grants:
        return
    if _with_payments(programme, plan):
        _plan_days(member_id, programme, plan, paid_on, until)
    risen = False
    for given in _given_with(member_id, _payment(plan, until)):
        if given.withdrawn_on is not None and given.key in grants:
            cause, gives = _cause_of(programme, given.key, given.period), grants[given.key].gives
            risen |= give(member_id, programme, cause, gives, Occasion(at, day, actor), again=given)
    if risen:
        follow(member_id, programme, at=at, day=day, actor=actor)


def _payment(plan: str, until: date | None) -> str:
    """What names a payment: the plan and its last paid day (Reading 15)."""
    return f"{plan}/{until or LIFE}"


def _given_plan(plan: str, key: str) -> str:
    """What names a plan that was given, beside payments: one may end on the same day."""
    return f"{plan}/{GIVEN_PLAN}{key}"


def _due(member_id: str, programme: Programme, plan: str, named: str) -> list[tuple[Grant, Row[Any] | None]]:
    """The grants that come with payments of a plan and do not stand for this one; each with what was taken back."""
    found = [
        (grant, standing(member_id, f"grant:{grant.key}", f"{named}/01"))
        for grant in _with_payments(programme, plan)
    ]
    return [(grant, given) for grant, given in found if given is None or given.withdrawn_on is not None]


def _used_of(member_id: str, grant: Grant, payments: Sequence[tuple[str, date]]) -> Row[Any] | None:
    """What a grant brought with one of these payments, which went back, where its reward was used by then."""
    brought = (standing(member_id, f"grant:{grant.key}", f"{_payment(*one)}/01") for one in payments)
    return next((one for one in brought if one is not None and one.withdrawn_on and one.reward), None)


def _give_first(
    member_id: str,
    programme: Programme,
    named: str,
    due: Sequence[tuple[Grant, Row[Any] | None]],
    on: Occasion,
) -> None:
    """Give what comes at once with a payment, or with a plan that was given."""
    holding = Holding(member_id, programme, on.day)
    risen = False
    for grant, gone in due:
        if not grant.tiers or holding.tier in grant.tiers:
            cause = _cause(grant, f"{named}/01", f"payment:{grant.key}")
            risen |= give(member_id, programme, cause, grant.gives, on, again=gone)
    if risen:
        follow(member_id, programme, at=on.at, day=on.day, actor=on.actor)


def _take_back(member_id: str, programme: Programme, named: str, on: Occasion) -> None:
    """Take back what came with a payment, or with a plan that was given, where it is unused."""
    for given in _given_with(member_id, named):
        if given.withdrawn_on is None:
            take(member_id, programme, _cause_of(programme, given.key, given.period), given, on)


def _plan_days(member_id: str, programme: Programme, plan: str, paid_on: date, until: date | None) -> None:
    """Write down the monthly days of a payment by year that come after its first."""
    days = rules.monthly_days(paid_on, until) if _is_yearly(programme, plan) else [paid_on]
    _put_days(member_id, _payment(plan, until), days)


def _is_yearly(programme: Programme, plan: str) -> bool:
    return any(one.key == plan and one.interval == "year" for one in programme.plans)


def _put_days(member_id: str, named: str, days: Sequence[date]) -> None:
    """Write down all but the first of the days on which something gives."""
    rows = [("payment", f"{named}/{number:02}", monthly) for number, monthly in enumerate(days[1:], 2)]
    agenda.put_all(member_id, rows)


def _given_with(member_id: str, named: str) -> Sequence[Row[Any]]:
    """All that was given with a payment and on its monthly days, also what was taken back."""
    mine = (_given.member_id == member_id, _given.key.startswith("grant:", autoescape=True))
    found = select(GIVEN).where(*mine, _given.period.startswith(f"{named}/", autoescape=True))
    return read(found.order_by(_given.period, _given.key)).all()


def _cause_of(programme: Programme, name: str, period: str) -> Cause:
    """The cause of what stands under a key and period of a payment."""
    key = name.removeprefix("grant:")
    label = next((grant.label for grant in programme.grants if grant.key == key), key)
    facts = {"on": "payment", "period": period}
    return Cause("grant", key, label, period, f"payment:{key}", facts)


def monthly_day(member_id: str, programme: Programme, key: str, on_day: date, on: Occasion) -> bool:
    """One of the monthly days of a payment by year (`key`: plan, last paid day, which of the twelve, and the plan that
    it is for by now where that is another), or of a plan that was given: it gives while the plan's benefits last;
    whether a tier was reached."""
    paid_for, ends, number, *changed = key.split("/")
    plan, period = (changed or [paid_for])[0], f"{paid_for}/{ends}/{number}"
    holding = Holding(member_id, programme, on_day)
    risen = False
    for grant in _with_payments(programme, plan):
        if plan in holding.plans and (not grant.tiers or holding.tier in grant.tiers):
            risen |= _once(member_id, programme, grant, period, on, reason=f"payment:{grant.key}")
    return risen


def _with_payments(programme: Programme, plan: str) -> list[Grant]:
    return [grant for grant in programme.grants if grant.on == "payment" and plan in grant.plans]


def _once(
    member_id: str, programme: Programme, grant: Grant, period: str, on: Occasion, *, reason: str = ""
) -> bool:
    cause = _cause(grant, period, reason)
    if standing(member_id, cause.name, cause.period) is not None:
        return False
    return give(member_id, programme, cause, grant.gives, on)


def _cause(grant: Grant, period: str, reason: str = "") -> Cause:
    facts = {"on": grant.on, "period": period}
    return Cause("grant", grant.key, grant.label, period, reason or f"grant:{grant.key}", facts)

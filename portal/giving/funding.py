"""Gifts that the programme pays: for joining, for a plan, for an order or an activity (`[[funding]]`).

A gift goes to the charity that the file names, else to the one that the member has chosen; while she has chosen none it
waits, and is promised to nobody. What is taken back of an order or an activity takes its gift back too.
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, insert, select, update

from portal import ledger
from portal import programme as programmes
from portal.db import read, run, table, upsert
from portal.giving.models import CharityChoice, FundedGift, FundedTotal
from portal.giving.rules import part_of
from portal.programme import Funding, Programme

_gift, _total, _choice = FundedGift.__table__.c, FundedTotal.__table__.c, CharityChoice.__table__.c


def fund_all(
    member_id: str,
    programme: Programme,
    on: Literal["joining", "plan", "order", "activity"],
    *,
    ref: str,
    at: datetime,
    day: date,
    plan: str | None = None,
    activity: str | None = None,
    times: int = 1,
) -> None:
    """Give all that the file pays `on` this, each under a ref of its own made of `ref`; else as `fund`.

    Nothing, and no statement, where the file pays nothing.
    """
    for funding in programme.funding:
        fits = funding.on == on and funding.activity == activity
        if fits and (not funding.plans or plan in funding.plans):
            fund(member_id, funding, ref=f"{funding.key}/{ref}", times=times, at=at, day=day)


def fund(member_id: str, funding: Funding, *, ref: str, times: int, at: datetime, day: date) -> None:
    """Let the programme give `times` (1 or more) its amount for what `ref` names, once.

    It waits while the file names no charity and she has chosen none. The same `ref` again is nothing; one that was
    withdrawn is given again.
    """
    if times < 1:
        raise ValueError(f"a gift is given at least once, not {times} times")
    ledger.lock(member_id)
    _, active = programmes.active()
    mine = (_gift.member_id == member_id, _gift.ref == ref)
    standing = run(select(_gift.withdrawn_on).where(*mine)).one_or_none()
    if standing is not None and standing.withdrawn_on is None:
        return
    news: dict[str, Any] = {
        "charity": funding.charity or _chosen(member_id, active), "amount_minor": funding.amount_minor * times,
        "currency": active.currency, "on_day": day, "withdrawn_on": None,
    }  # fmt: skip
    if standing is None:
        run(insert(FundedGift), {"member_id": member_id, "ref": ref, "funding": funding.key, **news})
    else:
        run(update(FundedGift).where(*mine).values(**news))
    _add(member_id, news["charity"], news["amount_minor"], 1)


def unfund(member_id: str, ref: str, *, at: datetime, day: date) -> None:
    """Take back what was given for `ref`; nothing where nothing stands."""
    _withdraw(member_id, _gift.ref == ref, day, Fraction(1))


def unfund_all(member_id: str, ref: str, *, at: datetime, day: date, part: Fraction = Fraction(1)) -> None:
    """Take back what `fund_all` gave for `ref`, or that `part` (above 0, to 1) of what stands of it."""
    _withdraw(member_id, _gift.ref == _gift.funding + "/" + ref, day, part)


def _withdraw(member_id: str, which: ColumnElement[bool], day: date, part: Fraction) -> None:
    ledger.lock(member_id)
    standing = (_gift.member_id == member_id, which, _gift.withdrawn_on.is_(None))
    for row in run(select(FundedGift.__table__).where(*standing)).all():
        taken = int(row.amount_minor * part)
        whole = taken == row.amount_minor
        change = {"withdrawn_on": day} if whole else {"amount_minor": row.amount_minor - taken}
        run(update(FundedGift).where(_gift.member_id == member_id, _gift.ref == row.ref).values(**change))
        _add(member_id, row.charity, -taken, -int(whole))


def release(member_id: str, charity: str) -> None:
    """Give what waited for this member's choice to the charity that she has chosen now."""
    waiting = (_gift.member_id == member_id, _gift.charity.is_(None), _gift.withdrawn_on.is_(None))
    amounts = (
        run(update(FundedGift).where(*waiting).values(charity=charity).returning(_gift.amount_minor))
        .scalars()
        .all()
    )
    _add(member_id, charity, sum(amounts), len(amounts))


def funded_totals() -> dict[str, int]:
    """What the programme has given, by charity: minor units of the home currency. Without what waits."""
    rows = read(select(_total.charity, func.sum(_total.amount_minor).label("minor")).group_by(_total.charity))
    return {
        row.charity: int(row.minor) for row in rows if row.minor
    }  # PostgreSQL adds whole numbers up as decimals


def _chosen(member_id: str, programme: Programme) -> str | None:
    """The charity that she has chosen, if the programme still has it."""
    chosen = run(select(_choice.charity).where(_choice.member_id == member_id)).scalar_one_or_none()
    return chosen if any(one.key == chosen for one in programme.charities) else None


def _add(member_id: str, charity: str | None, amount_minor: int, gifts: int) -> None:
    """Count a change for a charity, in the part that is this member's; nothing while none is known."""
    if charity is None or amount_minor == 0:
        return
    columns, statement = table(FundedTotal).c, upsert(FundedTotal)
    added = {name: columns[name] + statement.excluded[name] for name in ("amount_minor", "gifts")}
    run(
        statement.on_conflict_do_update(index_elements=["charity", "part"], set_=added),
        {"charity": charity, "part": part_of(member_id), "amount_minor": amount_minor, "gifts": gifts},
    )

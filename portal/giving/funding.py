"""Gifts that the programme pays: for joining, for a plan, for an order or an activity (`[[funding]]`), and what it adds
to the gifts of members (`[giving] matching`).

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

MATCHING = "giving.matching"  # no key of the file has a dot
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


def to_match(member_id: str, given_minor: int, day: date) -> int:
    """What the programme would add to a member's gift on `day`, as far as her year has room: minor units, or 0."""
    matching = programmes.active()[1].giving.matching
    if matching is None:
        return 0
    added = given_minor * matching.percent // 100
    if matching.most_minor is None:
        return added
    return min(added, max(0, matching.most_minor - matched_in(member_id, day)))


def match(member_id: str, charity: str, added_minor: int, *, ref: str, day: date) -> None:
    """Add the programme's part (`to_match`) to the gift that she gave under `ref`; nothing where it is 0.

    The caller holds her wallet, and gives once per ref.
    """
    if not added_minor:
        return
    row = {
        "member_id": member_id, "ref": f"{MATCHING}/{ref}", "funding": MATCHING, "charity": charity,
        "amount_minor": added_minor, "currency": programmes.active()[1].currency, "on_day": day, "withdrawn_on": None,
    }  # fmt: skip
    run(insert(FundedGift), row)
    _add(member_id, charity, added_minor, 1)


def matched(member_id: str, ref: str) -> int:
    """What the programme added to the gift that she gave under `ref`, in minor units; 0 for nothing."""
    mine = (_gift.member_id == member_id, _gift.ref == f"{MATCHING}/{ref}")
    return read(select(_gift.amount_minor).where(*mine)).scalar_one_or_none() or 0


def matched_in(member_id: str, day: date) -> int:
    """What the programme has added to a member's gifts in the calendar year of `day`, in minor units."""
    year = (_gift.on_day >= day.replace(month=1, day=1), _gift.on_day <= day.replace(month=12, day=31))
    added = select(func.coalesce(func.sum(_gift.amount_minor), 0))
    return int(run(added.where(_gift.member_id == member_id, _gift.funding == MATCHING, *year)).scalar_one())


def waiting(member_id: str) -> int:
    """What the programme gives for her as soon as she has chosen a charity, in minor units."""
    mine = (_gift.member_id == member_id, _gift.charity.is_(None), _gift.withdrawn_on.is_(None))
    return int(read(select(func.coalesce(func.sum(_gift.amount_minor), 0)).where(*mine)).scalar_one())


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

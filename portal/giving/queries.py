"""What pages and answers read of giving: bounded reads by key, never a sum over history."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from portal import ledger
from portal.db import fact, read
from portal.giving.models import CharityChoice, CharityTotal, Donation, GivingTotal

_donation, _choice = Donation.__table__.c, CharityChoice.__table__.c
_mine, _all = GivingTotal.__table__.c, CharityTotal.__table__.c
JUST_NOW = timedelta(minutes=10)  # so long a gift may be meant when the same is about to be given again
RECENT = 10  # gifts that are looked at for it
_pending, _wallet = ledger.PendingLot.__table__.c, ledger.Wallet.__table__.c


@dataclass(frozen=True, slots=True)
class Gifts:
    """What was given to one charity: points, their money in minor units, how many gifts."""

    points: int = 0
    value_minor: int = 0
    gifts: int = 0


def totals() -> dict[str, Gifts]:
    """What everybody has given, by charity; one that nobody gave to is not in it."""
    added = [func.sum(_all[name]).label(name) for name in ("points", "value_minor", "gifts")]
    rows = read(select(_all.charity, *added).group_by(_all.charity))
    # PostgreSQL adds whole numbers up as decimals.
    return {row.charity: Gifts(int(row.points), int(row.value_minor), int(row.gifts)) for row in rows}


def of(member_id: str) -> dict[str, Gifts]:
    """What one member has given, by charity."""
    statement = select(_mine.charity, _mine.points, _mine.value_minor, _mine.gifts)
    rows = read(statement.where(_mine.member_id == member_id))
    return {row.charity: Gifts(row.points, row.value_minor, row.gifts) for row in rows}


def newest(member_id: str, *, limit: int) -> list[Row[Any]]:
    """The newest gifts of a member, newest first."""
    mine = select(Donation.__table__).where(_donation.member_id == member_id)
    return list(read(mine.order_by(_donation.seq.desc()).limit(limit)).all())


def just_given(member_id: str, charity: str, points: int, now: datetime) -> Row[Any] | None:
    """The newest of the same gift that she made within ten minutes before `now`, among her last few; None for none."""
    same = (
        row
        for row in newest(member_id, limit=RECENT)
        if (row.charity, row.points) == (charity, points) and now - row.at <= JUST_NOW
    )
    return next(same, None)


def donation(member_id: str, ref: str) -> Row[Any] | None:
    """One gift of this member; None when it is not hers."""
    mine = (_donation.member_id == member_id, _donation.ref == ref)
    return read(select(Donation.__table__).where(*mine)).one_or_none()


def choice(member_id: str) -> str | None:
    """The charity that this member gave to or chose last."""
    return read(select(_choice.charity).where(_choice.member_id == member_id)).scalar_one_or_none()


def available(member_id: str, day: date) -> int:
    """The points that she can give on `day`, those whose day has come among them (Reading 5); 0 while she owes any."""
    return balance(member_id, day)[0]


def balance(member_id: str, day: date) -> tuple[int, bool]:
    """As `available`, and whether nothing of it can be given now, for a bank looks into a payment."""
    arriving = (
        select(func.coalesce(func.sum(_pending.points), 0))
        .where(_pending.member_id == member_id, _pending.matures_on <= day)
        .scalar_subquery()
    )
    wallet = read(
        select(_wallet.available, _wallet.owed, _wallet.frozen, arriving.label("due")).where(
            _wallet.member_id == member_id
        )
    ).one()
    return max(0, int(wallet.available) + int(wallet.due) - int(wallet.owed)), bool(wallet.frozen)


def facts() -> list[Select[Any]]:
    """For `p_member`: the charity that she chose (a), for the one UNION of a page."""
    return [fact("charity", a=_choice.charity).where(_choice.member_id == bindparam("p_member"))]

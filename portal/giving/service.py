"""The verbs of giving. One write touches one member, and one part of a charity's total."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from portal import ledger, people
from portal import programme as programmes
from portal.db import Base, run, table, upsert
from portal.errors import Refused
from portal.giving.funding import match, release, to_match
from portal.giving.models import CharityChoice, CharityTotal, Donation, GivingTotal, StandingGift
from portal.giving.queries import donation
from portal.giving.rules import fits, most, part_of
from portal.programme import Charity, Programme

_wallet = ledger.Wallet.__table__.c


@dataclass(frozen=True, slots=True)
class Given:
    """A gift that stands: points, their money in minor units, and the ledger's entry."""

    ref: str
    charity: str
    points: int
    value_minor: int
    currency: str
    seq: int
    at: datetime
    on_day: date
    repeated: bool = False


def donate(
    member_id: str,
    charity: str,
    points: int | None = None,
    *,
    ref: str,
    at: datetime,
    actor: str,
    proof: datetime | None = None,
) -> Given:
    """Give points to a charity, which becomes the one she has chosen. Without `points`: all that may be given. `proof`
    is when the member who gives in her own browser last showed that it is she.

    `ref` is the giver's key: the same gift again answers what stands, another under the same key is refused
    (`conflict`). Refuses `unknown_key`, `bad_value` (off the step, or below the minimum), `not_enough_points`,
    `owes_points` (Readings 11 and 40), `frozen` while a payment is disputed, `stopped` and `proof_needed` as
    `people.move_value`. A gift is worth what the points are worth on its day, rounded down.
    """
    number, active = programmes.active()
    asked = f"{charity}/{'all' if points is None else points}"
    ledger.lock(member_id)
    known = donation(member_id, ref)
    if known is not None:
        _same(known, asked, number)
        return _given(known, repeated=True)
    cause = active.charity(charity)
    day = active.day(at)
    # What was due until now is hers to give, and what has ended is not, whether or not the nightly work wrote it down.
    ledger.expire(member_id, active, at=at, day=day, actor=actor, version=number)
    ledger.mature(member_id, through=day, actor=actor, at=at, day=day, version=number)
    points = _amount(member_id, points, active)
    given = write(member_id, cause, points, asked=asked, ref=ref, at=at, day=day, actor=actor, proof=proof)
    choose(member_id, cause.key, at)
    return given


def write(
    member_id: str,
    cause: Charity,
    points: int,
    *,
    asked: str,
    ref: str,
    at: datetime,
    day: date,
    actor: str,
    proof: datetime | None = None,
) -> Given:
    """Write a gift whose `ref` is new, in the words in which it was `asked` for; what was due before is done.

    The caller holds her wallet. Refuses as `donate`. A mail tells her that the points left.
    """
    number, active = programmes.active()
    value_minor = worth(points, active)
    added_minor = to_match(member_id, value_minor, day)
    posted = ledger.debit(
        member_id, points, key=_key(ref), fingerprint=_fingerprint(asked), kind="donated", at=at, day=day,
        because=ledger.Because("donation", ref, actor, number, _trace(cause, points, value_minor, added_minor, active)),
    )  # fmt: skip
    reader = people.move_value(
        member_id, value_minor, like_money=False, programme=active, actor=actor, proof=proof, at=at
    )
    ledger.tell_of_move(member_id, posted.seq, reader, at)
    row: dict[str, Any] = {
        "ref": ref, "charity": cause.key, "points": points, "value_minor": value_minor, "currency": active.currency,
        "seq": posted.seq, "at": at, "on_day": day,
    }  # fmt: skip
    run(insert(Donation), {"member_id": member_id, **row})
    amounts = {"charity": cause.key, "points": points, "value_minor": value_minor, "gifts": 1}
    _count(GivingTotal, {"member_id": member_id, **amounts}, ["member_id", "charity"])
    _count(CharityTotal, {"part": part_of(member_id), **amounts}, ["charity", "part"])
    match(member_id, cause.key, added_minor, ref=ref, day=day)
    return Given(**row)


def choose(member_id: str, charity: str, at: datetime) -> None:
    """Remember the charity that a member means; what the programme had to give waits for it no longer.

    Refuses `unknown_key`.
    """
    ledger.lock(member_id)
    _, active = programmes.active()
    news = {"charity": active.charity(charity).key, "chosen_at": at}
    statement = upsert(CharityChoice).values(member_id=member_id, **news)
    run(statement.on_conflict_do_update(index_elements=["member_id"], set_=news))
    release(member_id, charity)


def worth(points: int, active: Programme) -> int:
    """What a gift of so many points is in money: minor units. Refuses `bad_value` off the step, below the minimum, or
    where it is nothing."""
    giving = active.giving
    if not fits(giving, points):
        raise Refused(
            "bad_value", f"Give {giving.minimum} points or more, in steps of {giving.step}.", pointer="/points",
            minimum=giving.minimum, step=giving.step,
        )  # fmt: skip
    value_minor = active.value_minor(points)
    if value_minor == 0:
        raise Refused("bad_value", "So few points are worth nothing yet.", pointer="/points")
    return value_minor


def _amount(member_id: str, points: int | None, active: Programme) -> int:
    giving = active.giving
    if points is None:
        wallet = run(
            select(_wallet.available, _wallet.owed).where(_wallet.member_id == member_id)
        ).one_or_none()
        points = 0 if wallet is None else most(giving, wallet.available)
        if points == 0:  # the ledger says why, of the least that could be given
            return giving.minimum
    return points


def _same(known: Row[Any], asked: str, number: int) -> None:
    """Refuse `conflict` unless the gift that stands was asked for in the same words: the ledger compares them."""
    ledger.debit(
        known.member_id, known.points, key=_key(known.ref), fingerprint=_fingerprint(asked), kind="donated",
        at=known.at, day=known.on_day, because=ledger.Because("donation", known.ref, "", number, {}),
    )  # fmt: skip


def forget(member_id: str) -> None:
    """Let go of the cause that a member picked, who leaves: it says what she believes in. What was given stays, and
    nothing is given each month any more."""
    for model in (CharityChoice, StandingGift):
        run(delete(model).where(table(model).c.member_id == member_id))


def _count(model: type[Base], row: dict[str, Any], keys: list[str]) -> None:
    """Add a gift to a total."""
    columns, statement = table(model).c, upsert(model)
    added = {name: columns[name] + statement.excluded[name] for name in ("points", "value_minor", "gifts")}
    run(statement.on_conflict_do_update(index_elements=keys, set_=added), row)


def _trace(
    cause: Charity, points: int, value_minor: int, added_minor: int, active: Programme
) -> dict[str, Any]:
    return {
        "charity": {"key": cause.key, "label": cause.label},
        "points": points,
        "value_minor": value_minor,
        **({"matched_minor": added_minor} if added_minor else {}),
        "currency": active.currency,
        "worth": {"points": active.unit.value_points, "minor": active.unit.value_minor},
    }


def _given(row: Row[Any], *, repeated: bool) -> Given:
    return Given(
        row.ref, row.charity, row.points, row.value_minor, row.currency, row.seq, row.at, row.on_day, repeated
    )


def _key(ref: str) -> str:
    return f"donation/{ref}"


def _fingerprint(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()

"""A shop at the level of verbs: a programme in force, members with wallets, orders told, points moved, proofs asked."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, TypeVar

from flask import Flask
from sqlalchemy import Row, text

from portal import earning, ledger, people
from portal import programme as programmes
from portal.db import read, savepoint, transact
from portal.errors import Refused
from tests import make
from tests.programme.texts import small

T = TypeVar("T")
TODAY = make.NOW.date()
EARN = '\n[[earn]]\nkey = "all"\nlabel = "Everything"\npoints = 1\nper = "1.00"\n'


def pending(days: int) -> str:
    """Part of a programme: points wait so many days."""
    return f"\n[orders]\npending_days = {days}\n"


def tiers(*steps: str, period: str = "calendar-year", keeps: str = "next-period") -> str:
    """Part of a programme: silver, gold ... by spend of these amounts."""
    names = ("silver", "gold", "platinum")
    ladder = "".join(
        f'\n[[tiers]]\nkey = "{name}"\nlabel = "{name.title()}"\n'
        f'entry = [{{ metric = "spend", amount = "{amount}" }}]\n'
        for name, amount in zip(names, steps, strict=False)
    )
    return f'\n[tier_rules]\nperiod = "{period}"\nkeeps = "{keeps}"\n{ladder}'


def publish(*parts: str, **changed: str) -> int:
    """Put the small programme with these parts in force; one point a pound unless a part says how to earn."""
    earn = () if any("[[earn]]" in part for part in parts) else (EARN,)
    return transact(lambda: programmes.publish(small(*earn, *parts, **changed), make.NOW))


def join(ref: str = "c-1", email: str | None = None, *, proved: bool = False, at: datetime = make.NOW) -> str:
    """A new member with an empty wallet; her id."""

    def joined() -> str:
        member_id = people.join(
            people.Profile(name="Anna"),
            ref=ref,
            email=email,
            proved=proved,
            joined_at=at,
            joined_on=programmes.active()[1].day(at),
            now=at,
        )
        ledger.open_wallet(member_id)
        return member_id

    return transact(joined)


def tell(
    *amounts: str, number: str = "1", at: datetime = make.NOW, shop: str = "main", **changes: Any
) -> earning.Answer:
    """The shop tells the state of an order; what it is answered."""
    body = earning.OrderBody.model_validate(make.order(*amounts, **changes))
    return transact(lambda: earning.record_order(body, shop=shop, number=number, at=at, actor="shop:main"))


def tell_together(
    orders: Sequence[tuple[str, dict[str, Any]]],
    *,
    at: datetime | Sequence[datetime] = make.NOW,
    shop: str = "main",
) -> list[earning.Answer | Refused]:
    """The shop tells many orders (number and body) in one write, each by itself; what each is answered."""
    ats = [at] * len(orders) if isinstance(at, datetime) else at
    tellings = [
        earning.Telling(earning.OrderBody.model_validate(body), shop, number, told_at, "shop:main")
        for (number, body), told_at in zip(orders, ats, strict=True)
    ]

    def told() -> list[earning.Answer | Refused]:
        return [
            answer or _tell_apart(telling)
            for telling, answer in zip(tellings, earning.record_fresh(tellings), strict=True)
        ]

    return transact(told)


def _tell_apart(one: earning.Telling) -> earning.Answer | Refused:
    try:
        with savepoint():
            return earning.record_order(
                one.body, shop=one.shop, number=one.number, at=one.at, actor=one.actor
            )
    except Refused as refused:
        return refused


def because(source: str = "test", ref: str = "1") -> ledger.Because:
    """A reason to move points."""
    return ledger.Because(source, ref, "test", 1, {})


def give(
    member_id: str,
    points: int,
    key: str = "give",
    *,
    fingerprint: str = "a",
    source: str = "test",
    ref: str = "1",
    expires_on: date = ledger.NEVER,
    matures_on: date | None = None,
    day: date = TODAY,
) -> ledger.Posted:
    """Credit points in a write of its own."""
    return transact(
        lambda: ledger.credit(
            member_id,
            points,
            key=key,
            fingerprint=fingerprint,
            because=because(source, ref),
            expires_on=expires_on,
            at=make.NOW,
            day=day,
            matures_on=matures_on,
        )
    )


def spend(
    member_id: str,
    points: int,
    key: str = "spend",
    *,
    fingerprint: str = "a",
    kind: Literal["redeemed", "donated"] = "redeemed",
) -> ledger.Posted:
    """Debit points in a write of its own."""
    return transact(
        lambda: ledger.debit(
            member_id,
            points,
            key=key,
            fingerprint=fingerprint,
            because=because("reward"),
            kind=kind,
            at=make.NOW,
            day=TODAY,
        )
    )


def take_back(
    member_id: str,
    points: int,
    key: str = "take-back",
    *,
    fingerprint: str = "a",
    source: str = "test",
    ref: str = "1",
    lot: date = ledger.NEVER,
) -> ledger.Posted:
    """Claw points back in a write of its own."""
    return transact(
        lambda: ledger.claw_back(
            member_id,
            points,
            key=key,
            fingerprint=fingerprint,
            because=because(source, ref),
            lot=lot,
            at=make.NOW,
            day=TODAY,
        )
    )


def mature(member_id: str, through: date) -> list[ledger.Posted]:
    """Let what waits arrive, in a write of its own."""
    return transact(
        lambda: ledger.mature(
            member_id, through=through, actor="nightly", at=make.NOW, day=through, version=1
        )
    )


def expire(member_id: str, when: date | datetime) -> list[ledger.Posted]:
    """Tell her which points end and let lapse what has ended, at an instant or at the beginning of a day."""
    number, active = programmes.active()
    at = when if isinstance(when, datetime) else active.midnight(when)
    return transact(
        lambda: ledger.expire(member_id, active, at=at, day=active.day(at), actor="nightly", version=number)
    )


def morning(day: date) -> datetime:
    """Nine o'clock UTC of a day."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def later(days: int) -> datetime:
    """So many days after NOW."""
    return make.NOW + timedelta(days=days)


def wallet(member_id: str) -> Row[Any]:
    """A member's wallet, whole."""
    return read(text("SELECT * FROM wallet WHERE member_id = :id"), {"id": member_id}).one()


def buckets(member_id: str) -> tuple[int, int, int]:
    """What is available, what waits and what is owed."""
    row = wallet(member_id)
    return row.available, row.pending, row.owed


def lots(member_id: str) -> dict[str, int]:
    """What is left in each lot, by its last day; empty lots are left out."""
    rows = read(
        text("SELECT expires_on, remaining FROM lot WHERE member_id = :id AND remaining > 0"),
        {"id": member_id},
    )
    return {str(row.expires_on): row.remaining for row in rows}


def rows(table: str) -> int:
    """How many rows a table has."""
    return int(read(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def sound() -> None:
    """The ledger and the orders prove themselves, as `portal check` does."""
    assert ledger.faults() == []
    assert earning.faults() == []


def refused(verb: Callable[..., object], *args: Any, **kwargs: Any) -> Refused:
    """The refusal that a verb answers with; fails when it is carried out."""
    try:
        verb(*args, **kwargs)
    except Refused as refusal:
        return refusal
    raise AssertionError("this was carried out, and should have been refused")


def at_once(app: Flask, calls: Iterable[Callable[[], T]], threads: int = 16) -> list[T | Refused]:
    """Make all calls in parallel, each with an app context of its own; answers and refusals in their order."""

    def one(call: Callable[[], T]) -> T | Refused:
        with app.app_context():
            try:
                return call()
            except Refused as refusal:
                return refusal

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, calls))

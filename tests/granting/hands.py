"""Hands that tell granting what others would tell it, each in a write of its own, and what a member then has."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from portal import granting, ledger, people, rewards, tiers
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.ledger import shop
from tests.programme.texts import small

GIFTS = """
[[rewards]]
key = "gift"
label = "A gift"
kind = "thing"

[[rewards]]
key = "treat"
label = "A treat"
kind = "thing"

[[rewards]]
key = "five"
label = "Five pounds"
kind = "money-off"
value = "5.00"
"""
PLANS = """
[[plans]]
key = "monthly"
label = "Plus"
interval = "month"
price = "5.00"

[[plans]]
key = "yearly"
label = "Plus"
interval = "year"
price = "48.00"

[[plans]]
key = "life"
label = "For life"
interval = "life"
price = "90.00"
"""


def publish_money(*parts: str, **changed: str) -> int:
    """Put a small programme in force whose balance is money."""
    text = small(*parts, value="", **changed).replace("[unit]", '[unit]\nkind = "money"')
    return transact(lambda: programmes.publish(text, make.NOW))


def instant(day: str | date | datetime) -> datetime:
    """Noon UTC of a day; an instant as it is."""
    if isinstance(day, datetime):
        return day
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(found.year, found.month, found.day, 12, tzinfo=UTC)


def told(day: str | date | datetime) -> dict[str, Any]:
    """When something is told: the instant, its day and by whom."""
    at = instant(day)
    return {"at": at, "day": programmes.active()[1].day(at), "actor": "test"}


def count(
    member_id: str, on: str, *, placed_on: str | None = None, tier: str | None = None, **by: int
) -> None:
    """Tell differences: `count(anna, "2026-03-05", goal__month=1000)`; `__` is a colon, `_` a hyphen."""
    changes = {name.replace("__", ":").replace("_", "-"): change for name, change in by.items()}
    _, active = programmes.active()
    placed = date.fromisoformat(placed_on or on)
    transact(lambda: granting.count(member_id, active, changes, placed_on=placed, tier=tier, **told(on)))


def join(
    on: str | datetime = "2026-01-15", ref: str = "c-1", *, first_time: bool = True, **profile: str
) -> str:
    """A new member, told to granting; her id."""
    at = instant(on)

    def joined() -> str:
        _, active = programmes.active()
        member_id = people.join(
            people.Profile(name="Anna", **profile), ref=ref, email=None, proved=False, joined_at=at,
            joined_on=active.day(at), now=at,
        )  # fmt: skip
        ledger.open_wallet(member_id)
        granting.joined(member_id, active, first_time=first_time, **told(at))
        return member_id

    return transact(joined)


def change(member_id: str, on: str | datetime, **profile: str) -> None:
    """She or the shop tells another birthday or zone."""
    _, active = programmes.active()
    when = told(on)

    def changed() -> None:
        people.change(member_id, people.Profile(**profile))
        granting.plan_ahead(member_id, active, when["day"], at=when["at"], actor="test")

    transact(changed)


def hold(
    member_id: str, plan: str, since: str, until: str | None, *, on: str | None = None, months: int = 1
) -> None:
    """Billing tells that a plan is held from `since` to `until`."""
    _, active = programmes.active()
    when = told(on or since)
    last = None if until is None else date.fromisoformat(until)

    def held() -> None:
        tiers.hold_plan(
            member_id, active, plan, since=date.fromisoformat(since), until=last, months=months, at=when["at"],
            day=when["day"],
        )  # fmt: skip
        granting.follow(member_id, active, **when)

    transact(held)


def pay(member_id: str, plan: str, paid_on: str, until: str | None, *, on: str | None = None) -> None:
    """Billing tells one payment."""
    _, active = programmes.active()
    last = None if until is None else date.fromisoformat(until)
    paid = date.fromisoformat(paid_on)
    transact(lambda: granting.paid(member_id, active, plan, paid_on=paid, until=last, **told(on or paid_on)))


def rise(member_id: str, tier: str, since: str, until: str | None, *, on: str | None = None) -> None:
    """She reaches a tier, which lasts to a day; told on its first day, or `on` another."""
    _, active = programmes.active()
    first, last = date.fromisoformat(since), None if until is None else date.fromisoformat(until)

    def risen() -> None:
        tiers.grant(
            member_id, tier, "earned", period=str(first.year), since=first, until=last, review_on=None,
            reached_by="test", at=instant(on or since),
        )  # fmt: skip
        granting.follow(member_id, active, **told(on or since))

    transact(risen)


def run(member_id: str, at: datetime) -> None:
    """Do what is due for her by an instant."""
    _, active = programmes.active()
    transact(lambda: granting.run_due(member_id, active, day=active.day(at), at=at, actor="nightly"))


def nights(through: str) -> Iterator[date]:
    """Do what is due for anybody, each at 0:00 of its day, as the nightly work does; the days of it."""
    _, active = programmes.active()
    last = None
    while (due := granting.next_due()) is not None and due <= date.fromisoformat(through):
        assert due != last, f"what was due on {due} is due still"
        for member_id in granting.due_members(due, "", 50):
            run(member_id, active.midnight(due))
        last = due
        yield due


def live(through: str) -> list[str]:
    """As `nights`, to the end; the days."""
    return [str(day) for day in nights(through)]


def have(member_id: str, on: str) -> list[tuple[str, str, str]]:
    """Her rewards on a day, oldest first: reward, state and why."""
    found = rewards.held(member_id, date.fromisoformat(on))
    return [(one.terms.key, one.state, one.reason) for one in sorted(found, key=lambda one: one.id)]


def available(member_id: str, on: str) -> int:
    """How many rewards she can use on a day."""
    return sum(state == "available" for _, state, _ in have(member_id, on))


def issued_on(member_id: str) -> list[str]:
    """The days on which she was given rewards, in order."""
    rows = read(text("SELECT issued_on FROM redemption WHERE member_id = :id ORDER BY id"), {"id": member_id})
    return [str(row.issued_on) for row in rows]


def use_newest(member_id: str, on: str) -> None:
    """The reward that she was given last is used on an order."""
    newest = max(rewards.held(member_id, date.fromisoformat(on)), key=lambda one: one.id)
    transact(lambda: rewards.use(ref=newest.ref, shop="main", order=f"o-{newest.id}", at=instant(on)))


def points(member_id: str) -> int:
    """What she has less what she owes."""
    available, pending, owed = shop.buckets(member_id)
    return available + pending - owed


def state(member_id: str, on: str) -> granting.State:
    """Goals, counters and badges on a day."""
    return granting.state(member_id, programmes.active()[1], date.fromisoformat(on))


def sound() -> None:
    """What `portal check` asks of points, rewards and what was given."""
    assert ledger.faults() == []
    assert rewards.faults() == []
    assert granting.faults() == []


def later(at: datetime, **by: int) -> datetime:
    """So much after an instant."""
    return at + timedelta(**by)

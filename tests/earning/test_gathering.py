"""Many orders recorded together leave the very rows that they leave when each is told by itself."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from portal import earning, tiers
from portal import programme as programmes
from portal.db import db, read, transact
from portal.errors import Refused
from tests import make
from tests.earning import naive
from tests.ledger import shop
from tests.ledger.shop import at_once, buckets, sound, tell, tell_together

pytestmark = pytest.mark.both_engines
MEMBERS = ("anna", "bea", "cleo")
ROWS = {
    "wallet": "available, pending, owed, earned, spent, seq",
    "operation": "key, fingerprint, actor, at",
    "entry": "seq, operation_key, kind, contra, d_available, d_pending, d_owed, after_available, after_pending,"
    " after_owed, source, source_ref, programme_version, trace, at, on_day",
    "lot": "expires_on, granted, remaining",
    "lot_use": "seq, expires_on, points",
    "pending_lot": "source, source_ref, matures_on, expires_on, points",
    "tier_counter": "year, spend_minor, orders, points_earned",
    "tier_grant": "tier, source, period, since, until, review_on, reached_by, granted_at",
    "shop_order": "number, version, body, body_hash, status, placed_on, frozen, kept, reversed, counted_minor,"
    " counts_as_order, answer, trace, told_at, measured",
    "measure": "key, period, amount",
    "given": "key, period, on_day, points, reward, withdrawn_on",
    "badge": "key, on_day",
}
GOALS = """
[[goals]]
key = "three-orders"
label = "Three orders in a month"
metric = "orders"
count = 3
per = "month"
gives = { points = 100 }

[[goals]]
key = "in-the-app"
label = "A hundred in the app"
metric = "spend"
amount = "100.00"
per = "year"
when = { channels = ["app"] }
tiers = ["silver", "gold"]
gives = { points = 40, badge = "app" }
"""


def books(run: str) -> dict[str, list[str]]:
    """Every row of the members of a run, without what names the run: member ids, and its shop."""
    return {
        table: sorted(
            str(tuple(row)).replace(run, "run")
            for row in read(
                text(
                    f"SELECT m.ref, {', '.join(f't.{name.strip()}' for name in columns.split(','))}"
                    f" FROM {table} t JOIN member m ON m.id = t.member_id WHERE m.ref LIKE :run"
                ),
                {"run": f"%-{run}"},
            )
        )
        for table, columns in ROWS.items()
    }


def a_past(run: str) -> dict[str, str]:
    """Three members: one owes what she spent, one has a tier that is due for review, one is new."""
    ids = {name: shop.join(f"{name}-{run}", at=datetime(2025, 3, 1, 9, tzinfo=UTC)) for name in MEMBERS}
    early = {"placed_at": "2025-05-01T09:00:00Z", "member": f"anna-{run}"}
    tell("80.00", number="old", shop=run, at=datetime(2025, 6, 1, 9, tzinfo=UTC), **early)
    shop.spend(ids["anna"], 80)
    cancelled = {"version": 2, "status": "cancelled"}
    tell("80.00", number="old", shop=run, at=datetime(2025, 6, 2, 9, tzinfo=UTC), **early, **cancelled)
    bea = {"placed_at": "2025-07-01T09:00:00Z", "member": f"bea-{run}"}
    tell("250.00", number="first", shop=run, at=datetime(2025, 7, 1, 10, tzinfo=UTC), **bea)
    return ids


def some_orders(seed: int, run: str) -> list[tuple[str, dict[str, Any], datetime]]:
    """Orders with lines of all kinds over two months, in order of time: unpaid, refunded, wrong, repeated ones too."""
    luck = random.Random(seed)
    told = []
    for number in range(luck.randint(5, 25)):
        at = make.NOW - timedelta(days=luck.choice([0, 1, 15, 40]), minutes=number)
        amounts = [
            luck.choice(["199.99", "20.00", "0.01", "301.00", "12.34"]) for _ in range(luck.randint(1, 3))
        ]
        body = make.order(
            *amounts,
            member=f"{luck.choice(MEMBERS)}-{run}",
            placed_at=(at - timedelta(days=luck.choice([0, 0, 3, 20]))).isoformat(),
            status=luck.choice(["paid", "paid", "fulfilled", "pending"]),
            currency=luck.choice(["GBP", "GBP", "EUR"]),
            channel=luck.choice(["app", "store"]),
        )
        if luck.random() < 0.1:
            body["refunds"] = [make.refund(luck.choice(["5.00", "999.00"]))]
        if luck.random() < 0.05:
            body["currency"] = "JPY"
        told.append((str(number), body, at))
        if luck.random() < 0.1:
            told.append(
                (str(number), body | {"version": 2, "status": "cancelled"}, at + timedelta(seconds=30))
            )
    return sorted(told, key=lambda one: one[2])


@pytest.mark.parametrize("more", ["", GOALS], ids=["plain", "goals"])
@pytest.mark.parametrize("seed", range(6))
def test_orders_told_together_leave_the_rows_of_orders_told_alone(app: Flask, engine, seed, more):
    transact(lambda: programmes.publish(naive.PROGRAMME + more, make.NOW))
    alone, together = f"alone{seed}", f"apart{seed}"  # of one length: the sum of a text must not differ
    said = {}
    for run in (alone, together):
        a_past(run)
        orders = some_orders(seed, run)
        if run == alone:
            answers = [_told_alone(number, body, at, run) for number, body, at in orders]
        else:
            answers = tell_together([one[:2] for one in orders], at=[one[2] for one in orders], shop=run)
        said[run] = [_said(answer) for answer in answers]
    assert said[alone] == said[together]
    found = {run: books(run) for run in (alone, together)}
    for table in ROWS:
        assert _without_hashes(found[alone][table]) == _without_hashes(found[together][table]), table
    sound()


def _told_alone(number: str, body: dict[str, Any], at: datetime, run: str) -> earning.Answer | Refused:
    order = earning.OrderBody.model_validate(body)
    try:
        return transact(
            lambda: earning.record_order(order, shop=run, number=number, at=at, actor="shop:main")
        )
    except Refused as refused:
        return refused


def _said(answer: earning.Answer | Refused) -> tuple[Any, ...]:
    if isinstance(answer, Refused):
        return answer.code, answer.pointer
    return answer.earned, answer.pending, answer.reversed, answer.kept, answer.risen, answer.repeated


def _without_hashes(rows: list[str]) -> list[str]:
    """The hash of a body differs with the member's id in it."""
    return sorted(re.sub(r"[0-9a-f]{64}", "hash", row) for row in rows)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, said: str, *_rest: Any) -> None:
        seen.append(said)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_hundred_new_orders_take_no_more_statements_than_ten(anna):
    asked = []
    for run, many in (("ten", 10), ("hundred", 100)):
        with statements() as seen:
            answers = tell_together([(f"{run}-{n}", make.order("10.00")) for n in range(many)])
        assert [answer.kept for answer in answers if isinstance(answer, earning.Answer)] == [10] * many
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 25
    assert buckets(anna) == (1100, 0, 0)
    sound()


def test_only_the_orders_among_which_a_goal_is_reached_are_told_one_by_one(app: Flask):
    transact(lambda: programmes.publish(naive.PROGRAMME + GOALS, make.NOW))
    anna, asked = shop.join(), []
    for run, many in (("before", 2), ("reached", 1), ("after", 2), ("many", 60)):
        with statements() as seen:
            tell_together([(f"{run}-{n}", make.order("1.00")) for n in range(many)])
        asked.append(sum(said.startswith("INSERT INTO entry") for said in seen))
    assert asked == [1, 2, 1, 1]  # the order and its prize, each by itself
    assert buckets(anna) == (100, 65, 0)
    sound()


def test_a_prize_that_was_taken_back_is_given_again_by_orders_told_together(app: Flask):
    transact(lambda: programmes.publish(naive.PROGRAMME + GOALS, make.NOW))
    anna = shop.join()
    orders = [(str(n), make.order("1.00")) for n in range(3)]
    tell_together(orders)
    tell("1.00", number="2", version=2, status="cancelled")
    assert buckets(anna) == (0, 2, 0)
    tell_together([("3", make.order("1.00"))])
    assert buckets(anna) == (100, 3, 0)
    sound()


def test_of_one_member_all_orders_are_recorded_together_or_none(anna):
    shop.join("c-2")
    tell("10.00", number="known")
    orders = [
        earning.Telling(earning.OrderBody.model_validate(body), "main", number, make.NOW, "shop:main")
        for number, body in (
            ("1", make.order("10.00")),
            ("2", make.order("20.00", member="c-2")),
            ("known", make.order("15.00", version=2)),
            ("3", make.order("30.00")),
        )
    ]
    answers = transact(lambda: earning.record_fresh(orders))
    assert [answer and answer.kept for answer in answers] == [None, 20, None, None]
    sound()


def test_a_tier_that_is_reached_midway_counts_for_the_orders_after_it(app: Flask):
    transact(lambda: programmes.publish(naive.PROGRAMME, make.NOW))
    anna = shop.join()
    orders = [(str(n), make.order("260.00")) for n in range(3)]
    answers = tell_together(orders)
    assert [_said(answer)[3:5] for answer in answers] == [(260, ("silver",)), (260, ("gold",)), (390, ())]
    assert {grant.tier for grant in tiers.grants(anna)} == {"silver", "gold"}
    sound()


def test_what_is_owed_is_paid_by_orders_told_together(anna):
    tell("50.00", number="old")
    shop.spend(anna, 50)
    tell("50.00", number="old", version=2, status="cancelled")
    tell_together([(str(n), make.order("20.00")) for n in range(4)])
    assert buckets(anna) == (30, 0, 0)
    sound()


def test_the_same_orders_together_and_alone_at_once_are_each_counted_once(app: Flask, anna):
    orders = [(str(n), make.order("10.00")) for n in range(20)]
    calls: list[Any] = [lambda: tell_together(orders)] * 3 + [lambda: tell_together(orders[::-1])] * 3
    calls += [lambda n=n: tell("10.00", number=str(n)) for n in range(0, 20, 2)]
    random.Random(1).shuffle(calls)
    answers = at_once(app, calls)
    assert not any(isinstance(answer, Refused) for answer in answers)
    assert buckets(anna) == (200, 0, 0)
    sound()


def test_orders_of_many_members_together_across_each_other_finish_and_add_up(app: Flask, anna):
    ids = [anna, *(shop.join(f"c-{n}") for n in range(2, 6))]
    orders = [(f"{n}", make.order("10.00", member=f"c-{n % 5 + 1}")) for n in range(25)]
    batches = [orders[:15], orders[10:], orders[::-2], orders[::3]]
    at_once(app, [lambda batch=batch: tell_together(batch) for batch in batches * 2])
    assert [buckets(member)[0] for member in ids] == [50] * 5
    sound()

"""Product cases by number (product.md, "The least that its tests must show") that no other folder shows: 13 and 21.

1 to 6 and 9 are in tests/merchant and tests/rewards, 7, 8 and 20 in tests/ledger, 9 and 10 in tests/tiers, 19 in
tests/granting.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from portal import programme as programmes
from tests.catalogue.lines import Line, back, buys, item, joins, plan
from tests.engine.bench import Bench
from tests.engine.sums import instant

BOX = "birchbox-vip"
DECLINED = date(2026, 4, 16)


def source(key: str) -> str:
    """The text of a programme of the catalogue."""
    return programmes.load(key).source


def paid(*months: int) -> list[Line]:
    """A payment of the box in each of these months of 2026; the first begins it."""
    return [plan(f"2026-{month:02}-15", "renewed" if month > 1 else "started", "monthly") for month in months]


def test_least_13_a_declined_card_keeps_everything_for_its_window_and_day_six_leaves_no_gap(bench: Bench):
    lines = [
        joins(), *paid(1, 2, 3), plan(f"{DECLINED}", "payment_failed", "monthly"),
        plan(f"{DECLINED + timedelta(6)}", "recovered", "monthly"), *paid(5, 6),
    ]  # fmt: skip

    def stands(day: date, told: list[Line] = lines) -> tuple[str, str, bool]:
        at = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
        anna = bench.simulate(source(BOX), told, at)["members"]["anna"]
        return anna["tier"]["key"], anna["plan"]["status"], bool(anna["perks"])

    for days in range(6):
        assert stands(DECLINED + timedelta(days)) == ("member", "past_due", True)
    assert stands(DECLINED + timedelta(6)) == ("member", "active", True)
    assert stands(date(2026, 6, 14)) == ("member", "active", True)
    assert stands(date(2026, 6, 15)) == ("vip", "active", True)  # the sixth payment in a row
    lapsed = lines[:5]
    assert stands(DECLINED + timedelta(7), lapsed) == ("member", "past_due", True)
    assert stands(DECLINED + timedelta(8), lapsed) == ("member", "ended", False)


@pytest.mark.parametrize("later", ["0.05", "0.07"])
def test_least_21_an_order_in_rand_earns_as_its_worth_and_a_refund_at_another_rate_takes_the_same(
    app: Flask, clock: time_machine.Traveller, later: str
):
    from portal import earning, joining, people
    from portal.db import transact

    # 1,700.00 rand at 0.055 are 93.50 dollars; so are 100.00 euros at 0.935.
    before = source("smile-classic").replace('rate = "1.10"', 'rate = "0.935"')
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock.move_to(start)
    transact(lambda: programmes.publish(before, start))
    told = joining.MemberBody.model_validate({"email": "anna@example.com", "name": "Anna"})
    transact(lambda: joining.put_member("anna", told, source="test", now=start))
    anna = people.by_ref("anna")
    assert anna is not None

    def tells(line: Line) -> int:
        body = earning.OrderBody.model_validate(line["data"])
        at = instant(line["at"])
        answer = transact(
            lambda: earning.record_order(body, shop="main", number=line["order"], at=at, actor="test")
        )
        return int(answer.kept)

    rands = buys("2026-03-02", item("1700.00"), order="rand", currency="ZAR")
    euros = buys("2026-03-02", item("100.00"), order="euro", currency="EUR")
    assert tells(rands) == tells(euros) == 467
    after = before.replace('rate = "0.055"', f'rate = "{later}"')
    transact(lambda: programmes.publish(after, start + timedelta(days=30)))
    clock.move_to(start + timedelta(days=32))
    body = rands["data"] | {"version": 2, "refunds": [back("2026-04-02", "850.00")]}
    assert tells(rands | {"at": "2026-04-02T15:00:00Z", "data": body}) == 233
    body = body | {"version": 3, "refunds": [*body["refunds"], back("2026-04-02", "850.00", "r2")]}
    assert tells(rands | {"at": "2026-04-02T16:00:00Z", "data": body}) == 0

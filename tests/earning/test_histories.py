"""Random histories, told to the portal and to plain loops: both keep the same books, and nothing is ever below zero.

The number of histories comes from EXAMPLES (60 when it is not set): `EXAMPLES=1000` for evidence.
"""

import copy
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal import earning, ledger, tiers
from portal import programme as programmes
from portal.db import new_id, transact
from portal.earning.body import OrderBody, facts
from portal.errors import Refused
from tests import make
from tests.earning import naive
from tests.ledger import shop

T = TypeVar("T")
EXAMPLES = int(os.environ.get("EXAMPLES", "60"))
REFS = ("anna", "bea")

steps = st.sampled_from(["200.00", "199.99", "500.00", "499.99", "300.00", "0.01"])
amounts = st.integers(0, 30_000).map(lambda n: f"{n // 100}.{n % 100:02d}") | steps
small_amounts = st.integers(0, 500).map(lambda n: f"{n // 100}.{n % 100:02d}")
kinds = st.sampled_from(["goods", "goods", "goods", "gift-card", "service"])
categories = st.sampled_from([None, None, "books", "tea"])


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """The first state of an order, right in itself; whose and when is for the teller to say."""
    lines = [
        make.line(draw(amounts), str(place), kind=draw(kinds)) | ({"category": category} if category else {})
        for place, category in enumerate(draw(st.lists(categories, min_size=1, max_size=4)), 1)
    ]
    total = sum(naive.pence(line["amount"]) for line in lines)
    discount = draw(st.sampled_from([0, 0, min(1, total), total // 10, total]))
    rewards = draw(st.sampled_from([0, 0, 0, (total - discount) // 3]))
    return {
        "version": 1,
        "member": {"id": "anna"},
        "placed_at": make.NOW.isoformat(),
        "status": draw(st.sampled_from(["paid", "paid", "paid", "fulfilled", "pending"])),
        "currency": draw(st.sampled_from(["GBP", "GBP", "GBP", "EUR"])),
        "channel": draw(st.sampled_from(["app", "store"])),
        "lines": lines,
        "shipping": draw(small_amounts),
        "discount": f"{discount // 100}.{discount % 100:02d}",
        "paid_by_rewards": f"{rewards // 100}.{rewards % 100:02d}",
        "refunds": [],
    }


@st.composite
def refunds(draw: st.DrawFn, body: dict[str, Any], *, fits: bool = True) -> dict[str, Any]:
    """One more refund of an order: by line or as a sum, that fits (or may not)."""
    number = f"r{len(body['refunds']) + 1}"
    line = draw(st.sampled_from(body["lines"]))
    if draw(st.booleans()):
        most = sum(naive.pence(one["amount"]) for one in body["lines"])
    else:
        most = naive.pence(line["amount"])
    most = most + (0 if fits else 100)
    share = draw(st.sampled_from([most, most // 2, most // 3, 1]))
    amount = f"{share // 100}.{share % 100:02d}"
    return make.refund(amount, number, line=line["id"] if draw(st.booleans()) else None)


PROGRAMME = programmes.parse(naive.PROGRAMME, "naive.toml")


@settings(max_examples=EXAMPLES * 5)
@given(orders(), st.data(), st.sampled_from(["member", "silver", "gold"]))
def test_points_are_what_a_plain_loop_makes_of_the_order(body, data, tier):
    for _ in range(data.draw(st.integers(0, 3))):
        body["refunds"].append(data.draw(refunds(body)))
    read = facts(OrderBody.model_validate(body), PROGRAMME, "main")
    assert outcome(lambda: _engine(read, tier)) == outcome(lambda: naive.keeps(body, tier))


def _engine(order: earning.OrderFacts, tier: str) -> tuple[int, int]:
    found = earning.assess(PROGRAMME, order, earning.Frozen(1, tier))
    return found.points, found.counted_minor


def outcome(verb: Callable[[], T]) -> T | str:
    """What comes of it: an answer, or the code of the refusal."""
    try:
        return verb()
    except Refused as refused:
        return refused.code
    except naive.Nonsense as nonsense:
        return str(nonsense)


class Histories(RuleBasedStateMachine):
    """Two members, their orders, and whatever shops say of them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = make.NOW
        self.run = new_id()  # the members of each history are its own: facts cannot be deleted
        self.books = naive.Books()
        self.ids: dict[str, str] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.kept: dict[str, int] = {}
        for ref in REFS:
            self.ids[ref] = shop.join(self.ref(ref), at=self.now)
            self.books.members[ref] = naive.Member(make.NOW.date())

    def ref(self, name: str) -> str:
        return f"{name}-{self.run}"

    def tell(self, number: str, body: dict[str, Any]) -> None:
        """Both hear of it; both answer alike."""
        self.now += timedelta(minutes=1)
        sent = body | {"member": {"id": self.ref(body["member"]["id"])}}
        order = OrderBody.model_validate(sent)
        before = self.seqs()
        answer = outcome(
            lambda: transact(
                lambda: earning.record_order(order, shop=self.run, number=number, at=self.now, actor="test")
            )
        )
        expected = outcome(lambda: self.books.tell(number, body, self.now))
        if isinstance(answer, str):
            assert answer == expected
            assert self.seqs() == before
            return
        assert answer.kept == expected
        assert answer.earned - answer.reversed == answer.kept
        if answer.repeated:
            assert self.seqs() == before
        else:
            self.told.append((number, copy.deepcopy(body)))

    def tell_together(self, many: list[tuple[str, dict[str, Any]]]) -> None:
        """Both hear of many at once; what is not recorded together is told by itself."""
        self.now += timedelta(minutes=1)
        expected = [
            outcome(lambda number=number, body=body: self.books.tell(number, body, self.now))
            for number, body in many
        ]
        sent = [(number, body | {"member": {"id": self.ref(body["member"]["id"])}}) for number, body in many]
        answers = shop.tell_together(sent, shop=self.run, at=self.now)
        for (number, body), answer, points in zip(many, answers, expected, strict=True):
            if isinstance(answer, Refused):
                assert answer.code == points
                continue
            assert answer.kept == points
            if not answer.repeated:
                self.told.append((number, copy.deepcopy(body)))

    def seqs(self) -> list[int]:
        return [shop.wallet(member).seq for member in self.ids.values()]

    def next_state(self, data: st.DataObject) -> tuple[str, dict[str, Any]]:
        number = data.draw(st.sampled_from(sorted(self.books.orders)), label="order")
        body = copy.deepcopy(self.books.orders[number].body)
        body["version"] += data.draw(st.integers(1, 3))
        return number, body

    @rule(body=orders(), whose=st.sampled_from(REFS), days=st.integers(0, 40), hours=st.integers(-20, 20))
    def buys(self, body: dict[str, Any], whose: str, days: int, hours: int) -> None:
        placed = min(self.now - timedelta(days=days, hours=hours), self.now + timedelta(hours=12))
        body = body | {"member": {"id": whose}, "placed_at": placed.isoformat()}
        self.tell(str(len(self.books.orders) + 1), body)

    @rule(
        bodies=st.lists(
            st.tuples(orders(), st.sampled_from(REFS), st.integers(0, 40)), min_size=2, max_size=6
        ),
        data=st.data(),
        known=st.booleans(),
    )
    def buys_many(
        self, bodies: list[tuple[dict[str, Any], str, int]], data: st.DataObject, known: bool
    ) -> None:
        """Orders that are told together, among them perhaps the next state of one that is known."""
        first = len(self.books.orders) + 1
        many = [
            (
                str(number),
                body | {"member": {"id": whose}, "placed_at": (self.now - timedelta(days=days)).isoformat()},
            )
            for number, (body, whose, days) in enumerate(bodies, first)
        ]
        if known and self.books.orders:
            number, body = self.next_state(data)
            many.insert(1, (number, body | {"status": "fulfilled"}))
        self.tell_together(many)

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), status=st.sampled_from(["paid", "fulfilled", "cancelled", "pending"]))
    def changes_its_status(self, data: st.DataObject, status: str) -> None:
        number, body = self.next_state(data)
        self.tell(number, body | {"status": status})

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), fits=st.sampled_from([True, True, True, False]))
    def gives_back(self, data: st.DataObject, fits: bool) -> None:
        number, body = self.next_state(data)
        body["refunds"].append(data.draw(refunds(body, fits=fits)))
        self.tell(number, body)

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data())
    def forgets_a_refund(self, data: st.DataObject) -> None:
        number, body = self.next_state(data)
        body["refunds"] = body["refunds"][1:]
        self.tell(number, body)

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), amount=amounts)
    def adds_a_line(self, data: st.DataObject, amount: str) -> None:
        number, body = self.next_state(data)
        body["lines"].append(make.line(amount, str(len(body["lines"]) + 1)))
        self.tell(number, body)

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), whose=st.sampled_from(REFS))
    def is_anothers(self, data: st.DataObject, whose: str) -> None:
        number, body = self.next_state(data)
        self.tell(number, body | {"member": {"id": whose}})

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), days=st.integers(-30, 3))
    def was_placed_on_another_day(self, data: st.DataObject, days: int) -> None:
        number, body = self.next_state(data)
        placed = datetime.fromisoformat(body["placed_at"]) + timedelta(days=days)
        self.tell(number, body | {"placed_at": min(placed, self.now).isoformat()})

    @precondition(lambda self: self.books.orders)
    @rule(data=st.data(), currency=st.sampled_from(["GBP", "EUR"]))
    def was_paid_in_another_currency(self, data: st.DataObject, currency: str) -> None:
        number, body = self.next_state(data)
        self.tell(number, body | {"currency": currency})

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def is_told_again(self, data: st.DataObject) -> None:
        number, body = data.draw(st.sampled_from(self.told), label="again")
        self.tell(number, body)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def is_told_otherwise_under_an_old_version(self, data: st.DataObject) -> None:
        number, body = data.draw(st.sampled_from(self.told), label="otherwise")
        self.tell(number, body | {"shipping": "99.99"})

    @rule(whose=st.sampled_from(REFS), points=st.integers(1, 300))
    def spends(self, whose: str, points: int) -> None:
        self.redeem(whose, points)

    @rule(whose=st.sampled_from(REFS))
    def spends_everything(self, whose: str) -> None:
        self.redeem(whose, max(1, self.books.members[whose].available))

    def redeem(self, whose: str, points: int) -> None:
        key = new_id()
        expected = outcome(lambda: self.books.spend(whose, points))
        posted = outcome(lambda: shop.spend(self.ids[whose], points, key))
        if expected is not None:
            assert posted == expected
            return
        assert isinstance(posted, ledger.Posted)
        assert shop.spend(self.ids[whose], points, key).seq == posted.seq

    @rule(days=st.sampled_from([1, 7, 14, 15, 60]), looked=st.sets(st.sampled_from(REFS)))
    def time_goes_by(self, days: int, looked: set[str]) -> None:
        self.now += timedelta(days=days)
        self.look(looked)

    @rule(looked=st.sets(st.sampled_from(REFS), min_size=1))
    def a_new_year_begins(self, looked: set[str]) -> None:
        self.now = datetime(self.now.year + 1, 1, 1, tzinfo=UTC)
        self.look(looked)

    def look(self, looked: set[str]) -> None:
        """The nightly comes to some of them; the others catch up when something touches them."""
        for name in sorted(looked):
            transact(lambda name=name: earning.bring_up_to_date(self.ids[name], self.now))
            self.books.members[name].look(self.now.astimezone(naive.LONDON).date())

    @invariant()
    def both_keep_the_same_books(self) -> None:
        for name, member in self.books.members.items():
            row = shop.wallet(self.ids[name])
            assert (row.available, row.pending, row.owed) == member.buckets
            assert row.spent == member.spent
            assert row.earned == sum(o.kept for o in self.books.orders.values() if o.whose == name)
            assert row.available + row.pending - row.owed == row.earned - row.spent  # Reading 10
            assert min(row.available, row.pending, row.owed) >= 0
            today = self.now.astimezone(naive.LONDON).date()
            standing = tiers.standing(PROGRAMME, tiers.grants(self.ids[name]), today, today)
            assert standing.tier.key == member.tier(today)
            spent = {year: counted.spend for year, counted in tiers.counters(self.ids[name]).items()}
            assert {y: n for y, n in spent.items() if n} == {y: n for y, n in member.spend.items() if n}

    def teardown(self) -> None:
        assert ledger.faults() == []
        assert earning.faults() == []


@pytest.mark.both_engines
def test_whatever_is_told_in_any_order_leaves_the_books_that_plain_loops_keep(app: Flask, engine):
    transact(lambda: programmes.publish(naive.PROGRAMME, make.NOW))
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=EXAMPLES if engine == "sqlite" else max(10, EXAMPLES // 3),
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Many at once: whatever arrives together leaves what one after the other would have left."""

import random
import time
from datetime import timedelta

import pytest
from flask import Flask

from portal import ledger
from portal.db import transact
from portal.errors import Refused
from tests.ledger import shop
from tests.ledger.shop import TODAY, at_once, buckets, give, mature, sound, spend, take_back, wallet

pytestmark = pytest.mark.both_engines


def test_of_two_hundred_parallel_redemptions_of_a_balance_for_one_exactly_one_succeeds(app: Flask, anna):
    give(anna, 100)
    answers = at_once(app, [lambda n=n: spend(anna, 100, f"k{n}") for n in range(200)], threads=24)
    done = [answer for answer in answers if not isinstance(answer, Refused)]
    assert len(done) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"not_enough_points"}
    assert buckets(anna) == (0, 0, 0)
    assert wallet(anna).seq == 2
    assert shop.rows("operation") == 2  # a refused one leaves no key behind
    sound()


def test_parallel_redemptions_of_all_kinds_never_take_more_than_there_is(app: Flask, anna):
    give(anna, 100)
    give(anna, 100, "soon", expires_on=TODAY + timedelta(days=9))
    points = [random.Random(7).randint(1, 30) for _ in range(60)]
    answers = at_once(app, [lambda n=n, p=p: spend(anna, p, f"k{n}") for n, p in enumerate(points)])
    taken = sum(p for p, answer in zip(points, answers, strict=True) if not isinstance(answer, Refused))
    assert wallet(anna).spent == taken
    assert buckets(anna) == (200 - taken, 0, 0)
    assert all(
        p > 200 - taken for p, answer in zip(points, answers, strict=True) if isinstance(answer, Refused)
    )
    sound()


def test_one_key_fifty_times_at_once_is_one_entry_and_one_answer(app: Flask, anna):
    give(anna, 100)
    answers = at_once(app, [lambda: spend(anna, 10, "same")] * 50)
    assert {(a.seq, a.available, a.pending, a.owed) for a in answers if not isinstance(a, Refused)} == {
        (2, 90, 0, 0)
    }
    assert sum(not a.repeated for a in answers if not isinstance(a, Refused)) == 1
    assert buckets(anna) == (90, 0, 0)
    sound()


def test_two_things_under_one_key_at_once_are_one_thing_and_conflicts(app: Flask, anna):
    give(anna, 100)
    calls = [lambda n=n: spend(anna, 10 + n % 2, "same", fingerprint=str(n % 2)) for n in range(40)]
    answers = at_once(app, calls)
    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(refusals) == 20
    assert {refusal.code for refusal in refusals} == {"conflict"}
    assert wallet(anna).spent in (10, 11)
    sound()


def test_what_is_due_matures_once_though_ten_look_at_once(app: Flask, anna):
    due = TODAY + timedelta(days=1)
    for number in range(5):
        give(anna, 10, f"k{number}", ref=str(number), matures_on=due)
    at_once(app, [lambda: mature(anna, due)] * 10)
    assert buckets(anna) == (50, 0, 0)
    assert wallet(anna).seq == 10
    sound()


def test_all_verbs_on_one_wallet_at_once_leave_whole_books(app: Flask, anna):
    due = TODAY + timedelta(days=1)
    calls = []
    for n in range(16):
        calls += [
            lambda n=n: give(anna, 10, f"c{n}", ref=str(n)),
            lambda n=n: give(anna, 10, f"p{n}", ref=str(n), matures_on=due),
            lambda n=n: spend(anna, 7, f"d{n}"),
            lambda n=n: take_back(anna, 9, f"b{n}", ref=str(n)),
            lambda: mature(anna, due),
        ]
    random.Random(3).shuffle(calls)
    answers = at_once(app, calls)
    assert {a.code for a in answers if isinstance(a, Refused)} <= {"not_enough_points", "owes_points"}
    assert wallet(anna).earned == 16 * 11
    sound()


def test_who_waits_for_a_locked_wallet_decides_by_what_the_other_has_left(app: Flask, anna):
    give(anna, 100)

    def holds() -> None:
        ledger.lock(anna)
        time.sleep(0.5)
        ledger.debit(
            anna,
            60,
            key="first",
            fingerprint="a",
            because=shop.because(),
            kind="redeemed",
            at=shop.later(0),
            day=TODAY,
        )

    def comes_later() -> ledger.Posted:
        time.sleep(0.2)
        return spend(anna, 60, "second")

    first, second = at_once(app, [lambda: transact(holds), comes_later])
    assert first is None
    assert isinstance(second, Refused)
    assert buckets(anna) == (40, 0, 0)
    sound()

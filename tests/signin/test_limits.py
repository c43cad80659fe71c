"""The limits of security.md 5.3 about signing in, each on its boundary: the last that goes, the first that waits, the
last second of waiting and the one on which it goes again."""

from datetime import timedelta

import pytest
from flask import Flask

from portal import clock as portal_clock
from portal import signin
from portal.db import transact
from portal.signin.addresses import ADDED, MAILED, ask_change_again
from portal.signin.limits import line_of, seconds_to_wait, too_many
from portal.signin.rules import BY_ADDRESS, BY_ALL, BY_IP, Limit
from tests.home.doors import ANNA, join
from tests.signin.hands import HERE, NEW, ask_change, signed_in

pytestmark = pytest.mark.usefixtures("programme")
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**one) for one in ({"seconds": 1}, {"minutes": 1}, {"hours": 1}, {"days": 1})
)


def tries(what: str, number: int, **by: str) -> list[int]:
    """The seconds that each of so many tries has to wait, by this address and line; its own where none is named."""
    now = portal_clock.now()

    def all_of_them() -> list[int]:
        return [
            too_many(
                what,
                email=by.get("email", f"m{one}@example.com"),
                ip=by.get("ip", f"198.{one >> 8 & 255}.{one & 255}.7"),
                now=now,
            )
            for one in range(number)
        ]

    return transact(all_of_them)


@pytest.mark.parametrize(
    ("told", "counts_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        ("[2001:db8", "unknown"),
        ("a host", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_line_is_the_same_however_the_proxy_writes_it(told: str, counts_as: str) -> None:
    assert line_of(told) == counts_as


def test_the_numbers_are_those_of_the_table() -> None:
    told = [(limit.most, limit.window) for limit in (*BY_ADDRESS, *BY_IP, *BY_ALL, ADDED, MAILED)]
    assert told == [
        *((5, 5 * MINUTE), (20, HOUR), (50, DAY), (10, 5 * MINUTE), (1000, 5 * MINUTE)),
        *((2, DAY), (3, 6 * HOUR)),
    ]


@pytest.mark.both_engines
@pytest.mark.parametrize("limit", [*BY_ADDRESS, *BY_IP, ADDED, MAILED], ids=lambda limit: limit.key)
def test_a_limit_lets_so_many_through_and_again_when_its_window_is_over(
    app: Flask, clock, limit: Limit
) -> None:
    def one() -> int:
        return transact(lambda: seconds_to_wait("ask", limit, ANNA, portal_clock.now()))

    seconds = int(limit.window.total_seconds())
    assert [one() for _ in range(limit.most)] == [0] * limit.most
    assert one() == seconds
    clock.shift(limit.window - SECOND)
    assert one() == 1
    clock.shift(SECOND)
    assert [one() for _ in range(limit.most)] == [0] * limit.most, "a whole window anew"
    assert one() == seconds


@pytest.mark.parametrize("what", ["ask", "code"])
def test_an_address_has_five_in_five_minutes_twenty_an_hour_and_fifty_a_day(
    app: Flask, clock, what: str
) -> None:
    gone = []
    for _ in range(24 * 12):
        gone.append(tries(what, 6, email=ANNA).count(0))
        clock.shift(5 * MINUTE)
    assert gone[:13] == [5, 5, 5, 5, *[0] * 8, 5], (
        "five in five minutes, twenty in the hour, and the next one begins"
    )
    assert sum(gone) == 50
    assert tries(what, 1, email=ANNA) == [0], "and the day after goes on"


def test_twenty_an_hour_is_the_limit_that_holds_when_five_minutes_are_over(app: Flask, clock) -> None:
    for _ in range(4):
        assert tries("ask", 5, email=ANNA) == [0] * 5
        clock.shift(5 * MINUTE)
    assert tries("ask", 1, email=ANNA) == [40 * 60]
    clock.shift(40 * MINUTE)
    assert tries("ask", 1, email=ANNA) == [0]


def test_a_line_has_ten_in_five_minutes_whoever_it_asks_for(app: Flask, clock) -> None:
    assert tries("ask", 11, ip=HERE.ip) == [0] * 10 + [300]
    assert tries("code", 1, ip=HERE.ip) == [0], "typing is counted apart from asking"
    clock.shift(5 * MINUTE)
    assert tries("ask", 1, ip=HERE.ip) == [0]


def test_all_together_have_a_thousand_in_five_minutes(app: Flask, clock) -> None:
    assert tries("ask", 1001) == [0] * 1000 + [300]
    clock.shift(5 * MINUTE - SECOND)
    assert tries("ask", 1, email="x@example.com", ip="203.0.113.9") == [1]
    clock.shift(SECOND)
    assert tries("ask", 1, email="x@example.com", ip="203.0.113.9") == [0]


@pytest.mark.both_engines
def test_three_mails_that_prove_an_address_in_six_hours(app: Flask, mailbox, clock) -> None:
    anna = join()
    began = portal_clock.now()
    assert (asked := ask_change(signed_in(anna), NEW)).challenge_id

    def again() -> signin.Asked:
        person, now = signed_in(anna), portal_clock.now()
        return transact(
            lambda: ask_change_again(person, asked.challenge_id or "", visitor=HERE, locale="en-GB", now=now)
        )

    for _ in range(2):
        clock.shift(MINUTE)
        asked = again()
        assert asked.challenge_id
    latest = asked
    clock.shift(MINUTE)
    asked = again()
    assert (asked.challenge_id, asked.wait_seconds) == (None, 6 * 3600 - 180)
    asked = latest
    clock.move_to(began + 6 * HOUR - SECOND)
    assert again().wait_seconds == 1
    clock.move_to(began + 6 * HOUR)
    assert again().challenge_id

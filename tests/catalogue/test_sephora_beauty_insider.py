"""`sephora-beauty-insider`: points that wait fourteen days, a catalogue with stock, invitations with places."""

import pytest

from tests.catalogue.conftest import Run, Traces
from tests.catalogue.lines import buys, codes, joins, points, redeems, refunded, rewards

KEY = "sephora-beauty-insider"
ORDER = buys("2026-01-05", "100.00")


@pytest.mark.parametrize(
    ("at", "pending", "available"), [("2026-01-19T04:59:59Z", 100, 0), ("2026-01-19T05:00:00Z", 0, 100)]
)
def test_points_wait_until_midnight_of_the_fourteenth_day(run: Run, at: str, pending: int, available: int):
    there = points(run(KEY, [joins(), ORDER], at=at))
    assert (there["pending"], there["available"], there["earned"]) == (pending, available, 100)


def test_the_day_on_which_they_are_hers_is_told(run: Run):
    assert points(run(KEY, [joins(), ORDER]))["maturing"] == [{"on": "2026-01-19", "points": 100}]


def test_a_refund_takes_what_waits_first(run: Run):
    lines = [joins(), buys("2026-01-01", "50.00", order="o0"), ORDER, refunded(ORDER, "2026-01-16", "40.00")]
    there = points(run(KEY, lines))
    assert (there["available"], there["pending"]) == (50, 60)


@pytest.mark.parametrize(
    ("told", "refused"), [("2026-01-18", [(3, "not_enough_points")]), ("2026-01-19", [])]
)
def test_a_set_of_samples_costs_a_hundred(run: Run, told: str, refused: list[tuple[int, str]]):
    outcome = run(KEY, [joins(), ORDER, redeems(told, "sample-set", ref="s")])
    assert codes(outcome) == refused
    assert rewards(outcome, "sample-set") == ({} if refused else {"s": "available"})


@pytest.mark.parametrize(("amount", "refused"), [("749.99", [(3, "not_enough_points")]), ("750.00", [])])
def test_a_thing_in_full_size_costs_seven_hundred_and_fifty(
    run: Run, amount: str, refused: list[tuple[int, str]]
):
    assert (
        codes(run(KEY, [joins(), buys("2026-01-05", amount), redeems("2026-02-01", "full-size")])) == refused
    )


def test_places_are_limited_and_an_undone_one_is_free_again(run: Run):
    guests = [f"m{number}" for number in range(13)]
    joined = [joins(member=guest) for guest in guests]
    orders = [buys("2026-01-05", "500.00", order=f"o-{guest}", member=guest) for guest in guests]
    seats = [redeems("2026-02-01", "personal-session", member=guest, ref=f"s-{guest}") for guest in guests]
    outcome = run(KEY, [*joined, *orders, *seats])
    assert codes(outcome) == [(39, "out_of_stock")]
    undo = {"at": "2026-02-02T15:00:00Z", "type": "undo", "ref": "s-m0"}
    again = redeems("2026-02-03", "personal-session", member="m12", ref="late")
    assert rewards(run(KEY, [*joined, *orders, *seats, undo, again]), "personal-session", "m12") == {
        "late": "available"
    }


def test_a_free_place_is_taken_once_with_no_points_and_no_entry(run: Run, traces: Traces):
    place = redeems("2026-02-01", "preview-evening", ref="p")
    lines = [joins(), place, place, redeems("2026-02-02", "preview-evening", ref="q")]
    outcome = run(KEY, lines)
    assert codes(outcome) == [(4, "limit_reached")]
    assert rewards(outcome, "preview-evening") == {"p": "available"}
    assert traces() == []
    assert points(outcome)["spent"] == 0


def test_a_free_place_that_is_given_back_is_there_again_also_for_her(run: Run):
    undo = {"at": "2026-02-02T15:00:00Z", "type": "undo", "ref": "p"}
    lines = [joins(), redeems("2026-02-01", "preview-evening", ref="p"), undo, undo]
    assert rewards(run(KEY, lines), "preview-evening") == {"p": "undone"}
    again = run(KEY, [*lines, redeems("2026-02-03", "preview-evening", ref="q")])
    assert rewards(again, "preview-evening") == {"p": "undone", "q": "available"}


def test_there_are_forty_free_places_and_nobody_who_owes_takes_one(run: Run):
    guests = [f"m{number}" for number in range(41)]
    lines = [joins(member=guest) for guest in guests]
    lines += [redeems("2026-02-01", "preview-evening", member=guest, ref=guest) for guest in guests]
    assert codes(run(KEY, lines)) == [(82, "out_of_stock")]
    owing = [
        joins(),
        ORDER,
        redeems("2026-01-20", "sample-set"),
        refunded(ORDER, "2026-01-21", "100.00"),
        redeems("2026-01-22", "preview-evening"),
    ]
    assert codes(run(KEY, owing)) == [(5, "owes_points")]


def test_nobody_takes_more_than_her_share_of_places(run: Run):
    lines = [joins(), buys("2026-01-05", "2000.00"), *[redeems("2026-02-01", "workshop") for _ in range(3)]]
    assert codes(run(KEY, lines)) == [(5, "limit_reached")]
    next_year = [*lines[:4], redeems("2027-01-01", "workshop")]
    assert codes(run(KEY, next_year)) == []

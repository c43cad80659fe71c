"""What holds whatever is told: the sums agree, twice is once, members stand apart, what goes back leaves nothing."""

import json
import os
from typing import Any

import pytest
from hypothesis import currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from portal.programme import Programme, parse
from tests.engine.bench import Bench, end_of, merged, seen
from tests.engine.kept import Line
from tests.engine.lives import MECHANICS
from tests.engine.sums import instant
from tests.engine.teller import Mechanic

EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
ONCE = ("order", "activity", "redeem", "undo", "donate")
few = settings(max_examples=EXAMPLES, derandomize=True)
chance = st.randoms(use_true_random=False)
mechanics = st.sampled_from(list(MECHANICS.values()))


def run(bench: Bench, mechanic: Mechanic, lines: list[Line], source: str = "") -> dict[str, dict[str, Any]]:
    """Every member's state as it is compared; the sums and the books are right."""
    return told(bench, mechanic, lines, source)[0]


def told(
    bench: Bench, mechanic: Mechanic, lines: list[Line], source: str = ""
) -> tuple[dict[str, dict[str, Any]], set[int]]:
    """The same, and which lines were refused, counted from 1."""
    text = source or mechanic.source
    if currently_in_test_context():
        note("\n".join([mechanic.name, *map(json.dumps, lines)]))
    programme = programme_of(text)
    outcome = bench.simulate(text, lines, end_of(mechanic.until, programme))
    assert bench.faults() == []
    for state in outcome["members"].values():
        balanced(state["points"])
    states = {ref: seen(state, programme) for ref, state in outcome["members"].items()}
    return states, {refused["line"] for refused in outcome["refused"]}


def programme_of(text: str) -> Programme:
    """The programme of a text."""
    return parse(text, "programme.toml")


def balanced(points: dict[str, Any]) -> None:
    """Reading 10, and nothing below zero."""
    has = points["available"] + points["pending"] - points["owed"]
    assert has == points["earned"] - points["spent"] - points["donated"] - points["expired"]
    assert min(points[name] for name in ("available", "pending", "owed", "spent", "donated", "expired")) >= 0
    assert not (points["available"] and points["owed"])
    assert sum(one["points"] for one in points["maturing"]) == points["pending"]
    assert sum(one["points"] for one in points["expiring"]) <= points["available"]


@few
@given(mechanics, chance)
def test_replaying_any_prefix_changes_nothing(bench: Bench, mechanic: Mechanic, rng):
    lines = [line for line in mechanic.live(rng, "anna") if line["type"] in ("member", "plan", *ONCE)]
    for number, line in enumerate(lines):
        if line["type"] == "donate":
            line["ref"] = f"gift-{number}"
    if not lines:
        return
    end = lines[-1]["at"]
    before, refused = told(bench, mechanic, lines)
    prefix = [line for number, line in enumerate(lines, 1) if number not in refused]
    prefix = prefix[: rng.randint(1, len(lines))]
    again = [line | {"at": end} for line in prefix if line["type"] in ONCE]
    assert run(bench, mechanic, [*lines, *again]) == before


@few
@given(mechanics, chance, st.integers(2, 4))
def test_members_stand_apart_whoever_is_told_first(bench: Bench, mechanic: Mechanic, rng, many):
    histories = {f"m{number}": mechanic.live(rng, f"m{number}") for number in range(many)}
    together = run(bench, mechanic, merged(histories))
    turned = run(bench, mechanic, merged(dict(reversed(histories.items()))))
    assert together == turned
    alone = {ref: run(bench, mechanic, lines)[ref] for ref, lines in histories.items()}
    assert together == alone


BACK = ("refunds", "goals", "steps", "currencies", "welcome")


@few
@given(st.sampled_from(BACK), chance)
def test_an_order_that_goes_back_whole_leaves_the_points_as_without_it(bench: Bench, name: str, rng):
    mechanic = MECHANICS[name]
    lines = [line for line in mechanic.live(rng, "anna") if line["type"] in ("member", "order", "activity")]
    numbers = sorted({line["order"] for line in lines if line["type"] == "order"})
    if not numbers:
        return
    gone = rng.choice(numbers)
    last = [line for line in lines if line.get("order") == gone][-1]
    body = last["data"]
    back = last | {
        "at": lines[-1]["at"], "data": body | {"version": body["version"] + 1, "status": "cancelled"},
    }  # fmt: skip
    without = run(bench, mechanic, [line for line in lines if line.get("order") != gone])["anna"]
    after = run(bench, mechanic, [*lines, back])["anna"]
    # Issued rewards may have run out meanwhile; points, goals and counters are what they were.
    assert {name: after[name] for name in ("points", "goals", "counters")} == {
        name: without[name] for name in ("points", "goals", "counters")
    }


@few
@given(mechanics, chance)
def test_the_same_lines_give_the_same_answer_and_later_lines_do_not_reach_back(
    bench: Bench, mechanic: Mechanic, rng
):
    lines = mechanic.live(rng, "anna")
    whole = run(bench, mechanic, lines)
    assert run(bench, mechanic, lines) == whole
    cut = lines[rng.randint(0, len(lines) - 1)]["at"]
    now = instant(cut)
    before = bench.simulate(mechanic.source, lines, now)
    kept = [line for line in lines if instant(line["at"]) <= now]
    assert bench.simulate(mechanic.source, kept, now) == before


@pytest.mark.parametrize("name", ["redemption", "expiry-days", "goals"])
def test_everything_that_went_back_leaves_nothing_but_what_was_spent(bench: Bench, name: str):
    mechanic = MECHANICS[name]
    histories = {}
    for ref, own in mechanic.histories(6).items():
        last = {line["order"]: line for line in own if line["type"] == "order"}
        end = own[-1]["at"]
        gone = [
            line | {"at": end, "data": line["data"] | {"version": line["data"]["version"] + 1, "status": "cancelled"}}
            for line in last.values()
        ]  # fmt: skip
        histories[ref] = [
            *(line for line in own if line["type"] in ("member", "order", "redeem", "donate")),
            *gone,
        ]
    for state in run(bench, mechanic, merged(histories)).values():
        points = state["points"]
        assert points["earned"] == 0
        assert points["owed"] - points["available"] == points["spent"] + points["donated"] + points["expired"]

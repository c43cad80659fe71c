"""All of CDNOW through `portal simulate`: every member's points, and what it takes."""

import json
from pathlib import Path

from tests.bench import simulate
from tests.evidence.histories import Figure
from tests.lab import naive

NAME = "simulate-sqlite"
LEAST_RATE = 500  # orders a second of processor time; the aim is 1,500
MOST_MEMORY = 300  # MB


def check(folder: Path) -> list[Figure]:
    """The points of all members against control-figures.json; orders a second and peak memory."""
    events, out = folder / "events.jsonl", folder / "outcome.json"
    orders = simulate.cdnow(events)
    ran = simulate.simulated(events, out)
    outcome = json.loads(out.read_text(encoding="utf-8"))
    members = outcome["members"].items()
    found = {
        "points_total": outcome["totals"]["points"]["earned"],
        "points": naive.digest((ref, state["points"]["earned"]) for ref, state in members),
    }
    expected = naive.expected_cdnow()
    rate = orders / ran.cpu
    return [
        *(Figure(name, str(expected[name]), str(one), one == expected[name]) for name, one in found.items()),
        Figure("lines refused", "0", str(len(outcome["refused"])), not outcome["refused"]),
        Figure("orders a second of processor time", f">= {LEAST_RATE}", f"{rate:.0f}", rate >= LEAST_RATE),
        Figure("orders a second by the clock", "-", f"{orders / ran.wall:.0f}", True),
        Figure("peak memory in MB", f"< {MOST_MEMORY}", f"{ran.peak:.0f}", ran.peak < MOST_MEMORY),
    ]

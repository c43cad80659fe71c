"""kill -9 at each line between Stripe's answer and our commit: what is carried on ends in one plan and one charge.

Every command that asks Stripe for something is done in a program of its own, which is killed at a step; then life goes
on. Here it dies at some of its steps (`kills` says at which); `make evidence` kills it at every step there is, on both
engines, and lets life go on in each way (EVERY_KILL, EVERY_KILL_ENGINE).
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal import billing, clock
from tests.billing.commands import COMMANDS, Command
from tests.billing.kills import Act, Nursery, Ward, charged, live, summary, tell, wrongs
from tests.billing.paying_back import gifted, gifts
from tests.billing.shop import Desk

__all__ = ["gifted", "gifts"]
EVERY = os.environ.get("EVERY_KILL")
ENGINE = os.environ.get("EVERY_KILL_ENGINE", "sqlite")
TAP, WORKER, BOTH = "she taps again", "the worker goes on", "the worker goes on, then she taps again"


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def ward(gifted: Desk, nursery: Nursery, environ: dict[str, str], request: Any) -> Iterator[Ward]:
    nursery.ask(settings=environ)
    postgres = request.getfixturevalue("postgres") if ENGINE == "postgresql" else None
    made = Ward(gifted, nursery, environ["PORTAL_DATABASE_URL"], postgres)
    yield made
    made.close()


def kills(steps: list[str]) -> list[tuple[int, str]]:
    """Where to kill, and how life goes on: everything; or each answer that has left something at Stripe, after which
    she taps again, and every fourth of our commits, after which the worker has to go on alone."""
    if EVERY:
        return [(step, way) for step in range(len(steps)) for way in (TAP, WORKER, BOTH)]
    answers = [i for i, name in enumerate(steps) if name.endswith("answered") and not name.startswith("GET")]
    commits = [i for i, name in enumerate(steps) if name == "a commit is done"]
    return [(step, TAP) for step in answers] + [(step, WORKER) for step in commits[::4]]


def work_later(desk: Desk) -> None:
    """Stripe tells what it has to tell; once the dead one's lease is over, the worker looks after what it had taken."""
    tell(desk, all_of_it=bool(EVERY))
    desk.pass_time(minutes=3)
    billing.work_off(clock.now())


def go_on(command: Command, act: Act, ward: Ward, way: str) -> list[str]:
    """Life after the kill; what the comparison with Stripe had to put right in the end."""
    desk = ward.desk
    if way != TAP:
        work_later(desk)
    if way != WORKER:
        answer = ward.act(act)
        assert answer["status"] < 400
        if command.then is not None:
            command.then(desk, answer["location"])
    work_later(desk)
    desk.pass_time(minutes=65)
    billing.work_off(clock.now())
    tell(desk, all_of_it=bool(EVERY))
    return billing.reconcile(clock.now(), everything=True).drift if EVERY or way != TAP else []


def found_after_kills(name: str, command: Command, ward: Ward) -> list[str]:
    """Whatever is not as it is when nobody dies, in words."""
    desk, found = ward.desk, []
    act = command.ready(desk)
    begin, untouched = ward.keep(), summary(desk)
    steps = ward.act(act)["steps"]
    ward.back_to(begin)
    go_on(command, act, ward, TAP)
    whole = summary(desk)
    assert (charged(desk), [one["status"] for one in live(desk)]) == (command.charged, command.runs), name
    assert (tuple(whole["back"]), wrongs(desk)) == (command.back, []), name
    chosen = kills(steps)
    for step, way in chosen:
        ward.back_to(begin)
        assert ward.act(act, step) == {"ended": -signal.SIGKILL}
        drift = go_on(command, act, ward, way)
        after, faults = summary(desk), wrongs(desk)
        if way == TAP:
            faults += [f"put right in the end: {line}" for line in drift]
        asked = way == WORKER and after == untouched
        other = [key for key in after if after[key] != whole[key]]
        if other and not asked and not (way == WORKER and set(other) <= set(command.half)):
            faults += [f"{key} {after[key]} is not {whole[key]}" for key in other]
        found += [f"{name}, killed when {steps[step]} (step {step}), {way}: {one}" for one in faults]
    if EVERY:
        kept = {"command": name, "steps": len(steps), "kills": len(chosen), "found": found}
        with Path(EVERY).open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
    return found


@pytest.mark.parametrize("engine", [ENGINE], indirect=True)
@pytest.mark.parametrize("held", COMMANDS)
def test_killed_at_a_step_each_command_ends_in_one_plan_and_one_charge(held, ward):
    if held is not None:
        ward.desk.join(held)
        ward.desk.tell()
    begin, found = ward.keep(), []
    for name, command in COMMANDS[held].items():
        ward.back_to(begin)
        found += found_after_kills(name, command, ward)
    assert not found, "\n".join(found)

"""Every command of paid plans, killed at every step, and gone on with in each way (tests/billing/test_kills.py)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.evidence.histories import ROOT, Figure


def check(engine: str, folder: Path) -> list[Figure]:
    """Commands, steps and kills, and whatever was not as it is when nobody dies."""
    told = folder / "kills.jsonl"
    told.unlink(missing_ok=True)
    environ = os.environ | {"EVERY_KILL": str(told), "EVERY_KILL_ENGINE": engine}
    patience = ("-o", "faulthandler_timeout=0")  # it takes an hour
    words = [sys.executable, "-m", "pytest", "-q", *patience, "tests/billing/test_kills.py"]
    done = subprocess.run(words, cwd=ROOT, env=environ, stdout=sys.stderr, check=False)
    commands = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    found = [one for command in commands for one in command["found"]]
    print("\n".join(found), file=sys.stderr)
    steps, kills = (sum(command[name] for command in commands) for name in ("steps", "kills"))
    return [
        Figure(
            f"of {kills} kills at {steps} steps of {len(commands)} commands, ended otherwise than undisturbed",
            "0",
            str(len(found)),
            not found,
        ),
        Figure(
            "commands that could not be looked at",
            "0",
            str(int(done.returncode != 0 and not found)),
            done.returncode == 0 or bool(found),
        ),
    ]


def _on(engine: str) -> Callable[[Path], list[Figure]]:
    return lambda folder: check(engine, folder)


KILLS = {f"billing-kills-{engine}": _on(engine) for engine in ("sqlite", "postgresql")}
"""What each check does in its folder."""

"""Real purchase histories in full, on both engines: killed half-way, gone on with, and told a second time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import naive

ROOT = Path(__file__).resolve().parents[2]
LEAST_RATE = 1000  # order states a second on SQLite


@dataclass(frozen=True)
class Figure:
    """One thing that a check found: what it should be, what it is, and whether that is enough."""

    name: str
    goal: str
    found: str
    reached: bool


@dataclass(frozen=True)
class History:
    """A file, how to read it, under which programme, and the figures it must come to."""

    file: Path
    mapping: str
    programme: str
    figures: str
    expected: Callable[[], dict[str, Any]]


HISTORIES = {
    "cdnow": History(naive.CDNOW, "cdnow", "cdnow", "cdnow", naive.expected_cdnow),
    "online-retail": History(naive.RETAIL, "online-retail", "retail", "retail", naive.expected_retail),
    "grocery": History(naive.GROCERY, "grocery", "cdnow", "grocery", naive.expected_grocery),
}


def check(history: History, url: str, folder: Path) -> list[Figure]:
    """Every figure of one history on one database. `folder` keeps what is done: cut off, it goes on from there."""
    environ = os.environ | {"PORTAL_ENV": "testing", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": url}
    steps = _Steps(history, environ, folder)
    steps.once("killed", steps.kill_half_way)
    rate = steps.once("imported", steps.to_the_end)
    found = steps.figures()
    before = steps.once("state", lambda: found["state"])
    refused = steps.once("again", steps.to_the_end_again)
    after = steps.figures()
    expected = history.expected()
    figures = [
        Figure(name, str(goal), str(found["figures"].get(name)), found["figures"].get(name) == goal)
        for name, goal in expected.items()
    ]
    on_sqlite = url.startswith("sqlite")
    return [
        *figures,
        Figure("faults that `portal check` finds", "0", str(len(found["faults"])), not found["faults"]),
        Figure("states refused", "0", refused, refused == "0"),
        Figure("all tables after importing again", "the same", *_same(before, after["state"])),
        Figure(
            "order states a second" + ("" if on_sqlite else " (fsync off)"),
            f">= {LEAST_RATE}" if on_sqlite else "-",
            rate,
            not on_sqlite or int(rate) >= LEAST_RATE,
        ),
    ]


def _same(before: str, after: str) -> tuple[str, bool]:
    return ("the same", True) if before == after else ("changed", False)


class _Steps:
    """The steps of a check, each done once: a file in the folder keeps its outcome."""

    def __init__(self, history: History, environ: dict[str, str], folder: Path) -> None:
        self.history, self.environ, self.folder = history, environ, folder

    def once(self, name: str, step: Callable[[], str]) -> str:
        """The outcome of a step, done now or in an earlier start."""
        kept = self.folder / name
        if not kept.exists():
            outcome = step()
            kept.write_text(outcome)
        return kept.read_text()

    def kill_half_way(self) -> str:
        """Import until half of the states are told, then kill -9 in the midst of the next chunk."""
        with self._importing() as child:
            for done, total, _ in _progress(child):
                if done * 2 >= total:
                    os.kill(child.pid, signal.SIGKILL)
                    return str(done)
        raise RuntimeError("the import ended before it could be killed")

    def to_the_end(self) -> str:
        """Import what is left; states a second."""
        with self._importing() as child:
            told = list(_progress(child))
        (first, _, began), (last, total, ended) = told[0], told[-1]
        if last != total:
            raise RuntimeError("the import did not come to its end; see above")
        return str(int((last - first) / (ended - began)))

    def to_the_end_again(self) -> str:
        """Import all of it a second time; how many states were refused."""
        with self._importing() as child:
            assert child.stdout is not None
            report = [line.split() for line in child.stdout if line.startswith("report")]
        (_, rows, repeated, refused) = report[0]
        return (
            refused
            if rows == repeated
            else f"{refused}, and {int(rows) - int(repeated)} states written again"
        )

    def figures(self) -> dict[str, Any]:
        """What the tables come to."""
        command = [sys.executable, "-m", "tests.evidence.child", "figures", self.history.figures]
        done = subprocess.run(
            command, env=self.environ, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    @contextmanager
    def _importing(self) -> Iterator["subprocess.Popen[str]"]:
        told = [str(self.history.file), self.history.mapping, self.history.programme]
        command = [sys.executable, "-m", "tests.evidence.child", "import", *told]
        with subprocess.Popen(
            command, env=self.environ, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as child:
            try:
                yield child
            finally:
                if sys.exc_info()[0] is not None:
                    child.kill()


def _progress(child: "subprocess.Popen[str]") -> Iterator[tuple[int, int, float]]:
    """States done, states in all, and when, for each chunk."""
    assert child.stdout is not None
    for line in child.stdout:
        word, *numbers = line.split()
        if word == "done":
            print(f"\r  {numbers[0]} of {numbers[1]} ", end="", file=sys.stderr, flush=True)
            yield int(numbers[0]), int(numbers[1]), time.monotonic()
    print("\r", end="", file=sys.stderr)

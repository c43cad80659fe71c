"""`portal simulate` over many orders: orders a second of the whole command, against a loop that only inserts them.

Each run is a program of its own, so that its processor time and peak memory are those of the command alone.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tests.lab import naive

ROOT = Path(__file__).resolve().parents[2]
PROGRAMME = "body-shop"
DAYS = 500  # over which made-up orders are spread
CHUNK = 200
ORDERS = 100_000
BEGINNING = datetime(2024, 1, 1, 12, tzinfo=UTC)


class Ran(NamedTuple):
    """One run of a command: processor seconds (user and system), seconds by the clock, peak memory in MB."""

    cpu: float
    wall: float
    peak: float


def member(at: str, ref: str) -> dict[str, Any]:
    """An event line: somebody joins."""
    return {"type": "member", "at": at, "member": ref, "data": {}}


def order(at: str, number: str, ref: str, cents: int) -> dict[str, Any]:
    """An event line: a paid order of one line."""
    body = {
        "version": 1, "member": {"id": ref}, "placed_at": at, "status": "paid", "currency": "USD",
        "lines": [{"id": "1", "amount": f"{cents // 100}.{cents % 100:02}"}],
    }  # fmt: skip
    return {"type": "order", "at": at, "order": number, "data": body}


def cdnow(path: Path) -> int:
    """All of CDNOW as event lines, each customer joining with her first order; how many orders there are."""
    rows = sorted(naive.rows(naive.CDNOW), key=lambda row: (row["ordered_on"], row["order_id"]))
    joined: set[str] = set()
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            at, ref = f"{row['ordered_on']}T12:00:00Z", row["customer_id"]
            if ref not in joined:
                joined.add(ref)
                _tell(file, member(at, ref))
            _tell(file, order(at, row["order_id"], ref, int(row["total_cents"])))
    return len(rows)


def of_members(path: Path, members: int, orders: int) -> int:
    """So many orders, one after the other of so many members, who all join on the first day."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(members):
            _tell(file, member(_instant(0), f"c-{number}"))
        for number in range(orders):
            at, ref = _instant(number * DAYS // orders), f"c-{number % members}"
            _tell(file, order(at, f"o-{number}", ref, 2040))
    return orders


def _instant(day: int) -> str:
    return (BEGINNING + timedelta(days=day)).isoformat().replace("+00:00", "Z")


def _tell(file: TextIO, line: dict[str, Any]) -> None:
    # Line by line: what the parent ever held counts as a child's peak.
    file.write(f"{json.dumps(line)}\n")


def simulated(events: Path, outcome: Path) -> Ran:
    """The whole command, from its start to the last byte of `--json`."""
    return _run(["-m", "portal", "simulate", PROGRAMME, str(events), "--json"], outcome)


def inserted(events: Path, outcome: Path) -> Ran:
    """A loop that reads the same lines and inserts each order as one row: what no rule costs anything in."""
    return _run(["-m", "tests.bench.simulate", str(events)], outcome)


def _run(words: list[str], outcome: Path) -> Ran:
    began = time.perf_counter()
    with outcome.open("wb") as out:
        child = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}")
    return Ran(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def insert_only(events: Path) -> None:
    """The loop of `inserted`."""
    folder = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=folder) as made,
        sqlite3.connect(Path(made) / "bare.sqlite") as bare,
        events.open("rb") as lines,
    ):
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("CREATE TABLE shop_order (number TEXT PRIMARY KEY, member TEXT, at TEXT, body TEXT)")
        for number, raw in enumerate(lines):
            line = json.loads(raw)
            if line["type"] == "order":
                told = line["data"]
                row = line["order"], told["member"]["id"], line["at"], json.dumps(told)
                bare.execute("INSERT INTO shop_order VALUES (?, ?, ?, ?)", row)
            if number % CHUNK == 0:
                bare.commit()


def rows(orders: int) -> list[str]:
    """Rows for the document: all of CDNOW where it is at hand; `orders` of many members, and of one alone."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as made:
        folder = Path(made)
        events, out = folder / "events.jsonl", folder / "outcome.json"
        idle = _idle(events, out)
        found = []
        if naive.CDNOW.exists():
            found.append(
                _row("all of CDNOW", cdnow(events), simulated(events, out), inserted(events, out), idle, None)
            )
        many = None
        for members in (orders // 100, 1):
            told = of_members(events, members, orders)
            ran, bare = simulated(events, out), inserted(events, out)
            each = (ran.cpu - idle.cpu) / told
            many = many or each
            name = (
                f"{orders // members:,} orders of {'one member' if members == 1 else f'each of {members:,}'}"
            )
            found.append(_row(name, told, ran, bare, idle, each / many))
    return found


def _idle(events: Path, out: Path) -> Ran:
    """The command over no lines: its start, a database, the answer."""
    of_members(events, 0, 0)
    return simulated(events, out)


def _row(name: str, orders: int, ran: Ran, bare: Ran, idle: Ran, against: float | None) -> str:
    each = (ran.cpu - idle.cpu) / orders
    return (
        f"| {name} | {orders:,} | {orders / ran.cpu:,.0f} | {orders / ran.wall:,.0f} | {each * 1000:.2f} "
        f"| {ran.cpu / bare.cpu:.0f} | {ran.peak:.0f} | {'-' if against is None else f'{against:.2f}'} |"
    )


if __name__ == "__main__":
    insert_only(Path(sys.argv[1]))

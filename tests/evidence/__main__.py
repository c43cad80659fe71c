"""Runs the long checks and writes each figure with commit and date into docs/evidence.md.

`python -m tests.evidence` runs what this commit has not been through yet; names (`cdnow-sqlite`) choose some, `--again`
repeats them. Cut off, the next start goes on where it was. It ends with 1 when a goal is not reached, and says which:
goals are never made smaller.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests import servers
from tests.evidence import hostile, mistakes, sequences, simulating
from tests.evidence.events import EVENTS
from tests.evidence.fuzz import FUZZ
from tests.evidence.histories import HISTORIES, ROOT, Figure, check
from tests.evidence.kills import KILLS
from tests.evidence.lives import LIVES
from tests.evidence.timing import TIMING
from tests.lab import naive

EVIDENCE = ROOT / "docs" / "evidence.md"
WORK = ROOT / "var" / "evidence"
ENGINES = ("sqlite", "postgresql")
OTHERS = {
    simulating.NAME: simulating.check,
    sequences.NAME: sequences.check,
    **LIVES,
    **EVENTS,
    hostile.NAME: hostile.check,
    mistakes.NAME: mistakes.check,
    **KILLS,
    **FUZZ,
    **TIMING,
}
HEAD = """# Evidence

What the long checks came to, newest last; `make evidence` appends. Each history of real purchases is imported in full,
killed with `kill -9` half-way and gone on with, then imported a second time. The goals are the control figures that
came with the data. `engine-...` are random lives under one mechanic, by the engine and by a plain loop;
`billing-events-...` are the messages of Stripe's stand-in about 400 lives, each told three times in any order;
`mutants` are deliberate mistakes in a copy of the product, each of which a test has to catch; `billing-machine`
are random sequences of what members, Stripe, its messages and its faults do; `billing-kills-...` are all commands of
paid plans, killed with `kill -9` at each step. `hostile` are slow and unclosed connections and huge bodies against
nginx and the web server behind it, while a member looks at her pages. `fuzz-...` are broken forms, calls of the API,
messages to Stripe's door and passkeys, others each time, half of the 20,000 on each engine; `timing-...` is the chance
to tell by the time of an answer whether an address is a member's, asked of `portal serve` as in production: 0.50 tells
nothing. A `+` after the commit means that the files had changes which were not committed.

| date | commit | check | figure | goal | found | reached |
|---|---|---|---|---|---|---|
"""


def commit() -> str:
    """The commit at hand, with a + when files other than documents have changed since."""
    head = _git("rev-parse", "--short", "HEAD") or "none"
    return head + ("+" if _git("status", "--porcelain", "--", ".", ":!docs") else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def known(label: str, name: str) -> bool:
    """Whether the file has this check for this commit already."""
    return EVIDENCE.exists() and f"| {label} | {name} |" in EVIDENCE.read_text(encoding="utf-8")


def write(label: str, name: str, figures: Sequence[Figure]) -> None:
    """Append a check's figures at once: a check is there whole or not at all."""
    day = datetime.now(UTC).date()
    rows = [
        f"| {day} | {label} | {name} | {one.name} | {one.goal} | {one.found} | {'yes' if one.reached else '**NO**'} |\n"
        for one in figures
    ]
    text = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else HEAD
    EVIDENCE.write_text(text + "".join(rows), encoding="utf-8")


def database(name: str, folder: Path) -> str:
    """Address of the check's database, on the embedded PostgreSQL or in a file."""
    if name.endswith("-sqlite"):
        return f"sqlite:///{folder / 'portal.sqlite'}"
    os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(WORK))
    server = servers.Postgres(WORK)
    database_name = f"evidence_{folder.name}".replace("-", "_").replace("+", "_")
    with suppress(psycopg.errors.DuplicateDatabase):  # the check was cut off before
        server.create(database_name)
    return server.url(database_name)


def run(name: str, label: str, again: bool) -> list[Figure]:
    """One check from where it stands; its data are removed when it is done."""
    folder = WORK / f"{name}-{label}"
    if again or label.endswith("+"):
        _forget(folder)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{name}, commit {label}", file=sys.stderr)
    if name in OTHERS:
        figures = OTHERS[name](folder)
    else:
        figures = check(HISTORIES[name.rsplit("-", 1)[0]], database(name, folder), folder)
    write(label, name, figures)
    _forget(folder)
    return figures


def _forget(folder: Path) -> None:
    if "-postgresql-" in folder.name and folder.exists():
        database(folder.name, folder)  # starts the server, if it is not there
        servers.Postgres(WORK).drop(f"evidence_{folder.name}".replace("-", "_").replace("+", "_"))
    shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Exit code: 0 all goals reached, 1 some not, 2 no data to check with."""
    names = [f"{history}-{engine}" for history in HISTORIES for engine in ENGINES] + list(OTHERS)
    parser = argparse.ArgumentParser(
        prog="python -m tests.evidence", description="The long checks at full size."
    )
    parser.add_argument(
        "checks", nargs="*", metavar="CHECK", help=f"all when none is named: {', '.join(names)}"
    )
    parser.add_argument("--again", action="store_true", help="also those that this commit has been through")
    chosen = parser.parse_args()
    if unknown := set(chosen.checks) - set(names):
        parser.error(f"no check {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if not naive.DATA.is_dir() and not all(
        name.startswith(("engine-", "billing-", "fuzz-", "timing-", hostile.NAME, mistakes.NAME))
        for name in chosen.checks or names
    ):
        print(f"There are no purchase histories at {naive.DATA}: nothing was checked.", file=sys.stderr)
        return 2
    label = commit()
    missed = []
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        for name in chosen.checks or names:
            if known(label, name) and not chosen.again and not label.endswith("+"):
                print(f"{name}: done for {label}", file=sys.stderr)
                continue
            figures = run(name, label, chosen.again)
            missed += [
                f"{name}: {one.name}: goal {one.goal}, found {one.found}"
                for one in figures
                if not one.reached
            ]
    finally:
        servers.stop_postgres(WORK)
    print("\n".join(["NOT REACHED:", *missed]) if missed else "All goals are reached.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

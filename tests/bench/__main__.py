"""`python -m tests.bench` measures and writes docs/performance.md; `--quick` shows a small run and writes nothing."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from portal import serving
from tests import servers
from tests.bench import against, load, orders, pages, simulate, webhooks
from tests.evidence.__main__ import commit

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
DOCUMENT = ROOT / "docs" / "performance.md"


TEXT = """# Performance

`make bench` wrote this on {day} at commit {commit}: {cores} cores, Python {python}, {packages}.
Load (wrk, {connections} connections, brotli as a phone asks), server (two workers of one thread) and database share the
machine. Absolute figures drift with it: read the ratios, which were measured in one run, rounds interleaved, medians.

*Of bare*: answers a second against a bare Flask page of 13 bytes from the same server. *CPU of bare*: processor time of
one answer against it; by gunicorn's sync workers the floor is 6 on SQLite and 9 on PostgreSQL, the aim 3.5 and 6
(granian parses HTTP outside of Python, so its bare page costs next to nothing). *Against short*: processor time against
the same page of a member with 100 lines, at most 1.10. `long` has 1,000,000 lines, `old` has 1,000,000 that are all
older than those of 50 others.

| engine | server | case | a second | of bare | CPU ms | CPU of bare | p99 / p50 | against short |
|---|---|---|---|---|---|---|---|---|
{tables}

| engine | writing | orders a second |
|---|---|---|
{rates}

Goals: 250 one by one, 1,500 in bulk. Each is committed to disk; one client, in the web server's own process.

`portal simulate body-shop` over event lines, the whole command on SQLite. *Each* is the processor time of one order,
without the command's start; *of bare* processor time against a loop that reads the same lines and only inserts the
orders; *against short* one order against the same of a member with 100 of them, at most 1.10. The floor is 500 orders
a second of processor time, the aim 1,500; memory at most 300 MB.

| simulating | orders | a second of CPU | a second by the clock | each, ms | of bare | peak MB | against short |
|---|---|---|---|---|---|---|---|
{simulated}

Stripe's messages at a steady {webhook_rate} a second for {webhook_seconds} s, signed and of real objects of the
stand-in, with the worker running and {webhook_pages} home pages a second beside them. Milliseconds are counted from
when each should have been sent. *Stored*: every message that was taken stands once. *Alone*: the pages without
messages. *Worked off*: what the worker has looked into a second, from the first message on, with the stand-in on the
same two cores. Goal: p99 of a message under {webhook_goal} ms. `make bench ARGS="--webhooks"` measures these alone.

{webhook_head}
{webhooks}

{against}Where a request of home spends its own time (cProfile, top three):

{tops}

Bytes, compressed; a first visit of any member page may take 14,000 with stylesheets and critical script:

| page | document | first visit |
|---|---|---|
{weights}
"""


@contextmanager
def databases(engine: str) -> Iterator[Iterator[dict[str, str]]]:
    """Environments with an empty database each, on this engine."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(Path(folder)))
        postgres = servers.Postgres(Path(folder)) if engine == "postgresql" else None

        def fresh() -> Iterator[dict[str, str]]:
            number = 0
            while True:
                number += 1
                home = Path(folder) / f"home{number}"
                home.mkdir()
                url = f"sqlite:///{home / 'portal.sqlite'}"
                if postgres is not None:
                    postgres.create(f"bench{number}")
                    url = postgres.url(f"bench{number}")
                yield {
                    **os.environ,
                    "PORTAL_ENV": "development",
                    "PORTAL_HOME": str(home),
                    "PORTAL_DATABASE_URL": url,
                    "PORTAL_LOG_LEVEL": "warning",
                    "PORTAL_BASE_URL": "http://localhost",
                }

        try:
            yield fresh()
        finally:
            if postgres is not None:
                servers.stop_postgres(Path(folder))


def measure(engine: str, long: int) -> tuple[list[str], list[str], list[str], list[str]]:
    """All cases on one engine: rows of pages, rows of rates, the profile's three top lines, rows of weights."""
    rows = []
    with databases(engine) as environs:
        environ = next(environs)
        pages.seed(environ, long)
        for kind in ("gunicorn", "granian"):
            port = serving.any_free("127.0.0.1")
            found = pages.run(environ, pages.links(environ), port, kind)
            rows += [_row(engine, kind, case, found) for case in found]
        top = pages.profile(environ, pages.links(environ)["short"])
        weights = pages.weights(environ, pages.links(environ)["short"])
        rates = orders.api(next(environs))
        if (DATA / "cdnow-orders.csv.gz").exists():
            programme = ROOT / "tests" / "lab" / "cdnow.toml"
            rates["import of CDNOW"] = orders.imported(
                next(environs), DATA / "cdnow-orders.csv.gz", "cdnow", programme
            )
    return rows, [f"| {engine} | {case} | {rate:,.0f} |" for case, rate in rates.items()], top, weights


def _row(engine: str, kind: str, case: str, found: dict[str, load.Round]) -> str:
    one, bare = found[case], found["bare"]
    against = one.cpu_ms / found.get(f"{case.split(',')[0]}, short", one).cpu_ms
    return (
        f"| {engine} | {kind} | {case} | {one.per_second:,.0f} | {one.per_second / bare.per_second:.2f} "
        f"| {one.cpu_ms:.2f} | {one.cpu_ms / bare.cpu_ms:.1f} | {one.p99 / one.p50:.1f} | {against:.2f} |"
    )


AGAINST = """Against commit {commit} ({subject}),
members of {lines} lines, in one run with rounds interleaved, by gunicorn
(`make bench ARGS="--alone --against {commit}"`):

{table}

"""


def _against(engines: list[str], earlier: str) -> str:
    """What pages cost at an earlier commit and now, as text; nothing where none is named."""
    if not earlier:
        return ""
    rows = []
    for engine in engines:
        with databases(engine) as environs:
            rows += against.rows(engine, environs, ROOT, earlier)
    subject = subprocess.run(
        ["git", "-C", str(ROOT), "show", "-s", "--format=%s", earlier],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    table = "\n".join([against.HEAD, *rows])
    return AGAINST.format(commit=earlier, subject=subject, lines=against.LINES, table=table)


def _told(engines: list[str], quick: bool) -> list[str]:
    """A row for each engine: how Stripe's messages were taken."""
    found = []
    for engine in engines:
        with databases(engine) as environs:
            found += webhooks.rows(engine, environs, 5 if quick else webhooks.SECONDS)
    return found


def main() -> None:
    """Measure both engines and write the document."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="short histories, nothing is written")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--webhooks", action="store_true", help="Stripe's messages alone, nothing is written")
    parser.add_argument("--against", default="", metavar="COMMIT", help="pages at an earlier commit and now")
    parser.add_argument(
        "--alone", action="store_true", help="with --against: nothing else, and nothing is written"
    )
    chosen = parser.parse_args()
    engines = chosen.engine or ["sqlite", "postgresql"]
    if chosen.webhooks:
        sys.stdout.write("\n".join([webhooks.HEAD, *_told(engines, chosen.quick), ""]))
        return
    load.have_wrk()
    if chosen.alone:
        sys.stdout.write(_against(engines, chosen.against))
        return
    # First: a program that is started counts what its parent had in memory as its own peak.
    simulated = simulate.rows(5_000 if chosen.quick else simulate.ORDERS)
    tables, rates, tops = [], [], []
    for engine in engines:
        rows, more, top, weights = measure(engine, 5_000 if chosen.quick else pages.LONG)
        tables += rows
        rates += more
        tops += [f"- {engine}: {line}" for line in top]
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "granian", "gunicorn", "psycopg")
    )
    text = TEXT.format(
        day=datetime.now(UTC).date(), commit=commit(), cores=os.cpu_count(), python=platform.python_version(),
        packages=packages, connections=load.CONNECTIONS, tables="\n".join(tables), rates="\n".join(rates),
        simulated="\n".join(simulated),
        tops="\n".join(tops), weights="\n".join(weights), webhooks="\n".join(_told(engines, chosen.quick)),
        webhook_rate=webhooks.RATE, webhook_seconds=webhooks.SECONDS, webhook_pages=webhooks.PAGES,
        webhook_goal=webhooks.GOAL_MS, against=_against(engines, chosen.against), webhook_head=webhooks.HEAD,
    )  # fmt: skip
    if chosen.quick:
        sys.stdout.write(text)
    else:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"{DOCUMENT.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()

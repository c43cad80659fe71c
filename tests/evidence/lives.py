"""Random lives under each mechanic, by the engine and by a plain loop; the grocery history under rules of its own."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from portal.db import db, migrate
from portal.programme import parse
from tests.engine import grocery
from tests.engine.bench import Bench, end_of
from tests.engine.lives import MECHANICS
from tests.evidence.histories import Figure
from tests.lab import naive

MANY, AT_ONCE = 1000, 100
NEW_YEAR = datetime(2018, 1, 2, 5, tzinfo=UTC)


def bench(folder: Path) -> Bench:
    """An engine with its files in a folder."""
    empty = folder / "empty.sqlite"
    if not empty.exists():
        half_made = folder / "half-made.sqlite"
        half_made.unlink(missing_ok=True)
        half_made.touch()
        made = Bench(folder, half_made)
        migrate(made.app)
        with made.app.app_context():
            db.engine.dispose()
        made.file.rename(empty)
    return Bench(folder, empty)


def compare(name: str, folder: Path) -> list[Figure]:
    """A thousand lives of one mechanic, a hundred at a time; a file keeps what each hundred came to."""
    mechanic, engine = MECHANICS[name], bench(folder)
    until = end_of(mechanic.until, parse(mechanic.source, "programme.toml"))
    different, faults, lines = 0, 0, 0
    for first in range(0, MANY, AT_ONCE):
        kept = folder / f"lives-{first}"
        histories = mechanic.histories(AT_ONCE, first)
        lines += sum(map(len, histories.values()))
        if not kept.exists():
            found = engine.differences(mechanic.source, histories, until)
            wrong = len(engine.faults())
            if found:
                ref = min(found, key=lambda ref: len(histories[ref]))
                lines_of = histories[ref]
                print(
                    engine.report(mechanic.source, ref, lines_of, until, len(found), AT_ONCE), file=sys.stderr
                )
            kept.write_text(f"{len(found)} {wrong}")
        one, other = map(int, kept.read_text().split())
        different, faults = different + one, faults + other
        print(f"\r  {first + AT_ONCE} of {MANY} ", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    return [
        Figure(
            f"of {MANY} lives ({lines} lines), other than the plain loop", "0", str(different), not different
        ),
        Figure("faults that `portal check` finds", "0", str(faults), not faults),
    ]


def baskets(folder: Path) -> list[Figure]:
    """The whole grocery history under a rate by category, a double Sunday, a happy hour."""
    rows, engine, figures = grocery.baskets(), bench(folder), []
    for name in grocery.PROGRAMMES:
        plain = grocery.plain(name, rows)
        outcome = engine.simulate(grocery.source(name, rows), grocery.lines(rows), NEW_YEAR)
        found = {ref: state["points"]["earned"] for ref, state in outcome["members"].items()}
        goal = grocery.expected(name) or sum(plain.values())
        points, households = sum(found.values()), naive.digest(found.items())
        wrong = len(engine.faults()) + len(outcome["refused"])
        figures += [
            Figure(f"{name}: points", str(goal), str(points), points == goal),
            Figure(f"{name}: by household", naive.digest(plain.items()), households, found == plain),
            Figure(f"{name}: faults and refusals", "0", str(wrong), not wrong),
        ]
    return figures


def _mechanic(name: str) -> Callable[[Path], list[Figure]]:
    return lambda folder: compare(name, folder)


LIVES: dict[str, Callable[[Path], list[Figure]]] = {
    "grocery-rules": baskets,
    **{f"engine-{name}": _mechanic(name) for name in MECHANICS},
}
"""What each check does in its folder."""

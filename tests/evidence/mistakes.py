"""Deliberate mistakes, each of which a test has to catch."""

import sys
from pathlib import Path

from tests.evidence.histories import Figure
from tests.mutants import CAUGHT, Bench
from tests.mutants.known import MUTANTS

NAME = "mutants"


def check(folder: Path) -> list[Figure]:
    """One figure for each mistake; what each came to is kept in a file, so that a cut-off check goes on from there."""
    bench = Bench(folder / "copy")
    kept = [folder / f"mistake-{number}" for number in range(len(MUTANTS))]
    bench.begin([mutant for mutant, file in zip(MUTANTS, kept, strict=True) if not file.exists()])
    figures = []
    for number, (mutant, file) in enumerate(zip(MUTANTS, kept, strict=True), 1):
        if not file.exists():
            file.write_text(bench.outcome(mutant), encoding="utf-8")
        found = file.read_text(encoding="utf-8")
        figures.append(Figure(mutant.name, CAUGHT, found, found == CAUGHT))
        print(f"\r  {number} of {len(MUTANTS)} ", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    return figures

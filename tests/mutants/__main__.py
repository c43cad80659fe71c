"""Makes each mistake and says what became of it: `python -m tests.mutants [WORD...]`.

With words those mistakes in whose name or file one of them is.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mutants import CAUGHT, Bench
from tests.mutants.known import MUTANTS


def main() -> int:
    """Exit code: 0 when every mistake is caught, 1 when one is not, 2 when none was meant."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description="Deliberate mistakes, each of which a test has to catch."
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="part of a name or file; all when left out")
    words = [word.lower() for word in parser.parse_args().words]
    chosen = [
        one for one in MUTANTS if not words or any(word in f"{one.name} {one.file}".lower() for word in words)
    ]
    if not chosen:
        print("No mistake has such a name or file.", file=sys.stderr)
        return 2
    loose = 0
    with tempfile.TemporaryDirectory(prefix="portal-mutants-") as folder:
        bench = Bench(Path(folder) / "copy")
        bench.begin(chosen)
        for mutant in chosen:
            found = bench.outcome(mutant)
            loose += found != CAUGHT
            said = found if found == CAUGHT else found.upper()
            print(f"{said:8}  {mutant.name}  [{mutant.file}]", flush=True)
    print(f"{len(chosen) - loose} of {len(chosen)} are caught.")
    return 1 if loose else 0


if __name__ == "__main__":
    sys.exit(main())

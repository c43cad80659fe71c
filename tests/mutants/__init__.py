"""Deliberate mistakes, one at a time, each of which a test has to catch: `python -m tests.mutants`.

A mistake is a few words of the product that are put otherwise, as somebody in a hurry would. It is made in a copy of
the files, and the tests that are there to notice it run on that copy. One that nobody notices is a rule without a test.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CAUGHT, SURVIVED = "caught", "survived"
LOST = "its text is not in the file exactly once"
FAILS_WITHOUT = "its tests fail without it"
CANNOT_RUN = "its tests cannot run with it"
PASSED, FAILED = 0, 1  # pytest's exit codes


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: what is wrong, in a sentence; the file, the text in it (once) and what stands there instead; and the
    tests (ids as pytest takes them) of which at least one has to fail."""

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    def made_in(self, source: str) -> str | None:
        """The source with the mistake; None where the text is not there exactly once."""
        return source.replace(self.text, self.instead) if source.count(self.text) == 1 else None


class Bench:
    """A copy of the files in a folder, on which mistakes are made one after the other; the files themselves stay."""

    def __init__(self, folder: Path) -> None:
        """Copy what git tracks, and what it would track, into `folder`, which is made anew."""
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder
        self._passes: dict[tuple[str, ...], bool] = {}
        for name in _files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)

    def begin(self, mutants: Sequence[Mutant]) -> None:
        """See in one go that the tests of these pass as things are; where they do not, `outcome` asks one by one."""
        tests = tuple(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        if self._run(tests) == PASSED:
            self._passes |= {mutant.tests: True for mutant in mutants}

    def outcome(self, mutant: Mutant) -> str:
        """What became of a mistake: CAUGHT, SURVIVED, or why it could not be tried."""
        path = self.folder / mutant.file
        source = path.read_text(encoding="utf-8")
        wrong = mutant.made_in(source)
        if wrong is None:
            return LOST
        if mutant.tests not in self._passes:
            self._passes[mutant.tests] = self._run(mutant.tests) == PASSED
        if not self._passes[mutant.tests]:
            return FAILS_WITHOUT
        _write(path, wrong)
        try:
            return {PASSED: SURVIVED, FAILED: CAUGHT}.get(self._run(mutant.tests), CANNOT_RUN)
        finally:
            _write(path, source)

    def _run(self, tests: tuple[str, ...]) -> int:
        """Run tests on the copy, on SQLite alone; pytest's exit code."""
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "not postgresql",
        ]
        return subprocess.run(
            [*command, *tests], cwd=self.folder, capture_output=True, check=False
        ).returncode


def _files() -> Iterator[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return (name for name in names if name and (ROOT / name).is_file())


def _write(path: Path, source: str) -> None:
    """Write a module and forget what was compiled of it: a change of the same second and length would go unseen."""
    path.write_text(source, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)

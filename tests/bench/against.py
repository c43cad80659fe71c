"""Home against what it cost at an earlier commit: two trees on the same machine, in one run, rounds interleaved.

Each tree seeds a database by its own verbs and is served by itself, so the commit may be from before a migration.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from portal import serving
from tests.bench import load

LINES = 500
ROUNDS = 5
PAGES = ("/home", "/activity", "/help")
HEAD = (
    "| engine | page | then, CPU ms | now, CPU ms | ratio | then, of bare | now, of bare |\n"
    "|---|---|---|---|---|---|---|"
)
SEED = f"""
import json, os
from tests.bench import pages
pages.seed(os.environ, {LINES})
print(json.dumps(pages.links(os.environ)["short"]))
"""


def rows(engine: str, environs: Iterator[dict[str, str]], root: Path, commit: str) -> list[str]:
    """A row for each page: then, now, and how much of then it is now. By gunicorn's sync workers."""
    found: dict[tuple[str, str], list[load.Round]] = {}
    with ExitStack() as stack:
        sides = []
        for name, tree in (("then", stack.enter_context(_tree(root, commit))), ("now", root)):
            environ = next(environs) | {"PYTHONPATH": str(tree)}
            words = [sys.executable, "-c", SEED]
            seeded = subprocess.run(words, cwd=tree, env=environ, capture_output=True, text=True, check=True)
            port = serving.any_free("127.0.0.1")
            pid = stack.enter_context(load.server(environ, port, "gunicorn", tree))
            base = f"http://localhost:{port}"
            cookie = load.cookie(base, json.loads(seeded.stdout.splitlines()[-1]))
            sides.append((name, pid, base, cookie))
        for turn in range(ROUNDS + 1):
            for page in ("/bare", *PAGES):
                for name, pid, base, cookie in sides:
                    one = load.measure(base + page, pid, cookie=cookie, seconds=2)
                    if turn:  # the first warms up
                        found.setdefault((name, page), []).append(one)
    cpu = {case: load.middle(rounds).cpu_ms for case, rounds in found.items()}
    return [
        f"| {engine} | {page} | {cpu['then', page]:.2f} | {cpu['now', page]:.2f} "
        f"| {cpu['now', page] / cpu['then', page]:.2f} | {cpu['then', page] / cpu['then', '/bare']:.1f} "
        f"| {cpu['now', page] / cpu['now', '/bare']:.1f} |"
        for page in PAGES
    ]


@contextmanager
def _tree(root: Path, commit: str) -> Iterator[Path]:
    """The files of an earlier commit, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-then-") as folder:
        archive = subprocess.run(
            ["git", "-C", str(root), "archive", "--format=tar", commit], capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)

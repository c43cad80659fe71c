"""The programs that the demonstration starts beside itself: started, watched and ended together."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

STOP_SECONDS = 8  # to finish what is under way, before it is cut off
LAST_WORDS = 12  # lines of the log of a program that ended


class Ended(Exception):
    """A program ended by itself; the message has its last words."""


class Children:
    """Programs in our own group, so that Ctrl-C and a closed terminal reach them too; each writes into its own log."""

    def __init__(self, folder: Path, environ: Mapping[str, str], workdir: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.environ, self.workdir = folder, environ, workdir
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str]) -> None:
        """Start one program; `name` is what people call it."""
        with self._log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own words, no shell
                command,
                env=dict(self.environ),
                cwd=self.workdir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def check(self) -> None:
        """Raise Ended when one of them is gone."""
        for name, child in self.running.items():
            code = child.poll()
            if code is not None:
                log = self._log(name)
                words = log.read_text(errors="replace").splitlines()[-LAST_WORDS:] or ["(it said nothing)"]
                raise Ended(
                    "\n    ".join([f"The {name} ended by itself (exit code {code}). Last in {log}:", *words])
                )

    def stop(self) -> None:
        """End them all, the last one started first, and wait until they are gone."""
        for child in reversed(self.running.values()):
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.running.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.log"

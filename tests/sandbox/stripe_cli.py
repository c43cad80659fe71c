"""Stripe's own command line as a client of the stand-in that nobody here has written: found, or fetched once from npm.

It is run without anything of the person who runs the tests: a home of its own, no telemetry, and no way out of this
machine.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import MissingServer

PACKAGE = "@stripe/cli@1.52.0"
FOLDER = Path(__file__).resolve().parents[2] / "var" / "stripe-cli"
FETCH_SECONDS = 90
SECONDS = 30  # for one command, which takes a fifth of a second
NOWHERE = "http://127.0.0.1:9"  # a proxy that nobody is: what leaves this machine goes there


def find() -> Path:
    """The program: what STRIPE_CLI names, or what was fetched. Raises MissingServer with what to type."""
    named = os.environ.get("STRIPE_CLI")
    found = [Path(named)] if named else sorted(FOLDER.glob("node_modules/@stripe/cli-*/bin/stripe*"))
    if not found or not found[0].exists():
        raise MissingServer(f"Stripe's CLI is missing. Type: npm install --prefix {FOLDER} {PACKAGE}")
    return found[0]


def fetch() -> Path:
    """The program; npm fetches it where it is missing. Raises MissingServer without npm or without a network."""
    try:
        return find()
    except MissingServer:
        npm = shutil.which("npm")
        if npm is None or os.environ.get("STRIPE_CLI"):
            raise
    words = [
        npm,
        "install",
        "--prefix",
        str(FOLDER),
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-save",
    ]
    words += ["--no-update-notifier", "--fetch-retries=0", "--fetch-timeout=30000", PACKAGE]
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=FETCH_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        raise MissingServer(
            f"Stripe's CLI could not be fetched ({type(failed).__name__}): is there a network?"
        ) from None
    return find()


@dataclass(frozen=True, slots=True)
class StripeCli:
    """The program, pointed at a stand-in."""

    program: Path
    home: Path
    address: str
    key: str

    def run(self, *words: str) -> str:
        """Type `stripe ...`; what it says. Fails the test with all of it where the command fails."""
        environ = {
            "PATH": os.defpath, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home),
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1", "STRIPE_NO_AUTO_UPDATE": "1",
            "HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE,
        }  # fmt: skip
        line = [str(self.program), *words, "--api-base", self.address, "--api-key", self.key]
        done = subprocess.run(
            line,
            env=environ,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"stripe {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, *words: str) -> Any:
        """The object or list that a command shows, below what it says to the person."""
        said = self.run(*words)
        return json.loads(said[said.index("{") :])

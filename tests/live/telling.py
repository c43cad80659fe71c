"""Whether a run asks Stripe itself, with which key; and a line at its end for what of Stripe's it did not ask."""

import os
from collections.abc import Mapping

import pytest

KEY_SETTING = "STRIPE_TEST_KEY"


class WrongKey(Exception):
    """A key with which nothing may be tried."""


def key_of(environ: Mapping[str, str]) -> str | None:
    """The test key of the environment, None without one. Raises WrongKey for a live key and for anything else."""
    key = environ.get(KEY_SETTING, "")
    if key and not key.startswith(("sk_test_", "rk_test_")):
        kind = "a live key, whose money is real" if key[3:8] == "live_" else "no test key"
        raise WrongKey(f"{KEY_SETTING} is {kind}; it must begin with sk_test_.")
    return key or None


def is_asked(config: pytest.Config) -> bool:
    """Whether somebody wants Stripe itself to be asked: by `-m live`, and by nothing else."""
    return str(config.option.markexpr) == "live"


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a key whose money is real before anything is run."""
    try:
        _ = is_asked(config) and key_of(os.environ)
    except WrongKey as wrong:
        raise pytest.UsageError(str(wrong)) from None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that Stripe itself was not asked, where its assumptions were part of the run."""
    reports = [
        one for kind in ("passed", "failed", "skipped") for one in terminalreporter.stats.get(kind, [])
    ]
    ours = [one.nodeid for one in reports if one.nodeid.startswith("tests/live/")]
    if ours and not any("[stripe-" in nodeid for nodeid in ours):
        terminalreporter.write_line(
            "NOT ASKED: Stripe itself. What is assumed of it was tried on the stand-in alone; "
            f"`{KEY_SETTING}=sk_test_... pytest -m live` tries it there.",
            yellow=True,
        )
    for report in terminalreporter.stats.get("skipped", []):
        if report.nodeid.startswith("tests/sandbox/test_stripe_cli.py") and isinstance(
            report.longrepr, tuple
        ):
            terminalreporter.write_line(f"NOT RUN: Stripe's own CLI. {report.longrepr[2]}", yellow=True)
            break

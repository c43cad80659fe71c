"""The command line as it is typed: in this process, with an environment and a database of its own."""

import contextvars
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

HEAD = "order,member,placed_at,amount,currency"


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, and what it wrote to stdout and stderr (log lines left out)."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Type `portal ...`: `cli("keys", "list")`; named values are settings: `cli("serve", PORTAL_ENV="x")`."""
    from portal.cli import main

    def type_in(*words: str, **settings: str) -> Said:
        capsys.readouterr()
        with monkeypatch.context() as shell:
            for name in [name for name in os.environ if name.startswith("PORTAL_")]:
                shell.delenv(name)
            for name, value in (environ | settings).items():
                shell.setenv(name, value)
            shell.setattr("sys.argv", ["portal", *words])
            code = 0
            try:
                contextvars.Context().run(main)
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        told = capsys.readouterr()
        words_only = [line for line in told.err.splitlines() if not line.startswith('{"')]
        return Said(code, told.out, "\n".join(words_only))

    return type_in


@pytest.fixture
def demo(cli: Cli) -> Said:
    """The demonstration's programme, published by the command."""
    return cli("programme", "use", "demo")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], str]:
    """Write a file; its path."""

    def written(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written

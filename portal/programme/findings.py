"""A problem before it has a line, and looking at plain TOML data that may be wrong in any other way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.programme.locate import Path

CONDITIONED = ("earn", "multipliers", "campaigns", "goals", "steps", "dividends")


@dataclass(frozen=True)
class Finding:
    """A problem before it has a line."""

    path: Path
    message: str
    remedy: str


def rows(data: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The tables of a list, with their places; what is no table is passed over: the models report it."""
    listed = data.get(name)
    for at, row in enumerate(listed if isinstance(listed, tuple) else ()):
        if isinstance(row, dict):
            yield at, row


def conditions(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The conditions on orders of all rules that have some, with their places."""
    for name in CONDITIONED:
        for at, row in rows(data, name):
            if isinstance(row.get("when"), dict):
                yield (name, at, "when"), row["when"]


def table(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A table inside of another; an empty one where there is none."""
    inner = data.get(name)
    return inner if isinstance(inner, dict) else {}

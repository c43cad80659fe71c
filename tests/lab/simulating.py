"""`portal simulate` for tests: lines of a small life, a run of them, and what it printed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from tests.programme.texts import small

EARN = '[orders]\npending_days = 14\n[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
TEN_OFF = (
    '[[rewards]]\nkey = "ten-off"\nlabel = "Ten"\nprice = 100\nkind = "money-off"\nvalue = "10.00"\n'
    "valid_days = 30\n"
)
CAUSE = '[[charities]]\nkey = "wildlife"\nlabel = "Wildlife"\n'
Simulate = Callable[..., Result]


@pytest.fixture
def simulate(tmp_path: Path) -> Simulate:
    """Run lines (objects, or text as it stands) through a programme's text; options as on the command line."""

    def run(lines: list[Any], *options: str, programme: str = small(EARN, TEN_OFF, CAUSE)) -> Result:
        events = tmp_path / "events.jsonl"
        events.write_text(
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        )
        shop = tmp_path / "small.toml"
        shop.write_text(programme)
        return CliRunner().invoke(portal, ["simulate", str(shop), str(events), *options])

    return run


def at(day: str, kind: str, **fields: Any) -> dict[str, Any]:
    """A line of a day at 10 in the morning, UTC."""
    return {"at": f"{day}T10:00:00Z", "type": kind, **fields}


def joins(day: str = "2026-01-01", member: str = "anna") -> dict[str, Any]:
    """A line by which somebody joins."""
    return at(day, "member", member=member, data={"email": f"{member}@example.com", "name": member.title()})


def buys(day: str, amount: str, order: str = "o1", version: int = 1, **data: Any) -> dict[str, Any]:
    """A line of an order of Anna's."""
    body = {
        "version": version, "member": {"id": "anna"}, "placed_at": f"{day}T10:00:00Z", "status": "paid",
        "currency": "GBP", "lines": [{"id": "1", "amount": amount}], **data,
    }  # fmt: skip
    return at(day, "order", order=order, data=body)


def told(result: Result, exit_code: int = 0) -> dict[str, Any]:
    """The JSON on stdout."""
    assert result.exit_code == exit_code, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def points(outcome: dict[str, Any], member: str = "anna") -> dict[str, Any]:
    """A member's points at the end."""
    found: dict[str, Any] = outcome["members"][member]["points"]
    return found

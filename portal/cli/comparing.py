"""The table of `portal simulate --compare`: two programmes side by side, for people."""

from collections.abc import Iterator
from typing import Any

from babel.numbers import format_currency

from portal.money import to_major

ROWS = (
    ("members", "members"),
    ("given", "given to members"),
    ("cost", "taken or given away"),
    ("liability", "still open"),
)


def table(comparison: dict[str, Any]) -> str:
    """A comparison (`lab.compare`) as lines of text."""
    return "\n".join(_lines(comparison))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['before']} -> {told['after']} as of {told['as_of']}"
    yield f"  members: {_verdict(told)}"
    if told["refused"] != [0, 0]:
        yield f"  lines refused: {told['refused'][0]} -> {told['refused'][1]}"
    for move in told["moves"]:
        yield f"  from {move['from']} to {move['to']}: {move['members']}"
    yield ""
    yield f"{'':38}{'before':>18}{'after':>18}{'difference':>18}"
    for name, sums in [*told["tiers"].items(), ("in total", told["totals"])]:
        for row, words in ROWS:
            cells = [
                _cell(sums[column][row], row, told["currency"])
                for column in ("before", "after", "difference")
            ]
            yield f"{name if row == 'members' else '':16}{words:22}" + "".join(
                f"{cell:>18}" for cell in cells
            )
        if "gain" in sums:
            yield f"{'':16}{_verdict(sums)}"


def _verdict(told: dict[str, Any]) -> str:
    return f"{told['gain']} gain, {told['lose']} lose, {told['same']} stay as they are"


def _cell(value: int, row: str, currency: str) -> str:
    if row == "members":
        return str(value)
    return format_currency(to_major(value, currency), currency, locale="en")

"""From a CSV file to order states, in order of time, each with the line it came from.

The same file and mapping give the same states, to the letter: that is what lets a run that was cut off go on.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zlib import error as ZlibError
from zoneinfo import ZoneInfo

from portal.errors import Refused
from portal.lab.mapping import BadInput, Mapping
from portal.money import to_major, to_minor

_WHOLE = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,100}")  # what the orders' own interface takes as an id
OF_ORDER = ("status", "channel", "shop", "payment")
OF_LINE = ("sku", "name", "category", "brand", "kind", "quantity")


class Refusal(NamedTuple):
    """A line that was not taken, and why (codes of Reading 39)."""

    file: str
    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class State:
    """One state of one order as the file tells it: `at` is when (a sale, or the refund that changed it)."""

    at: datetime
    line: int
    number: str
    member: str | None
    email: str | None
    draft: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """What a file holds. `unlinked` counts the refunds that name no order."""

    file: str
    sha256: str
    states: list[State]
    refused: list[Refusal]
    unlinked: int


@dataclass(slots=True)
class _Sale:
    line: int
    placed_at: datetime
    draft: dict[str, Any]
    refunds: list[tuple[int, datetime, dict[str, Any]]] = field(default_factory=list)


def read_history(path: Path, mapping: Mapping) -> History:
    """Every order state of a CSV file (.gz or plain, UTF-8), sorted by time and then by line.

    An order has a state for its sale (version 1) and one more for each refund (2, 3 ...). Lines that cannot be read
    are refused by themselves. Raises BadInput when the file is unreadable or lacks a column.
    """
    content = _content(path)
    refused: list[Refusal] = []
    sales: dict[tuple[str, int], _Sale] = {}
    latest: dict[str, _Sale] = {}
    broken: set[str] = set()
    unlinked = 0
    refunds = []
    for line, row in _rows(path, content, mapping):
        try:
            at = _instant(row["placed_at"], mapping)
            minor, currency = _amount(row, mapping)
            if minor < 0 and "refund_of" in row:
                refunds.append((line, at, row, to_major(-minor, currency)))
                continue
            known = latest.get(row["order"]) if mapping.lines == "grouped" else None
            if known is None:
                known = _Sale(line, at, _order(row, at, currency))
                sales[row["order"], line] = known
                latest.setdefault(row["order"], known)
            elif (known.placed_at, known.draft["who"]) != (at, _who(row)):
                raise Refused("conflict", f"Order {row['order']!r} began with another time or member.")
            known.draft["lines"].append(_line(row, len(known.draft["lines"]) + 1, to_major(minor, currency)))
        except Refused as refusal:
            refused.append(Refusal(path.name, line, refusal.code, refusal.message))
            if mapping.lines == "grouped":
                broken.add(row["order"])
    for number in broken & latest.keys():  # an order is taken whole or not at all
        del sales[number, latest.pop(number).line]
    for line, at, row, amount in refunds:
        if not row["refund_of"]:
            unlinked += 1
            continue
        sale = latest.get(row["refund_of"])
        if sale is None:
            refused.append(
                Refusal(
                    path.name, line, "unknown_key", f"The file has no order {row['refund_of']!r} to refund."
                )
            )
            continue
        sale.refunds.append((line, at, {"id": row["order"], "at": at.isoformat(), "amount": amount}))
    states = [state for (number, _), sale in sales.items() for state in _states(number, sale)]
    states.sort(key=lambda state: (state.at, state.line))
    return History(path.name, sha256(content).hexdigest(), states, refused, unlinked)


def _content(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, ZlibError) as error:
        raise BadInput(f"{path}: cannot be read ({error}). Check the path and who may read it.") from None


def _rows(path: Path, content: bytes, mapping: Mapping) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and the mapped fields of each row; empty lines are skipped."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: not UTF-8. Save the file as UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    places = _places(path, header, mapping)
    try:
        for row in reader:
            if row:
                padded = row + [""] * (len(header) - len(row))
                yield reader.line_num, {name: padded[place].strip() for name, place in places.items()}
    except csv.Error as error:
        raise BadInput(f"{path}:{reader.line_num}: not CSV: {error}.") from None


def _places(path: Path, header: list[str], mapping: Mapping) -> dict[str, int]:
    needed = mapping.columns.model_dump(exclude_none=True)
    missing = [column for column in needed.values() if column not in header]
    if missing:
        raise BadInput(
            f"{path}:1: no column {', '.join(missing)}. The file has {', '.join(header) or 'none'}: "
            "choose another --map, or write one."
        )
    optional = mapping.optional.model_dump(exclude_none=True)
    wanted = {**{name: column for name, column in optional.items() if column in header}, **needed}
    return {name: header.index(column) for name, column in wanted.items()}


def _instant(value: str, mapping: Mapping) -> datetime:
    """An instant with an offset as it is, a wall clock in the mapping's zone, a day as its noon there."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(
            "bad_value", f"{value[:40]!r} is not a day or time such as 2026-03-01T10:15:00."
        ) from None
    if len(value) <= 10:
        read = datetime.combine(read.date(), time(12))
    return (read.replace(tzinfo=ZoneInfo(mapping.zone)) if read.tzinfo is None else read).astimezone(UTC)


def _amount(row: dict[str, str], mapping: Mapping) -> tuple[int, str]:
    """Minor units and the currency they are in."""
    currency = row.get("currency") or mapping.currency
    if currency is None:
        raise Refused("missing_field", "The line has no currency.")
    if mapping.amounts == "major":
        return to_minor(row["amount"], currency), currency
    if not _WHOLE.fullmatch(row["amount"]):
        raise Refused("bad_value", f"{row['amount'][:40]!r} is not a whole number of minor units.")
    return int(row["amount"]), currency


def _who(row: dict[str, str]) -> tuple[str | None, str | None]:
    return row.get("member") or None, row.get("email") or None


def _order(row: dict[str, str], at: datetime, currency: str) -> dict[str, Any]:
    if not _NUMBER.fullmatch(row["order"]):
        raise Refused("bad_value", f"{row['order'][:40]!r} is not an order number of 1 to 100 characters.")
    if _who(row) == (None, None):
        raise Refused("missing_field", "The line has neither a member nor an e-mail.")
    return {
        "who": _who(row),
        "placed_at": at.isoformat(),
        "currency": currency,
        "lines": [],
        "status": "paid",
        **{name: row[name] for name in OF_ORDER if row.get(name)},
    }


def _line(row: dict[str, str], place: int, amount: str) -> dict[str, Any]:
    line: dict[str, Any] = {"id": str(place), "amount": amount}
    line |= {name: row[name] for name in OF_LINE if row.get(name)}
    if "quantity" in line:
        try:
            line["quantity"] = int(line["quantity"])
        except ValueError:
            raise Refused("bad_value", f"{line['quantity'][:40]!r} is not a whole quantity.") from None
    return line


def _states(number: str, sale: _Sale) -> Iterator[State]:
    draft = dict(sale.draft)
    member, email = draft.pop("who")
    draft["member"] = {**({"id": member} if member else {}), **({"email": email} if email else {})}
    yield State(sale.placed_at, sale.line, number, member, email, {**draft, "version": 1})
    so_far: list[dict[str, Any]] = []
    for line, at, refund in sorted(sale.refunds, key=lambda told: (told[1], told[0])):
        so_far = [*so_far, refund]
        yield State(at, line, number, member, email, {**draft, "version": 1 + len(so_far), "refunds": so_far})

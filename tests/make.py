"""Builders of what the outside sends: bodies of contracts.md section 2, right unless a test says otherwise."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
"""Where the fixture `clock` holds the time: a Wednesday, in summer time, in the middle of a month and year."""

Body = dict[str, Any]


def member(email: str = "anna@example.com", **changes: Any) -> Body:
    """Body of `PUT /members/{id}`."""
    return {"email": email, "name": "Anna Bell", "country": "GB", "locale": "en-GB"} | changes


def line(amount: str = "20.00", id: str = "1", **changes: Any) -> Body:
    """One line of an order; `amount` is in major units, after its own discounts."""
    return {
        "id": id,
        "sku": f"S-{id}",
        "name": "Tea",
        "kind": "goods",
        "quantity": 1,
        "amount": amount,
    } | changes


def order(
    *amounts: str, member: str | Mapping[str, Any] | None = "c-1", version: int = 1, **changes: Any
) -> Body:
    """Body of `PUT /orders/{id}`: paid in pounds just before NOW, one line for each amount in major units."""
    body: Body = {
        "version": version,
        "placed_at": "2026-06-10T09:00:00Z",
        "status": "paid",
        "currency": "GBP",
        "lines": [line(amount, str(number)) for number, amount in enumerate(amounts or ("20.00",), 1)],
    }
    if member is not None:
        body["member"] = {"id": member} if isinstance(member, str) else dict(member)
    return body | changes


def refund(amount: str, id: str = "r1", line: str | None = None, **changes: Any) -> Body:
    """One refund of an order (Reading 16): `amount` in major units of that `line`, or spread over what is left."""
    part = {"amount": amount} if line is None else {"lines": [{"id": line, "amount": amount}]}
    return {"id": id, "at": "2026-06-10T09:15:00Z"} | part | changes

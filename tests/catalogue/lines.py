"""Event lines of one member's life, and what to read off the answer of a simulation.

A day alone stands for 15:00 UTC, which is the same day in New York and in London. Anna is meant where nobody is named.
"""

from typing import Any

Line = dict[str, Any]
Outcome = dict[str, Any]


def instant(when: str) -> str:
    """An instant as lines write it: a day alone is its 15:00 UTC."""
    return when if "T" in when else f"{when}T15:00:00Z"


def at(when: str, kind: str, **fields: Any) -> Line:
    """Any line."""
    return {"at": instant(when), "type": kind, **fields}


def joins(
    when: str = "2026-01-01", member: str = "anna", referred_by: str | None = None, **data: Any
) -> Line:
    """A member joins, or tells more of herself: `data` is the body of `PUT /members`."""
    brought = {} if referred_by is None else {"referred_by": referred_by}
    body = {"email": f"{member}@example.com", "name": member.title()} | data
    return at(when, "member", member=member, data=body, **brought)


def item(amount: str, id: str = "1", **changes: Any) -> dict[str, Any]:
    """One line of an order or a basket; `amount` is in major units."""
    return {"id": id, "amount": amount} | changes


def buys(
    when: str,
    *what: str | dict[str, Any],
    order: str = "o1",
    member: str = "anna",
    told: str | None = None,
    **data: Any,
) -> Line:
    """An order placed at `when` (amounts, or lines of `item`), told at once or at `told`; `data` changes its body."""
    lines = [item(one, str(place)) if isinstance(one, str) else one for place, one in enumerate(what, 1)]
    body = {
        "version": 1, "member": {"id": member}, "placed_at": instant(when), "status": "paid", "currency": "USD",
        "lines": lines, **data,
    }  # fmt: skip
    return at(told or when, "order", order=order, data=body)


def back(when: str, amount: str, id: str = "r1", line: str | None = None) -> dict[str, Any]:
    """One refund of an order: of that line, or spread over what is left."""
    part = {"amount": amount} if line is None else {"lines": [{"id": line, "amount": amount}]}
    return {"id": id, "at": instant(when)} | part


def refunded(order: Line, when: str, amount: str, line: str | None = None) -> Line:
    """The order's next version, told at `when`: so much of it went back."""
    body = order["data"]
    gone = [*body.get("refunds", ()), back(when, amount, f"r{body['version']}", line)]
    return order | {"at": instant(when), "data": body | {"version": body["version"] + 1, "refunds": gone}}


def cancelled(order: Line, when: str) -> Line:
    """The order's next version, told at `when`: nothing of it stands."""
    body = order["data"]
    return order | {
        "at": instant(when),
        "data": body | {"version": body["version"] + 1, "status": "cancelled"},
    }


def does(
    when: str, activity: str, id: str = "a1", quantity: int | None = None, member: str = "anna", **told: Any
) -> Line:
    """An activity; `told` are its attributes."""
    many = {} if quantity is None else {"quantity": quantity}
    return at(
        when,
        "activity",
        id=id,
        member=member,
        activity=activity,
        **many,
        **({"attributes": told} if told else {}),
    )


def plan(when: str, change: str, key: str, member: str = "anna", **fields: Any) -> Line:
    """What became of a paid plan."""
    return at(when, "plan", member=member, plan=key, change=change, **fields)


def fact(when: str, name: str, value: bool = True, member: str = "anna", **fields: Any) -> Line:
    """An outside fact of a member."""
    return at(when, "attribute", member=member, name=name, value=value, **fields)


def redeems(when: str, reward: str, member: str = "anna", **fields: Any) -> Line:
    """Points for a reward."""
    return at(when, "redeem", member=member, reward=reward, **fields)


def gives(when: str, charity: str, points: int | None = None, member: str = "anna") -> Line:
    """Points for a charity; all that may be given when no number is named."""
    many = {} if points is None else {"points": points}
    return at(when, "donate", member=member, charity=charity, **many)


def picks_day(when: str, day: str, member: str = "anna") -> Line:
    """A member picks her day of more points."""
    return at(when, "choose_bonus_day", member=member, date=day)


def points(outcome: Outcome, member: str = "anna") -> dict[str, Any]:
    """The points of a member."""
    found: dict[str, Any] = outcome["members"][member]["points"]
    return found


def earned(outcome: Outcome, member: str = "anna") -> int:
    """Points earned, net of refunds; minor units where the balance is money."""
    assert outcome["refused"] == [], outcome["refused"]
    return int(points(outcome, member)["earned"])


def tier(outcome: Outcome, member: str = "anna") -> str:
    """The key of the tier that a member stands on."""
    return str(outcome["members"][member]["tier"]["key"])


def rewards(outcome: Outcome, key: str, member: str = "anna") -> dict[str, str]:
    """The state of each reward of a key that a member has or had lately, by its ref, oldest first."""
    held = outcome["members"][member]["rewards"]
    return {one["ref"]: one["state"] for one in reversed(held) if one["reward"] == key}


def perks(outcome: Outcome, member: str = "anna") -> dict[str, str]:
    """Where each perk of a member comes from, by its key."""
    return {one["key"]: one["source"] for one in outcome["members"][member]["perks"]}


def codes(outcome: Outcome) -> list[tuple[int, str]]:
    """Which lines were refused, and why."""
    return [(one["line"], one["code"]) for one in outcome["refused"]]

"""A file of orders retold as event lines, so that a programme can be tried on last year's purchases."""

from pathlib import Path
from typing import Any

from pydantic_core import to_json

from portal.lab.reading import History, State


def retell(history: History, target: Path) -> list[int]:
    """Write the order states of a history to `target` as event lines; answers the line of the CSV file of each.

    Every buyer joins at the instant of her first order: under the shop's id, or where the file has none under her
    e-mail. The same history gives the same bytes.
    """
    sources: list[int] = []
    joined: set[str] = set()
    by_email: dict[str, str] = {}
    with target.open("wb") as out:
        for state in history.states:
            email = (state.email or "").strip().lower()
            who = state.member or by_email.get(email, email)
            if who not in joined:
                joined.add(who)
                if email:
                    by_email.setdefault(email, who)
                out.write(_line(state, "member", member=who, data={"email": state.email}))
                sources.append(state.line)
            data = {**state.draft, "member": {**state.draft["member"], "id": who}}
            out.write(_line(state, "order", order=state.number, data=data))
            sources.append(state.line)
    return sources


def _line(state: State, kind: str, **fields: Any) -> bytes:
    return to_json({"at": state.at.isoformat(), "type": kind, **fields}) + b"\n"

"""What the log tells of the ways in: one line for each outcome, with no secret and no address (security.md rule 25).

A line names what was tried, how, what came of it and whose it is, by ids that open nothing. The request's id joins it
to the line of the request, whose status says whether the write stood. docs/operating.md lists the names. What happens
to the way in of staff is also handed on, inside the same write, to the slice that keeps their audit (`on_staff`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import structlog

What = Literal[
    "sign_in", "session", "proof", "passkey", "number", "address", "address_code", "recovery", "stop", "limit"
]
NAMES: tuple[str, ...] = get_args(What)
EVENT = "safety"
log = structlog.get_logger("portal.signin")


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that came about in the way in of a colleague: what the log says, with the instant and the request."""

    staff_id: str
    what: str
    outcome: str
    how: str
    about: str
    at: datetime
    request_id: str


Listener = Callable[[Noted], None]
_told: list[Listener] = []


def on_staff(listener: Listener) -> None:
    """Tell a slice after this one what happens to the way in of staff, in the same write; said when an app is put
    together."""
    if listener not in _told:
        _told.append(listener)


def note(
    what: What,
    outcome: str,
    now: datetime,
    *,
    kind: str = "member",
    owner_id: str | None = None,
    how: str = "",
    about: str | None = None,
) -> None:
    """Write one line at `now`: `what` was tried and what its `outcome` is; `how` (by code, link, passkey, desk ...),
    whose (`kind` and `owner_id`, None where nobody is known), and the id of what it is `about` (a challenge, a session,
    a passkey, a request). Hand it no address, and nothing that opens anything: it is written as it is."""
    said = {"what": what, "outcome": outcome, "kind": kind, "how": how, "owner": owner_id, "about": about}
    log.info(EVENT, **{name: told for name, told in said.items() if told})
    if kind == "staff" and owner_id is not None:
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
        for tell in _told:
            tell(Noted(owner_id, what, outcome, how, about or "", now, request_id))

"""What the audit keeps of colleagues themselves: how they come in, and what the command line does about them.

Their own way in stands in their own chain. What is typed at the command line stands in a chain of its own, because
nobody is signed in there: who may type it, the server decides.
"""

from datetime import datetime
from typing import Any

from portal import signin
from portal.support import audit

COMMAND_LINE = "0" * 26
"""The chain of the command line; no colleague has this id."""
KEPT = {
    ("session", "opened"): "signed_in",
    ("passkey", "added"): "passkey_added",
    ("passkey", "removed"): "passkey_removed",
    ("passkey", "doubted"): "passkey_doubted",
}
"""What is kept of a colleague's way in, by what came about (portal/signin/noting.py); the log tells the rest."""


def note_way_in(noted: signin.Noted) -> None:
    """Append what came about in a colleague's way in, in the same write, where it is one of `KEPT`."""
    what = KEPT.get((noted.what, noted.outcome))
    if what is not None:
        audit.note(
            noted.staff_id, what, at=noted.at, request_id=noted.request_id, about=noted.about, how=noted.how
        )


def note_command(what: str, *, at: datetime, **facts: Any) -> None:
    """Append what a command did about staff, keys or money (`member_id` then); facts name each by id, never by address
    or secret."""
    audit.note(COMMAND_LINE, what, at=at, **facts)

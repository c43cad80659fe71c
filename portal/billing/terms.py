"""What somebody agrees to before she pays for a plan, kept as proof: the words as they were shown, and their version.

The words are those of renewal_terms and change_terms (templates/components) in her language, with the amount in them.
They stand in the operation of her checkout or her change; her consent log names it, with the version. Change VERSION
whenever the words change.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from portal import people

VERSION = "2026-11-23"
KIND = "renewal"


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that were agreed to, in the language of the page."""

    text: str
    language: str
    version: str = VERSION

    def kept(self) -> dict[str, Any]:
        """It as it is kept with an operation."""
        return asdict(self)


def agree(member_id: str, op_id: str, terms: Terms, at: datetime, *, by: str = "checkout") -> None:
    """Log that she agreed to what is kept with an operation (`by`: a checkout or a change), inside the caller's
    write."""
    people.consent(member_id, KIND, True, version=terms.version, source=f"{by}:{op_id}", at=at)

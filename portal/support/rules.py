"""Decisions of support that need nothing but their arguments: who may do what, for how long, in how many words."""

import re
import unicodedata
from datetime import datetime, timedelta

from portal.errors import Refused

VISIT_LASTS = timedelta(minutes=15)  # absolute; there is no extension (security.md section 4)
PROOF_LASTS = timedelta(minutes=5)
LEAST_REASON = 10
MOST_REASON, MOST_WORDS, MOST_TICKET = 300, 200, 60
MOST_RECEIPT, MOST_VALUE = 50, 100
MOST_QUANTITY = 10**9
MOST_POINTS = 10**12
MOST_MONTHS_AHEAD = 24  # of a plan that is given
MOST_PLANS_A_DAY = 20  # that one colleague gives
_DASHES = "\u2212\u02d7\u30fc"  # what looks like one and is none
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
MAY_VISIT = frozenset({"support", "manager", "owner"})
MAY_ADJUST = frozenset({"support", "manager", "owner"})
MAY_ANSWER = frozenset({"support", "manager", "owner"})  # on the board, in the name of the team


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Whether somebody has proved who they are so short a time ago that a visit may begin."""
    return now - proved_at <= PROOF_LASTS


def minutes_between(since: datetime, until: datetime) -> int:
    """Minutes from one instant to a later one, begun ones counted whole."""
    seconds: float = (until - since).total_seconds()
    return max(0, int(-(-seconds // 60)))


def one_line(typed: str, field: str, *, least: int, most: int) -> str:
    """What somebody typed, each gap one space. Refuses `bad_value` below `least` and above `most` letters."""
    words = re.sub(r"[\s\x00-\x1f\x7f]+", " ", typed).strip()
    if not least <= len(words) <= most:
        raise Refused(
            "bad_value",
            f"{field} has {least} to {most} letters.",
            pointer=f"/{field}",
            least=least,
            most=most,
        )
    return words


def folded_receipt(receipt: str) -> str:
    """A receipt as it is known again: whatever the width and size of its letters, its dashes and its spaces.

    Refuses `bad_value` for one of which nothing is left, or more than there is room for.
    """
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", receipt).casefold())
    kept = (
        "-" if unicodedata.category(one) == "Pd" or one in _DASHES else one
        for one in wide
        if unicodedata.category(one)[0] not in "CZ" and one not in _BLANK
    )
    return one_line("".join(kept), "receipt", least=1, most=MOST_RECEIPT)

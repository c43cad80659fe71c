"""Decisions of support that need nothing but their arguments: who may do what, for how long, in how many words."""

import re
import unicodedata
from datetime import datetime, timedelta

from portal.errors import Refused
from portal.money import without_cards

VISIT_LASTS = timedelta(minutes=15)  # absolute; there is no extension (security.md section 4)
LEAST_REASON = 10
MOST_REASON, MOST_WORDS, MOST_TICKET = 300, 200, 60
MOST_RECEIPT, MOST_VALUE = 50, 100
MOST_QUANTITY = 10**9
MOST_ADDRESS = 254  # the longest that mail has
MOST_POINTS = 10**12
MOST_SCANS = 600  # an hour that one till makes
MOST_CODE = 60
MOST_MONTHS_AHEAD = 24  # of a plan that is given
MOST_PLANS_A_DAY = 20  # that one colleague gives
_DASHES = "\u2212\u02d7\u30fc"  # what looks like one and is none
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
_DESK = frozenset({"find", "visit", "adjust", "plans", "answer", "recover", "scan"})
MAY = {
    "support": _DESK,
    "manager": _DESK,
    "owner": _DESK,
    "auditor": frozenset({"find"}),
    "till": frozenset({"scan"}),
}
"""What each role may do.

find     search members, read their timelines and the board
visit    look at a member's own pages
adjust   give and take points, note activities, stop the clock of a tier
plans    give a plan and take it back
answer   write, hide and show on the board, in the name of the team
recover  help a member back in who lost her mailbox, stop a card and lift a stop
scan     scan a card or a code at the till, and mark a code used
"""
PROOFS = frozenset({"id", "card", "orders", "payment", "known"})
"""How somebody shows that a card is hers: an ID in the shop; her card or phone with it; two orders named with day and
amount; the end of the payment card she bought with; a colleague who knows her."""
LEAST_PROOFS = 2
PROOFS_OF_HER = PROOFS - {"card", "orders"}
"""Those that whoever reads her mail has not: the mail opens her pages, and her card and her orders stand on them."""
ROLES = tuple(MAY)
PERMISSIONS = frozenset().union(*MAY.values())


def may(role: str | None, permission: str) -> bool:
    """Whether staff of this role may do this. Raises KeyError for a permission that is none."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return permission in MAY.get(role or "", frozenset())


def first_name(name: str | None) -> str:
    """What the till may call a member: the first word of her name. Where names are written in one word, the letters
    after the first are hidden, as is usual there. Empty for who has none."""
    first = next(iter((name or "").split()), "")
    if first and unicodedata.name(first[0], "").startswith(("HANGUL", "CJK", "HIRAGANA", "KATAKANA")):
        return first[0] + "○" * (len(first) - 1)
    return first


def minutes_between(since: datetime, until: datetime) -> int:
    """Minutes from one instant to a later one, begun ones counted whole."""
    seconds: float = (until - since).total_seconds()
    return max(0, int(-(-seconds // 60)))


def letters(typed: str) -> int:
    """How many letters of this can be seen once it is noted, spaces between words too: what has no width is none."""
    return len(" ".join(_seen(without_cards(typed)).split()))


def one_line(typed: str, field: str, *, least: int, most: int) -> str:
    """What somebody typed, each gap one space. Refuses `bad_value` below `least` letters that can be seen, and above
    `most` letters."""
    words = without_cards(re.sub(r"[\s\x00-\x1f\x7f]+", " ", typed).strip())
    if letters(words) < least or len(words) > most:
        raise Refused(
            "bad_value",
            f"{field} has {least} to {most} letters.",
            pointer=f"/{field}",
            least=least,
            most=most,
        )
    return words


def _seen(typed: str) -> str:
    """Without the letters that cannot be seen; blank ones are spaces."""
    spaced = (" " if one in _BLANK else one for one in typed)
    return "".join(one for one in spaced if one.isspace() or unicodedata.category(one)[0] != "C")


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

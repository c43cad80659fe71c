"""Codes as words, who is the same person, and the period of a limit. Pure."""

import re
import unicodedata
from datetime import date

from portal.programme import Limit

# Nothing that looks like something else, and no vowels that make words.
LETTERS = "23456789bcdfghjkmnpqrstvwxz"
SHORTEST = 3
NEUTRAL = "friend"
LONGEST_NAME = 12
SAME_HOST = {"googlemail.com": "gmail.com"}
PATH = "/r/"


def name_part(name: str | None) -> str:
    """The beginning of a code: the first name where it is plain letters, else a neutral word; never of an address."""
    first = first_name(name).lower()
    return first[:LONGEST_NAME] if first.isascii() and first.isalpha() else NEUTRAL


def first_name(name: str | None) -> str:
    """The first word of a name: all that another member is told of it."""
    return (name or "").split()[0] if (name or "").split() else ""


def code_in(typed: str) -> str:
    """The code as it is kept, out of what somebody typed or pasted: the code itself or a whole link."""
    last = re.split(r"[/?#]", typed.strip().partition(PATH)[2] or typed.strip())[0]
    return unicodedata.normalize("NFKC", last).strip().lower()


def is_code(text: str) -> bool:
    """Whether a text could be a code at all, before anything is looked up."""
    return re.fullmatch(r"[a-z]{1,12}-[2-9b-z]{3,12}", text) is not None


def person(email: str) -> str:
    """The address with everything taken off by which one mailbox has many: case, dots, what follows a plus sign.

    Two people whose addresses differ in dots alone are rarer than one who uses them.
    """
    local, _, host = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{SAME_HOST.get(host, host)}"


def is_same_person(email: str | None, other_email: str | None) -> bool:
    """Whether two addresses are one mailbox."""
    return bool(email and other_email) and person(email or "") == person(other_email or "")


def period_of(limit: Limit, day: date) -> date:
    """The first day of the period of a limit that `day` falls in."""
    starts = {
        "day": day,
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
        "lifetime": date.min,
    }
    return starts[limit.per]

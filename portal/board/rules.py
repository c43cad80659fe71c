"""Decisions of the board that need nothing but their arguments: lengths, letters, states, links, places. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.errors import Refused
from portal.money import without_cards

LEAST_TITLE, MOST_TITLE = 2, 120  # two letters are a word in Korean, Chinese and Japanese
LEAST_TEXT, MOST_TEXT = 2, 4000
LEAST_REASON, MOST_REASON = 2, 300
STATES = {"idea": ("open", "planned", "done", "declined"), "question": ("open", "answered")}
VOTES_PER_HOUR, REPORTS_PER_DAY = 120, 20
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_PLACE = re.compile(r"(?:([0-9]{1,12})\.)?([0-9A-HJKMNP-TV-Z]{26})")
_LINK = re.compile(r"https://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}]")
# Letters that are blank to look at: fillers of Hangul, the empty Braille pattern, the note without a head.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0\U0001d159]")
_JOINERS = "\u200c\u200d"  # they join letters of some scripts, and the parts of a picture
_LOOSE = re.compile(f"(?<!\\S)[{_JOINERS}]+|[{_JOINERS}]+(?!\\S)|(?<=[{_JOINERS}])[{_JOINERS}]+")

Part = tuple[str, str | None]
"""Words, and the address that they are a link to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list ends: after the post of this id, and of this many votes where votes order the list."""

    id: str
    votes: int | None = None

    def __str__(self) -> str:
        """As it stands in an address."""
        return self.id if self.votes is None else f"{self.votes}.{self.id}"


def place(text: str | None) -> Place | None:
    """The place that an address names; None for what is none."""
    found = _PLACE.fullmatch(text or "")
    return None if found is None else Place(found[2], None if found[1] is None else int(found[1]))


def is_id(text: str) -> bool:
    """Whether this can be the id of something written here, or the key of a form."""
    return _ID.fullmatch(text) is not None


def one_line(typed: str, field: str, *, least: int, most: int) -> str:
    """What somebody typed, each gap one space. Refuses `bad_value` for fewer letters than `least`, more than `most`."""
    return _sized(without_cards(" ".join(_shown(typed).split())), field, least, most)


def lines(typed: str, field: str, *, least: int, most: int) -> str:
    """What somebody typed, with its lines and paragraphs. Refuses as `one_line`."""
    told = "\n".join(line.rstrip() for line in _shown(typed).strip().split("\n"))
    return _sized(without_cards(re.sub(r"\n{3,}", "\n\n", told)), field, least, most)


def visible(typed: str, *, keep: str = "") -> str:
    """Without what cannot be seen or turns letters around (Unicode's Trojan sources), but `keep`; blank letters are
    spaces. A text must read as it is."""
    spaced = _BLANK.sub(" ", typed)
    return "".join(
        one for one in spaced if one in keep or unicodedata.category(one) not in ("Cc", "Cf", "Cs")
    )


def _shown(typed: str) -> str:
    """What is visible; of breaks only those of lines."""
    broken = re.sub("\r\n|[\r\u2028\u2029]", "\n", typed).replace("\t", " ")
    return _LOOSE.sub("", visible(broken, keep="\n" + _JOINERS))


def _sized(words: str, field: str, least: int, most: int) -> str:
    is_seen = any(unicodedata.category(one)[0] not in "MZC" for one in words)  # more than marks and spaces
    if not (is_seen and least <= len(words) <= most):
        message = f"{field} has {least} to {most} letters."
        raise Refused("bad_value", message, pointer=f"/{field}", least=least, most=most)
    return words


def paragraphs(text: str) -> list[list[list[Part]]]:
    """A text as pages show it: paragraphs of lines of parts, where https addresses are links."""
    return [[_parts(line) for line in one.split("\n")] for one in re.split(r"\n{2,}", text) if one]


def _parts(line: str) -> list[Part]:
    found: list[Part] = []
    done = 0
    for link in _LINK.finditer(line):
        found += [(line[done : link.start()], None), (link[0], link[0])]
        done = link.end()
    return [part for part in [*found, (line[done:], None)] if part[0]]


def may_change(created_at: datetime, now: datetime, minutes: int) -> bool:
    """Whether what was written may still be changed by who wrote it; in the last second yes, at the end of it no."""
    return now < created_at + timedelta(minutes=minutes)

"""Decisions of signing in that need nothing but their arguments: numbers, spelling, names of devices."""

import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=10)  # security.md rule 14
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=30)
JOIN_WITHIN = timedelta(hours=1)  # from proving an address to filling in the details
MEMBER_SESSION = timedelta(days=180)
MEMBER_IDLE = timedelta(days=30)
STAFF_SESSION = timedelta(hours=12)
SEEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `window`, counted from the first."""

    key: str
    most: int
    window: timedelta


# The numbers of PyPI's warehouse (security.md section 2): a second factor's for an address, a login's for the rest.
BY_ADDRESS = (
    Limit("address/5m", 5, timedelta(minutes=5)),
    Limit("address/1h", 20, timedelta(hours=1)),
    Limit("address/1d", 50, timedelta(days=1)),
)
BY_IP = (Limit("ip/5m", 10, timedelta(minutes=5)),)
BY_ALL = (Limit("all/5m", 1000, timedelta(minutes=5)),)

COMMON_HOSTS = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "hotmail.com", "hotmail.co.uk", "outlook.com",
    "live.com", "live.co.uk", "icloud.com", "me.com", "msn.com", "aol.com", "btinternet.com", "sky.com",
    "virginmedia.com", "protonmail.com", "proton.me", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de",
    "orange.fr", "wp.pl", "onet.pl", "interia.pl", "o2.pl", "naver.com", "daum.net", "hanmail.net", "qq.com",
    "163.com", "126.com", "sina.com", "yahoo.com.tw", "yahoo.com.hk", "mweb.co.za", "vodamail.co.za", "telkomsa.net",
)  # fmt: skip
# Real hosts that look like a slip of a more common one.
NO_SLIPS = (
    "mail.com", "email.com", "ymail.com", "rocketmail.com", "gmx.at", "gmx.ch", "live.de", "live.fr", "live.nl",
    "live.ca", "yahoo.de", "yahoo.fr", "yahoo.ca", "hotmail.de", "hotmail.fr", "hotmail.it", "outlook.de", "outlook.fr",
    "aol.de", "sina.cn", "pm.me", "fastmail.com", "hey.com",
)  # fmt: skip
ENDINGS = {"con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com", "cm": "com",
           "co.ku": "co.uk", "couk": "co.uk"}  # fmt: skip


def suggested_address(email: str) -> str | None:
    """The address that was most likely meant when a common mail host is misspelt; None when nothing looks wrong."""
    local, at, domain = email.rpartition("@")
    domain = domain.lower()
    if not at or domain in COMMON_HOSTS or domain in NO_SLIPS:
        return None
    name, _, ending = domain.partition(".")
    mended = f"{name}.{ENDINGS[ending]}" if ending in ENDINGS else domain
    if mended in COMMON_HOSTS:
        return f"{local}@{mended}"
    # Short names are near to many others; a cutoff this high means one slip in a name of some length.
    close = get_close_matches(mended, COMMON_HOSTS, n=1, cutoff=0.87)
    if close:
        return f"{local}@{close[0]}"
    return f"{local}@{mended}" if mended != domain else None


def masked(email: str) -> str:
    """The address as a page may show it: a•••@example.com."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def code_digits(typed: str) -> str:
    """The digits of a code as somebody typed it, with the spaces and dashes that mail programs add."""
    return re.sub(r"[\s\-–.]", "", typed)


BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("DuckDuckGo", "DuckDuckGo"),
    ("FxiOS", "Firefox"), ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def agent_label(header: str) -> str:
    """A device in names that are the same in every language: "Chrome · Android", "Browser" when it tells none.

    Only words from our own lists come out, so the header of a stranger never reaches a page or a mail.
    """
    found = [next((name for mark, name in names if mark in header), None) for names in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or "Browser"

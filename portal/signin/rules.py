"""Decisions of signing in that need nothing but their arguments: numbers, spelling, names of devices."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

CODE_DIGITS = 6
CODE_LIVES = timedelta(minutes=10)  # security.md rule 14
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=30)
JOIN_WITHIN = timedelta(hours=1)  # from proving an address to filling in the details
MEMBER_SESSION = timedelta(days=180)
MEMBER_IDLE = timedelta(days=30)
STAFF_SESSION = timedelta(hours=12)
FIRST_PASSKEY_WITHIN = timedelta(
    minutes=15
)  # of signing in by mail; later it asks for a proof like all others
CEREMONY_LASTS = timedelta(minutes=5)  # security.md rule 10
ASK_AGAIN_AFTER = timedelta(days=90)  # whoever said "not now" to a passkey


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
# Wrong addresses that are named at the desk: a reset's number for a request; a card may have several requests.
BY_REQUEST = Limit("request/1d", 5, timedelta(days=1))
BY_CARD = Limit("card/1d", 10, timedelta(days=1))

COMMON_HOSTS = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "hotmail.com", "hotmail.co.uk", "outlook.com",
    "live.com", "live.co.uk", "icloud.com", "me.com", "msn.com", "aol.com", "btinternet.com", "sky.com",
    "virginmedia.com", "protonmail.com", "proton.me", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de",
    "orange.fr", "wp.pl", "onet.pl", "interia.pl", "o2.pl", "naver.com", "daum.net", "hanmail.net", "qq.com",
    "163.com", "126.com", "sina.com", "yahoo.com.tw", "yahoo.com.hk", "mweb.co.za", "vodamail.co.za", "telkomsa.net",
)  # fmt: skip
# Real hosts that look like a slip of a more common one, and names that stand under the ending of many a country.
NO_SLIPS = (
    "mail.com", "email.com", "ymail.com", "rocketmail.com", "sina.cn", "pm.me", "fastmail.com", "hey.com",
)  # fmt: skip
OF_MANY_COUNTRIES = re.compile(
    r"(aol|gmx|hotmail|live|outlook|protonmail|yahoo)\.(com?\.)?(?!cm$|co$|om$)[a-z]{2}"
)
ENDINGS = {"con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com", "cm": "com",
           "co.ku": "co.uk", "couk": "co.uk"}  # fmt: skip


def suggested_address(email: str) -> str | None:
    """The address that was most likely meant when a common mail host is misspelt; None when nothing looks wrong."""
    local, at, domain = email.rpartition("@")
    domain = domain.lower()
    if not at or domain in COMMON_HOSTS or domain in NO_SLIPS:
        return None
    if OF_MANY_COUNTRIES.fullmatch(domain) and domain.partition(".")[2] not in ENDINGS:
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


def stop_shown(told: str | None) -> datetime | None:
    """Which stop a page has shown (`stop_of`), as its form sends it back; None for a page that said none."""
    try:
        return datetime.fromisoformat(told or "")
    except ValueError:
        return None


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


# What passkeys tell of who keeps them, to name them by and for nothing else (passkeydeveloper's list of AAGUIDs).
KEEPERS = {
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome · Mac",
    "771b48fd-d3d4-4f74-9232-fc157ab0507a": "Edge · Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "b84e4048-15dc-4dd0-8640-f4f60813c8af": "NordPass",
    "0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6": "Keeper",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
}
PLUGGED_IN = {"usb", "nfc", "smart-card"}


def passkey_label(aaguid: str, transports: Sequence[str], agent: str, key_label: str) -> str:
    """What a new passkey is called: who keeps it, or `key_label` for a key to plug in, or the device at hand."""
    if aaguid in KEEPERS:
        return KEEPERS[aaguid]
    return key_label if set(transports) & PLUGGED_IN and "internal" not in transports else agent


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, or with the next number behind it where she has one of that name: "Windows Hello 2"."""
    names = (name, *(f"{name} {number}" for number in range(2, len(taken) + 2)))
    return next(one for one in names if one not in taken)

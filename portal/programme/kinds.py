"""The kinds of value a programme file is made of: keys, texts, money, rates, days, colours.

Each kind says what it accepts, what is wrong with anything else, and how to mend it. Money is read with the
home currency that the reader puts into the validation context, so that "0.5" of a currency without decimals
is caught on its own line.
"""

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from portal import money
from portal.errors import Refused
from portal.programme import meant

T = TypeVar("T")
WHITE = "#ffffff"
INK = "#1a1a1a"
READABLE = 4.5
"""The least contrast of text on its ground (WCAG 2.2, 1.4.3)."""
DEEPEST = 32
"""Tables and lists of a file stand at most so deep within each other; the vocabulary needs seven."""
LONGEST_KEY = 40

_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


def wrong(message: str, remedy: str) -> PydanticCustomError:
    """The error of one value: what is wrong, and what to write instead."""
    return PydanticCustomError("programme", "{message}", {"message": message, "remedy": remedy})


def suggestion(given: object, known: list[str], otherwise: str) -> str:
    """A remedy: the known word that was most likely meant, or else the sentence given."""
    by_small = {word.lower(): word for word in known}
    close = get_close_matches(str(given).lower(), by_small, n=1, cutoff=0.6)
    return f'did you mean "{by_small[close[0]]}"?' if close else otherwise


def _money(value: object, info: ValidationInfo) -> int:
    return _minor(value, str((info.context or {}).get("currency")))


def _minor(value: object, currency: str) -> int:
    """An amount of a currency as the file writes it, in minor units."""
    if not isinstance(value, str):
        likely = meant.of_money(value, money.precision(currency)) if _is_currency(currency) else None
        remedy = f'write "{likely}"' if likely else 'write it like "12.50"'
        raise wrong(f"money is written as text in quotes, not as {value!r}", remedy)
    named = re.fullmatch(r"\s*(?:([A-Z]{3})\s*[0-9.,]+|[0-9.,]+\s*([A-Z]{3}))\s*", value)
    if named is not None:
        code = named.group(1) or named.group(2)
        message = f'"{value}" names a currency: an amount stands alone, and this one is in {currency}'
        raise wrong(message, f"take {code} out, and write the amount in {currency}")
    if value.startswith("-"):
        raise wrong(f'"{value}" is below zero', "write an amount above zero")
    if not _is_currency(currency):
        # The currency itself is wrong and has its own message; do not add one for every amount of the file.
        return 1
    places = money.precision(currency)
    try:
        return money.to_minor(value, currency)
    except Refused as refusal:
        example = money.to_major(10**places, currency)
        if refusal.code == "too_precise":
            message = f'"{value}" has more decimals than {currency}, which has {places}'
            raise wrong(message, f'write {_in_words(places)}, for example "{example}"') from None
        likely = meant.of_money(value, places) or f"{example}"
        raise wrong(
            f'"{value}" is not an amount of money', f'write digits only, for example "{likely}"'
        ) from None


def _in_words(places: int) -> str:
    return "whole amounts" if places == 0 else f"at most {places} decimals"


def _positive(value: int) -> int:
    if value <= 0:
        raise wrong("the amount is not above zero", "write an amount above zero")
    return value


def _prices(value: object, info: ValidationInfo) -> tuple[tuple[str, int], ...]:
    """Amounts by currency, in the order of the file; the home currency has its price elsewhere."""
    if not isinstance(value, dict) or not value:
        raise wrong("is no table of amounts", 'write it like { EUR = "3.50", JPY = "500" }, or leave it out')
    home = (info.context or {}).get("currency")
    found = []
    for code, amount in value.items():
        _currency(code)
        if code == home:
            raise wrong(
                f"{code} is the home currency, and price says what it costs in it", f"take {code} out"
            )
        try:
            found.append((code, _positive(_minor(amount, code))))
        except PydanticCustomError as error:
            context = error.context or {}
            raise wrong(f"in {code}, {context['message']}", str(context["remedy"])) from None
    return tuple(found)


def _points(value: object, info: ValidationInfo) -> object:
    """Where the balance is money, "2.50" in quotes is that much of it."""
    if isinstance(value, str) and (info.context or {}).get("unit") == "money":
        return _money(value, info)
    return value


def _clock(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise wrong(f"{value!r} is not a time of day", 'write it like "17:30"')


def _month_day(value: str) -> str:
    try:
        datetime.strptime(f"2001-{value}", "%Y-%m-%d")  # noqa: DTZ007 - a day, no instant; 29 February is not in every year
    except ValueError:
        raise wrong(f'"{value}" is not a day of every year', 'write it like "03-01" for 1 March') from None
    return value


def _fraction(value: object) -> Fraction:
    if isinstance(value, float):
        raise wrong(f"{value} is not exact", f'write it in quotes: "{value}"')
    if isinstance(value, bool) or not isinstance(value, int | str) or not _DECIMAL.fullmatch(str(value)):
        raise wrong(f"{value!r} is not a number", 'write a number in quotes, for example "1.25"')
    number = Fraction(Decimal(value))
    if number <= 0:
        raise wrong(f"{value} is not above zero", 'write a number above zero, for example "1.25"')
    return number


def _moment(value: object) -> date | datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise wrong(
                f"{value.isoformat()} has no offset", f"add one: {value.isoformat()}Z, or write the day alone"
            )
        return value
    if isinstance(value, date):
        return value
    raise wrong(
        f"{value!r} is neither a day nor an instant", "write 2026-11-28 or 2026-11-28T09:00:00Z, no quotes"
    )


@lru_cache
def _zones() -> list[str]:
    return sorted(available_timezones())


def _timezone(name: str) -> str:
    if name not in _zones():
        remedy = suggestion(name, _zones(), 'write a name like "Europe/London" (IANA time zone database)')
        raise wrong(f'"{name}" is not a time zone', remedy)
    return name


def _currency(code: str) -> str:
    if not _is_currency(code):
        large = code.upper()
        remedy = f'write "{large}"' if _is_currency(large) else 'write a code like "GBP" (ISO 4217)'
        raise wrong(f'"{code}" is not a currency', remedy)
    return code


def _is_currency(code: str) -> bool:
    try:
        money.precision(code)
    except Refused:
        return False
    return True


def is_language(tag: str) -> bool:
    """Whether this is the tag of a language (BCP 47)."""
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _language(tag: str) -> str:
    if not is_language(tag):
        raise wrong(f'"{tag}" is not a language', 'write a tag like "en", "ko" or "zh-Hant" (BCP 47)')
    return tag


def _country(code: str) -> str:
    if len(code) != 2 or code not in Locale("en").territories:
        raise wrong(f'"{code}" is not a country', 'write a code of two capitals like "GB" (ISO 3166)')
    return code


def filled(values: tuple[T, ...]) -> tuple[T, ...]:
    """The list, if it has anything in it; asked after the items, whose mistakes would else count as missing."""
    if not values:
        raise wrong("is empty", "write at least one")
    return values


_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # controls, and ends of lines and paragraphs


def _one_line(text: str) -> str:
    if _UNSHOWN.search(text):
        raise wrong("has a line break or a character that cannot be shown", "take it out")
    return text


def _lines(text: str) -> str:
    for line in text.split("\n"):
        _one_line(line.replace("\t", " "))
    return text


def key_of(words: str) -> str:
    """A name for machines made of words: small letters, digits and hyphens; "perk" when none is left.

    At most 40 of them, whole words as long as the first one fits.
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^[^a-z]+", "", plain)).strip("-")
    if len(key) > LONGEST_KEY:
        key = key[: LONGEST_KEY + 1].rpartition("-")[0] or key[:LONGEST_KEY]
    return key or "perk"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb", from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(colour: str) -> str:
    """White or ink, whichever is read better on the colour "#rrggbb"; white when both are readable."""
    return WHITE if contrast(colour, WHITE) >= min(READABLE, contrast(colour, INK)) else INK


def _colour(value: str) -> str:
    colour = value.lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise wrong(f'"{value}" is not a colour', 'write six hexadecimal digits, for example "#1f5b4d"')
    best = contrast(colour, text_on(colour))
    if best < READABLE:
        message = (
            f'neither white nor dark text is readable on "{value}" (contrast {floor(best * 100) / 100:.2f}, needed'
            f" {READABLE:.2f})"
        )
        raise wrong(message, f'take a darker shade, for example "{_darker(colour)}"')
    return colour


def _darker(colour: str) -> str:
    for share in range(99, 0, -1):
        shade = "#" + "".join(f"{int(colour[at : at + 2], 16) * share // 100:02x}" for at in (1, 3, 5))
        if contrast(shade, WHITE) >= READABLE:
            return shade
    return INK


def tuples(value: Any, deepest: int = DEEPEST) -> Any:
    """The TOML data with tuples for lists, as frozen models hold them.

    Raises RecursionError, as the reader of TOML does, where tables or lists stand more than `deepest` within another.
    """
    if not isinstance(value, list | dict):
        return value
    if deepest == 0:
        raise RecursionError
    if isinstance(value, list):
        return tuple(tuples(item, deepest - 1) for item in value)
    return {name: tuples(item, deepest - 1) for name, item in value.items()}


_MONEY = WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["12.50"]})
_MONEY_BY_CURRENCY = WithJsonSchema(
    {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[A-Z]{3}$"},
        "additionalProperties": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
    }
)
_NUMBER = WithJsonSchema(
    {"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)?$", "examples": ["1.25"]}
)
_POINTS = WithJsonSchema({"type": ["integer", "string"], "minimum": 0, "pattern": r"^[0-9]+(\.[0-9]+)?$"})
_TIME_OF_DAY = WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
_DAY_OR_INSTANT = WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-28"]})

Money = Annotated[int, AfterValidator(_positive), BeforeValidator(_money), _MONEY]
"""An amount of the home currency: text like "12.50" in the file, minor units above zero after it."""
MoneyOrNone = Annotated[int, BeforeValidator(_money), _MONEY]
"""As Money, or none: "0"."""
Prices = Annotated[tuple[tuple[str, int], ...], PlainValidator(_prices), _MONEY_BY_CURRENCY]
"""Amounts by currency: a table like { EUR = "3.50" } in the file, pairs of code and minor units above zero after it."""
Exact = Annotated[Fraction, BeforeValidator(_fraction), _NUMBER]
"""A number above zero that is kept exactly: text like "1.25" in the file."""
Moment = Annotated[date | datetime, PlainValidator(_moment), _DAY_OR_INSTANT]
"""A day of the programme's zone, or an instant with an offset."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$", max_length=LONGEST_KEY)]
"""A name for machines: it is kept in the ledger and never changes."""
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True), AfterValidator(_one_line)
]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), AfterValidator(_lines)
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(_one_line)]
Words = tuple[Word, ...]
Colour = Annotated[str, AfterValidator(_colour)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Currency = Annotated[str, AfterValidator(_currency)]
Language = Annotated[str, AfterValidator(_language)]
Country = Annotated[str, AfterValidator(_country)]
MOST_POINTS = 100_000_000
Points = Annotated[int, Field(ge=1, le=MOST_POINTS), BeforeValidator(_points), _POINTS]
"""A number of points above zero; where the balance is money also an amount of it in quotes, kept in minor units."""
Whole = Annotated[int, Field(ge=0, le=MOST_POINTS), BeforeValidator(_points), _POINTS]
"""As Points, or none."""
Clock = Annotated[time, PlainValidator(_clock), _TIME_OF_DAY]
"""A time of day in the programme's zone: text like "17:00" in the file."""
MonthDay = Annotated[str, AfterValidator(_month_day)]
"""A day of every year: "03-01" is 1 March."""
Days = Annotated[int, Field(ge=0, le=3650)]
Percent = Annotated[int, Field(ge=1, le=100)]

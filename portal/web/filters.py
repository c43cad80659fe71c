"""How numbers, money and days read, in the reader's language. Money and points come in as whole numbers."""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format, get_time_format
from babel.numbers import format_decimal, format_percent, get_currency_name
from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from portal.money import precision
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

MINUS = "\N{MINUS SIGN}"


def money(minor: int, currency: str | None = None) -> str:
    """Minor units as money: 1240 GBP is £12.40."""
    here = reader()
    return _money(minor, currency or here.programme.currency, here.language)


@lru_cache(maxsize=4096)
def _money(minor: int, code: str, language: str) -> str:
    # ISO 4217 says how many decimals an amount has; what a country prints on its labels may be fewer (CLDR).
    digits = precision(code)
    pattern = copy(Locale.parse(language).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    amount = Decimal(abs(minor)).scaleb(-digits)
    text = pattern.apply(amount, language, currency=code, currency_digits=False)
    return f"{MINUS}{text}" if minor < 0 else text


def currency_name(code: str) -> str:
    """A currency in words, as one speaks of its money: euros, Japanese yen."""
    return str(get_currency_name(code, count=2, locale=reader().language))


def points(number: int) -> str:
    """A number of points with the thousands parted; in a money programme, the money that it is."""
    here = reader()
    if here.programme.unit.kind == "money":
        return _money(number, here.programme.currency, here.language)
    return _number(number, here.language)


def number(many: int) -> str:
    """A plain number with the thousands parted, whatever the balance is."""
    return _number(many, reader().language)


@lru_cache(maxsize=4096)
def _number(number: int, language: str) -> str:
    text = format_decimal(abs(number), locale=language)
    return f"{MINUS}{text}" if number < 0 else text


def signed(number: int) -> str:
    """With a true sign: +94, −200."""
    return ("+" if number > 0 else "") + points(number)


def points_unit(number: int) -> str:
    """With the programme's word for them: 1,240 points."""
    here = reader()
    unit = here.programme.unit
    if unit.kind == "money":
        return _money(number, here.programme.currency, here.language)
    return f"{_number(number, here.language)} {unit.one if abs(number) == 1 else unit.many}"


def percent(share: Fraction) -> str:
    """A share as the language writes it: 2%, 2.5%."""
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return str(format_percent(exact, locale=reader().language, decimal_quantization=False))


def day(when: date) -> str:
    """3 June 2026, as the language writes it."""
    return _date(when, "long", reader().language)


def use_until(when: date) -> str:
    """Until when something can be used, in words; of what has no end that it has none."""
    return _("Yours for good") if when == date.max else _("Use it until %(day)s", day=day(when))


def day_short(when: date) -> str:
    """3 Jun."""
    return _skeleton(when, "MMMd", reader().language)


def month(when: date) -> str:
    """June 2026."""
    return _skeleton(when, "yMMMM", reader().language)


def birthday(month_day: str) -> str:
    """14 June, of a birthday that is kept as 06-14."""
    in_a_leap_year = date.fromisoformat(f"2000-{month_day}")
    return _skeleton(in_a_leap_year, "MMMMd", reader().language)


def instant(when: datetime) -> str:
    """Day and time in the programme's zone."""
    zone, language = reader().programme.zone, reader().language
    pattern = str(get_datetime_format("medium", language)).replace("'", "")
    here = when.astimezone(zone)
    return pattern.format(time_of_day(here.time()), format_date(here, "medium", locale=language))


def time_of_day(when: time) -> str:
    """15:05, 3:05 PM, 오후 3:05: the half of the day by its whole name, as a Korean's short one is English in the
    tables."""
    language = reader().language
    return format_time(when, _clock(language), locale=language)


@lru_cache
def _clock(language: str) -> str:
    """The short pattern of a language's clock, with the letter for the half of the day asked for in full."""
    short = get_time_format("short", language).pattern
    return re.sub(r"('[^']*')|a+", lambda found: found[1] or "aaaa", short)


# Patterns of a language are read anew at each call of Babel: a page has dozens of numbers, and most of them recur.
@lru_cache(maxsize=4096)
def _date(when: date, style: Literal["long"], language: str) -> str:
    return format_date(when, style, locale=language)


@lru_cache(maxsize=4096)
def _skeleton(when: date, skeleton: str, language: str) -> str:
    return format_skeleton(skeleton, when, locale=language)


def _for_reader(asked: Callable[..., str]) -> Callable[..., str]:
    """A filter that a template asks anew for each reader: one of a literal would be reckoned once, for whoever came
    first."""

    @pass_context
    @wraps(asked)
    def fresh(_context: Context, *values: Any, **how: Any) -> str:
        return asked(*values, **how)

    return fresh


def init_app(app: Flask) -> None:
    """Give the filters to the templates."""
    asked = (
        money,
        currency_name,
        points,
        signed,
        points_unit,
        day,
        day_short,
        month,
        number,
        use_until,
        instant,
    )
    app.jinja_env.filters.update({one.__name__: _for_reader(one) for one in asked})

"""Amounts of the balance as people type them and as fields hold them: whole points, or money where it is money.

It owns both directions, so that what a field shows is what it reads again. Inside, an amount is a number of points; in
a money programme these are minor units of the home currency. Nothing is ever rounded: what does not fit is refused.
"""

import re
from decimal import Decimal

from babel.numbers import NumberFormatError, get_decimal_symbol, parse_decimal
from wtforms.validators import ValidationError

from portal.money import precision, to_major
from portal.web.filters import MINUS
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

# How languages write one, in plain digits: no 1e3, no word for infinity. More digits than a column holds are the
# forms' own to refuse, as too many points.
_TYPED = re.compile(r"([+-]?)([0-9.,'’]{1,40})")
_PLAIN = re.compile(r"[0-9]+(?:[.,]([0-9]+))?")


def read(typed: str | None) -> int:
    """Points of what was typed, with a sign or without; minor units in a money programme: "2.50" and "2,50" are 250.

    One mark with as many digits behind it as the currency has at most parts the decimals, whichever mark it is; all
    else is read as the reader's language parts thousands and decimals. Raises ValidationError, with words for the
    field, for what is no number and for more decimals than there are.
    """
    return _read(typed, is_money=_is_money())


def read_money(typed: str | None) -> int:
    """Minor units of the home currency of what was typed, whatever the programme counts in. Raises as `read`."""
    return _read(typed, is_money=True)


def _read(typed: str | None, *, is_money: bool) -> int:
    decimals = _decimals(is_money)
    found = _TYPED.fullmatch(re.sub(r"\s", "", typed or "").replace(MINUS, "-"))
    if found is None:
        raise ValidationError(_no_number(is_money))
    sign, digits = found.groups()
    plain = _PLAIN.fullmatch(digits)
    if plain is not None and len(plain[1] or "") <= decimals:
        amount = Decimal(digits.replace(",", "."))
    else:
        try:
            amount = parse_decimal(digits, locale=reader().language, strict=True)
        except NumberFormatError:
            raise ValidationError(_no_number(is_money)) from None
    whole, _mark, fraction = f"{amount:f}".partition(".")
    if len(fraction) > decimals:
        raise ValidationError(_too_precise(decimals, is_money))
    return int(sign + whole + fraction.ljust(decimals, "0"))


def written(number: int) -> str:
    """An amount as a field holds it and `read` reads it again: 250 is "250"; in a money programme "2.50" or "2,50"."""
    return _written(number, is_money=_is_money())


def _written(number: int, *, is_money: bool) -> str:
    if not _decimals(is_money):
        return str(number)
    here = reader()
    mark = "," if get_decimal_symbol(here.language) == "," else "."
    return to_major(number, here.programme.currency).replace(".", mark)


def example() -> str:
    """A small amount as it may be typed: 50 points, or a few of the home currency's units."""
    return _example(is_money=_is_money())


def _example(*, is_money: bool) -> str:
    return _written(5 * 10 ** _decimals(is_money) if is_money else 50, is_money=is_money)


def _is_money() -> bool:
    return reader().programme.unit.kind == "money"


def _decimals(is_money: bool) -> int:
    return precision(reader().programme.currency) if is_money else 0


def _no_number(is_money: bool) -> str:
    if is_money:
        return _("Type an amount, such as %(example)s.", example=_example(is_money=True))
    return _("Type a whole number.")


def _too_precise(decimals: int, is_money: bool) -> str:
    if not is_money:
        return _("Type a whole number.")
    example = _example(is_money=True)
    if not decimals:
        currency = reader().programme.currency
        return _(
            "%(currency)s has no decimals. Type an amount, such as %(example)s.",
            currency=currency,
            example=example,
        )
    return _("Type at most %(decimals)s decimals, such as %(example)s.", decimals=decimals, example=example)

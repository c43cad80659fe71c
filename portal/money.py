"""Money at the edge: decimal strings in major units outside, integers in minor units inside, never a float. And numbers
of payment cards, which have no place here: they are Stripe's alone (security.md rule 23)."""

import re
from functools import lru_cache

from babel.core import get_global

from portal.errors import Refused

# Ten digits before the point: a million orders of that size still fit a 64-bit sum.
_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,9}))?", re.ASCII)

# As people write a card's number: 14 to 19 digits, alone or in groups.
_CARD = re.compile(r"(?<!\d)\d(?:[ .\-\u2013]?\d){13,18}(?!\d)")

# ISO 4217; all others have two. Babel follows price tags instead: it has none for the Serbian dinar, where ISO has two.
_OTHER_DECIMALS = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)


@lru_cache(maxsize=256)
def precision(currency: str) -> int:
    """Decimals of an ISO 4217 currency (USD 2, JPY 0, BHD 3). Refuses `unknown_currency`."""
    if currency not in get_global("all_currencies"):
        raise Refused("unknown_currency", f"{currency[:20]!r} is not an ISO 4217 currency code.")
    return next((decimals for decimals, codes in _OTHER_DECIMALS if currency in codes), 2)


def to_minor(amount: str, currency: str) -> int:
    """Minor units of a decimal string: `"12.34"` GBP is 1234.

    Refuses `bad_value` for anything that is not a plain decimal and `too_precise` for more decimals than the
    currency has: an amount is never rounded on the way in (contracts.md, Money).
    """
    match = _DECIMAL.fullmatch(amount)
    if match is None:
        raise Refused("bad_value", f'{amount[:40]!r} is not a decimal amount such as "12.34".')
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    decimals = precision(currency)
    if len(fraction) > decimals:
        raise Refused("too_precise", f"{currency} has {decimals} decimals; {amount!r} has {len(fraction)}.")
    minor = int(whole + fraction.ljust(decimals, "0"))
    return -minor if sign else minor


def to_major(minor: int, currency: str) -> str:
    """The decimal string of an amount in minor units: 1234 GBP is `"12.34"`."""
    decimals = precision(currency)
    if decimals == 0:
        return str(minor)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def without_cards(text: str) -> str:
    """The text, in which each number that its check digit makes a payment card's is cut to the last four digits."""
    return _CARD.sub(lambda found: _masked(found[0]), text)


def _masked(number: str) -> str:
    digits = [int(one) for one in number if one.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return f"•••• {''.join(map(str, digits[-4:]))}" if is_card else number

"""Programmes that are wrong: parts of files, and the problems that are found in one."""

import pytest

from portal import programme
from tests.programme.texts import SMALL

LAST = SMALL.count("\n")
RULE = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 5\nper = "1.00"\n'
GOLD = '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'
SILVER = '[[tiers]]\nkey = "silver"\nlabel = "Silver"\nentry = [{ metric = "spend", amount = "200.00" }]\n'
REWARD = (
    '[[rewards]]\nkey = "ten-off"\nlabel = "Ten off"\nprice = 1000\nkind = "money-off"\nvalue = "10.00"\n'
)


def problems(source: str) -> list[programme.Problem]:
    """What is found wrong in a file that is refused."""
    with pytest.raises(programme.Invalid) as invalid:
        programme.parse(source, "shop.toml")
    return list(invalid.value.problems)

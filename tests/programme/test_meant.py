"""Slips of the pen: what is no TOML, and amounts written otherwise, are told with what was most likely meant."""

import pytest

from portal import programme
from tests.programme.texts import small

LAST = small().count("\n")
CHARITY = '[[charities]]\nkey = "trees"\nlabel = "Trees"\n'


def problem(source: str) -> programme.Problem:
    """The only problem of a text."""
    with pytest.raises(programme.Invalid) as refused:
        programme.parse(source, "shop.toml")
    (one,) = refused.value.problems
    return one


@pytest.mark.parametrize(
    ("part", "line", "message", "remedy"),
    [
        ("[unit]\n", 1, "[unit] stands here twice", "keep one [unit] and put its keys together"),
        (
            '[tiers]\nkey = "gold"\n',
            1,
            "[tiers] and [[tiers]] both stand here",
            "write [[tiers]] for each one where there are several, and [tiers] where there is one",
        ),
        (CHARITY + 'label = "More trees"\n', 4, 'the key "label" stands here twice', "take one of them out"),
        (
            "[brand]\nlogo = \u201cPennywren\u201d\n",
            2,
            "the quotes are curly",
            'write straight ones: logo = "Pennywren"',
        ),
        ('[brand]\nlogo = "Pennywren\n', 2, "not TOML", "a quote is missing"),
        ("[brand]\npattern = leaf\n", 2, "not TOML", 'write it in quotes: pattern = "leaf"'),
        ("[brand]\npattern: leaf\n", 2, "not TOML", "with = in place of the colon"),
        ("[giving]\nstanding = True   # each month\n", 2, "not TOML", "write standing = true"),
        ("[support]\nvisits = no\n", 2, "not TOML", "write visits = false"),
        ("[pages.terms]\nupdated = 11/28/2026\n", 2, "not TOML", "year, month, day: 2026-11-28"),
        ("[pages.terms]\nupdated = 2026-02-30\n", 2, "not TOML", "a day that there is"),
        ("[giving]\nstep = 2,5\n", 2, "not TOML", "write step = 2.5"),
        ("[giving\n", 1, "not TOML", "every bracket and key once"),
    ],
)
def test_a_slip_that_is_no_toml_is_told_with_what_was_meant(
    part: str, line: int, message: str, remedy: str
) -> None:
    told = problem(small(part))
    assert told.line == LAST + line
    assert message in told.message
    assert remedy in told.remedy


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500", "500.00"),
        ("500.5", "500.50"),
        ('"500,00"', "500.00"),
        ('"1,000.00"', "1000.00"),
        ('"1,000"', "1000.00"),
        ('"1.000,5"', "1000.50"),
        ('"£12.50"', "12.50"),
        ('"$ 12"', "12.00"),
        ('"a lot"', "1.00"),
    ],
)
def test_an_amount_that_is_written_otherwise_is_told_as_the_file_wants_it(written: str, meant: str) -> None:
    tier = f'[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{{ metric = "spend", amount = {written} }}]\n'
    assert f'"{meant}"' in problem(small(tier)).remedy


def test_of_what_cannot_be_an_amount_nothing_is_guessed() -> None:
    tier = '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = true }]\n'
    assert problem(small(tier)).remedy == 'write it like "12.50"'
    yen = small(tier.replace("true", "12.5"), currency='"JPY"').replace('"0.01"', '"1"')
    assert problem(yen).remedy == 'write it like "12.50"'

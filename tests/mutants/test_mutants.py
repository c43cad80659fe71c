"""The mistakes fit the product as it is now: their text is there once, their tests exist. They are not made here."""

from collections import Counter

import pytest

from tests.mutants import ROOT, Mutant
from tests.mutants.known import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_mistake_can_be_made_and_there_are_tests_to_catch_it(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    wrong = mutant.made_in(source)
    assert wrong is not None, f"this is in {mutant.file} {source.count(mutant.text)} times: {mutant.text}"
    assert wrong != source
    compile(wrong, mutant.file, "exec")
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8"), test


def test_every_mistake_has_a_name_of_its_own_that_fits_into_a_table() -> None:
    assert max(Counter(one.name for one in MUTANTS).values()) == 1
    assert not [one.name for one in MUTANTS if "|" in one.name or "\n" in one.name]


def test_a_text_that_is_not_there_or_there_twice_makes_no_mistake() -> None:
    mutant = Mutant("less for more", "a.py", "a > b", "a < b", ("tests/a.py",))
    assert mutant.made_in("if a > b:") == "if a < b:"
    assert mutant.made_in("if a >= b:") is None
    assert mutant.made_in("if a > b or not a > b:") is None

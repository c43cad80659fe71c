"""Every assumption about Stripe is a script that runs: against the stand-in, and by `-m live` against Stripe."""

import os
from inspect import signature
from types import FunctionType, ModuleType

import pytest

from tests.live.assumptions import ALL, BY_HAND, TOPICS, Assumption
from tests.live.side import Side
from tests.live.telling import KEY_SETTING, WrongKey, key_of


@pytest.mark.parametrize("assumption", ALL, ids=lambda one: one.id)
def test_what_we_assume_of_stripe(side: Side, assumption: Assumption):
    assumption.check(side)


@pytest.mark.live
def test_stripe_itself_is_asked():
    if key_of(os.environ) is None:
        pytest.skip(f"not yet run against Stripe: {KEY_SETTING}=sk_test_... pytest -m live")


def test_each_assumption_has_a_name_of_its_own_and_says_what_it_assumes():
    assert {one.check for one in ALL} == {script for topic in TOPICS for script in scripts(topic)}
    assert len({one.id for one in ALL}) == len(ALL) >= 20
    assert all(one.sentence.endswith(".") for one in ALL)
    assert all(sentence.endswith(".") for sentence in BY_HAND)


def scripts(topic: ModuleType) -> list[FunctionType]:
    """The functions of a file that ask a side for something, and nothing else."""
    own = [one for one in vars(topic).values() if getattr(one, "__module__", "") == topic.__name__]
    return [one for one in own if list(signature(one).parameters) == ["side"]]


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "pk_test_x", "nonsense"])
def test_only_a_test_key_is_taken(key):
    with pytest.raises(WrongKey):
        key_of({KEY_SETTING: key})
    assert key_of({KEY_SETTING: "sk_test_x"}) == "sk_test_x"
    assert key_of({}) is None

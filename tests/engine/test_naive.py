"""The engine and a naive re-computation agree on random lives, mechanic by mechanic. More of them: `make evidence`."""

import os

import pytest

from tests.engine.bench import Bench, end_of
from tests.engine.lives import MECHANICS

MEMBERS = int(os.environ.get("MEMBERS", "8"))
FIRST = int(os.environ.get("FIRST", "0"))


@pytest.mark.parametrize("name", MECHANICS)
def test_the_engine_comes_to_what_a_plain_loop_comes_to(bench: Bench, name: str):
    from portal.programme import parse

    mechanic = MECHANICS[name]
    until = end_of(mechanic.until, parse(mechanic.source, "programme.toml"))
    bench.agree(mechanic.source, mechanic.histories(MEMBERS, FIRST), until)
    assert bench.faults() == []

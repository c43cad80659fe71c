"""Real baskets under rates by category, a double Sunday and a happy hour: a tenth; whole in `make evidence`."""

import pytest

from tests.engine import grocery
from tests.engine.bench import Bench
from tests.engine.sums import instant
from tests.lab import naive

pytestmark = pytest.mark.skipif(
    not naive.DATA.is_dir(),
    reason=f"THE CONTROL FIGURES ARE NOT CHECKED: no purchase histories at {naive.DATA}",
)


@pytest.mark.parametrize("name", ["without FUEL", "double Sunday"])
def test_a_plain_loop_over_the_baskets_gives_the_control_figures(name: str):
    assert sum(grocery.plain(name, grocery.baskets()).values()) == grocery.expected(name)


@pytest.mark.parametrize("name", grocery.PROGRAMMES)
def test_a_tenth_of_the_households_earns_what_the_plain_loop_says(bench: Bench, name: str):
    rows = grocery.baskets(naive.a_tenth)
    outcome = bench.simulate(grocery.source(name, rows), grocery.lines(rows), instant("2018-01-02T05:00:00Z"))
    assert outcome["refused"] == []
    assert {ref: state["points"]["earned"] for ref, state in outcome["members"].items()} == grocery.plain(
        name, rows
    )

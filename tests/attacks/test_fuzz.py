"""Two thousand broken inputs, a thousand of its own for each engine and the same ones each time: no fault, and messages
that are none are refused in one way."""

import pytest

from portal.db import db
from tests.attacks.fuzzing import Fuzzer
from tests.billing.conftest import environ, sells, stripe_standin
from tests.stripe_standin import SECRET

__all__ = ["environ", "sells", "stripe_standin"]

INPUTS = 1_000  # on each engine
SEEDS = {"sqlite": 6, "postgresql": 7}


@pytest.mark.both_engines
def test_a_thousand_broken_inputs_break_nothing(app, sells, mailbox):
    found = Fuzzer(app, seed=SEEDS[db.engine.name], webhook_secret=SECRET).throw(INPUTS)
    assert not found.broken
    assert found.inputs == INPUTS
    assert found.statuses[200] + found.statuses[303] > INPUTS / 20, (
        "some of it reaches what is behind the forms"
    )
    assert found.refusals <= {"400 This is not a message of Stripe's for this portal.\n"}

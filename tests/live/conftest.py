"""Which sides are looked at: the stand-in; and Stripe itself where `-m live` asks for it and a key is set."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.side import Side
from tests.live.telling import is_asked, key_of
from tests.stripe_standin import KEY, StripeStandIn


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The stand-in for every script, and Stripe where a person wants it."""
    if "side" not in metafunc.fixturenames:
        return
    sides = [pytest.param("stand-in", id="stand-in")]
    if is_asked(metafunc.config) and key_of(os.environ):
        real = (pytest.mark.live, pytest.mark.enable_socket)
        sides.append(pytest.param("stripe", id="stripe", marks=real))
    metafunc.parametrize("side", sides, indirect=True)


@pytest.fixture
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    """One side with a test clock of its own; what the check makes is put away again."""
    if request.param == "stripe":
        key = key_of(os.environ)
        assert key is not None, "without a key there is no such test"
        side = Side(key, None)
        yield side
        side.tidy()
        return
    standin = StripeStandIn(tmp_path, None)
    side = Side(KEY, standin.url)
    yield side
    side.tidy()
    standin.stop()

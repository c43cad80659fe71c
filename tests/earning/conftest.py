"""One member of the small programme: a point a pound, at once, unless a test publishes another."""

import pytest
from flask import Flask

from tests.ledger import shop


@pytest.fixture
def anna(app: Flask) -> str:
    """Her id; the shop knows her as c-1."""
    shop.publish()
    return shop.join()

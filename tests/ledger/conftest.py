"""One member with an empty wallet, in the small programme that gives one point a pound at once."""

import pytest
from flask import Flask

from tests.ledger import shop
from tests.notices.mailbox import statements

__all__ = ["anna", "statements"]


@pytest.fixture
def anna(app: Flask) -> str:
    """Her id."""
    shop.publish()
    return shop.join()

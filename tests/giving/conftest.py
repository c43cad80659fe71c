"""What these tests share."""

import pytest

from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def anna(programme) -> str:
    """A member with the welcome's 100 points; her id."""
    return join()


@pytest.fixture
def the_books_agree(app):
    """Whatever a test does, the ledger and the gifts agree at its end."""
    from portal import earning, giving, ledger

    yield
    assert ledger.faults() + giving.faults() + earning.faults() == []

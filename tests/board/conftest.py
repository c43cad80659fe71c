"""What these tests share: a shop whose programme has a board, two members, and the board's counts at the end."""

import pytest

from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def berta(programme) -> str:
    """Another."""
    return join("c-2", "berta@example.com", "Berta Maria Hill")


@pytest.fixture
def the_board_counts(app):
    """Whatever a test does, votes and answers are counted right at its end."""
    from portal import board

    yield
    assert board.faults() == []

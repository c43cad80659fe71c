"""What these tests share."""

import pytest

from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def anna(programme) -> str:
    """A member who invites; her id."""
    return join()


@pytest.fixture
def the_books_agree(app):
    """Whatever a test does, ledger, rewards, orders and referrals agree at its end."""
    from portal import earning, ledger, referrals, rewards

    yield
    assert ledger.faults() + rewards.faults() + referrals.faults() + earning.faults() == []

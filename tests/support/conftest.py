"""What these tests share: a shop with a programme, a member, a colleague of support, and a mailbox."""

import pytest

from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()

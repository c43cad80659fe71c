"""What these tests share: a mailbox, a member and her browser, two colleagues of support."""

import pytest

from portal import clock, people
from portal.db import transact
from tests.home.doors import SAM, enter, join
from tests.notices.mailbox import mailbox, programme, statements
from tests.page import Visit
from tests.signin.hands import KIM

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def hers(app, anna) -> Visit:
    """Anna's browser."""
    return enter(app)


@pytest.fixture
def sam(programme) -> str:
    """Somebody of support; the id."""
    return transact(lambda: people.add_staff(SAM, "support", clock.now()))


@pytest.fixture
def kim(programme) -> str:
    """A second colleague; the id."""
    return transact(lambda: people.add_staff(KIM, "support", clock.now()))

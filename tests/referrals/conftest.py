"""What these tests share."""

import pytest

from portal import programme as programmes
from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]

POINTS = """
[referral]
matures_days = 10
minimum = "15.00"
limit = { per = "month", count = 2 }
[[referral.offers]]
countries = ["US"]
friend = { points = 100 }
[[referral.offers]]
countries = ["GB"]
friend = { points = 50 }
inviter = { points = 300 }
"""


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


@pytest.fixture
def points_for_friends(programme, publish):
    """The demonstration, giving points to friends: in two countries, not in others."""
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    return publish(source[:begin] + POINTS + "\n" + source[end:])

"""What the demonstration puts on the board."""

from datetime import timedelta

import pytest

from portal import board, lab, people
from portal.db import transact
from tests import make
from tests.board.hands import rows
from tests.home.doors import everything, join

LATER = make.NOW + timedelta(days=60)


@pytest.fixture
def staff_id(app, clock) -> str:
    """Somebody of the team, and members who joined long before LATER."""
    return transact(lambda: people.add_staff("sam@example.com", "support", make.NOW))


def members(count: int = 12) -> None:
    for number in range(count):
        join(f"c-{number}", f"m{number}@example.com", f"Customer {number}")


@pytest.mark.parametrize("key", ["demo", "monzo-community"])
def test_a_programme_with_a_board_shows_it_with_posts_answers_and_votes_and_twice_is_once(
    staff_id, publish, key
):
    publish(key)
    members()
    assert lab.fill_board(staff_id, LATER) == 5
    found = board.page("votes", None, None, limit=9)
    assert len(found) == 5
    assert found[0].votes > found[-1].votes > 0
    assert {row.state for row in found} == {"open", "planned", "answered"}
    assert {bool(row.staff_id) for row in rows("board_answer")} == {True, False}
    assert all(row.created_at < LATER for row in found)
    assert board.faults() == []
    before = everything()
    assert lab.fill_board(staff_id, LATER + timedelta(days=1)) == 0
    assert everything() == before


def test_where_there_is_no_board_or_nobody_to_say_anything_nothing_is_written(staff_id, publish):
    publish("cvs")
    members()
    assert lab.fill_board(staff_id, LATER) == 0
    publish("demo")
    assert lab.fill_board(staff_id, make.NOW) == 0, "nobody has been a member for so long"
    assert rows("board_post") == []

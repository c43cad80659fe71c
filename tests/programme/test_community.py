"""[board]: what a file may say of it, what it may not, and what members notice when it comes, changes and goes."""

import pytest

from portal import programme
from tests.programme.test_diff import told
from tests.programme.texts import SMALL, small

LAST = SMALL.count("\n")
GOLD = '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'


def test_a_board_without_a_word_more_is_for_everybody_and_takes_both_kinds() -> None:
    board = programme.parse(small("[board]\n"), "shop.toml").board
    assert board is not None
    assert (board.label, board.kinds, board.tiers) == ("Board", ("idea", "question"), ())
    assert (board.posts_per_day, board.answers_per_day, board.edit_minutes) == (5, 30, 30)


def test_only_programmes_that_say_so_have_a_board() -> None:
    having = {key for key in programme.catalogue_keys() if programme.load(key).programme.board is not None}
    assert having == {"demo", "monzo-community"}


@pytest.mark.parametrize(
    ("says", "path", "message", "remedy"),
    [
        ("kinds = []", "kinds", "is empty", "write at least one"),
        ('kinds = ["rant"]', "kinds[0]", "rant", "idea"),
        ('kinds = ["idea", "idea"]', "kinds", "names a kind twice", 'kinds = ["idea", "question"]'),
        ('tiers = ["goold"]', "tiers[0]", 'there is no tier "goold"', 'did you mean "gold"?'),
        ("posts_per_day = 0", "posts_per_day", "", ""),
        ("posts_per_day = 101", "posts_per_day", "", ""),
        ("answers_per_day = 501", "answers_per_day", "", ""),
        ("edit_minutes = -1", "edit_minutes", "", ""),
        ("edit_minutes = 1441", "edit_minutes", "", ""),
        ('label = ""', "label", "", ""),
        ("points = 5", "points", 'no key "points"', "label"),
    ],
)
def test_what_a_board_cannot_say_is_told_with_its_line_and_remedy(says, path, message, remedy) -> None:
    with pytest.raises(programme.Invalid) as invalid:
        programme.parse(small(GOLD, f"[board]\n{says}\n"), "shop.toml")
    (problem,) = invalid.value.problems
    assert str(problem.path) == f"board.{path}"
    assert problem.line == LAST + GOLD.count("\n") + 2
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("old", "new", "what", "means"),
    [
        ("", "[board]\n", "board: new: Board", "Members can write and vote from now on."),
        ("[board]\n", "", "board: gone: Board", "Nobody sees it any more; what was written is kept."),
        ("[board]\n", "[board]\nedit_minutes = 5\n", "board.edit_minutes: 30 -> 5", "what was written stays"),
    ],
)
def test_what_members_notice_of_a_board_is_told(old: str, new: str, what: str, means: str) -> None:
    lines = told(small(old), small(new))
    assert any(what in line and means in line for line in lines), lines

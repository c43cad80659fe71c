"""The board: ideas and questions, answers and votes, for members alone. Nothing on it earns anything.

It owns what is written there, the votes, and what members report. It refuses (`unknown_key`) what is hidden or taken
back, writing by who may not or has written enough, votes for one's own, and changes after a while. It tells nobody
anything: no points, tiers or grants follow from it. Staff write and hide through support, which says who may and keeps
the audit.
"""

from portal.board.models import Answer, Post, Report, Vote
from portal.board.moderating import hide_answer, hide_post, set_state, show_answer, show_post
from portal.board.queries import (
    Order,
    answer,
    answers,
    faults,
    has_words,
    hidden_of,
    page,
    post,
    reports,
    reports_of,
    voted,
)
from portal.board.reading import Shown, shown
from portal.board.rules import STATES, Place, is_id, place
from portal.board.service import (
    Author,
    Written,
    change_answer,
    change_post,
    forget,
    may_write,
    report,
    take_back_all,
    take_back_answer,
    take_back_post,
    take_back_vote,
    vote,
    write_answer,
    write_post,
)

__all__ = [
    "STATES",
    "Answer",
    "Author",
    "Order",
    "Place",
    "Post",
    "Report",
    "Shown",
    "Vote",
    "Written",
    "answer",
    "answers",
    "change_answer",
    "change_post",
    "faults",
    "forget",
    "has_words",
    "hidden_of",
    "hide_answer",
    "hide_post",
    "is_id",
    "may_write",
    "page",
    "place",
    "post",
    "report",
    "reports",
    "reports_of",
    "set_state",
    "show_answer",
    "show_post",
    "shown",
    "take_back_all",
    "take_back_answer",
    "take_back_post",
    "take_back_vote",
    "vote",
    "voted",
    "write_answer",
    "write_post",
]

"""What stands on the board of the demonstration: a few ideas and questions, with answers and votes of its members.

They suit every programme that has a board. The words are ours; who says them are the members of the real history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from portal import board, people
from portal import programme as programmes
from portal.db import read, transact

SPEAKERS = 30  # members who say or vote anything
_member = people.Member.__table__.c


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer: how many days ago, and whether it is the team's."""

    days_ago: int
    text: str
    from_team: bool = False


@dataclass(frozen=True, slots=True)
class _Post:
    """A post: how many days ago, how many members voted, what became of it."""

    days_ago: int
    kind: str
    title: str
    text: str
    votes: int
    answers: tuple[_Said, ...] = ()
    state: str = "open"


POSTS = (
    _Post(
        19, "idea", "One message a week instead of five",
        "I like to know what is new. Once a week would do, and I would read that one.", 17,
        (
            _Said(18, "Sunday evening, please. That is when I have the time."),
            _Said(16, "We are working on it: one message on Sundays, from next month on.", from_team=True),
        ),
        "planned",
    ),
    _Post(
        14, "question", "Can I change the address that my mails go to?",
        "I have a new one, and the old one ends in a few weeks.", 4,
        (_Said(13, "Yes. Write to us from the old one, and we move everything over.", from_team=True),),
    ),
    _Post(
        11, "idea", "An evening with the people behind it",
        "An hour, tea, and questions. I would travel for that.", 23,
        (_Said(10, "Me too, if the last train still goes."),),
    ),
    _Post(
        6, "question", "How do I see what is planned already?",
        "I do not want to write down what somebody else has.", 2,
        (_Said(5, "Choose Most votes at the top. What is planned says so under its name."),),
    ),
    _Post(2, "idea", "Larger numbers on the card", "So that I can read them at the till without my glasses.", 6),
)  # fmt: skip


def fill_board(staff_id: str, now: datetime) -> int:
    """Write the demonstration's posts where the programme has a board for all and nobody has written on it yet;
    how many there are.

    `staff_id` answers for the team. An edge: each post is committed with all that belongs to it.
    """
    _, active = programmes.active()
    if active.board is None or active.board.tiers or board.page("newest", None, None, limit=1, hidden=True):
        return 0
    speakers = read(
        select(_member.id)
        .where(_member.status == "active", _member.joined_at < now - timedelta(days=POSTS[0].days_ago))
        .order_by(_member.joined_at, _member.id)
        .limit(SPEAKERS)
    )
    members = speakers.scalars().all()
    posts = [post for post in POSTS if post.kind in active.board.kinds] if len(members) > len(POSTS) else []
    for place, post in enumerate(posts):
        transact(partial(_write, post, members[place:], staff_id, now))
    return len(posts)


def _write(post: _Post, members: Sequence[str], staff_id: str, now: datetime) -> None:
    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    first, *others = members
    at = ago(post.days_ago)
    post_id = board.write_post(board.Author(first), post.kind, post.title, post.text, key="demo", at=at).id
    for voter in others[: post.votes]:
        board.vote(voter, post_id, at=at + timedelta(hours=1))
    for place, said in enumerate(post.answers):
        author = board.Author(staff_id=staff_id) if said.from_team else board.Author(others[place])
        board.write_answer(author, post_id, said.text, key=f"demo/{post.days_ago}", at=ago(said.days_ago))
    if post.state != "open":
        board.set_state(post_id, post.state)

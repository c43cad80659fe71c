"""Short ways to write on the board, and to look at all of it."""

from typing import Any

from sqlalchemy import text as sql

from portal import board, clock
from portal.db import new_id, read, transact
from tests.page import Element, Visit

BERTA = "berta@example.com"


def write(
    member_id: str,
    title: str = "Mend cushions",
    text: str = "Seams, mostly.",
    kind: str = "idea",
    key: str | None = None,
) -> str:
    """A post of this member's; its id."""
    told = key or new_id()
    author = board.Author(member_id)
    return transact(lambda: board.write_post(author, kind, title, text, key=told, at=clock.now())).id


def answer(member_id: str, post_id: str, text: str = "Yes please.", key: str | None = None) -> str:
    """An answer of this member's; its id."""
    told = key or new_id()
    author = board.Author(member_id)
    return transact(lambda: board.write_answer(author, post_id, text, key=told, at=clock.now())).id


def vote(member_id: str, post_id: str) -> None:
    """A vote."""
    transact(lambda: board.vote(member_id, post_id, at=clock.now()))


def there(post_id: str) -> Any:
    """The post as it stands."""
    return board.post(post_id)


def rows(table: str) -> list[Any]:
    """Every row of a table."""
    return list(read(sql(f"SELECT * FROM {table}")).all())


def compose(
    visit: Visit, title: str = "Mend cushions", text: str = "Seams, mostly.", status: int = 200, **more: str
) -> Element:
    """Write a post on the pages; the page after it."""
    visit.open("/board")
    visit.follow("Write an idea or a question")
    return visit.submit("Put it on the board", status, title=title, text=text, **more)

"""Members whose points end: the programme, the mailbox, the days that pass, and what is shown and told."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, union_all

from portal import ledger, notices, people
from portal import programme as programmes
from portal.db import read, transact
from tests.ledger import shop
from tests.ledger.shop import TODAY, expire
from tests.notices.mailbox import Mailbox

ENDS = TODAY + timedelta(days=365)
GONE = ENDS + timedelta(days=1)
ADDRESS = "anna@example.com"


def ending(kind: str = "days", **more: Any) -> str:
    """Part of a programme: how points end."""
    said = more or {"days": 365}
    return f'\n[expiry]\nkind = "{kind}"\n' + "".join(f"{name} = {value}\n" for name, value in said.items())


def reader() -> str:
    """A new member whose mail is read in Britain; her id."""
    member_id = shop.join(email=ADDRESS, proved=True)
    transact(lambda: people.change(member_id, people.Profile(locale="en-GB")))
    return member_id


@pytest.fixture
def anna(app: Flask) -> str:
    """Her id; points end a year after they were earned. She wants no news."""
    shop.publish(ending())
    return reader()


@pytest.fixture
def history() -> Iterator[None]:
    """What a history takes for granted: notices arrive."""
    with notices.assume_delivered():
        yield


@pytest.fixture
def mail(app: Flask) -> "Mail":
    """The mail of live."""
    return Mail(app)


class Mail(Mailbox):
    """A mailbox to which the outbox is emptied by hand."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.render = notices.Renderer(app.jinja_env)

    def arrive(self, day: date) -> None:
        """Send what waits, on the morning of a day."""
        notices.deliver_due(shop.morning(day), self, self.render)


def before(days: int) -> date:
    """So many days before the lot's last one."""
    return ENDS - timedelta(days=days)


def pass_to(member_id: str, day: date) -> list[ledger.Posted]:
    """Let the days pass to the beginning of `day`, each thing on its own; what lapsed."""
    posted = []
    while (due := ledger.next_due()) is not None and due <= day:
        posted += expire(member_id, due)
        assert ledger.next_due() != due, "what was due is due still"
    return posted


def bounces(member_id: str, holds: bool, on: date) -> None:
    """Mail to her comes back from a day on, or no longer."""
    told = {"since": on, "until": None, "at": shop.morning(on)}
    transact(lambda: people.set_attribute(member_id, "mail_bounces", holds, **told))


def touch(member_id: str, day: date) -> None:
    """She buys something, or does something that earns."""
    transact(lambda: ledger.touch(member_id, day))


def shown(member_id: str) -> list[tuple[date, int, bool]]:
    """What her home page is told of points that end: the real last day, how many, whether they are held."""
    rows = read(union_all(*ledger.facts()), {"p_member": member_id}).all()
    found = ledger.endings(programmes.active()[1].expiry, rows)
    return [(one.on, one.points, one.held) for one in found]


def told() -> list[tuple[str, int, str, bool | None]]:
    """Every notice: the end it speaks of, days before, when it was sent, whether it arrived."""
    rows = read(text("SELECT * FROM lot_notice ORDER BY expires_on, sent_on, days DESC")).all()
    return [
        (
            str(row.expires_on),
            row.days,
            str(row.sent_on),
            None if row.delivered is None else bool(row.delivered),
        )
        for row in rows
    ]

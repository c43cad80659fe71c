"""A mailbox that stands in for the mail server: what was sent, and short ways to read it."""

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest


class Mailbox(list[EmailMessage]):
    """Messages in the order in which they left. While `broken` is set, sending raises it."""

    broken: Exception | None = None

    def __call__(self, message: EmailMessage) -> None:
        """Send."""
        if self.broken is not None:
            raise self.broken
        self.append(message)

    def to(self, address: str) -> list[EmailMessage]:
        """What went to this address."""
        return [message for message in self if message["To"].addresses[0].addr_spec == address]

    def words(self, address: str) -> str:
        """The plain text of the newest message to this address."""
        return str(self.to(address)[-1].get_body(("plain",)).get_content())

    def code(self, address: str) -> str:
        """The code in the newest message that carries one."""
        return self._newest(address, r"^\s+([0-9]{6})$")[1]

    def link(self, address: str) -> str:
        """The path of the link in the newest message that has one to sign in by."""
        return urlsplit(self._newest(address, r"https?://\S+/sign-in/link/\S+")[0]).path

    def _newest(self, address: str, wanted: str) -> re.Match[str]:
        texts = [str(message.get_body(("plain",)).get_content()) for message in reversed(self.to(address))]
        found = (re.search(wanted, text, re.M) for text in texts)
        return next(one for one in found if one)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """Mail of this test's app goes here."""
    box = Mailbox()
    monkeypatch.setattr("portal.notices.transport", lambda _settings: box)
    return box


@pytest.fixture
def programme(app, clock):
    """The demo programme, published at the test's own time."""
    from portal import clock as portal_clock
    from portal import programme as programmes
    from portal.db import transact

    source = programmes.load("demo").source
    transact(lambda: programmes.publish(source, portal_clock.now()))
    return programmes.active()[1]


@pytest.fixture
def statements(app):
    """Every SQL statement that this test's database gets, in order."""
    from sqlalchemy import event

    from portal.db import db

    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cur, text, *_rest: seen.append(text))
    return seen

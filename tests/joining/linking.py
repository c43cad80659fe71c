"""A shop that asks for one more id of Anna's, and what she gets, confirms and has."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from portal import clock as portal_clock
from portal import joining, notices
from portal.db import db, read, transact

ANNA = "anna@example.com"
YES = "Yes, it is mine: connect it"


def put(ref: str, email: str = ANNA, **fields) -> joining.Put:
    """The shop puts a member."""
    body = joining.MemberBody.model_validate({"email": email} | fields)
    return transact(lambda: joining.put_member(ref, body, source="shop:main", now=portal_clock.now()))


def ask(ref: str = "c-17", email: str = ANNA, shop: str = "main", shop_name: str = "Main Street") -> bool:
    """The shop's word on `ref` that has to wait for the member's, as the API takes it."""

    def asked() -> bool:
        return joining.ask_owner(email, ref, shop=shop, shop_name=shop_name, now=portal_clock.now())

    return transact(asked)


def mails() -> list:
    """The questions that were queued."""
    notice = notices.Notice.__table__.c
    return list(read(select(notice.recipient, notice.kind).where(notice.kind == "link_request")).all())


def link(mailbox, address: str = ANNA) -> str:
    """The path of the link in the newest question to this address."""
    from portal import jobs

    jobs.wake()
    return urlsplit(re.search(r"https?://\S+/links/\S+", mailbox.words(address))[0]).path


def token(mailbox, address: str = ANNA) -> str:
    """What is secret in that link."""
    return link(mailbox, address).rsplit("/", 1)[1]


def confirm(secret: str) -> None:
    """She says that it is hers."""
    transact(lambda: joining.confirm(secret, portal_clock.now()))


def state(secret: str) -> str | None:
    """What became of a question."""
    found = joining.find_request(secret, portal_clock.now())
    return None if found is None else found.state


def whole_database() -> dict[str, list]:
    """Every row that there is: equal when nothing has changed."""
    return {
        name: sorted(map(repr, read(text(f'SELECT * FROM "{name}"')).all()))
        for name in sorted(db.metadata.tables)
    }


@pytest.fixture
def anna(programme) -> str:
    """A member with a proved address, known to the shop as c-1; her id."""
    return put("c-1", name="Anna Bell", locale="en-GB", email_verified=True).member_id

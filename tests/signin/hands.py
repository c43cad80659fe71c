"""What tests of safety do with a member: her row, her sessions and passkeys, the links and codes in her mail."""

import re
from datetime import datetime

from sqlalchemy import insert, select

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import new_id, read, run, transact
from tests.home.doors import ANNA
from tests.notices.mailbox import Mailbox

NEW = "anna.bell@example.org"
KIM = "kim@example.com"
HERE = signin.Visitor(browser="b" * 43, agent="Chrome · Android", ip="203.0.113.7")


def row_of(member_id: str):
    """The member as she stands in the database."""
    member = people.Member.__table__
    return read(select(member).where(member.c.id == member_id)).one()


def signed_in(
    member_id: str, browser: str = HERE.browser, *, fresh: bool = True, passkey: str | None = None
) -> signin.Person:
    """This member's session: with a proof of a moment ago (by `passkey`, else by a mailed code), or without."""
    now = portal_clock.now()
    token = transact(
        lambda: signin.open_session(
            "member",
            member_id,
            challenge_id=new_id(),
            browser=browser,
            agent="Firefox",
            now=now,
            passkey_id=passkey,
        )
    )
    person = signin.load_session(token, now)
    if not fresh or passkey is not None:
        return person
    token = transact(lambda: signin.sessions.renew(person, now))
    return signin.load_session(token, now)


def give_passkey(member_id: str, created_at: datetime | None = None) -> str:
    """A passkey of this member's, as if her phone had made it; its id."""
    passkey_id = new_id()

    def write() -> None:
        secret = signin.owners.owner_secret("member", member_id)
        if secret is None:
            secret = new_id() * 3
            run(insert(signin.PasskeyOwner), {"secret": secret, "member_id": member_id})
        run(
            insert(signin.Passkey),
            {
                "owner": secret, "id": passkey_id, "credential_id": passkey_id, "public_key": b"k", "sign_count": 0,
                "transports": [], "aaguid": "0" * 36, "may_be_copied": False, "is_backed_up": False,
                "has_verified": True, "name": "Phone", "created_at": created_at or portal_clock.now(),
            },
        )  # fmt: skip

    transact(write)
    return passkey_id


def code_in(mailbox: Mailbox, address: str) -> str:
    """The code in the newest mail to this address."""
    return re.search(r"^\s+([0-9]{6})$", mailbox.words(address), re.M)[1]


def token_in(mailbox: Mailbox, address: str, path: str) -> str:
    """The secret at the end of the newest link of this path in a mailbox."""
    texts = [str(one.get_body(("plain",)).get_content()) for one in mailbox.to(address)]
    found = (re.search(rf"{path}(\S+)", text) for text in reversed(texts))
    return next(one[1] for one in found if one)


def ask_change(person: signin.Person, email: str) -> signin.Asked:
    """Ask for a code to another address."""
    asked = transact(
        lambda: signin.ask_change(person, email, visitor=HERE, locale="en-GB", now=portal_clock.now())
    )
    jobs.wake()
    return asked


def type_code(
    person: signin.Person, code_id: str, code: str, visitor: signin.Visitor = HERE
) -> signin.Changed:
    """Type the code of the new address."""
    changed = transact(lambda: signin.change(person, code_id, code, visitor=visitor, now=portal_clock.now()))
    jobs.wake()
    return changed


def change_to(mailbox: Mailbox, member_id: str, email: str) -> None:
    """She changes her address, from asking to the end."""
    person = signed_in(member_id)
    changed = type_code(person, ask_change(person, email).challenge_id, code_in(mailbox, email))
    assert changed.tried.outcome == "right"


def link(member_id: str, event: str = "device", email: str = ANNA) -> str:
    """The token of a "not me" link in a mail of now to this address."""
    return signin.not_me_url(member_id, email, event, portal_clock.now()).rpartition("/")[2]


def undo(token: str) -> str:
    """Press the button behind an undo link."""
    outcome = transact(lambda: signin.undo(token, portal_clock.now()))
    jobs.wake()
    return outcome


def say_not_me(token: str) -> str:
    """Press the button behind a "not me" link."""
    outcome = transact(lambda: signin.say_not_me(token, now=portal_clock.now()))
    jobs.wake()
    return outcome

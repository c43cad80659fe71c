"""Mails about safety, and the "this was not me" link that every one of them carries.

The link is signed and stored nowhere: it names the member, what happened and when, and works in any browser for thirty
days. The address that it is sent to is signed too, so a link dies with its mailbox: when the address has changed and
the change can be undone no more. Looking at it changes nothing; what its one button does stands in freezing.py.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, union_all

from portal import config, notices, people
from portal import programme as programmes
from portal.db import read
from portal.signin.recovery_models import AddressChange

NOT_ME_PATH = "/not-me/"
NOT_ME_LASTS = timedelta(days=30)
EVENTS = (
    *("device", "passkey_added", "passkey_removed", "passkey_doubted"),
    *("address_asked", "address_changed", "recovery", "lifted", "points_left", "visit", "proof_asked"),
    "number_linked",
)
_change, _member = AddressChange.__table__.c, people.Member.__table__.c
_TOKEN = re.compile(r"([0-9A-Z]{26})\.([a-z_]{1,20})\.([0-9]{1,12})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Event:
    """What a link says: something that happened to a member's card at an instant."""

    member_id: str
    what: str
    at: datetime


def not_me_url(member_id: str, email: str | None, event: str, now: datetime) -> str:
    """Absolute address of the "this was not me" page for an event (one of EVENTS) of this member at `now`, in a mail to
    `email`.

    Raises ValueError for an event that the page has no words for.
    """
    if event not in EVENTS:
        raise ValueError(f"{event!r} is no event of safety")
    told = f"{member_id}.{event}.{int(now.timestamp())}"
    return notices.address(f"{NOT_ME_PATH}{told}.{_signature(told, email)}")


def read_not_me(token: str, now: datetime) -> Event | None:
    """What a link says; None for one that we never made, that is older than thirty days, or that went to an address
    which is hers no more and cannot become it again by an undo."""
    found = _TOKEN.fullmatch(token)
    if found is None or found[2] not in EVENTS:
        return None
    told, _, signature = token.rpartition(".")
    signed = [_signature(told, email) for email in _addresses_of(found[1], now)]
    if not any(hmac.compare_digest(signature, one) for one in signed):
        return None
    at = datetime.fromtimestamp(int(found[3]), UTC)
    return Event(found[1], found[2], at) if now - NOT_ME_LASTS <= at else None


def _addresses_of(member_id: str, now: datetime) -> list[str]:
    """The mailboxes that speak for a member: hers, and those of before that can still undo a change; each also as it
    may have stood when the mail went out."""
    hers = select(_member.email).where(_member.id == member_id, _member.email.is_not(None))
    undoable = (_change.member_id == member_id, _change.undone_at.is_(None), _change.ends_at > now)
    known = read(union_all(hers, select(_change.before).where(*undoable))).scalars()
    return [form for email in known for form in {email, people.ascii_address(email)}]


def _signature(told: str, email: str | None) -> str:
    key = config.current().secret_key.encode()
    return hmac.new(key, f"not-me:{told}:{email}".encode(), hashlib.sha256).hexdigest()


def tell(
    kind: str, member: Row[Any], key: str, facts: dict[str, Any], now: datetime, *, to: str | None = None
) -> None:
    """Queue one mail about her safety, once for each `key`: to `to`, or to the address that `member` stood with; none
    where she had none."""
    recipient = to or member.email
    if not recipient:
        return
    locale = member.locale or programmes.active()[1].languages[0]
    notices.queue(
        kind, key=f"{kind}/{key}", recipient=recipient, locale=locale, now=now, member_id=member.id,
        facts={"member_name": member.name, "at": now.isoformat(), **facts},
    )  # fmt: skip

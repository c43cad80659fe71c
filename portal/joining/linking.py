"""Linking a member to one more id of a shop by her own word: the shop asks, a mail goes out, her button links.

The confirmation links at once: the shop's next word on that id is an ordinary change of a member it knows. A shop that
repeats itself does not fill a mailbox: one request for an id is open at a time, a member gets one such mail a day
whatever the ids, and one who left three unanswered has answered. So has one from whose card the id was taken again,
because she said that it was not hers.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, select, update

from portal import ledger, notices, people, signin
from portal import programme as programmes
from portal.db import read, run, upsert

LinkRequest = people.LinkRequest
_request = LinkRequest.__table__.c
PATH = "/links/"
DAYS = 14  # a mail may lie for a holiday
MOST_TIMES = 3
ONE_MAIL_IN = timedelta(days=1)
KEPT_FOR = timedelta(days=400)
State = Literal["open", "stopped", "linked", "late", "changed"]


@dataclass(frozen=True, slots=True)
class Request:
    """What the page behind a mailed link shows.

    open: her button links. stopped: it would, but her card is stopped. linked: the id is hers. late: `last_day` is
    over. changed: the address is no longer hers, the id is somebody else's or was taken off her card, or she left.
    `email` is None unless it is open; an empty `shop_name` is the programme's.
    """

    state: State
    ref: str
    shop_name: str
    last_day: date
    email: str | None


def ask_owner(email: str, ref: str, *, shop: str, shop_name: str, now: datetime) -> bool:
    """Ask the member of this address by mail whether the shop may know her by `ref`; whether such a mail is open now.

    False where she is not asked: nobody active has the address, another id was asked about today, she has not answered
    three times, or the id was on her card and is not hers.
    """
    member = people.by_email(people.address_hash(email))
    if member is None or member.status != "active":
        return False
    ledger.lock(member.id)
    requests = read(select(LinkRequest.__table__).where(_request.member_id == member.id)).all()
    before = next((row for row in requests if (row.shop, row.ref) == (shop, ref)), None)
    if before is not None and _state(before, now) == "open":
        return True
    unanswered = before is not None and before.times >= MOST_TIMES
    taken_off = any(row.ref == ref and row.confirmed_at is not None for row in requests)
    if unanswered or taken_off or any(row.asked_at > now - ONE_MAIL_IN for row in requests):
        return False
    _, active = programmes.active()
    token = secrets.token_urlsafe(32)
    news = {
        "shop_name": shop_name, "address_hash": people.address_hash(email), "token_hash": _hash(token),
        "times": before.times + 1 if before is not None else 1, "asked_at": now,
        "last_day": active.day(now) + timedelta(days=DAYS), "confirmed_at": None,
    }  # fmt: skip
    statement = upsert(LinkRequest).values(member_id=member.id, shop=shop, ref=ref, **news)
    run(statement.on_conflict_do_update(index_elements=["member_id", "shop", "ref"], set_=news))
    notices.queue(
        "link_request", key=f"link_request/{_hash(token)}", recipient=member.email,
        locale=member.locale or active.languages[0],
        facts={
            "member_name": member.name, "shop_name": shop_name, "number": ref, "days": DAYS,
            "link_url": notices.address(PATH + token),
        },
        now=now, member_id=member.id, best_before=now + timedelta(days=DAYS),
    )  # fmt: skip
    return True


def find_request(token: str, now: datetime) -> Request | None:
    """The request behind a mailed link; None for a link that we never sent. Looking changes nothing."""
    row = _row(token)
    if row is None:
        return None
    state = _state(row, now)
    member = people.by_email(row.address_hash) if state == "open" else None
    if member is not None and member.frozen_at is not None:
        state, member = "stopped", None
    return Request(state, row.ref, row.shop_name, row.last_day, None if member is None else member.email)


def confirm(token: str, now: datetime) -> None:
    """She says that the id is hers: the shop knows her by it from now on, and she is told by mail. Nothing where the
    request is not open.

    Whoever opens a mail proves its address, so what waits for it in its purse becomes hers (Reading 13). Refuses
    `stopped` while her card is stopped: whoever reads her mail then may be the one who was stopped.
    """
    row = _row(token)
    if row is None:
        return
    ledger.lock(row.member_id)
    if _state(row, now) != "open":
        return
    people.refuse_while_stopped(row.member_id)
    people.link(row.member_id, row.ref)
    run(update(LinkRequest).where(_request.token_hash == row.token_hash).values(confirmed_at=now))
    member = people.by_email(row.address_hash)
    assert member is not None, "an open request is an address's that she has"
    if member.email_proved_at is None:
        signin.prove_address(member.id, member.ref, member.email, now=now, actor="member")
    _, active = programmes.active()
    notices.queue(
        "number_linked", key=f"number_linked/{row.token_hash}", recipient=member.email,
        locale=member.locale or active.languages[0], now=now, member_id=member.id,
        facts={
            "member_name": member.name, "shop_name": row.shop_name, "number": row.ref, "at": now.isoformat(),
            "not_me_url": signin.not_me_url(member.id, member.email, "number_linked", now),
        },
    )  # fmt: skip


def forget_old(now: datetime) -> int:
    """Delete requests of long ago; how many there were."""
    return int(run(delete(LinkRequest).where(_request.asked_at < now - KEPT_FOR)).rowcount)


def _row(token: str) -> Row[Any] | None:
    return read(select(LinkRequest.__table__).where(_request.token_hash == _hash(token))).one_or_none()


def _state(row: Row[Any], now: datetime) -> State:
    owner = people.owner_of("customer", row.ref)
    if owner == row.member_id:
        return "linked"
    member = people.by_email(row.address_hash)
    if owner is not None or row.confirmed_at is not None:
        return "changed"
    if member is None or member.id != row.member_id or member.status != "active":
        return "changed"
    return "late" if programmes.active()[1].day(now) > row.last_day else "open"


def _hash(token: str) -> str:
    # A token of 256 random bits needs no slow hash and no key: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()

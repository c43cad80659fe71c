"""What the demonstration shows: a programme, real purchases, people to sign in as, and a key for the stand-in shop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from portal import lab, merchant, people, signin
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.programme import Programme
from portal.sandbox.shop import Facts, Guest

FACTS, ORDERS, MAILS = "till.json", "till-orders.json", "mailbox"  # in PORTAL_HOME
SUPPORT = "support@demo.example"
LINK_MINUTES = 12 * 60


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody to sign in as, with the path of a link that does so once."""

    who: str
    email: str
    path: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What is ready to be shown; `weeks` is how far the purchases were moved, `facts` are for the till."""

    programme: str
    members: int
    orders: int
    weeks: int
    loaded_before: bool
    seats: tuple[Seat, ...]
    guests: tuple[Guest, ...]
    key: str
    currency: str


def prepare(source: str, file: Path, now: datetime, progress: Callable[[int, int], None]) -> Stage:
    """Publish the programme `source` (a file or a key of the catalogue) and load the purchases; twice is once.

    `file` may hold the till's facts of an earlier start, whose key is used again. An edge: each step is committed.
    Raises programme.Invalid for a programme that is wrong.
    """
    loaded = programmes.load(source)
    transact(lambda: programmes.publish(loaded.source, now))
    report = lab.load_demo(now, progress)
    guests = tuple(_guest(email, loaded.programme, now) for email in (report.new, report.middle, report.high))
    transact(lambda: people.add_staff(SUPPORT, "support", now))
    seats = [transact(partial(_seat, guest.who, guest.email, "member", now)) for guest in guests]
    seats.append(transact(partial(_seat, "Support", SUPPORT, "staff", now)))
    return Stage(
        loaded.programme.name, report.members, report.orders, report.weeks, report.loaded_before, tuple(seats), guests,
        _key(file, now), loaded.programme.currency,
    )  # fmt: skip


def _guest(email: str, active: Programme, now: datetime) -> Guest:
    member = people.by_email(people.address_hash(email))
    assert member is not None, "the report names members who are there"
    state = merchant.member_state(member.ref, now)
    assert state is not None
    tier = next(tier for tier in active.tiers if tier.key == state["tier"]["key"])
    who = "New member" if tier is active.tiers[0] else f"{tier.label} member"
    return Guest(who, member.ref, email, member.number)


def _seat(who: str, email: str, purpose: Literal["member", "staff"], now: datetime) -> Seat:
    return Seat(who, email, signin.make_link(email, purpose, now, LINK_MINUTES))


def _key(file: Path, now: datetime) -> str:
    """The till's key of an earlier start while it is in force, else a new one: a secret is shown once."""
    if file.exists():
        key = Facts.read(file).key
        try:
            merchant.authenticate(f"Bearer {key}")
        except Refused:
            pass  # somebody revoked it to see what happens
        else:
            return key
    scopes = ("read", "orders", "members")
    return transact(lambda: merchant.create_key("Till of the demonstration", merchant.MAIN, scopes, now))[1]

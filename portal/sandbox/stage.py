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
from portal.sandbox.facts import Doing, Facts, Guest

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
    """What is ready to be shown: the programme, what was loaded under it, and a key for the till."""

    programme: Programme
    report: lab.DemoReport
    seats: tuple[Seat, ...]
    guests: tuple[Guest, ...]
    key: str


def prepare(
    loaded: programmes.Loaded, file: Path, now: datetime, progress: Callable[[int, int], None]
) -> Stage:
    """Publish a programme and load the purchases; twice is once.

    `file` may hold the till's facts of an earlier start, whose key is used again. An edge: each step is committed.
    """
    transact(lambda: programmes.publish(loaded.source, now))
    report = lab.load_demo(now, progress)
    three = (report.seats.new, report.seats.middle, report.seats.high)
    guests = tuple(_guest(email, email == report.seats.new, loaded.programme, now) for email in three)
    staff_id = transact(lambda: people.add_staff(SUPPORT, "support", now))
    lab.fill_board(staff_id, now)
    seats = [transact(partial(_seat, guest.who, guest.email, "member", now)) for guest in guests]
    seats.append(transact(partial(_seat, "Support", SUPPORT, "staff", now)))
    return Stage(loaded.programme, report, tuple(seats), guests, _key(file, now))


def till_facts(ready: Stage, port: int, certificate: str | None) -> Facts:
    """What the till is told: where the portal is, whom to try, by what words this programme tells sales apart."""
    active, labels = ready.programme, lab.Labels.of(ready.programme)
    choices = {
        "channel": labels.channels, "payment": labels.payments, "category": labels.categories,
        "brand": labels.brands, "tag": labels.tags,
    }  # fmt: skip
    doings = [
        Doing(one.key, one.label, one.amount or one.distinct or ("quantity" if one.quantity else ""))
        for one in lab.activities_of(active)
        if one.proof != "staff"  # a colleague's word, which no shop can give
    ]
    return Facts(
        port, certificate, ready.key, active.currency, ready.guests,
        unit="" if active.unit.kind == "money" else active.unit.many,
        choices={name: words for name, words in choices.items() if words},
        counts_quantity=bool(labels.quantities), doings=tuple(doings), note=read_as(ready),
    )  # fmt: skip


def read_as(ready: Stage) -> str:
    """One sentence where the history's amounts are no pounds here, else nothing."""
    currency = ready.report.read_as
    return f"The amounts are those of a British shop, read as {currency}." if currency else ""


def _guest(email: str, is_new: bool, active: Programme, now: datetime) -> Guest:
    member = people.by_email(people.address_hash(email))
    assert member is not None, "the report names members who are there"
    state = merchant.member_state(member.ref, now)
    assert state is not None
    tier = next(tier for tier in active.tiers if tier.key == state["tier"]["key"])
    plan = next((plan for plan in active.plans if state["plan"] and plan.key == state["plan"]["key"]), None)
    who = f"{tier.label} member" if tier is not active.tiers[0] else "New member" if is_new else "Member"
    return Guest(f"{who} with {plan.label}" if plan else who, member.ref, email, member.number)


def _seat(who: str, email: str, purpose: Literal["member", "staff"], now: datetime) -> Seat:
    return Seat(who, email, signin.make_link(email, purpose, now, LINK_MINUTES))


def _key(file: Path, now: datetime) -> str:
    """The till's key of an earlier start while it is in force, else a new one: a secret is shown once."""
    if file.exists():
        key = Facts.read(file).key
        try:
            merchant.authenticate(f"Bearer {key}", now)
        except Refused:
            pass  # somebody revoked it to see what happens
        else:
            return key
    scopes = ("read", "orders", "members")
    return transact(lambda: merchant.create_key("Till of the demonstration", merchant.MAIN, scopes, now))[1]

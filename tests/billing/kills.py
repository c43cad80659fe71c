"""What stands after a kill -9: both sides as they were, ended at a step, gone on with as life would, and compared.

`Ward` brings the portal and Stripe back to where a command begins, as often as it has steps; `summary` is what a member
and Stripe would notice, and `wrongs` what must never be.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests import servers
from tests.billing.shop import Desk, now
from tests.page import Visit

ROOT = Path(__file__).resolve().parents[2]
LIVE = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete")
AT_STRIPE = ("objects", "answers", "deliveries", "facts")
Act = dict[str, Any]


class Nursery:
    """The program that portals die in."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.billing.dying"]
        self._program = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, **told: Any) -> dict[str, Any]:
        """One line there, one back."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps(told) + "\n")
        self._program.stdin.flush()
        answer: dict[str, Any] = json.loads(self._program.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.close()
        self._program.stdout.close()
        self._program.wait(10)


@dataclass(frozen=True)
class Place:
    """Both sides at one moment, and the browser that is signed in then; `name` is that of the database's copy."""

    name: str
    at: datetime
    visit: Visit
    cookies: dict[Any, Any]
    stripes: dict[str, list[tuple[Any, ...]]]


@dataclass
class Ward:
    """One member, and the program in which her portal dies; `postgres` where the database is not a file."""

    desk: Desk
    nursery: Nursery
    url: str
    postgres: servers.Postgres | None
    copies: list[str] = field(default_factory=list)

    def keep(self) -> Place:
        """Both sides as they are now."""
        let_go()
        name = f"{self._name}_{len(self.copies)}"
        self.copies.append(name)
        if self.postgres is None:
            shutil.copy(self._name, name)
        else:
            self.postgres.create(name, template=self._name)
        store = stand_in(self.desk).store
        stripes = {table: store.run(f"SELECT * FROM {table}") for table in AT_STRIPE}
        return Place(name, now(), self.desk.visit, dict(self.desk.visit.client._cookies), stripes)

    def back_to(self, place: Place) -> None:
        """Both sides are again as they were kept."""
        self.desk.clock.move_to(place.at)
        self.desk.visit = place.visit
        place.visit.client._cookies = dict(place.cookies)
        store = stand_in(self.desk).store
        with store.writing():
            for table, rows in place.stripes.items():
                store.run(f"DELETE FROM {table}")
                for row in rows:
                    store.run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)
        let_go()
        if self.postgres is None:
            for end in ("-wal", "-shm"):  # a killed program leaves them
                Path(f"{self._name}{end}").unlink(missing_ok=True)
            shutil.copy(place.name, self._name)
        else:
            self.postgres.drop(self._name)
            self.postgres.create(self._name, template=place.name)

    def act(self, act: Act, step: int | None = None) -> dict[str, Any]:
        """Let the other program do it; killed at `step`."""
        let_go()
        return self.nursery.ask(act=act, now=now().isoformat(), step=step)

    def close(self) -> None:
        """Throw the copies away."""
        let_go()
        for name in self.copies:
            if self.postgres is not None:
                self.postgres.drop(name)

    @property
    def _name(self) -> str:
        """The file, or the name of the database."""
        if self.postgres is None:
            return self.url.removeprefix("sqlite:///")
        return self.url.partition("@/")[2].partition("?")[0]


def let_go() -> None:
    """Close this program's connections: what it knows of the file would not hold for the next one."""
    from portal.db import _close_reader, db

    _close_reader()
    db.engine.dispose()


def stand_in(desk: Desk) -> Any:
    """Stripe's own side, without the way through HTTP."""
    return desk.stripe._server.stand_in


def kinds(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """Every object of a kind at Stripe, oldest first."""
    rows = stand_in(desk).store.run("SELECT body FROM objects WHERE kind = ? ORDER BY seq", kind)
    return [json.loads(body) for (body,) in rows]


def tell(desk: Desk, *, all_of_it: bool) -> None:
    """Stripe tells what it has to tell: all of it, or the newest message of each object that the portal looks at, which
    says what the others say (that it changed)."""
    from portal.billing.inbox import SYNCS

    waiting = set(desk.stripe.events(pending=True))
    newest = {}
    for event in kinds(desk, "event"):
        if event["id"] in waiting and event["type"].startswith(tuple(start for start, _sync in SYNCS)):
            newest[event["data"]["object"]["id"]] = event["id"]
    for event_id in [] if all_of_it else waiting - set(newest.values()):
        stand_in(desk).outbox.taken(event_id, 200)
    desk.tell()


def summary(desk: Desk) -> dict[str, Any]:
    """What a member and Stripe would notice, without names and times."""
    from portal import ledger, notices, people, tiers
    from portal.billing.models import PlanGift, PlanGrant, Purchase, Subscription
    from portal.db import read

    gift, grant = PlanGift.__table__.c, PlanGrant.__table__.c
    entry, row, notice = ledger.Entry.__table__.c, Subscription.__table__.c, notices.Notice.__table__.c
    bought = Purchase.__table__.c
    given = read(select(entry.kind, entry.contra, entry.d_available, entry.d_owed))
    ours = select(row.plan, row.status, row.ends_on, row.next_plan, row.paid_until)
    return {
        "runs": sorted((one["status"], bool(one["cancel_at"]), bool(one["schedule"])) for one in live(desk)),
        "charged": charged(desk),
        "back": sorted(one["amount"] for one in kinds(desk, "refund") if one["status"] != "failed"),
        "entries": sorted(map(tuple, given)),
        "plans": sorted(map(repr, read(ours))),
        "bought": list(map(tuple, read(select(bought.plan, bought.state, bought.refunded_minor)))),
        "gifts": list(map(tuple, read(select(gift.state, gift.refunded_minor, gift.granted_until)))),
        "given": list(map(tuple, read(select(grant.plan, grant.from_on, grant.until, grant.ended_on)))),
        "on": sorted(tiers.plans_on(desk.member, now().date())),
        "perks": desk.perks(),
        "left": people.has_left(desk.member),
        "mails": dict(Counter(read(select(notice.kind)).scalars())),
    }


def live(desk: Desk) -> list[dict[str, Any]]:
    """What runs at Stripe."""
    return [one for one in kinds(desk, "subscription") if one["status"] in LIVE]


def charged(desk: Desk) -> list[int]:
    """What was taken from her card, oldest first."""
    return [one["amount"] for one in kinds(desk, "payment_intent") if one["status"] == "succeeded"]


def wrongs(desk: Desk) -> list[str]:
    """What must never be, whatever happened, in words."""
    from portal import billing, board, earning, giving, granting, ledger, referrals, rewards, support
    from portal.billing.models import (
        BillingOperation,
        Invoice,
        PlanGift,
        Purchase,
        StripeEvent,
        Subscription,
    )
    from portal.db import read

    found = [
        fault
        for slice_ in (ledger, rewards, giving, referrals, earning, granting, billing, board, support)
        for fault in slice_.faults()
    ]
    if len(live(desk)) > 1:
        found.append(f"{len(live(desk))} subscriptions run")
    op = BillingOperation.__table__.c
    found += [f"the {row.kind} is still new" for row in read(select(op.kind).where(op.state == "new"))]
    rows = {one.id: one.status for one in read(select(Subscription.__table__))}
    theirs = {one["id"]: one["status"] for one in kinds(desk, "subscription")}
    if rows != theirs:
        found.append(f"subscriptions: {rows} is not {theirs}")
    ours = [one for one in read(select(Invoice.__table__)) if one.subscription_id is not None]
    paid = {one.id: one.paid_minor for one in ours if one.paid_minor}
    bills = {one["id"]: one["amount_paid"] for one in kinds(desk, "invoice") if one["parent"]}
    if paid != {id: amount for id, amount in bills.items() if amount}:
        found.append(f"bills: {paid} is not {bills}")
    once = [*read(select(Purchase.__table__)), *read(select(PlanGift.__table__))]
    went_back = sum(one.refunded_minor for one in (*ours, *once))
    if went_back != sum(one["amount"] for one in kinds(desk, "refund")):
        found.append(f"only {went_back} went back as far as we know")
    customers = [one for one in kinds(desk, "customer") if not one.get("_deleted")]
    if len(customers) > 1:
        found.append(f"{len(customers)} customers")
    keys = Counter(one.get("lookup_key") for one in kinds(desk, "price") if one["active"])
    found += [f"{count} prices with the key {key}" for key, count in keys.items() if count > 1]
    pages = Counter(one["metadata"].get("op") for one in kinds(desk, "checkout.session"))
    found += [f"{count} pages to pay for the wish {op_id}" for op_id, count in pages.items() if count > 1]
    found += [
        f"{one['id']} can be paid yet" for one in kinds(desk, "checkout.session") if one["status"] == "open"
    ]
    portals = [one for one in kinds(desk, "billing_portal.configuration") if one["metadata"].get("site")]
    if len(portals) > 1:
        found.append(f"{len(portals)} configurations of Stripe's pages for us")
    events = read(
        select(func.count()).where(StripeEvent.__table__.c.state.in_(("pending", "parked")))
    ).scalar_one()
    return found + ([f"{events} messages are not done"] if events else [])


def cookies(desk: Desk) -> str:
    """What her browser sends along."""
    return "; ".join(f"{one.key}={one.value}" for one in desk.visit.client._cookies.values())

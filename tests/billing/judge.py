"""What ought to be, from Stripe's objects alone: who has which plan today, and what every charge and gift came of; what
was given without a payment, from the rows that say so.

Readings 15 and 42 and the table of stripe.md 4.3, written plainly and with nothing of the portal's own reading of it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.billing.mirror import Row, objects
from tests.stripe_standin import StripeStandIn

GRACE = timedelta(days=7)
MONTHS = {"monthly": 1, "yearly": 12, "life": 1200}
KINDS = (
    *("customer", "subscription", "invoice", "checkout.session", "payment_intent", "invoice_payment"),
    *("price", "refund", "dispute"),
)
ZONE = ZoneInfo("Europe/London")
LIVE = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete")


@dataclass(frozen=True)
class Found:
    """One thing that a member has or had: its plan, in what state, and whether it gives anything today."""

    plan: str
    status: str
    perks: bool
    for_life: bool = False
    until: date = date.max
    given: bool = False


class Judge:
    """Stripe's side at one moment."""

    def __init__(self, stripe: StripeStandIn) -> None:
        self.all = {kind: objects(stripe, kind) for kind in KINDS}
        self.customers: dict[str, set[str]] = {}
        for one in self.all["customer"].values():
            self.customers.setdefault(one["metadata"].get("member_id", ""), set()).add(one["id"])

    def of(self, kind: str, member: str) -> list[Row]:
        """The objects of a member's customers, oldest first."""
        return [one for one in self.all[kind].values() if one["customer"] in self.customers.get(member, ())]

    def live(self, member: str) -> list[str]:
        """Her subscriptions that go on."""
        return [one["id"] for one in self.of("subscription", member) if one["status"] in LIVE]

    def holdings(self, member: str, today: date, without: set[str]) -> list[Found]:
        """All that she has or had, but for the subscriptions that are `without`."""
        found = [self._life(one) for one in self.of("checkout.session", member) if _is_bought(one)]
        running = [
            self._renewing(one, today) for one in self.of("subscription", member) if one["id"] not in without
        ]
        given = [
            Found(row["plan"], "active" if today <= _last(row) else "ended", today <= _last(row), given=True)
            for row in rows("plan_grant", member_id=member)
            if row["from_on"] <= min(today, _last(row))
        ]
        return found + [one for one in running if one is not None] + given

    def standings(self, member: str, today: date, without: set[str]) -> list[Found]:
        """Her plan: what gives something before what does not, for life before what renews, what is paid before what
        was given, then the longest; any of those that are alike."""
        found = self.holdings(member, today, without)

        def rank(one: Found) -> tuple[bool, bool, bool, date]:
            return one.perks, one.for_life, not one.given, one.until

        best = max(map(rank, found), default=None)
        return [one for one in found if rank(one) == best]

    def months_given(self, member: str) -> int:
        """How many months at most begin in what was given to her."""
        return sum(
            (row["until"] - row["from_on"]).days // 28 + 1 for row in rows("plan_grant", member_id=member)
        )

    def gift_faults(self, member: str, today: date) -> Iterator[str]:
        """What is not as it should be of the gifts that she bought, in words."""
        stored = {row["payment_intent"]: row for row in rows("plan_gift", member_id=member)}
        paid = {one["payment_intent"]: one for one in self.of("checkout.session", member) if _is_gift(one)}
        for payment in stored.keys() ^ paid.keys():
            yield f"gift of {payment}: {payment in stored} is not {payment in paid}"
        for payment in stored.keys() & paid.keys():
            row, amount = stored[payment], paid[payment]["amount_total"]
            back, is_lost = self._back([payment])
            gone = is_lost or back >= amount
            state = "refunded" if gone else "open" if row["redeemed_by"] is None else "redeemed"
            if (row["state"], row["amount_minor"]) != (state, amount):
                yield f"{row}, at Stripe {state}, {amount}"
            became = rows("plan_grant", ref=f"gift:{row['id']}")
            if [one["member_id"] for one in became] != [one for one in (row["redeemed_by"],) if one]:
                yield f"{row} became {became}"
            if gone and any(today <= _last(one) for one in became):
                yield f"{row} is paid back, and gives {became}"
            if not gone and any(one["ended_on"] for one in became):
                yield f"{row} is paid, and ended: {became}"

    def _life(self, session: Row) -> Found:
        back, is_lost = self._back([session["payment_intent"]])
        gone = is_lost or back >= session["amount_total"]
        return Found(session["metadata"]["plan"], "ended" if gone else "active", not gone, for_life=True)

    def _renewing(self, one: Row, today: date) -> Found | None:
        status, item = one["status"], one["items"]["data"][0]
        start, end = _day(item["current_period_start"]), _day(item["current_period_end"])
        plan = self.plan_of(item["price"])
        ends = None if one["cancel_at"] is None else _day(one["cancel_at"])
        if status in ("incomplete", "incomplete_expired"):
            return None
        bill = self.all["invoice"][one["latest_invoice"]]
        paid = end if bill["status"] == "paid" or bill["billing_reason"] == "subscription_update" else start
        if status in ("active", "trialing"):
            if one["pause_collection"] is not None:
                last = min(paid, ends or paid)
                word = "paused" if ends is None else "cancelling" if today <= last else "ended"
                return Found(plan, word, today <= last, until=paid)
            if ends is not None:
                return Found(plan, "cancelling" if today <= ends else "ended", today <= ends, until=end)
            return Found(plan, status, True, until=end)
        if status == "paused":
            return Found(plan, "paused", False, until=paid)
        if status == "past_due":
            in_time = today <= _day(bill["status_transitions"]["finalized_at"]) + GRACE
            return Found(plan, "past_due" if in_time else "ended", in_time, until=paid)
        if status == "canceled":
            at_end = one["ended_at"] >= item["current_period_end"]
            over = today > paid if at_end else today >= _day(one["ended_at"])
            return Found(plan, "ended" if over else "cancelling", not over, until=paid)
        return Found(plan, "ended", False, until=paid)

    def _back(self, payments: list[str]) -> tuple[int, bool]:
        """What was refunded of payments, and whether a bank took one back for good."""
        refunds = [one for one in self.all["refund"].values() if one["payment_intent"] in payments]
        disputes = [one for one in self.all["dispute"].values() if one["payment_intent"] in payments]
        return sum(one["amount"] for one in refunds), any(one["status"] == "lost" for one in disputes)

    def plan_of(self, price: Row | str) -> str:
        """The plan that a price is for, by the mark that its maker put on it."""
        price_id = price if isinstance(price, str) else price["id"]
        return str(self.all["price"][price_id]["metadata"]["lookup_key"]).split(":")[-4]

    def charges(self, member: str) -> list[Row]:
        """Each payment that took money, with the bill that it is for and what went back."""
        bills = {
            one["payment"]["payment_intent"]: one["invoice"] for one in self.all["invoice_payment"].values()
        }
        return [
            {"payment": one, "bill": self.all["invoice"].get(bills.get(one["id"], ""))}
            for one in self.of("payment_intent", member)
            if one["status"] == "succeeded"
        ]

    def causeless(self, member: str) -> Iterator[str]:
        """Each charge that nothing she agreed to has brought about, in words."""
        known = {one["id"]: one for one in rows("billing_operation", member_id=member)}
        sessions = {one["payment_intent"]: one for one in self.all["checkout.session"].values()}
        used = Counter[str]()
        for charge in self.charges(member):
            payment, bill = charge["payment"], charge["bill"]
            of = None if bill is None else _subscription_of(bill)
            if bill is None:
                op = known.get(sessions.get(payment["id"], {"metadata": {}})["metadata"].get("op", ""))
                if op is None or (op["kind"], op["state"]) != ("gift", "done"):
                    yield f"{payment['id']} over {payment['amount']}: its operation is {op}"
                continue
            if of is None:
                op = (
                    known.get(sessions[payment["id"]]["metadata"]["op"])
                    if payment["id"] in sessions
                    else None
                )
                wanted = ("life",)
            else:
                op = known.get(self.all["subscription"][of]["metadata"].get("op", ""))
                wanted = ("join",)
            amount, what = (
                payment["amount"],
                f"{bill['billing_reason']} {bill['id']} over {payment['amount']}",
            )
            if op is None or op["kind"] not in wanted or op["state"] != "done":
                yield f"{what}: its operation is {op and (op['kind'], op['state'])}"
            elif bill["billing_reason"] in ("subscription_create", "manual"):
                used[op["id"]] += 1
            elif bill["billing_reason"] == "subscription_update":
                fits = [
                    one["id"]
                    for one in known.values()
                    if one["kind"] in ("change", "resume")
                    and one["state"] == "done"
                    and one["facts"]["subscription"] == of
                    and one["facts"]["due_minor"] == amount
                    and not used[one["id"]]
                ]
                if not fits:
                    yield f"{what}: nobody agreed to it"
                used.update(fits[:1])
            elif bill["billing_reason"] != "subscription_cycle":
                yield f"{what}: it is nobody's"
        yield from (f"operation {id} was charged {times} times" for id, times in used.items() if times > 1)

    def standing_payments(self, member: str) -> Counter[str]:
        """How many payments of each plan count still: not those that went back whole."""
        found = Counter[str]()
        for one in self.of("checkout.session", member):
            if _is_bought(one):
                found[one["metadata"]["plan"]] += self._life(one).perks
        for bill in self.of("invoice", member):
            if bill["status"] == "paid" and bill["amount_due"] > 0 and _subscription_of(bill) is not None:
                paid = [one for one in self.all["invoice_payment"].values() if one["invoice"] == bill["id"]]
                back, is_lost = self._back([one["payment"]["payment_intent"] for one in paid])
                price = bill["lines"]["data"][-1]["pricing"]["price_details"]["price"]
                found[self.plan_of(price)] += not is_lost and back < bill["amount_due"]
        return found


def _is_bought(session: Row) -> bool:
    return _is_paid_once(session) and session["metadata"].get("kind") != "gift"


def _is_gift(session: Row) -> bool:
    return _is_paid_once(session) and session["metadata"].get("kind") == "gift"


def _is_paid_once(session: Row) -> bool:
    return bool(session["mode"] == "payment" and session["payment_status"] == "paid")


def _last(given: Row) -> date:
    """The last day of what was given; before its first where it was taken back by then."""
    last: date = given["until"]
    return last if given["ended_on"] is None else min(last, given["ended_on"] - timedelta(days=1))


def months(payments: Counter[str]) -> int:
    """The paid months of payments."""
    return sum(MONTHS[plan.rpartition("-")[2]] * many for plan, many in payments.items())


def rows(name: str, **equal: str) -> list[dict[str, Any]]:
    """The rows of a table of the portal that have these values."""
    from portal.db import db, read

    table = db.metadata.tables[name]
    mine = (table.c[column] == value for column, value in equal.items())
    return [dict(row._mapping) for row in read(table.select().where(*mine))]


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, ZONE).date()


def _subscription_of(bill: Row) -> str | None:
    """The subscription that a bill is for."""
    parent = bill["parent"]
    found: str | None = (
        parent and parent["subscription_details"] and parent["subscription_details"]["subscription"]
    )
    return found

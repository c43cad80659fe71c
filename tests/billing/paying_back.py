"""A payment that goes back where payments bring gifts, and all that has to be as it was when that is told again."""

import pytest
from sqlalchemy import select

from portal import clock, ledger, notices, programme, rewards, tiers
from portal.billing.models import Invoice, Purchase
from portal.db import read, transact
from tests.billing.shop import Desk, everything

GIFTS = """
[[grants]]
key = "thanks"
label = "Thanks for staying"
on = "payment"
plans = ["plus-monthly", "plus-yearly", "plus-life"]
gives = { points = 600 }

[[grants]]
key = "voucher"
label = "A voucher of the month"
on = "payment"
plans = ["plus-monthly", "plus-yearly", "plus-life"]
gives = { reward = "friend-five" }

"""
JOINED, WITH_GIFT = 100, 700  # points: the demonstration gives 100 for joining
TOLD = (
    *("charge.refunded", "refund.updated", "charge.dispute.created", "charge.dispute.closed"),
    *("checkout.session.completed", "invoice.paid", "customer.subscription.updated"),
)
FROZEN = "your bank is looking into a payment of yours"


@pytest.fixture
def gifts(sells) -> None:
    """Each payment of a plan brings 600 points and a voucher; Silver comes with two paid months in a row."""
    by_spend = '{ metric = "spend", amount = "200.00" }'
    in_a_row = '{ metric = "paid-months", count = 2, plans = ["plus-monthly"] }'
    source = programme.load("demo").source
    source = source.replace(by_spend, f"{by_spend}, {in_a_row}", 1).replace(
        "[[charities]]", f"{GIFTS}[[charities]]", 1
    )
    transact(lambda: programme.publish(source, clock.now()))


@pytest.fixture
def gifted(gifts, desk) -> Desk:
    """Anna, where payments bring gifts."""
    return desk


def intents(desk: Desk) -> list[str]:
    """Her payments at Stripe, newest first."""
    return [one.id for one in desk.at_stripe("payment_intents") if one.status == "succeeded"]


def refund(desk: Desk, amount: int | None = None, payment: str | None = None) -> str:
    """Stripe pays back, as staff ask it to in the Dashboard; the refund's id."""
    part = {} if amount is None else {"amount": amount}
    params = {"payment_intent": payment or intents(desk)[0], **part}
    return str(desk.stripe.bare_client().v1.refunds.create(params).id)


def purchase():
    """Her one plan for life, as it is written down."""
    return read(select(Purchase.__table__)).one()


def bills():
    """Her bills as they are written down, oldest first."""
    return list(read(select(Invoice.__table__).order_by(Invoice.__table__.c.made_at)).all())


def wallet(desk: Desk):
    """Her points."""
    return ledger.wallet(desk.member)


def vouchers(desk: Desk) -> list[str]:
    """The states of her vouchers."""
    held = rewards.held(desk.member, programme.active()[1].day(clock.now()))
    return sorted(one.state for one in held if one.terms.key == "friend-five")


def whole(desk: Desk) -> dict[str, object]:
    """All that must be as it was, after whatever is told again."""
    entries = [row.seq for row in ledger.newest_entries(desk.member, limit=100)]
    queued = read(select(notices.Notice.__table__.c.key)).scalars().all()
    rows = everything()
    return {
        "entries": entries, "wallet": wallet(desk), "vouchers": vouchers(desk), "mails": sorted(queued),
        "tiers": tiers.grants(desk.member), "plans": tiers.plans_on(desk.member, clock.now().date()),
        "states": (purchase_state(), [(one.refunded_minor, one.dispute) for one in bills()]),
        "operations": rows["billing_operation"],
    }  # fmt: skip


def purchase_state() -> list[tuple[str, int]]:
    """What became of each plan for life, and how much of it went back."""
    return [(row.state, row.refunded_minor) for row in read(select(Purchase.__table__))]


def told_again_in_any_order_changes_nothing(desk: Desk) -> None:
    """Each message about money three times, in the order of their making and in the other."""
    before, events = whole(desk), desk.stripe.events(*TOLD)
    for order in (events, events[::-1]):
        assert set(desk.stripe.deliver_to(desk.client, order, times=3)) == {200}
    assert whole(desk) == before

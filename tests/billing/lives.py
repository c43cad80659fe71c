"""Members who join, renew, fail, end, and are paid back at Stripe over months, while the portal hears of nothing."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.billing.mirror import objects
from tests.billing.shelf import fill
from tests.billing.shop import now, session_of
from tests.home.doors import join
from tests.stripe_standin import StripeStandIn

TICK = timedelta(days=1)
GRANTS = """
[[grants]]
key = "thanks"
label = "Thanks for staying"
on = "payment"
plans = ["gold-monthly", "gold-yearly", "gold-life"]
gives = { points = 600 }

[[charities]]"""
GIVES = (
    600,
    ("gold-monthly", "gold-yearly", "gold-life"),
    100,
)  # with each payment, of these plans, beside what joining gives
# What comes of a life, and how often of a hundred: the plan, the card, and what is done so many days after joining.
LIVES: tuple[tuple[int, str, str | None, tuple[tuple[int, str], ...]], ...] = (
    (16, "gold-monthly", "4242", ()),
    (6, "gold-life", "4242", ()),
    (8, "gold-monthly", "0341", ()),  # every renewal fails
    (8, "gold-monthly", "0341", ((33, "new card"), (34, "pay"))),
    (6, "gold-monthly", "4242", ((12, "end"),)),
    (4, "gold-monthly", "4242", ((12, "end"), (20, "keep"))),
    (5, "platinum-yearly", "4242", ((15, "cancel"),)),
    (5, "gold-monthly", "4242", ((35, "refund"),)),
    (4, "gold-monthly", "4242", ((20, "refund a part"), (36, "refund a part"))),
    (4, "gold-life", "4242", ((9, "refund"),)),
    (2, "gold-life", "4242", ((9, "dispute"), (20, "lose"))),
    (2, "gold-life", "4242", ((9, "dispute"), (20, "win"))),
    (2, "gold-monthly", "4242", ((8, "dispute"), (25, "lose"))),
    (2, "gold-monthly", "4242", ((8, "dispute"),)),
    (2, "gold-monthly", "4242", ((18, "delete"),)),
    (2, "gold-monthly", "4242", ((5, "stand still"), (50, "collect"))),
    (6, "platinum-monthly", "4242", ()),
    (4, "gold-yearly", "4242", ()),
    (4, "gold-monthly", None, ()),  # never pays
    (4, "gold-monthly", "0002", ()),  # is declined, and gives up
    (2, "gold-life", "4242", ((9, "dispute"),)),
    (2, "gold-monthly", "4242", ((36, "dispute"), (50, "win"))),
)


@dataclass
class Life:
    """One member's: her plan, her card, and what happens on which day after she joined on `begins`."""

    ref: str
    plan: str
    card: str | None
    deeds: tuple[tuple[int, str], ...]
    begins: int
    session: str = ""


def publish() -> None:
    """Plans by month, by year and for life; each payment of Gold brings points.

    No tier comes with months in a row: one that was reached stays to the end of the period when a payment goes back, so
    what was known when would be a part of the outcome.
    """
    from portal import programme as programmes
    from portal.db import transact

    fill(now())
    source = programmes.source_of(programmes.active()[0])
    source = source.replace("[[charities]]", GRANTS, 1)
    transact(lambda: programmes.publish(source, now()))


def live(stripe: StripeStandIn, clock: Any, *, members: int, days: int, seed: int) -> None:
    """Let `members` join within the first sixth of `days` and live on at Stripe; the portal hears of nothing."""
    chance = random.Random(seed)
    stream = _of_all_kinds(members, chance)
    joining = max(1, days // 6)
    all_lives = [Life(f"f-{number}", *kind, chance.randrange(joining)) for number, kind in enumerate(stream)]
    for day in range(days):
        for life in all_lives:
            _live_a_day(life, day, stripe)
        clock.shift(TICK)
        stripe.advance(to=int(now().timestamp()))
    clock.shift(timedelta(minutes=30))  # nothing falls due while it is told
    stripe.advance(to=int(now().timestamp()))


def _of_all_kinds(members: int, chance: random.Random) -> Iterator[tuple[str, str | None, Any]]:
    """Each kind of life at least once where there is room, then by how common it is."""
    kinds = [kind[1:] for kind in LIVES]
    weights = [kind[0] for kind in LIVES]
    more = chance.choices(kinds, weights, k=max(0, members - len(kinds)))
    yield from [*kinds, *more][:members]


def _live_a_day(life: Life, day: int, stripe: StripeStandIn) -> None:
    if day == life.begins:
        _join(life, stripe)
    for after, deed in life.deeds:
        if day == life.begins + after:
            DEEDS[deed](life, stripe)


def _join(life: Life, stripe: StripeStandIn) -> None:
    from portal import people
    from portal.billing import checkout
    from portal.billing.terms import Terms

    join(life.ref, f"{life.ref}@example.com", f"Member {life.ref}")
    member = people.by_ref(life.ref)
    url = checkout.begin_checkout(member, life.plan, "GBP", Terms("You agree to pay.", "en_GB"), now())
    life.session = session_of(url)
    if life.card is not None:
        stripe.pay(life.session, life.card)


def _session(life: Life, stripe: StripeStandIn) -> Any:
    return stripe.bare_client().v1.checkout.sessions.retrieve(life.session)


def _payment(life: Life, stripe: StripeStandIn) -> str:
    """Her newest payment that succeeded."""
    customer = _session(life, stripe).customer
    listed = stripe.bare_client().v1.payment_intents.list({"customer": customer, "limit": 100}).data
    return str(next(one.id for one in listed if one.status == "succeeded"))


def _change(life: Life, stripe: StripeStandIn, **params: Any) -> None:
    stripe.bare_client().v1.subscriptions.update(_session(life, stripe).subscription, params)


def _pay_the_open_bill(life: Life, stripe: StripeStandIn) -> None:
    wanted = {"customer": _session(life, stripe).customer, "status": "open"}
    for bill in stripe.bare_client().v1.invoices.list(wanted).data:
        stripe.pay_invoice(bill.id)


def _refund(life: Life, stripe: StripeStandIn, **part: int) -> None:
    stripe.bare_client().v1.refunds.create({"payment_intent": _payment(life, stripe), **part})


def _close(outcome: str) -> Callable[[Life, StripeStandIn], None]:
    def close(life: Life, stripe: StripeStandIn) -> None:
        payment = {"payment_intent": _payment(life, stripe)}
        for dispute in objects(stripe, "dispute").values():
            mine = stripe.bare_client().v1.payment_intents.retrieve(dispute["payment_intent"])
            if mine.customer == _session(life, stripe).customer:
                stripe.close_dispute(dispute["id"], outcome)
                return
        raise AssertionError(f"no dispute of {payment}")

    return close


DEEDS: dict[str, Callable[[Life, StripeStandIn], Any]] = {
    "new card": lambda life, stripe: stripe.set_card(_session(life, stripe).customer, "4242"),
    "pay": _pay_the_open_bill,
    "end": lambda life, stripe: _change(life, stripe, cancel_at_period_end=True),
    "keep": lambda life, stripe: _change(life, stripe, cancel_at_period_end=False),
    "cancel": lambda life, stripe: stripe.bare_client().v1.subscriptions.cancel(
        _session(life, stripe).subscription
    ),
    "refund": _refund,
    "refund a part": lambda life, stripe: _refund(life, stripe, amount=100),
    "dispute": lambda life, stripe: stripe.dispute(_payment(life, stripe)),
    "win": _close("won"),
    "lose": _close("lost"),
    "delete": lambda life, stripe: stripe.bare_client().v1.customers.delete(_session(life, stripe).customer),
    "stand still": lambda life, stripe: _change(life, stripe, pause_collection={"behavior": "void"}),
    "collect": lambda life, stripe: _change(life, stripe, pause_collection=""),
}

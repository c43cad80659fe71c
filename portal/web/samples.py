"""Invented members, orders and lines for the gallery: what the slices would hand to the templates."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Sample
from typing import Any

import segno
from markupsafe import Markup

from portal import programme
from portal.web import offering

NUMBER = "4127883016"


def line(number: int, on: date, title: str, points: int, detail: str = "", **more: Any) -> Sample:
    """A row of the activity list, with what its own page shows."""
    facts: dict[str, Any] = {
        "kind": "earned",
        "pending": False,
        "url": "/gallery/pages/line",
        "steps": [],
        "why_not": [],
        "lots": [],
        "rule": None,
        "order": None,
        "ask_url": "/gallery/pages/help",
    }
    return Sample(number=number, on=on, title=title, points=points, detail=detail, **(facts | more))


ORDER = line(
    31,
    date(2026, 5, 20),
    "Order 1182",
    239,
    "yours on 3 June 2026",
    pending=True,
    steps=[
        Sample(words="What you paid", result="£61.20", quiet=False),
        Sample(words="Delivery is left out", result="−£8.40", quiet=False),
        Sample(words="Gift card is left out", result="−£5.00", quiet=False),
        Sample(words="Counted", result="£47.80", quiet=False),
        Sample(words="5 points for every £1.00, rounded down", result="", quiet=True),
        Sample(words="Points", result="239", quiet=False),
    ],
    why_not=[
        "Summer double points: only for orders from 1 June to 14 June 2026.",
        "Garden week: nothing in this order was of the garden range.",
    ],
    lots=[Sample(words="239 points that never expire, yours from 3 June 2026")],
    rule=Sample(label="Every purchase", version=7),
    order=Sample(number="1182", shop="Main Street"),
)
LINES = [
    ORDER,
    line(30, date(2026, 5, 12), "Refund of order 1169", -94, "one cushion sent back", kind="refunded"),
    line(29, date(2026, 5, 3), "Order 1169", 306),
    line(28, date(2026, 4, 24), "£5.00 off", -500, "used in the shop", kind="redeemed"),
    line(27, date(2026, 4, 11), "Order 1120", 412),
    line(26, date(2026, 3, 30), "Put right by support", 50, "a parcel came late", kind="adjusted"),
    line(25, date(2026, 3, 2), "Welcome to Pennywren", 100),
]


def shop() -> programme.Programme:
    """The programme that ships as the example."""
    return programme.load("demo").programme


def landing() -> dict[str, Any]:
    """What the first page says of the programme that ships."""
    there = shop()
    return {
        "offer": offering.offer(there, date(2026, 5, 24)),
        "welcome": offering.welcome_points(there),
        "next_url": None,
    }


def qr() -> Markup:
    """The square code of the sample card, as the card page receives it."""
    drawing = segno.make(NUMBER, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    return Markup(drawing)  # noqa: S704 - segno draws, from digits alone


def link_request(state: str) -> dict[str, Any]:
    """What a member sees of a shop's wish to know her by one more id; the number is as long as shops make them."""
    number = "shopify-8412299041-b2c-uk-0000417" if state == "open" else "c-17"
    found = Sample(state=state, ref=number, shop_name="Main Street", last_day=date(2026, 6, 24))
    return {"found": found, "email": "a•••@example.com", "days": 14}


def former_address() -> dict[str, Any]:
    """Somebody proves an address that a card had until lately."""
    changed_at = datetime(2026, 5, 24, 14, 5, tzinfo=UTC)
    found = Sample(changed_at=changed_at, ends_at=changed_at + timedelta(days=14))
    return {"email": "a•••@example.com", "found": found}


OPERATIONS = [
    Sample(
        method="PUT",
        path="/api/v1/orders/{id}",
        summary="The full state of an order",
        scope="orders",
        request_example='{"version": 3, "status": "paid", "currency": "GBP"}',
        response_example='{"points": {"earned": 239, "pending": 239}}',
    ),
    Sample(
        method="GET",
        path="/api/v1/members/{id}",
        summary="Where a member stands",
        scope="read",
        request_example="",
        response_example='{"member": "c-17", "points": {"available": 1240}}',
    ),
]
ESTIMATE = Sample(
    spend_minor=6000,
    points_month=300,
    points_year=3600,
    value_year_minor=3600,
    tier_label="Gold",
    rewards=[("£10.00 off", 3), ("A coffee and a bun", 3)],
)
MEMBER = Sample(
    ref="4127 8830",
    name="Anna Ferris",
    email_masked="a•••@example.com",
    since=date(2026, 3, 2),
    tier_label="Silver",
    tier_until=date(2027, 12, 31),
)
FOUND = [
    Sample(
        ref="4127 8830",
        name="Anna Ferris",
        email_masked="a•••@example.com",
        tier_label="Silver",
        available=1240,
        url="#",
    )
]
YOU = Sample(
    name="Anna Ferris",
    email="anna@example.com",
    birthday="14 June",
    since=date(2026, 3, 2),
    tier_label="Silver",
    number="4127 8830",
)
MESSAGES = [
    Sample(
        to="anna@example.com",
        sender="loyalty@localhost",
        subject="482 913 is your code for Pennywren Rewards",
        sent="20 May 2026, 09:30",
        url="/gallery/pages/message",
        text_parts=[("Your code:\n\n    482 913\n\nOr open ", None), ("this link", "#link"), (".", None)],
    )
]
TILL: dict[str, Any] = {
    "fields": {"member": "anna@example.com", "amount": "47.80", "order": "1182"},
    "fault": None,
    "sent": Sample(method="PUT", url="/api/v1/orders/1182", body='{"version": 1, "status": "paid"}'),
    "answer": Sample(status=200, body='{"points": {"earned": 239, "pending": 239}}'),
    "action_url": "#",
    "facts": Sample(
        currency="GBP", note="", counts_quantity=False, choices={"channel": ("store",)},
        doings=[Sample(key="review", label="A review", asks=""), Sample(key="miles", label="Miles", asks="quantity")],
    ),
}  # fmt: skip


def leaving(*, stopped: bool = False) -> Sample:
    """What ends when she leaves: points that are hers and that wait, codes, a tier, a plan."""
    return Sample(
        available=2100,
        pending=100,
        value_minor=2200,
        codes=1,
        tier_label="Silver",
        plan_label="Plus",
        asks=True,
        stopped=stopped,
    )

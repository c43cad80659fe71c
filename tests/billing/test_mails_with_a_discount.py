"""Every mail that names the next payment names what is taken then, less the discount that runs."""

from typing import Any

import pytest

from portal import clock, jobs
from tests.billing import shelf
from tests.billing.test_promotion import CODES, join, next_payment, paid, renew


@pytest.fixture
def till(desk):
    """Gold and Platinum, where the till takes codes."""
    shelf.fill(clock.now(), also=CODES)
    return desk


def put_up(desk: Any, minor: int) -> None:
    """Gold costs another amount from her next payment on, as somebody decides at Stripe."""
    v1, found = desk.stripe.bare_client().v1, desk.at_stripe("subscriptions")[0]
    item = found["items"].data[0]
    price = v1.prices.create(
        {
            "product": item.price.product,
            "currency": "gbp",
            "unit_amount": minor,
            "recurring": {"interval": "month"},
            "metadata": item.price.metadata.to_dict(),
        }
    )
    v1.subscriptions.update(
        found.id, {"items": [{"id": item.id, "price": price.id}], "proration_behavior": "none"}
    )
    desk.tell()
    jobs.wake()


def test_going_on_after_a_pause(till):
    join(till, percent_off=50, duration="forever")
    till.tell()
    till.visit.open("/membership/pause")
    till.visit.submit("Pause it today")
    till.tell()
    till.pass_time(days=5)
    till.visit.open("/membership")
    till.visit.submit("Go on with Gold, nothing to pay")
    till.tell()
    assert "The next payment of £2.50 is on 10 July 2026" in flat(till.mail("Gold goes on"))


@pytest.mark.both_engines
def test_another_price(till):
    join(till, percent_off=50, duration="forever")
    till.tell()
    put_up(till, 600)
    told = flat(till.mail("The price of Gold changes on 10 July 2026"))
    assert "The price of Gold was £5.00. From 10 July 2026 on it is £6.00" in told
    assert "what you pay on that day is £3.00" in told
    assert next_payment(till) == "£3.00"
    renew(till)
    assert paid(till) == [250, 300]


def test_another_price_that_a_discount_for_everything_hides(till):
    join(till, percent_off=100, duration="forever")
    till.tell()
    put_up(till, 600)
    told = flat(till.mail("The price of Gold changes on 10 July 2026"))
    assert "what you pay on that day is £0.00" in told


def test_another_price_once_the_discount_is_used_up(till):
    join(till, percent_off=50, duration="once")
    till.tell()
    put_up(till, 600)
    told = flat(till.mail("Gold costs £6.00 from 10 July 2026 on"))
    assert "Until now a payment for Gold was £5.00. From 10 July 2026 on it is £6.00." in told


def flat(text: str) -> str:
    """The words of a mail in one line."""
    return " ".join(text.split())

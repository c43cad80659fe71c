"""A price of a plan has its tax in it: what the page says is what is taken."""

import pytest

from portal import clock
from portal import programme as programmes
from portal.billing import checkout, offered
from tests.billing import shelf


@pytest.mark.parametrize("tax", ["exclusive", "unspecified"])
@pytest.mark.parametrize("key", ["lookup_key", "earlier_key"])
def test_a_price_whose_tax_comes_on_top_is_not_adopted(desk, key, tax):
    shelf.fill(clock.now())
    plan, v1 = programmes.active()[1].plan("gold-monthly"), desk.stripe.bare_client().v1
    offer = checkout.offer(plan, "GBP")
    made = v1.prices.create(
        {
            "product": v1.products.create({"name": "Gold"}).id,
            "currency": "gbp",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
            "lookup_key": getattr(offer, key),
            "tax_behavior": tax,
        }
    )
    found = offered.find_price(offer)
    assert found is None if key == "earlier_key" else list(found.differs) == ["tax"]
    used = v1.prices.retrieve(checkout.price_id(plan, "GBP", clock.now()))
    assert (used.id != made.id, used.tax_behavior) == (True, "inclusive")

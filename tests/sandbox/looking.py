"""What a page of the stand-in is like: over a real connection, and held to what a page has to be."""

from urllib.parse import urlsplit

import requests

from tests.page import lint, read
from tests.sandbox.conftest import Shop


def fetch(shop: Shop, path: str) -> str:
    """The HTML of a page as it is."""
    answer = asked(shop, urlsplit(path).path)
    assert answer.status_code in (200, 404)
    return answer.text


def asked(shop: Shop, path: str) -> requests.Response:
    """What its server answers, over a real connection."""
    return requests.get(f"{shop.standin.url}{path}", allow_redirects=False, timeout=10)


def intent_of(shop: Shop, bill: str) -> str:
    """The payment intent of a bill."""
    return str(shop.v1.invoice_payments.list({"invoice": bill}).data[0].payment.payment_intent)


def faults(html: str) -> list[str]:
    """What is wrong with a page of the stand-in: like ours, and it says what it is."""
    found = lint(html)
    return (
        found
        if "Stand-in for Stripe" in read(html).text
        else [*found, "it does not say that it is a stand-in"]
    )

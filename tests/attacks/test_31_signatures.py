"""31: what a webhook is told without the right signature is refused with 400 and stored nowhere."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import stripe
from sqlalchemy import select

from portal import clock as portal_clock
from portal.billing.models import StripeEvent
from portal.db import read
from tests.billing.conftest import anna, desk, environ, sells, stripe_standin
from tests.billing.shop import Desk
from tests.stripe_standin import EVENTS_PATH, SECRET

__all__ = ["anna", "desk", "environ", "sells", "stripe_standin"]

ANOTHER = "whsec_of_the_shop_next_door"


@pytest.fixture
def body(desk: Desk) -> bytes:
    """A message that Stripe has to tell."""
    desk.choose()
    (event,) = desk.stripe.events("customer.created")
    return desk.stripe.signed(event)[0]


def header(body: bytes, secret: str = SECRET, ahead: timedelta = timedelta()) -> str:
    """The header that the holder of the secret would send."""
    at = int((portal_clock.now() + ahead).timestamp())
    return stripe.WebhookSignature.generate_signature_header(body.decode("utf-8", "replace"), secret, at)


def tell(desk: Desk, body: bytes, signature: str | None) -> int:
    """Tell it; the status."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    answer = desk.client.post(EVENTS_PATH, data=body, headers=headers, content_type="application/json")
    assert "set-cookie" not in answer.headers
    if answer.status_code == 400:
        assert answer.text == "This is not a message of Stripe's for this portal.\n", "one answer for all"
    return answer.status_code


def told() -> list[str]:
    """The messages that are stored."""
    return [str(row.id) for row in read(select(StripeEvent.__table__)).all()]


def forged(body: bytes) -> dict[str, str | None]:
    """Headers that are none of Stripe's for this body."""
    right = header(body)
    instant, digits = right.removeprefix("t=").split(",v1=")
    in_base64 = base64.b64encode(bytes.fromhex(digits)).decode()
    over_body_alone = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "none": None,
        "empty": "",
        "words": "let me in",
        "only the instant": f"t={instant}",
        "only the signature": f"v1={digits}",
        "another shop's": header(body, ANOTHER),
        "no secret": header(body, " "),
        "base64 for hex": f"t={instant},v1={in_base64}",
        "another scheme": f"t={instant},v0={digits}",
        "upper case": f"t={instant},v1={digits.upper()}",
        "cut short": f"t={instant},v1={digits[:-1]}",
        "the body alone": f"t={instant},v1={over_body_alone}",
        "another instant": f"t={int(instant) + 1},v1={digits}",
        "no instant": f"t=soon,v1={digits}",
        "an instant without end": f"t={'9' * 5000},v1={digits}",
        "full-width": f"t={instant},v1=é",
        "many equal signs": f"t={instant},v1=={digits}",
        "the first instant counts": f"t=1,t={instant},v1={digits}",
    }


@pytest.mark.both_engines
def test_31_a_message_without_stripes_signature_is_refused_and_stored_nowhere(desk, body):
    for name, signature in forged(body).items():
        assert tell(desk, body, signature) == 400, name
    assert not told()
    with_more = header(body).replace(",", "=1,", 1)
    assert tell(desk, body, with_more) in (200, 400), "the library reads it; it is no fault either way"
    assert tell(desk, body, header(body)) == 200, "and the right one is taken"
    assert told() == [json.loads(body)["id"]]


def test_31_one_space_or_one_letter_of_the_body_changed_is_another_body(desk, body):
    signature = header(body)
    for changed in (body + b" ", b" " + body, body.replace(b":", b": ", 1), body[:-1], body + body, b""):
        assert tell(desk, changed, signature) == 400
    assert not told()


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (0, 200),
        (-300, 200),
        (-301, 400),
        (300, 200),
        (301, 400),
        (86_400, 400),
        (-86_400, 400),
        (10**11, 400),
    ],
)
def test_31_a_message_is_of_now_give_or_take_five_minutes(desk, body, seconds, status):
    at = int(portal_clock.now().timestamp()) + seconds
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, at)
    assert tell(desk, body, signature) == status
    assert len(told()) == (status == 200)


def test_31_while_the_secret_changes_the_old_and_the_new_one_sign_side_by_side(desk, body):
    instant, digits = header(body).removeprefix("t=").split(",v1=")
    new = header(body, ANOTHER).partition("v1=")[2]
    assert tell(desk, body, f"t={instant},v1={new},v1={digits}") == 200
    assert len(told()) == 1


@pytest.mark.both_engines
def test_31_bytes_that_are_no_message_are_refused_even_when_they_are_signed(desk, body):
    event = json.loads(body)
    odd = [
        event | {"id": 7},
        event | {"id": "x" * 65},
        event | {"id": "evt_\x00"},
        event | {"id": "evt_\ud800"},
        event | {"type": ["a"]},
        event | {"type": "x" * 5000},
        event | {"created": 10**30},
        event | {"created": -(10**18)},
        event | {"created": "now"},
        event | {"created": None},
        event | {"created": True},
        event | {"created": 1.5},
        event | {"id": ""},
        event | {"id": "   "},
        event | {"type": ""},
        event | {"type": "invoice.\npaid"},
        event | {"livemode": 0},
        event | {"livemode": "yes"},
        event | {"livemode": None},
        event | {"api_version": {"a": 1}},
        event | {"api_version": 0},
        event | {"data": {"object": "id"}},
        event | {"data": {"object": []}},
        event | {"data": {"object": {"id": ""}}},
        event | {"data": None},
        event | {"data": []},
        event | {"data": {"object": None}},
        event | {"data": {"object": {"id": ["x"]}}},
        event | {"data": {"object": {"id": "x" * 121}}},
        {},
        [],
        None,
        "evt",
        12,
    ]
    bodies = [json.dumps(one).encode() for one in odd]
    bodies += [b"\xff\xfe", b'{"id":', b"", b"[" * 100_000, b'{"a":' * 50_000, b"NaN"]
    for each in bodies:
        signed = each.decode("utf-8", "replace")
        at = int(portal_clock.now().timestamp())
        assert (
            tell(desk, each, stripe.WebhookSignature.generate_signature_header(signed, SECRET, at)) == 400
        ), each[:80]
    assert not told()


def test_31_two_megabytes_are_too_much_whoever_signs_them(desk, body):
    large = body[:-1] + b" " * (2 * 1024 * 1024) + b"}"
    assert tell(desk, large, header(large)) == 413
    assert not told()


def test_31_a_portal_that_sells_no_plans_is_told_nothing(app, desk, body, monkeypatch):
    monkeypatch.setattr("portal.billing.queries.is_on", lambda: False)
    assert tell(desk, body, header(body)) == 400
    assert not told()

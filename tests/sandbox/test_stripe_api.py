"""The Stripe stand-in's API, with stripe-python as its client: shapes, errors, idempotency, and faults on demand."""

import threading
import time

import pytest
import stripe

from tests import stripe_schema
from tests.sandbox.conftest import Shop
from tests.stripe_guard import Mistyped
from tests.stripe_standin import KEY, VERSION


def test_stripes_description_is_at_hand_to_check_payloads_with():
    assert "subscription" in stripe_schema.schemas()


def test_a_customer_is_made_changed_and_deleted(shop: Shop):
    v1 = shop.v1
    changed = v1.customers.update(shop.anna, {"name": "Anna", "metadata": {"shop": "tea", "member_id": ""}})
    assert changed.metadata.to_dict() == {"shop": "tea"}
    v1.customers.delete(shop.anna)
    assert v1.customers.retrieve(shop.anna).deleted
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.session()
    assert (refused.value.code, refused.value.param) == ("resource_missing", "customer")


def test_a_missing_price_is_told_as_such_and_not_as_a_missing_customer(shop: Shop):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.session("price_gone")
    assert (refused.value.code, refused.value.param) == ("resource_missing", "line_items[0][price]")


def test_what_is_missing_at_a_path_is_404(shop: Shop):
    for call in (
        shop.v1.customers.retrieve,
        shop.v1.subscriptions.retrieve,
        shop.v1.checkout.sessions.retrieve,
        shop.v1.invoices.retrieve,
        shop.v1.payment_intents.retrieve,
        shop.v1.refunds.retrieve,
        shop.v1.events.retrieve,
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call("xx_nothing")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_price_is_found_by_its_lookup_key_which_another_may_take_over(shop: Shop):
    found = shop.v1.prices.list({"lookup_keys": ["gold-month"], "active": True, "expand": ["data.product"]})
    assert [(one.id, one.product.name) for one in found.data] == [(shop.gold, "Gold")]
    params = {
        "currency": "gbp",
        "unit_amount": 600,
        "recurring": {"interval": "month"},
        "lookup_key": "gold-month",
    }
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        shop.v1.prices.create(params | {"product": found.data[0].product.id})
    dearer = shop.v1.prices.create(
        params | {"product": found.data[0].product.id, "transfer_lookup_key": True}
    )
    assert [one.id for one in shop.v1.prices.list({"lookup_keys": ["gold-month"]}).data] == [dearer.id]
    assert shop.v1.prices.retrieve(shop.gold).lookup_key is None
    shop.v1.prices.update(shop.gold, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.session()


def test_all_pages_of_a_list_are_read_one_after_the_other(shop: Shop):
    made = [shop.v1.customers.create({"email": f"{n}@example.com"}).id for n in range(7)]
    listed = [one.id for one in shop.v1.customers.list({"limit": 3}).auto_paging_iter()]
    assert listed == [*reversed(made), shop.anna]
    first = shop.v1.customers.list({"limit": 3})
    assert first.has_more
    before = shop.v1.customers.list({"limit": 3, "ending_before": listed[3]})
    assert [one.id for one in before.data] == listed[:3]


@pytest.mark.parametrize(
    ("path", "form", "code", "param"),
    [
        ("/v1/checkout/sessions", "mode=subscription&sucess_url=x", "parameter_unknown", "sucess_url"),
        ("/v1/checkout/sessions", "mode=subscription", "parameter_missing", "success_url"),
        ("/v1/checkout/sessions", "mode=subscripton&success_url=x", None, "mode"),
        (
            "/v1/checkout/sessions",
            "mode=payment&success_url=http://a/&payment_method_types[0]=card",
            "parameter_unknown",
            "payment_method_types",
        ),
        ("/v1/prices", "currency=gbp&unit_amount=5.00", "parameter_invalid_integer", "unit_amount"),
        ("/v1/prices", "currency=gbp&unit_amount=5&recurring[interval]=moth", None, "recurring[interval]"),
        ("/v1/refunds", "payment_intent=", "parameter_invalid_empty", "payment_intent"),
        ("/v1/customers", "coupon=x", "parameter_unknown", "coupon"),
    ],
)
def test_a_wrong_parameter_is_named(shop: Shop, path, form, code, param):
    client, given = shop.standin.bare_client(), dict(pair.split("=") for pair in form.split("&"))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.raw_request("post", path, **given)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_the_key_the_version_and_the_path_must_be_right(shop: Shop):
    with pytest.raises(stripe.AuthenticationError):
        shop.standin.bare_client(key="sk_live_x").v1.customers.list()
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        shop.standin.bare_client(stripe_version="2020-08-27").v1.customers.list()
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
        shop.standin.bare_client().v1.payouts.list()
    assert refused.value.http_status == 404
    assert stripe.StripeClient(KEY)._requestor._options.stripe_version == VERSION


def test_the_guard_refuses_what_the_library_does_not_describe(shop: Shop):
    for params in (
        {"mode": "subscripton"},
        {"sucess_url": "x"},
        {"line_items": {"price": "p"}},
        {"line_items": [{"price": 5}]},
        {"payment_method_types": ["card"]},
        {"idempotency_key": "k"},
    ):
        with pytest.raises(Mistyped):
            shop.v1.checkout.sessions.create(params)
    with pytest.raises(Mistyped):
        shop.v1.billing_portal.configurations.create({})
    with pytest.raises(Mistyped):
        shop.v1.subscriptions.update("sub_x", {"billing_cycle_anchor": "now"})


def test_the_same_key_gives_the_same_customer_and_refuses_another_one(shop: Shop):
    key = {"idempotency_key": "customer:m2"}
    first = shop.v1.customers.create({"email": "b@example.com"}, key)
    again = shop.v1.customers.create({"email": "b@example.com"}, key)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.customers.create({"email": "c@example.com"}, key)


def test_what_was_refused_before_anything_was_done_is_not_kept_under_its_key(shop: Shop):
    key = {"idempotency_key": "checkout:1"}
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.create({"customer": "cus_gone", "items": [{"price": shop.gold}]}, key)
    made = shop.v1.customers.create({"email": "b@example.com"}, key)
    assert made.id


def test_a_key_that_is_under_way_answers_409(shop: Shop):
    shop.standin.fault("sleep", "/v1/customers", seconds=0.6)
    key = {"idempotency_key": "customer:slow"}
    made: list[str] = []

    def slow() -> None:
        made.append(shop.v1.customers.create({"email": "b@example.com"}, key).id)

    thread = threading.Thread(target=slow)
    thread.start()
    time.sleep(0.2)
    with pytest.raises(stripe.APIError) as refused:
        shop.v1.customers.create({"email": "b@example.com"}, key)
    thread.join()
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")
    assert shop.v1.customers.create({"email": "b@example.com"}, key).id == made[0]


def test_a_stored_500_comes_back_under_its_key_and_nothing_was_done(shop: Shop):
    shop.standin.fault("500", "/v1/customers")
    key = {"idempotency_key": "customer:broken"}
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            shop.v1.customers.create({"email": "b@example.com"}, key)
    assert [one.id for one in shop.v1.customers.list().data] == [shop.anna]


@pytest.mark.parametrize("kind", ["lost", "drop"])
def test_a_lost_answer_or_a_cut_connection_is_one_customer_after_the_retry(shop: Shop, kind: str):
    patient = shop.standin.client(max_network_retries=2)
    shop.standin.fault(kind, "/v1/customers", method="POST")
    made = patient.v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "customer:lost"})
    assert [one.id for one in shop.v1.customers.list().data] == [made.id, shop.anna]


def test_without_retries_a_lost_answer_is_an_error_although_the_thing_was_made(shop: Shop):
    shop.standin.fault("lost", "/v1/customers", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        shop.v1.customers.create({"email": "b@example.com"})
    assert [one.email for one in shop.v1.customers.list().data] == ["b@example.com", "anna@example.com"]


def test_faults_hit_only_their_path_and_only_so_often(shop: Shop):
    shop.standin.fault("429", "/v1/subscriptions/*", times=2)
    shop.v1.customers.list()
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            shop.v1.subscriptions.retrieve("sub_x")
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.retrieve("sub_x")
    shop.standin.fault("409", times=9)
    shop.standin.heal()
    assert shop.v1.customers.list().data


def test_a_restart_keeps_everything_and_follows_a_portal_that_has_moved(tmp_path, address):
    from tests.stripe_standin import StripeStandIn

    first = StripeStandIn(tmp_path, f"{address}/billing/events")
    made = first.client().v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"}).id
    first.advance(days=40)
    then = first.now()
    first.stop()
    second = StripeStandIn(tmp_path, "http://localhost:1/billing/events")
    try:
        v1 = second.client().v1
        assert v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"}).id == made
        assert second.now() >= then
        assert [one.url for one in v1.webhook_endpoints.list().data] == ["http://localhost:1/billing/events"]
    finally:
        second.stop()

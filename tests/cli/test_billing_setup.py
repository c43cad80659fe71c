"""`portal billing setup`: what plans need at Stripe is told, made, adopted and mended; twice is once, others' stays."""

import re
from functools import partial

import pytest
import stripe

from tests.programme.texts import small
from tests.stripe_guard import guarded
from tests.stripe_standin import VERSION, StripeStandIn

SITE = "https://points.shop.example"
URL = f"{SITE}/billing/events"
NOTHING = "There is nothing to do."


@pytest.fixture
def standin(tmp_path, monkeypatch):
    """A Stripe side on which nothing was set up, with every call held to stripe-python's types, and no patience."""
    from portal.billing import gateway

    made = stripe.StripeClient
    monkeypatch.setattr("portal.billing.gateway.RETRIES", 0)
    monkeypatch.setattr("portal.billing.gateway.stripe.StripeClient", lambda *a, **b: guarded(made(*a, **b)))
    gateway._made.cache_clear()
    standin = StripeStandIn(tmp_path / "stripe", None)
    yield standin
    standin.stop()
    gateway._made.cache_clear()


@pytest.fixture
def setup(cli, demo, standin):
    """Type `portal billing setup ...` as the shop at SITE, which knows no signing secret yet."""
    settings = {**standin.settings, "PORTAL_STRIPE_WEBHOOK_SECRET": "", "PORTAL_BASE_URL": SITE}
    return lambda *words, **more: cli("billing", "setup", *words, **{**settings, **more})


def everything(standin):
    """All that stands at Stripe, by id."""
    v1 = standin.bare_client().v1
    lists = (v1.products, v1.prices, v1.billing_portal.configurations, v1.webhook_endpoints)
    return {one.id: one.to_dict() for kind in lists for one in kind.list({"limit": 100}).data}


def findings(said):
    """What was found of each thing: `{"price of plus-monthly in GBP": "make", ...}`."""
    return {what: found for found, what in re.findall(r"^(\w[\w ]*?) {2,}([\w' -]+):", said.out, re.M)}


def found(said):
    """The different findings of a run."""
    return set(findings(said).values())


def test_without_apply_it_tells_each_thing_and_makes_nothing(setup, standin):
    before = everything(standin)
    said = setup()
    assert said.code == 0
    assert said.out.startswith(f"test mode: no real money; as points.shop.example, at {standin.url}\n")
    assert findings(said)["price of plus-monthly in GBP"] == "make"
    assert "3.00 GBP by month, as Plus" in said.out
    assert f"webhook endpoint: {URL} with 26 kinds of events, {VERSION}" in said.out
    assert found(said) == {"make"}
    assert "Nothing was done." in said.out
    assert everything(standin) == before


def test_it_is_made_once_and_the_signing_secret_is_told_once(setup, standin):
    said = setup("--apply")
    assert (said.code, found(said)) == (0, {"make"})
    (secret,) = re.findall(r"^PORTAL_STRIPE_WEBHOOK_SECRET=(whsec_\w+)$", said.out, re.M)
    assert "not shown again" in said.err
    after = everything(standin)
    again = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET=secret)
    assert (again.code, found(again)) == (0, {"is so already"})
    assert NOTHING in again.out
    assert "whsec_" not in again.out
    assert everything(standin) == after
    (endpoint,) = standin.bare_client().v1.webhook_endpoints.list().data
    assert (endpoint.url, endpoint.api_version, endpoint.metadata.to_dict()) == (
        URL, VERSION, {"site": "points.shop.example"},
    )  # fmt: skip


def test_the_events_are_those_that_are_looked_into_and_no_others():
    from portal.billing import inbox
    from portal.billing.offered import EVENTS

    assert len(set(EVENTS)) == len(EVENTS)
    for start, sync in inbox.SYNCS:
        assert any(inbox._sync_for(kind) is sync for kind in EVENTS), start
    assert all(inbox._sync_for(kind) is not None for kind in EVENTS)


def test_a_new_database_adopts_what_was_made_before_it(setup, cli, standin, tmp_path):
    setup("--apply")
    before = everything(standin)
    fresh = {
        "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'fresh.sqlite'}",
        "PORTAL_PROGRAMME": "demo",
        "PORTAL_STRIPE_WEBHOOK_SECRET": "whsec_kept",
    }
    cli("migrate", **fresh)
    said = setup("--apply", **fresh)
    assert (said.code, found(said)) == (0, {"adopt", "is so already"})
    assert findings(said)["price of plus-yearly in GBP"] == "adopt"
    assert NOTHING in setup("--apply", **fresh).out
    assert everything(standin) == before


def test_a_price_that_was_put_away_gets_another_that_takes_its_key(setup, standin):
    setup("--apply")
    v1 = standin.bare_client().v1
    key = "portal:points.shop.example:plus-monthly:month:300:gbp"
    (old,) = v1.prices.list({"lookup_keys": [key]}).data
    v1.prices.update(old.id, {"active": False})
    said = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    assert findings(said)["price of plus-monthly in GBP"] == "differs"
    assert f"{old.id}: it was put away; another one of 3.00 GBP by month takes its lookup key" in said.out
    (new,) = v1.prices.list({"lookup_keys": [key]}).data
    assert (new.active, new.unit_amount, new.product) == (True, 300, old.product)
    assert v1.prices.retrieve(old.id).lookup_key is None
    assert NOTHING in setup(PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x").out


def test_another_price_in_the_programme_is_another_price_and_the_old_one_stays(setup, cli, standin, write):
    from portal import programme

    setup("--apply")
    before = everything(standin)
    source = programme.load("demo").source.replace('price = "3.00"', 'price = "3.50"', 1)
    cli("programme", "use", write("dearer.toml", source))
    said = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    assert [what for what, how in findings(said).items() if how == "make"] == ["price of plus-monthly in GBP"]
    after = everything(standin)
    assert {id: after[id] for id in before} == before, "who pays the old price goes on paying it"


def test_a_plan_with_another_name_is_renamed_and_keeps_its_price(setup, cli, standin, write):
    from portal import programme

    setup("--apply")
    source = programme.load("demo").source.replace('label = "Plus"', 'label = "Circle"')
    cli("programme", "use", write("renamed.toml", source))
    said = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    assert "it is called Plus, not Circle" in said.out
    assert {one.name for one in standin.bare_client().v1.products.list().data} == {"Circle"}
    assert NOTHING in setup(PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x").out


def test_what_differs_in_the_portal_and_the_endpoint_is_named_and_mended(setup, standin):
    setup("--apply")
    v1 = standin.bare_client().v1
    (settings,) = v1.billing_portal.configurations.list({"is_default": False}).data
    v1.billing_portal.configurations.update(
        settings.id, {"features": {"subscription_cancel": {"enabled": True}}}
    )
    (endpoint,) = v1.webhook_endpoints.list().data
    v1.webhook_endpoints.update(
        endpoint.id, {"disabled": True, "enabled_events": ["invoice.paid", "plan.created"]}
    )
    again = partial(setup, PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    said = again("--apply")
    assert f"settings of Stripe's portal: {settings.id}: subscription_cancel" in said.out
    for words in (
        "it does not tell charge.dispute.closed",
        "it also tells plan.created",
        "it is switched off",
    ):
        assert words in said.out
    assert NOTHING in again().out
    assert v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"


def test_an_endpoint_made_by_hand_is_adopted_and_its_secret_is_asked_for(setup, standin):
    v1 = standin.bare_client().v1
    made = v1.webhook_endpoints.create({"url": URL, "enabled_events": ["*"], "api_version": VERSION})
    said = setup("--apply")
    assert (said.code, findings(said)["webhook endpoint"], findings(said)["signing secret"]) == (
        1,
        "differs",
        "cannot",
    )
    assert f"{made.id}: it tells every kind of event, and 26 are looked into" in said.out
    assert "it does not tell" not in said.out
    assert f"Stripe told the one of {made.id} only once: reveal it in its Dashboard" in said.out
    assert "whsec_" not in said.out
    assert [one.id for one in v1.webhook_endpoints.list().data] == [made.id]


def test_an_endpoint_of_another_version_is_left_to_a_person(setup, standin):
    setup("--apply")
    (endpoint,) = standin.bare_client().v1.webhook_endpoints.list().data
    standin.patch(endpoint.id, api_version="2020-08-27")
    said = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    assert said.code == 1
    assert f"{endpoint.id} speaks 2020-08-27, not {VERSION}: delete it at Stripe" in said.out


def test_what_another_site_has_at_the_same_stripe_side_is_not_touched(setup, standin):
    setup("--apply")
    before = everything(standin)
    other = setup("--apply", PORTAL_BASE_URL="https://other.example")
    assert (other.code, found(other)) == (0, {"make"})
    after = everything(standin)
    assert {id: after[id] for id in before} == before
    (theirs,) = [one for one in after.values() if one.get("url") == "https://other.example/billing/events"]
    standin.patch(theirs["id"], url=URL)
    said = setup("--apply", PORTAL_STRIPE_WEBHOOK_SECRET="whsec_x")
    assert (said.code, findings(said)["webhook endpoint"]) == (1, "cannot")
    assert f"{theirs['id']} sends to {URL} and belongs to other.example" in said.out


@pytest.mark.parametrize("path", ["/v1/products", "/v1/prices", "/v1/billing_portal/configurations"])
@pytest.mark.parametrize("kind", ["lost", "drop"])
def test_cut_off_in_between_the_next_run_makes_nothing_twice(setup, standin, path, kind):
    prices = sum(what.startswith("price of") for what in findings(setup()))
    before = len(everything(standin))
    standin.fault(kind, path, method="POST")
    said = setup("--apply")
    assert (said.code, "Stripe did not answer" in said.err) == (1, True)
    assert setup("--apply").code == 0
    assert len(everything(standin)) - before == 2 * prices + 2, "each price has its product"


def test_when_the_answer_with_the_secret_is_lost_it_says_what_to_do(setup, standin):
    standin.fault("lost", "/v1/webhook_endpoints", method="POST")
    assert setup("--apply").code == 1
    said = setup("--apply")
    assert (said.code, findings(said)["signing secret"]) == (1, "cannot")
    assert len(standin.bare_client().v1.webhook_endpoints.list().data) == 1


def test_a_live_key_needs_a_word_more_and_a_test_key_must_not_have_it(setup):
    live = {"PORTAL_STRIPE_SECRET_KEY": "sk_live_of_nobody"}
    said = setup("--apply", **live)
    assert said.out.startswith("LIVE mode: real money;")
    assert (said.code, "Add --live" in said.err) == (2, True)
    assert setup("--apply", "--live").code == 2


def test_no_key_a_wrong_key_and_no_network_are_each_told_as_such(setup):
    assert (setup(PORTAL_STRIPE_SECRET_KEY="").code, setup(PORTAL_STRIPE_SECRET_KEY="").out) == (2, "")
    wrong = setup(PORTAL_STRIPE_SECRET_KEY="sk_live_of_nobody")
    assert (wrong.code, "does not take PORTAL_STRIPE_SECRET_KEY" in wrong.err) == (1, True)
    assert "sk_live_of_nobody" not in wrong.out + wrong.err
    silent = setup(PORTAL_STRIPE_API_BASE="http://127.0.0.1:1")
    assert (silent.code, "Stripe did not answer" in silent.err) == (1, True)


def test_a_programme_without_plans_has_nothing_to_set_up(setup, cli, standin, write):
    cli("programme", "use", write("small.toml", small("")))
    said = setup("--apply")
    assert (said.code, "sells no plans" in said.err) == (1, True)
    assert not standin.bare_client().v1.prices.list().data


def test_a_portal_on_this_machine_gets_no_endpoint_that_stripe_could_not_reach(app, monkeypatch):
    from portal.billing import offered, setting_up

    monkeypatch.setattr(offered, "endpoints", list)
    (step,) = setting_up._endpoint()
    assert (step.finding, step.act, "stripe listen --forward-to http://" in step.words) == (
        "left",
        None,
        True,
    )


def test_production_may_ask_for_its_first_secret_before_it_has_one(cli, monkeypatch, tmp_path):
    production = {
        "PORTAL_ENV": "production", "PORTAL_SECRET_KEY": "s" * 40, "PORTAL_ADDRESS_KEY": "a" * 40,
        "PORTAL_BASE_URL": SITE, "PORTAL_SMTP_URL": "smtp://127.0.0.1:1", "PORTAL_MAIL_FROM": "points@shop.example",
        "PORTAL_STRIPE_SECRET_KEY": "sk_test_x", "PORTAL_STRIPE_API_BASE": "",
    }  # fmt: skip
    monkeypatch.setattr("portal.billing.look_at_setup", lambda _now: [])
    said = cli("billing", "setup", **production)
    assert (said.code, NOTHING in said.out) == (0, True), said.err
    assert cli("billing", "reconcile", **production).code == 2, "nothing else does without it"


def test_each_currency_of_a_plan_has_a_price_of_its_own(setup, cli, standin, write):
    from portal import programme

    source = programme.load("demo").source
    for price, yen in (("3.00", "500"), ("30.00", "5000"), ("90.00", "15000")):
        source = source.replace(f'price = "{price}"', f'price = "{price}"\nprices = {{ JPY = "{yen}" }}', 1)
    used = cli("programme", "use", write("yen.toml", source))
    assert used.code == 0, used.err
    assert "price of plus-monthly in JPY: 500 JPY by month" in setup("--apply").out
    (made,) = (
        standin.bare_client()
        .v1.prices.list({"lookup_keys": ["portal:points.shop.example:plus-monthly:month:500:jpy"]})
        .data
    )
    assert (made.unit_amount, made.currency) == (500, "jpy")

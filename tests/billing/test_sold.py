"""A plan that members have stays in the programme: nobody is charged for what brings nothing."""

import re
from datetime import timedelta

import pytest

from portal import clock
from portal import programme as programmes
from portal.cli.booting import put_in_force
from portal.errors import Refused
from tests.billing import shelf
from tests.billing.boxes import give
from tests.billing.pages import choose
from tests.billing.shop import Desk
from tests.billing.test_planned_again import planned, upgrade


def without(tmp_path, *names: str) -> programmes.Loaded:
    """The programme in force without the plans whose keys begin so."""
    source = programmes.source_of(programmes.active()[0])
    for name in names:
        source = re.sub(rf'\[\[plans\]\]\nkey = "{name}-\w+"\n(?:[a-z].*\n)+\n', "", source)
    file = tmp_path / "programme.toml"
    file.write_text(source, encoding="utf-8")
    return programmes.load(str(file))


@pytest.mark.both_engines
def test_a_plan_that_renews_stays_in_the_programme_until_it_has_ended(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    number = programmes.active()[0]
    with pytest.raises(
        Refused,
        match=r"gold-monthly \(Gold\): 1\. Keep these plans in the file: with for_sale = false nobody",
    ) as refused:
        put_in_force(without(tmp_path, "gold"))
    assert refused.value.code == "plan_held"
    assert programmes.active()[0] == number, "what was refused is not in force"
    assert put_in_force(without(tmp_path, "platinum")) == number + 1
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    assert put_in_force(without(tmp_path, "gold")) == number + 2


def test_so_does_one_for_life_one_that_was_given_and_one_at_its_checkout(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.join("gold-life")
    desk.tell()
    give(desk.member, "platinum-yearly", clock.now().date() + timedelta(days=10))
    with pytest.raises(Refused, match=r"gold-life \(Gold\): 1, platinum-yearly \(Platinum\): 1\."):
        put_in_force(without(tmp_path, "gold", "platinum"))


def test_a_plan_at_whose_checkout_somebody_is_stays_too(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.choose("gold-yearly")
    with pytest.raises(Refused, match=r"gold-yearly \(Gold\): 1\."):
        put_in_force(without(tmp_path, "gold"))


def test_a_cheaper_plan_that_was_agreed_to_and_waits_for_stripe_stays_too(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.stripe.fault("500", "*", times=10_000)
    desk.visit.submit("Change on 10 July 2026")
    with pytest.raises(Refused, match=r"gold-monthly \(Gold\): 1\."):
        put_in_force(without(tmp_path, "gold"))


def test_a_subscription_for_a_price_that_is_no_plans_keeps_nothing(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    client = desk.stripe.bare_client().v1
    client.subscriptions.cancel(desk.subscription().id)
    (customer,) = desk.at_stripe("customers")
    card = client.payment_methods.list({"customer": customer.id}).data[0].id
    magazine = client.products.create({"name": "A magazine"}).id
    price = client.prices.create(
        {"product": magazine, "currency": "gbp", "unit_amount": 700, "recurring": {"interval": "month"}}
    ).id
    client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price}], "default_payment_method": card}
    )
    desk.tell()
    number = programmes.active()[0]
    assert put_in_force(without(tmp_path, "platinum")) == number + 1


@pytest.mark.both_engines
def test_so_does_its_rhythm_in_which_she_is_charged(desk: Desk, tmp_path):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    number, source = programmes.active()[0], programmes.source_of(programmes.active()[0])
    file = tmp_path / "programme.toml"
    for name in ("gold", "platinum"):
        head = f'key = "{name}-monthly"\nlabel = "{name.title()}"\ninterval = '
        assert f'{head}"month"' in source
        file.write_text(source.replace(f'{head}"month"', f'{head}"year"'), encoding="utf-8")
        if name == "gold":
            words = r"another interval.*gold-monthly \(Gold\): 1\. Keep the interval"
            with pytest.raises(Refused, match=words) as refused:
                put_in_force(programmes.load(str(file)))
            assert refused.value.code == "plan_held"
        else:
            assert put_in_force(programmes.load(str(file))) == number + 1, "nobody has it"


@pytest.mark.both_engines
def test_a_plan_that_comes_again_should_a_dearer_one_come_to_nothing_stays_too(desk: Desk, tmp_path):
    planned(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    upgrade(desk)
    desk.tell()
    assert (desk.subscription().next_plan, desk.subscription().waiting_plan) == (None, "platinum-yearly")
    with pytest.raises(Refused, match=r"gold-monthly \(Gold\): 1\."):
        put_in_force(without(tmp_path, "gold"))

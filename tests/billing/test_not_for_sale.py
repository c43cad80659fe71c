"""A plan that is for sale no longer: nobody new has it, by no way in; who has it keeps all of it to its end."""

import pytest
from sqlalchemy import select

from portal import clock, people
from portal import programme as programmes
from portal.billing import changes, checkout, price_rules, setting_up
from portal.billing.models import BillingOperation
from portal.db import read, transact
from portal.errors import Refused
from tests.billing import shelf
from tests.billing.giving import buy, open_code
from tests.billing.shop import AGREED, Desk, count
from tests.home.doors import join, step_in
from tests.programme.texts import small

SOLD_NO_MORE = "This plan is not sold any more. Nothing was charged."
NO_WAY_BACK = "Gold is not sold any more: once it has ended you cannot come back to it."


def retire(*keys: str) -> None:
    """Publish the programme in force with these plans for sale no longer."""
    source = programmes.source_of(programmes.active()[0])
    for key in keys:
        source = source.replace(f'key = "{key}"\n', f'key = "{key}"\nfor_sale = false\n', 1)
    transact(lambda: programmes.publish(source, clock.now()))


def words(desk: Desk, path: str) -> str:
    return " ".join(desk.visit.open(path).text.split())


def post(desk: Desk, path: str, **form: str):
    """A form that was made by hand."""
    token = desk.visit.open("/you").all("input", name="csrf_token")[0]["value"]
    return desk.visit.client.post(path, data={"csrf_token": token, **form})


@pytest.mark.both_engines
def test_nobody_new_can_join_it_from_a_page_or_by_hand(desk: Desk):
    shelf.fill(clock.now())
    desk.visit.open("/plans")
    retire("gold-monthly", "gold-life", "platinum-monthly", "platinum-yearly")
    page = desk.visit.open("/plans")
    assert [one["value"] for one in page.all("input", name="plan")] == ["gold-yearly"]
    assert "Platinum" not in page.text
    shown = "gold-monthly:month:500:GBP:0"
    answer = post(desk, "/billing/checkout", plan="gold-monthly", currency="GBP", shown=shown)
    assert (answer.status_code, SOLD_NO_MORE in answer.text) == (409, True)
    member = people.Member.__table__
    anna = read(select(member).where(member.c.id == desk.member)).one()
    with pytest.raises(Refused) as refused:
        checkout.begin_checkout(anna, "gold-monthly", "GBP", AGREED, clock.now())
    assert refused.value.code == "not_for_sale"
    assert (count(BillingOperation), desk.at_stripe("prices")) == (0, [])
    desk.join("gold-yearly")
    assert desk.status() == "active"


@pytest.mark.both_engines
def test_who_has_it_renews_pauses_goes_on_ends_it_and_takes_that_back(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    retire("gold-monthly", "gold-yearly", "gold-life")
    page = words(desk, "/plans")
    assert "You have Gold." in page
    assert "For life it is" not in words(desk, "/membership/change")
    desk.pass_time(days=31, hours=2)
    desk.tell()
    assert (desk.status(), len(desk.at_stripe("invoices", status="paid"))) == ("active", 2)
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Gold, nothing to pay")
    assert desk.status() == "active"
    assert NO_WAY_BACK in words(desk, "/membership/cancel")
    desk.visit.submit("End it on 10 August 2026")
    desk.visit.open("/membership")
    desk.visit.submit("Keep Gold")
    assert desk.status() == "active"


def test_who_has_let_it_end_cannot_come_back_and_is_not_asked_to(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    retire("gold-monthly", "gold-yearly", "gold-life")
    assert NO_WAY_BACK in words(desk, "/membership/withdraw")
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.pass_time(days=31)
    desk.tell()
    assert "Join again" not in desk.mail("Gold has ended")
    answer = post(desk, "/billing/checkout", plan="gold-monthly", currency="GBP", shown="x")
    assert (answer.status_code, SOLD_NO_MORE in answer.text) == (409, True)
    answer = post(desk, "/membership/keep")
    assert "It has ended already." in desk.visit.open(answer.location).text
    assert "You can join again" not in desk.visit.page.text
    assert desk.status() == "ended"


def test_it_is_no_longer_what_a_plan_is_changed_to(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="platinum-monthly")
    retire("platinum-monthly", "gold-monthly")
    answer = desk.visit.submit("Pay £10.00 and change now", 409)
    assert SOLD_NO_MORE in answer.text
    assert 'value="platinum-monthly"' not in answer.text
    answer = post(desk, "/membership/change", plan="platinum-monthly")
    assert (answer.status_code, SOLD_NO_MORE in answer.text) == (409, True)
    with pytest.raises(Refused, match="platinum-monthly"):
        changes.show(desk.member, "platinum-monthly", clock.now())
    assert len(desk.at_stripe("invoices")) == 1
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="platinum-yearly")
    assert "once it has changed, you cannot come back to it" in desk.visit.page.text


def test_a_payment_page_that_was_open_is_paid_and_one_that_was_not_is_none(desk: Desk):
    shelf.fill(clock.now())
    url = desk.choose("gold-monthly")
    retire("gold-monthly")
    desk.visit.open("/plans")
    assert post(desk, "/billing/checkout", plan="gold-monthly").location == url
    desk.visit.open(str(desk.pay(url)))
    assert desk.status() == "active"


def test_it_is_no_gift_any_more_and_a_code_that_was_bought_is_used(desk: Desk):
    shelf.fill(clock.now())
    code = buy(desk, "gold-monthly-3")
    retire("gold-monthly", "gold-yearly", "gold-life")
    page = desk.visit.open("/gifts/new")
    assert "Gold" not in page.text
    answer = post(desk, "/gifts", choice="gold-monthly-3", shown="gold-monthly-3:1500:GBP")
    assert (answer.status_code, SOLD_NO_MORE in answer.text) == (409, True)
    assert count(BillingOperation) == 1
    join("c-2", "berta@example.com", "Berta Crane")
    berta = step_in(desk.app, "berta@example.com")
    open_code(berta, code)
    berta.submit("Use it, until 10 September 2026")
    assert "It is yours until 10 September 2026." in berta.open("/membership").text
    assert "You have Gold." in berta.open("/plans").text


def test_setting_up_makes_no_price_of_it_and_leaves_the_one_that_stands(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    retire("gold-monthly", "platinum-monthly")
    prices = [one.id for one in desk.at_stripe("prices")]
    steps = {one.what: one for one in setting_up.look(clock.now())}
    assert steps["price of gold-monthly in GBP"].finding == "so"
    assert steps["price of platinum-monthly in GBP"].finding == "so"
    assert "sold to nobody new" in steps["price of platinum-monthly in GBP"].words
    desk.stripe.bare_client().v1.prices.update(prices[0], {"active": False})
    steps = {one.what: one for one in setting_up.look(clock.now())}
    assert steps["price of gold-monthly in GBP"].act is None


def test_one_that_is_retired_need_not_be_sold_in_the_currencies_of_the_others():
    old, new = (
        f'[[plans]]\nkey = "{key}"\nlabel = "A"\ninterval = "month"\nprice = "3.00"\n' for key in "ab"
    )
    new += 'prices = { EUR = "3.50" }\n'
    found = programmes.parse(small(old + "for_sale = false\n" + new), "small.toml")
    assert [one.prices[0].plan.key for one in price_rules.choices(found, "EUR")] == ["b"]
    assert found.plan_currencies == ("GBP", "EUR")

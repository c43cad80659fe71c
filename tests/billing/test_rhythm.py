"""A plan is charged in the rhythm that its page says, also where it was another one under the same key and price."""

from sqlalchemy import select, update

from portal import billing, clock
from portal import programme as programmes
from portal.billing import checkout
from portal.billing.models import StripePrice
from portal.db import read, run, transact
from tests.billing import shelf
from tests.billing.shop import Desk, joining, now


def swap(desk: Desk) -> None:
    """The plan by the month is paid by the year from now on, at the same price, and the other one by the month."""
    text = programmes.source_of(programmes.active()[0])
    for key, before, after in (("gold-monthly", "month", "year"), ("gold-yearly", "year", "month")):
        head = f'key = "{key}"\nlabel = "Gold"\ninterval = '
        assert f'{head}"{before}"' in text
        text = text.replace(f'{head}"{before}"', f'{head}"{after}"')
    transact(lambda: programmes.publish(text, now()))


def rhythm(desk: Desk) -> str:
    """How often what she has is charged, at Stripe."""
    (found,) = desk.at_stripe("subscriptions")
    return str(found["items"].data[0].price.recurring.interval)


def old_price(desk: Desk) -> str:
    """A price from before the rhythm was part of its key, which we know."""
    plan = programmes.active()[1].plan("gold-monthly")
    made = checkout.price_id(plan, "GBP", clock.now())
    key = checkout.offer(plan, "GBP").earlier_key
    desk.stripe.patch(made, lookup_key=key, metadata={"lookup_key": key, "site": key.split(":")[1]})
    transact(lambda: run(update(StripePrice).values(lookup_key=key)))
    return made


def test_a_plan_whose_rhythm_changes_under_its_key_is_charged_in_the_new_one(desk):
    shelf.fill(clock.now())
    desk.choose("gold-monthly")
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    swap(desk)
    desk.join("gold-monthly")
    assert rhythm(desk) == "year"
    assert len(desk.at_stripe("prices")) == 2


def test_who_saw_the_other_rhythm_is_shown_the_page_again(desk):
    shelf.fill(clock.now())
    form = joining(desk.visit.open("/plans"), "gold-monthly")
    swap(desk)
    answer = desk.visit.client.post("/billing/checkout", data=form)
    assert answer.status_code == 409
    assert "The price has changed since you looked. Nothing was charged." in answer.text
    assert desk.at_stripe("checkout.sessions") == []


def test_a_price_of_before_is_used_on_where_it_is_as_offered(desk):
    shelf.fill(clock.now())
    old = old_price(desk)
    desk.join("gold-monthly")
    assert [one.id for one in desk.at_stripe("prices")] == [old]
    assert list(read(select(StripePrice.__table__.c.price_id)).scalars()) == [old]
    assert desk.subscription().plan == "gold-monthly"
    assert billing.standing(desk.member, programmes.active()[1].day(now())).perks


def test_a_price_of_before_in_another_rhythm_is_left_to_those_who_pay_it(desk):
    shelf.fill(clock.now())
    old = old_price(desk)
    swap(desk)
    desk.join("gold-monthly")
    assert rhythm(desk) == "year"
    assert {row.price_id: row.plan for row in read(select(StripePrice.__table__))}[old] == "gold-monthly"

"""Plans bought for a friend: paid once however it is told, mailed with her line, and used without a card."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest

from portal import billing, clock, tiers
from portal.billing import wishes
from portal.billing.models import PlanGift
from tests.billing.giving import (
    BERTA,
    berta,
    buy,
    charges,
    choose,
    code_on,
    grants,
    operations,
    pay,
    row,
    send,
    standing,
    use,
)
from tests.billing.shop import Desk, count
from tests.home.doors import everything, step_in

__all__ = ["berta"]


@pytest.mark.both_engines
def test_a_gift_is_paid_once_mailed_with_her_line_and_used_without_a_card(app, desk, berta):
    desk.visit.open("/plans")
    page = desk.visit.follow("Give it to a friend")
    assert "Nothing renews, and nothing is charged again." in page.text
    url = send(desk.visit, friend=f" {BERTA} ", words="Happy\nbirthday,\x07 you <b>dear</b>")
    assert count(PlanGift) == 0, "nothing is there before it is paid"
    page = desk.visit.open(pay(desk, url))
    assert "It is paid. Thank you." in page.text
    assert "We have mailed the code to your friend." in page.text
    assert charges(desk) == [900]
    assert not desk.at_stripe("subscriptions", status="all"), "nothing renews"
    code = code_on(desk.visit)
    assert (row().plan, row().months, row().amount_minor, row().state) == ("plus-monthly", 3, 900, "open")
    assert billing.standing(desk.member, date(2026, 6, 10)) is None, "it is not hers"
    assert "friend" not in operations()[0].facts, "the address of a stranger is kept nowhere"
    assert code.replace("-", "") not in str(everything()), "no table has the code in plain"
    desk.tell()
    mail = desk.mailbox.to(BERTA)[-1]
    text = str(mail.get_body(("plain",)).get_content())
    assert str(mail["Subject"]) == "Anna gives you Plus for 3 months"
    assert code in text
    assert "“Happy birthday, you <b>dear</b>”" in text
    assert "<b>dear" not in str(mail.get_body(("html",)).get_content())
    link = urlsplit(re.search(r"https?://\S+/gift/\S+", text)[0]).path
    hers = step_in(app, BERTA)
    hers.open(link)
    assert "Anna" not in hers.page.text, "looking at the link tells nothing of the code"
    assert hers.response.headers["Referrer-Policy"] == "no-referrer"
    page = hers.submit("Open it")
    assert hers.path == "/gift", "the code stands in no address any more"
    assert "Anna gives you Plus for 3 months" in page.text
    assert "Free delivery on every order" in page.text
    page = hers.submit("Use it, until 10 September 2026")
    assert hers.path == "/membership"
    found = standing(berta, date(2026, 9, 10))
    assert (found.plan, found.perks, found.given) == ("plus-monthly", True, "gift")
    assert standing(berta, date(2026, 9, 11)).status == "ended"
    assert tiers.plans_on(berta, date(2026, 6, 10)) == ("plus-monthly",)
    assert not [one for one in desk.at_stripe("customers") if one.email == BERTA], "she is no customer"
    assert (row().state, row().redeemed_by) == ("redeemed", berta)
    page = desk.visit.open("/gifts")
    assert "Plus for 3 months" in page.text
    assert "used" in page.text
    assert code not in desk.visit.open(f"/gifts/{row().id}").text, "a code that is used up is shown no more"


@pytest.mark.both_engines
def test_told_in_any_way_and_order_it_is_one_gift_and_one_code(desk):
    path = pay(desk, choose(desk, friend=BERTA))
    desk.tell(times=3)
    kept = row()
    for _ in range(2):
        desk.visit.open(path)
    assert set(desk.stripe.deliver_to(desk.client, desk.stripe.events()[::-1], times=2)) == {200}
    wishes.carry_on(clock.now())
    assert row() == kept
    assert (desk.mails("gift_bought"), desk.mails("gift_given")) == (1, 1)
    assert operations()[0].state == "done"


def test_a_gift_whose_messages_never_came_is_found_by_the_worker(desk):
    pay(desk, choose(desk))
    desk.stripe.drop()
    desk.clock.shift(timedelta(hours=1, minutes=5))
    wishes.carry_on(clock.now())
    assert row().state == "open"
    assert desk.mails("gift_bought") == 1


def test_a_gift_without_an_address_is_hers_to_hand_on_and_a_plan_by_year_is_a_year(desk, berta):
    code = buy(desk, "plus-yearly-12")
    assert "Hand the link or the code on." in desk.visit.page.text
    assert charges(desk) == [3000]
    assert not row().is_mailed
    desk.tell()
    assert code in desk.mail("Your gift: Plus for 1 year")
    use(berta, code.lower().replace("-", " "))
    assert grants()[0].until == date(2027, 6, 10)


def test_the_same_form_twice_is_one_checkout_and_after_paying_it_nothing(desk):
    url = choose(desk)
    assert send(desk.visit) == url, "a double tap comes to the same page"
    assert len(desk.at_stripe("checkout.sessions")) == 1
    other = send(desk.visit, "plus-monthly-1")
    assert other != url, "she went back and chose something else"
    desk.visit.open("/gifts/new")
    again = desk.visit
    pay(desk, url)
    desk.tell()
    assert charges(desk) == [900]
    assert again.client.get("/gifts").status_code == 200


def test_the_form_of_a_gift_that_is_paid_leads_to_it(desk):
    url = choose(desk)
    shown = desk.visit.page
    pay(desk, url)
    desk.tell()
    desk.visit.page = shown
    assert send(desk.visit) == f"/gifts/{row().id}"
    assert (charges(desk), count(PlanGift)) == ([900], 1)


@pytest.mark.both_engines
def test_two_taps_at_once_are_one_charge(app, desk):
    desk.visit.open("/gifts/new")
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: _in(app, desk), range(2))
    assert first == second
    assert len(desk.at_stripe("checkout.sessions")) == 1


def _in(app, desk: Desk) -> str:
    with app.app_context():
        return send(desk.visit)


def test_a_gift_stands_beside_her_own_plan_and_an_open_checkout(desk):
    desk.join()
    desk.tell()
    buy(desk)
    assert sorted(charges(desk)) == [300, 900]
    assert desk.status() == "active"
    assert "£9.00" not in desk.visit.open("/membership").text, "it is no fee of her own plan"


def test_a_checkout_that_is_never_paid_forgets_the_friend(desk):
    choose(desk, friend=BERTA, words="For you")
    assert operations()[0].facts["friend"] == BERTA
    desk.clock.shift(timedelta(hours=1, minutes=5))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.tell()
    assert operations()[0].state == "abandoned"
    assert "friend" not in operations()[0].facts
    assert (count(PlanGift), charges(desk)) == (0, [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"choice": "plus-life-12"}, "Not a valid choice"),
        ({"choice": ""}, "Choose one of them."),
        ({"friend": "nobody"}, "That is not an e-mail address."),
        ({"words": "x" * 201}, "At most 200 characters, please."),
    ],
)
def test_what_cannot_be_given_is_said_at_its_field(desk, fields, words):
    desk.visit.open("/gifts/new")
    choice = fields.pop("choice", "plus-monthly-3")
    form = next(f for f in desk.visit.page.all("form") if f.all("input", name="once"))
    hidden = {one["name"]: one["value"] for one in form.all("input", type="hidden")}
    answer = desk.visit.client.post("/gifts", data=hidden | {"choice": choice} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert not operations()


def test_anothers_gift_and_anothers_session_are_missing(app, desk, berta):
    path = pay(desk, choose(desk))
    desk.tell()
    hers = step_in(app, BERTA)
    hers.open(path, status=404)
    hers.open(f"/gifts/{row().id}", status=404)
    desk.visit.open("/gifts/return?session_id=cs_test_1", status=404)


def test_where_stripe_is_silent_nothing_is_charged_and_the_next_tap_goes_on(desk):
    desk.visit.open("/gifts/new")
    desk.stripe.fault("500", "/v1/checkout/sessions", method="POST", times=1)
    send(desk.visit, status=503)
    desk.stripe.fault("lost", "/v1/checkout/sessions", method="POST", times=1)
    send(desk.visit, status=503)
    url = send(desk.visit)
    assert len(desk.at_stripe("checkout.sessions")) == 1
    desk.visit.open(pay(desk, url))
    assert charges(desk) == [900]

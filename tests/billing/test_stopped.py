"""While her card is stopped nothing new is paid from it and nothing new is begun, whoever is in it (decision 0023)."""

import pytest
from sqlalchemy import select

from portal import billing, clock, people
from portal.billing import changes, wishes
from portal.billing.models import BillingOperation, PlanGift
from portal.db import read, transact
from portal.errors import Refused
from tests.billing import shelf
from tests.billing.giving import berta, buy, choose, code_on, operations, pay, row, send
from tests.billing.shop import AGREED, Desk, count, everything, joining, now
from tests.home.doors import step_in
from tests.page import Element

__all__ = ["berta"]
STOPPED = "Not while your card is stopped"
NOTHING_NEW = "Your card is stopped, so nothing new is paid or begun until the stop is lifted."
FRIEND = "thief@example.net"


def stop(desk: Desk) -> None:
    """Her card is stopped. Whoever comes by a mailed code after that may be the one whom it is against."""
    transact(lambda: people.freeze(desk.member, clock.now()))


def lift(desk: Desk) -> None:
    transact(lambda: people.lift_freeze(desk.member))


def paid(desk: Desk) -> list[int]:
    """What Stripe took, oldest first."""
    bills = desk.at_stripe("invoices")
    return [one.amount_paid for one in reversed(bills) if one.status == "paid" and one.amount_paid]


def buttons(page: Element) -> list[str]:
    return [one.text for one in page.all("button", "a")]


def is_told(page: Element) -> bool:
    """Whether the page says that her card is stopped, with the way to what lifts it."""
    return NOTHING_NEW in page.text and bool(page.all("a", href="/safety/stop"))


def kinds() -> list[tuple[str, str]]:
    kept = BillingOperation.__table__.c
    return [tuple(one) for one in read(select(kept.kind, kept.state).order_by(kept.id))]


@pytest.fixture
def shop(desk):
    """Anna holds Gold by month since half a month."""
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    return desk


@pytest.mark.both_engines
def test_a_change_that_was_shown_before_the_stop_takes_nothing_from_the_card(shop):
    shop.visit.open("/membership/change")
    page = shop.visit.submit("See what it costs", plan="platinum-monthly")
    shown = shop.visit.path
    stop(shop)
    before = everything()
    page = shop.visit.submit("Pay £5.00 and change now", 422)
    assert STOPPED in page.text
    assert "nothing is taken, given, paid or begun" in page.text
    assert "What you pay for can still be ended." in page.text
    assert page.all("a", href="/safety/stop")
    assert is_told(shop.visit.open(shown))
    assert shop.visit.path == "/membership/change", "no button is shown that is refused"
    billing.work_off(now())
    assert (everything(), paid(shop)) == (before, [500])
    lift(shop)
    shop.visit.open(shown)
    assert "Platinum is on. You paid £5.00." in shop.visit.submit("Pay £5.00 and change now").text
    assert paid(shop) == [500, 500]


@pytest.mark.both_engines
@pytest.mark.parametrize("plan", ["platinum-monthly", "gold-yearly"])
def test_no_other_plan_is_shown_or_chosen(shop, plan):
    page = shop.visit.open("/membership/change")
    form = {one["name"]: one["value"] for one in page.all("input", type="hidden")}
    stop(shop)
    before = everything()
    page = shop.visit.open("/membership/change")
    assert is_told(page)
    assert "See what it costs" not in buttons(page)
    answer = shop.visit.client.post("/membership/change", data=form | {"plan": plan})
    assert (answer.status_code, STOPPED in answer.text) == (422, True)
    assert everything() == before


@pytest.mark.both_engines
def test_a_change_that_only_comes_later_is_refused_too_and_a_second_tap_of_one_before_is_not(shop):
    shop.visit.open("/membership/change")
    shop.visit.submit("See what it costs", plan="platinum-monthly")
    done = shop.visit.path.rsplit("/", 1)[1]
    shop.visit.submit("Pay £5.00 and change now")
    shop.visit.open("/membership/change")
    shop.visit.submit("See what it costs", plan="gold-monthly")
    later = shop.visit.path.rsplit("/", 1)[1]
    stop(shop)
    assert changes.agree(shop.member, done, now(), AGREED).state == "done"
    with pytest.raises(Refused, match="stopped"):
        changes.agree(shop.member, later, now(), AGREED)
    assert shop.subscription().next_plan is None


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("days", "words", "took"), [(0, "nothing to pay", [300]), (40, "£3.00 today", [300, 300])]
)
def test_a_pause_is_not_ended_by_whoever_is_in(desk, days, words, took):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.pass_time(days=days, minutes=1)
    page = desk.visit.open("/membership")
    form = next(one for one in page.all("form") if one["action"] == "/membership/resume")
    sent = {one["name"]: one["value"] for one in form.all("input")}
    stop(desk)
    page = desk.visit.open("/membership")
    assert is_told(page)
    assert not [one for one in buttons(page) if one.startswith("Go on")]
    answer = desk.visit.client.post("/membership/resume", data=sent)
    assert (answer.status_code, STOPPED in answer.text) == (422, True)
    billing.work_off(now())
    assert (desk.status(), paid(desk)) == ("paused", [300])
    assert "resume" not in dict(kinds())
    lift(desk)
    desk.visit.open("/membership")
    assert "It is on again." in desk.visit.submit(f"Go on with Plus, {words}").text
    assert paid(desk) == took


@pytest.mark.both_engines
def test_an_end_is_not_taken_back_by_whoever_is_in(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    token = page.all("input", name="csrf_token")[0]["value"]
    stop(desk)
    page = desk.visit.open("/membership")
    assert is_told(page)
    assert "Keep Plus" not in buttons(page)
    answer = desk.visit.client.post("/membership/keep", data={"csrf_token": token})
    assert (answer.status_code, STOPPED in answer.text) == (422, True)
    assert desk.status() == "cancelling"
    desk.pass_time(days=31)
    desk.tell()
    assert (paid(desk), desk.status()) == ([300], "ended")


@pytest.mark.both_engines
def test_an_end_that_a_shop_told_by_lines_is_not_taken_back_either(desk):
    for change in ("started", "cancel_requested"):
        transact(
            lambda change=change: billing.record_plan_change(desk.member, "plus-monthly", change, at=now())
        )
    stop(desk)
    with pytest.raises(Refused, match="stopped"):
        wishes.ask_to_keep(desk.member, now())
    assert desk.status() == "cancelling"
    lift(desk)
    assert wishes.ask_to_keep(desk.member, now()) == "done"
    assert desk.status() == "active"


@pytest.mark.both_engines
def test_a_cheaper_plan_that_is_to_come_still_comes(shop):
    """Undone, the dearer one would go on and be paid."""
    shop.visit.open("/membership/change")
    shop.visit.submit("See what it costs", plan="platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    shop.visit.open("/membership/change")
    shop.visit.submit("See what it costs", plan="gold-monthly")
    page = shop.visit.submit("Change on 10 July 2026")
    token = page.all("input", name="csrf_token")[0]["value"]
    assert "Undo" in buttons(page)
    stop(shop)
    assert "Undo" not in buttons(shop.visit.open("/membership"))
    answer = shop.visit.client.post("/membership/stay", data={"csrf_token": token})
    assert (answer.status_code, STOPPED in answer.text) == (422, True)
    shop.pass_time(days=16)
    shop.tell()
    assert paid(shop) == [500, 500, 500]


@pytest.mark.both_engines
def test_a_change_that_waits_for_its_payment_can_be_left(shop):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "3184")
    shop.visit.open("/membership/change")
    shop.visit.submit("See what it costs", plan="platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    stop(shop)
    page = shop.visit.open("/membership")
    assert "Confirm £5.00" not in buttons(page)
    assert "Your plan stays as it is." in shop.visit.submit("Leave it as it is").text
    assert (paid(shop), shop.at_stripe("invoices")[0].status) == ([500], "void")


@pytest.mark.both_engines
def test_no_plan_is_joined(desk):
    form = joining(desk.visit.open("/plans"), "plus-monthly")
    stop(desk)
    page = desk.visit.open("/plans")
    assert is_told(page)
    assert not [one for one in buttons(page) if "Join" in one or "Give it" in one]
    answer = desk.visit.client.post("/billing/checkout", data=form)
    assert (answer.status_code, STOPPED in answer.text) == (422, True)
    assert (count(BillingOperation), desk.at_stripe("customers")) == (0, [])
    lift(desk)
    assert desk.visit.client.post("/billing/checkout", data=form).status_code == 303


@pytest.mark.both_engines
def test_nobody_is_led_to_a_payment_page_that_was_open_before_and_it_can_be_closed(desk):
    url = desk.choose()
    form = joining(desk.visit.open("/plans"), "plus-monthly")
    back = f"/billing/return?session_id={url.rsplit('/', 1)[1]}"
    assert url in str([link["href"] for link in desk.visit.open(back).all("a")])
    stop(desk)
    page = desk.visit.open(back)
    assert is_told(page)
    assert desk.stripe.url not in desk.visit.response.text
    answer = desk.visit.client.post("/billing/checkout", data=form)
    assert (answer.status_code, answer.location) == (422, None)
    page = desk.visit.open("/plans")
    assert "Go on to the payment" not in buttons(page)
    desk.visit.submit("Close the payment page")
    assert kinds() == [("join", "abandoned")]
    assert desk.pay(url) is None


@pytest.mark.both_engines
def test_no_gift_is_bought_and_nobody_is_mailed_a_code(desk):
    desk.visit.open("/gifts/new")
    stop(desk)
    before = len(desk.mailbox.to(FRIEND))
    answer = send(desk.visit, friend=FRIEND, status=422)
    assert answer == "None"
    for path in ("/gifts", "/gifts/new"):
        page = desk.visit.open(path)
        assert is_told(page), path
        assert not {"Give a plan to a friend", "Go on to the payment"} & set(buttons(page)), path
    assert (operations(), count(PlanGift)) == ([], 0)
    assert len(desk.mailbox.to(FRIEND)) == before
    lift(desk)
    assert buy(desk, friend=FRIEND)


@pytest.mark.both_engines
def test_nobody_is_led_to_the_payment_of_a_gift_that_was_begun_before(desk):
    url = choose(desk)
    back = f"/gifts/return?session_id={url.rsplit('/', 1)[1]}"
    assert url in str([link["href"] for link in desk.visit.open(back).all("a")])
    stop(desk)
    assert is_told(desk.visit.open(back))
    assert desk.stripe.url not in desk.visit.response.text


@pytest.mark.both_engines
def test_what_was_paid_on_a_page_that_stood_open_at_the_stop_is_hers_and_shows_no_code(desk):
    """Whoever pays there has typed a card; a gift's code stays hidden with her other codes."""
    url = choose(desk)
    stop(desk)
    desk.visit.open(pay(desk, url))
    assert row().state == "open"
    assert "no code is shown for now" in desk.visit.page.text
    lift(desk)
    desk.visit.open(f"/gifts/{row().id}")
    assert code_on(desk.visit)


@pytest.mark.both_engines
def test_a_gift_of_somebody_else_comes_in(app, desk, berta):
    """It is paid, it ends by itself, and it is only more for her."""
    code = buy(desk, "plus-monthly-1")
    transact(lambda: people.freeze(berta, clock.now()))
    visit = step_in(app, "berta@example.com")
    visit.open("/gift")
    visit.submit("Open it", code=code)
    visit.submit("Use it, until 10 July 2026")
    assert billing.standing(berta, now().date()).perks

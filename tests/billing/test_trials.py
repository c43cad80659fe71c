"""Acceptance case 9: one free trial for each person and card; a second one costs nobody anything by surprise."""

import pytest
from sqlalchemy import select

from portal import billing, clock, jobs, tiers
from portal.billing.models import BillingOperation
from portal.db import read
from tests.billing import shelf
from tests.billing.shop import Desk, everything, joining, leave, now
from tests.home.doors import everything as all_rows
from tests.home.doors import join, step_in

BEA = "bea@example.com"
HAD = "This card has had its free days before: they are once for each person and card."
TRY = "Try Gold free for 14 days"


@pytest.fixture
def fitting(desk) -> Desk:
    """Gold, free for 14 days first for who leaves a card."""
    shelf.fill(clock.now(), trial_days=14, asks_card=True)
    return desk


def another(desk: Desk, email: str = BEA, ref: str = "c-2") -> Desk:
    """Another member in another browser, at the same shop."""
    member = join(ref, email, "Bea Carr")
    visit = step_in(desk.app, email)
    return Desk(desk.app, member, visit, visit.client, desk.stripe, desk.clock, desk.mailbox)


def words(desk: Desk, path: str) -> str:
    return " ".join(desk.visit.open(path).text.split())


def at_stripe(desk: Desk) -> list[tuple[str, bool]]:
    """Every subscription there: its status, and whether a trial came before it; oldest first."""
    found = desk.at_stripe("subscriptions", status="all")
    return [(one.status, one.trial_end is not None) for one in reversed(found)]


def taken(desk: Desk) -> int:
    """All that Stripe ever took."""
    return sum(one.amount_paid for one in desk.at_stripe("invoices"))


@pytest.mark.both_engines
def test_case_09_a_trial_without_a_card_ends_in_nothing_and_is_not_offered_again(fitting):
    shelf.fill(clock.now(), trial_days=14)
    page = words(fitting, "/plans")
    assert TRY in page
    assert "Gold is free for 14 days, once for each person and card, and ends by itself then" in page
    assert "With a card you agree to pay £5.00 after that" in page
    fitting.join("gold-monthly", card=None)
    fitting.tell()
    assert fitting.status() == "trialing"
    fitting.pass_time(days=15)
    fitting.tell()
    assert (fitting.status(), taken(fitting)) == ("ended", 0)
    page = words(fitting, "/plans")
    assert TRY not in page
    assert "You agree to pay £5.00 for Gold today and again each month" in page
    fitting.join("gold-monthly")
    assert at_stripe(fitting) == [("canceled", True), ("active", False)]
    assert taken(fitting) == 500


@pytest.mark.parametrize("asks", [True, False])
def test_the_till_asks_for_a_card_where_the_plan_says_so(fitting, asks):
    shelf.fill(clock.now(), trial_days=14, asks_card=asks)
    fitting.choose("gold-monthly")
    (session,) = fitting.at_stripe("checkout.sessions")
    assert session.payment_method_collection == ("always" if asks else "if_required")


@pytest.mark.both_engines
@pytest.mark.parametrize("first", ["messages", "redirect"])
def test_a_second_trial_with_the_card_of_another_member_is_not_begun_and_charges_nothing(fitting, first):
    fitting.join("gold-monthly")
    fitting.tell()
    bea = another(fitting)
    path = bea.pay(bea.choose("gold-monthly"))
    if first == "messages":
        assert set(bea.tell()) == {200}
    page = words(bea, path)
    assert HAD in page
    assert "Gold is not on, and nothing is charged." in page
    bea.tell(times=2)
    assert (bea.status(), bea.perks(), tiers.plans_on(bea.member, now().date())) == (None, False, ())
    assert at_stripe(bea) == [("trialing", True), ("canceled", True)]
    assert taken(bea) == 0
    told = [one for one in bea.mailbox.to(BEA) if one["Subject"] == "Gold has ended"]
    assert len(told) == 1
    assert "The card has had its free days before" in str(told[0].get_body(("plain",)).get_content())
    assert not [one for one in bea.mailbox.to(BEA) if one["Subject"] == "Gold is yours"]
    assert HAD in words(bea, path), "the page says the same later"
    assert fitting.status() == "trialing", "the first one has hers"


def test_after_it_she_joins_without_free_days_and_pays_what_the_page_says(fitting):
    fitting.join("gold-monthly")
    bea = another(fitting)
    bea.visit.open(bea.pay(bea.choose("gold-monthly")))
    bea.tell()
    page = words(bea, "/plans")
    assert TRY not in page
    assert "Join Gold, £5.00 a month" in page
    joined = bea.join("gold-monthly")
    assert "Gold is yours" in joined.text
    assert taken(bea) == 500


def test_another_card_and_no_card_begin_a_trial_as_ever(fitting):
    fitting.join("gold-monthly")
    bea = another(fitting)
    assert "Gold is yours" in bea.join("gold-monthly", "4444").text
    shelf.fill(clock.now(), trial_days=14)
    cleo = another(fitting, "cleo@example.com", "c-3")
    assert "Gold is yours" in cleo.join("gold-monthly", None).text
    fitting.tell()
    assert [bea.status(), cleo.status()] == ["trialing", "trialing"]


def test_the_card_is_remembered_when_its_trial_is_long_over_and_its_member_has_left(fitting):
    fitting.join("gold-monthly")
    fitting.tell()
    leave(fitting)
    fitting.tell()
    fitting.pass_time(days=90)
    bea = another(fitting)
    assert HAD in words(bea, bea.pay(bea.choose("gold-monthly")))


def test_a_card_that_comes_during_a_trial_is_let_in_and_remembered(fitting):
    fitting.join("gold-monthly")
    shelf.fill(clock.now(), trial_days=14)
    bea = another(fitting)
    bea.join("gold-monthly", None)
    bea.tell()
    customer = fitting.at_stripe("customers")[0].id  # the newest
    v1 = bea.stripe.bare_client().v1
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    (mine,) = v1.subscriptions.list({"customer": customer}).data
    v1.subscriptions.update(mine.id, {"default_payment_method": method.id})
    bea.tell()
    assert bea.status() == "trialing", "her trial had begun"


def test_who_pays_at_once_with_a_card_that_had_a_trial_is_in(fitting):
    fitting.join("gold-monthly")
    bea = another(fitting)
    assert "Platinum is yours" in bea.join("platinum-monthly").text
    assert bea.status() == "active"


def test_a_trial_that_somebody_gives_at_stripe_stands_whatever_the_card(fitting):
    fitting.join("gold-monthly")
    bea = another(fitting)
    bea.join("platinum-monthly")
    bea.tell()
    v1, at = bea.stripe.bare_client().v1, int(now().timestamp())
    row = billing.Subscription.__table__
    mine = read(select(row).where(row.c.member_id == bea.member)).one()
    v1.subscriptions.update(mine.id, {"trial_end": at + 7 * 86400, "proration_behavior": "none"})
    bea.tell()
    assert bea.status() == "trialing"


def test_while_stripe_does_not_answer_nothing_is_given_and_the_end_is_tried_until_it_is_done(fitting):
    fitting.join("gold-monthly")
    fitting.tell()
    bea = another(fitting)
    path = bea.pay(bea.choose("gold-monthly"))
    bea.stripe.fault("500", "/v1/subscriptions/*", times=1, method="DELETE")
    assert HAD in words(bea, path)
    jobs.wake()
    assert not bea.perks()
    bea.pass_time(hours=2)
    billing.work_off(clock.now())
    bea.tell()
    assert at_stripe(bea)[-1] == ("canceled", True)
    assert taken(bea) == 0


def test_a_lost_browser_and_lost_messages_end_in_the_same(fitting):
    fitting.join("gold-monthly")
    fitting.tell()
    bea = another(fitting)
    bea.pay(bea.choose("gold-monthly"))
    billing.reconcile(clock.now(), everything=True)
    assert (bea.status(), bea.perks()) == (None, False)
    billing.work_off(clock.now())
    assert at_stripe(bea)[-1] == ("canceled", True)


def test_neither_card_nor_fingerprint_is_kept_in_the_clear(fitting):
    fitting.join("gold-monthly")
    fitting.tell()
    (method,) = fitting.at_stripe("payment_methods", customer=fitting.at_stripe("customers")[0].id)
    kept = repr(all_rows())
    assert method.card.fingerprint not in kept
    assert "trial-card" in kept


def test_told_again_in_any_order_it_stays_one_refusal(fitting):
    fitting.join("gold-monthly")
    bea = another(fitting)
    bea.pay(bea.choose("gold-monthly"))
    bea.tell()
    bea.tell()
    before, events = everything(), bea.stripe.events()
    for order in (events, events[::-1]):
        assert set(bea.stripe.deliver_to(bea.client, order, times=2)) == {200}
    after = everything()
    assert after["billing_operation"] == before["billing_operation"]
    kinds = BillingOperation.__table__.c
    asked = read(select(kinds.kind).where(kinds.kind == "extra")).scalars().all()
    assert asked == ["extra"]


def test_a_trial_that_is_refused_for_its_card_leaves_her_the_choice_of_the_currency(fitting):
    shelf.fill(clock.now(), trial_days=14, asks_card=True, abroad="\n")
    fitting.join("gold-monthly")
    fitting.tell()
    bea = another(fitting)
    form = joining(bea.visit.open("/plans?in=EUR"), "gold-monthly")
    path = bea.pay(bea.visit.client.post("/billing/checkout", data=form).location)
    assert HAD in words(bea, path)
    bea.tell()
    billing.work_off(clock.now())
    page = words(bea, "/plans")
    assert "£5.00" in page
    assert "Prices in British pounds" in page

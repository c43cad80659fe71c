"""Acceptance case 18: a plan for life that is paid back or disputed; and what a refund makes of a plan that renews."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from portal import billing, clock, ledger, notices, programme, rewards, tiers
from portal.billing.models import Invoice, Purchase, StripeEvent
from portal.db import read, transact
from tests.billing.shop import Desk, everything
from tests.home.doors import step_in
from tests.stripe_standin import EVENTS_PATH, SECRET

GIFTS = """
[[grants]]
key = "thanks"
label = "Thanks for staying"
on = "payment"
plans = ["plus-monthly", "plus-yearly", "plus-life"]
gives = { points = 600 }

[[grants]]
key = "voucher"
label = "A voucher of the month"
on = "payment"
plans = ["plus-monthly", "plus-yearly", "plus-life"]
gives = { reward = "friend-five" }

"""
JOINED, WITH_GIFT = 100, 700  # points: the demonstration gives 100 for joining
TOLD = (
    *("charge.refunded", "refund.updated", "charge.dispute.created", "charge.dispute.closed"),
    *("checkout.session.completed", "invoice.paid", "customer.subscription.updated"),
)
FROZEN = "your bank is looking into a payment of yours"


@pytest.fixture
def gifts(sells) -> None:
    """Each payment of a plan brings 600 points and a voucher; Silver comes with two paid months in a row."""
    by_spend = '{ metric = "spend", amount = "200.00" }'
    in_a_row = '{ metric = "paid-months", count = 2, plans = ["plus-monthly"] }'
    source = programme.load("demo").source
    source = source.replace(by_spend, f"{by_spend}, {in_a_row}", 1).replace(
        "[[charities]]", f"{GIFTS}[[charities]]", 1
    )
    transact(lambda: programme.publish(source, clock.now()))


@pytest.fixture
def gifted(gifts, desk) -> Desk:
    """Anna, where payments bring gifts."""
    return desk


def intents(desk: Desk) -> list[str]:
    """Her payments at Stripe, newest first."""
    return [one.id for one in desk.at_stripe("payment_intents") if one.status == "succeeded"]


def refund(desk: Desk, amount: int | None = None, payment: str | None = None) -> str:
    """Stripe pays back, as staff ask it to in the Dashboard; the refund's id."""
    part = {} if amount is None else {"amount": amount}
    params = {"payment_intent": payment or intents(desk)[0], **part}
    return str(desk.stripe.bare_client().v1.refunds.create(params).id)


def purchase():
    return read(select(Purchase.__table__)).one()


def bills():
    return list(read(select(Invoice.__table__).order_by(Invoice.__table__.c.made_at)).all())


def wallet(desk: Desk):
    return ledger.wallet(desk.member)


def vouchers(desk: Desk) -> list[str]:
    held = rewards.held(desk.member, programme.active()[1].day(clock.now()))
    return sorted(one.state for one in held if one.terms.key == "friend-five")


def whole(desk: Desk) -> dict[str, object]:
    """All that must be as it was, after whatever is told again."""
    entries = [row.seq for row in ledger.newest_entries(desk.member, limit=100)]
    queued = read(select(notices.Notice.__table__.c.key)).scalars().all()
    rows = everything()
    return {
        "entries": entries, "wallet": wallet(desk), "vouchers": vouchers(desk), "mails": sorted(queued),
        "tiers": tiers.grants(desk.member), "plans": tiers.plans_on(desk.member, clock.now().date()),
        "states": (purchase_state(), [(one.refunded_minor, one.dispute) for one in bills()]),
        "operations": rows["billing_operation"],
    }  # fmt: skip


def purchase_state() -> list[tuple[str, int]]:
    return [(row.state, row.refunded_minor) for row in read(select(Purchase.__table__))]


def told_again_in_any_order_changes_nothing(desk: Desk) -> None:
    """Each message about money three times, in the order of their making and in the other."""
    before, events = whole(desk), desk.stripe.events(*TOLD)
    for order in (events, events[::-1]):
        assert set(desk.stripe.deliver_to(desk.client, order, times=3)) == {200}
    assert whole(desk) == before


# Acceptance case 18


@pytest.mark.both_engines
def test_case_18_a_plan_for_life_is_granted_once_and_a_full_refund_ends_it_and_takes_the_bonus_back(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell(times=3)
    assert desk.perks()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available"])
    refund(desk)
    desk.tell()
    assert (purchase().state, purchase().refunded_minor) == ("refunded", 9000)
    assert desk.status() == "ended"
    assert tiers.plans_on(desk.member, clock.now().date()) == ()
    assert (wallet(desk).available, wallet(desk).owed, vouchers(desk)) == (JOINED, 0, ["withdrawn"])
    assert desk.mails("plan_ended") == 1
    told_again_in_any_order_changes_nothing(desk)
    page = desk.visit.open("/membership")
    assert "Plus has ended" in page.text
    assert "£90.00 paid back" in page.text
    assert "Plus is yours" in desk.join("plus-life").text, "and it can be bought again"


@pytest.mark.both_engines
def test_case_18_a_dispute_that_is_lost_freezes_and_then_ends_it(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    sent = taking(desk)
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    assert purchase().state == "disputed"
    assert desk.perks(), "the plan is kept while the bank has not decided"
    assert FROZEN.replace("your", "Your", 1) in desk.visit.open("/membership").text
    nothing_can_be_spent_or_given(desk, sent)
    told_again_in_any_order_changes_nothing(desk)
    desk.stripe.close_dispute(dispute, "lost")
    desk.tell()
    assert (purchase().state, desk.status()) == ("lost", "ended")
    assert (wallet(desk).available, vouchers(desk)) == (JOINED, ["withdrawn"])
    assert not wallet(desk).frozen, "what she earns from here on is hers to use"
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
def test_case_18_a_dispute_that_is_won_leaves_everything_as_it_was(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    sent = taking(desk)
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    nothing_can_be_spent_or_given(desk, sent)
    desk.stripe.close_dispute(dispute, "won")
    desk.tell()
    assert (purchase().state, desk.status()) == ("paid", "active")
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available"])
    told_again_in_any_order_changes_nothing(desk)
    desk.visit.open("/rewards/free-coffee")
    desk.visit.submit("Take it")
    desk.visit.open("/give/confirm?charity=wildlife&points=100")
    assert "Thank you" in desk.visit.submit("Give 100 points").text


def taking(desk: Desk) -> dict[str, str]:
    """What the page of a free reward sends, opened while all was well."""
    page = desk.visit.open("/rewards/free-coffee")
    form = next(one for one in page.all("form") if "Take it" in one.text)
    return {field["name"]: field["value"] for field in form.all("input") if "name" in field.attributes}


def nothing_can_be_spent_or_given(desk: Desk, sent: dict[str, str]) -> None:
    """Points, gifts and what is free are not offered, and refused in kind words from a page of before; nothing is
    written."""
    before = wallet(desk)
    assert "Once your bank has settled a payment of yours" in desk.visit.open("/rewards/free-coffee").text
    answer = desk.visit.client.post("/rewards/free-coffee/redemptions", data=sent)
    assert (answer.status_code, FROZEN in answer.text) == (422, True)
    desk.visit.open("/give/confirm?charity=wildlife&points=100")
    assert FROZEN in desk.visit.submit("Give 100 points", 409).text
    assert wallet(desk) == before


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_refund_and_dispute_messages_come_in_any_order_and_end_alike(gifted, order):
    desk = gifted
    path = desk.pay(desk.choose("plus-life"))
    assert path is not None
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.stripe.close_dispute(dispute, "lost")
    kinds = ("checkout.session.completed", "charge.dispute.created", "charge.dispute.closed")
    for number in order:
        desk.stripe.deliver_to(desk.client, desk.stripe.events(kinds[number]))
    assert (purchase().state, desk.perks()) == ("lost", False)
    assert wallet(desk).available == JOINED
    told_again_in_any_order_changes_nothing(desk)


def test_a_refund_that_is_heard_of_before_the_purchase_writes_both_down(gifted):
    desk = gifted
    assert desk.pay(desk.choose("plus-life")) is not None
    refund(desk)
    desk.tell("refund.updated")
    assert purchase().state == "refunded"
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
def test_part_of_a_price_for_life_that_goes_back_keeps_the_plan_to_the_last_penny_but_one(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk, 8999)
    desk.tell()
    assert (purchase().state, purchase().refunded_minor) == ("part_refunded", 8999)
    assert desk.perks()
    assert wallet(desk).available == WITH_GIFT
    assert "1 payment of £90.00" in " ".join(desk.visit.open("/membership").text.split())
    told_again_in_any_order_changes_nothing(desk)
    refund(desk, 1)
    desk.tell("refund.updated")
    assert (purchase().state, desk.perks()) == ("refunded", False)


# The same where messages are lost


@pytest.mark.both_engines
@pytest.mark.parametrize("what", ["refunded", "disputed", "lost"])
def test_reconcile_finds_what_no_message_told(gifted, what, caplog):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    if what == "refunded":
        refund(desk)
    else:
        dispute = desk.stripe.dispute(intents(desk)[0])
        if what == "lost":
            desk.stripe.close_dispute(dispute, "lost")
    desk.stripe.drop()
    assert purchase().state == "paid"
    report = billing.reconcile(clock.now(), everything=False)
    assert purchase().state == what
    assert any(purchase().id in line and f"-> {what}" in line for line in report.drift), report.drift
    assert "billing drift" in caplog.text
    assert billing.reconcile(clock.now(), everything=True).drift == []


def test_a_dispute_that_is_closed_months_later_without_a_word_is_found_by_the_nightly_work(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    desk.pass_time(days=70)
    desk.stripe.close_dispute(dispute, "won")
    desk.stripe.drop()
    billing.nightly(clock.now())
    assert (purchase().state, wallet(desk).frozen) == ("paid", False)


def test_a_refund_that_a_bank_did_not_take_counts_no_longer(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    made = refund(desk)
    desk.tell()
    assert not desk.perks()
    desk.stripe.patch(made, status="failed")
    billing.reconcile(clock.now(), everything=True)
    assert (purchase().state, purchase().refunded_minor) == ("paid", 0)
    assert desk.perks()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available", "withdrawn"])
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
def test_six_workers_on_one_refund_take_back_once(app, gifted):
    from portal.billing import refunds

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    (payment,) = intents(desk)

    def look(_number: int) -> str | None:
        with app.app_context():
            return refunds.sync_payment(payment, clock.now()).owner

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(look, range(6))) == {desk.member}
    assert (purchase().state, wallet(desk).available) == ("refunded", JOINED)
    assert desk.mails("plan_ended") == 1


def test_a_look_that_is_older_than_what_stands_is_dropped(gifted):
    from portal.billing import refunds
    from portal.billing.shapes import Back

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    (payment,), (bill,), then = intents(desk), bills(), clock.now()
    nothing = Back(0, None)
    desk.clock.shift(5)
    refund(desk)
    desk.tell()
    before = whole(desk)
    transact(lambda: refunds._write(payment, bill.id, nothing, nothing, then))
    assert whole(desk) == before


def test_stripe_is_silent_about_the_refund_and_the_message_waits(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    before = whole(desk)
    desk.stripe.fault("500", "/v1/refunds", method="GET")
    assert set(desk.tell("charge.refunded")) == {200}
    assert whole(desk) == before
    desk.clock.shift(timedelta(minutes=2))
    billing.work_off(clock.now())
    assert purchase().state == "refunded"


def test_a_refund_of_another_site_on_the_same_stripe_is_ignored(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    client = desk.stripe.bare_client().v1
    other = client.customers.create({"metadata": {"member_id": desk.member, "site": "other.example"}})
    product = client.products.create({"name": "Other"})
    price = client.prices.create(
        {"product": product.id, "currency": "gbp", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    desk.stripe.set_card(other.id, "4242")
    client.subscriptions.create({"customer": other.id, "items": [{"price": price.id}]})
    desk.tell()
    before = whole(desk)
    theirs = [one for one in desk.at_stripe("payment_intents") if one.customer == other.id]
    client.refunds.create({"payment_intent": theirs[0].id})
    desk.tell()
    assert whole(desk) == before
    event = StripeEvent.__table__.c
    states = read(select(event.state).where(event.type.in_(("charge.refunded", "refund.updated")))).scalars()
    assert set(states) == {"ignored"}


def test_a_forged_refund_is_not_looked_into(gifted):
    import stripe

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    assert set(desk.tell("charge.refunded", tamper=True)) == {400}
    header = stripe.WebhookSignature.generate_signature_header(b"\xff".decode("latin-1"), SECRET, 1)
    answer = desk.client.post(EVENTS_PATH, data=b"\xff", headers={"Stripe-Signature": header})
    assert answer.status_code == 400
    assert purchase().state == "paid"


# A plan that renews


@pytest.mark.both_engines
def test_a_payment_that_goes_back_takes_its_month_and_its_gifts_and_leaves_the_running_period(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    refund(desk)
    desk.tell()
    assert desk.status() == "active", "who is to lose it is cancelled; a refund alone is kindness"
    assert desk.perks()
    assert tiers.paid_months(desk.member, "plus-monthly") == 0
    assert (wallet(desk).available, wallet(desk).owed, vouchers(desk)) == (JOINED, 0, ["withdrawn"])
    (bill,) = bills()
    assert (bill.paid_minor, bill.refunded_minor) == (300, 300)
    told_again_in_any_order_changes_nothing(desk)
    assert "£3.00 paid back" in desk.visit.open("/membership").text
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1, "the next one counts from there"
    assert wallet(desk).available == WITH_GIFT


def test_a_tier_by_months_in_a_row_ends_with_the_running_period_when_its_months_went_back(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert silver_until(desk) == date(2026, 8, 18), "paid to 10 August, and eight days for a card that fails"
    first, second = intents(desk)[::-1]
    refund(desk, payment=first)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert vouchers(desk) == ["available", "withdrawn"], "only what that payment brought"
    assert wallet(desk).available == WITH_GIFT
    told_again_in_any_order_changes_nothing(desk)
    refund(desk, payment=second)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 0
    desk.pass_time(days=31)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert silver_until(desk) == date(2026, 8, 18), "the third payment is the first in a row"


def silver_until(desk: Desk) -> date | None:
    (until,) = [one.until for one in tiers.grants(desk.member) if one.tier == "silver"]
    return until


def test_a_payment_before_an_end_and_a_new_start_takes_no_month_of_the_new_one(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    old = intents(desk)[0]
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    desk.pass_time(days=3)
    desk.join()
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    refund(desk, payment=old)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    told_again_in_any_order_changes_nothing(desk)


def test_what_was_used_of_its_gifts_stays_and_what_was_spent_is_owed(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    (held,) = [one for one in rewards.held(desk.member, clock.now().date()) if one.terms.key == "friend-five"]
    transact(lambda: rewards.use(ref=held.ref, shop="main", order="1", amount_minor=500, at=clock.now()))
    desk.visit.open("/rewards/five-off")
    desk.visit.submit("Take it")
    assert wallet(desk).available == 200
    refund(desk)
    desk.tell()
    assert (wallet(desk).available, wallet(desk).owed) == (0, 400)
    assert vouchers(desk) == ["used"]
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.parametrize(("amount", "counts"), [(299, True), (300, False)])
def test_a_payment_counts_to_the_last_penny_and_the_meter_says_what_is_left(gifted, amount, counts):
    from portal.billing import benefits

    desk = gifted
    desk.join()
    desk.tell()
    refund(desk, amount)
    desk.tell()
    assert (tiers.paid_months(desk.member, "plus-monthly") == 1) is counts
    assert (wallet(desk).available == WITH_GIFT) is counts
    active = programme.active()[1]
    meter = benefits.meter_of(desk.member, active, active.day(clock.now()))
    assert meter is not None
    assert (meter.paid_minor, meter.fees[0].back_minor) == (300 - amount, amount)


def test_what_a_balance_paid_is_no_fee(gifted):
    from portal.billing import benefits

    desk = gifted
    desk.join()
    desk.tell()
    (customer,) = desk.at_stripe("customers")
    desk.stripe.patch(customer.id, balance=-100)
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert [(one.total_minor, one.paid_minor) for one in bills()] == [(300, 300), (300, 200)]
    active = programme.active()[1]
    meter = benefits.meter_of(desk.member, active, active.day(clock.now()))
    assert meter is not None
    assert meter.paid_minor == 500
    refund(desk)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1, "all that was paid of it went back"


@pytest.mark.both_engines
@pytest.mark.parametrize("which", ["last", "earlier"])
def test_a_lost_dispute_ends_the_plan_with_what_is_paid_for_and_nothing_more_is_charged(gifted, which):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    dispute = desk.stripe.dispute(intents(desk)[0 if which == "last" else -1])
    desk.tell()
    assert (desk.status(), wallet(desk).frozen) == ("active", True)
    desk.stripe.close_dispute(dispute, "lost")
    desk.tell()
    billing.work_off(clock.now())
    desk.tell()
    assert not wallet(desk).frozen
    assert desk.status() == ("ended" if which == "last" else "cancelling")
    assert wallet(desk).available == WITH_GIFT
    told_again_in_any_order_changes_nothing(desk)
    charged = len(intents(desk))
    desk.pass_time(days=35)
    desk.tell()
    assert (len(intents(desk)), desk.status()) == (charged, "ended")


def test_a_question_of_the_bank_freezes_nothing(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.stripe.patch(desk.stripe.dispute(intents(desk)[0]), status="warning_needs_response")
    desk.tell()
    assert not wallet(desk).frozen


def test_two_disputes_freeze_until_the_second_is_settled(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    one, two = (desk.stripe.dispute(payment) for payment in intents(desk))
    desk.tell()
    desk.stripe.close_dispute(one, "won")
    desk.tell()
    assert wallet(desk).frozen
    desk.stripe.close_dispute(two, "won")
    desk.tell()
    assert not wallet(desk).frozen


def test_what_comes_in_while_it_is_frozen_comes_in(gifted, app):
    from tests.billing.past import buy

    desk = gifted
    desk.join()
    desk.tell()
    desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    before = wallet(desk).earned
    buy("1", "30.00", placed_at="2026-06-10T09:00:00Z")
    assert wallet(desk).earned > before
    step_in(app).open("/rewards")

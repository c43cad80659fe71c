"""The money of gifts that goes back: with a bank in between, with Stripe away, twice, and to whom it is told."""

import logging
from datetime import timedelta
from functools import wraps

import pytest
from stripe.checkout import SessionService

from portal import clock, ledger, programme
from portal.billing import gifts, granted, wishes
from portal.billing.shapes import Back
from portal.db import transact
from portal.errors import Refused
from tests.billing.giving import ACTIVITY, berta, buy, choose, operations, row, use
from tests.billing.paying_back import refund
from tests.billing.shop import Desk
from tests.billing.test_withdrawing import LINK
from tests.billing.test_withdrawing import operations as withdrawals

__all__ = ["berta"]
BY_HAND = "Your money could not be sent back by itself."


def take_back(desk: Desk, money: str = "£9.00") -> str:
    """Look at the gift, ask for the money, agree; the words of the page after that."""
    desk.visit.open(f"/gifts/{row().id}")
    desk.visit.follow("Get your money back")
    return str(desk.visit.submit(f"Get {money} back").text)


def written(minor: int, dispute: str | None = None) -> None:
    """What went back of the gift, as it is looked at a minute later."""
    looked = Back(minor, dispute)
    transact(lambda: gifts.write_back(row().payment_intent, looked, clock.now()))


@pytest.fixture
def thanks(sells) -> None:
    """A programme that gives 200 points for a gift."""
    source = programme.load("demo").source
    with_points = source.replace("[[charities]]", f"{ACTIVITY}\n[[charities]]", 1)
    transact(lambda: programme.publish(with_points, clock.now()))


@pytest.fixture
def thanked(thanks, desk) -> Desk:
    """Anna, where gifts bring points."""
    return desk


def points(desk: Desk) -> int:
    return int(ledger.wallet(desk.member).available)


# Taking it back


def test_she_reads_what_goes_back_before_she_agrees_and_the_amount_that_she_read_is_what_counts(desk):
    buy(desk)
    desk.tell()
    desk.visit.open(f"/gifts/{row().id}")
    page = desk.visit.follow("Get your money back")
    text = " ".join(page.text.split())
    for words in (
        "Plus for 3 months: nobody has used it yet.", "You can until 24 June 2026", "£9.00, the way you paid it",
        "if your friend has it, it works no more",
    ):  # fmt: skip
        assert words in text
    assert "The points that the gift brought you" not in text, "it brought none"
    assert not operations("recall"), "looking writes nothing"
    refund(desk, 100)
    desk.tell()
    page = desk.visit.submit("Get £9.00 back")
    assert "The amount has changed. Nothing was done" in page.text
    assert not operations("recall")
    desk.visit.submit("Get £8.00 back")
    assert (row().state, row().refunded_minor) == ("refunded", 900)


@pytest.mark.parametrize("form", [{}, {"minor": "899"}, {"minor": "901"}, {"minor": "x"}])
def test_a_form_with_another_amount_does_nothing(desk, form):
    buy(desk)
    token = desk.visit.open(f"/gifts/{row().id}/withdrawal").all("input", name="csrf_token")[0]["value"]
    desk.visit.client.post(f"/gifts/{row().id}/withdrawal", data={"csrf_token": token} | form)
    assert (row().state, operations("recall"), desk.at_stripe("refunds")) == ("open", [], [])


def test_what_cannot_be_taken_back_has_no_page_to_agree_on(app, desk, berta):
    use(berta, buy(desk))
    desk.visit.open(f"/gifts/{row().id}/withdrawal")
    assert desk.visit.path == f"/gifts/{row().id}"


@pytest.mark.both_engines
@pytest.mark.parametrize(("outcome", "state"), [("won", "open"), ("lost", "refunded")])
def test_what_a_bank_looks_into_unheard_is_not_said_to_be_back_and_its_code_lives_if_the_bank_gives_it_back(
    desk, berta, outcome, state
):
    code = buy(desk)
    desk.tell()
    dispute = desk.stripe.dispute(row().payment_intent)
    desk.stripe.drop()
    assert BY_HAND in take_back(desk)
    assert (operations("recall")[0].state, row().dispute) == ("failed", "open")
    with pytest.raises(Refused) as refused:
        use(berta, code)
    assert refused.value.code == "disputed"
    assert BY_HAND in desk.visit.open(f"/gifts/{row().id}").text
    desk.stripe.close_dispute(dispute, outcome)
    desk.tell()
    assert row().state == state
    if outcome == "won":
        assert use(berta, code).state == "redeemed"
    else:
        assert BY_HAND not in desk.visit.open(f"/gifts/{row().id}").text, "her bank has given it to her"


@pytest.mark.both_engines
def test_a_refund_that_no_bank_takes_after_a_withdrawal_is_told_to_a_person_and_can_be_asked_for_again(
    desk, berta, caplog
):
    code = buy(desk)
    desk.tell()
    take_back(desk)
    desk.clock.shift(timedelta(minutes=1))
    with caplog.at_level(logging.ERROR):
        written(0)
    assert "was withdrawn from, and its money did not arrive" in caplog.text
    assert (row().state, operations("recall")[0].state) == ("open", "failed")
    page = desk.visit.open(f"/gifts/{row().id}")
    assert BY_HAND in page.text
    assert code in page.text, "it is paid, so the code works"
    assert "not used yet" in desk.visit.open("/gifts").text
    assert use(berta, code).state == "redeemed"


def test_while_stripe_is_away_the_money_is_going_back_and_the_wish_is_never_given_up(desk, berta):
    code = buy(desk)
    desk.tell()
    desk.stripe.fault("500", "/v1/refunds", times=100)
    take_back(desk)
    for path in ("/gifts", f"/gifts/{row().id}"):
        text = desk.visit.open(path).text
        assert "your money is going back to you" in text
        assert "paid back" not in text
    for _ in range(10):
        desk.clock.shift(timedelta(hours=13))
        wishes.carry_on(clock.now())
    assert (operations("recall")[0].state, gifts.why_dead(row())) == ("new", "paid_back")
    with pytest.raises(Refused):
        use(berta, code)
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=13))
    wishes.carry_on(clock.now())
    assert (operations("recall")[0].state, row().state) == ("done", "refunded")
    assert desk.mails("gift_back") == 1


# Her own plan, by the same way


@pytest.mark.both_engines
def test_a_plan_of_her_own_whose_payment_a_bank_has_taken_unheard_is_not_said_to_be_paid_back(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.follow(LINK)
    desk.stripe.dispute(desk.at_stripe("payment_intents")[0].id)
    desk.stripe.drop()
    text = desk.visit.submit("Withdraw and get £3.00 back").text
    assert "£3.00 goes back to you, the way you paid it. That is not done yet" in " ".join(text.split())
    assert [one.state for one in (*withdrawals(), *operations("refund"))] == ["done", "new"]


def test_a_withdrawal_from_a_plan_of_her_own_is_done_and_its_refund_never_given_up(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.follow(LINK)
    desk.stripe.fault("500", "/v1/refunds", times=100)
    desk.visit.submit("Withdraw and get £3.00 back")
    for _ in range(10):
        desk.clock.shift(timedelta(hours=13))
        wishes.carry_on(clock.now())
    assert [one.state for one in (*withdrawals(), *operations("refund"))] == ["done", "new"]
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=13))
    wishes.carry_on(clock.now())
    assert [one.state for one in operations("refund")] == ["done"]


# What is told


@pytest.mark.both_engines
def test_the_buyer_has_a_mail_with_amount_and_day_once_for_each_time_that_it_goes_back(desk):
    buy(desk)
    desk.tell()
    take_back(desk)
    desk.tell(times=2)
    assert desk.mails("gift_back") == 1
    text = desk.mail("£9.00 for your gift goes back to you")
    assert "On 10 June 2026, £9.00 went back to you" in " ".join(text.split())
    assert "The code works no more." in text
    for minor in (0, 900, 900):
        desk.clock.shift(timedelta(minutes=1))
        written(minor)
    assert desk.mails("gift_back") == 2


def test_a_part_is_no_end_and_of_a_used_gift_what_was_left_has_ended(desk, berta):
    use(berta, buy(desk))
    refund(desk, 899)
    desk.tell()
    assert desk.mails("gift_back") == 0
    refund(desk, 1)
    desk.tell()
    assert "What was left of the gift has ended." in desk.mail("£9.00 for your gift goes back to you")


# Its points


@pytest.mark.both_engines
def test_a_refund_takes_the_points_of_a_gift_that_brought_some_and_of_no_other(desk):
    before = points(desk)
    buy(desk)
    first = row().payment_intent
    source = programme.load("demo").source
    with_points = source.replace("[[charities]]", f"{ACTIVITY}\n[[charities]]", 1)
    transact(lambda: programme.publish(with_points, clock.now()))
    buy(desk)
    assert points(desk) == before + 200
    transact(lambda: gifts.write_back(first, Back(900, None), clock.now()))
    assert points(desk) == before + 200, "it was bought when gifts brought none"
    transact(lambda: gifts.write_back(first, Back(0, None), clock.now()))
    assert points(desk) == before + 400, "paid again, as today's programme has it"


@pytest.mark.both_engines
def test_points_come_and_go_with_the_payment_as_often_as_it_does(thanked):
    desk = thanked
    before = points(desk)
    buy(desk)
    assert points(desk) == before + 200
    for minor in (900, 0, 900, 900, 0, 0):
        desk.clock.shift(timedelta(minutes=1))
        written(minor)
        assert points(desk) == before + (0 if minor else 200)
    assert "The points that the gift brought you" in desk.visit.open(f"/gifts/{row().id}/withdrawal").text


@pytest.mark.both_engines
def test_while_a_bank_looks_into_a_gift_its_buyer_spends_nothing(desk):
    buy(desk)
    desk.tell()
    dispute = desk.stripe.dispute(row().payment_intent)
    desk.tell()
    assert ledger.wallet(desk.member).frozen
    desk.stripe.close_dispute(dispute, "won")
    desk.tell()
    assert not ledger.wallet(desk.member).frozen


def test_a_dispute_of_a_gift_takes_no_right_of_her_own_plan(desk):
    desk.join()
    desk.tell()
    buy(desk)
    desk.tell()
    desk.stripe.dispute(row().payment_intent)
    desk.tell()
    assert LINK in desk.visit.open("/membership").text


# Two at once, and late money


@pytest.mark.both_engines
def test_a_gift_that_is_used_while_its_refund_is_looked_at_ends_with_both_wallets_held_in_order(
    desk, berta, monkeypatch
):
    code = buy(desk)
    desk.tell()
    before, look, lock, end = row(), gifts.by_payment, ledger.lock, granted.end_given
    use(berta, code)
    looks = iter((before, before))  # before what went back is fetched, and at the beginning of the write
    held, held_at_the_end = [], []
    monkeypatch.setattr(gifts, "by_payment", lambda payment: next(looks, None) or look(payment))
    monkeypatch.setattr(ledger, "lock", lambda member_id: (held.append(member_id), lock(member_id))[1])
    monkeypatch.setattr(
        granted, "end_given", lambda *words: (held_at_the_end.append(held[-2:]), end(*words))[1]
    )
    refund(desk)
    desk.tell()
    assert held_at_the_end == [sorted([desk.member, berta])]
    assert row().state == "refunded"


def test_a_gift_is_paid_by_card_so_that_no_money_comes_or_fails_days_later(desk, monkeypatch):
    asked, create = [], SessionService.create

    @wraps(create)
    def listening(service, params, options):
        asked.append(params)
        return create(service, params, options)

    monkeypatch.setattr(SessionService, "create", listening)
    choose(desk)
    assert [one["allowed_payment_method_types"] for one in asked] == [["card"]]

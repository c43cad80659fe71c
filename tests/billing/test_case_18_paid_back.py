"""Acceptance case 18: a plan for life that is paid back or disputed."""

from itertools import permutations

import pytest

from portal import clock, tiers
from tests.billing.paying_back import (
    FROZEN,
    JOINED,
    WITH_GIFT,
    gifted,
    gifts,
    intents,
    purchase,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
)
from tests.billing.shop import Desk

__all__ = ["gifted", "gifts"]


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

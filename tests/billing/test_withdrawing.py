"""The 14 days in which a member may withdraw: all that she paid goes back, the plan ends, once."""

import logging
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import billing, clock, programme, tiers
from portal.billing import refunds
from portal.billing.models import BillingOperation, Invoice, Purchase
from portal.billing.shapes import Back
from portal.db import read, transact
from tests.billing.paying_back import (
    JOINED,
    gifted,
    gifts,
    intents,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
)
from tests.billing.shop import Desk, everything

__all__ = ["gifted", "gifts"]
LINK = "Withdraw and get your money back"


def operations() -> list:
    kept = BillingOperation.__table__.c
    return list(read(select(BillingOperation.__table__).where(kept.kind == "withdraw")).all())


def refunded(desk: Desk) -> list[int]:
    return [one.amount for one in desk.at_stripe("refunds")]


def live(desk: Desk) -> list[str]:
    return [one.status for one in desk.at_stripe("subscriptions", status="all")]


@pytest.mark.both_engines
def test_she_reads_what_goes_back_and_what_ends_and_one_button_does_it(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    page = desk.visit.follow(LINK)
    text = " ".join(page.text.split())
    for words in (
        "You can until 24 June 2026, without a reason.", "£3.00, all that you paid", "Ends today Plus",
        "Free delivery on every order", "gifts that you have not used", "Your tier: Member",
    ):  # fmt: skip
        assert words in text
    assert not operations(), "looking writes nothing"
    page = desk.visit.submit("Withdraw and get £3.00 back")
    assert "It has ended, and what you paid goes back to you." in page.text
    assert (refunded(desk), live(desk)) == ([300], ["canceled"])
    assert desk.status() == "ended"
    assert tiers.paid_months(desk.member, "plus-monthly") == 0
    assert (wallet(desk).available, vouchers(desk)) == (JOINED, ["withdrawn"])
    desk.tell()
    assert (desk.mails("plan_ended"), len(operations())) == (1, 1)
    assert "£3.00 was paid back" in desk.mail("Plus has ended")
    told_again_in_any_order_changes_nothing(desk)
    assert LINK not in desk.visit.open("/membership").text
    desk.pass_time(days=70)
    desk.tell()
    assert len(desk.at_stripe("invoices")) == 1, "nothing more is charged"


@pytest.mark.both_engines
def test_a_plan_for_life_goes_back_whole_less_what_went_back_before(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk, 1000)
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.follow(LINK)
    desk.visit.submit("Withdraw and get £80.00 back")
    assert sorted(refunded(desk)) == [1000, 8000]
    assert read(select(Purchase.__table__)).one().state == "refunded"
    assert (desk.status(), wallet(desk).available) == ("ended", JOINED)
    desk.tell()
    assert desk.mails("plan_ended") == 1
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
@pytest.mark.parametrize(("plan", "offered"), [("plus-monthly", False), ("plus-life", True)])
def test_money_that_no_bank_takes_after_a_withdrawal_is_told_to_a_person(
    desk, caplog, monkeypatch, plan, offered
):
    desk.join(plan)
    desk.tell()
    desk.visit.open("/membership/withdraw")
    desk.visit.submit(
        next(one.text for one in desk.visit.page.all("button") if one.text.startswith("Withdraw and"))
    )
    desk.tell()
    assert [one.state for one in operations()] == ["done"]
    (payment,) = intents(desk)
    desk.clock.shift(timedelta(minutes=1))
    monkeypatch.setattr("portal.billing.returns.back", lambda _payments: Back(0, None))
    with caplog.at_level(logging.ERROR):
        refunds.sync_payment(payment, clock.now())
    assert "was withdrawn from, and its money did not arrive: pay it back by hand" in caplog.text
    assert [one.state for one in operations()] == ["failed"]
    assert (LINK in desk.visit.open("/membership").text) is offered, "what is for life stands again"


@pytest.mark.parametrize(
    ("span", "offered"),
    [({"days": 14, "hours": 13, "minutes": 29}, True), ({"days": 14, "hours": 13, "minutes": 30}, False)],
)
def test_the_fourteenth_day_is_the_last_to_its_end(desk, span, offered):
    desk.join()
    desk.tell()
    desk.pass_time(**span)
    assert (LINK in desk.visit.open("/membership").text) is offered
    desk.visit.open("/membership/withdraw")
    assert (desk.visit.path == "/membership/withdraw") is offered


def test_where_the_country_knows_no_such_right_there_is_no_link(desk):
    source = re.sub(r'^country = "GB"$', 'country = "US"', programme.load("demo").source, count=1, flags=re.M)
    transact(lambda: programme.publish(source, clock.now()))
    desk.join()
    desk.tell()
    assert LINK not in desk.visit.open("/membership").text


def test_pressed_in_two_tabs_it_is_once(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/withdraw")
    form = next(f for f in desk.visit.page.all("form") if f.all("input", name="of"))
    fields = {one["name"]: one["value"] for one in form.all("input")}
    for _ in "12":
        assert desk.visit.client.post("/membership/withdraw", data=fields).status_code == 303
    assert (refunded(desk), len(operations())) == ([300], 1)


@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/subscriptions/*", "*"])
@pytest.mark.parametrize("fault", ["500", "lost", "drop", "429"])
def test_whatever_stripe_does_not_answer_is_carried_on_and_done_once(desk, fault, path):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/withdraw")
    desk.stripe.fault(fault, path, method="*" if path == "*" else "POST" if "refunds" in path else "DELETE")
    desk.visit.submit("Withdraw and get £3.00 back")
    desk.clock.shift(timedelta(minutes=2))
    billing.work_off(clock.now())
    assert (refunded(desk), live(desk), desk.status()) == ([300], ["canceled"], "ended")
    assert [op.state for op in operations()] == ["done"]
    desk.tell()
    assert desk.mails("plan_ended") == 1
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.parametrize("step", ["give_back", "sync_payment", "settle"])
def test_a_power_cut_between_any_two_steps_is_carried_on(desk, monkeypatch, step):
    from portal.billing import operations as wishes
    from portal.billing import refunds, returns, withdrawing

    def cut(*_anything, **_more):
        raise KeyboardInterrupt

    desk.join()
    desk.tell()
    owner = {"give_back": returns, "sync_payment": refunds, "settle": wishes}[step]
    with monkeypatch.context() as broken:
        broken.setattr(owner, step, cut)
        with pytest.raises(KeyboardInterrupt):
            withdrawing.withdraw(desk.member, desk.subscription().id, 300, clock.now())
    desk.clock.shift(timedelta(minutes=3))
    billing.work_off(clock.now())
    assert (refunded(desk), live(desk)) == ([300], ["canceled"])
    assert [op.state for op in operations()] == ["done"]


def test_an_amount_that_changed_since_it_was_shown_is_shown_again(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/withdraw")
    refund(desk, 100)
    desk.tell()
    page = desk.visit.submit("Withdraw and get £3.00 back")
    assert "The amount has changed. Nothing was done" in page.text
    assert (refunded(desk), live(desk)) == ([100], ["active"])
    desk.visit.submit("Withdraw and get £2.00 back")
    assert (sorted(refunded(desk)), live(desk)) == ([100, 200], ["canceled"])


def test_what_is_another_members_or_tampered_with_does_nothing(app, desk):
    from tests.home.doors import join, step_in

    desk.join()
    desk.tell()
    desk.visit.open("/membership/withdraw")
    form = next(f for f in desk.visit.page.all("form") if f.all("input", name="of"))
    fields = {one["name"]: one["value"] for one in form.all("input")}
    join("c-2", "berta@example.com", "Berta")
    berta = step_in(app, "berta@example.com")
    berta.open("/plans")
    token = berta.page.all("input", name="csrf_token")[0]["value"]
    before = everything()
    answer = berta.client.post("/membership/withdraw", data=fields | {"csrf_token": token})
    assert answer.status_code == 303
    for bad in ({"minor": "x"}, {"minor": "-1"}, {"minor": "300000"}, {"of": "sub_nothing"}, {"of": ""}):
        desk.visit.client.post("/membership/withdraw", data=fields | bad)
    assert desk.visit.client.post("/membership/withdraw", data={"of": fields["of"]}).status_code in (400, 403)
    assert everything() == before
    assert (refunded(desk), live(desk)) == ([], ["active"])


def test_a_disputed_payment_offers_no_withdrawal(desk):
    desk.join()
    desk.tell()
    desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    assert LINK not in desk.visit.open("/membership").text
    assert read(select(Invoice.__table__)).one().dispute == "open"


def test_a_plan_for_life_that_stripe_does_not_refund_stands_and_a_person_is_told(desk, monkeypatch, caplog):
    from portal.billing import returns
    from portal.billing.shapes import Rejected

    def refuse(*_anything, **_more):
        raise Rejected("the balance is too low")

    desk.join("plus-life")
    desk.tell()
    desk.visit.open("/membership/withdraw")
    monkeypatch.setattr(returns, "give_back", refuse)
    page = desk.visit.submit("Withdraw and get £90.00 back")
    assert "Write to us: we do it by hand." in page.text
    assert "pay it back by hand" in caplog.text
    assert desk.perks()

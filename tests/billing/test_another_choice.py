"""Who chooses otherwise after a try that failed gets what she chose last, and has agreed to that."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock, people
from portal.billing import checkout
from portal.billing.models import BillingOperation
from portal.billing.terms import Terms
from portal.db import read, run, transact
from portal.errors import Refused
from tests.billing.shop import Desk, joining


def fails(desk: Desk, plan: str, kind: str = "500") -> None:
    """A tap whose answer never comes."""
    page = desk.visit.open("/plans")
    desk.stripe.fault(kind, "/v1/checkout/sessions", method="POST")
    assert desk.visit.client.post("/billing/checkout", data=joining(page, plan)).status_code == 503


def operations() -> list[tuple[str, str]]:
    """Plan and state of each, oldest first."""
    op = BillingOperation.__table__.c
    return [(row.plan, row.state) for row in read(select(op.plan, op.state).order_by(op.id))]


@pytest.mark.both_engines
@pytest.mark.parametrize("kind", ["500", "lost"])
def test_after_a_failed_try_the_page_is_of_what_she_chose_last(desk, kind):
    fails(desk, "plus-monthly", kind)
    desk.visit.open(desk.pay(desk.choose("plus-yearly")))
    assert operations() == [("plus-monthly", "abandoned"), ("plus-yearly", "done")]
    assert desk.subscription().plan == "plus-yearly"
    assert all(one.status != "open" for one in desk.at_stripe("checkout.sessions"))
    op = BillingOperation.__table__.c
    (facts,) = read(select(op.facts).where(op.plan == "plus-yearly")).scalars()
    assert "£30.00" in facts["terms"]["text"]


def test_the_same_choice_again_is_the_same_checkout(desk):
    fails(desk, "plus-monthly", "lost")
    desk.choose("plus-monthly")
    assert operations() == [("plus-monthly", "open")]
    assert len(desk.at_stripe("checkout.sessions")) == 1


def test_other_words_for_the_same_plan_are_agreed_to_anew(desk):
    fails(desk, "plus-monthly")
    agreed = Terms("You agree to pay another amount.", "en_GB")
    checkout.begin_checkout(people.by_ref("c-1"), "plus-monthly", "GBP", agreed, clock.now())
    assert operations() == [("plus-monthly", "abandoned"), ("plus-monthly", "open")]


@pytest.mark.parametrize(("minutes", "plan"), [(1, "plus-monthly"), (3, "plus-yearly")])
def test_what_another_tab_is_opening_at_this_moment_goes_before(desk, minutes, plan):
    fails(desk, "plus-monthly", "drop")
    transact(
        lambda: run(update(BillingOperation).values(tries=0))
    )  # as it is before the answer, or after a cut
    desk.clock.shift(timedelta(minutes=minutes))
    desk.choose("plus-yearly")
    assert operations()[-1] == (plan, "open")


def test_where_stripe_is_silent_the_first_try_is_not_closed_and_nothing_begins(desk):
    fails(desk, "plus-monthly")
    page = desk.visit.open("/plans")
    desk.stripe.fault("500", "/v1/checkout/sessions", times=5)
    answer = desk.visit.client.post("/billing/checkout", data=joining(page, "plus-yearly"))
    assert answer.status_code == 503
    assert operations() == [("plus-monthly", "new")]


def test_a_try_that_was_given_up_meanwhile_opens_no_page(desk, monkeypatch):
    make = checkout.sessions.make

    def meanwhile(**how):
        made = make(**how)
        checkout.leave_checkout(desk.member, clock.now())
        return made

    monkeypatch.setattr(checkout.sessions, "make", meanwhile)
    with pytest.raises(Refused, match="Payments cannot be reached") as refused:
        checkout.begin_checkout(
            people.by_ref("c-1"), "plus-monthly", "GBP", Terms("You agree.", "en_GB"), clock.now()
        )
    assert refused.value.status == 503
    assert operations() == [("plus-monthly", "abandoned")]
    assert [one.status for one in desk.at_stripe("checkout.sessions")] == ["expired"]

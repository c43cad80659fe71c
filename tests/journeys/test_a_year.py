"""A year in the life of a member, from a friend's link to leaving. Every page on the way is fetched and linted."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.billing.conftest import environ, mailbox, programme, sells, stripe_standin
from tests.billing.shop import Desk, now
from tests.home.doors import employ, enter, join, make_fresh
from tests.merchant.conftest import Api
from tests.page import Visit

__all__ = ["environ", "mailbox", "programme", "sells", "stripe_standin"]

BEN = "ben@example.com"
PLACES = (
    *(
        "/home",
        "/activity",
        "/card",
        "/you",
        "/you/visits",
        "/you/leave",
        "/rewards",
        "/rewards/taken",
        "/give",
    ),
    *("/share", "/plans", "/membership", "/help", "/terms", "/privacy", "/imprint"),
)


@pytest.fixture
def api(app: Flask) -> Api:
    """The shop's till."""
    from portal import merchant
    from portal.db import transact

    def made() -> str:
        merchant.add_shop("main", "api", now())
        scopes, ends = ("orders", "members", "read", "redeem"), now() + timedelta(days=730)
        return merchant.create_key("till", "main", scopes, now(), expires_at=ends)[1]

    return Api(app, transact(made))


class Year:
    """Ben's year, step by step; after each step he looks at every page that he has."""

    def __init__(self, desk: Desk, api: Api, ref: str) -> None:
        self.desk, self.api, self.ref = desk, api, ref
        self.orders: dict[str, dict[str, Any]] = {}

    def buys(self, number: str, amount: str, **changes: Any) -> dict[str, Any]:
        """An order at the till, or a new state of it."""
        known = self.orders.get(number)
        body = known or {
            "member": {"id": self.ref}, "placed_at": now().isoformat(), "status": "paid", "currency": "GBP",
            "channel": "store", "version": 0, "lines": [{"id": "1", "amount": amount}],
        }  # fmt: skip
        body = self.orders[number] = body | changes | {"version": body["version"] + 1}
        answer: dict[str, Any] = self.api.put(f"/orders/{number}", body)
        return answer

    def passes(self, days: int) -> None:
        """Days go by, for Stripe too; the nightly work runs, Stripe's messages arrive."""
        from portal import nightly

        self.desk.pass_time(days=days)
        self.desk.visit = enter(self.desk.app, BEN)
        self.desk.tell()
        nightly.run(now())

    def looks_around(self) -> None:
        """Every page, and every line and code that they lead to."""
        visit, seen = self.desk.visit, set(PLACES)
        for path in PLACES:
            visit.open(path)
            for link in visit.page.all("a"):
                href = link["href"]
                if href.startswith(("/activity/", "/rewards/", "/give/gifts/")) and "?" not in href:
                    seen.add(href)
        for path in sorted(seen - set(PLACES)):
            visit.open(path)

    def state(self) -> dict[str, Any]:
        """What the shop is told of him."""
        found: dict[str, Any] = self.api.get(f"/members/{self.ref}")
        return found

    def home(self) -> str:
        """The words of his home page."""
        return str(self.desk.visit.open("/home").text)


def test_a_year_in_the_life(app, client, sells, stripe_standin, clock, mailbox, api):
    from portal import people, referrals, rewards

    # A friend's link.
    anna = join()
    code = referrals.code_of(anna)
    visit = Visit(app.test_client())
    assert "£5.00 off" in visit.open(f"/r/{code}").text
    visit.follow("Join free")
    visit.submit("Send the code", email=BEN)
    visit.submit("Continue", code=mailbox.code(BEN))
    home = visit.submit("Join", name="Ben Hill", terms=True)
    assert "100 points" in home.text
    assert "£5.00 off, with thanks" in home.text
    member = people.by_email(people.address_hash(BEN))
    assert member is not None
    desk = Desk(app, member.id, visit, client, stripe_standin, clock, mailbox)
    year = Year(desk, api, member.ref)
    year.looks_around()

    # First orders; one is sent back in part.
    year.buys("1001", "60.00")
    assert "300 points more on the way" in year.home()
    year.passes(15)
    assert "400 points" in year.home()
    year.buys("1002", "150.00")
    refund = {"id": "r1", "at": now().isoformat(), "lines": [{"id": "1", "amount": "10.00"}]}
    assert year.buys("1002", "150.00", refunds=[refund])["points"]["kept"] == 700
    assert "Silver" in year.home()
    year.looks_around()

    # Thirty days after Ben's first order Anna is thanked.
    year.passes(16)
    assert "Thanked" in desk.visit.open("/share").text
    assert year.state()["referral"] is not None
    assert [one["reason"] for one in api.get(f"/members/{people_ref(anna)}")["rewards"]] == ["referral"]

    # He pays for Plus, and the shop's quote knows it at once.
    assert "Plus is yours" in desk.join().text
    basket = {
        "member": {"id": year.ref},
        "currency": "GBP",
        "shipping": "4.00",
        "lines": [{"id": "1", "amount": "20.00"}],
    }
    assert api.post("/quotes", basket)["shipping"]["perk"] == "free-shipping"
    assert year.state()["plan"]["status"] == "active"
    year.looks_around()

    # A reward is taken, used on an order, and comes back when the order is cancelled; another is undone.
    desk.visit.open("/rewards/five-off")
    desk.visit.submit("Take it")
    taken = next(one for one in rewards.held(member.id, now().date()) if one.terms.key == "five-off")
    assert rewards.grouped(taken.code).replace("-", " ") in desk.visit.page.text.replace("-", " ")
    year.buys("1003", "30.00", codes=[rewards.grouped(taken.code)], paid_by_rewards="5.00")
    assert [one["state"] for one in year.state()["rewards"] if one["reward"] == "five-off"] == ["used"]
    year.buys("1003", "30.00", status="cancelled")
    assert [one["state"] for one in year.state()["rewards"] if one["reward"] == "five-off"] == ["undone"]
    desk.visit.open("/rewards/free-coffee")
    desk.visit.submit("Take it")
    before = year.state()["points"]["available"]
    desk.visit.submit("Undo")
    assert year.state()["points"]["available"] == before + 200

    # He gives.
    desk.visit.open("/give")
    desk.visit.submit("Continue", charity="wildlife", points="150")
    desk.visit.submit("Give 150 points")
    assert year.state()["points"]["donated"] == 150
    year.looks_around()

    # The card fails at the renewal; everything stays, he pays, and nothing was lost.
    customer = desk.at_stripe("customers")[0].id
    stripe_standin.set_card(customer, "0341")
    year.passes(33)
    assert year.state()["plan"]["status"] == "past_due"
    assert "Your card was declined" in year.home()
    assert desk.perks()
    year.looks_around()
    bill = next(one for one in desk.at_stripe("invoices") if one.status == "open")
    stripe_standin.pay_invoice(bill.id)
    year.passes(1)
    assert year.state()["plan"]["status"] == "active"

    # He ends Plus, changes his mind, and ends it after all: on its day the earned tier stands alone.
    desk.visit.open("/membership/cancel")
    desk.visit.submit(ending(desk))
    desk.tell()
    assert year.state()["plan"]["status"] == "cancelling"
    desk.visit.open("/membership")
    desk.visit.submit("Keep Plus")
    desk.tell()
    assert year.state()["plan"]["status"] == "active"
    desk.visit.open("/membership/cancel")
    desk.visit.submit(ending(desk))
    year.passes(31)
    state = year.state()
    assert (state["plan"]["status"], state["tier"]["key"]) == ("ended", "silver")
    assert "free-shipping" not in {one["key"] for one in state["perks"]}
    year.looks_around()

    # Support puts something right; Ben reads why.
    available = year.state()["points"]["available"]
    staff = employ(app)
    staff.open(f"/staff/members/{year.ref}")
    staff.follow("Put points right")
    staff.submit(
        "See what it comes to", points="50", ticket="T-1", words="For the order we lost",
        reason="An order of March was never sent to us",
    )  # fmt: skip
    staff.submit("Add 50 points")
    assert year.state()["points"]["available"] == available + 50
    assert "For the order we lost" in desk.visit.open("/activity").text

    # A new year: what the old one carried stays to its end, and ends after it.
    year.passes(200)
    assert year.state()["tier"]["key"] == "silver"
    year.passes(365)
    assert year.state()["tier"]["key"] == "member"
    year.looks_around()

    # He leaves.
    make_fresh(desk.visit).open("/you/leave")
    desk.visit.submit("Leave for good")
    assert "You have left" in desk.visit.page.text
    assert api.ask("GET", f"/members/{year.ref}").status_code == 404
    assert faults() == []


def people_ref(member_id: str) -> str:
    """The id that the shop knows a member by."""
    from portal import people
    from portal.db import read

    member = people.Member.__table__.c
    return str(read(people.Member.__table__.select().where(member.id == member_id)).one().ref)


def ending(desk: Desk) -> str:
    """The words of the button that ends the plan: it names the day."""
    words = [button.spoken_name for button in desk.visit.page.all("button")]
    return next(one for one in words if one.startswith("End it"))


def faults() -> list[str]:
    """What `portal check` would find."""
    from portal import earning, giving, ledger, referrals, rewards, support

    return [one for part in (ledger, rewards, giving, referrals, earning, support) for one in part.faults()]

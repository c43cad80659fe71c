"""The next version of the programme has nothing of what a member holds: every page, answer and nightly run goes on."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal import billing, earning, giving, ledger, merchant, nightly, referrals, rewards, support
from portal import clock as portal_clock
from portal.db import transact
from tests import make
from tests.home.doors import employ, enter, join, make_fresh
from tests.page import Visit
from tests.programme.texts import small
from tests.referrals.friends import bring, buy

pytestmark = pytest.mark.usefixtures("programme")

BARE = small('\n[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n')
MONEY = BARE.replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
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
    *("/share", "/plans", "/membership", "/membership/cancel", "/help", "/terms"),
)
BOOKS = (ledger, rewards, giving, referrals, earning, support)


@pytest.fixture
def anna(programme) -> str:
    """A member with a tier, a plan, a code, a gift, a friend, and points that wait; her id."""
    member_id, now = join(), portal_clock.now()
    paid = earning.OrderBody.model_validate(make.order("260.00", placed_at="2026-05-12T09:00:00Z"))

    def lived() -> None:
        earning.record_order(paid, shop="main", number="1", at=now, actor="shop:main")
        earning.bring_up_to_date(member_id, now)
        rewards.redeem(member_id, "free-coffee", ref="r", at=now, actor="member")
        giving.donate(member_id, "wildlife", 150, ref="g", at=now, actor="member")
        billing.record_plan_change(member_id, "plus-monthly", "started", at=now)

    transact(lived)
    bring(referrals.code_of(member_id) or "")
    buy(number="2")
    return member_id


def look_everywhere(app: Flask, visit: Visit) -> None:
    """Every page, every line, code and receipt that they lead to, the desk, and what shops are told."""
    for path in PLACES:
        page = visit.open(path)
        links = {link["href"] for link in page.all("a")}
        for href in sorted(one for one in links if re.match(r"/(activity|rewards|give/gifts)/", one)):
            visit.open(href)
            visit.open(path)
    employ(app).open("/staff/members/c-1")
    state = merchant.member_state("c-1", portal_clock.now())
    assert state is not None
    assert state["charity"] == "wildlife"
    assert [one["reward"] for one in state["rewards"]] == ["free-coffee"]


@pytest.mark.parametrize("text", [BARE, MONEY], ids=["nothing but points", "nothing but money"])
def test_what_she_holds_goes_on_under_a_programme_without_it(app, anna, publish, clock, text):
    publish(text)
    visit = enter(app)
    look_everywhere(app, visit)
    assert "A coffee and a bun" in visit.open("/home").text, "by the words under which she took it"
    assert "Hedgerow Wildlife" in visit.open("/activity").text
    visit.open("/rewards/taken/" + rewards.held(anna, portal_clock.now().date())[0].id)
    visit.submit("Undo")
    visit.open("/rewards/free-coffee", 404)
    visit.open("/give/confirm?charity=wildlife&points=100", 422)
    clock.shift(timedelta(days=45))
    nightly.run(portal_clock.now())
    visit = enter(app)
    look_everywhere(app, visit)
    make_fresh(visit).open("/you/leave")
    visit.submit("Leave for good")
    assert [fault for part in BOOKS for fault in part.faults()] == []


@pytest.mark.parametrize("text", [BARE, MONEY], ids=["nothing but points", "nothing but money"])
def test_a_programme_that_offers_nothing_has_whole_pages_and_a_short_bar(app, publish, text):
    publish(text)
    join()
    visit = enter(app)
    for path in PLACES:
        visit.open(path)
    bar = [link.text for link in visit.open("/home").all("nav")[0].all("a")]
    assert bar == ["Home", "You"]

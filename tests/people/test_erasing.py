"""Who leaves is erased: each table that knows a member forgets her, or is kept for a reason that is written here.

A table that is new stands in neither list, and this fails until somebody has decided.
"""

from datetime import date

import pytest
from sqlalchemy import select

from portal import billing, earning, giving, granting, joining, ledger, people, signin
from portal import clock as portal_clock
from portal import programme as programmes
from portal.db import Base, db, read, transact
from tests import make
from tests.home.doors import ANNA, join
from tests.programme.texts import small
from tests.signin.hands import give_passkey

FORGOTTEN = {
    "address_change": "addresses that she had",
    "address_code": "addresses that she wanted",
    "agenda": "what is due for her",
    "attribute": "facts from outside",
    "board_report": "what she reported",
    "board_vote": "what she voted for; the sums stay",
    "charity_choice": "the cause that she picked",
    "child_profile": "nicknames and birthdays of children",
    "chosen_day": "the day that she picked",
    "not_me": "what she said was not she",
    "passkey": "the keys that opened her card",
    "passkey_owner": "what her phones called her",
    "plan_grant": "what was given to her, which ends",
    "planned": "the version of the programme that she was told of",
    "recovery": "what somebody told to get in",
    "referral_code": "her first name is a part of it",
    "standing_gift": "what she gives each month, which ends",
    "seen_value": "what her activities told: countries, products",
}
KEPT = {
    **dict.fromkeys(
        ("wallet", "entry", "lot", "lot_use", "lot_notice", "pending_lot", "operation"),
        "the books, which are only ever appended to; figures under an id that names nobody",
    ),
    **dict.fromkeys(
        ("donation", "giving_total", "funded_gift", "redemption", "redemption_use"),
        "the books of gifts and rewards; codes are sealed and ended",
    ),
    **dict.fromkeys(
        ("subscription", "purchase", "plan_gift", "invoice", "stripe_customer", "billing_operation"),
        "papers of payments, which the law wants kept",
    ),
    **dict.fromkeys(
        ("tier_counter", "tier_day", "tier_grant", "tier_pause", "held_plan", "measure", "given", "badge"),
        "figures: what was counted and given, for the sums and for what is once per person",
    ),
    **dict.fromkeys(("shop_order", "activity", "campaign_use"), "the shop's sales; addresses are taken out"),
    **dict.fromkeys(("referral", "invitation"), "what a friendship gave the other one"),
    **dict.fromkeys(("consent", "visit", "audit", "adjustment"), "the proof of who agreed to and did what"),
    "former_address": "a keyed hash: what is once per person stays once (Reading 36)",
    "directory": "her orders and receipts stay taken; address, ids, card and code are free",
    "session": "ended at once, forgotten by time",
    "link_request": "a keyed hash, forgotten by time",
    "notice": "sealed mail, forgotten by time",
    **dict.fromkeys(("board_post", "board_answer"), "what she wrote stays, under no name"),
}
POLICIES = FORGOTTEN | KEPT


def knows_a_member(name: str) -> bool:
    table = Base.metadata.tables[name]
    by_key = any(key.column.table.name == "member" for key in table.foreign_keys)
    return by_key or any(one.name.endswith("member_id") or one.name == "owner" for one in table.c)


def test_each_table_that_knows_a_member_is_forgotten_or_kept_for_a_reason(app):
    found = {name for name in db.metadata.tables if knows_a_member(name)}
    assert found - POLICIES.keys() == set(), "decide whether leaving forgets it, and where"
    assert POLICIES.keys() - found == set(), "there is no such table"
    assert not FORGOTTEN.keys() & KEPT.keys()


PROGRAMME = (
    "\n[board]\n",
    '\n[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n',
    '\n[chosen_day]\nlabel = "Your day"\nfactor = "2"\n',
    '\n[[charities]]\nkey = "birds"\nlabel = "Birds"\n\n[giving]\nstanding = true\n',
    '\n[[activities]]\nkey = "country"\nlabel = "A country"\npoints = 5\ndistinct = "country"\n',
    '\n[[grants]]\nkey = "monthly"\nlabel = "Monthly"\non = "month"\ngives = { points = 7 }\n',
    "\n[referral]\n[[referral.offers]]\nfriend = { points = 5 }\n",
)


@pytest.fixture
def anna(app, publish, clock) -> str:
    """A member of whom every table that forgets holds something; her id."""
    publish(small(*PROGRAMME))
    member_id = join()
    now = portal_clock.now()

    def live() -> None:
        people.put_children(member_id, [people.Child("1", "Mo", "02-03")])
        people.set_attribute(member_id, "student", True, since=now.date(), until=None, at=now)
        earning.choose_day(member_id, date(2026, 7, 1), at=now)
        giving.set_standing(member_id, "birds", 100, at=now)
        billing.give_plan(member_id, "plus", until=date(2027, 6, 9), source="staff", ref="staff/1", at=now)
        earning.record_activity(
            member_id, "country", record_id="a-1", at=now, actor="shop:main", attributes={"country": "Peru"}
        )
        for number, whose in enumerate(
            ({"email": ANNA}, {"id": "c-1", "email": ANNA.upper()}, {"id": "c-1"})
        ):
            body = earning.OrderBody.model_validate(make.order("20.00") | {"member": whose})
            earning.record_order(body, shop="main", number=str(number), at=now, actor="shop:main")

    transact(live)
    give_passkey(member_id)
    return member_id


def rows(name: str, member_id: str) -> list[object]:
    table = db.metadata.tables[name]
    if name == "passkey":
        return list(read(select(table)))  # it is hers by the name that her phones call her
    return list(read(select(table).where(table.c.member_id == member_id)))


def leave(member_id: str) -> None:
    member = people.Member.__table__
    row = read(select(member).where(member.c.id == member_id)).one()
    now = portal_clock.now()
    transact(lambda: joining.leave(row, actor="member", now=now, proof=now))


@pytest.mark.both_engines
def test_what_is_forgotten_is_gone_and_the_books_still_add_up(app, anna):
    missing = {name for name in FORGOTTEN if not rows(name, anna)}
    elsewhere = {"board_vote", "board_report", "address_change", "address_code", "not_me", "recovery"}
    assert missing <= elsewhere, "the test shows nothing of these"
    leave(anna)
    assert {name for name in FORGOTTEN if rows(name, anna)} == set()
    assert ledger.faults() + earning.faults() + granting.faults() + giving.faults() == []
    assert signin.as_seen(anna) is None


@pytest.mark.both_engines
def test_no_order_keeps_her_address_and_each_can_still_be_read(app, anna):
    assert any("@" in row.body for row in rows("shop_order", anna))
    leave(anna)
    kept = rows("shop_order", anna)
    assert len(kept) == 3
    for row in kept:
        assert "@" not in row.body
        body = earning.OrderBody.model_validate_json(row.body)
        assert (body.address, len(body.lines)) == (None, 1)
    assert programmes.active()[0] == 1

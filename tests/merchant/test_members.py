"""Members through the API: they join, are linked and change; their state and their ledger can be read."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import make
from tests.merchant.conftest import Api, sound, written
from tests.notices.mailbox import mailbox
from tests.page import Visit

__all__ = ["mailbox"]

KEYS_OF_THE_STATE = {
    *(
        "member",
        "as_of",
        "joined",
        "points",
        "tier",
        "progress",
        "plan",
        "perks",
        "rewards",
        "charity",
        "goals",
    ),
    *("counters", "badges", "referral"),
}


@pytest.mark.both_engines
def test_an_unknown_address_joins_and_the_answer_is_her_state(demo, api: Api):
    state = api.put("/members/c-1", make.member())
    assert set(state) >= KEYS_OF_THE_STATE
    assert state["member"] == "c-1"
    assert state["as_of"] == "2026-06-10T09:30:00Z"
    assert state["joined"] == "2026-06-10T09:30:00Z"
    assert state["points"] == {
        "available": 100, "pending": 0, "owed": 0, "earned": 100, "spent": 0, "donated": 0, "expired": 0,
        "value": {"amount": "1.00", "currency": "GBP"}, "maturing": [], "expiring": [],
    }  # fmt: skip
    assert state["tier"] == {"key": "member", "source": "base", "since": "2026-06-10", "until": None}
    assert state["progress"] == {
        "next": {"tier": "silver", "metric": "spend", "have": "0.00", "need": "200.00", "by": "2026-12-31"},
        "keep": None,
    }
    sound()


@pytest.mark.both_engines
def test_the_same_member_again_changes_nothing(demo, api: Api):
    api.put("/members/c-1", make.member())
    before = written()
    api.put("/members/c-1", make.member())
    assert written() == before


def test_an_address_of_another_member_is_linked_only_when_the_shop_vouches(demo, api: Api, anna):
    assert api.put("/members/c-9", make.member(), 409)["code"] == "conflict"
    assert api.put("/members/c-9", make.member(email_verified=True))["member"] == "c-1", (
        "her first id stays hers"
    )
    assert api.get("/members/c-9") == api.get("/members/c-1")


def test_vouching_alone_proves_the_address_that_she_has(demo, api: Api, anna):
    api.put("/orders/7", make.order("10.00", member=None, guest=True, email=" ANNA@example.com "))
    assert "warnings" not in api.put("/members/c-1", {"email_verified": True})
    assert api.get("/orders/7")["member"] == "c-1"


def test_vouching_for_no_address_is_warned_of(demo, api: Api):
    for _ in ("she joins", "she is known"):
        told = api.put("/members/c-2", {"email_verified": True})
        assert [(one["pointer"], one["code"]) for one in told["warnings"]] == [("/email", "missing_field")]


@pytest.mark.both_engines
def test_an_address_of_another_member_is_linked_once_she_has_confirmed(demo, app, api: Api, anna, mailbox):
    refused = api.put("/members/c-17", make.member(name="Anna of the shop"), 409)
    assert (refused["code"], "has been asked by mail" in refused["detail"]) == ("conflict", True)
    assert api.get("/members/c-17", 404)["code"] == "unknown_member"
    before = written()
    api.put("/members/c-17", make.member(), 409)
    assert written() == before, "one mail, however often the shop asks"
    words = mailbox.words("anna@example.com")
    assert "Pennywren Rewards wants to connect its customer number c-17" in words
    page = Visit(app.test_client())
    page.open(re.search(r"/links/\S+", words)[0])
    page.submit("Yes, it is mine: connect it")
    assert api.get("/members/c-17") == api.get("/members/c-1")
    assert api.put("/members/c-17", make.member(name="Anna of the shop"))["member"] == "c-1"
    sound()


def test_a_member_is_asked_in_the_name_of_the_shop_whose_key_it_is(demo, key, api: Api, anna, mailbox):
    from portal import merchant
    from portal.db import run, transact

    corner = key("members", shop="corner")
    shop = merchant.Shop.__table__
    transact(lambda: run(update(shop).where(shop.c.key == "corner").values(name="The Corner Shop")))
    corner.put("/members/c-17", make.member(), 409)
    assert "The Corner Shop wants to connect" in mailbox.words("anna@example.com")


def test_who_is_not_asked_today_is_not_said_to_be(demo, api: Api, anna, mailbox):
    api.put("/members/c-17", make.member(), 409)
    refused = api.put("/members/c-18", make.member(), 409)
    assert (refused["code"], "asked" in refused["detail"]) == ("conflict", False)
    assert len(mailbox) == 1


def test_two_members_are_never_made_one_so_nobody_is_asked(demo, api: Api, anna, mailbox):
    api.put("/members/c-2", make.member("bea@example.com"))
    assert "asked" not in api.put("/members/c-2", make.member(), 409)["detail"]
    assert not mailbox


def test_an_order_with_an_id_that_waits_goes_to_the_owner_of_the_address_and_links_nothing(
    demo, api: Api, mailbox
):
    api.put("/members/c-1", make.member(email_verified=True))
    api.put("/members/c-17", make.member(), 409)
    both = {"id": "c-17", "email": "anna@example.com"}
    assert api.put("/orders/1", make.order("10.00", member=both))["member"] == "c-1"
    api.get("/members/c-17", 404)


def test_a_member_without_the_fields_keeps_them(demo, api: Api, anna):
    from portal import people

    api.put("/members/c-1", {"name": "Anna Wren"})
    member = people.by_ref("c-1")
    assert (member.name, member.email, member.country) == ("Anna Wren", "anna@example.com", "GB")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nonsense"}, "/email"),
        ({"email": "a@b\r\nBcc: c@d"}, "/email"),
        ({"birthday": "02-30"}, "/birthday"),
        ({"country": "XX"}, "/country"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"joined_at": "yesterday"}, "/joined_at"),
        ({"consents": {"marketing": "yes"}}, "/consents/marketing"),
        ({"name": "x" * 121}, "/name"),
    ],
)
def test_what_cannot_be_true_of_a_member_is_refused(demo, api: Api, change, pointer):
    before = written()
    told = api.put("/members/c-1", make.member() | change, 422)
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert written() == before


def test_a_member_nobody_knows_is_missing(demo, api: Api):
    for path in ("/members/nobody", "/members/nobody/entries"):
        assert api.get(path, 404)["code"] == "unknown_member"


def test_an_order_over_the_step_begins_the_tier_on_its_day(demo, api: Api, anna):
    api.put("/orders/1", make.order("250.00"))
    state = api.get("/members/c-1")
    assert state["tier"] == {
        "key": "silver",
        "source": "earned",
        "since": "2026-06-10",
        "until": "2027-12-31",
    }
    assert state["progress"]["next"] == {
        "tier": "gold", "metric": "spend", "have": "250.00", "need": "500.00", "by": "2026-12-31",
    }  # fmt: skip
    assert state["progress"]["keep"] is None, "it is hers to the end of next year already"


def test_what_it_takes_to_keep_a_tier_is_told_in_its_last_year(demo, clock, api: Api, anna):
    api.put("/orders/1", make.order("250.00"))
    clock.shift(timedelta(days=300))
    keep = api.get("/members/c-1")["progress"]["keep"]
    assert keep == {"tier": "silver", "metric": "spend", "have": "0.00", "need": "200.00", "by": "2027-12-31"}


@pytest.mark.both_engines
def test_entries_come_newest_first_page_by_page(one_a_pound, api: Api, anna):
    for number in range(1, 6):
        api.put(f"/orders/{number}", make.order(f"{number}.00"))
    first = api.get("/members/c-1/entries?limit=2")
    assert [entry["ref"] for entry in first["entries"]] == ["main/5", "main/4"]
    second = api.get(f"/members/c-1/entries?limit=2&cursor={first['next_cursor']}")
    third = api.get(f"/members/c-1/entries?limit=2&cursor={second['next_cursor']}")
    assert [entry["ref"] for entry in second["entries"] + third["entries"]] == ["main/3", "main/2", "main/1"]
    assert third["next_cursor"] is None


def test_an_entry_explains_itself(demo, api: Api, anna):
    api.put("/orders/1", make.order("20.00"))
    newest, welcome = api.get("/members/c-1/entries")["entries"]
    assert newest["kind"] == "earned"
    assert newest["change"] == {"available": 0, "pending": 100, "owed": 0}
    assert newest["after"] == {"available": 100, "pending": 100, "owed": 0}
    assert newest["explanation"]["facts"]["fired"][0]["rule"] == "every-purchase"
    assert newest["explanation"]["text"][0] == "Order 1"
    assert newest["programme_version"] == demo
    assert welcome["lots"] == [{"expires": None, "points": 100}]
    assert welcome["explanation"]["text"]


def test_a_member_has_her_own_entries_only(one_a_pound, api: Api, anna):
    api.put("/members/c-2", make.member("bea@example.com"))
    api.put("/orders/1", make.order("20.00"))
    assert api.get("/members/c-2/entries") == {"entries": [], "next_cursor": None}

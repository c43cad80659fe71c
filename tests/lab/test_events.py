"""Event lines as they are read: what each type takes, what is refused with which code, and what is left unread."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal.errors import Refused
from portal.lab.events import LINES, AttributeLine, parse

AT = "2026-03-01T10:00:00Z"
CHILD = {"id": "k1", "nickname": "Bo", "birthday": "02-29"}
ORDER = {
    "version": 1, "member": {"id": "anna"}, "placed_at": AT, "status": "paid", "currency": "GBP",
    "lines": [{"id": "1", "amount": "10.00"}],
}  # fmt: skip


def read(kind: str, **fields: Any) -> Any:
    """What a line of this type says; a refusal as it is."""
    return parse(json.dumps({"at": AT, "type": kind, **fields}).encode())[1]


def test_every_type_of_the_contract_is_read():
    assert set(LINES) == {
        *(
            "member",
            "order",
            "activity",
            "attribute",
            "plan",
            "redeem",
            "undo",
            "use",
            "donate",
            "choose_charity",
        ),
        *("choose_bonus_day", "clock"),
    }


def test_an_activity_has_a_quantity_of_one_and_no_attributes_unless_it_says_so():
    line = read("activity", id="a-1", member="anna", activity="review")
    assert (line.id, line.quantity, line.attributes, line.at) == (
        "a-1", 1, {}, datetime(2026, 3, 1, 10, tzinfo=UTC),
    )  # fmt: skip
    line = read(
        "activity", id="a-2", member="anna", activity="miles", quantity=-5, attributes={"country": "KE"}
    )
    assert (line.quantity, line.attributes) == (-5, {"country": "KE"})


def test_a_fact_is_told_by_day_or_by_instant():
    line = read("attribute", member="anna", name="store_card", value=True, since="2026-03-02", until=AT)
    assert isinstance(line, AttributeLine)
    assert (line.since, line.until) == (date(2026, 3, 2), datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert read("attribute", member="anna", name="student", value=False).until is None


def test_a_member_may_have_children_and_a_day_may_be_chosen():
    assert read("member", member="anna", data={"profiles": [CHILD]}).data.profiles[0].child.nickname == "Bo"
    assert read("choose_bonus_day", member="anna", date="2026-12-24").date == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("kind", "fields", "code", "pointer"),
    [
        ("activity", {"member": "anna", "activity": "review"}, "missing_field", "/id"),
        ("activity", {"id": "a", "activity": "review"}, "missing_field", "/member"),
        ("activity", {"id": "a", "member": "anna"}, "missing_field", "/activity"),
        (
            "activity",
            {"id": "a", "member": "anna", "activity": "r", "quantity": 1.5},
            "bad_value",
            "/quantity",
        ),
        (
            "activity",
            {"id": "a", "member": "anna", "activity": "r", "attributes": []},
            "bad_value",
            "/attributes",
        ),
        ("attribute", {"member": "anna", "name": "x"}, "missing_field", "/value"),
        ("attribute", {"member": "anna", "value": True}, "missing_field", "/name"),
        ("attribute", {"member": "anna", "name": "x", "value": "gold"}, "bad_value", "/value"),
        ("attribute", {"member": "anna", "name": "a/b", "value": True}, "bad_value", "/name"),
        (
            "attribute",
            {"member": "anna", "name": "x", "value": True, "until": "2026-13-01"},
            "bad_value",
            "/until",
        ),
        ("choose_bonus_day", {"member": "anna"}, "missing_field", "/date"),
        ("choose_bonus_day", {"member": "anna", "date": "2026-02-29"}, "bad_value", "/date"),
        ("choose_bonus_day", {"member": "anna", "date": "9999-01-01"}, "bad_value", "/date"),
        ("member", {"member": "anna", "data": {"profiles": [CHILD] * 2}}, "bad_value", "/data/profiles"),
        ("member", {"member": "anna", "data": {"profiles": [{"id": "k"}]}}, "missing_field", None),
        ("bonus_day", {}, "unknown_type", "/type"),
    ],
)
def test_a_line_that_is_not_good_says_where(kind, fields, code, pointer):
    refused = read(kind, **fields)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert pointer is None or refused.pointer == pointer


@pytest.mark.parametrize(
    ("kind", "fields", "unread"),
    [
        ("clock", {}, []),
        ("clock", {"mood": 1, "date": "x"}, ["date", "mood"]),
        ("member", {"member": "a", "data": {"name": "A", "hair": "red"}}, ["data/hair"]),
        ("member", {"member": "a", "data": {"consents": {"cookies": True}}}, ["data/consents/cookies"]),
        ("member", {"member": "a", "data": {"profiles": [CHILD | {"shoe": 31}]}}, ["data/profiles/shoe"]),
        ("activity", {"id": "1", "member": "a", "activity": "r", "attributes": {"any": 1}}, []),
        ("order", {"order": "1", "data": ORDER}, []),
        ("order", {"order": "1", "data": ORDER | {"till": 4}}, ["data/till"]),
        (
            "order",
            {"order": "1", "data": ORDER | {"lines": [{"id": n, "colour": "red", "size": 4} for n in "12"]}},
            ["data/lines/colour", "data/lines/size"],
        ),
        (
            "order",
            {"order": "1", "data": ORDER | {"refunds": [{"lines": [{"why": 1}]}]}},
            ["data/refunds/lines/why"],
        ),
        ("order", {"order": "1", "data": {"lines": [[[["deep"]]]], "member": "anna"}}, []),
    ],
)
def test_fields_that_nobody_knows_are_named_at_any_depth_and_once(kind, fields, unread):
    assert parse(json.dumps({"at": AT, "type": kind, **fields}).encode())[2] == unread


def test_lists_in_lists_break_nothing():
    deep = "[" * 900 + "]" * 900
    line = f'{{"at": "{AT}", "type": "order", "order": "1", "data": {{"lines": {deep}}}}}'
    assert parse(line.encode())[2] == []

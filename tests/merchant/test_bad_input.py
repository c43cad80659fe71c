"""What is wrong is told with a stable code and a pointer, and nothing is written."""

import json
from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import Api, written


def told_at(answer: Any) -> dict[str, str]:
    """Code by pointer of a refusal."""
    return {error["pointer"]: error["code"] for error in answer["errors"]}


ORDERS: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("a member nobody knows", make.order(member="nobody"), 422, "unknown_member", "/member/id"),
    ("tomorrow and more", make.order(placed_at="2026-06-11T09:31:00Z"), 422, "in_the_future", "/placed_at"),
    ("an amount below zero", make.order("-1.00"), 422, "bad_value", "/lines/0/amount"),
    ("an amount too precise", make.order("5.00", "1.005"), 422, "too_precise", "/lines/1/amount"),
    ("shipping too precise", make.order(shipping="0.001"), 422, "too_precise", "/shipping"),
    ("an amount as a number", make.order() | {"lines": [make.line() | {"amount": 20}]}, 422, "bad_value",
     "/lines/0/amount"),
    ("an amount in wide digits", make.order("１.00"), 422, "bad_value", "/lines/0/amount"),
    ("an amount with an exponent", make.order("1e3"), 422, "bad_value", "/lines/0/amount"),
    ("an amount beyond 64 bits", make.order(str(2**63)), 422, "bad_value", "/lines/0/amount"),
    ("no currency at all", make.order(currency="QQQ"), 422, "unknown_currency", "/currency"),
    ("a currency that is not accepted", make.order(currency="USD"), 422, "unknown_currency", "/currency"),
    ("a refund above the order", make.order("20.00", refunds=[make.refund("20.01")]), 422, "refund_exceeds_order",
     "/refunds/0"),
    ("refunds of a line above it", make.order("20.00", "9.00", refunds=[make.refund("10.00", "r1", line="2")]), 422,
     "refund_exceeds_order", "/refunds/0"),
    ("a discount above the lines", make.order(discount="20.01"), 422, "bad_value", "/discount"),
    ("a line twice", make.order() | {"lines": [make.line(), make.line()]}, 422, "bad_value", "/lines/1/id"),
    ("no version", {k: v for k, v in make.order().items() if k != "version"}, 422, "missing_field", "/version"),
    ("no lines", {k: v for k, v in make.order().items() if k != "lines"}, 422, "missing_field", "/lines"),
    ("a line without amount", make.order() | {"lines": [{"id": "1"}]}, 422, "missing_field", "/lines/0/amount"),
    ("nobody's order", make.order(member=None), 422, "missing_field", "/member"),
    ("no member", {k: v for k, v in make.order().items() if k != "member"}, 422, "missing_field", "/member"),
    ("a member without a name", make.order(member={}), 422, "bad_value", "/member"),
    ("a guest without an address", make.order(member=None, guest=True), 422, "missing_field", "/email"),
    ("a version that is null", make.order(version=None), 422, "bad_value", "/version"),
    ("a status of its own", make.order(status="shipped"), 422, "bad_value", "/status"),
    ("a time without a zone", make.order(placed_at="2026-06-10T09:00:00"), 422, "bad_value", "/placed_at"),
    ("a time as a number", make.order(placed_at=1765000000), 422, "bad_value", "/placed_at"),
    ("a version as text", make.order(version="1"), 422, "bad_value", "/version"),  # type: ignore[arg-type]
    ("a version as yes", make.order(version=True), 422, "bad_value", "/version"),
    ("a version of a half", make.order(version=1.5), 422, "bad_value", "/version"),  # type: ignore[arg-type]
    ("a list", [], 422, "bad_value", ""),  # type: ignore[list-item]
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"), [case[1:] for case in ORDERS], ids=[c[0] for c in ORDERS]
)
def test_a_bad_order_is_refused_with_its_pointer(demo, api: Api, anna, body, status, code, pointer):
    before = written()
    told = api.put("/orders/1", body, status)
    assert told["code"] == code
    assert told_at(told) == {pointer: code}
    assert written() == before


def test_every_fault_of_a_body_is_told_at_once(demo, api: Api, anna):
    told = api.put("/orders/1", {"version": -1, "status": "paid", "currency": "gbp", "lines": []}, 422)
    assert told_at(told) == {"/version": "bad_value", "/placed_at": "missing_field", "/currency": "bad_value"}


def test_a_refund_that_vanishes_is_a_conflict(demo, api: Api, anna):
    api.put("/orders/1", make.order("20.00", refunds=[make.refund("5.00")]))
    before = written()
    assert api.put("/orders/1", make.order("20.00", version=2), 409)["code"] == "conflict"
    assert written() == before


BODIES = [
    (b"", "nothing at all"),
    (b"{", "half an object"),
    (b"\xff\xfe{\x00}\x00", "not UTF-8"),
    ('{"version": 1, "name": "' + "ä" * 10 + '"}').encode("latin-1"),
    (b'{"version": NaN}', "NaN"),
    (b'{"version": Infinity}', "Infinity"),
    (b'{"version": 1, "version": 2}', "a name twice"),
    (b"[" * 100_000, "too deep"),
    (b'{"version": ' + b"9" * 5000 + b"}", "a number of 5,000 digits"),
]


@pytest.mark.parametrize("body", [body[0] if isinstance(body, tuple) else body for body in BODIES])
def test_what_is_not_json_is_refused(demo, api: Api, anna, body):
    before = written()
    answer = api.ask("PUT", "/orders/1", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_json")
    assert written() == before


def test_a_body_of_two_megabytes_is_refused(demo, api: Api, anna):
    before = written()
    body = json.dumps(make.order(name="x" * 2 * 1024 * 1024))
    answer = api.ask("PUT", "/orders/1", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert written() == before


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_what_is_not_sent_as_json_is_refused(demo, api: Api, anna, media_type):
    answer = api.ask("PUT", "/orders/1", data=json.dumps(make.order()), content_type=media_type)
    assert (answer.status_code, answer.json["code"]) == (415, "wrong_media_type")


@pytest.mark.both_engines
def test_letters_that_are_none_are_refused_or_kept_but_never_break_anything(demo, api: Api, anna):
    for name in ("\\ud800", "\\u0000", "\\u202e"):
        body = json.dumps(make.order()).replace('"Tea"', f'"{name}"')
        answer = api.ask("PUT", f"/orders/{name[1:]}", data=body, content_type="application/json")
        assert answer.status_code in (200, 422)
        body = json.dumps(make.member()).replace('"Anna Bell"', f'"{name}"')
        answer = api.ask("PUT", "/members/c-1", data=body, content_type="application/json")
        assert answer.status_code in (200, 422)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1700000000"])
def test_instants_at_the_ends_of_time_are_refused(demo, api: Api, anna, instant):
    told = api.put("/orders/1", make.order(placed_at=instant), 422)
    assert told["errors"][0]["pointer"] == "/placed_at"


@pytest.mark.both_engines
def test_an_id_that_cannot_be_is_refused(demo, api: Api, anna):
    for number in ("%00", "a%09b", "x" * 101):
        for path in (f"/orders/{number}", f"/members/{number}"):
            for method in ("PUT", "GET"):
                answer = api.ask(method, path, json=make.order() if method == "PUT" else None)
                assert answer.status_code == 422
                assert answer.json["errors"][0]["pointer"] == "/id"


def test_a_shop_may_send_more_than_we_read_and_nothing_of_it_counts(demo, api: Api, anna):
    body = make.order("20.00") | {"points": 5000, "tier": "gold", "kept": 9}
    assert api.put("/orders/1", body)["points"]["kept"] == 100
    api.put("/members/c-1", make.member() | {"points": {"available": 9999}, "tier": "gold", "member_id": "x"})
    assert api.get("/members/c-1")["tier"]["key"] == "member"
    assert api.points()["available"] == 100


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "limit=", "cursor=-1", "cursor=1.5"]
)
def test_a_page_that_cannot_be_is_refused(demo, api: Api, anna, query):
    assert api.get(f"/members/c-1/entries?{query}", 422)["code"] == "bad_value"


def test_an_address_or_a_method_that_is_not_there_is_told_as_a_problem(demo, api: Api):
    assert api.get("/nothing", 404)["code"]
    answer = api.ask("DELETE", "/orders/1")
    assert answer.status_code == 405
    assert "PUT" in answer.headers["Allow"]

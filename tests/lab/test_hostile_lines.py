"""Event lines that are not good: each is refused by its number, and the rest goes on."""

import pytest

from tests.lab.simulating import CAUSE, EARN, TEN_OFF, Simulate, at, buys, joins, points, simulate, told
from tests.programme.texts import small

__all__ = ["simulate"]


def test_lines_that_are_not_good_are_refused_by_number_and_the_rest_goes_on(simulate: Simulate):
    lines = [
        joins(),
        "",
        "{",
        "[]",
        at("2026-01-02", "dance"),
        {"at": "2026-01-02T10:00:00Z"},
        {"type": "clock"},
        {"at": "yesterday", "type": "clock"},
        at("2026-01-01", "clock"),
        at("2026-01-02", "redeem", member="nobody", reward="ten-off"),
        at("2026-01-02", "redeem", member="anna", reward="nothing"),
        at("2026-01-02", "donate", member="anna", charity="nobody", points=1),
        at("2026-01-02", "activity", id="a1", member="anna", activity="account"),
        at("2026-01-02", "order", order="o9", data={"version": 1}),
        at("2026-01-02", "redeem", member="anna"),
        buys("2026-01-03", "10.00"),
    ]
    result = simulate(lines, "--json")
    outcome = told(result, 1)
    assert [(r["line"], r["code"]) for r in outcome["refused"]] == [
        (3, "bad_json"), (4, "bad_json"), (5, "unknown_type"), (6, "missing_field"), (7, "missing_field"),
        (8, "bad_value"), (9, "time_goes_back"), (10, "unknown_member"), (11, "unknown_key"), (12, "unknown_key"),
        (13, "not_allowed"), (14, "missing_field"), (15, "missing_field"),
    ]  # fmt: skip
    assert points(outcome)["pending"] == 10
    assert "events.jsonl:3: bad_json" in result.stderr


HALF = "\\ud800"  # half of a letter: JSON may have it, no text can


def on(kind: str, *fields: str) -> str:
    """A line as text, so that it can be what `json.dumps` would never write."""
    return ", ".join(['{"at": "2026-01-02T10:00:00Z"', f'"type": {kind}', *fields]) + "}"


GIFT = ('"donate"', '"member": "anna"', '"charity": "wildlife"')
HOSTILE = {
    "a type that is a list": on('["clock"]'),
    "a type that is an object": on('{"clock": 1}'),
    "half a letter as a type": on(f'"{HALF}"'),
    "half a letter as a name": on('"member"', '"member": "bea"', f'"data": {{"name": "{HALF}"}}'),
    "half a letter as an id": on('"member"', f'"member": "{HALF}"', '"data": {}'),
    "half a letter as a ref": on('"undo"', f'"ref": "{HALF}"'),
    "half a letter as a reward": on('"use"', '"member": "anna"', f'"reward": "{HALF}"', '"order": "1"'),
    "half a letter as a charity": on('"donate"', '"member": "anna"', f'"charity": "{HALF}"'),
    "a number of 5,000 digits": on(*GIFT, f'"points": {"9" * 5000}'),
    "a number beyond all numbers": on(*GIFT, '"points": 1e400'),
    "a gift below nothing": on(*GIFT, '"points": -5'),
    "objects in objects": on('"order"', '"order": "1"', '"data": ' + '{"a":' * 3000 + "1" + "}" * 3000),
    "lists in lists": on('"order"', '"order": "1"', '"data": ' + "[" * 100_000 + "]" * 100_000),
    "the first instant there is": '{"at": "0001-01-01T00:00:00+14:00", "type": "clock"}',
    "the last instant there is": '{"at": "9999-12-31T23:59:59-14:00", "type": "clock"}',
    "a plan paid to the end of time": on(
        '"plan"', '"member": "anna"', '"plan": "m"', '"change": "started"', '"paid_until": "9999-12-31"'
    ),
    "a NUL": "\x00",
}
MONTHLY = '[[plans]]\nkey = "m"\nlabel = "M"\ninterval = "month"\nprice = "3.00"\n'


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_is_one_refused_line(simulate: Simulate, line: str):
    lines = [joins("2026-01-01"), line, buys("2026-01-03", "10.00")]
    outcome = told(simulate(lines, "--json", programme=small(EARN, TEN_OFF, CAUSE, MONTHLY)), 1)
    assert points(outcome)["pending"] == 10
    (refused,) = outcome["refused"]
    assert refused["line"] == 2
    assert refused["code"] in ("bad_json", "bad_value", "unknown_type", "unknown_key")


def test_at_the_end_of_the_years_everything_still_has_a_day(simulate: Simulate):
    late = "9949-12-31"
    lines = [
        joins(late),
        buys(late, "500.00"),
        at(late, "plan", member="anna", plan="m", change="started", paid_until="9949-12-31"),
        at(late, "plan", member="anna", plan="m", change="payment_failed"),
        at(late, "redeem", member="anna", reward="ten-off"),
    ]
    text = small(EARN.replace("14", "0"), TEN_OFF.replace("30", "3650"), MONTHLY)
    outcome = told(simulate(lines, "--json", "--at", late, programme=text))
    assert outcome["members"]["anna"]["rewards"][0]["expires"] == "9959-12-29"
    for when in ("9999-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00"):
        assert simulate(lines, "--at", when, programme=text).exit_code == 2


def test_a_ref_that_a_line_has_taken_keeps_nobody_from_a_gift(simulate: Simulate):
    """Issued rewards have refs of one form (Reading 11); a line may have used one of them for its own."""
    lines = [
        joins("2026-01-01"),
        joins("2026-01-01", member="bob"),
        buys("2026-01-01", "500.00"),
        at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="ten-off:bob:1"),
        at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="ten-off:cleo:1"),
        at("2026-01-21", "member", member="cleo", data={"name": "Cleo"}, referred_by="bob"),
        buys("2026-01-21", "50.00", order="c1", member={"id": "cleo"}),
        at("2026-03-01", "clock"),
    ]
    given = (
        '[referral]\n[[referral.offers]]\nfriend = { reward = "ten-off" }\ninviter = { reward = "ten-off" }\n'
    )
    outcome = told(simulate(lines, "--json", programme=small(EARN, TEN_OFF, given)))
    refs = {
        member: [one["ref"] for one in outcome["members"][member]["rewards"]] for member in ("bob", "cleo")
    }
    assert refs == {"bob": ["ten-off:bob:2"], "cleo": ["ten-off:cleo:2"]}


def test_a_field_that_a_line_does_not_know_is_a_warning_on_stderr(simulate: Simulate):
    result = simulate([joins(), at("2026-01-02", "clock", **{"mood": "fine", "a\nb\x1b[31m": 1})], "--json")
    assert "line 2: 'mood'" in result.stderr
    assert r"line 2: 'a\nb\x1b[31m' is not known" in result.stderr
    assert told(result)["as_of"] == "2026-01-02T10:00:00Z"

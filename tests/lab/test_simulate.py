"""`portal simulate`: event lines through the same verbs as live, on a database that is thrown away."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from portal.db import migrate
from tests.programme.texts import small

EARN = '[orders]\npending_days = 14\n[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
TEN_OFF = (
    '[[rewards]]\nkey = "ten-off"\nlabel = "Ten"\nprice = 100\nkind = "money-off"\nvalue = "10.00"\n'
    "valid_days = 30\n"
)
CAUSE = '[[charities]]\nkey = "wildlife"\nlabel = "Wildlife"\n'
Simulate = Callable[..., Result]


@pytest.fixture
def simulate(tmp_path: Path) -> Simulate:
    """Run lines (objects, or text as it stands) through a programme's text; options as on the command line."""

    def run(lines: list[Any], *options: str, programme: str = small(EARN, TEN_OFF, CAUSE)) -> Result:
        events = tmp_path / "events.jsonl"
        events.write_text(
            "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        )
        shop = tmp_path / "small.toml"
        shop.write_text(programme)
        return CliRunner().invoke(portal, ["simulate", str(shop), str(events), *options])

    return run


def at(day: str, kind: str, **fields: Any) -> dict[str, Any]:
    """A line of a day at 10 in the morning, UTC."""
    return {"at": f"{day}T10:00:00Z", "type": kind, **fields}


def joins(day: str = "2026-01-01", member: str = "anna") -> dict[str, Any]:
    return at(day, "member", member=member, data={"email": f"{member}@example.com", "name": member.title()})


def buys(day: str, amount: str, order: str = "o1", version: int = 1, **data: Any) -> dict[str, Any]:
    body = {
        "version": version, "member": {"id": "anna"}, "placed_at": f"{day}T10:00:00Z", "status": "paid",
        "currency": "GBP", "lines": [{"id": "1", "amount": amount}], **data,
    }  # fmt: skip
    return at(day, "order", order=order, data=body)


def told(result: Result, exit_code: int = 0) -> dict[str, Any]:
    """The JSON on stdout."""
    assert result.exit_code == exit_code, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def points(outcome: dict[str, Any], member: str = "anna") -> dict[str, Any]:
    found: dict[str, Any] = outcome["members"][member]["points"]
    return found


def test_a_small_life_ends_where_the_rules_say(simulate: Simulate):
    outcome = told(
        simulate(
            [
                joins(), buys("2026-01-05", "250.00"),
                at("2026-02-01", "redeem", member="anna", reward="ten-off", ref="first"),
                at("2026-02-02", "donate", member="anna", charity="wildlife", points=50),
            ],
            "--json",
        )
    )  # fmt: skip
    assert {name: points(outcome)[name] for name in ("available", "earned", "spent", "donated")} == {
        "available": 100, "earned": 250, "spent": 100, "donated": 50,
    }  # fmt: skip
    assert outcome["as_of"] == "2026-02-02T10:00:00Z"
    assert outcome["totals"]["donated"] == {"wildlife": {"amount": "0.50", "currency": "GBP"}}
    assert outcome["totals"]["members"] == 1
    assert outcome["refused"] == []


def test_the_same_lines_give_the_same_bytes(simulate: Simulate, monkeypatch: pytest.MonkeyPatch):
    lines = [
        joins(),
        joins(member="ben"),
        buys("2026-01-05", "250.00"),
        at("2026-02-01", "redeem", member="anna", reward="ten-off"),
    ]
    first = simulate(lines, "--json").stdout
    assert simulate(lines, "--json").stdout == first
    monkeypatch.setattr(
        "portal.cli.simulating.migrate", migrate
    )  # as outside of tests, where nothing is copied
    assert simulate(lines, "--json").stdout == first


def test_what_waits_matures_before_the_line_of_its_day(simulate: Simulate):
    redeem = {"member": "anna", "reward": "ten-off"}
    early = told(
        simulate([joins(), buys("2026-01-05", "100.00"), at("2026-01-18", "redeem", **redeem)], "--json"), 1
    )
    assert early["refused"][0]["code"] == "not_enough_points"
    in_time = told(
        simulate([joins(), buys("2026-01-05", "100.00"), at("2026-01-19", "redeem", **redeem)], "--json")
    )
    assert points(in_time)["spent"] == 100


def test_a_bought_reward_that_nobody_used_gives_its_points_back_on_its_day(simulate: Simulate):
    lines = [
        joins(),
        buys("2026-01-05", "100.00"),
        at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="r"),
    ]
    assert points(told(simulate(lines, "--json", "--at", "2026-02-19")))["spent"] == 100
    assert points(told(simulate(lines, "--json", "--at", "2026-02-20")))["spent"] == 0


def test_at_a_day_is_its_end_and_later_lines_are_not_read(simulate: Simulate):
    lines = [joins(), buys("2026-01-05", "100.00"), buys("2026-01-06", "50.00", order="o2"), "nonsense"]
    outcome = told(simulate(lines, "--json", "--at", "2026-01-05"))
    assert (outcome["as_of"], points(outcome)["pending"], outcome["refused"]) == (
        "2026-01-05T23:59:59Z",
        100,
        [],
    )
    ahead = told(simulate(lines[:-1], "--json", "--at", "2026-03-01T00:00:00Z"))
    assert (ahead["as_of"], points(ahead)["available"]) == ("2026-03-01T00:00:00Z", 150)


def test_an_undo_gives_back_and_a_use_makes_it_final(simulate: Simulate):
    lines = [
        joins(), buys("2026-01-05", "300.00"),
        at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="one"),
        at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="two"),
        at("2026-01-21", "undo", ref="one"),
        at("2026-01-22", "use", member="anna", reward="ten-off", order="later"),
        at("2026-01-23", "use", ref="two", order="later"),
        at("2026-01-23", "use", ref="two", order="another"),
        at("2026-01-23", "undo", ref="two"),
    ]  # fmt: skip
    outcome = told(simulate(lines, "--json"), 1)
    assert [(r["line"], r["code"]) for r in outcome["refused"]] == [(8, "already_used"), (9, "already_used")]
    assert (points(outcome)["spent"], points(outcome)["available"]) == (100, 200)


def test_a_ref_left_out_is_the_lines_number_and_repeats_nothing(simulate: Simulate):
    again = at("2026-01-20", "redeem", member="anna", reward="ten-off", ref="same")
    lines = [
        joins(),
        buys("2026-01-05", "300.00"),
        again,
        again,
        at("2026-01-20", "redeem", member="anna", reward="ten-off"),
    ]
    assert points(told(simulate(lines, "--json")))["spent"] == 200
    undone = [*lines, at("2026-01-21", "undo", ref="line-5")]
    assert points(told(simulate(undone, "--json")))["spent"] == 100


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


REFERRAL = "[referral]\n[[referral.offers]]\nfriend = { points = 20 }\ninviter = { points = 50 }\n"


def test_a_friend_brings_both_their_gifts_thirty_days_after_the_first_order(simulate: Simulate):
    friend = joins("2026-01-02", "ben") | {"referred_by": "anna"}
    order = buys("2026-01-05", "100.00")
    order["data"]["member"] = {"id": "ben"}
    text = small(EARN, TEN_OFF, CAUSE, REFERRAL)
    before = told(simulate([joins(), friend, order], "--json", "--at", "2026-02-03", programme=text))
    assert (points(before)["available"], points(before, "ben")["available"]) == (0, 120)
    assert before["members"]["anna"]["referral"] | {"code": ""} == {
        "code": "",
        "joined": 1,
        "pending": 1,
        "rewarded": 0,
    }
    after = told(simulate([joins(), friend, order], "--json", "--at", "2026-02-04", programme=text))
    assert (points(after)["available"], after["members"]["anna"]["referral"]["rewarded"]) == (50, 1)


@pytest.mark.parametrize("inviter", ["ben", "nobody"])
def test_a_referral_that_does_not_count_is_a_warning_and_the_friend_joins(simulate: Simulate, inviter: str):
    friend = joins("2026-01-02", "ben") | {"referred_by": inviter}
    result = simulate([joins(), friend], "--json", programme=small(EARN, REFERRAL))
    assert points(told(result), "ben")["available"] == 0
    assert "line 2: The referral does not count. Nobody has this code." in result.stderr


def test_an_empty_file_has_nobody(simulate: Simulate):
    outcome = told(simulate([""], "--json"))
    assert (outcome["as_of"], outcome["members"], outcome["totals"]["members"]) == (None, {}, 0)
    assert "0 members" in simulate([""]).stdout


def test_a_file_may_begin_with_a_byte_order_mark(simulate: Simulate):
    assert points(told(simulate(["\ufeff" + json.dumps(joins())], "--json")))["available"] == 0


@pytest.mark.parametrize("offset", ["+05:30", "-09:00"])
def test_instants_are_answered_in_utc(simulate: Simulate, offset: str):
    outcome = told(simulate([joins(), {"at": f"2026-02-01T12:00:00{offset}", "type": "clock"}], "--json"))
    here = datetime.fromisoformat(f"2026-02-01T12:00:00{offset}").astimezone(UTC)
    assert outcome["as_of"] == outcome["members"]["anna"]["as_of"] == f"{here:%Y-%m-%dT%H:%M:%SZ}"
    ahead = told(simulate([joins()], "--json", "--at", f"2026-03-01T00:00:00{offset}"))
    assert ahead["as_of"].endswith("Z")


def test_totals_have_the_fields_of_a_members_points_added_up(simulate: Simulate):
    cleo = buys("2026-01-06", "40.00", "o2", member={"id": "cleo"})
    outcome = told(simulate([joins(), joins(member="cleo"), buys("2026-01-05", "100.00"), cleo], "--json"))
    both, totals = [points(outcome, who) for who in ("anna", "cleo")], outcome["totals"]["points"]
    assert totals.keys() == both[0].keys()
    assert totals["pending"] == 140
    assert totals["maturing"] == [one for state in both for one in state["maturing"]]


def test_a_programme_that_is_wrong_prints_its_faults_and_no_json(simulate: Simulate):
    result = simulate([joins()], "--json", programme=small(currency='"gbp"'))
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'write "GBP"' in result.stderr


@pytest.mark.parametrize("when", ["", "2026-W05-1", "tomorrow", "2026-01-01T10:00:00", "2026-13-01"])
def test_an_instant_that_is_none_is_wrong_usage(simulate: Simulate, when: str):
    result = simulate([joins()], "--json", "--at", when)
    assert (result.exit_code, result.stdout) == (2, "")


def test_without_json_the_totals_are_told_in_words(simulate: Simulate):
    result = simulate([joins(), buys("2026-01-05", "100.00")])
    assert "Small shop as of 2026-01-05T10:00:00Z: 1 members" in result.stdout
    assert "100 pending" in result.stdout


def test_nothing_is_left_behind_and_the_live_database_is_not_touched(
    simulate: Simulate, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path / "live"))
    assert simulate([joins()]).exit_code == 0
    assert not (tmp_path / "live").exists()

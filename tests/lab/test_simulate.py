"""`portal simulate`: event lines through the same verbs as live, on a database that is thrown away."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.db import migrate
from tests.lab.simulating import CAUSE, EARN, TEN_OFF, Simulate, at, buys, joins, points, simulate, told
from tests.programme.texts import small

__all__ = ["simulate"]


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

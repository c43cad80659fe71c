"""A file of orders is a year to try a programme on: `portal simulate PROGRAMME orders.csv`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from tests.programme.texts import small

ONE = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
HEAD = "order,member,email,placed_at,amount,currency,refund_of"
Csv = Callable[..., Path]
Try = Callable[..., Result]


@pytest.fixture
def try_on(tmp_path: Path) -> Try:
    """Run the small programme over a file."""

    def run(file: Path, *options: str) -> Result:
        (tmp_path / "shop.toml").write_text(small(ONE))
        return CliRunner().invoke(portal, ["simulate", str(tmp_path / "shop.toml"), str(file), *options])

    return run


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_who_buys_joins_at_her_first_order_and_a_refund_takes_back_on_its_day(try_on: Try, csv_file: Csv):
    file = csv_file(
        HEAD,
        "o2,anna,,2026-02-01T10:00:00Z,20.00,GBP,",
        "o1,anna,,2026-01-05T10:00:00Z,50.00,GBP,",
        "o3,ben,,2026-03-01T10:00:00Z,8.00,GBP,",
        "r1,anna,,2026-04-01T10:00:00Z,-30.00,GBP,o1",
    )
    outcome = told(try_on(file, "--json"))
    points = {ref: state["points"]["earned"] for ref, state in outcome["members"].items()}
    assert points == {"anna": 40, "ben": 8}
    assert outcome["members"]["anna"]["joined"] == "2026-01-05T10:00:00Z"
    assert told(try_on(file, "--json", "--at", "2026-03-31"))["members"]["anna"]["points"]["earned"] == 70


def test_who_has_only_an_address_is_known_by_it(try_on: Try, csv_file: Csv):
    file = csv_file(
        HEAD,
        "o1,,Anna@example.com,2026-01-05T10:00:00Z,50.00,GBP,",
        "o2,,anna@example.com ,2026-01-06T10:00:00Z,20.00,GBP,",
        "o3,b-7,ben@example.com,2026-01-07T10:00:00Z,5.00,GBP,",
        "o4,,ben@example.com,2026-01-08T10:00:00Z,6.00,GBP,",
    )
    members = told(try_on(file, "--json"))["members"]
    assert {ref: state["points"]["earned"] for ref, state in members.items()} == {
        "anna@example.com": 70,
        "b-7": 11,
    }


def test_what_cannot_be_taken_is_told_with_the_line_of_the_file(try_on: Try, csv_file: Csv):
    file = csv_file(
        HEAD,
        "o1,anna,,2026-01-05T10:00:00Z,50.00,GBP,",
        "o2,anna,,yesterday,20.00,GBP,",
        "o3,anna,,2026-01-07T10:00:00Z,5.00,EUR,",
    )
    result = try_on(file, "--json")
    assert result.exit_code == 1
    refused = json.loads(result.stdout)["refused"]
    assert [(one["line"], one["code"]) for one in refused] == [(3, "bad_value"), (4, "unknown_currency")]
    assert json.loads(result.stdout)["totals"]["refused"] == 2
    assert "orders.csv:4: unknown_currency" in result.stderr


def test_a_file_in_another_currency_is_not_told_line_by_line_for_ever(try_on: Try, csv_file: Csv):
    file = csv_file(HEAD, *(f"o{at},anna,,2026-01-{at:02}T10:00:00Z,5.00,USD," for at in range(1, 27)))
    result = try_on(file)
    assert result.stderr.count("unknown_currency") == 20
    assert "... and 6 more; --json lists them all" in result.stderr


def test_a_mapping_says_which_column_is_what(try_on: Try, tmp_path: Path, csv_file: Csv):
    file = csv_file("nr,buyer,day,pence", "1,anna,2026-01-05,5000", name="till.csv")
    mapping = tmp_path / "till.toml"
    mapping.write_text(
        'name = "till"\ncurrency = "GBP"\namounts = "minor"\n'
        '[columns]\norder = "nr"\nmember = "buyer"\nplaced_at = "day"\namount = "pence"\n'
    )
    assert told(try_on(file, "--json", "--map", str(mapping)))["members"]["anna"]["points"]["earned"] == 50
    wrong = try_on(file)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "choose another --map, or write one" in wrong.stderr


def test_a_mapping_is_for_files_of_orders_alone(try_on: Try, tmp_path: Path):
    events = tmp_path / "events.jsonl"
    events.write_text("")
    result = try_on(events, "--map", "generic")
    assert result.exit_code == 2
    assert "--map is for a CSV file of orders" in result.output


def test_two_programmes_are_compared_on_it(try_on: Try, tmp_path: Path, csv_file: Csv):
    file = csv_file(
        HEAD, "o1,anna,,2026-01-05T10:00:00Z,50.00,GBP,", "o2,ben,,2026-01-05T10:00:00Z,1.00,GBP,"
    )
    (tmp_path / "before.toml").write_text(small(ONE.replace("1\n", "2\n")))
    comparison = told(try_on(file, "--json", "--compare", str(tmp_path / "before.toml")))
    assert (comparison["gain"], comparison["lose"], comparison["same"]) == (0, 2, 0)

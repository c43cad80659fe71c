"""`portal simulate --compare`: what another programme would have done on the same lines, to the cent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from tests.programme.texts import small

ONE = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
TWO = ONE.replace("points = 1", "points = 2")
SILVER = '[[tiers]]\nkey = "silver"\nlabel = "Silver"\nentry = [{{ metric = "spend", amount = "{}" }}]\n'
TEN = '[[rewards]]\nkey = "ten"\nlabel = "Ten"\nkind = "money-off"\nvalue = "10.00"\n'
STEP = '[[steps]]\nkey = "hundred"\nlabel = "Each hundred"\nper = "100.00"\ngives = { reward = "ten" }\n'
Compare = Callable[..., Result]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    def run(before: str, after: str, lines: list[dict[str, Any]], *options: str) -> Result:
        for name, text in (("before", before), ("after", after)):
            (tmp_path / f"{name}.toml").write_text(text)
        events = tmp_path / "events.jsonl"
        events.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
        files = [str(tmp_path / name) for name in ("before.toml", "after.toml", "events.jsonl")]
        return CliRunner().invoke(portal, ["simulate", "--compare", *files, *options])

    return run


def line(day: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"at": f"2026-03-{day:02}T10:00:00Z", "type": kind, **fields}


def buys(member: str, day: int, amount: str) -> dict[str, Any]:
    body = {
        "version": 1, "member": {"id": member}, "placed_at": f"2026-03-{day:02}T10:00:00Z", "status": "paid",
        "currency": "GBP", "lines": [{"id": "1", "amount": amount}],
    }  # fmt: skip
    return line(day, "order", order=f"{member}-{day}", data=body)


LIFE = [
    line(1, "member", member="anna", data={}),
    line(1, "member", member="ben", data={}),
    buys("anna", 2, "250.00"),
    buys("ben", 3, "40.00"),
]


def test_who_moves_who_gains_and_what_it_costs(compare: Compare):
    before = small(ONE, SILVER.format("300.00"), TEN, STEP)
    after = small(TWO, SILVER.format("200.00"), TEN, STEP)
    use = [line(4, "use", member="anna", reward="ten", order="anna-2")]
    told = json.loads(compare(before, after, LIFE + use, "--json").stdout)
    assert told["moves"] == [{"from": "member", "to": "silver", "members": 1}]
    assert (told["gain"], told["lose"], told["same"]) == (2, 0, 0)
    # Anna: 250 points and two tens against 500 and two tens; Ben: 40 against 80. A point is a penny.
    assert told["members"]["anna"] == {"tier": ["member", "silver"], "given": [2250, 2500], "change": 250}
    assert told["members"]["ben"]["given"] == [40, 80]
    assert told["totals"]["before"] == {"members": 2, "given": 2290, "cost": 1000, "liability": 1290}
    assert told["totals"]["after"] == {"members": 2, "given": 2580, "cost": 1000, "liability": 1580}
    assert told["totals"]["difference"] == {"members": 0, "given": 290, "cost": 0, "liability": 290}
    assert told["tiers"]["silver"]["before"]["members"] == 0
    assert told["tiers"]["silver"]["after"] == {"members": 1, "given": 2500, "cost": 1000, "liability": 1500}


def test_the_same_programme_changes_nothing_for_anybody(compare: Compare):
    told = json.loads(compare(small(ONE), small(ONE), LIFE, "--json").stdout)
    assert (told["gain"], told["lose"], told["same"], told["moves"]) == (0, 0, 2, [])
    assert set(told["totals"]["difference"].values()) == {0}


def test_for_people_it_is_a_table(compare: Compare):
    result = compare(small(ONE), small(TWO, SILVER.format("200.00")), LIFE)
    assert result.exit_code == 0, result.output
    assert "  members: 2 gain, 0 lose, 0 stay as they are" in result.stdout
    assert "  from member to silver: 1" in result.stdout
    assert "£2.90" in result.stdout


def test_tiers_stand_in_the_order_of_the_ladder_with_who_gains_and_loses_of_each(compare: Compare):
    ladder = (
        SILVER.format("200.00"),
        SILVER.format("900.00").replace("silver", "ace").replace("Silver", "Ace"),
    )
    fewer = '[[multipliers]]\nkey = "less"\nlabel = "Less"\nfactor = "0.5"\nwhen = {{ tiers = ["{}"] }}\n'
    more = [buys("anna", 5, "700.00"), buys("anna", 6, "10.00"), buys("ben", 7, "10.00")]
    told = json.loads(
        compare(small(ONE, *ladder), small(ONE, *ladder, fewer.format("ace")), LIFE + more, "--json").stdout
    )
    assert list(told["tiers"]) == [
        "member",
        "ace",
    ]  # as they rise, not by the alphabet; nobody ends in silver
    verdicts = {key: (one["gain"], one["lose"], one["same"]) for key, one in told["tiers"].items()}
    assert verdicts == {"member": (0, 0, 1), "ace": (0, 1, 0)}


def test_programmes_of_different_money_are_not_compared(compare: Compare):
    result = compare(small(ONE), small(ONE, currency='"USD"'), LIFE[:2])
    assert result.exit_code == 2
    assert "the programmes count in GBP and USD" in result.output

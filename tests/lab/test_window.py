"""Lines of one day told together leave what they leave told one by one, to the byte."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.lab import window

PEOPLE = ("anna", "ben", "cleo", "dora", "emma", "finn", "gus", "hanna")


def life(seed: int) -> list[dict[str, Any]]:
    """Random lines of a few days: members with and without an address, guests, orders in versions, nonsense."""
    dice = random.Random(seed)
    lines: list[dict[str, Any]] = []
    known: dict[str, int] = {}
    for minute in range(90):
        day, clock = 1 + minute // 30, f"{8 + minute % 30 // 6:02}:{minute % 6 * 10:02}"
        at = f"2026-03-{day:02}T{clock}:00Z"
        who, what = dice.choice(PEOPLE), dice.random()
        if what < 0.3:
            data: dict[str, Any] = dice.choice(
                [
                    {},
                    {"name": who.title()},
                    {"email": f"{who}@example.com", "email_verified": dice.random() < 0.5},
                    {"email": f" {who}@Example.com", "consents": {"marketing": True}},
                    {"email": f"{dice.choice(PEOPLE)}@example.com", "email_verified": dice.random() < 0.5},
                    {"email_verified": True, "email": None},
                ]
            )
            if dice.random() < 0.4:
                data["birthday"] = dice.choice(
                    ["02-28", "03-01", "03-02", "03-03", "03-04", "03-05", "08-01"]
                )
            if dice.random() < 0.3:
                data["timezone"] = dice.choice(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"])
            lines.append({"at": at, "type": "member", "member": who, "data": data})
        elif what < 0.9:
            number = dice.choice([f"o{minute}", *known]) if known and dice.random() < 0.4 else f"o{minute}"
            version = known[number] = known.get(number, 0) + dice.choice([1, 1, 1, 0])
            other = dice.choice(PEOPLE)
            member = dice.choice(
                [
                    {"id": who},
                    {"id": who, "email": f"{who}@example.com"},
                    {"id": who, "email": f"{other}@example.com"},
                    {"email": f"{who}@example.com"},
                ]
            )
            amount = dice.choice(
                ["0.99", "12.34", "120.00", "oops"] if minute % 20 == 0 else ["12.34", "120.00"]
            )
            body = {
                "version": version, "member": member, "placed_at": at,
                "status": dice.choice(["paid", "paid", "cancelled"]),
                "currency": "USD", "lines": [{"id": "1", "amount": amount}],
            }  # fmt: skip
            lines.append({"at": at, "type": "order", "order": number, "data": body})
        else:
            lines.append(
                {"at": at, "type": "activity", "id": f"a{minute}", "member": who, "activity": "review"}
            )
    return lines


@pytest.mark.parametrize("programme", ["smile-classic", "body-shop"])
@pytest.mark.parametrize("seed", range(4))
def test_together_and_one_by_one_come_to_the_same(
    programme: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    events = tmp_path / "events.jsonl"
    events.write_text("".join(f"{json.dumps(line)}\n" for line in life(seed)))

    def told() -> str:
        result = CliRunner().invoke(portal, ["simulate", programme, str(events), "--json"])
        assert result.exit_code in (0, 1), result.output
        return result.stdout

    together = told()
    monkeypatch.setattr(window, "MOST", 1)
    assert told() == together
    alone(monkeypatch)
    assert told() == together
    assert json.loads(together)["members"]


def test_who_joins_together_has_what_she_would_have_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # So few letters that codes are taken again and again, by members before and by others of the same window.
    monkeypatch.setattr("portal.referrals.service.LETTERS", "23")
    lines = []
    for number in range(40):
        data: dict[str, Any] = [
            {},
            {"name": "Anna"},
            {"name": "Anna", "consents": {"marketing": True}},
            {"name": "Anna", "email": f"a{number}@example.com", "email_verified": number % 8 > 3},
            {"name": "Anna", "email": f"A{number}@example.com ", "birthday": f"03-{number % 8 + 1:02}"},
        ][number % 5]
        if number % 7 == 0:
            data = {**data, "joined_at": "2026-02-01T12:00:00Z" if number % 2 else "2026-03-09T12:00:00Z"}
        at = f"2026-03-0{1 + number // 20}T12:00:00Z"
        lines.append({"at": at, "type": "member", "member": f"c-{number % 33}", "data": data})
    events = tmp_path / "events.jsonl"
    events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    def told() -> str:
        return CliRunner().invoke(portal, ["simulate", "demo", str(events), "--json"]).stdout

    together = told()
    alone(monkeypatch)
    assert told() == together
    outcome = json.loads(together)
    codes = [member["referral"]["code"] for member in outcome["members"].values()]
    assert len(set(codes)) == len(codes) == 31, "of the three refused ones, one joined by a later line"
    assert {member["points"]["available"] for member in outcome["members"].values()} > {100}


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing is told by the roads for many."""
    monkeypatch.setattr(window.joining, "put_fresh", lambda words, **_: [None] * len(words))
    monkeypatch.setattr(window.earning, "record_fresh", lambda tellings: [None] * len(tellings))

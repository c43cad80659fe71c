"""Runs many members' lines through the engine at once, and beside it a naive life of each; tells where they differ."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal.programme import Programme, parse
from tests.engine.kept import Line, Refusal
from tests.engine.naive import Life
from tests.engine.sums import instant

COMPARED = ("points", "tier", "plan", "rewards", "goals", "badges", "counters")


class Bench:
    """An app on an SQLite file that is put back to empty before each run."""

    def __init__(self, folder: Path, empty: Path) -> None:
        from portal import create_app
        from portal.config import Settings
        from portal.db import db

        self.folder, self.empty = folder, empty
        self.file = folder / "portal.sqlite"
        environ = {
            "ENV": "testing",
            "HOME": str(folder),
            "DATABASE_URL": f"sqlite:///{self.file}",
            "LOG_LEVEL": "error",
        }
        shutil.copy(empty, self.file)
        self.app: Flask = create_app(
            Settings.load({f"PORTAL_{name}": value for name, value in environ.items()})
        )
        with self.app.app_context():  # nobody cuts the power
            event.listen(
                db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF")
            )

    @contextmanager
    def empty_portal(self, source: str) -> Iterator[None]:
        """A context of its own on an empty database in which a programme is in force."""
        from portal import lab
        from portal import programme as programmes
        from portal.db import db, transact

        with self.app.app_context():
            programmes.refresh()
        with self.app.app_context():  # by now nothing of the run before holds a connection
            db.engine.dispose()
        for file in self.folder.glob("portal.sqlite-*"):
            file.unlink()
        fresh = self.folder / "fresh.sqlite"
        shutil.copy(self.empty, fresh)
        fresh.replace(self.file)
        with self.app.app_context():
            transact(lambda: programmes.publish(source, lab.BEFORE_ALL))
            yield

    def simulate(self, source: str, lines: list[Line], until: datetime) -> dict[str, Any]:
        """The answer of `portal simulate --json --at`, as an object."""
        from portal import lab, nightly

        events = self.folder / "events.jsonl"
        events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        with self.empty_portal(source):
            return lab.outcome(lab.simulate(events, nightly, until=until))

    def faults(self) -> list[str]:
        """What `portal check` finds in the database of the last run."""
        from portal import earning, giving, granting, ledger, referrals, rewards

        slices = (ledger, rewards, giving, referrals, earning, granting)
        with self.app.app_context():
            return [fault for one in slices for fault in one.faults()]

    def differences(
        self, source: str, histories: dict[str, list[Line]], until: datetime
    ) -> dict[str, list[str]]:
        """For each member whose state or refusals differ: in what, engine first."""
        programme = parse(source, "programme.toml")
        lines = merged(histories)
        found = self.simulate(source, lines, until)
        refused: dict[str, list[tuple[str, str]]] = defaultdict(list)
        owners = {id(line): ref for ref, own in histories.items() for line in own}
        for one in found["refused"]:
            line = lines[one["line"] - 1]
            refused[owners[id(line)]].append((json.dumps(line, sort_keys=True), one["code"]))
        different = {}
        for ref, own in histories.items():
            naive, codes = relive(programme, own, until, ref)
            engine = seen(found["members"].get(ref), programme)
            told = [
                f"{name}: engine {engine.get(name)} naive {naive.get(name)}"
                for name in COMPARED
                if engine.get(name) != naive.get(name)
            ]
            if refused[ref] != codes:
                told.append(f"refused: engine {refused[ref]} naive {codes}")
            if told:
                different[ref] = told
        return different

    def agree(self, source: str, histories: dict[str, list[Line]], until: datetime) -> None:
        """Fails with the fewest lines of one member on which engine and naive life differ."""
        different = self.differences(source, histories, until)
        if different:
            ref = min(different, key=lambda ref: len(histories[ref]))
            raise AssertionError(
                self.report(source, ref, histories[ref], until, len(different), len(histories))
            )

    def report(self, source: str, ref: str, lines: list[Line], until: datetime, many: int, of: int) -> str:
        """The smallest part of a history that still differs, as event lines, and in what."""
        lines = list(lines)
        for line in reversed(lines[1:]):
            gone = [line]
            if line["type"] == "order":  # with the versions that build on it
                known = [one for one in lines if one.get("order") == line["order"] and one["type"] == "order"]
                gone = known[next((at for at, one in enumerate(known) if one is line), 0) :]
            fewer = [one for one in lines if not any(one is other for other in gone)]
            if ref in self.differences(source, {ref: fewer}, until):
                lines = fewer
        told = self.differences(source, {ref: lines}, until)[ref]
        shown = "\n".join([*(json.dumps(line) for line in lines), f"# --at {until.isoformat()}", *told])
        return f"{many} of {of} members differ; the shortest, without what it does not need:\n{shown}"


def merged(histories: dict[str, list[Line]]) -> list[Line]:
    """All lines in order of time; each member's own keep their order."""
    return sorted((line for own in histories.values() for line in own), key=lambda line: instant(line["at"]))


def relive(
    programme: Programme, lines: list[Line], until: datetime, ref: str
) -> tuple[dict[str, Any], list[Any]]:
    """The naive state, and which lines it refuses."""
    life, codes = Life(programme, ref), []
    for line in lines:
        if instant(line["at"]) > until:
            break
        try:
            life.tell(line)
        except Refusal as refusal:
            codes.append((json.dumps(line, sort_keys=True), str(refusal)))
    life.advance(until)
    return life.state(), codes


def seen(state: dict[str, Any] | None, programme: Programme) -> dict[str, Any]:
    """The engine's state in the form of the naive one."""
    if state is None:
        return {}
    points = {name: value for name, value in state["points"].items() if name != "value"}
    points["maturing"] = {row["on"]: row["points"] for row in points["maturing"]}
    points["expiring"] = {row["on"]: row["points"] for row in points["expiring"]}
    rewards = [
        (one["ref"], one["reward"], one["state"], one["issued"], one["expires"]) for one in state["rewards"]
    ]
    return {
        "points": points,
        "tier": {name: state["tier"][name] for name in ("key", "source", "since", "until")},
        "plan": state["plan"] and {name: state["plan"][name] for name in ("key", "status", "paid_until")},
        "rewards": sorted(rewards),
        "goals": {one["key"]: (_number(one["have"]), _number(one["need"])) for one in state["goals"]},
        "badges": sorted(state["badges"]),
        "counters": dict(sorted(state["counters"].items())),
    }


def _number(value: str | int) -> int:
    return value if isinstance(value, int) else int(value.replace(".", ""))


def end_of(day: str, programme: Programme) -> datetime:
    """The last second of a day of the programme."""
    from datetime import date

    return datetime.combine(
        date.fromisoformat(day) + timedelta(1), datetime.min.time(), programme.zone
    ) - timedelta(seconds=1)

"""`portal simulate`: a programme run over event lines, on a database that is thrown away."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from babel.numbers import format_currency
from pydantic_core import to_json

from portal import boot, earning, lab, nightly
from portal import programme as programmes
from portal.cli.comparing import table
from portal.cli.lab import bar
from portal.db import db, migrate, transact
from portal.programme import Programme

MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is found there by name: a new folder is made in it
WRONG_USAGE = 2
TOLD = 20  # refused lines that are told one by one: of a file in another currency every line is


@click.command("simulate")
@click.argument("programme")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="Print every member's state, totals and refusals as JSON."
)
@click.option(
    "--at", "when", default=None, help="The state at this day (its end) or instant, also ahead of the lines."
)
@click.option(
    "--compare",
    "before",
    default=None,
    metavar="PROGRAMME",
    help="Run this one over the same lines first, and say what the other one changes.",
)
@click.option(
    "--map",
    "mapping",
    default=None,
    help="For a CSV file of orders: which column is what, as for `portal import orders`.",
)
def simulate(
    programme: str, events: Path, as_json: bool, when: str | None, before: str | None, mapping: str | None
) -> None:
    """Run PROGRAMME (a file or a catalogue key) over EVENTS and say where all stand.

    EVENTS holds event lines (JSON, one a line), or is a CSV file of orders (.csv or .csv.gz): then every buyer joins
    at her first order.
    """
    new = _loaded(programme)
    old = _loaded(before) if before is not None else None
    if old is not None and old.programme.currency != new.programme.currency:
        currencies = f"{old.programme.currency} and {new.programme.currency}"
        raise click.UsageError(f"--compare: the programmes count in {currencies}, which cannot be compared")
    with tempfile.TemporaryDirectory(prefix="portal-lines-") as folder:
        lines = _lines(events, mapping, Path(folder))
        earlier = None if old is None else _run(old, lines, when)[0]
        run, told = _run(new, lines, when)
    if earlier is not None:
        comparison = lab.compare(earlier, run)
        click.echo(to_json(comparison, indent=2) if as_json else table(comparison))
    elif as_json:
        click.echo(to_json(run.outcome, indent=2))
    else:
        _print(run.outcome, new.programme)
    for refused in told.refused[:TOLD]:
        click.echo(f"{events.name}:{refused['line']}: {refused['code']}: {refused['message']}", err=True)
    if len(told.refused) > TOLD:
        click.echo(f"... and {len(told.refused) - TOLD} more; --json lists them all", err=True)
    if told.refused:
        raise SystemExit(1)


def _loaded(programme: str) -> programmes.Loaded:
    try:
        return programmes.load(programme)
    except programmes.Invalid as invalid:
        for problem in invalid.problems:
            click.echo(problem, err=True)
        raise SystemExit(WRONG_USAGE) from None


@dataclass(frozen=True)
class _Lines:
    """Event lines; of a file of orders, the line that each came from and the lines that could not be read."""

    file: Path
    sources: list[int] | None = None
    refused: tuple[lab.Refusal, ...] = ()


def _lines(events: Path, mapping: str | None, folder: Path) -> _Lines:
    """The file as event lines; orders of a CSV file are retold in `folder`."""
    if not events.name.lower().endswith((".csv", ".csv.gz")):
        if mapping is not None:
            raise click.UsageError("--map is for a CSV file of orders (.csv or .csv.gz)")
        return _Lines(events)
    try:
        history = lab.read_history(events, lab.load_mapping(mapping or "generic"))
    except lab.BadInput as bad:
        click.echo(str(bad), err=True)
        raise SystemExit(WRONG_USAGE) from None
    if history.unlinked:
        click.echo(f"{history.unlinked} refunds name no order and were left out", err=True)
    retold = folder / "events.jsonl"
    return _Lines(retold, lab.retell(history, retold), tuple(history.refused))


def _run(loaded: programmes.Loaded, lines: _Lines, when: str | None) -> tuple[lab.Run, lab.Simulation]:
    """One programme over the lines, in an app and a database of its own."""
    until = None if when is None else _instant(when, loaded.programme)
    with _thrown_away(loaded.source):
        told = lab.simulate(lines.file, nightly, until=until, progress=bar())
        click.echo("", err=True)
        if lines.sources is not None:
            unread = [{"line": one.line, "code": one.code, "message": one.message} for one in lines.refused]
            told.refused = [one | {"line": lines.sources[one["line"] - 1]} for one in told.refused] + unread
            told.refused.sort(key=lambda refused: int(refused["line"]))
        for number, warning in told.warnings:
            click.echo(f"line {number}: {warning}", err=True)
        return lab.Run(loaded.programme, lab.outcome(told), lab.issued()), told


@contextmanager
def _thrown_away(source: str) -> Iterator[None]:
    """An app with a database of its own, in memory where the machine has it, in which this programme is in force."""
    with tempfile.TemporaryDirectory(
        prefix="portal-simulate-", dir=MEMORY if MEMORY.is_dir() else None
    ) as folder:
        settings = {
            "HOME": folder,
            "DATABASE_URL": f"sqlite:///{folder}/simulation.sqlite",
            "LOG_LEVEL": "error",
        }
        app = boot({f"PORTAL_{name}": value for name, value in settings.items()})
        migrate(app)
        with app.app_context():
            transact(lambda: programmes.publish(source, lab.BEFORE_ALL))
            try:
                yield
            finally:
                db.engine.dispose()


def _instant(text: str, programme: Programme) -> datetime:
    """A day is its end in the programme's zone; an instant needs its offset."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            _check_reach(day)
            return programme.midnight(day + timedelta(days=1)) - timedelta(seconds=1)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--at takes a day (2026-03-01) or an instant (2026-03-01T10:00:00Z)") from None
    _check_reach(instant)
    if instant.tzinfo is None:
        raise click.UsageError("--at: an instant needs its offset, as in 2026-03-01T10:00:00Z")
    return instant


def _check_reach(when: date) -> None:
    """The years of lines, so that no zone falls off the calendar."""
    if when.year not in earning.YEARS:
        raise click.UsageError(f"--at lies in the years {earning.YEARS[0]} to {earning.YEARS[-1]}")


def _print(outcome: dict[str, object], programme: Programme) -> None:
    """The totals, for people."""
    totals = outcome["totals"]
    assert isinstance(totals, dict)
    points, value = totals["points"], totals["value"]
    click.echo(f"{programme.name} as of {outcome['as_of'] or 'no day'}: {totals['members']} members")
    worth = format_currency(value["amount"], value["currency"], locale="en")
    click.echo(
        f"  {points['available']} {programme.unit.many} available, worth {worth}; {points['pending']} pending"
    )
    click.echo(
        f"  {points['earned']} earned, {points['spent']} spent, {points['donated']} donated, {points['owed']} owed"
    )
    for name in ("tiers", "rewards", "donated"):
        for key, told in totals[name].items():
            click.echo(f"  {name}: {key}: {told}")
    click.echo(f"  {totals['refused']} lines refused")


COMMANDS = (simulate,)

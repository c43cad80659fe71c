"""`portal programme`: list, check, show, diff, use; and what editors and the reference page are made of."""

import json
import sys
from pathlib import Path

import click
from flask import Flask

from portal import programme as programmes
from portal.cli.booting import in_app, put_in_force
from portal.programme import Programme


@click.group("programme")
def programme() -> None:
    """Programme files: check one, publish one, see which is in force and what another would change."""


@programme.command("list")
def list_catalogue() -> None:
    """The programmes that ship, by key."""
    for key in programmes.catalogue_keys():
        shipped = programmes.load(key).programme
        click.echo(f"{key:28}{shipped.name:32}{shipped.tagline}")


@programme.command("check")
@click.argument("file")
def check(file: str) -> None:
    """Say whether FILE (or a catalogue key) is right; else where it is not, and how to mend it."""
    loaded = programmes.load(file)
    click.echo(f"{file}: {loaded.programme.name}, no problems")


@programme.command("show")
@click.option("--version", "number", type=int, default=None, help="A version that was published before.")
@click.option("--all", "every", is_flag=True, help="List every published version instead.")
@in_app
def show(_app: Flask, number: int | None, every: bool) -> None:
    """The text of the version in force, or of the one asked for."""
    if every:
        for one in programmes.versions():
            click.echo(
                f"{one.number:6}  {one.published_at:%Y-%m-%d %H:%M:%S} UTC  {one.sha256[:12]}  {one.key}"
            )
        return
    number = number or programmes.active()[0]
    source = programmes.source_of(number)
    click.echo(f"# version {number}: {programmes.version(number).name}", err=True)
    sys.stdout.write(source)


@programme.command("diff")
@click.argument("file")
@click.option(
    "--against", default=None, help="Another file or catalogue key, in place of the version in force."
)
@click.pass_context
def diff(context: click.Context, file: str, against: str | None) -> None:
    """What members would notice if FILE (or a catalogue key) were published, and from when."""
    new = programmes.load(file).programme
    if against is not None:
        _tell(programmes.load(against).programme, new)
    else:
        context.invoke(_against_the_one_in_force, new=new)


@in_app
def _against_the_one_in_force(_app: Flask, new: Programme) -> None:
    number, old = programmes.active()
    click.echo(f"against version {number} ({old.name}), which is in force:", err=True)
    _tell(old, new)


def _tell(old: Programme, new: Programme) -> None:
    changes = programmes.diff(old, new)
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("They say the same.")


@programme.command("use")
@click.argument("file")
@in_app
def use(_app: Flask, file: str) -> None:
    """Publish FILE (or a catalogue key) as the version in force from now on.

    A plan that members have has to stay in it.
    """
    loaded = programmes.load(file)
    number = put_in_force(loaded)
    click.echo(f"Version {number} is in force: {loaded.programme.name}")


@programme.command("schema")
def schema() -> None:
    """The JSON Schema of a programme file, for editors."""
    click.echo(json.dumps(programmes.schema_json(), indent=1, ensure_ascii=False))


@programme.command("reference")
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def reference(page: Path) -> None:
    """Write the tables of PAGE (docs/programme.md) anew, between their marks."""
    page.write_text(programmes.filled_in(page.read_text(encoding="utf-8")), encoding="utf-8")


COMMANDS = (programme,)

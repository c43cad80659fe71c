"""`portal programme`: list, check, show, use."""

import sys

import click
from flask import Flask

from portal import clock
from portal import programme as programmes
from portal.cli.booting import in_app
from portal.db import transact


@click.group("programme")
def programme() -> None:
    """Programme files: check one, publish one, see which is in force."""


@programme.command("list")
def list_catalogue() -> None:
    """The programmes that ship, by key."""
    for key in programmes.catalogue_keys():
        click.echo(f"{key:24}{programmes.load(key).programme.name}")


@programme.command("check")
@click.argument("file")
def check(file: str) -> None:
    """Say whether FILE (or a catalogue key) is right; else where it is not, and how to mend it."""
    loaded = programmes.load(file)
    click.echo(f"{file}: {loaded.programme.name}, no problems")


@programme.command("show")
@in_app
def show(_app: Flask) -> None:
    """The text of the version in force."""
    number, active = programmes.active()
    click.echo(f"# version {number}: {active.name}", err=True)
    sys.stdout.write(programmes.source_of(number))


@programme.command("use")
@click.argument("file")
@in_app
def use(_app: Flask, file: str) -> None:
    """Publish FILE (or a catalogue key) as the version in force from now on."""
    loaded = programmes.load(file)
    number = transact(lambda: programmes.publish(loaded.source, clock.now()))
    click.echo(f"Version {number} is in force: {loaded.programme.name}")


COMMANDS = (programme,)

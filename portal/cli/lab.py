"""`portal import`: histories from files."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask

from portal import clock, config, lab
from portal.cli.booting import in_app

BAR = 40


@click.group("import")
def import_() -> None:
    """Import histories; starting the same import again goes on where it stopped."""


@import_.command("orders")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    default="generic",
    show_default=True,
    help="A preset, or a file that names the columns.",
)
@click.option("--shop", default="main", show_default=True, help="The shop whose orders these are.")
@click.option("--join-unknown", is_flag=True, help="A member id that is not known joins at its first order.")
@click.option("--dry-run", is_flag=True, help="Do everything, report, and keep nothing.")
@in_app
def orders(_app: Flask, file: Path, mapping: str, shop: str, join_unknown: bool, dry_run: bool) -> None:
    """Import orders from a CSV FILE (or .csv.gz)."""
    try:
        report = lab.import_orders(
            file,
            lab.load_mapping(mapping),
            shop=shop,
            join_unknown=join_unknown,
            dry_run=dry_run,
            now=clock.now(),
            progress=bar(),
        )
    except lab.BadInput as bad:
        click.echo(str(bad), err=True)
        raise SystemExit(2) from None
    click.echo("", err=True)
    click.echo(
        f"{report.orders} orders, {report.members} members joined by them"
        + (", nothing kept (dry run)" if dry_run else "")
    )
    click.echo(
        f"{report.repeated} states stood already, {report.unlinked} refunds name no order and were left out"
    )
    if report.refused:
        where = lab.write_refusals(report, file, config.current().home)
        click.echo(f"{len(report.refused)} refused" + (f"; reasons in {where}" if where else ""), err=True)
        for refusal in report.refused[:10]:
            click.echo(f"  {file.name}:{refusal.line}: {refusal.code}: {refusal.message}", err=True)
        raise SystemExit(1)


def bar() -> Callable[[int, int], None]:
    """A progress bar on stderr, told `done` of `total`: redrawn on a terminal, a line for each tenth elsewhere."""
    shown = 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        steps = BAR if sys.stderr.isatty() else 10
        full = done * steps // total if total else steps
        if full == shown:
            return
        shown = full
        if steps == BAR:
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            click.echo(f"\r[{'#' * full}{'.' * (BAR - full)}] {done}/{total}"[:width], nl=False, err=True)
        else:
            click.echo(f"{done}/{total}", err=True)

    return show


COMMANDS = (import_,)

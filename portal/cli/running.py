"""Commands that run the portal: serve, worker, nightly, migrate, check, demo."""

import gc
import importlib
import os
import sys
from pathlib import Path

import click
from flask import Flask

from portal import (
    billing,
    board,
    boot,
    clock,
    earning,
    giving,
    granting,
    jobs,
    ledger,
    nightly,
    referrals,
    rewards,
    serving,
    support,
)
from portal.cli.booting import booted, in_app
from portal.config import Settings
from portal.db import db, migrate

BEHIND = 10  # niceness of the worker: where the processors are busy, whoever waits for an answer comes first


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8025, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web server processes.")
@click.option(
    "--behind-proxy", is_flag=True, help="A buffering proxy stands in front: other addresses are allowed."
)
def serve(host: str, port: int, workers: int, behind_proxy: bool) -> None:
    """Serve the pages and the API."""
    settings = Settings.load(os.environ)
    serving.refuse_exposure(host, port, behind_proxy, settings.trusted_proxies)
    if settings.secure:  # it speaks plain http, so a proxy stands in front, on loopback too
        serving.refuse_all_as_one(settings.trusted_proxies)
    with booted(make=_served):
        db.engine.dispose()  # what is wrong was told here, once; no connection goes with the workers
    serving.serve(host, port, workers)


def _served() -> Flask:
    """The app that the web server finds in `wsgi`, loaded once for all its workers."""
    serving.share_metrics(Settings.load(os.environ))
    sys.path.insert(0, str(serving.ROOT))
    gc.disable()  # nothing that is loaded is garbage; `serve` looks once at the end
    app: Flask = importlib.import_module("wsgi").application
    return app


@click.command("worker")
@in_app
def worker(_app: Flask) -> None:
    """Do the work in the background: mail, and each hour what is scheduled."""
    os.nice(BEHIND)
    jobs.run_worker()


@click.command("nightly")
@in_app
def run_nightly(_app: Flask) -> None:
    """Run all scheduled work once: points that mature, tiers under review. Safe at any time, any number of times."""
    click.echo(f"{nightly.run(clock.now())} members brought up to date")


@click.command("migrate")
def run_migrate() -> None:
    """Bring the database to this version's schema."""
    with booted(current_schema=False) as app:
        migrate(app)
    click.echo("The database is up to date.")


@click.command("check")
@in_app
def check(_app: Flask) -> None:
    """Prove the ledger (wallet = lots = entries), that each order keeps what it earned, and the audit's chains."""
    faults = ledger.faults() + rewards.faults() + giving.faults() + referrals.faults() + earning.faults()
    faults += granting.faults() + billing.faults() + board.faults()
    faults += support.faults()
    for fault in faults:
        click.echo(fault)
    if faults:
        click.echo(f"{len(faults)} faults", err=True)
        raise SystemExit(1)
    click.echo("No faults: wallets, lots, entries and orders agree.")


@click.command("demo")
@click.option(
    "--lan", is_flag=True, help="Serve a real phone in this network, by https with a self-made certificate."
)
@click.option(
    "--port", default=8025, show_default=True, help="Port of the portal; the mailbox takes the next one."
)
def demo(lan: bool, port: int) -> None:
    """Load the demonstration with real purchase history and serve it."""
    from portal import sandbox  # a separate stand-in, never loaded by a live portal

    home = Path(os.environ["PORTAL_HOME"]) if "PORTAL_HOME" in os.environ else None
    raise SystemExit(sandbox.run_demo(lan=lan, port=port, home=home, boot=boot))


COMMANDS = (serve, worker, run_nightly, run_migrate, check, demo)

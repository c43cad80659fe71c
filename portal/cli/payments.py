"""`portal billing`: what is paid, compared with Stripe."""

import click
from flask import Flask

from portal import billing, clock
from portal.cli.booting import in_app


@click.group("billing")
def payments() -> None:
    """Paid plans and Stripe."""


@payments.command("reconcile")
@in_app
def reconcile(_app: Flask) -> None:
    """Compare every subscription with Stripe, take in what was missed, and tell each difference that was put right."""
    if not billing.is_on():
        raise click.UsageError("PORTAL_STRIPE_SECRET_KEY is not set: no plans are sold.")
    try:
        report = billing.reconcile(clock.now(), everything=True)
    except (billing.Unavailable, billing.Rejected) as error:
        click.echo(f"Stripe did not answer ({error}). What was done stays; try again later.", err=True)
        raise SystemExit(1) from None
    for line in report.drift:
        click.echo(f"put right: {line}")
    click.echo(
        f"{report.compared} subscriptions compared, {len(report.drift)} put right; {report.events} events that had not "
        f"arrived, {report.wishes} wishes looked after; {report.pending} events wait, {report.parked} are parked."
    )
    if report.pending or report.parked:
        raise SystemExit(1)


COMMANDS = (payments,)

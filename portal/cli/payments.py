"""`portal billing`: what is paid, compared with Stripe; and what has to stand there before plans are sold."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from portal import billing, boot, clock, support
from portal.cli.booting import booted, in_app
from portal.config import SECRET_TO_COME
from portal.db import transact
from portal.money import to_major

SECRET_OF = "PORTAL_STRIPE_WEBHOOK_SECRET"  # noqa: S105  # the name of the setting
SAID = {
    "so": "is so already", "make": "make", "adopt": "adopt", "differs": "differs", "left": "left out",
    "stuck": "cannot",
}  # fmt: skip


@click.group("billing")
def payments() -> None:
    """Paid plans and Stripe."""


@payments.command("reconcile")
@in_app
def reconcile(_app: Flask) -> None:
    """Compare every subscription with Stripe, take in what was missed, and tell each difference that was put right."""
    with stripe_answers():
        report = billing.reconcile(clock.now(), everything=True)
    for line in report.drift:
        click.echo(f"put right: {line}")
    for line in report.unread:
        click.echo(f"could not be looked at: {line}", err=True)
    for one in report.by_hand:
        click.echo(f"pay it back by hand: {_owing(one)}", err=True)
    click.echo(
        f"{report.compared} subscriptions compared, {len(report.drift)} put right; {report.events} events that had not "
        f"arrived, {report.wishes} wishes looked after; {report.pending} events wait, {report.parked} are parked."
    )
    if report.pending or report.parked or report.unread or report.by_hand:
        raise SystemExit(1)


@payments.command("paid-back")
@click.argument("operation", required=False)
@in_app
def paid_back(_app: Flask, operation: str | None) -> None:
    """Say that you have paid OPERATION back another way; without it, list what is owed back to members.

    Again is nothing. Refuses what Stripe is still asked for, and what has gone back.
    """
    now = clock.now()
    if operation is None:
        owing = billing.owing()
        for one in owing:
            click.echo(f"{'pay it by hand' if one.waits else 'Stripe is asked'}: {_owing(one)}")
        if not owing:
            click.echo("Nothing is owed back.")
        return

    def settle() -> billing.Owing | None:
        paid = billing.settle_by_hand(operation)
        if paid is not None:
            what = {"operation": paid.id, "bill": paid.bill, "minor": paid.minor, "currency": paid.currency}
            support.note_command("paid_back", at=now, member_id=paid.member_id, **what)
        return paid

    paid = transact(settle)
    click.echo("That is noted already." if paid is None else f"Noted as paid back: {_owing(paid)}")


def _owing(one: billing.Owing) -> str:
    money = f"{to_major(one.minor, one.currency)} {one.currency}"
    return f"{one.id}  {money} of {one.bill}, to member {one.member_id}{f' ({one.why})' if one.why else ''}"


@payments.command("setup")
@click.option("--apply", is_flag=True, help="Do it; without this, only tell what would be done.")
@click.option("--live", is_flag=True, help="Needed beside --apply with a live key, whose money is real.")
def setup(apply: bool, live: bool) -> None:
    """Make or adopt at Stripe what the programme in force needs: prices, the settings of its portal, the webhook.

    Again is nothing: what is so already stays.
    """
    # In production no portal starts without the secret, which this command is the first to know.
    known = {SECRET_OF: os.environ.get(SECRET_OF) or SECRET_TO_COME}
    with booted(make=lambda: boot(os.environ | known)), stripe_answers():
        side = billing.side()
        mode = "LIVE mode: real money" if side.livemode else "test mode: no real money"
        click.echo(f"{mode}; as {side.site}, at {side.address}")
        if live and not side.livemode:
            raise click.UsageError("--live is for a live key; PORTAL_STRIPE_SECRET_KEY is one of test mode.")
        if apply and side.livemode and not live:
            raise click.UsageError("This is a live key. Add --live to change what is sold for real money.")
        steps = billing.look_at_setup(clock.now())
        for step in steps:
            click.echo(f"{SAID[step.finding]:<14} {step.what}: {step.words}")
            answer = step.act() if apply and step.act is not None else None
            if answer is not None and step.tells:
                click.echo(answer)
                click.echo(
                    "Put this line into the environment of every process of the portal and start them anew; it is not "
                    "shown again.",
                    err=True,
                )
    _sum_up([step for step in steps if step.act is not None], apply)
    if any(step.finding == "stuck" for step in steps):
        click.echo("What cannot be done here needs a person; see above.", err=True)
        raise SystemExit(1)


def _sum_up(open_steps: list[billing.Step], apply: bool) -> None:
    if not open_steps:
        click.echo("There is nothing to do.")
    elif apply:
        click.echo(f"Done: {len(open_steps)}.")
    else:
        click.echo(f"Nothing was done. With --apply: {len(open_steps)} of these.")


@contextmanager
def stripe_answers() -> Iterator[None]:
    """Ask Stripe inside; what it does not answer or take ends the command with 1, and without a key with 2."""
    if not billing.is_on():
        raise click.UsageError("PORTAL_STRIPE_SECRET_KEY is not set: no plans are sold.")
    try:
        yield
    except billing.Barred as error:
        click.echo(f"Stripe does not take PORTAL_STRIPE_SECRET_KEY: {error}", err=True)
        raise SystemExit(1) from None
    except billing.Unavailable as error:
        click.echo(f"Stripe did not answer ({error}). What was done stays; try again later.", err=True)
        raise SystemExit(1) from None
    except (billing.Rejected, billing.Missing) as error:
        click.echo(f"Stripe refused: {error}. What was done stays.", err=True)
        raise SystemExit(1) from None


COMMANDS = (payments,)

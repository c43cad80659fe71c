"""`portal staff`: who works here."""

import click
from flask import Flask

from portal import clock, config, people, signin
from portal.cli.booting import in_app
from portal.db import transact

LINK_MINUTES = 60


@click.group("staff")
def staff() -> None:
    """Staff: add, list, disable."""


@staff.command("add")
@click.argument("email")
@click.option(
    "--role",
    required=True,
    type=click.Choice(["support", "manager", "owner", "auditor"]),
    help="What they may do.",
)
@in_app
def add(_app: Flask, email: str, role: str) -> None:
    """Let EMAIL work here; prints a one-time link to sign in."""
    now = clock.now()
    transact(lambda: people.add_staff(email, role, now))
    path = transact(lambda: signin.make_link(email, "staff", now, LINK_MINUTES))
    click.echo(f"{email} is {role}. One-time link, good for {LINK_MINUTES} minutes:")
    click.echo(config.current().base_url.rstrip("/") + path)


@staff.command("list")
@in_app
def list_staff(_app: Flask) -> None:
    """Everybody who works or worked here."""
    for person in people.staff_list():
        click.echo(f"{person.email:40}{person.role:10}{'disabled' if person.disabled_at else 'active'}")


@staff.command("disable")
@click.argument("email")
@in_app
def disable(_app: Flask, email: str) -> None:
    """EMAIL may no longer sign in, and is signed out at the next request."""
    transact(lambda: people.disable_staff(email, clock.now()))
    click.echo(f"{email} may no longer sign in.")


COMMANDS = (staff,)

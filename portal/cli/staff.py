"""`portal staff`: who works here."""

import click
from flask import Flask

from portal import clock, config, people, signin, support
from portal.cli.booting import in_app
from portal.db import transact

LINK_MINUTES = 60


@click.group("staff")
def staff() -> None:
    """Staff: add, list, let in anew, disable."""


@staff.command("add")
@click.argument("email")
@click.option(
    "--role",
    required=True,
    type=click.Choice(list(support.ROLES)),
    help="What they may do.",
)
@in_app
def add(_app: Flask, email: str, role: str) -> None:
    """Let EMAIL work here; prints a one-time link, by which they set up their passkey."""
    transact(lambda: people.add_staff(email, role, clock.now()))
    _say_link(email, f"{email} is {role}.")


@staff.command("link")
@click.argument("email")
@in_app
def link(_app: Flask, email: str) -> None:
    """For EMAIL who has lost their passkey: what they had opens nothing any more; prints a new one-time link."""
    transact(lambda: signin.start_staff_anew(email, clock.now()))
    _say_link(email, f"{email} is signed out everywhere, and has no passkey.")


def _say_link(email: str, what: str) -> None:
    path = transact(lambda: signin.make_link(email, "staff", clock.now(), LINK_MINUTES))
    click.echo(f"{what} One-time link, good for {LINK_MINUTES} minutes:")
    click.echo(config.current().staff_base_url + path)


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
    """EMAIL may no longer sign in, is signed out at the next request, and keeps no passkey for a return."""
    now = clock.now()

    def let_go() -> None:
        signin.start_staff_anew(email, now)
        people.disable_staff(email, now)

    transact(let_go)
    click.echo(f"{email} may no longer sign in.")


COMMANDS = (staff,)

"""`portal staff`: who works here."""

from datetime import datetime

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
    now = clock.now()

    def let_in() -> str:
        before = people.staff_by_email(people.normal_address(email))
        staff_id = people.add_staff(email, role, now)
        if before is None or before.disabled_at is not None:
            support.note_command("staff_added", at=now, staff=staff_id, role=role)
        elif before.role != role:
            support.note_command("role_changed", at=now, staff=staff_id, role=role, before=before.role)
        return _make_link(email, staff_id, now)

    _say_link(transact(let_in), f"{email} is {role}.")


@staff.command("link")
@click.argument("email")
@in_app
def link(_app: Flask, email: str) -> None:
    """For EMAIL who has lost their passkey: what they had opens nothing any more; prints a new one-time link."""
    now = clock.now()

    def begin_anew() -> str:
        staff_id = signin.start_staff_anew(email, now)
        support.note_command("staff_begins_anew", at=now, staff=staff_id)
        return _make_link(email, staff_id, now)

    _say_link(transact(begin_anew), f"{email} is signed out everywhere, and has no passkey.")


def _make_link(email: str, staff_id: str, now: datetime) -> str:
    signin.end_staff_links(email, now)
    support.note_command("link_made", at=now, staff=staff_id, minutes=LINK_MINUTES)
    return signin.make_link(email, "staff", now, LINK_MINUTES)


def _say_link(path: str, what: str) -> None:
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
        staff_id = signin.start_staff_anew(email, now)
        people.disable_staff(email, now)
        support.note_command("staff_disabled", at=now, staff=staff_id)

    transact(let_go)
    click.echo(f"{email} may no longer sign in.")


COMMANDS = (staff,)

"""The `portal` command. Exit codes: 0 done, 1 refused or found faults, 2 wrong usage (contracts.md section 5)."""

import sys

import click
from sqlalchemy.exc import DBAPIError

from portal.cli import keys, lab, payments, programmes, proxying, routes, running, simulating, staff
from portal.config import BadSettings
from portal.errors import Refused
from portal.programme import Invalid


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """A loyalty member portal. Settings come from PORTAL_* variables; docs/operating.md lists them."""


ALL = (
    running.COMMANDS, programmes.COMMANDS, lab.COMMANDS, simulating.COMMANDS, keys.COMMANDS, staff.COMMANDS,
    payments.COMMANDS, proxying.COMMANDS, routes.COMMANDS,
)  # fmt: skip
for commands in ALL:
    for command in commands:
        portal.add_command(command)


def main() -> None:
    """Run the command line; what is refused is told in one line, without a trace."""
    try:
        portal(prog_name="portal")
    except Refused as refused:
        click.echo(f"Refused ({refused.code}): {refused.message}", err=True)
        sys.exit(1)
    except Invalid as invalid:
        for problem in invalid.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"The database does not answer as it should: {error.orig}", err=True)
        sys.exit(1)
    except BadSettings as bad:
        click.echo("The settings are not right:", err=True)
        for line in bad.problems:
            click.echo(f"  {line}", err=True)
        sys.exit(2)

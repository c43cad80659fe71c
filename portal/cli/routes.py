"""`portal routes`: every address with its methods and who may use it."""

import click
from flask import Flask

from portal.cli.booting import booted

MARKS = ("visit", "fresh")


@click.command("routes")
def routes() -> None:
    """Every address, its methods, its policy (docs/operating.md lists them), `visit` where support may look too, and
    `fresh` where what a page sends is refused without a fresh proof."""
    with booted(current_schema=False) as app:
        for path, methods, name in declared(app):
            click.echo(f"{methods:12}{name:32}{path}")


def declared(app: Flask) -> list[tuple[str, str, str]]:
    """Path, methods and policy of every address, by path. A view without a policy says so, and stays closed."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        marks = [mark for mark in MARKS if getattr(view, mark, False)]
        name = " ".join([getattr(view, "policy", "NONE: closed"), *marks])
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        found.append((rule.rule, methods, name))
    return sorted(found)


COMMANDS = (routes,)

"""What the attacks have in common: every address of the portal, a form as a page would send it, all that is stored."""

import re
from collections.abc import Callable, Iterable

from flask import Flask
from flask.testing import FlaskClient

from tests.page import read

FILLED = {"release": "x", "name": "home", "number": "1", "ref": "c-1", "token": "x" * 43}
FILLED |= {"key": "ten-off", "redemption": "0" * 26, "code": "AAAA"}
FILLED |= dict.fromkeys(("post_id", "answer_id", "op_id", "grant_id"), "0" * 26)
NO_ID = "0" * 26
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def addresses(
    app: Flask, wanted: Callable[[str, set[str]], bool] = lambda _policy, _methods: True
) -> list[str]:
    """An address for every route whose policy and methods are wanted; what is in angle brackets is filled in."""
    found = {
        re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda part: FILLED.get(part[1], NO_ID), rule.rule)
        for rule in app.url_map.iter_rules()
        if wanted(policy_of(app, rule.endpoint), set(rule.methods or ()))
    }
    return sorted(found)


def policy_of(app: Flask, endpoint: str) -> str:
    """Who may use a route, in the word that it declares."""
    return str(getattr(app.view_functions[endpoint], "policy", ""))


def proof(client: FlaskClient, path: str = "/you") -> str:
    """A form token that is good in this browser."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return read(answer.text).all("input", name="csrf_token")[0]["value"]


def stored() -> dict[str, list[str]]:
    """Every row of every table that the database has, as text; the tables are asked for by name of the database."""
    from sqlalchemy import inspect, text

    from portal.db import db
    from portal.db import read as rows

    names: Iterable[str] = inspect(db.engine).get_table_names()
    return {name: sorted(map(repr, rows(text(f'SELECT * FROM "{name}"')).all())) for name in sorted(names)}


def is_sound(app: Flask) -> bool:
    """Whether `portal check`, the command itself, finds nothing in this app."""
    from portal.cli.running import check

    try:
        check.callback.__wrapped__(app)  # type: ignore[union-attr]  # as its decorator left it
    except SystemExit:
        return False
    return True

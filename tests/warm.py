"""What every app of a run makes anew and alike is made once: templates, statements and the builders of addresses.

A server makes one app and keeps it; here more than a thousand are made, one for nearly every test, and half of the
time went into compiling the same files. Only what is compiled is shared, found again by all that it was made of, so
a test sees its app as it always did.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class _Templates(BytecodeCache):
    """Compiled templates, under their file and the sum of what is in it."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._made.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._made[bucket.key, bucket.checksum] = bucket.code


def _share_templates() -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}


def _share_statements() -> None:
    """SQL texts, under the statement's own key and the kind of server: an engine's dialect is one object for each."""
    statements = LRUCache(5_000)

    def created(_kind: type[DefaultDialect], engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=statements)

    def same(one: DefaultDialect, other: object) -> bool:
        return type(one) is type(other) and one.server_version_info == other.server_version_info  # type: ignore[attr-defined]

    DefaultDialect.engine_created = classmethod(created)  # type: ignore[assignment,arg-type]
    DefaultDialect.__eq__ = same  # type: ignore[assignment]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[assignment]


def _share_builders() -> None:
    """The functions behind `url_for`, under the rule that they are compiled from."""
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder
    made: dict[tuple[Any, ...], Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:  # they are turned into words by the rule's own converters
            return compile_builder(rule, append_unknown)
        key = (append_unknown, rule.rule, *rule._trace)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    Rule._compile_builder = builder  # type: ignore[method-assign]


@cache
def share() -> None:
    """Begin to share, for the rest of the process."""
    _share_templates()
    _share_statements()
    _share_builders()

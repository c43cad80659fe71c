"""What every app of a run makes anew and alike is made once: templates, statements, addresses and programmes.

A server makes one app and keeps it; here more than a thousand are made, one for nearly every test, and half of the
time went into compiling the same files. Only what is compiled is shared, found again by all that it was made of, so
a test sees its app as it always did.
"""

from collections.abc import Callable
from functools import cache, lru_cache
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


def _share_rules() -> None:
    """What a rule's text is compiled to, under all that it is compiled from."""
    compile_rule: Callable[[Rule], None] = Rule.compile
    made: dict[tuple[Any, ...], Rule] = {}

    def compiled(rule: Rule) -> None:
        assert rule.map is not None, "a rule is compiled once it is bound"
        how = (rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        key = (rule.rule, *how, *rule.map.converters.values())
        first = made.get(key)
        if rule.defaults or first is None:  # defaults are turned into words by the rule's own converters
            compile_rule(rule)
            if not rule.defaults:
                made[key] = rule
            return
        rule._parts, rule._trace, rule._converters = first._parts, first._trace, first._converters
        rule.arguments |= first._converters.keys()
        rule._build = first._build.__func__.__get__(rule, None)  # type: ignore[attr-defined]
        rule._build_unknown = first._build_unknown.__func__.__get__(rule, None)  # type: ignore[attr-defined]

    Rule.compile = compiled  # type: ignore[method-assign]


def _share_programmes() -> None:
    """What a programme's text says: nobody can change it."""
    from portal.programme import service, source

    source.parse = service.parse = lru_cache(maxsize=64)(source.parse)


@cache
def share() -> None:
    """Begin to share, for the rest of the process."""
    _share_templates()
    _share_statements()
    _share_rules()
    _share_programmes()

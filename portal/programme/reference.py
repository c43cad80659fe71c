"""The tables of docs/programme.md, made from the vocabulary, so that the page and the reader cannot say two things.

The prose of the page is written by hand; each table stands between two marks and is written anew from its model.
"""

import re
from datetime import date
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portal.programme import kinds
from portal.programme.problems import model_in, toml
from portal.programme.schema import Programme

BLOCK = re.compile(r"<!-- table (\w+) -->\n.*?<!-- end -->", re.DOTALL)
HEAD = "| key | type | default | meaning | example |\n|---|---|---|---|---|\n"
KINDS = (
    (kinds.Money, "money"),
    (kinds.MoneyOrNone, "money or 0"),
    (kinds.Prices, "money by currency"),
    (kinds.Exact, "exact number"),
    (kinds.Moment, "day or instant"),
    (kinds.Key, "key"),
    (kinds.Label, "text"),
    (kinds.Text, "long text"),
    (kinds.Word, "word"),
    (kinds.Colour, "`#rrggbb`"),
    (kinds.Timezone, "time zone"),
    (kinds.Currency, "currency"),
    (kinds.Language, "language"),
    (kinds.Country, "country"),
    (kinds.Points, "points"),
    (kinds.Whole, "points or 0"),
    (kinds.Days, "days"),
    (kinds.Percent, "percent"),
    (kinds.Clock, "time of day"),
    (kinds.MonthDay, "month and day"),
)
PLAIN = {str: "text", int: "whole number", bool: "`true`, `false`", date: "day"}


def tables() -> dict[str, str]:
    """The table of each model of the vocabulary, in Markdown, by the model's name; `Programme` is the whole file."""
    return {model.__name__: _table(model) for model in _models(Programme, [])}


def filled_in(page: str) -> str:
    """The page with every table between its marks as the vocabulary has it now. Raises KeyError for an unknown mark."""
    made = tables()
    return BLOCK.sub(lambda mark: f"<!-- table {mark[1]} -->\n{made[mark[1]]}<!-- end -->", page)


def _models(model: type[BaseModel], found: list[type[BaseModel]]) -> list[type[BaseModel]]:
    if model not in found:
        found.append(model)
        for field in model.model_fields.values():
            inner = model_in(field.annotation)
            if inner is not None:
                _models(inner, found)
    return found


def _table(model: type[BaseModel]) -> str:
    hints = get_type_hints(model, include_extras=True)
    rows = [
        (field.alias or name, _type(hints[name]), _default(field), _meaning(field), _example(field))
        for name, field in model.model_fields.items()
    ]
    return HEAD + "".join(
        f"| `{key}` | {kind} | {default} | {what} | {like} |\n" for key, kind, default, what, like in rows
    )


def _type(hint: Any) -> str:
    """What to write, in words."""
    for kind, words in KINDS:
        if hint == kind:
            return words
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in inner)
    if origin is tuple:
        return "list of tables" if model_in(hint) is not None else f"list of {_type(inner[0])}"
    if origin in (Union, UnionType):
        return _type(next(one for one in inner if one is not NoneType))
    if model_in(hint) is not None and not inner:
        return "table"
    return _type(inner[0])  # Annotated: what it is made of


def _meaning(field: FieldInfo) -> str:
    """The description, without the number of the rule that developers look up."""
    return re.sub(r" \(Readings? [^)]*\)", "", field.description or "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None or default in ((), ""):
        return "none"
    if isinstance(default, BaseModel):
        return "see there"
    return f"`{toml(list(default) if isinstance(default, tuple) else default)}`"


def _example(field: FieldInfo) -> str:
    return f"`{toml(field.examples[0])}`" if field.examples else "a table of its own"

"""Which fields of a JSON object its model does not know: they are left unread, and told about (Reading 20)."""

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel


def unread(model: type[BaseModel], value: Any) -> list[str]:
    """The names of fields at any depth that `model` has not, in order, each once: `mood`, `data/lines/colour`."""
    return sorted(set(_unread(model, value, "")))


def _unread(model: type[BaseModel], value: Any, path: str) -> list[str]:
    """As `unread`, at a depth; what a model says nothing of is not looked at."""
    if isinstance(value, list):  # lists in lists are no list of objects, however deep they go
        return [name for one in value if isinstance(one, dict) for name in _unread(model, one, path)]
    if not isinstance(value, dict):
        return []
    known, inner = _fields(model)
    found = [f"{path}{name}" for name in value if name not in known]
    for name, within in inner.items():
        if name in value:
            found += _unread(within, value[name], f"{path}{name}/")
    return found


@cache
def _fields(model: type[BaseModel]) -> tuple[frozenset[str], dict[str, type[BaseModel]]]:
    """The names of a model's fields, and the models that some of them speak of."""
    inner = {name: _model_in(field.annotation) for name, field in model.model_fields.items()}
    return frozenset(inner), {name: within for name, within in inner.items() if within is not None}


def _model_in(kind: Any) -> type[BaseModel] | None:
    """The model that an annotation speaks of: alone, or one of None, or in a tuple of them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((model for part in get_args(kind) if (model := _model_in(part)) is not None), None)

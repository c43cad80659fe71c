"""Reading a body of JSON: what is wrong with it becomes a refusal with a code and a JSON pointer for every fault."""

import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from portal.errors import Refused

M = TypeVar("M", bound=BaseModel)
MOST_FAULTS = 50  # of one body: enough to mend it, and the answer stays small
OBJECT_TYPES = {"model_type", "model_attributes_type", "dict_type"}


def within(refused: Refused, place: str) -> Refused:
    """The same refusal with its pointers inside `place`: of one order in a batch."""
    inside = Refused(
        refused.code, refused.message, status=refused.status, pointer=place + (refused.pointer or "")
    )
    inside.facts = dict(refused.facts)
    errors = refused.facts.get("errors")
    if isinstance(errors, list):
        inside.facts["errors"] = [{**error, "pointer": place + error["pointer"]} for error in errors]
    return inside


def read_json(body: bytes) -> Any:
    """The value of a JSON text.

    Refuses `bad_json`: not UTF-8, not JSON, NaN or Infinity, a name that comes twice in one object, too deep. A whole
    number may be written 3.0, as JSON Schema has it (dependencies.md A3.5).
    """
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number
        )
    except UnicodeDecodeError:
        raise Refused("bad_json", "The body is not UTF-8.") from None
    except RecursionError:
        raise Refused("bad_json", "The body is nested too deeply.") from None
    except ValueError as error:
        raise Refused("bad_json", f"The body is not JSON: {error}.") from None


def check(model: type[M], value: Any) -> M:
    """`value` as an object of `model`. Refuses `missing_field` or `bad_value`, with a pointer to every fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise refusal(error) from None


def refusal(error: ValidationError) -> Refused:
    """The faults that a model found, as one refusal; the first names its code."""
    faults = [
        {
            "pointer": "".join(f"/{_escaped(part)}" for part in fault["loc"]),
            "code": "missing_field" if fault["type"] == "missing" else "bad_value",
            "message": _sentence(fault["type"], fault["msg"]),
        }
        for fault in error.errors(include_url=False, include_input=False, include_context=False)[:MOST_FAULTS]
    ]
    first = faults[0]
    return Refused(first["code"], first["message"], pointer=first["pointer"], errors=faults)


def _sentence(kind: str, message: str) -> str:
    if kind in OBJECT_TYPES:  # the library's own words name its classes
        return "Input should be an object"
    return message.removeprefix("Value error, ")


def _escaped(part: int | str) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")  # RFC 6901


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _number(digits: str) -> float | int:
    value = float(digits)
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value

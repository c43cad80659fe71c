"""What is wrong with a programme file, said so that a merchant can mend it: where, what, and how."""

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from portal.programme.findings import Finding
from portal.programme.kinds import suggestion
from portal.programme.locate import Lines, Path
from portal.programme.schema import Programme


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `line` counts from 1; `path` is like `tiers[1].entry[0].amount`."""

    file: str
    line: int
    path: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """`file:line: path: message - remedy`."""
        where = f"{self.file}:{self.line}: "
        return (
            f"{where}{self.path}: {self.message} - {self.remedy}"
            if self.path
            else f"{where}{self.message} - {self.remedy}"
        )


class Invalid(Exception):
    """A file that is no programme; `problems` lists all that is wrong with it, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Carry the problems; the text is one line for each."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def located(findings: list[Finding], lines: Lines, file: str) -> tuple[Problem, ...]:
    """The findings with their lines, in the order of the file, each once."""
    found = {Problem(file, lines.of(f.path), dotted(f.path), f.message, f.remedy) for f in findings}
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.path, problem.message)))


def dotted(path: Path) -> str:
    """`("tiers", 1, "label")` as `tiers[1].label`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def finding(error: ErrorDetails) -> Finding:
    """A pydantic error in the words of a merchant."""
    path: Path = error["loc"]
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "programme":
        return Finding(path, str(context["message"]), str(context["remedy"]))
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return Finding(path, f'the key "{path[-1]}" is missing', _add(path))
    if kind == "literal_error":
        return _not_listed(path, given)
    if kind in _EXPECTED:
        wanted, example = _EXPECTED[kind]
        return Finding(path, f"expects {wanted}, not {_shown(given)}", _like(path) or f"write {example}")
    if kind in {"greater_than_equal", "less_than_equal"}:
        word, limit = (
            ("at least", context["ge"]) if kind == "greater_than_equal" else ("at most", context["le"])
        )
        return Finding(
            path, f"must be {word} {limit}, not {_shown(given)}", f"write a number of {word} {limit}"
        )
    if kind == "string_pattern_mismatch":
        if path[-1] == "email":
            return Finding(path, f"{_shown(given)} is not an e-mail address", _like(path) or "")
        remedy = 'use small letters, digits and single hyphens, beginning with a letter, like "ten-off"'
        return Finding(path, f"{_shown(given)} is not a key", remedy)
    if kind == "string_too_long":
        return Finding(path, f"is longer than {context['max_length']} characters", "shorten it")
    if kind in {"string_too_short", "too_short"}:
        return Finding(path, "is empty", _like(path) or "write something, or take it out")
    return Finding(path, error["msg"], "see docs/programme.md")


_EXPECTED = {
    "string_type": ("text in quotes", 'text like "this"'),
    "int_type": ("a whole number", "a number like 5, without quotes"),
    "int_from_float": ("a whole number", "a number like 5"),
    "bool_type": ("true or false", "true or false, without quotes"),
    "tuple_type": ("a list", "a list in square brackets"),
    "model_type": ("a table", "a table in curly brackets or under its own [heading]"),
    "model_attributes_type": ("a table", "a table in curly brackets or under its own [heading]"),
    "dict_type": ("a table", "a table in curly brackets or under its own [heading]"),
    "date_type": ("a day", "a day like 2026-01-15, without quotes"),
}


def _unknown_key(path: Path) -> Finding:
    name = str(path[-1])
    model = _model_at(path[:-1])
    known = [field.alias or key for key, field in model.model_fields.items()] if model else []
    remedy = suggestion(name, known, f"take it out, or use one of: {', '.join(known)}")
    if len(path) > 1 and name in Programme.model_fields:
        # In TOML a line under a [heading] belongs to that heading: the mistake that looks right.
        remedy = f'"{name}" belongs to the whole programme: move it above the first [heading]'
    if name == "currency" and any(isinstance(part, int) for part in path):
        remedy = "take it out: every amount is in the home currency; [[currencies]] says in which others orders may be"
    return Finding(path, f'there is no key "{name}" here', remedy)


def _not_listed(path: Path, given: object) -> Finding:
    allowed = _literals(_field_at(path))
    remedy = suggestion(given, allowed, f"write one of: {', '.join(allowed)}")
    return Finding(path, f"{_shown(given)} is not one of {', '.join(allowed)}", remedy)


def _add(path: Path) -> str:
    example = _like(path)
    return example.replace("write", "add", 1) if example else "add it; docs/programme.md shows it"


def _like(path: Path) -> str | None:
    field = _field_at(path)
    if field is None or not field.examples or isinstance(path[-1], int):
        return None
    return f"write {path[-1]} = {toml(field.examples[0])}"


def toml(value: Any) -> str:
    """A value as it stands in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {toml(item)}' for name, item in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) and not _is_day(value) else str(value)


def _is_day(value: str) -> bool:
    return len(value) == 10 and value[4] == value[7] == "-"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:40]}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, tuple | list) else str(value)[:40]


def _field_at(path: Path) -> FieldInfo | None:
    names = [part for part in path if isinstance(part, str)]
    model: type[BaseModel] | None = Programme
    field: FieldInfo | None = None
    for name in names:
        if model is None:
            return None
        field = next((f for key, f in model.model_fields.items() if (f.alias or key) == name), None)
        model = model_in(field.annotation) if field else None
    return field


def _model_at(path: Path) -> type[BaseModel] | None:
    if not path:
        return Programme
    field = _field_at(path)
    return model_in(field.annotation) if field else None


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The table that a field holds, or a list of it; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := model_in(inner))), None)


def _literals(field: FieldInfo | None) -> list[str]:
    def words(annotation: Any) -> list[str]:
        if isinstance(annotation, str):
            return [annotation]
        return [word for inner in get_args(annotation) for word in words(inner)]

    return words(field.annotation) if field else []

"""Reads programme files: from text, from a path, from the catalogue that is shipped."""

import re
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portal.programme import meant
from portal.programme.checks import check
from portal.programme.kinds import DEEPEST, suggestion, tuples
from portal.programme.locate import Lines, deepest_line
from portal.programme.problems import Invalid, Problem, finding, located
from portal.programme.schema import Programme

CATALOGUE = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Loaded:
    """A programme with the text it was read from; `sha256` (hex) names that text."""

    programme: Programme
    source: str
    sha256: str


def parse(source: str, file: str, *, published: bool = False) -> Programme:
    """The programme that a TOML text says; `file` is the name used in messages.

    One that was `published` was checked then: it is kept for ever, also when later checks would refuse it. Raises
    `Invalid` with every problem of the text at once.
    """
    data = _toml(source, file)
    findings = [] if published else check(data)
    try:
        unit = data.get("unit")
        context = {
            "currency": data.get("currency"),
            "unit": unit.get("kind") if isinstance(unit, dict) else None,
        }
        programme = Programme.model_validate(data, context=context)
    except ValidationError as error:
        findings += [finding(detail) for detail in error.errors(include_url=False)]
    else:
        if not findings:
            return programme
    raise Invalid(located(findings, Lines(source), file))


def _toml(source: str, file: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = tuples(tomllib.loads(source))
    except RecursionError:
        message = "tables and lists stand too deep within each other"
        remedy = f"take them out: nothing of a programme is more than {DEEPEST} deep"
        raise Invalid((Problem(file, deepest_line(source), "", message, remedy),)) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        end = source.count("\n") + 1
        line = int(place.group(1) or end) if place else end
        *above, bad = source.split("\n")[:line]
        said = str(error)[: place.start()] if place else str(error)
        message, remedy = meant.of_line(said, bad, "\n".join(above))
        raise Invalid((Problem(file, line, "", message, remedy),)) from None
    except ValueError:  # of all other mistakes: Python reads no number of thousands of digits
        long = re.search(r"[0-9][0-9_]{4000,}", source)
        line = source.count("\n", 0, long.start() if long else 0) + 1
        remedy = "write it with fewer digits"
        raise Invalid((Problem(file, line, "", "a number is too long to be read", remedy),)) from None
    return data


def load(path_or_key: str | Path) -> Loaded:
    """The programme of a file (a path that ends in .toml) or of a catalogue key.

    Raises `Invalid`, also for a file that is not there and for a key that the catalogue does not have.
    """
    file = str(path_or_key)
    if not file.endswith(".toml"):
        known = catalogue_keys()
        if file not in known:
            remedy = suggestion(
                file, list(known), f"use one of: {', '.join(known)}, or a path that ends in .toml"
            )
            raise Invalid((Problem(file, 1, "", "the catalogue has no such programme", remedy),))
        path_or_key = CATALOGUE / f"{file}.toml"
        file = path_or_key.name
    source = _text(Path(path_or_key), file)
    return Loaded(parse(source, file), source, digest(source))


def _text(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise Invalid((Problem(file, 1, "", message, "check the path and who may read it"),)) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid((Problem(file, line, "", "is not UTF-8 text", "save the file as UTF-8"),)) from None


def digest(source: str) -> str:
    """The SHA-256 of a programme text, in hex: the same text, the same version."""
    return sha256(source.encode()).hexdigest()


def catalogue_keys() -> tuple[str, ...]:
    """The keys of the programmes that are shipped, in order."""
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.toml")))

"""Files as nobody writes them on purpose: each is read, or refused with a line and a remedy."""

import pathlib
import tomllib
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest

from portal import programme
from portal.programme.checks import check
from portal.programme.kinds import tuples
from portal.programme.locate import Path
from portal.programme.source import CATALOGUE
from tests.programme.texts import small
from tests.programme.wrong import LAST, RULE, problems

ODD = (
    "-1",
    "1.5",
    "true",
    '""',
    '"x"',
    "[]",
    "{}",
    "[{ a = 1 }]",
    "2026-01-01",
    "09:30:00",
    "inf",
    '"\\u0000"',
)


def refused(source: str) -> tuple[programme.Problem, ...]:
    try:
        programme.parse(source, "shop.toml")
    except programme.Invalid as invalid:
        return invalid.problems
    return ()


def test_whatever_a_value_is_replaced_by_the_file_is_read_or_refused_with_a_remedy() -> None:
    lines = (CATALOGUE / "demo.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    for at, line in enumerate(lines):
        name, equals, _ = line.partition(" = ")
        for value in ODD if equals else ():
            found = refused("".join([*lines[:at], f"{name} = {value}\n", *lines[at + 1 :]]))
            assert all(1 <= problem.line <= len(lines) for problem in found), found
            assert all(problem.remedy and "see docs" not in problem.remedy for problem in found), found


def test_a_currency_without_decimals_takes_whole_amounts() -> None:
    found = problems(small(RULE, currency='"JPY"', value='{ points = 1, amount = "1" }'))
    assert [problem.remedy for problem in found] == ['write whole amounts, for example "1"']


@pytest.mark.parametrize("colour", ["#f0f0f0", "#ffff00", "#dd3344", "#00ff00"])
def test_a_colour_on_which_either_text_is_readable_is_taken(colour: str) -> None:
    assert programme.parse(small(f'[brand]\ncolour = "{colour}"\n'), "shop.toml").brand.colour == colour


@pytest.mark.parametrize(
    "nested",
    [
        "x = " + "[" * 3000 + "]" * 3000,
        "x = " + "{a=" * 3000 + "1" + "}" * 3000,
        "x = " + "[" * 3000,
        ".".join("a" * 3000) + " = 1",
        "[" + ".".join("a" * 3000) + "]",
        "x = " + "[" * 33 + "]" * 33,
    ],
)
def test_what_is_nested_without_end_is_one_problem_with_its_line(nested: str) -> None:
    (problem,) = problems(small(f'faq = [{{ question = "[[[", answer = "Why." }}]\n{nested}\n'))
    assert (problem.line, problem.path) == (LAST + 2, "")
    assert "too deep within each other" in problem.message
    assert "32" in problem.remedy


def test_a_number_of_thousands_of_digits_has_its_line() -> None:
    (problem,) = problems(small(f"x = {'1' * 5000}\n"))
    assert (problem.line, problem.message) == (LAST + 1, "a number is too long to be read")


@pytest.mark.parametrize("key", ["demo", "cvs", "smile-classic"])
def test_no_check_stumbles_over_a_value_of_another_kind(key: str) -> None:
    """Every value of a file, at any depth, in turn replaced by what does not belong there."""
    data = tuples(tomllib.loads((CATALOGUE / f"{key}.toml").read_text(encoding="utf-8")))
    others = (5, "x", (), ({"a": (1,)},), date(2026, 1, 1), time(9, 30))
    for path in paths(
        {name: value for name, value in data.items() if name not in ("faq", "pages", "contact")}
    ):
        for other in others:
            for found in check(put(data, path, other)):
                assert found.remedy


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all values within a value, itself left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    for name, one in inner:
        yield (*path, name)
        yield from paths(one, (*path, name))


def put(value: Any, path: Path, other: object) -> Any:
    """The value with another one at a place."""
    if not path:
        return other
    if isinstance(value, dict):
        return value | {path[0]: put(value[path[0]], path[1:], other)}
    return tuple(put(one, path[1:], other) if at == path[0] else one for at, one in enumerate(value))


@pytest.mark.parametrize(
    ("source", "line"),
    [('key = "a"\nname = \n', 2), ('key = "a"\nkey = "b"\n', 2), ('key = "a"\nname = """x\n\n', 4)],
)
def test_text_that_is_not_toml_has_its_line(source: str, line: int) -> None:
    (problem,) = problems(source)
    assert (problem.line, problem.message[:8]) == (line, "not TOML")
    assert str(problem).startswith(f"shop.toml:{line}: not TOML: ")


def test_a_file_that_is_not_utf_8_has_the_line_of_the_bad_byte(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_bytes(small().encode() + 'tagline = "caf\xe9"\n'.encode("latin-1"))
    with pytest.raises(programme.Invalid, match=rf"shop\.toml:{LAST + 1}: is not UTF-8"):
        programme.load(file)


def test_a_file_that_is_not_there_says_so(tmp_path: pathlib.Path) -> None:
    with pytest.raises(programme.Invalid, match="cannot be read: No such file"):
        programme.load(tmp_path / "none.toml")


def test_a_key_that_the_catalogue_does_not_have_names_the_nearest() -> None:
    with pytest.raises(programme.Invalid, match='did you mean "demo"'):
        programme.load("dmeo")

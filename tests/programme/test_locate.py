"""Every key and list item of a TOML text has its line."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from portal.programme.locate import Lines, Path
from portal.programme.source import CATALOGUE

AWKWARD = '''\
# a comment with [brackets] and = signs
title = "not # a comment"

dotted.key."quoted.part" = 1
"esc\\u0061ped" = 'lit#eral'
many = """
[not.a.table]
key = "inside a string" \\"""
""" # after
raw = \'\'\'
[[neither]]\'\'\'\'
list = [
  1, # one
  "two, with ] and #",
  [ 3,
    4 ],
  { a = 5, b = { c = 6 } },
]
point = { x = 1, "y z" = [ 2, 3 ], deep.down = 4 }

[table . sub]
day = 2026-01-15
instant = 2026-01-15T09:00:00Z

[[fruit]]
name = "apple"
[fruit.colour]
red = true
[[fruit.variety]]
name = "russet"
[[fruit.variety]]
name = "cox"

[[fruit]]
name = "pear"
  [[fruit.variety]]
  name = "williams"
'''


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from paths(item, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from paths(item, (*path, at))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("dotted", "key", "quoted.part"), 4),
        (("escaped",), 5),
        (("many",), 6),
        (("raw",), 10),
        (("list",), 12),
        (("list", 0), 13),
        (("list", 1), 14),
        (("list", 2, 1), 16),
        (("list", 3, "b", "c"), 17),
        (("point", "y z", 1), 19),
        (("point", "deep", "down"), 19),
        (("table", "sub"), 21),
        (("table", "sub", "instant"), 23),
        (("fruit", 0), 25),
        (("fruit", 0, "colour", "red"), 28),
        (("fruit", 0, "variety", 1, "name"), 32),
        (("fruit", 1), 34),
        (("fruit", 1, "variety", 0, "name"), 37),
    ],
)
def test_a_path_has_the_line_where_it_is_written(path: Path, line: int) -> None:
    assert Lines(AWKWARD).of(path) == line


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_path_that_the_parser_finds_has_a_line(newline: str) -> None:
    demo = (CATALOGUE / "demo.toml").read_text(encoding="utf-8")
    for source in (AWKWARD, demo):
        lines = Lines(source.replace("\n", newline))
        for path in paths(tomllib.loads(source)):
            assert lines.of(path) == Lines(source).of(path)
            assert path in lines._lines, path


def test_a_key_that_is_missing_has_the_line_of_its_table() -> None:
    lines = Lines(AWKWARD)
    assert lines.of(("fruit", 1, "price")) == 34
    assert lines.of(("nothing", "here")) == 1


def test_an_empty_text_has_one_line() -> None:
    assert Lines("").of(("anything",)) == 1

"""Finds the line of every key and list item of a TOML text.

`tomllib` gives values without lines. This scanner walks text that `tomllib` has already accepted, so it
checks nothing: it only counts lines and keeps the path of each key.
"""

import re

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(["\\bfnrte]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "e": "\x1b"}
_MARK = re.compile(rf"{_STRING.pattern}|#[^\n]*|[\[{{\]}}.,=\n]", re.DOTALL)


def deepest_line(source: str) -> int:
    """The line, counted from 1, where most tables and lists stand within each other; of any text, TOML or not."""
    deepest, line, found, inside, dots = 0, 1, 1, 0, 0
    for mark in _MARK.finditer(source.replace("\r\n", "\n")):
        sign = mark.group()
        if sign == ".":
            dots += 1  # a name of several parts makes a table of each
        elif sign[0] not in "\"'":
            dots = 0
        if sign in "[{":
            inside += 1
        elif sign in "]}":
            inside -= 1
        if inside + dots > deepest:
            deepest, found = inside + dots, line
        line += sign.count("\n")
    return found


class Lines:
    """Where each path of a TOML text begins: `of(path)` is its line, counted from 1."""

    def __init__(self, source: str) -> None:
        """Read the lines of a text that is TOML."""
        self._text = source.replace("\r\n", "\n")
        self._at = self._counted = 0
        self._reached = 1
        self._lines: dict[Path, int] = {(): 1}
        self._lengths: dict[Path, int] = {}
        self._read()

    def of(self, path: Path) -> int:
        """The line of a path; of a key that is not there, the line of the nearest table around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _read(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return
            if self._next("[["):
                table = self._header(listed=True)
            elif self._next("["):
                table = self._header(listed=False)
            else:
                self._pair(table)

    def _header(self, *, listed: bool) -> Path:
        line = self._line()
        names = self._dotted()
        self._at += 2 if listed else 1
        path: Path = ()
        for name in names[:-1]:
            path = self._newest((*path, name))
            self._lines.setdefault(path, line)
        path = (*path, names[-1])
        if listed:
            count = self._lengths.get(path, 0)
            self._lengths[path] = count + 1
            self._lines.setdefault(path, line)
            path = (*path, count)
        self._lines[path] = line
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._dotted():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._next("["):
            self._items(path)
        elif self._next("{"):
            self._inline(path)
        elif self._text[self._at] in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_PLAIN)

    def _items(self, path: Path) -> None:
        count = 0
        while True:
            self._skip(_BLANK)
            if self._next("]"):
                return
            item = (*path, count)
            self._lines[item] = self._line()
            self._value(item)
            count += 1
            self._skip(_BLANK)
            self._next(",")

    def _inline(self, path: Path) -> None:
        while True:
            self._skip(_BLANK)
            if self._next("}"):
                return
            self._pair(path)
            self._skip(_BLANK)
            self._next(",")

    def _dotted(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
            if not self._next("."):
                return names

    def _name(self) -> str:
        quote = self._text[self._at]
        if quote not in "\"'":
            return self._skip(_BARE_KEY)
        inner = self._skip(_STRING)[1:-1]
        return _ESCAPE.sub(_unescape, inner) if quote == '"' else inner

    def _line(self) -> int:
        self._reached += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._reached

    def _next(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not TOML at line {self._line()}")
        self._at = match.end()
        return match.group()


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _ESCAPED.get(match.group(3), match.group(3))

"""What was most likely meant by a slip of the pen: text that is no TOML, and amounts that are no money."""

import re

_HEADING = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_CURLY = str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", '"""""""')
_ANYTHING = "mend the line: text in quotes, one key = value per line, every bracket and key once"


def of_line(said: str, line: str, above: str) -> tuple[str, str]:
    """What is wrong with a line that is no TOML, and how to mend it.

    `said` is what the reader of TOML says about it, `above` the text before it.
    """
    plain = f"not TOML: {said}"
    heading = _HEADING.match(line)
    if heading and ("twice" in said or "overwrite" in said or "namespace" in said):
        name = heading.group(2)
        if _stands_otherwise(name, heading.group(1), above):
            remedy = f"write [[{name}]] for each one where there are several, and [{name}] where there is one"
            return f"not TOML: [{name}] and [[{name}]] both stand here", remedy
        return f"not TOML: [{name}] stands here twice", f"keep one [{name}] and put its keys together"
    if "overwrite" in said and "=" in line:
        key = line.partition("=")[0].strip()
        return f'not TOML: the key "{key}" stands here twice under one heading', "take one of them out"
    if line.translate(_CURLY) != line and _outside_quotes(line).translate(_CURLY) != _outside_quotes(line):
        return "not TOML: the quotes are curly", f"write straight ones: {line.strip().translate(_CURLY)}"
    key, equals, value = (part.strip() for part in _outside_comment(line).partition("="))
    if value in ("True", "TRUE", "False", "FALSE", "yes", "no", "on", "off"):
        word = "true" if value.lower() in ("true", "yes", "on") else "false"
        return plain, f"write {key} = {word}"
    if re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", value):
        return plain, "write a day that there is as year, month, day: 2026-11-28"
    if re.fullmatch(r"\d+,\d+", value):
        return plain, f'write {key} = {value.replace(",", ".")}, and money and rates in quotes: "12.50"'
    if equals and _outside_comment(line).count('"') % 2:
        return plain, 'a quote is missing: text stands between two, like "ten-off"'
    if equals and re.fullmatch(r"[^\W\d][\w .-]*", value):
        return plain, f'write it in quotes: {key} = "{value}"'
    if not equals and re.match(r"\s*[\w-]+\s*:", line):
        return plain, "write key = value, with = in place of the colon"
    return plain, _ANYTHING


def of_money(value: object, places: int) -> str | None:
    """The amount as the file wants it, in major units, of one that was written otherwise; None for no guess.

    `places` are the decimals of its currency: "1,000.00", "$12,50" and 500 are taken for "1000.00", "12.50", "500.00".
    """
    if isinstance(value, bool):
        return None
    text = str(value) if isinstance(value, int | float) else value if isinstance(value, str) else ""
    text = re.sub(r"[\s$\u20ac\u00a3\u00a5]", "", text)
    if places and re.fullmatch(rf"[0-9.]*[0-9],[0-9]{{1,{places}}}", text):
        text = text.replace(".", "").replace(",", ".")  # a comma for the decimals, as on the Continent
    elif re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        text = text.replace(",", "")
    found = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]+))?", text)
    decimals = (found.group(2) or "").rstrip("0") if found else ""
    if found is None or len(decimals) > places:
        return None
    return f"{int(found.group(1))}" + (f".{decimals:0<{places}}" if places else "")


def _stands_otherwise(name: str, brackets: str, above: str) -> bool:
    """Whether the same heading stands above in the other brackets."""
    other = r"\[" if brackets == "[[" else r"\[\["
    return re.search(rf"^\s*{other}\s*{re.escape(name)}\s*\]", above, re.MULTILINE) is not None


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', '""', line)


def _outside_comment(line: str) -> str:
    """A line without its comment, and without what stands in whole quotes before one."""
    return re.sub(r'"[^"]*"', '""', line).partition("#")[0]

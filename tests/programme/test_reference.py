"""The reference page and the schema for editors say what the reader of files does."""

import json
import re
from pathlib import Path

from portal import programme
from portal.programme.reference import tables

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_tables_of_the_reference_are_those_of_the_vocabulary() -> None:
    page = (DOCS / "programme.md").read_text(encoding="utf-8")
    remedy = "run: python -m portal programme reference docs/programme.md"
    assert programme.filled_in(page) == page, remedy


def test_every_table_of_the_vocabulary_stands_in_the_reference_once() -> None:
    page = (DOCS / "programme.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"<!-- table (\w+) -->", page)) == sorted(tables())


def test_every_key_has_a_meaning_and_an_example() -> None:
    for name, table in tables().items():
        for row in table.splitlines()[2:]:
            key, _, _, meaning, example = (cell.strip() for cell in row.strip("|").split(" | "))
            assert "" not in (meaning, example), f"{name}.{key}"


def test_the_schema_for_editors_is_the_published_one() -> None:
    published = json.loads((DOCS / "programme.schema.json").read_text(encoding="utf-8"))
    assert published == programme.schema_json(), (
        "run: python -m portal programme schema > docs/programme.schema.json"
    )


def test_the_links_of_the_reference_lead_somewhere() -> None:
    page = (DOCS / "programme.md").read_text(encoding="utf-8")
    headings = {line.removeprefix("## ").strip() for line in page.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= headings

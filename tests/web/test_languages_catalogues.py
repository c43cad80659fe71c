"""Catalogues are complete, compiled and have the facts of the English."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portal.web import languages
from tests.web.korean import FACT, messages

CATALOGUES = sorted(languages.FOLDER.glob("*/LC_MESSAGES/messages.po"))


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
class TestACatalogue:
    """What holds for every language."""

    def test_has_every_message_translated_and_none_guessed(self, path: Path) -> None:
        found = {message.id: message for message in catalogue(path) if message.id}
        assert messages() - found.keys() == set(), "type `make translations` and translate what it adds"
        assert found.keys() - messages() == set(), "type `make translations`"
        for message in found.values():
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(forms), f"not translated: {message.id}"
            assert not message.fuzzy, f"only guessed: {message.id}"

    def test_puts_in_the_same_facts_as_the_english(self, path: Path) -> None:
        for message in catalogue(path):
            source = message.id[1] if isinstance(message.id, tuple) else message.id
            for form in message.string if isinstance(message.string, tuple) else (message.string,):
                if source:
                    assert sorted(FACT.findall(form)) == sorted(FACT.findall(source)), source
                    assert "!" not in form, source

    def test_has_its_plurals_right(self, path: Path) -> None:
        assert [(message.id, errors) for message, errors in catalogue(path).check()] == []

    def test_is_compiled_as_it_is_written(self, path: Path) -> None:
        compiled = BytesIO()
        write_mo(compiled, catalogue(path))
        assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "type `make translations`"


def test_there_is_korean() -> None:
    assert "ko" in languages.available()

"""Who reads: the language and the programme of a request, looked up once, and the words in that language.

Flask-Babel ships no types and asks its way anew for each word; a page has a hundred of them.
"""

from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations

import flask_babel
from flask import g

from portal import programme as programmes
from portal.programme import Programme


@dataclass(frozen=True, slots=True)
class Reader:
    """A language (Babel's name of it, such as en_GB), its catalogue, and the programme in force with its version."""

    language: str
    catalogue: NullTranslations
    version: int
    programme: Programme


def reader() -> Reader:
    """Who reads this page. A mail is written outside of a request, for its own reader, so nothing is kept there."""
    found: Reader | None = g.get("reader")
    if found is None:
        language = str(flask_babel.get_locale() or "en")
        found = Reader(language, _catalogue(language), *programmes.active())
        if "started" in g:
            g.reader = found
    return found


@cache
def _catalogue(_language: str) -> NullTranslations:
    found: NullTranslations = flask_babel.get_translations()  # of the language that is spoken now
    return found


def gettext(message: str, **facts: object) -> str:
    """`message` in the reader's language, with `facts` put in."""
    words = plain_gettext(message)
    return words % facts if facts else words


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """The right plural for `number`, which is `%(num)s` in it."""
    return plain_ngettext(one, many, number) % {"num": number, **facts}


def plain_gettext(message: str) -> str:
    """As Jinja's own machinery wants it, which puts the facts in itself."""
    return _words().gettext(message)


def plain_ngettext(one: str, many: str, number: int) -> str:
    """The plural for `number`, nothing put in."""
    return _words().ngettext(one, many, number)


def _words() -> NullTranslations:
    found: Reader | None = g.get("reader")
    # Before a programme is published there is no reader, and the page that says so speaks all the same.
    return found.catalogue if found is not None else _catalogue(str(flask_babel.get_locale() or "en"))

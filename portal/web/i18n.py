"""Flask-Babel's functions with their types, since it ships none, and without its detours: a page asks often."""

from functools import cache
from gettext import NullTranslations

import flask_babel
from babel import Locale
from flask import g

ENGLISH = Locale("en")


def locale() -> Locale:
    """The reader's language, chosen once for a request; English where nobody reads.

    Mails are written outside of a request, each in its own reader's language, so nothing is kept there.
    """
    found: Locale | None = g.get("reader")
    if found is None:
        found = flask_babel.get_locale() or ENGLISH
        if "started" in g:
            g.reader = found
    return found


@cache
def _catalogue(_reader: Locale) -> NullTranslations:
    found: NullTranslations = flask_babel.get_translations()  # of the reader who is here now
    return found


def gettext(message: str, **facts: object) -> str:
    """`message` in the reader's language, with `facts` put in."""
    words = _catalogue(locale()).gettext(message)
    return words % facts if facts else words


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """The right plural for `number`, which is `%(num)s` in it."""
    return plain_ngettext(one, many, number) % {"num": number, **facts}


def plain_gettext(message: str) -> str:
    """As Jinja's own machinery wants it, which puts the facts in itself."""
    return _catalogue(locale()).gettext(message)


def plain_ngettext(one: str, many: str, number: int) -> str:
    """The plural for `number`, nothing put in."""
    return _catalogue(locale()).ngettext(one, many, number)

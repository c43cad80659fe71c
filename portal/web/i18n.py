"""Who reads: the language and the programme of a request, looked up once, and the words in that language.

Flask-Babel ships no types and asks its way anew for each word; a page has a hundred of them. Jinja's own wrappers of
gettext go through the template's context three times for each, so templates get plain functions instead.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import NullTranslations

import flask_babel
from flask import g
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

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
    found = _kept()
    if found is None:
        language = str(flask_babel.get_locale() or "en")
        found = Reader(language, _catalogue(language), *programmes.active())
        if "started" in g:
            g.reader = found
    return found


def _kept() -> Reader | None:
    # Half a hundred times a page: past the proxy, which costs more than the look-up.
    found: Reader | None = g._get_current_object().get("reader")
    return found


@cache
def _catalogue(_language: str) -> NullTranslations:
    found: NullTranslations = flask_babel.get_translations()  # of the language that is spoken now
    return found


def gettext(message: str, **facts: object) -> str:
    """`message` in the reader's language, with `facts` put in."""
    words = _words().gettext(message)
    return words % facts if facts else words


def ngettext(one: str, many: str, number: int, **facts: object) -> str:
    """The right plural for `number`, which is `%(num)s` in it."""
    return _words().ngettext(one, many, number) % {"num": number, **facts}


@pass_eval_context
def template_gettext(scope: EvalContext, message: str, **facts: object) -> str:
    """`gettext` of a template: its words are trusted, the facts are escaped. A percent sign is always written twice."""
    if scope.autoescape and not facts:
        return _fixed(_words(), message)
    return _put_in(scope, _words().gettext(message), facts)


@pass_eval_context
def template_ngettext(scope: EvalContext, one: str, many: str, number: int, **facts: object) -> str:
    """`ngettext` of a template."""
    return _put_in(scope, _words().ngettext(one, many, number), {"num": number, **facts})


def _put_in(scope: EvalContext, words: str, facts: dict[str, object]) -> str:
    return Markup(words) % facts if scope.autoescape else words % facts  # noqa: S704 - the translators' words


@lru_cache(maxsize=4096)
def _fixed(catalogue: NullTranslations, message: str) -> Markup:
    """Most words of a page have no facts in them: they are looked up once."""
    return Markup(catalogue.gettext(message)) % {}  # noqa: S704 - the translators' words


def _words() -> NullTranslations:
    found = _kept()
    # Before a programme is published there is no reader, and the page that says so speaks all the same.
    return found.catalogue if found is not None else _catalogue(str(flask_babel.get_locale() or "en"))

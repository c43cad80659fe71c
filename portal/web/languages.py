"""Which language a page speaks: the one asked for, else the member's, else the browser's, of those there are."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from flask import Flask, request
from flask_babel import Babel, get_locale
from flask_login import current_user
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from portal import config
from portal import programme as programmes
from portal.errors import Refused
from portal.programme import Programme
from portal.web.i18n import reader, template_gettext, template_ngettext

COOKIE = "lang"
FOLDER = Path(__file__).resolve().parents[1] / "translations"
TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,4}){0,2}")  # what of a stranger's words Babel gets to see


@cache
def available() -> tuple[str, ...]:
    """Tags of English, which the templates are written in, and of every catalogue: en, ko, zh-Hant."""
    folders = sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.mo"))
    return ("en", *(name.replace("_", "-") for name in folders))


def choose() -> str:
    """The locale of this request; a country's own English or Korean is kept for dates and money."""
    try:
        active = programmes.active()[1]
    except (
        Refused,
        DBAPIError,
    ):  # nothing is published, or nothing was ever read: whoever says so speaks English
        return "en"
    offered = tuple(offered_languages(active))
    for tag in _wanted(offered):
        found = spoken(tag, offered, active.country) if tag else None
        if found:
            return found
    return spoken(offered[0], offered, active.country) or "en"


def _wanted(offered: tuple[str, ...]) -> Iterator[str | None]:
    """What the reader wants, first things first; what comes later is looked up only when it decides."""
    yield request.args.get("lang")
    yield request.cookies.get(_cookie())
    yield _of_the_member()
    yield request.accept_languages.best_match(offered)


def _of_the_member() -> str | None:
    """Her language; None while the database is away, for the page that says so speaks some language too."""
    try:
        tag: str | None = getattr(current_user, "locale", None)
    except DBAPIError:
        return None
    return tag


def offered_languages(programme: Programme) -> list[str]:
    """Tags of the programme's languages for which there is a catalogue."""
    has = available()
    return [tag for tag in programme.languages if tag in has] or ["en"]


@lru_cache(maxsize=256)
def spoken(tag: str, offered: tuple[str, ...], country: str | None = None) -> str | None:
    """The locale in which to write for somebody who asks for `tag`; None when no offered language fits.

    It has the asked country, else `country`, where that language is at home there: en in a British programme is en_GB.
    """
    asked = _parsed(tag) or _parsed(re.split("[-_]", tag)[0])
    if asked is None:
        return None
    for own in (Locale.parse(code, sep="-") for code in offered):
        if own.script and (own.language, own.script) == (asked.language, asked.script):
            return str(own)  # a catalogue of a script is found by this name alone
        if not own.script and own.language == asked.language:
            home = asked.territory or country
            return str((home and _parsed(f"{own}_{home}")) or own)
    return None


def _parsed(tag: str) -> Locale | None:
    """None for what is no tag, and for a country in which Babel does not know the language."""
    try:
        return Locale.parse(tag.replace("-", "_")) if TAG.fullmatch(tag) else None
    except (ValueError, UnknownLocaleError):
        return None


def init_app(app: Flask) -> None:
    """Choose a language for each request and remember one that was asked for by its link."""
    Babel(app, locale_selector=choose, default_translation_directories=str(FOLDER))
    app.jinja_env.globals.update(_=template_gettext, gettext=template_gettext, ngettext=template_ngettext)

    @app.after_request
    def _remember(response: Response) -> Response:
        wanted = request.args.get("lang", "")
        if wanted in available():
            response.set_cookie(
                _cookie(), wanted, max_age=31536000, samesite="Lax", httponly=True, secure=_is_secure()
            )
        return response

    @app.context_processor
    def _words() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": "-".join(filter(None, (locale.language, locale.script))),
            "text_direction": locale.text_direction,
            "languages": _named(tuple(offered_languages(reader().programme))),
        }


def _cookie() -> str:
    """Its name; browsers hold what begins with __Host- to this very host."""
    return f"__Host-{COOKIE}" if _is_secure() else COOKIE


def _is_secure() -> bool:
    return config.current().secure


@cache
def _named(offered: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Each language with its own name for itself."""
    return [(tag, Locale.parse(tag, sep="-").get_display_name()) for tag in offered]

"""Zoe, who reads Korean: what the portal can say at all, and whether a page of hers has English left on it."""

import re
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from flask import Flask

from portal import clock as portal_clock
from portal import earning, people
from portal import programme as programmes
from portal.db import transact
from portal.web import languages
from tests import make
from tests.home.doors import enter_desk
from tests.notices.mailbox import Mailbox
from tests.page import Element, Visit

ROOT = Path(__file__).resolve().parents[2]
FACT = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
WORDS = ("aria-label", "placeholder", "title", "alt", "data-words", "data-text", "data-copied", "content")
ZOE = "zoe@example.com"


@cache
def messages() -> frozenset[str | tuple[str, ...]]:
    """What the templates and the code say, as it is there now."""
    with (languages.FOLDER / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(
        ROOT, methods, options, parse_keywords(["_", "_l", "_N", "gettext", "ngettext:1,2"])
    )
    return frozenset(message for _file, _line, message, _comments, _context in found)


def english_in(page: Element) -> list[str]:
    """Messages left untranslated on a page, whole or in parts of two words and more; the shop's own words may stay."""
    shop = str(programmes.active()[1].model_dump())
    said = [part.strip() for element in page for part in element.parts if isinstance(part, str)]
    said += [element[name] for element in page for name in WORDS if element[name]]
    sources = [
        form for message in messages() for form in (message if isinstance(message, tuple) else (message,))
    ]
    whole = {source for source in sources if source in said and source not in shop}
    parts = {part.strip() for source in sources for part in FACT.split(source) if " " in part.strip()}
    return sorted(
        whole | {part for part in parts if part not in shop and any(part in words for words in said)}
    )


def check_korean(page: Element) -> None:
    """Fail for a page that is not Korean throughout."""
    (html,) = page.all("html")
    assert (html["lang"], html["dir"]) == ("ko", "ltr")
    assert english_in(page) == []


def tom(app: Flask) -> Visit:
    """The browser of the owner, who reads Korean."""
    transact(lambda: people.add_staff("tom@example.com", "owner", portal_clock.now()))
    desk = enter_desk(app, "tom@example.com")
    desk.client.set_cookie(languages.COOKIE, "ko")
    return desk


def join_in_korean(visit: Visit, box: Mailbox) -> None:
    """From the first page to the card, looking at each page on the way."""
    check_korean(visit.open("/?lang=ko"))
    check_korean(visit.follow("무료로 가입하기"))
    check_korean(visit.submit("인증 코드 받기", email=ZOE))
    check_korean(visit.submit("계속", code=box.code(ZOE)))
    visit.submit("가입하기", name="Zoe", birthday_day="29", birthday_month="02", terms=True)
    assert visit.path == "/home"


def buy(version: int = 1, **changes: object) -> None:
    """What Zoe buys as a guest with her address."""
    placed = make.order("10.00", "6.00", member=None, guest=True, email=ZOE, version=version, **changes)
    body = earning.OrderBody.model_validate(placed)
    at = portal_clock.now()
    transact(lambda: earning.record_order(body, shop="main", number="7", at=at, actor="shop:main"))

"""One life that touches everything, told in words of the attacker's choosing: both the shop's API and every form."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from portal import clock as portal_clock
from portal import merchant, people
from portal.db import transact
from tests import make
from tests.attacks.ground import proof
from tests.giving.hands import earn
from tests.home.doors import ANNA, enter, join
from tests.page import Element, Visit, read
from tests.support.acts import hire

REF = "c-1"
ALL_SCOPES = ("read", "orders", "members", "redeem")


@dataclass
class Life:
    """Who is in it: the member in her browser, another member, somebody at the desk, the shop with its key."""

    app: Flask
    anna: str
    hers: Visit
    other: Visit
    desk: Visit
    key: str
    code: str
    redemption: str
    post: str

    def shop(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """What the API answers to the shop's key."""
        return ask(self.app, self.key, method, path, body, status)


def ask(app: Flask, key: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """A call of the API with this key."""
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
    assert answer.status_code == status, (path, answer.text)
    return answer.json


def lead(app: Flask, words: str, name: str) -> Life:
    """Everything that a free member, a shop and the desk do, with `words` wherever somebody may write."""
    key = transact(lambda: merchant.create_key("till", "main", ALL_SCOPES, portal_clock.now()))[1]
    known = people.by_ref(REF)
    anna = str(known.id) if known is not None else join(REF, name=name)
    join("c-2", "berta@example.com", name)
    hers, other, desk = enter(app), enter(app, "berta@example.com"), hire(app)
    ask(app, key, "PUT", f"/members/{REF}", {"name": name})
    order = make.order("30.00", member=REF, lines=[make.line("30.00", name=words)])
    ask(app, key, "PUT", "/orders/A-7", order)
    earn(anna, 2000)
    redemption, code = _take(hers)
    ask(app, key, "GET", f"/codes/{code}")
    _give(hers)
    post = _write(hers, other, words)
    _put_right(desk, words)
    return Life(app, anna, hers, other, desk, key, code, redemption, post)


def _take(hers: Visit) -> tuple[str, str]:
    hers.open("/rewards/five-off")
    page = hers.submit("Take it")
    return hers.path.rsplit("/", 1)[1], _code_on(page)


def _code_on(page: Element) -> str:
    found = re.search(r"((?:[0-9A-Z]{4} ){3}[0-9A-Z]{4}) Show it", page.text)
    assert found, page.text
    return found[1].replace(" ", "-")


def _give(hers: Visit) -> None:
    hers.open("/give")
    hers.submit("Continue", charity="forests", points="100")
    hers.submit("Give 100 points")


def _write(hers: Visit, other: Visit, words: str) -> str:
    """A post of hers, an answer and a report of another's; the post's id."""
    hers.open("/board/new")
    hers.submit("Put it on the board", title=words[:80], text=words)
    path = hers.path
    other.open(path)
    other.submit("Answer", text=words)
    reported = {"csrf_token": proof(other.client), "reason": words[:80]}
    assert other.client.post(f"{path}/report", data=reported).status_code == 303
    return path.rsplit("/", 1)[1]


def _put_right(desk: Visit, words: str) -> None:
    desk.open(f"/staff/members/{REF}")
    desk.follow("Put points right")
    desk.submit("See what it comes to", points="50", words=words[:120], reason=words[:120], ticket=words[:20])
    desk.submit("Add 50 points")


def pages(visit: Visit, starts: tuple[str, ...], most: int = 120) -> dict[str, Element]:
    """Every page that is reached from these by its own links, as the browser at hand sees it."""
    waiting, seen = list(starts), {}
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        if path in seen:
            continue
        answer = visit.client.get(path, follow_redirects=True)
        assert answer.status_code < 500, path
        seen[path] = read(answer.text) if answer.mimetype == "text/html" else Element("")
        for link in seen[path].all("a"):
            target = link["href"].split("#")[0]
            if target.startswith("/") and not target.startswith("//") and target not in seen:
                waiting.append(target)
    return seen


__all__ = ["ANNA", "REF", "Life", "ask", "lead", "pages"]

"""Broken inputs by a seed: every form that pages show, every call of the API, every message that Stripe could send.

A form is taken as it stands on its page, or as the address of its route alone; then something in it is bent: values,
names, the order, the encoding, the type, the headers, the path. Nothing of it may answer 500, and what is refused is
refused in one of a few ways.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal import clock, signin
from portal.db import run, transact
from portal.merchant.calls import BY_NAME
from tests.attacks.ground import FILLED, NO_ID, UNSAFE, addresses, policy_of
from tests.attacks.life import Life, lead, pages
from tests.home.doors import enter, enter_desk, make_fresh
from tests.page import Element, Visit, _fields, read
from tests.stripe_standin import EVENTS_PATH

ENDS = ("/sign-out", "/staff/sign-out", "/you/leave", "/sessions/end")
"""Forms that would end the session at hand; a stranger sends them."""
HOMES = {"member": "/you", "staff": "/staff/", "nobody": "/sign-in"}
"""A page of each visitor with a form on it."""
WORDS = (
    "", " ", "x", "0", "-1", "1.5", "1e3", "NaN", "Infinity", "9" * 30, "-" + "9" * 19, str(2**63), "１２", "٣", "true",
    "null", "None", "[]", "{}", "\x00", "a\x00b", "\ud800", "\ufffe", "\u202e", "é" * 300, "x" * 5_000, "\r\nX: y",
    "%00", "%", "%ff", "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "//evil.example",
    "javascript:alert(1)", "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2026-06-10T09:00:00Z", NO_ID,
    "Z" * 26, "0" * 25, "anna@example.com", "a@b", "@", "x" * 300 + "@b.example", "🦩", "\t", ",", "1,5", "£5", "0x10",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 2**63, 2**64, -(2**63) - 1, "", "x", "\x00", "\ud800", "x" * 5_000, [], {},
    [[]], [None], {"a": {}}, "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "12.345", "-1.00", "1e3", "９",
)  # fmt: skip
HEADERS = (
    {"Accept-Language": "x" * 2_000}, {"Accept-Language": "ko;q=zz,*;q=9"}, {"Cookie": "lang=\x01; gift=x; portal=x"},
    {"User-Agent": "<script>" * 50}, {"X-Request-Id": "é"}, {"Range": "bytes=9-1"}, {"If-Modified-Since": "soon"},
    {"If-None-Match": '"x'}, {"Accept": "\x7f"}, {"X-Forwarded-For": ",,"}, {"Idempotency-Key": "x" * 900},
    {"Transfer-Encoding": "x"}, {"Content-Encoding": "gzip"}, {"Expect": "x"}, {"Accept-Encoding": "br;q=x"},
    {"Referer": "http://localhost/\ud800".encode("utf-8", "replace").decode()}, {"Sec-Fetch-Site": "none"},
)  # fmt: skip
TOLD = {200, 303, 304, 308, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 416, 422, 429}


@dataclass
class Found:
    """What came of the inputs: how many there were, each status, and those that broke something."""

    inputs: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    refusals: set[str] = field(default_factory=set)

    def note(self, answer: TestResponse, what: str) -> None:
        """One answer."""
        self.inputs += 1
        self.statuses[answer.status_code] += 1
        if answer.status_code not in TOLD:
            self.broken.append(f"{answer.status_code} for {what}"[:1_000])


@dataclass
class Form:
    """A form as a page shows it, or a route with nothing known of its fields."""

    who: str
    path: str
    fields: dict[str, str]


class Fuzzer:
    """One app with a life in it, and what is thrown at it."""

    def __init__(self, app: Flask, seed: int, webhook_secret: str = "") -> None:
        self.app, self.chance, self.secret = app, random.Random(seed), webhook_secret
        self.life: Life = lead(app, "Tea from the top shelf", "Anna Bell")
        self.clients: dict[str, FlaskClient] = {}
        self.shop = app.test_client(use_cookies=False)
        self._enter()
        self.forms = [*self._forms_of_pages(), *self._forms_of_routes()]
        self.found = Found()

    def _enter(self) -> None:
        """Sign in anew where a bent form has signed somebody out, and forget what was counted."""
        transact(lambda: run(delete(signin.Attempt)))
        for who, home in HOMES.items():
            client = self.clients.get(who)
            if client is not None and client.get(home).status_code == 200:
                continue
            made: dict[str, Callable[[], FlaskClient]] = {
                "member": lambda: make_fresh(enter(self.app)).client,
                "staff": lambda: enter_desk(self.app).client,
                "nobody": self.app.test_client,
            }
            self.clients[who] = made[who]()

    def _forms_of_pages(self) -> Iterator[Form]:
        starts = {
            "member": (
                "/home",
                "/you",
                "/board",
                "/rewards",
                "/give",
                "/share",
                "/plans",
                "/safety",
                "/your-day",
            ),
            "staff": ("/staff/", "/staff/members/c-1", "/staff/board"),
            "nobody": ("/", "/sign-in", "/gift", "/help", "/staff/sign-in"),
        }
        for who, client in self.clients.items():
            seen: dict[str, Element] = pages(Visit(client), starts[who], most=60)
            for path, page in seen.items():
                for form in page.all("form"):
                    target = form["action"] or path
                    if target.startswith("/") and (who == "nobody" or target not in ENDS):
                        yield Form(who, target, _fields(form))

    def _forms_of_routes(self) -> Iterator[Form]:
        def is_form(policy: str, methods: set[str]) -> bool:
            return bool(methods & UNSAFE) and not policy.startswith("api:")

        for path in addresses(self.app, is_form):
            for who in self.clients:
                if path not in ENDS or who == "nobody":
                    yield Form(
                        who, path, dict.fromkeys(("email", "code", "name", "text", "points", "key"), "x")
                    )

    def throw(self, count: int) -> Found:
        """So many inputs, of every kind in turn."""
        kinds = (self._form, self._form, self._call, self._message, self._look)
        for number in range(count):
            if number % 100 == 0:
                self._enter()
            kinds[number % len(kinds)]()
        return self.found

    def _form(self) -> None:
        form = self.chance.choice(self.forms)
        fields = MultiDict(form.fields)
        fields["csrf_token"] = self._token(form)
        for _ in range(self.chance.randint(1, 4)):
            self._bend(fields)
        path = self._bent_path(form.path)
        answer = self._send(self.clients[form.who], path, fields)
        self.found.note(answer, f"POST {path} by {form.who} with {list(fields.items(multi=True))!r}")

    def _token(self, form: Form) -> str:
        """Mostly the right proof, since without it nothing behind it is reached."""
        if self.chance.random() < 0.05:
            return self.chance.choice(WORDS)
        home = HOMES[form.who]
        page = self.clients[form.who].get(home)
        if page.status_code != 200:
            self._enter()
            page = self.clients[form.who].get(home)
        tokens = read(page.text).all("input", name="csrf_token")
        return tokens[0]["value"] if tokens else ""

    def _bend(self, fields: MultiDict[str, str]) -> None:
        names = [name for name in fields if name != "csrf_token"] or ["x"]
        name, chance = self.chance.choice(names), self.chance
        kind = chance.randrange(6)
        if kind == 0:
            fields.poplist(name)
        elif kind == 1:
            fields.add(name, chance.choice(WORDS))
        elif kind == 2:
            fields[chance.choice(WORDS)[:200] or "x"] = chance.choice(WORDS)
        elif kind == 3:
            value = fields.get(name, "")
            place = chance.randrange(len(value) + 1)
            fields[name] = value[:place] + chance.choice(WORDS) + value[place:]
        else:
            fields[name] = chance.choice(WORDS)

    def _bent_path(self, path: str) -> str:
        if self.chance.random() > 0.15:
            return path
        place, _, query = path.partition("?")
        parts = place.split("/")
        parts[self.chance.randrange(1, len(parts))] = _quoted(self.chance.choice(WORDS))[:300]
        return "/".join(parts) + (f"?{query}" if query else "")

    def _send(self, client: FlaskClient, path: str, fields: MultiDict[str, str]) -> TestResponse:
        chance = self.chance.random()
        headers = self.chance.choice(HEADERS) if self.chance.random() < 0.1 else {}
        body = "&".join(
            f"{_quoted(name)}={_quoted(value)}" for name, value in fields.items(multi=True)
        ).encode()
        kind = "application/x-www-form-urlencoded"
        if chance < 0.1:
            body, kind = (
                self._torn(body),
                self.chance.choice((kind, "text/plain", "application/json", "x/\x7f", "")),
            )
        elif chance < 0.2:
            is_torn = self.chance.random() < 0.5
            body = b"".join(
                b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
                % (
                    re.sub(r'[\r\n"]', "", name).encode("utf-8", "replace"),
                    b'; filename="x"'
                    if not is_torn and self.chance.random() < 0.3
                    else b"",  # what is cut off stays open
                    value.encode("utf-8", "replace"),
                )
                for name, value in fields.items(multi=True)
            )
            body, kind = body + b"--b--\r\n", "multipart/form-data; boundary=b"
            body = self._torn(body) if is_torn else body
        elif chance < 0.25:
            body, kind = json.dumps(dict(fields)).encode(), "application/json"
        return client.post(path, data=body, content_type=kind, headers=headers)

    def _torn(self, body: bytes) -> bytes:
        """Cut short, with noise in it, or as it is."""
        place = self.chance.randrange(len(body) + 1)
        return self.chance.choice(
            (body, body[:place], body[:place] + self.chance.randbytes(9) + body[place:])
        )

    def _call(self) -> None:
        """A call of the API, its example bent."""
        call = self.chance.choice(list(BY_NAME.values()))
        path = "/api/v1" + re.sub(r"\{(\w+)\}", lambda part: FILLED.get(part[1], "c-1"), call.path)
        path = self._bent_path(path)
        kind, headers = "application/json", {"Authorization": f"Bearer {self.life.key}"}
        body = b""
        if call.body is not None:
            told = json.loads(json.dumps(call.example if call.example is not None else {}))
            for _ in range(self.chance.randint(1, 3)):
                told = self._bent_value(told)
            body = json.dumps(told).encode()
            if self.chance.random() < 0.15:
                body = self._torn(body)
            if self.chance.random() < 0.05:
                kind = self.chance.choice(("text/plain", "application/json; charset=utf-7", ""))
        if self.chance.random() < 0.1:
            headers |= self.chance.choice(HEADERS)
        if call.query and self.chance.random() < 0.7:
            path += f"?{call.query[0][0]}={_quoted(self.chance.choice(WORDS))}"
        answer = self.shop.open(path, method=call.method, data=body, content_type=kind, headers=headers)
        self.found.note(answer, f"{call.method} {path} with {body[:500]!r}")
        if (
            path.startswith("/api/")
            and answer.status_code >= 400
            and answer.mimetype != "application/problem+json"
        ):
            self.found.broken.append(f"{call.method} {path} answers {answer.mimetype}")

    def _bent_value(self, told: Any) -> Any:
        chance = self.chance
        if isinstance(told, dict) and told and chance.random() < 0.9:
            name = chance.choice(list(told))
            kind = chance.randrange(5)
            if kind == 0:
                return {key: value for key, value in told.items() if key != name}
            if kind == 1:
                return told | {chance.choice(("points", "x", "", "\x00", "id")): chance.choice(VALUES)}
            return told | {name: self._bent_value(told[name])}
        if isinstance(told, list) and told and chance.random() < 0.8:
            place = chance.randrange(len(told))
            return [*told[:place], self._bent_value(told[place]), *told[place:][: chance.randrange(3)]]
        return chance.choice(VALUES)

    def _message(self) -> None:
        """A message to Stripe's door, bent and signed, or its signature bent."""
        event: Any = {
            "id": f"evt_{self.chance.randrange(10**9)}", "object": "event", "api_version": "2026-10-28.endive",
            "created": int(clock.now().timestamp()), "livemode": False, "type": "customer.created",
            "data": {"object": {"id": "cus_1", "object": "customer"}},
        }  # fmt: skip
        body = json.dumps(self._bent_value(event)).encode()
        if self.chance.random() < 0.3:
            body = self._torn(body)
        at = int(clock.now().timestamp()) + self.chance.choice(
            (0, 0, 0, 299, -299, 301, -301, 10**12, -(10**12))
        )
        words = body.decode("utf-8", "replace")
        signature = stripe.WebhookSignature.generate_signature_header(words, self.secret or "whsec_none", at)
        if self.chance.random() < 0.4:
            signature = (
                self._torn(signature.encode()).decode("latin-1").translate({10: None, 13: None, 0: None})
            )
        answer = self.shop.post(EVENTS_PATH, data=body, headers={"Stripe-Signature": signature})
        self.found.note(answer, f"a message {body[:500]!r} signed {signature!r}")
        if answer.status_code != 200:
            self.found.refusals.add(f"{answer.status_code} {answer.text}")

    def _look(self) -> None:
        """An address with bent parts and a bent query."""
        rules = [rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        rule = self.chance.choice(rules)
        path = re.sub(
            r"<(?:[^<>]*:)?(\w+)>",
            lambda part: self.chance.choice(
                (FILLED.get(part[1], NO_ID), _quoted(self.chance.choice(WORDS))[:300])
            ),
            rule.rule,
        )
        names = [
            "next",
            "q",
            "before",
            "after",
            "order",
            "kind",
            "spend",
            "charity",
            "points",
            "lang",
            "in",
            "about",
            "join",
            "session_id",
            "limit",
            "cursor",
            "amount",
            "currency",
            "ref",
            "member",
            "activity",
            "x",
        ]
        query = "&".join(
            f"{self.chance.choice(names)}={_quoted(self.chance.choice(WORDS))}"
            for _ in range(self.chance.randint(0, 4))
        )
        who = self.chance.choice(list(self.clients))
        headers = self.chance.choice(HEADERS) if self.chance.random() < 0.1 else {}
        if policy_of(self.app, rule.endpoint).startswith("api:"):
            headers = headers | {"Authorization": f"Bearer {self.life.key}"}
        answer = self.clients[who].get(f"{path}?{query}", headers=headers)
        self.found.note(answer, f"GET {path}?{query} by {who}")


def _quoted(words: str) -> str:
    """As a client that cares for nothing writes it into an address: half a letter too."""
    return quote(words.encode("utf-8", "surrogatepass"), safe="")

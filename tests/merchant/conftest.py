"""A shop's system in front of the API: a published programme, a key, and short ways to ask."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from tests import make

UNTOUCHED = {"api_key", "alembic_version"}  # the last use of a key is noted with refused calls too

JPY_SHOP = """
key = "yen"
name = "Yen shop"
timezone = "Asia/Tokyo"
currency = "JPY"
[unit]
value = { points = 1, amount = "1" }
[contact]
email = "hello@shop.example"
[[currencies]]
code = "BHD"
rate = "400"
[[earn]]
key = "all"
label = "Everything"
points = 1
per = "100"
[[tiers]]
key = "member"
label = "Member"
"""


def simple(points: int) -> str:
    """A programme in pounds that gives `points` for each pound, at once."""
    return f"""
key = "simple"
name = "Simple"
timezone = "Europe/London"
currency = "GBP"
[unit]
value = {{ points = 1, amount = "0.01" }}
[contact]
email = "hello@shop.example"
[[earn]]
key = "all"
label = "Everything"
points = {points}
per = "1.00"
[[tiers]]
key = "member"
label = "Member"
"""


class Api:
    """The API as one key sees it; answers are read as JSON and their type is checked."""

    def __init__(self, app: Flask, secret: str | None) -> None:
        self.app = app
        self.client = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method: str, path: str, **what: Any) -> TestResponse:
        """Any request; `headers` are added to the key's."""
        headers = {**self.headers, **what.pop("headers", {})}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **what)
        expected = "application/json" if answer.status_code < 400 else "application/problem+json"
        assert answer.mimetype == expected, answer.text
        assert answer.status_code != 500, answer.text
        assert "Set-Cookie" not in answer.headers
        return answer

    def get(self, path: str, status: int = 200) -> Any:
        """The answer of a GET with this status."""
        return self._told(self.ask("GET", path), status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        """The answer of a PUT with this status."""
        return self._told(self.ask("PUT", path, json=body), status)

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        """The answer of a POST with this status."""
        return self._told(self.ask("POST", path, json=body), status)

    def points(self, ref: str = "c-1") -> dict[str, Any]:
        """The points of a member's state."""
        points: dict[str, Any] = self.get(f"/members/{ref}")["points"]
        return points

    @staticmethod
    def _told(answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.json["status"] == status
            assert answer.json["code"]
            assert answer.json["title"]
        return answer.json


@pytest.fixture
def publish(app: Flask) -> Callable[[str], int]:
    """Put a programme in force, from a text or a key of the catalogue."""
    from portal import programme as programmes
    from portal.db import transact

    def put_in_force(source: str) -> int:
        source = source if "\n" in source else programmes.load(source).source
        return transact(lambda: programmes.publish(source, make.NOW))

    return put_in_force


@pytest.fixture
def key(app: Flask) -> Callable[..., Api]:
    """A key of a shop, in use: `key("orders", "read", shop="main")`."""
    from portal import merchant
    from portal.db import transact

    def made(*scopes: str, shop: str = "main") -> Api:
        def make_key() -> str:
            merchant.add_shop(shop, "api", make.NOW)
            return merchant.create_key("test", shop, scopes or ("orders", "members", "read"), make.NOW)[1]

        return Api(app, transact(make_key))

    return made


@pytest.fixture
def demo(clock: time_machine.Traveller, publish: Callable[[str], int]) -> int:
    """The demonstration's programme: 5 points a pound, 14 days of waiting, 100 points of welcome."""
    return publish("demo")


@pytest.fixture
def one_a_pound(clock: time_machine.Traveller, publish: Callable[[str], int]) -> int:
    """A programme of one point a pound, at once, and nothing else."""
    return publish(simple(1))


@pytest.fixture
def api(key: Callable[..., Api]) -> Api:
    """A key with every scope that this version has calls for."""
    return key()


@pytest.fixture
def anna(api: Api) -> str:
    """A member, known to the shop as c-1."""
    return str(api.put("/members/c-1", make.member())["member"])


def written() -> dict[str, int]:
    """How many rows each table has, and the sum of what changes in place."""
    from portal import ledger
    from portal.db import db, read

    tables = [table for name, table in db.metadata.tables.items() if name not in UNTOUCHED]
    counts = {table.name: int(read(select(func.count()).select_from(table)).scalar_one()) for table in tables}
    counts["wallet.seq"] = int(read(select(func.coalesce(func.sum(ledger.Wallet.seq), 0))).scalar_one())
    counts["order.version"] = int(read(text("SELECT COALESCE(SUM(version), 0) FROM shop_order")).scalar_one())
    return counts


def sound() -> None:
    """The ledger and the orders prove themselves, as `portal check` does."""
    from portal import earning, ledger

    assert not ledger.faults()
    assert not earning.faults()

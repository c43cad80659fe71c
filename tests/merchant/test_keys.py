"""Keys: shown once, kept as a hash, bound to a shop and scopes, dead at once when revoked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests import make
from tests.merchant.conftest import Api


def made(scopes: tuple[str, ...] = ("read",), shop: str = "main") -> tuple[str, str]:
    """A new key: its id and its secret."""
    from portal import merchant
    from portal.db import transact

    return transact(lambda: merchant.create_key("till", shop, scopes, make.NOW))


def refused_code(verb: Any) -> str:
    """The code with which a verb refuses."""
    from portal.db import transact
    from portal.errors import Refused

    with pytest.raises(Refused) as refused:
        transact(verb)
    return refused.value.code


@pytest.mark.both_engines
def test_35_a_secret_is_shown_once_and_stands_nowhere(app):
    from portal import merchant
    from portal.db import read

    key_id, secret = made()
    assert secret.startswith("pk_")
    assert len(secret) == 46
    row = read(text("SELECT * FROM api_key")).one()
    assert secret not in str(row)
    assert secret.startswith(row.prefix)
    assert len(row.prefix) < 12
    caller = merchant.authenticate(f"Bearer {secret}", make.NOW)
    assert (caller.id, caller.shop, caller.scopes) == (key_id, "main", frozenset({"read"}))


def test_a_key_needs_a_shop_that_is_there_and_scopes_that_exist(app):
    from portal import merchant

    assert refused_code(lambda: merchant.create_key("x", "nowhere", ["read"], make.NOW)) == "unknown_key"
    assert refused_code(lambda: merchant.create_key("x", "main", ["admin"], make.NOW)) == "bad_value"
    assert refused_code(lambda: merchant.create_key("x", "main", [], make.NOW)) == "bad_value"
    assert refused_code(lambda: merchant.create_key("", "main", ["read"], make.NOW)) == "bad_value"


@pytest.mark.both_engines
def test_a_shop_is_added_once(app):
    from portal import merchant
    from portal.db import transact

    transact(lambda: merchant.add_shop("north", "shopify", make.NOW, "North Street"))
    transact(lambda: merchant.add_shop("north", "shopify", make.NOW))
    assert [(shop.key, shop.name) for shop in merchant.list_shops()] == [("north", "North Street")]
    assert refused_code(lambda: merchant.add_shop("north", "api", make.NOW)) == "conflict"
    assert refused_code(lambda: merchant.add_shop("North Street", "api", make.NOW)) == "bad_value"
    assert refused_code(lambda: merchant.add_shop("n", "magento", make.NOW)) == "bad_value"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer pk_wrong",
        "Basic cGs6",
        "pk_wrong",
        "Bearer pk_ä",
        "Bearer " + "x" * 9999,
    ],
)
def test_35_without_a_key_that_is_in_force_nothing_is_answered(demo, app, header):
    answer = Api(app, None).ask("GET", "/programme", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_35_a_key_in_the_address_is_no_key(demo, app):
    _, secret = made()
    assert Api(app, None).get(f"/programme?key={secret}&access_token={secret}", 401)


def test_35_a_revoked_key_is_dead_at_once(demo, app):
    from portal import merchant
    from portal.db import transact

    key_id, secret = made()
    api = Api(app, secret)
    api.get("/programme")
    transact(lambda: merchant.revoke_key(key_id, make.NOW))
    api.get("/programme", 401)
    assert [key.revoked_at for key in merchant.list_keys()] == [make.NOW]
    assert refused_code(lambda: merchant.revoke_key("nothing", make.NOW)) == "unknown_key"


@pytest.mark.both_engines
def test_35_a_key_ends_by_itself_and_then_is_like_one_that_never_was(demo, app, clock):
    from portal import merchant
    from portal.db import transact

    key_id, secret = transact(
        lambda: merchant.create_key(
            "till", "main", ["read"], make.NOW, expires_at=make.NOW + timedelta(days=90)
        )
    )
    api = Api(app, secret)
    clock.move_to(make.NOW + timedelta(days=90) - timedelta(seconds=1))
    api.get("/programme")
    clock.shift(timedelta(seconds=1))
    ended, never = api.ask("GET", "/programme"), Api(app, "pk_wrong").ask("GET", "/programme")
    assert (ended.status_code, ended.json["code"]) == (401, "unauthorized")
    for answer in (ended, never):
        answer.json.pop("request_id")
    assert ended.json | {"request_id": ""} == never.json | {"request_id": ""}
    assert [key.id for key in merchant.list_keys()] == [key_id], "staff still see it"


def test_a_key_lasts_a_year_where_nothing_is_said_and_cannot_have_ended_before(app):
    from portal import merchant

    made()
    assert merchant.list_keys()[0].expires_at == make.NOW + timedelta(days=365)
    over = lambda: merchant.create_key("x", "main", ["read"], make.NOW, expires_at=make.NOW)  # noqa: E731
    assert refused_code(over) == "bad_value"


def test_a_key_of_before_keys_ended_goes_on(demo, app, clock):
    from portal.db import run, transact

    secret = made()[1]
    transact(lambda: run(text("UPDATE api_key SET expires_at = NULL")))
    clock.shift(timedelta(days=3650))
    Api(app, secret).get("/programme")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"get_member", "get_entries", "get_order", "post_quote"}),
        ("orders", {"put_order", "get_order", "post_batch", "post_quote", "post_activity"}),
        ("members", {"put_member", "get_member", "get_entries", "put_attribute"}),
        ("redeem", {"post_donation", "post_redemption", "delete_redemption", "get_code", "post_code_use"}),
    ],
)
def test_35_a_key_may_do_what_its_scope_says_and_nothing_else(demo, key, scope, allowed):
    from portal.merchant.calls import CALLS

    api = key(scope)
    allowed = allowed | {"get_programme", "get_rewards", "get_charities"}
    for call in CALLS:
        answer = api.ask(call.method, re.sub(r"\{\w+\}", "c-1", call.path), json={} if call.body else None)
        assert (answer.status_code != 403) == (call.name in allowed), call.name
        assert answer.status_code != 403 or answer.json["code"] == "missing_scope"


def test_the_last_use_is_noted_to_ten_minutes(demo, app, clock):
    from portal import merchant

    _, secret = made()
    api = Api(app, secret)
    assert merchant.list_keys()[0].last_used_at is None
    seen = []
    for minutes in (0, 9, 2):
        clock.shift(timedelta(minutes=minutes))
        api.get("/programme")
        seen.append(merchant.list_keys()[0].last_used_at - make.NOW)
    assert seen == [timedelta(0), timedelta(0), timedelta(minutes=11)]


def test_a_use_that_cannot_be_noted_fails_no_request(demo, app, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from portal import merchant

    def busy(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    _, secret = made()
    monkeypatch.setattr("portal.merchant.keys.note_use", busy)
    Api(app, secret).get("/programme")
    assert merchant.list_keys()[0].last_used_at is None


def test_35_a_key_that_asks_too_often_waits(demo, app, monkeypatch):
    from portal.merchant.limits import Limit

    seconds = [0.0]
    monkeypatch.setattr("portal.merchant.views.limit", Limit(60, lambda: seconds[0]))
    api, other = Api(app, made()[1]), Api(app, made()[1])
    for _ in range(60):
        api.get("/programme")
    answer = api.ask("GET", "/programme")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (
        429,
        "too_many_requests",
        "1",
    )
    other.get("/programme")
    seconds[0] += 1
    api.get("/programme")
    api.get("/programme", 429)

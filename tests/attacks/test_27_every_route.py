"""Attack 27: everybody against every address of the portal. Its declared policy alone says who is let in."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import clock as portal_clock
from portal import merchant, signin
from portal.db import transact
from portal.web.policies import is_policy
from tests.attacks.ground import FILLED, NO_ID, policy_of, proof
from tests.authenticator import Phone
from tests.home.doors import SAM, enter
from tests.page import Visit
from tests.support.acts import hire, newcomer

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
FILL = re.compile(r"<(?:[^<>]*:)?(\w+)>")
AWAY = ("/sign-in", "/staff/sign-in", "/proof", "/staff/proof", "/staff/passkey")
LEAVING = "/you/leave"  # the last thing that a member does
DESK = {"find", "visit", "adjust", "plans", "answer", "recover", "scan"}
MAY = {
    "support": DESK,
    "manager": DESK,
    "owner": DESK,
    "auditor": {"find"},
    "till": {"scan"},
}
SCOPES = ("read", "orders", "members", "redeem")


def lets_in(policy: str, who: str) -> bool:
    """What the policy promises, said once more: not by the code that enforces it."""
    kind, _, detail = policy.partition(":")
    if kind == "api":
        return who.startswith("key ") and who.removeprefix("key ") in detail.split("|")
    if policy in ("member", "fresh"):
        return who == "fresh member" or (who, policy) == ("member", "member")
    if policy == "newcomer":
        return who in ("newcomer", *MAY)  # who are fresh here
    if policy in ("staff", "staff_fresh"):
        return who in MAY
    if kind == "staff":
        return detail in MAY.get(who, set())
    assert policy in ("operator", "stripe"), policy
    return False


def is_turned_away(answer: TestResponse) -> bool:
    """Sent to sign in, to prove, to set a passkey up, or refused."""
    if answer.status_code == 303:
        path = answer.headers["Location"].partition("?")[0]
        return path in AWAY
    return answer.status_code in (401, 403)


def leads_back(path: str, answer: TestResponse) -> bool:
    """Who is in the middle of a proof that they never began is sent to its first page: they are let in."""
    door = "/staff" if path.startswith("/staff/") else ""
    away = answer.headers.get("Location", "").partition("?")[0]
    return path.startswith(f"{door}/proof/") and away == f"{door}/proof"


def member(app: Flask, *, fresh: bool) -> FlaskClient:
    client = enter(app).client
    if fresh:
        with client.session_transaction() as cookie:
            person = signin.load_session(cookie["_user_id"], portal_clock.now())
            cookie["_user_id"] = transact(lambda: signin.sessions.renew(person, portal_clock.now()))
    return client


def by_link(app: Flask) -> FlaskClient:
    """Staff who came by the one-time link and have no passkey yet."""
    hire(app, "owner")
    path = transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60))
    visit = Visit(app.test_client())
    visit.open(path)
    visit.submit("Sign in as s•••@example.com on this device")
    return visit.client


def with_key(app: Flask, scope: str) -> FlaskClient:
    client = app.test_client()
    key = transact(lambda: merchant.create_key("till", "main", [scope], portal_clock.now()))[1]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


WAYS_IN: dict[str, Callable[[Flask], FlaskClient]] = {
    "nobody": lambda app: app.test_client(),
    "member": lambda app: member(app, fresh=False),
    "fresh member": lambda app: member(app, fresh=True),
    "newcomer": by_link,
    **{role: (lambda app, role=role: newcomer(app, Phone(), role).client) for role in MAY},
    **{f"key {scope}": (lambda app, scope=scope: with_key(app, scope)) for scope in SCOPES},
}


def tokens(client: FlaskClient, who: str) -> dict[bool, str]:
    """Form tokens that are good in this browser: at the door of members, and at that of staff."""
    inside = {"member": "/you", "fresh member": "/you"}.get(who, "/sign-in")
    at_desk = {"newcomer": "/staff/passkeys/new", **dict.fromkeys(MAY, "/staff/safety")}.get(
        who, "/staff/sign-in"
    )
    return {False: proof(client, inside), True: proof(client, at_desk)}


@pytest.mark.parametrize("who", WAYS_IN)
def test_27_every_route_lets_in_whom_its_policy_names_and_nobody_else(app: Flask, anna: str, who: str):
    client = WAYS_IN[who](app)
    token, wrong = tokens(client, who), []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule == LEAVING):
        policy = policy_of(app, rule.endpoint)
        if policy in ("anonymous", "debug"):
            continue
        path = FILL.sub(lambda part: FILLED.get(part[1], NO_ID), rule.rule)
        for method in sorted(rule.methods & METHODS):
            answer = send(client, method, path, token[path.startswith("/staff")])
            open_here = not is_turned_away(answer) or leads_back(path, answer)
            if policy in ("operator", "stripe"):
                open_here = answer.status_code < 400
            if open_here != lets_in(policy, who):
                wrong.append(
                    f"{method} {path} ({policy}): {answer.status_code} {answer.headers.get('Location')}"
                )
    assert not wrong, "\n".join(wrong)


def send(client: FlaskClient, method: str, path: str, token: str) -> TestResponse:
    """A request as this browser, or this shop's system, would send it."""
    if path.startswith("/api/"):
        return client.open(path, method=method, json={} if method != "GET" else None)
    return client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)


def test_27_a_route_without_a_policy_or_with_one_that_nobody_enforces_stays_closed(app: Flask, anna: str):
    def mount(path: str, endpoint: str, name: str | None) -> str:
        def open_door() -> str:
            return "<!doctype html>"

        open_door.policy = name  # type: ignore[attr-defined]  # the mark of `policy`, which refuses a misspelt one
        app.add_url_rule(path, endpoint, open_door)
        return path

    closed = (
        mount("/forgotten", "forgotten", None),
        mount("/misspelt", "misspelt", "staff:everything"),
        mount("/elsewhere", "elsewhere", "api:read"),
        mount("/api/v1/elsewhere", "in_the_api", "api:read"),
        mount("/api/v1/nothing", "merchant.no_call", "api:read"),
    )
    for way_in in ("nobody", "fresh member", "owner", "key read"):
        client = WAYS_IN[way_in](app)
        assert [client.get(path).status_code for path in closed] == [403] * len(closed), way_in
    assert not is_policy(None)
    for name in (
        "",
        "everybody",
        "staff:everything",
        "api:admin",
        "api:",
        "api:read|admin",
        "staff:find|adjust",
    ):
        assert not is_policy(name), name


def test_27_the_tries_of_staff_are_on_record(app: Flask, anna: str):
    from portal import people
    from portal.support import audit

    client = WAYS_IN["till"](app)
    token = tokens(client, "till")[True]
    since = portal_clock.now()
    assert client.post("/staff/adjustments/new?member=c-1", data={"csrf_token": token}).status_code == 403
    assert audit.count_since(people.staff_by_email(SAM).id, "refused", since) == 1

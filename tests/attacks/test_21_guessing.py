"""21: brute force with invented origins and 200 tries at once never gets past a limit, and locks nobody out."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import signin
from portal.db import read
from portal.signin.rules import BY_ADDRESS, BY_IP, CODE_TRIES
from tests.attacks.ground import proof
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter
from tests.page import Visit
from tests.signin.browsing import is_in, options_for, set_up, sign_in, token_of

TRIES = 200
LANES = 8
ADDRESS_LIMIT, IP_LIMIT = BY_ADDRESS[0].most, BY_IP[0].most


def attempts(what: str) -> list[int]:
    """How often each counter of this kind was counted."""
    attempt = signin.Attempt.__table__.c
    found = read(select(attempt.count).where(attempt.limit_key.like(f"{what}/%"))).all()
    return [row.count for row in found]


def challenges() -> list:
    """Every code that was made, the oldest first."""
    return list(read(select(signin.Challenge.__table__).order_by(signin.Challenge.__table__.c.id)).all())


behind_none_or_one = pytest.mark.parametrize(
    "hops", [0, pytest.param(1, marks=pytest.mark.settings(PORTAL_TRUSTED_PROXIES="1"))]
)
"""The app as it is, and as it is with one trusted proxy."""


def origin(number: int, hops: int) -> dict[str, str]:
    """The header of somebody who invents where she comes from; a proxy writes the last one down itself."""
    invented = f"198.51.{number // 250}.{number % 250 + 1}"
    return {"X-Forwarded-For": f"{invented}, 203.0.113.7" if hops else invented}


@pytest.mark.both_engines
@behind_none_or_one
def test_21_rotating_origins_get_no_more_codes_than_one_line(app, anna, mailbox, hops):
    answers = []
    for number in range(IP_LIMIT + 6):
        visit = Visit(app.test_client())
        token = proof(visit.client, "/sign-in")
        sent = {"csrf_token": token, "email": f"m{number}@example.com"}
        answers.append(visit.client.post("/sign-in", data=sent, headers=origin(number, hops)).status_code)
    assert answers == [303] * IP_LIMIT + [422] * 6
    assert len(mailbox) == IP_LIMIT


@behind_none_or_one
def test_21_a_header_that_is_no_address_is_one_line_too(app, anna, mailbox, hops):
    odd = (
        "unknown",
        "",
        ",,,",
        "::1%eth0",
        "1.2.3.4:80",
        "x" * 4000,
        "203.0.113.7, ",
        "é",
        "[::1]:80",
        "127.0.0.1",
    )
    sent = 0
    for number in range(3 * IP_LIMIT):
        visit = Visit(app.test_client())
        token = proof(visit.client, "/sign-in")
        told = {"csrf_token": token, "email": f"m{number}@example.com"}
        header = odd[number % len(odd)].encode().decode("latin-1")
        headers = {"X-Forwarded-For": f"{header}, 203.0.113.7" if hops else header}
        sent += visit.client.post("/sign-in", data=told, headers=headers).status_code == 303
    assert sent == len(mailbox) == IP_LIMIT


@pytest.mark.both_engines
def test_21_two_hundred_requests_at_once_mail_five_codes(app, anna, mailbox, monkeypatch):
    browsers = [app.test_client() for _ in range(LANES)]
    tokens = [proof(browser, "/sign-in") for browser in browsers]
    monkeypatch.setattr("portal.jobs.wake", lambda: None)

    def request(number: int) -> int:
        lane = number % LANES
        told = {"csrf_token": tokens[lane], "email": ANNA}
        fresh = app.test_client()
        fresh.set_cookie("portal", browsers[lane].get_cookie("portal").value, domain="localhost")
        fresh.environ_base["REMOTE_ADDR"] = f"198.51.100.{number + 1}"  # as many lines as tries
        return fresh.post("/sign-in", data=told).status_code

    with ThreadPoolExecutor(LANES) as pool:
        answers = list(pool.map(request, range(TRIES)))
    assert sorted(answers) == [303] * ADDRESS_LIMIT + [422] * (TRIES - ADDRESS_LIMIT)
    assert len(challenges()) == ADDRESS_LIMIT


@pytest.mark.both_engines
def test_21_two_hundred_guesses_at_once_are_five_tries_and_the_link_still_works(app, anna, mailbox, clock):
    visit = Visit(app.test_client())
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    right, token = mailbox.code(ANNA), visit.page.all("input", name="csrf_token")[0]["value"]
    cookie = visit.client.get_cookie("portal").value

    def guess(number: int) -> int:
        thief = app.test_client()
        thief.set_cookie("portal", cookie, domain="localhost")
        thief.environ_base["REMOTE_ADDR"] = f"198.51.100.{number + 1}"
        wrong = f"{(int(right) + 1 + number) % 10**6:06}"
        headers = {"X-Forwarded-For": f"203.0.113.{number + 1}"}
        return thief.post(
            "/sign-in/code", data={"csrf_token": token, "code": wrong}, headers=headers
        ).status_code

    with ThreadPoolExecutor(LANES) as pool:
        assert set(pool.map(guess, range(TRIES))) == {422}
    (challenge,) = challenges()
    assert challenge.tries == CODE_TRIES
    assert challenge.used_at is None
    assert "This code does not work any more" in visit.submit("Continue", 422, code=right).text
    assert not read(select(func.count()).select_from(signin.Session.__table__)).scalar_one()
    visit.open(mailbox.link(ANNA))
    visit.submit("Sign in as a•••@example.com on this device")
    assert visit.client.get("/home").status_code == 200, "guessing locks nobody out"


def test_21_new_codes_bring_no_more_tries_in_an_hour_than_the_limit_says(app, anna, mailbox, clock):
    """Five tries for each code, but twenty an hour and fifty a day for an address, however many codes are asked for."""
    tried = 0
    for hour in range(30):
        visit = Visit(app.test_client())
        visit.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{hour + 1}"
        visit.open("/sign-in")
        token = visit.page.all("input", name="csrf_token")[0]["value"]
        asked = visit.client.post("/sign-in", data={"csrf_token": token, "email": ANNA})
        if asked.status_code == 303:
            right = mailbox.code(ANNA)
            for number in range(CODE_TRIES):
                wrong = f"{(int(right) + 1 + number) % 10**6:06}"
                answer = visit.client.post("/sign-in/code", data={"csrf_token": token, "code": wrong})
                tried += "not the code" in re.sub(r"\s+", " ", answer.text)
        clock.shift(timedelta(minutes=6))
    hours = 30 * 6 / 60
    assert tried <= 20 * (hours + 1)
    assert tried <= 50


@pytest.mark.both_engines
def test_21_whoever_uses_up_the_limits_of_her_address_and_her_line_locks_no_passkey_out(app, anna, mailbox):
    phone = Phone()
    set_up(enter(app), phone)
    thief = Visit(app.test_client())
    thief.open("/sign-in")
    token = token_of(thief)
    for number in range(IP_LIMIT):
        email = ANNA if number < ADDRESS_LIMIT else f"m{number}@example.com"
        told = {"csrf_token": token, "email": email}
        assert thief.client.post("/sign-in", data=told).status_code == 303
    for _ in range(TRIES):
        options_for(thief, "sign_in")
        told = {"csrf_token": token, "credential": "{}"}
        assert thief.client.post("/passkeys/sign-in", data=told).status_code == 400
    hers = Visit(app.test_client())
    for email in (ANNA, "zoe@example.com"):
        hers.open("/sign-in")
        assert "too often" in hers.submit("Send the code", 422, email=email).text, (
            "by mail she would have to wait"
        )
    assert sign_in(hers, phone).status_code == 303
    assert is_in(hers)


def test_21_counters_tell_nobody_who_tried(app, anna, mailbox):
    visit = Visit(app.test_client())
    visit.client.environ_base["REMOTE_ADDR"] = "203.0.113.99"
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    assert attempts("ask")
    told = repr(read(select(signin.Attempt.__table__)).all())
    assert ANNA not in told
    assert "203.0.113.99" not in told

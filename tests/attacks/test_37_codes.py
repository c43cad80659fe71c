"""37: codes cannot be guessed: 80 bits and more, the same answer for each miss, and after a few misses none at all."""

import contextlib
import itertools
import math
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal import clock, merchant, referrals, rewards
from portal.errors import Refused
from portal.merchant.limits import MISSES_PER_MINUTE, Limit
from portal.merchant.redeeming import code_state
from portal.rewards.codes import ALPHABET, LETTERS
from portal.web.throttle import MOST_MISSES, Misses
from tests.attacks.ground import proof
from tests.attacks.life import lead
from tests.billing.conftest import desk, environ, sells, stripe_standin
from tests.billing.giving import buy
from tests.home.doors import enter, join
from tests.page import Visit, read

__all__ = ["desk", "environ", "sells", "stripe_standin"]

GUESSES = 200
MANY = 10_000


@pytest.fixture
def anna(sells) -> str:
    """A member where plans are sold; her id."""
    return join()


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch) -> None:
    """What a process counts in memory begins with this test."""
    monkeypatch.setattr("portal.referrals.views.misses", Misses())
    monkeypatch.setattr("portal.merchant.views.misses", Limit(MISSES_PER_MINUTE, lambda: 0.0))


def told(client: FlaskClient, path: str) -> tuple[int, str]:
    """Status and words of a page, without what is another at each request."""
    answer = client.get(path)
    page = read(answer.text)
    words = page.text.partition("Reference")[0]
    return answer.status_code, words.replace(path.rsplit("/", 1)[1], "CODE")


def test_37_a_code_of_a_reward_or_a_gift_has_eighty_bits():
    assert LETTERS * math.log2(len(ALPHABET)) >= 80
    codes = {rewards.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {LETTERS}
    for place in range(LETTERS):
        assert len({code[place] for code in codes}) == len(ALPHABET), "every letter in every place"


@pytest.mark.both_engines
def test_37_a_till_that_guesses_at_codes_is_stopped_and_the_misses_are_all_alike(app, programme):
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    shop = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {life.key}"}
    answers = []
    for number in range(GUESSES):
        code = rewards.grouped(rewards.new_code()) if number % 3 else ("x" * number or "x")
        way = shop.get if number % 2 else shop.post
        path = f"/api/v1/codes/{code}" + ("" if number % 2 else "/uses")
        body = {} if number % 2 else {"json": {"order": "1"}}
        answer = way(path, headers=headers, **body)
        answers.append((answer.status_code, {k: v for k, v in answer.json.items() if k != "request_id"}))
    found = [status for status, _ in answers]
    missed = found.count(404)
    assert missed <= MISSES_PER_MINUTE
    assert found.count(429) >= GUESSES - MISSES_PER_MINUTE - found.count(422)
    assert set(found) <= {404, 422, 429}
    assert len({repr(body) for status, body in answers if status == 404}) == 1
    assert shop.get(f"/api/v1/codes/{life.code}", headers=headers).status_code == 429, "the right one too"


def near(code: str) -> list[str]:
    """Every code that differs from this one in a single letter."""
    places = itertools.product(range(len(code)), ALPHABET)
    found = {f"{code[:place]}{letter}{code[place + 1 :]}" for place, letter in places}
    return sorted(found - {code})


def test_37_ten_thousand_guesses_at_a_reward_find_nothing_and_are_told_alike(app, programme):
    """Past every limit: the verb itself, which also the desk and the orders of a shop go by."""
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    guesses = near(rewards.normal(life.code))
    guesses += [rewards.new_code() for _ in range(MANY - len(guesses))]
    told = set()
    for guess in guesses:
        with pytest.raises(Refused) as refused:
            code_state(rewards.grouped(guess), amount=None, currency=None, at=clock.now())
        told.add(repr((refused.value.code, refused.value.message, refused.value.status, refused.value.facts)))
    assert len(told) == 1
    assert code_state(life.code, amount=None, currency=None, at=clock.now())["valid"]


def test_37_of_ten_thousand_guesses_within_ten_minutes_a_key_gets_six_hundred_and_sixty():
    seconds = 0.0
    misses, looked = Limit(MISSES_PER_MINUTE, lambda: seconds), 0
    for _ in range(MANY):
        looked += misses.take("till") == 0.0
        seconds += 600 / MANY
    assert looked in (659, 660)


def test_37_of_ten_thousand_guesses_within_an_hour_at_friends_codes_a_line_gets_three_hundred_and_sixty(
    app, clock
):
    """Such a code is short, for it is said aloud and written on walls: it opens nothing, and names a first name."""
    misses, looked = Misses(), 0
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.7"}):
        for _ in range(MANY):
            with contextlib.suppress(Refused):
                misses.refuse()
                misses.note()
                looked += 1
            clock.shift(timedelta(hours=1) / MANY)
    assert looked == MOST_MISSES * 12


def test_37_gift_codes_are_guessed_ten_times_and_then_the_page_is_shut(app, desk):
    code = buy(desk, "plus-monthly-1")
    stranger = app.test_client()
    answers = []
    for number in range(GUESSES // 4):
        sent = {"csrf_token": proof(stranger, "/gift"), "code": rewards.grouped(rewards.new_code())}
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        answers.append(stranger.post("/gift", data=sent, headers=headers))
    statuses = [answer.status_code for answer in answers]
    assert statuses == [404] * 10 + [429] * (len(answers) - 10)
    assert len({read(answer.text).text for answer in answers[:10]}) == 1
    sent = {"csrf_token": proof(stranger, "/gift"), "code": code}
    assert stranger.post("/gift", data=sent).status_code == 429, "the right one too"
    assert read(stranger.get(f"/gift/{code}").text).text == read(stranger.get("/gift/AAAA").text).text, (
        "looking at an address tells nothing of the code in it"
    )


def test_37_codes_of_friends_are_guessed_a_few_times_and_every_miss_is_alike(app, anna):
    code = referrals.code_of(anna)
    assert code is not None
    stranger = app.test_client()
    guesses = [
        f"{code[:-3]}{number:03}".replace("0", "b").replace("1", "c") for number in range(MOST_MISSES - 4)
    ]
    guesses = [one for one in guesses if one != code] + ["x", "'--", "é", "a" * 300]
    answers = [told(stranger, f"/r/{guess}") for guess in guesses]
    assert {status for status, _ in answers} == {404}
    assert len({words for _, words in answers}) == 1
    for _ in range(MOST_MISSES):
        stranger.get("/r/nobody-bcd", headers={"X-Forwarded-For": "203.0.113.5"})
    for path in ("/r/nobody-bcd", f"/r/{code}"):
        assert stranger.get(path).status_code == 429, "from now on nothing is told, right or wrong"
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert elsewhere.get(f"/r/{code}").status_code == 200, "and nobody else is shut out"


def test_37_codes_of_friends_are_not_found_by_trying_to_join(app, anna, mailbox):
    visit = Visit(app.test_client())
    visit.open("/")
    visit.follow("Join free")
    visit.submit("Send the code", email="zoe@example.com")
    visit.submit("Continue", code=mailbox.code("zoe@example.com"))
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    sent = {"csrf_token": token, "name": "Zoe", "terms": "y", "birthday_day": "", "birthday_month": ""}
    statuses = []
    for number in range(20):
        guess = f"anna-{number:03}".replace("0", "b")
        statuses.append(visit.client.post("/join", data=sent | {"code": guess}).status_code)
    assert statuses == [422] * 5 + [429] * 15
    code = referrals.code_of(anna)
    assert visit.client.post("/join", data=sent | {"code": code}).status_code == 429, "the right one too"
    assert visit.client.post("/join", data=sent | {"code": ""}).status_code == 303, "without one she joins"


def test_37_a_code_is_shown_to_its_owner_alone_whose_session_may_be_basic(app, desk):
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    stranger, berta = app.test_client(), enter(app, "berta@example.com").client
    path = f"/rewards/taken/{life.redemption}"
    shown = life.code.replace("-", " ")
    assert shown in read(life.hers.client.get(path).text).text
    assert stranger.get(path).status_code == 303
    assert berta.get(path).status_code == 404
    for visitor in (stranger, berta, life.desk.client):
        for place in (path, "/rewards/taken", "/staff/members/c-1", "/home"):
            page = visitor.get(place).text
            assert life.code not in page, place
            assert shown not in read(page).text, place
    assert life.code.replace("-", "") not in str(merchant.member_state("c-1", clock.now()))

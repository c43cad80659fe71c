"""What the database must hold to when many try at once, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import joining, people, signin
from portal.db import read, transact
from portal.errors import Refused
from portal.signin import challenges
from portal.signin.limits import too_many

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]

HERE = signin.Visitor(browser="b" * 43, agent="Chrome · Android", ip="203.0.113.7")
ANNA = "anna@example.com"


@pytest.fixture
def code(monkeypatch) -> str:
    """The code that every challenge of this test gets."""
    monkeypatch.setattr(challenges, "new_code", lambda: "314159")
    return "314159"


def ask(email: str = ANNA) -> str:
    asked = transact(
        lambda: signin.ask(
            email, purpose="member", visitor=HERE, next_path=None, locale="en", now=portal_clock.now()
        )
    )
    assert asked.challenge_id is not None
    return asked.challenge_id


def at_once(app, times: int, verb) -> list:
    """The outcomes of a verb that several threads call at the same time, each as a write of its own."""

    def one(number: int):
        with app.app_context():
            return transact(lambda: verb(number))

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(times)))


def test_forty_guesses_at_once_are_five_tries(app, code):
    challenge_id = ask()
    entered = at_once(
        app,
        40,
        lambda n: signin.enter_by_code(challenge_id, f"{n:06}", visitor=HERE, now=portal_clock.now()).outcome,
    )
    assert entered.count("wrong") == 5
    assert set(entered) <= {"wrong", "expired", "limited"}


def test_the_right_code_at_once_opens_one_session(app, code):
    transact(
        lambda: joining.join(
            people.Profile(name="Anna"), email=ANNA, proved=True, ref=None, marketing=False, terms_version=None,
            source="shop:main", now=portal_clock.now(),
        )
    )  # fmt: skip
    challenge_id = ask()
    entered = at_once(
        app,
        8,
        lambda _: signin.enter_by_code(challenge_id, code, visitor=HERE, now=portal_clock.now()).outcome,
    )
    assert sorted(entered) == ["expired"] * 3 + ["in"] + ["used"] * 4, "five tries, as of every code"
    assert len(read(select(signin.Session.__table__)).all()) == 1


def test_a_limit_holds_however_many_ask_at_once(app):
    waits = at_once(app, 30, lambda _: too_many("ask", email=ANNA, ip=HERE.ip, now=portal_clock.now()))
    assert waits.count(0) == 5
    assert set(waits) == {0, 300}, "pressing again makes no wait longer"


def test_a_window_begins_anew_when_it_is_over(app, clock):
    for _ in range(7):
        transact(lambda: too_many("ask", email=ANNA, ip=HERE.ip, now=portal_clock.now()))
    clock.shift(timedelta(minutes=5))
    assert transact(lambda: too_many("ask", email=ANNA, ip=HERE.ip, now=portal_clock.now())) == 0


def test_all_addresses_of_one_line_count_as_one(app):
    waits = [
        transact(
            lambda n=n: too_many(
                "ask", email=f"{n}@example.com", ip=f"2001:db8:1:2::{n:x}", now=portal_clock.now()
            )
        )
        for n in range(11)
    ]
    assert waits == [0] * 10 + [300]


def test_counters_name_nobody(app):
    transact(lambda: too_many("ask", email=ANNA, ip=HERE.ip, now=portal_clock.now()))
    rows = repr(read(select(signin.Attempt.__table__)).all())
    assert ANNA not in rows
    assert HERE.ip not in rows


def test_a_session_is_found_with_its_member_and_wallet(app, code):
    member_id = transact(
        lambda: joining.join(
            people.Profile(name="Anna", locale="en-GB"), email=ANNA, proved=True, ref="c-1", marketing=True,
            terms_version="1", source="shop:main", now=portal_clock.now(),
        )
    )  # fmt: skip
    challenge_id = ask()
    entered = transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=portal_clock.now()))
    person = signin.load_session(entered.token, portal_clock.now())
    assert (person.kind, person.id, person.ref, person.name) == ("member", member_id, "c-1", "Anna")
    assert (person.available, person.pending, person.owed) == (150, 0, 0)  # joining and the newsletter
    assert person.get_id() == entered.token
    assert entered.token not in repr(person)
    assert signin.load_session(entered.token[:-1], portal_clock.now()) is None


def test_one_statement_finds_out_who_is_signed_in(app, code, statements):
    transact(
        lambda: joining.join(
            people.Profile(), email=ANNA, proved=True, ref=None, marketing=False, terms_version=None, source="import",
            now=portal_clock.now(),
        )
    )  # fmt: skip
    challenge_id = ask()
    entered = transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=portal_clock.now()))
    statements.clear()
    assert signin.load_session(entered.token, portal_clock.now()) is not None
    assert len(statements) == 1


def test_a_proof_that_was_signed_out_of_opens_no_second_session(app, code):
    member_id = transact(
        lambda: joining.join(
            people.Profile(), email=ANNA, proved=True, ref=None, marketing=False, terms_version=None, source="import",
            now=portal_clock.now(),
        )
    )  # fmt: skip
    challenge_id = ask()
    now = portal_clock.now()
    transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=now))
    transact(lambda: signin.end_sessions(member_id, now))
    again = transact(
        lambda: signin.open_session(
            "member", member_id, challenge_id=challenge_id, browser=HERE.browser, agent=HERE.agent, now=now
        )
    )
    assert again is None


def test_an_address_that_changes_hands_ends_every_session(app, code):
    now = portal_clock.now()
    put = joining.MemberBody(email=ANNA, email_verified=True)
    transact(lambda: joining.put_member("c-1", put, source="shop:main", now=now))
    challenge_id = ask()
    entered = transact(lambda: signin.enter_by_code(challenge_id, code, visitor=HERE, now=now))
    with suppress(Refused):
        transact(
            lambda: joining.put_member(
                "c-1", joining.MemberBody(email="new@example.com"), source="shop:main", now=now
            )
        )
    assert signin.load_session(entered.token, now) is not None, "without proof nothing changes"
    vouched = joining.MemberBody(email="new@example.com", email_verified=True)
    transact(lambda: joining.put_member("c-1", vouched, source="shop:main", now=now))
    assert signin.load_session(entered.token, now) is None

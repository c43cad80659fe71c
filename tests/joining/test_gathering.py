"""Many who join at once in few statements: each has what she would have by herself, and what is not plain is left."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import giving, granting, joining, ledger, people, referrals
from portal import programme as programmes
from portal.db import read, transact

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]

_planned = granting.Planned.__table__.c


@pytest.fixture(autouse=True)
def the_books_add_up(app):
    yield
    assert ledger.faults() + granting.faults() + giving.faults() + referrals.faults() == []


def word(ref: str, **fields: Any) -> joining.Word:
    return joining.Word(ref, joining.MemberBody.model_validate(fields), portal_clock.now())


def put(*words: joining.Word) -> list[joining.Put | None]:
    return transact(lambda: joining.put_fresh(words, source="shop:main"))


def test_each_has_her_wallet_welcome_card_code_and_agenda():
    done = put(word("c-1", name="Anna"), word("c-2", name="Anna"), word("c-3"))
    assert [one is not None and one.joined for one in done] == [True, True, True]
    members = [people.by_ref(ref) for ref in ("c-1", "c-2", "c-3")]
    assert [one.id for one in members] == [one.member_id for one in done]
    assert [one.name for one in members] == ["Anna", "Anna", None]
    assert [ledger.wallet(one.id).available for one in members] == [100, 100, 100]
    assert len({one.number for one in members}) == len({referrals.code_of(one.id) for one in members}) == 3
    number = programmes.active()[0]
    versions = read(select(_planned.member_id, _planned.programme_version)).all()
    assert {(one.id, number) for one in members} <= {tuple(row) for row in versions}


def test_marketing_is_noted_and_earns_what_it_earns_alone():
    (done,) = put(word("c-1", consents={"marketing": True}))
    assert [(row.kind, row.given) for row in people.consents(done.member_id)] == [("marketing", True)]
    assert people.by_ref("c-1").marketing


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "anna@example.com"},
        {"birthday": "06-14"},
        {"referral_code": "anna-234"},
        {"profiles": [{"id": "1", "nickname": "Bee", "birthday": "06-14"}]},
    ],
)
def test_what_others_or_a_day_hang_on_is_left_to_the_caller(fields):
    assert put(word("c-1", **fields), word("c-2")) == [None, put_of("c-2")]
    assert people.by_ref("c-1") is None


def put_of(ref: str) -> joining.Put:
    return joining.Put(people.by_ref(ref).id, joined=True)


def test_a_member_and_an_id_that_comes_twice_are_left_to_the_caller():
    put(word("c-1", name="Anna"))
    assert put(word("c-1", name="Berta"), word("c-2"), word("c-2"), word("c-3")) == [
        None,
        None,
        None,
        put_of("c-3"),
    ]
    assert people.by_ref("c-1").name == "Anna"
    assert people.by_ref("c-2") is None


def test_a_joining_ahead_is_left_and_one_of_before_keeps_its_day():
    now = portal_clock.now()
    ahead, before = (now + timedelta(days=days) for days in (2, -40))
    assert put(word("c-1", joined_at=ahead.isoformat()), word("c-2", joined_at=before.isoformat()))[0] is None
    assert people.by_ref("c-2").joined_at == before


def test_nothing_is_left_behind_when_something_is_taken_meanwhile(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(joining.gathering.people, "taken", lambda kind, keys: set())
    put(word("c-1"))
    assert put(word("c-1"), word("c-2")) == [None, None]
    assert people.by_ref("c-2") is None

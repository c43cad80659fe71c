"""Many who join at once in few statements: each has what she would have by herself, and what is not plain is left."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import earning, giving, granting, joining, ledger, people, referrals
from portal import programme as programmes
from portal.db import read, transact
from tests import make

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]

_planned, _agenda = granting.Planned.__table__.c, granting.Agenda.__table__.c


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
        {"birthday": "06-09"},
        {"birthday": "06-10"},
        {"birthday": "06-11"},
        {"email_verified": True},
        {"referral_code": "anna-234"},
        {"profiles": [{"id": "1", "nickname": "Bee", "birthday": "06-14"}]},
    ],
)
def test_what_others_or_a_day_hang_on_is_left_to_the_caller(fields):
    assert put(word("c-1", **fields), word("c-2")) == [None, put_of("c-2")]
    assert people.by_ref("c-1") is None


def test_an_address_a_zone_and_a_birthday_ahead_are_written_as_by_herself():
    told = {
        "email": " Anna@Example.com", "email_verified": True, "birthday": "06-12", "timezone": "Asia/Tokyo",
        "country": "GB", "locale": "en-GB", "phone": "020 1",
    }  # fmt: skip
    (together,) = put(word("c-1", **told))
    alone = transact(
        lambda: joining.put_member(
            "c-2",
            word("c-2", **told | {"email": "bea@example.com"}).body,
            source="shop:main",
            now=portal_clock.now(),
        )
    )
    one, other = people.by_ref("c-1"), people.by_ref("c-2")
    hers = ("id", "ref", "number", "email")
    assert {k: v for k, v in one._mapping.items() if k not in hers} == {
        k: v for k, v in other._mapping.items() if k not in hers
    }
    assert people.by_email(people.address_hash("anna@example.com")).email == "anna@example.com"
    agenda = read(select(_agenda.member_id, _agenda.kind, _agenda.key, _agenda.on_day)).all()
    of = {
        member: [row[1:] for row in agenda if row.member_id == member]
        for member in (together.member_id, alone.member_id)
    }
    assert of[together.member_id] == of[alone.member_id]
    assert len(of[together.member_id]) == 1


def test_an_address_that_is_somebodys_or_comes_twice_or_is_awaited_is_left_to_the_caller():
    put(word("c-1", email="anna@example.com"))
    waits = earning.OrderBody.model_validate(make.order(member=None, guest=True, email="bea@example.com"))
    record = {"shop": "main", "number": "7", "at": portal_clock.now(), "actor": "shop:main"}
    transact(lambda: earning.record_order(waits, **record))
    done = put(
        word("c-2", email="ANNA@example.com"),
        word("c-3", email="bea@example.com", email_verified=True),
        word("c-4", email="cleo@example.com"),
        word("c-5", email="cleo@example.com "),
        word("c-6", email="dora@example.com"),
    )
    assert done == [None, None, None, None, put_of("c-6")]
    assert put(word("c-7", email="bea@example.com")) == [put_of("c-7")], "unproved, it claims nothing"


def test_who_was_a_member_before_has_no_second_welcome(demo_member):
    (done,) = put(word("c-2", email="anna@example.com"))
    assert ledger.wallet(done.member_id).available == 0


@pytest.fixture
def demo_member() -> None:
    """Somebody joined with this address, and left."""
    put(word("c-1", email="anna@example.com", email_verified=True))
    transact(
        lambda: joining.leave(
            people.by_ref("c-1"), actor="member", now=portal_clock.now(), proof=portal_clock.now()
        )
    )


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

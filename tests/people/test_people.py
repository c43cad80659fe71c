"""Who exists: one address, one id, one card for one member, whoever comes first."""

import pytest
from flask import Flask

from portal import people
from portal.db import transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.ledger.shop import at_once, refused

pytestmark = pytest.mark.both_engines


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish()
    return shop.join("c-1", "Anna@Example.com ", proved=True)


def of(address: str) -> str | None:
    row = people.by_email(people.address_hash(address))
    return None if row is None else str(row.id)


def test_an_address_is_the_same_however_it_is_written(anna):
    assert of(" ANNA@example.COM") == anna
    for email in ("anna@example.com", "ANNA@EXAMPLE.COM", " anna@example.com "):
        refusal = refused(shop.join, "c-2", email)
        assert (refusal.code, refusal.pointer) == ("conflict", "/email")
    assert shop.rows("member") == 1  # nothing is left of those who were refused
    assert shop.rows("directory") == 3


def test_an_id_of_the_shop_is_one_members(anna):
    assert refused(shop.join, "c-1").pointer == "/id"
    bea = shop.join("c-2")
    assert refused(lambda: transact(lambda: people.link(bea, "c-1"))).code == "conflict"


def test_a_member_linked_to_another_id_is_found_by_both(anna):
    transact(lambda: people.link(anna, "x-9"))
    found = [people.by_ref("c-1"), people.by_ref("x-9")]
    assert [row.id for row in found if row is not None] == [anna, anna]
    assert [row.ref for row in found if row is not None] == ["c-1", "c-1"], "the first id stays hers"
    assert people.by_ref("nobody") is None


def test_an_id_that_was_made_here_gives_way_to_the_first_one_of_a_shop(app: Flask):
    shop.publish()
    anna = shop.join("", "anna@example.com")
    made = people.by_email(people.address_hash("anna@example.com")).ref
    transact(lambda: people.link(anna, "c-1"))
    transact(lambda: people.link(anna, "c-2"))
    assert [people.by_ref(ref).ref for ref in (made, "c-1", "c-2")] == ["c-1", "c-1", "c-1"]


def test_a_proved_address_replaces_the_one_before_which_is_free_again(anna):
    transact(lambda: people.prove_address(anna, "New@example.com", make.NOW))
    assert (of("new@example.com"), of("anna@example.com")) == (anna, None)
    bea = shop.join("c-2", "anna@example.com")
    assert of("anna@example.com") == bea
    assert (
        refused(lambda: transact(lambda: people.prove_address(anna, "anna@example.com", make.NOW))).code
        == "conflict"
    )
    row = people.by_ref("c-1")
    assert row is not None
    assert (row.email, row.email_proved_at) == ("new@example.com", make.NOW)


def test_first_come_keeps_a_key_and_every_later_one_hears_whose_it_is(anna):
    def reserved(owner: str) -> str:
        return transact(lambda: people.reserve("order", "main/1", owner))

    assert [reserved("a"), reserved("b"), reserved("a")] == ["a", "a", "a"]
    transact(lambda: people.move("order", "main/1", "b"))
    assert reserved("a") == "b"
    assert people.owner_of("order", "main/1") == "b"
    assert people.owner_of("email", "main/1") is None


def test_a_key_that_many_want_at_once_is_one_ones(app: Flask, anna):
    calls = [lambda n=n: transact(lambda: people.reserve("order", "main/1", f"m{n}")) for n in range(24)]
    answers = at_once(app, calls)
    assert len({answer for answer in answers if not isinstance(answer, Refused)}) == 1
    assert answers[0] == people.owner_of("order", "main/1")


def test_a_card_number_has_a_check_digit_that_sees_a_slip(anna):
    row = people.by_ref("c-1")
    assert row is not None
    digits = [int(digit) for digit in row.number]
    assert len(digits) == 12

    def luhn(number: list[int]) -> int:
        doubled = [
            digit * 2 - 9 * (digit > 4) if place % 2 else digit
            for place, digit in enumerate(reversed(number))
        ]
        return sum(doubled) % 10

    assert luhn(digits) == 0
    assert luhn([(digits[0] + 1) % 10, *digits[1:]]) != 0
    assert people.search(f"{row.number[:4]} {row.number[4:8]} {row.number[8:]}", "")[0].id == anna


def test_staff_find_a_member_by_address_id_card_or_name_and_by_nothing_less(anna):
    for words in ("anna@example.com", "c-1", "anna"):
        assert [row.id for row in people.search(words, people.address_hash(words))] == [anna]
    for words in ("nna", "anna@", "", "%", "c-", "c-1' OR '1'='1"):
        assert people.search(words, people.address_hash(words)) == []


def test_what_is_not_told_of_a_profile_stays(anna):
    transact(lambda: people.change(anna, people.Profile(country="GB", birthday="02-29")))
    transact(lambda: people.change(anna, people.Profile(phone="123")))
    transact(lambda: people.change(anna, people.Profile()))
    row = people.by_ref("c-1")
    assert row is not None
    assert (row.name, row.country, row.birthday, row.phone) == ("Anna", "GB", "02-29", "123")


def test_consents_are_a_log_and_the_last_one_stands(anna):
    for given in (True, False, True):
        transact(
            lambda g=given: people.consent(anna, "marketing", g, version="v1", source="portal", at=make.NOW)
        )
    assert [row.given for row in people.consents(anna)] == [True, False, True]
    row = people.by_ref("c-1")
    assert row is not None
    assert row.marketing


def test_staff_come_change_their_role_go_and_come_back(app):
    first = transact(lambda: people.add_staff("Sam@Shop.example", "support", make.NOW))
    assert transact(lambda: people.add_staff("sam@shop.example ", "owner", make.NOW)) == first
    transact(lambda: people.disable_staff("sam@shop.example", make.NOW))
    row = people.staff_by_email("sam@shop.example")
    assert row is not None
    assert (row.role, row.disabled_at) == ("owner", make.NOW)
    assert transact(lambda: people.add_staff("sam@shop.example", "support", make.NOW)) == first
    assert [one.disabled_at for one in people.staff_list()] == [None]
    assert (
        refused(lambda: transact(lambda: people.disable_staff("x@shop.example", make.NOW))).code
        == "unknown_key"
    )

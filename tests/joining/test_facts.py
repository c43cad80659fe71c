"""Outside facts, children and gifts that come with joining, as tiers, rewards and charities notice them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal import giving, granting, joining, ledger, people, programme, rewards, tiers
from portal.db import transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, refused

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("clock")]

CARD = '\n[[tiers]]\nkey = "card"\nlabel = "Card"\nentry = [{ metric = "attribute", attribute = "store_card" }]\n'
BIRTHDAYS = """
[[rewards]]
key = "treat"
label = "A treat"
kind = "thing"
[[grants]]
key = "birthday-treat"
label = "A birthday treat"
on = "birthday"
gives = { reward = "treat" }
[[grants]]
key = "welcome"
label = "Welcome"
on = "joining"
gives = { points = 10 }
[[grants]]
key = "child-treat"
label = "A child's birthday treat"
on = "child-birthday"
gives = { reward = "treat" }
"""
FIVE = (
    '\n[[charities]]\nkey = "rivers"\nlabel = "Rivers"\n'
    '\n[[funding]]\nkey = "five"\nlabel = "Five"\non = "joining"\namount = "5.00"\ncharity = "rivers"\n'
)


def put(ref: str = "c-1", now: datetime = make.NOW, **fields: Any) -> str:
    body = joining.MemberBody.model_validate(fields)
    return transact(lambda: joining.put_member(ref, body, source="shop:main", now=now)).member_id


def tell(
    value: bool = True,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    told: int = 0,
) -> None:
    """The shop tells of anna's card so many days after today."""
    now = make.NOW + timedelta(days=told)
    transact(
        lambda: joining.put_attribute("c-1", "store_card", value, since, until, source="shop:main", now=now)
    )


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def held(member: str, *numbers: int) -> list[int | None]:
    """The day number of holding the card on each of these days."""
    return [people.attributes_on(member, day(number)).get("store_card") for number in numbers]


def tier(member: str, number: int) -> str:
    active = programme.active()[1]
    return str(tiers.standing(active, tiers.grants(member), day(number), TODAY).tier.key)


@pytest.fixture
def anna(app: Any) -> str:
    shop.publish(CARD)
    return put(email="anna@example.com")


def test_told_again_without_a_beginning_it_goes_on(anna):
    tell()
    tell(told=5)
    assert held(anna, 0, 5) == [1, 6]
    assert (tier(anna, 0), tier(anna, 5)) == ("card", "card")


def test_without_a_last_day_it_has_none_any_more(anna):
    tell(until=day(3))
    assert (held(anna, 3, 4), tier(anna, 4)) == ([4, None], "member")
    tell(told=1)
    assert (held(anna, 4), tier(anna, 4)) == ([5], "card")


def test_false_ends_it_at_once_and_a_second_time_is_nothing(anna):
    tell()
    for told in (2, 2, 3):
        tell(False, told=told)
        assert (held(anna, told), tier(anna, told)) == ([None], "member")


def test_false_from_a_day_ahead_is_its_last_day_before_that(anna):
    tell()
    tell(False, since=day(4), told=1)
    assert (held(anna, 3, 4), tier(anna, 3), tier(anna, 4)) == ([4, None], "card", "member")


def test_an_instant_is_its_day_in_the_zone_of_the_programme(anna):
    tell(since=datetime.fromisoformat("2026-06-11T23:30:00+00:00"))
    assert held(anna, 1, 2) == [None, 1], "half past midnight of the 12th in London"


def test_a_last_day_before_the_first_is_refused_and_so_is_nobody(anna):
    assert refused(tell, until=day(-1)).pointer == "/until"
    assert refused(tell, since=day(2), until=day(1)).code == "bad_value"
    tell(until=day(0))
    with pytest.raises(Refused) as caught:
        transact(
            lambda: joining.put_attribute("nobody", "x", True, None, None, source="shop:main", now=make.NOW)
        )
    assert caught.value.code == "unknown_member"


# --- birthdays that are told, and gifts that come with joining


def treats(member: str) -> int:
    return len(rewards.held(member, TODAY))


def test_a_birthday_told_on_the_day_is_kept_at_once(app):
    shop.publish(BIRTHDAYS)
    anna = put(email="anna@example.com")
    assert treats(anna) == 0
    put(name="Anna", birthday="06-10")
    assert treats(anna) == 1
    put(name="Anna", birthday="06-10")
    assert treats(anna) == 1
    assert treats(put("c-2", birthday="06-10")) == 1, "and with joining"


def test_a_childs_birthday_is_the_adults(app):
    shop.publish(BIRTHDAYS)
    anna = put(email="anna@example.com")
    child = {"id": "k1", "nickname": "Bo", "birthday": "06-10"}
    for _ in range(2):
        put(profiles=[child])
        assert treats(anna) == 1
    assert treats(put("c-2", profiles=[child])) == 1


def test_the_welcome_is_once_per_person_and_so_is_what_the_programme_gives_for_it(app):
    shop.publish(BIRTHDAYS, FIVE)
    anna = put(email="anna@example.com", email_verified=True)
    assert (ledger.wallet(anna).available, giving.funded_totals()) == (10, {"rivers": 500})
    row = people.by_ref("c-1")
    assert row is not None
    transact(lambda: joining.leave(row, actor="member", now=make.NOW, proof=make.NOW))
    again = put("c-2", email="anna@example.com", email_verified=True)
    assert again != anna
    assert (ledger.wallet(again).available, giving.funded_totals()) == (0, {"rivers": 500})


def test_who_leaves_has_nothing_coming(app):
    shop.publish(BIRTHDAYS)
    anna = put(birthday="06-20", profiles=[{"id": "k1", "nickname": "Bo", "birthday": "07-10"}])
    assert granting.next_due() is not None
    row = people.by_ref("c-1")
    assert row is not None
    transact(lambda: joining.leave(row, actor="member", now=make.NOW, proof=make.NOW))
    assert granting.next_due() is None
    assert people.children(anna) == []

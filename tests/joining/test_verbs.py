"""Joining as the ledger and the shop see it, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from portal import clock as portal_clock
from portal import earning, joining, ledger, people
from portal.db import read, transact
from portal.errors import Refused
from tests import make

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]

ANNA = "anna@example.com"
_wallet = ledger.Wallet.__table__.c


def put(ref: str = "c-1", **fields) -> joining.Put:
    body = joining.MemberBody.model_validate(fields)
    return transact(lambda: joining.put_member(ref, body, source="shop:main", now=portal_clock.now()))


def guest_order(email: str, number: str = "7", amount: str = "10.00", **changes) -> earning.Answer:
    order = make.order(amount, member=None, guest=True, email=email) | changes
    body = earning.OrderBody.model_validate(order)
    return transact(
        lambda: earning.record_order(
            body, shop="main", number=number, at=portal_clock.now(), actor="shop:main"
        )
    )


def wallet(member_id: str):
    return read(select(_wallet.available, _wallet.pending).where(_wallet.member_id == member_id)).one()


def refused(verb, *args, **fields) -> Refused:
    with pytest.raises(Refused) as caught:
        verb(*args, **fields)
    return caught.value


@pytest.fixture(autouse=True)
def the_ledger_adds_up(app):
    yield
    assert ledger.faults() + earning.faults() == []


def test_an_unknown_address_joins_with_the_welcome_points():
    done = put(email=ANNA, name="Anna", birthday="1984-06-14", country="GB", locale="en-gb")
    assert done.joined
    member = people.by_ref("c-1")
    assert (member.name, member.birthday, member.locale, member.email_proved_at) == (
        "Anna",
        "06-14",
        "en-GB",
        None,
    )
    assert wallet(done.member_id) == (100, 0)


def test_the_same_word_twice_is_one_member_with_one_welcome():
    first, second = put(email=ANNA), put(email=ANNA)
    assert first.member_id == second.member_id
    assert (first.joined, second.joined) == (True, False)
    assert wallet(first.member_id) == (100, 0)


def test_the_same_word_eight_times_at_once_is_one_member(app):
    body = joining.MemberBody(email=ANNA)

    def one(_: int) -> joining.Put:
        with app.app_context():
            return transact(
                lambda: joining.put_member("c-1", body, source="shop:main", now=portal_clock.now())
            )

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(8)))
    assert len({put.member_id for put in done}) == 1
    assert sum(put.joined for put in done) == 1
    assert wallet(done[0].member_id) == (100, 0)


def test_a_later_word_changes_only_the_fields_it_has_and_not_the_day_of_joining(clock):
    put(email=ANNA, name="Anna", phone="020 1", joined_at="2026-01-05T10:00:00Z")
    clock.shift(timedelta(days=3))
    put(name="Anna Bell", joined_at="2026-06-01T10:00:00Z")
    member = people.by_ref("c-1")
    assert (member.name, member.phone, member.email) == ("Anna Bell", "020 1", ANNA)
    assert str(member.joined_on) == "2026-01-05"


def test_a_member_may_have_no_address():
    done = put(name="Anna")
    assert people.by_ref("c-1").email is None
    assert wallet(done.member_id) == (100, 0)


def test_an_address_of_another_member_is_not_linked_without_proof():
    first = put("c-1", email=ANNA)
    second = put("c-2", email="Anna@Example.com ".strip(), name="Eve")
    assert (second.member_id, second.joined, second.waits) == (first.member_id, False, True)
    assert people.by_ref("c-2") is None
    assert people.by_ref("c-1").name is None, "nothing of it is written"


def test_an_address_of_another_member_is_linked_when_the_shop_vouches():
    first = put("c-1", email=ANNA)
    second = put("c-2", email=ANNA, email_verified=True)
    assert second.member_id == first.member_id
    assert people.by_ref("c-2").id == people.by_ref("c-1").id
    assert wallet(first.member_id) == (100, 0), "no second welcome"


def test_two_members_are_never_merged_by_an_address():
    put("c-1", email=ANNA)
    put("c-2", email="berta@example.com")
    assert refused(put, "c-2", email=ANNA).code == "conflict"
    assert refused(put, "c-2", email=ANNA, email_verified=True).code == "conflict"


def test_an_unproved_address_may_be_corrected_and_the_old_one_is_free():
    put("c-1", email="ana@example.com")
    put("c-1", email=ANNA)
    assert people.by_ref("c-1").email == ANNA
    assert put("c-2", email="ana@example.com").joined


def test_a_proved_address_changes_only_when_the_shop_vouches():
    put("c-1", email=ANNA, email_verified=True)
    assert refused(put, "c-1", email="new@example.com").code == "conflict"
    put("c-1", email="new@example.com", email_verified=True)
    assert people.by_ref("c-1").email == "new@example.com"
    assert put("c-2", email=ANNA).joined, "the old address is free"


def test_a_day_of_joining_ahead_is_refused():
    refusal = refused(put, email=ANNA, joined_at="2026-06-12T10:00:00Z")
    assert (refusal.code, refusal.pointer) == ("in_the_future", "/joined_at")
    assert people.by_ref("c-1") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "no address"}, {"email": "a@b.c\r\nBcc: x@y.z"}, {"birthday": "02-30"}, {"birthday": "14.6."},
        {"country": "XX"}, {"country": "gb"}, {"timezone": "Mars/Olympus"}, {"locale": "??"}, {"name": "x" * 121},
        {"name": "Anna\nBell"}, {"joined_at": 1700000000}, {"joined_at": "2026-01-05T10:00:00"},
        {"consents": {"marketing": "yes"}}, {"email_verified": "true"},
    ],
)  # fmt: skip
def test_a_word_that_makes_no_sense_is_refused(engine, fields):
    with pytest.raises(ValidationError):
        joining.MemberBody.model_validate(fields)


def test_a_birthday_on_the_day_that_only_leap_years_have_is_one():
    assert joining.MemberBody(birthday="02-29").birthday == "02-29"


def test_three_guest_orders_are_credited_once_each_when_the_address_is_proved():
    for number in ("1", "2", "3"):
        guest_order(ANNA, number)
    done = put(email=ANNA)
    assert wallet(done.member_id) == (100, 0), "without proof nothing is credited"
    put(email=ANNA, email_verified=True)
    put(email=ANNA, email_verified=True)
    # The welcome, and the goal of three orders in a month; each order's own points wait.
    assert wallet(done.member_id) == (100 + 100, 150)


def test_vouching_alone_proves_the_address_she_has_once():
    guest_order(" ANNA@Example.com ")
    done = put(email=f"  {ANNA.upper()}\t")
    assert people.by_ref("c-1").email == ANNA
    assert wallet(done.member_id) == (100, 0)
    assert put(email_verified=True).warnings == ()
    assert people.by_ref("c-1").email_proved_at == portal_clock.now()
    put(email_verified=True)
    assert wallet(done.member_id) == (100, 50)


def test_vouching_where_there_is_no_address_is_a_warning_and_all_else_counts():
    first, second = put(email_verified=True), put(email_verified=True, name="Anna")
    assert [one.code for put in (first, second) for one in put.warnings] == ["missing_field"] * 2
    assert people.by_ref("c-1").name == "Anna"


def test_null_is_the_same_as_leaving_it_out():
    put(email=ANNA, name="Anna", email_verified=True)
    nothing = dict.fromkeys(joining.MemberBody.model_fields)
    assert joining.MemberBody.model_validate(nothing) == joining.MemberBody()
    put(**nothing)
    assert people.by_ref("c-1").name == "Anna"
    assert people.by_ref("c-1").email_proved_at is not None


def test_a_guest_order_waits_for_the_address_that_the_member_changes_to():
    guest_order("new@example.com")
    done = put(email=ANNA, email_verified=True)
    put(email="new@example.com", email_verified=True)
    assert wallet(done.member_id) == (100, 50)


def test_news_are_logged_when_they_change_and_only_then():
    done = put(email=ANNA)
    put(consents={"marketing": False})
    put(consents={"marketing": True})
    put(consents={"marketing": True})
    put(consents={"marketing": False})
    log = [(row.kind, row.given, row.source) for row in people.consents(done.member_id)]
    assert log == [("marketing", False, "shop:main"), ("marketing", True, "shop:main")]
    assert people.by_ref("c-1").marketing is False


def test_joining_says_in_what_capacity_it_was_agreed_to():
    member_id = transact(
        lambda: joining.join(
            people.Profile(name="Anna"), email=ANNA, proved=True, ref=None, marketing=True, terms_version="2026-01",
            source="portal", now=portal_clock.now(),
        )
    )  # fmt: skip
    log = {(row.kind, row.given, row.version, row.source) for row in people.consents(member_id)}
    assert log == {("terms", True, "2026-01", "portal"), ("marketing", True, "2026-01", "portal")}


def test_the_same_address_never_joins_twice():
    def join():
        return transact(
            lambda: joining.join(
                people.Profile(), email=ANNA, proved=True, ref=None, marketing=False, terms_version=None,
                source="portal", now=portal_clock.now(),
            )
        )  # fmt: skip

    join()
    assert refused(join).code == "conflict"


def test_only_who_joins_on_the_portal_is_welcomed_by_mail(mailbox):
    from portal import jobs

    put(email=ANNA)
    jobs.wake()
    assert not mailbox

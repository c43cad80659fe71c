"""Leaving for good: what ends, what is erased, what stays as figures, and what joining again does not give twice."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from portal import clock as portal_clock
from portal import earning, giving, joining, ledger, people, referrals, rewards, support
from portal.db import db, read, transact
from portal.errors import Refused
from tests import make
from tests.home.doors import ANNA, enter, everything, join, make_fresh
from tests.ledger.shop import at_once
from tests.support.acts import colleague

pytestmark = pytest.mark.usefixtures("programme")


@pytest.fixture
def anna(app: Flask) -> str:
    """A member with welcome points, an order that waits, and a reward that she has not used."""
    member_id = join()
    tell("1", "500.00", "2026-05-20T09:00:00Z")  # its points are hers already
    tell("2", "20.00", "2026-06-10T09:00:00Z")
    now = portal_clock.now()
    transact(lambda: earning.bring_up_to_date(member_id, now))
    transact(lambda: rewards.redeem(member_id, "five-off", ref="mine", at=now, actor="member"))
    return member_id


def tell(number: str, amount: str, placed_at: str, version: int = 1, **changes: object) -> earning.Answer:
    body = earning.OrderBody.model_validate(
        make.order(amount, placed_at=placed_at, version=version, **changes)
    )
    now = portal_clock.now()
    return transact(lambda: earning.record_order(body, shop="main", number=number, at=now, actor="shop:main"))


def leave(app: Flask) -> None:
    visit = make_fresh(enter(app))
    visit.open("/you/leave")
    visit.submit("Leave for good")


def member_row(member_id: str):
    member = people.Member.__table__.c
    return read(people.Member.__table__.select().where(member.id == member_id)).one()


def test_the_page_says_what_ends_before_anything_does(app, anna):
    before = everything()
    words = enter(app).open("/you/leave").text
    assert "2,200 points" in words
    assert "1 code that you have not used" in words
    after = everything()
    assert {name for name in before if before[name] != after[name]} <= {"session", "challenge", "notice"}


@pytest.mark.both_engines
def test_who_leaves_is_erased_and_her_figures_still_add_up(app, anna, mailbox):
    leave(app)
    row = member_row(anna)
    assert (row.status, row.name, row.email, row.birthday, row.locale) == ("left", None, None, None, None)
    wallet = ledger.wallet(anna)
    assert (wallet.available, wallet.pending, wallet.status) == (0, 0, "closed")
    assert wallet.expired == wallet.earned - wallet.spent
    assert [one.state for one in rewards.held(anna, portal_clock.now().date())] == ["withdrawn"]
    assert ledger.faults() + rewards.faults() + earning.faults() == []
    assert "you have left Pennywren Rewards" in mailbox.words(ANNA)


def test_nothing_of_her_name_or_address_stands_in_any_table(app, anna, mailbox):
    leave(app)
    rows = [
        repr(row)
        for name in db.metadata.tables
        if name != "notice"
        for row in read(text(f"SELECT * FROM {name}"))
    ]
    assert not [row for row in rows if "Anna" in row or ANNA in row]


def test_she_is_signed_out_and_cannot_come_back_in(app, anna):
    other = enter(app)
    leave(app)
    other.open("/home")
    assert other.path.startswith("/sign-in")
    assert transact(lambda: people.by_ref("c-1")) is None


def test_joining_again_gives_no_second_welcome(app, anna):
    leave(app)
    again = join()
    assert again != anna
    assert ledger.wallet(again).earned == 0


def test_an_order_of_before_is_the_shops_and_pays_nobody(app, anna):
    leave(app)
    with pytest.raises(Refused) as refused:
        tell("2", "20.00", "2026-06-10T09:00:00Z", version=2, status="cancelled")
    assert refused.value.code == "unknown_member"
    assert ledger.faults() + earning.faults() == []


def test_left_twice_is_once(app, anna):
    member = member_row(anna)
    now = portal_clock.now()
    assert transact(lambda: joining.leave(member, actor="member", now=now, proof=now)) > 0
    seq = ledger.wallet(anna).seq
    assert transact(lambda: joining.leave(member, actor="member", now=now, proof=now)) == 0
    assert ledger.wallet(anna).seq == seq


@pytest.mark.both_engines
@pytest.mark.parametrize("kind", ["bought", "given"])
def test_what_another_order_was_paid_with_does_not_come_back_to_who_has_left(app, anna, kind):
    """Her code paid for somebody else's order, she left, the order is cancelled."""
    now = portal_clock.now()
    if kind == "given":
        taken = transact(
            lambda: rewards.issue(anna, "friend-five", reason="referral", at=now, actor="referral")
        )
    else:
        taken = rewards.held(anna, now.date())[0]
    join("c-2", "bea@example.com", "Bea Coe")
    paid = {"member": "c-2", "codes": [taken.code], "paid_by_rewards": "5.00"}
    tell("77", "30.00", "2026-06-10T09:00:00Z", **paid)
    leave(app)
    tell("77", "30.00", "2026-06-10T09:00:00Z", version=2, status="cancelled", **paid)
    assert ledger.wallet(anna).available == 0
    assert {one.state for one in rewards.held(anna, now.date())} == {"withdrawn"}
    assert ledger.faults() + rewards.faults() + earning.faults() == []


def test_a_friend_may_join_under_the_id_of_one_who_was_brought_and_left(app, anna):
    code = referrals.code_of(anna)

    def brought(email: str) -> joining.Put:
        body = joining.MemberBody(email=email, email_verified=True, country="GB", referral_code=code)
        now = portal_clock.now()
        return transact(lambda: joining.put_member("c-9", body, source="shop:main", now=now))

    first = brought("ben@example.com")
    transact(
        lambda: joining.leave(
            member_row(first.member_id), actor="member", now=portal_clock.now(), proof=portal_clock.now()
        )
    )
    second = brought("bea@example.com")
    assert second.warnings == ()
    refs = [one.ref for one in rewards.held(second.member_id, portal_clock.now().date())]
    assert refs == ["friend-five:c-9:2"]
    assert rewards.faults() == []


@pytest.mark.both_engines
def test_whatever_happens_while_she_leaves_she_is_gone_with_nothing_at_the_end(app, anna):
    """Orders, rewards, gifts, corrections and consents arrive at the very moment."""
    now, sam = portal_clock.now(), colleague()
    member = member_row(anna)

    def adjust(number: int) -> object:
        return support.adjust(
            sam, anna, 50, reason="An order was lost", words="Sorry", ticket="T-1", key=f"{number:026}", now=now
        )  # fmt: skip

    def at_this_moment(number: int) -> list[Callable[[], object]]:
        ref = f"r{number}"
        return [
            lambda: transact(lambda: rewards.redeem(anna, "free-coffee", ref=ref, at=now, actor="member")),
            lambda: transact(lambda: giving.donate(anna, "wildlife", 100, ref=ref, at=now, actor="member")),
            lambda: transact(lambda: adjust(number)),
            lambda: tell(f"n{number}", "20.00", "2026-05-01T09:00:00Z"),
            lambda: tell("1", "500.00", "2026-05-20T09:00:00Z", version=number + 2, status="cancelled"),
            lambda: transact(lambda: joining.consent_to_marketing(anna, True, source="portal", now=now)),
        ]

    calls = [call for number in range(5) for call in at_this_moment(number)]
    calls[12:12] = [lambda: transact(lambda: joining.leave(member, actor="member", now=now, proof=now))] * 2
    at_once(app, calls, threads=8)
    wallet, after = ledger.wallet(anna), member_row(anna)
    assert (wallet.available, wallet.pending, wallet.status) == (0, 0, "closed")
    assert (after.status, after.marketing) == ("left", False)
    books = (ledger, rewards, giving, earning, support)
    assert [fault for part in books for fault in part.faults()] == []

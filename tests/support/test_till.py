"""The till: a card greets, a code says what it is worth and is marked used, and nothing else is open."""

import pytest

from portal import clock as portal_clock
from portal import ledger, people, rewards, support
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, rules, scanning
from portal.web.policies import OF_STAFF
from tests import make
from tests.home.doors import everything, join
from tests.support.acts import colleague, hire

pytestmark = pytest.mark.usefixtures("programme")

KEY = "01KTRDW0E0V3JTEKV2HF6PAHPX"


@pytest.fixture
def code(anna) -> str:
    """The code of £10 off, which Anna took for her points."""
    because = ledger.Because("activity", "x", "test", 1, {})
    transact(
        lambda: ledger.credit(
            anna, 5000, key="k", fingerprint="", because=because, expires_on=ledger.NEVER, at=make.NOW,
            day=make.NOW.date(),
        )
    )  # fmt: skip
    taken = transact(
        lambda: rewards.redeem(anna, "ten-off", ref="r-1", at=portal_clock.now(), actor="shop:main")
    )
    return rewards.grouped(taken.code)


def number_of(ref: str = "c-1") -> str:
    return people.by_ref(ref).number


def test_a_card_greets_by_the_first_name_and_tells_no_balance(app, code):
    till = hire(app, "till")
    assert till.path == "/staff/till"
    number = number_of()
    page = till.submit("Look it up", code=f"{number[:4]} {number[4:8]} {number[8:]}")
    assert "Anna" in page.text
    assert "Member" in page.text
    for secret in ("Bell", "anna@", "4,000", "4000", number):
        assert secret not in page.all("main")[0].text, secret


@pytest.mark.both_engines
def test_a_code_is_used_in_parts_and_then_no_more(app, code, anna):
    till = hire(app, "till")
    page = till.submit("Look it up", code=code.lower().replace("-", " "))
    assert "£10.00 of £10.00 are left." in page.text
    assert "Anna" in page.text
    assert "Bell" not in page.text
    page = till.submit("Mark it used", 422, amount="10.01")
    assert "more than is left" in page.text
    till.submit("Mark it used", amount="4.00")
    assert till.path == "/staff/till"
    assert "£4.00 taken off with" in till.page.text
    assert "£6.00 are left on it" in till.page.text
    till.submit("Look it up", code=code)
    till.submit("Mark it used")
    assert "nothing is left on it" in till.page.text
    page = till.submit("Look it up", code=code)
    assert "It was used before." in page.text
    assert not [one for one in page.all("button") if one.text == "Mark it used"]
    noted = [row for row in audit.rows_of(anna) if row.what == "code_used"]
    assert [row.facts["amount_minor"] for row in noted] == [600, 400]
    assert code.replace("-", "") not in repr(everything()["audit"])
    assert support.faults() == rewards.faults() == []


@pytest.mark.both_engines
def test_a_second_tap_uses_it_once(app, code, anna):
    staff, now = colleague("till"), portal_clock.now()
    for _ in range(2):
        used = transact(lambda: scanning.use_code(staff, code, 400, key=KEY, now=now))
    assert (used.repeated, used.left_minor) == (True, 600)
    assert [row.what for row in audit.rows_of(anna)] == ["code_used"]
    with pytest.raises(Refused) as refused:
        transact(lambda: scanning.use_code(staff, code, 500, key=KEY, now=now))
    assert refused.value.code == "conflict"


@pytest.mark.both_engines
def test_a_code_of_a_stopped_card_is_not_used_until_it_can_move_again(app, code, anna):
    till, staff, now = hire(app, "till"), colleague("till"), portal_clock.now()
    till.submit("Look it up", code=code)
    transact(lambda: people.freeze(anna, now))
    page = till.submit("Mark it used", 422)
    assert "Her points are stopped" in page.text
    page = till.submit("Look it up", code=code)
    assert "Her points are stopped" in page.text
    assert not [one for one in page.all("button") if one.text == "Mark it used"]
    before = everything()
    with pytest.raises(Refused) as refused:
        transact(lambda: scanning.use_code(staff, code, 400, key=KEY, now=now))
    assert refused.value.code == "stopped"
    assert everything() == before
    transact(lambda: people.lift_freeze(anna))
    till.submit("Look it up", code=code)
    till.submit("Mark it used", amount="4.00")
    assert "£6.00 are left on it" in till.page.text


@pytest.mark.both_engines
def test_a_use_that_is_repeated_after_the_card_was_stopped_is_counted_already(app, code, anna):
    staff, now = colleague("till"), portal_clock.now()
    transact(lambda: scanning.use_code(staff, code, 400, key=KEY, now=now))
    transact(lambda: people.freeze(anna, now))
    used = transact(lambda: scanning.use_code(staff, code, 400, key=KEY, now=now))
    assert (used.repeated, used.left_minor) == (True, 600)
    assert [row.what for row in audit.rows_of(anna)] == ["code_used"]


def test_what_is_no_code_and_who_has_left_are_answered_alike(app, code, anna):
    from sqlalchemy import update

    from portal.db import run

    till = hire(app, "till")
    words = [
        till.submit("Look it up", 422, code=one).all("main")[0].text for one in ("K7QM", "0" * 12, "x' OR 1")
    ]
    transact(lambda: run(update(people.Member).values(status="left")))
    number = number_of()
    words += [till.submit("Look it up", 422, code=one).all("main")[0].text for one in (code, number)]
    assert len(set(words)) == 1
    till.submit("Look it up", 422, code="")
    till.submit("Look it up", 422, code="x" * 61)


def test_a_code_stands_in_no_address(app, code):
    till = hire(app, "till")
    page = till.submit("Look it up", code=code)
    assert code not in till.response.request.url
    assert {form["method"].lower() for form in page.all("form")} == {"post"}


def test_a_till_that_asks_without_end_waits(app, code, monkeypatch):
    monkeypatch.setattr("portal.support.rules.MOST_SCANS", 2)
    till = hire(app, "till")
    till.submit("Look it up", code=code)
    till.submit("Look it up", 422, code="nothing")
    page = till.submit("Look it up", 429, code=code)
    assert "Wait a few minutes" in page.text
    assert "£10.00" not in page.text


def test_an_auditor_uses_no_code(app, code, anna):
    auditor, now = colleague("auditor"), portal_clock.now()
    before = everything()
    for verb in (
        lambda: scanning.scan(auditor, code, now),
        lambda: transact(lambda: scanning.use_code(auditor, code, None, key=KEY, now=now)),
    ):
        with pytest.raises(Refused) as refused:
            verb()
        assert (refused.value.code, refused.value.facts["why"]) == ("not_allowed", "role")
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Anna Bell", "Anna"),
        ("  Jean-Luc  Picard", "Jean-Luc"),
        ("Cher", "Cher"),
        ("김민수", "김○○"),
        ("王小明", "王○○"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_first_name_is_one_word_and_of_a_name_in_one_word_the_first_letter(name, first):
    assert rules.first_name(name) == first


def test_each_permission_belongs_to_a_role_and_guards_a_page():
    assert {name.partition(":")[2] for name in OF_STAFF if ":" in name} == rules.PERMISSIONS
    assert rules.may("till", "scan")
    assert not any(rules.may("till", other) for other in rules.PERMISSIONS - {"scan"})
    assert not rules.may(None, "scan")
    assert not rules.may("till ", "scan")
    with pytest.raises(KeyError):
        rules.may("owner", "everything")


def test_a_member_who_joined_without_a_name_is_greeted_as_one(app):
    join("c-9", "no@example.com", "")
    till = hire(app, "till")
    assert "A member" in till.submit("Look it up", code=number_of("c-9")).text

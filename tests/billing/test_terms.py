"""Consent to renewal terms: the words that stood above the button are kept, with their version, once for a checkout."""

import pytest
from sqlalchemy import select

from portal import people
from portal.billing import terms
from portal.billing.models import BillingOperation
from portal.db import read


def kept(kind: str = "join") -> list[dict[str, str]]:
    """What was agreed to with the operations of a kind; those of checkouts are `life` too."""
    operation, kinds = BillingOperation.__table__.c, ("join", "life") if kind == "join" else (kind,)
    found = select(operation.facts).where(operation.kind.in_(kinds)).order_by(operation.id)
    return [facts["terms"] for facts in read(found).scalars()]


def consents(member: str) -> list[tuple[str, bool, str]]:
    one = people.Consent.__table__.c
    rows = read(
        select(one.kind, one.given, one.version).where(one.member_id == member, one.kind == terms.KIND)
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("plus-monthly", "You agree to pay £3.00 for Plus today and again each month until you end it."),
        ("plus-yearly", "You agree to pay £30.00 for Plus today and again each year until you end it."),
        ("plus-life", "You pay £90.00 once for Plus. Nothing is charged again."),
    ],
)
@pytest.mark.both_engines
def test_the_words_above_the_button_are_kept_with_version_and_language(desk, plan, words):
    shown = " ".join(desk.visit.open("/plans").text.split())
    desk.choose(plan)
    (agreed,) = kept()
    assert agreed["text"].startswith(words)
    assert agreed["text"] in shown
    assert (agreed["version"], agreed["language"]) == (terms.VERSION, "en_GB")
    assert consents(desk.member) == [("renewal", True, terms.VERSION)]


def test_a_second_tap_on_the_checkout_that_is_open_agrees_to_nothing_new(desk):
    desk.choose()
    desk.choose()
    assert len(kept()) == len(consents(desk.member)) == 1


def test_another_choice_is_another_consent(desk):
    desk.choose()
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    desk.choose("plus-yearly")
    assert len(kept()) == len(consents(desk.member)) == 2


def changed(desk, plan: str, button: str) -> str:
    """She joins by month and changes; the words of the page of the amounts."""
    desk.join()
    desk.tell()
    desk.visit.open("/membership/change")
    shown = " ".join(desk.visit.submit("See what it costs", plan=plan).text.split())
    desk.visit.submit(button)
    return shown


@pytest.mark.both_engines
def test_the_words_above_a_change_are_kept_with_it_and_its_consent(desk):
    shown = changed(desk, "plus-yearly", "Pay £27.00 and change now")
    operation = BillingOperation.__table__.c
    (agreed,) = [
        row["terms"] for row in read(select(operation.facts).where(operation.kind == "change")).scalars()
    ]
    assert agreed["text"].startswith(
        "You agree to pay £27.00 today. You agree to pay £30.00 for Plus on 10 June 2027 and again each year"
    )
    assert "We write to you" in agreed["text"]
    assert agreed["text"] in shown
    assert (agreed["version"], agreed["language"]) == (terms.VERSION, "en_GB")
    assert consents(desk.member) == [("renewal", True, terms.VERSION)] * 2


def test_looking_at_the_amounts_of_a_change_agrees_to_nothing(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/change")
    page = desk.visit.submit("See what it costs", plan="plus-yearly")
    assert "You agree to pay £27.00 today." in page.text
    assert len(consents(desk.member)) == 1

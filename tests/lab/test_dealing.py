"""What the demonstration deals to a real history: the same each time, in order, and only what the programme names."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal import programme as programmes
from portal.lab.dealing import SOON, activities_of, deal, dealt_beside, facts_of, person
from portal.lab.events import ActivityLine, AttributeLine, ChooseCharityLine, PlanLine
from portal.lab.labelling import Labels, labelled
from portal.lab.reading import State
from portal.money import to_minor

BEGIN = datetime(2026, 1, 2, 10, 0, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
TODAY = date(2026, 11, 22)
REFS = [str(12000 + place) for place in range(60)]


def loaded(key: str) -> programmes.Programme:
    return programmes.load(key).programme


def draft(amount: str = "100.00", currency: str = "GBP", **more: object) -> dict[str, object]:
    return {"version": 1, "currency": currency, "lines": [{"id": "1", "amount": amount}], **more}


def history() -> list[State]:
    """Five orders of each, nine weeks apart."""
    states = [
        State(BEGIN + timedelta(weeks=9 * place, hours=who), who, f"{who}-{place}", ref, None, draft())
        for who, ref in enumerate(REFS)
        for place in range(5)
    ]
    return sorted(states, key=lambda state: state.at)


@pytest.mark.parametrize("key", programmes.catalogue_keys())
def test_every_programme_is_dealt_the_same_twice_and_in_order_after_each_members_first_order(key):
    programme = loaded(key)
    lines = deal(programme, history(), END)
    assert lines == deal(programme, history(), END)
    instants = [line.at for _, line in lines]
    assert instants == sorted(instants)
    first = {state.member: state.at for state in reversed(history())}
    assert all(first[ref] < line.at < END for ref, line in lines)
    kinds = {type(line) for _, line in lines}
    expected = {
        ActivityLine: bool(activities_of(programme)), AttributeLine: bool(facts_of(programme)),
        PlanLine: bool(programme.plans), ChooseCharityLine: bool(programme.charities),
    }  # fmt: skip
    assert {kind: kind in kinds for kind in expected} == expected
    assert dealt_beside(programme)[0] == "birthdays"


def test_what_happens_by_itself_is_never_dealt():
    assert [one.key for one in activities_of(loaded("smile-classic"))] == ["review", "follow", "share"]


@pytest.mark.parametrize("key", programmes.catalogue_keys())
def test_an_order_keeps_its_total_and_has_only_words_of_the_programme(key):
    labels = Labels.of(loaded(key))
    for number in range(40):
        read = labelled(draft("100.01"), str(number), labels, "USD")
        assert sum(to_minor(line["amount"], "USD") for line in read["lines"]) == 10001
        assert read["currency"] == "USD"
        assert {line.get("category") for line in read["lines"]} <= {None, *labels.categories}
        assert {line.get("brand") for line in read["lines"]} <= {None, *labels.brands}
        assert {tag for line in read["lines"] for tag in line.get("tags", ())} <= {*labels.tags}
        assert ("channel" in read, "payment" in read) == (bool(labels.channels), bool(labels.payments))
        assert read == labelled(draft("100.01"), str(number), labels, "USD")


def test_an_order_is_left_alone_where_nothing_is_told_apart():
    assert labelled(draft(), "1", Labels.of(loaded("body-shop")), "GBP") == draft()


def test_some_lines_are_of_what_a_goal_counts_and_some_are_not():
    labels = Labels.of(loaded("cvs"))
    lines = [line for number in range(60) for line in labelled(draft(), str(number), labels, "USD")["lines"]]
    assert {line.get("category") for line in lines} == {None, "beauty"}
    assert {line.get("brand") for line in lines} == {None, "cvs-health"}


def test_every_rental_has_its_days():
    labels = Labels.of(loaded("enterprise"))
    first = [labelled(draft(), str(number), labels, "USD")["lines"][0] for number in range(60)]
    assert {line["category"] for line in first} == {"rental-day"}
    assert {line["quantity"] for line in first} == set(range(1, 8))


def test_the_smallest_order_is_not_cut_in_two():
    labels = Labels.of(loaded("cvs"))
    assert [line["amount"] for line in labelled(draft("0.02"), "1", labels, "USD")["lines"]] == ["0.02"]
    assert [line["amount"] for line in labelled(draft("0.03"), "1", labels, "USD")["lines"]] == [
        "0.02",
        "0.01",
    ]


def test_minor_units_stay_in_a_currency_of_other_decimals():
    refunds = [{"id": "r", "at": "2026-03-01T10:00:00+00:00", "amount": "1.50"}]
    read = labelled(draft("12.34", refunds=refunds), "1", Labels(), "JPY")
    assert [line["amount"] for line in read["lines"]] == ["1234"]
    assert [refund["amount"] for refund in read["refunds"]] == ["150"]


def test_somebody_has_a_birthday_within_weeks_and_somebody_has_told_none():
    programme = loaded("demo")
    told = [person(ref, programme, TODAY, ()).birthday for ref in REFS]
    soon = {f"{TODAY + timedelta(days=ahead):%m-%d}" for ahead in SOON}
    assert soon & set(told)
    assert None in told


def test_children_and_friends_are_dealt_where_the_programme_knows_of_them():
    club, shop, plain = (loaded(key) for key in ("barnes-noble-kids-club", "demo", "body-shop"))
    assert any(person(ref, club, TODAY, ()).children for ref in REFS)
    assert not any(person(ref, shop, TODAY, ()).children for ref in REFS)
    hosts = {person(ref, shop, TODAY, ["1", "2"]).host for ref in REFS}
    assert hosts == {None, "1", "2"}
    assert person(REFS[0], shop, TODAY, ()).host is None
    assert {person(ref, plain, TODAY, ["1", "2"]).host for ref in REFS} == {None}

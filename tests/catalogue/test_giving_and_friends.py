"""`whereby-trees`, `mahabis-refer-a-friend`, `monzo-community`: nothing to spend, a word to friends, nothing at all."""

import pytest

from tests.catalogue.conftest import Run
from tests.catalogue.lines import Outcome, buys, cancelled, codes, does, earned, joins, perks, points, rewards

TREES, FRIENDS = "whereby-trees", "mahabis-refer-a-friend"


def planted(outcome: Outcome) -> tuple[int, str]:
    """The member's trees, and what the programme has paid for all of them."""
    money = outcome["totals"]["funded"].get("trees", {"amount": "0.00"})
    return outcome["members"]["anna"]["counters"].get("trees", 0), money["amount"]


@pytest.mark.parametrize("many", [1, 2, 5])
def test_each_meeting_plants_a_tree_that_the_programme_pays(run: Run, many: int):
    outcome = run(
        TREES, [joins(), *[does("2026-02-01", "meeting-hosted", f"m{number}") for number in range(many)]]
    )
    assert planted(outcome) == (many, f"{many}.00")
    assert outcome["totals"]["counters"] == {"trees": many}
    assert {name: points(outcome)[name] for name in ("available", "pending", "earned")} == dict.fromkeys(
        ("available", "pending", "earned"), 0
    )


def test_the_same_meeting_again_plants_nothing(run: Run):
    outcome = run(
        TREES,
        [joins(), does("2026-02-01", "meeting-hosted", "m1"), does("2026-02-09", "meeting-hosted", "m1")],
    )
    assert outcome["refused"] == []
    assert planted(outcome) == (1, "1.00")


def test_the_same_id_of_another_member_is_a_conflict_and_plants_nothing(run: Run):
    lines = [
        joins(), joins(member="ben"), does("2026-02-01", "meeting-hosted", "m1"),
        does("2026-02-02", "meeting-hosted", "m1", member="ben"),
    ]  # fmt: skip
    outcome = run(TREES, lines)
    assert codes(outcome) == [(4, "conflict")]
    assert outcome["totals"]["funded"]["trees"]["amount"] == "1.00"


def test_a_meeting_that_did_not_happen_gives_its_tree_back_and_never_more(run: Run):
    lines = [
        joins(), does("2026-02-01", "meeting-hosted", "m1"), does("2026-02-02", "meeting-hosted", "m2"),
        does("2026-02-03", "meeting-hosted", "m3", quantity=-1),
    ]  # fmt: skip
    assert planted(run(TREES, lines)) == (1, "1.00")
    assert planted(run(TREES, [*lines, does("2026-02-04", "meeting-hosted", "m4", quantity=-5)])) == (
        0,
        "0.00",
    )


def test_trees_of_all_members_are_added_up(run: Run):
    lines = [
        joins(),
        joins(member="ben"),
        does("2026-02-01", "meeting-hosted", "m1"),
        does("2026-02-01", "meeting-hosted", "m2", member="ben"),
    ]
    outcome = run(TREES, lines)
    assert outcome["totals"]["funded"] == {"trees": {"amount": "2.00", "currency": "USD"}}
    assert planted(outcome)[0] == 1


def test_an_activity_that_the_file_does_not_have_is_refused(run: Run):
    assert codes(run(TREES, [joins(), does("2026-02-01", "meeting-missed", "m1")])) == [(2, "unknown_key")]


# --- Mahabis: the offer follows the friend's country -----------------------------------------------------------------

ORDER = buys("2026-01-10", "50.00", member="ben", currency="GBP")


@pytest.mark.parametrize(("country", "reward"), [("US", "ten-percent"), ("GB", "ten-pounds")])
def test_both_are_given_the_offer_of_the_friends_country(run: Run, country: str, reward: str):
    inviter = joins(country="GB" if country == "US" else "US")
    lines = [inviter, joins("2026-01-05", "ben", referred_by="anna", country=country), ORDER]
    before = run(FRIENDS, lines, at="2026-02-08")
    assert rewards(before, reward, "ben") == {f"{reward}:ben:1": "available"}
    assert before["members"]["anna"]["rewards"] == []
    after = run(FRIENDS, lines, at="2026-02-09")  # the order has stood for 30 days
    assert rewards(after, reward) == {f"{reward}:anna:1": "available"}


@pytest.mark.parametrize("country", ["FR", None])
def test_elsewhere_a_friend_joins_and_nothing_is_given(run: Run, country: str | None):
    named = {} if country is None else {"country": country}
    outcome = run(
        FRIENDS, [joins(), joins("2026-01-05", "ben", referred_by="anna", **named), ORDER], at="2026-03-01"
    )
    assert outcome["refused"] == []
    assert (outcome["members"]["ben"]["rewards"], outcome["members"]["anna"]["rewards"]) == ([], [])


def test_an_order_that_is_cancelled_within_thirty_days_brings_the_inviter_nothing(run: Run):
    lines = [
        joins(),
        joins("2026-01-05", "ben", referred_by="anna", country="GB"),
        ORDER,
        cancelled(ORDER, "2026-02-08"),
    ]
    outcome = run(FRIENDS, lines, at="2026-03-01")
    assert outcome["members"]["anna"]["rewards"] == []
    assert list(rewards(outcome, "ten-pounds", "ben")) == ["ten-pounds:ben:1"]


def test_who_is_a_member_already_is_nobodys_friend(run: Run):
    lines = [
        joins(),
        joins(member="ben", country="GB"),
        joins("2026-01-05", "ben", referred_by="anna", country="GB"),
        ORDER,
    ]
    outcome = run(FRIENDS, lines, at="2026-03-01")
    assert (outcome["members"]["ben"]["rewards"], outcome["members"]["anna"]["rewards"]) == ([], [])


@pytest.mark.parametrize(
    ("currency", "refused"), [("GBP", []), ("USD", []), ("EUR", [(2, "unknown_currency")])]
)
def test_pounds_and_dollars_are_accepted(run: Run, currency: str, refused: list[tuple[int, str]]):
    assert codes(run(FRIENDS, [joins(), buys("2026-01-10", "50.00", currency=currency)])) == refused


# --- Monzo: no reward at all -----------------------------------------------------------------------------------------


def test_a_community_gives_nothing_and_has_its_benefits(run: Run):
    outcome = run(
        "monzo-community",
        [joins(birthday="02-01", consents={"marketing": True}), buys("2026-01-10", "50.00", currency="GBP")],
        at="2026-12-31",
    )
    assert earned(outcome) == 0
    assert (outcome["members"]["anna"]["rewards"], outcome["members"]["anna"]["goals"]) == ([], [])
    assert set(perks(outcome)) == {"board", "events", "staff-replies"}

"""`referral_code` of a member's call."""

import pytest

from tests import make

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def code(anna: str) -> str:
    """Anna's code."""
    from portal import people, referrals

    found = referrals.code_of(people.by_ref("c-1").id)
    assert found is not None
    return found


def test_a_friend_told_by_the_shop_counts_for_her_inviter(api, code):
    told = api.put("/members/c-2", make.member("ben@example.com", name="Ben", referral_code=code))
    assert "warnings" not in told
    again = api.put("/members/c-2", make.member("ben@example.com", referral_code=code))
    assert "warnings" not in again
    from portal import people, referrals

    assert [friend.name for friend in referrals.timeline(people.by_ref("c-1").id)] == ["Anna"], (
        "as renamed since"
    )


@pytest.mark.parametrize(
    ("ref", "fields", "warning"),
    [
        ("c-2", {"email": "ben@example.com", "referral_code": "anna-zzz"}, "unknown_key"),
        ("c-2", {"email": "anna+1@example.com"}, "not_allowed"),
        ("c-1", {"email": "anna@example.com"}, "not_allowed"),
    ],
)
def test_a_referral_that_does_not_count_is_a_warning_beside_a_member_who_joined(
    api, code, ref, fields, warning
):
    told = api.put(f"/members/{ref}", {"referral_code": code} | fields)
    assert told["member"] == ref
    assert [(one["pointer"], one["code"]) for one in told["warnings"]] == [("/referral_code", warning)]


def test_the_state_says_her_code_what_her_friends_brought_and_the_charity_she_means(api, key, code):
    assert api.get("/members/c-1")["referral"] == {"code": code, "joined": 0, "pending": 0, "rewarded": 0}
    api.put("/members/c-2", make.member("ben@example.com", referral_code=code))
    assert api.get("/members/c-1")["referral"] == {"code": code, "joined": 1, "pending": 1, "rewarded": 0}
    assert api.get("/members/c-1")["charity"] is None
    key("redeem").post("/members/c-1/donations", {"charity": "forests"})
    assert api.get("/members/c-1")["charity"] == "forests"


@pytest.mark.parametrize("code", [7, "x" * 201, ["anna-7k2"]])
def test_what_cannot_be_a_code_is_refused_before_anything_is_written(api, code):
    assert (
        api.put("/members/c-2", {"email": "ben@example.com", "referral_code": code}, 422)["code"]
        == "bad_value"
    )
    api.get("/members/c-2", 404)

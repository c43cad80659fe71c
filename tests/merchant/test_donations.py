"""Gifts and charities through the API."""

import pytest

from tests import make
from tests.merchant.conftest import Api, sound, written

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def till(key) -> Api:
    """A key that may spend points."""
    return key("redeem", "read", "members")


@pytest.fixture
def anna(till: Api) -> str:
    """A member with the welcome's 100 points."""
    return str(till.put("/members/c-1", make.member())["member"])


def test_a_gift_is_taken_from_the_points_and_counted_for_the_charity(till, anna):
    gift = till.post("/members/c-1/donations", {"charity": "wildlife", "points": 100})
    assert (gift["member"], gift["charity"], gift["points"]) == ("c-1", "wildlife", 100)
    assert gift["value"] == {"amount": "1.00", "currency": "GBP"}
    points = till.points()
    assert (points["available"], points["donated"]) == (0, 100)
    listed = till.get("/charities")
    assert [one["key"] for one in listed["charities"]] == ["wildlife", "forests", "schools"]
    assert listed["charities"][0]["total"] == {
        "points": 100, "value": {"amount": "1.00", "currency": "GBP"}, "gifts": 1,
    }  # fmt: skip
    assert listed["charities"][1]["total"]["gifts"] == 0
    newest = till.get("/members/c-1/entries")["entries"][0]
    assert newest["kind"] == "donated"
    assert newest["explanation"]["text"][0] == "Given to Hedgerow Wildlife"
    sound()


def test_without_points_all_is_given_that_can_be(till, anna):
    assert till.post("/members/c-1/donations", {"charity": "schools"})["points"] == 100


@pytest.mark.parametrize("where", ["body", "header"])
def test_a_gift_that_is_sent_again_is_one_gift(till, anna, where):
    body = {"charity": "wildlife"} | ({"ref": "g-7"} if where == "body" else {})
    headers = {"Idempotency-Key": "g-7"} if where == "header" else {}
    first, second = (till.ask("POST", "/members/c-1/donations", json=body, headers=headers) for _ in "12")
    assert (first.status_code, first.json["ref"]) == (200, "g-7")
    assert first.json == second.json
    other = till.ask("POST", "/members/c-1/donations", json=body | {"charity": "schools"}, headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "conflict")
    assert till.points()["donated"] == 100
    long_key = {"Idempotency-Key": "k" * 255}
    assert till.ask("POST", "/members/c-1/donations", json=body, headers=long_key).status_code in (200, 422)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"charity": "donkeys", "points": 100}, 422, "unknown_key"),
        ({"charity": "wildlife", "points": 120}, 422, "bad_value"),
        ({"charity": "wildlife", "points": 0}, 422, "bad_value"),
        ({"charity": "wildlife", "points": "100"}, 422, "bad_value"),
        ({"charity": "wildlife", "points": 150}, 422, "not_enough_points"),
        ({"points": 100}, 422, "missing_field"),
    ],
)
def test_a_gift_that_cannot_be_is_refused_and_writes_nothing(till, anna, body, status, code):
    before = written()
    answer = till.post("/members/c-1/donations", body, status)
    assert code in {answer["code"], *(error["code"] for error in answer.get("errors", []))}
    assert written() == before


def test_a_member_who_is_not_there_and_a_key_that_may_not(till, api, anna):
    assert till.post("/members/c-2/donations", {"charity": "wildlife"}, 404)["code"] == "unknown_member"
    assert api.post("/members/c-1/donations", {"charity": "wildlife"}, 403)["code"] == "missing_scope"
    assert api.get("/charities")["giving"] == {"minimum": 100, "step": 50}

"""Activities and outside facts through the API."""

from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import Api, sound, written

pytestmark = pytest.mark.usefixtures("demo")
AT = "2026-06-10T09:00:00Z"


def review(**changes: Any) -> make.Body:
    return {"id": "a-1", "member": "c-1", "activity": "review", "at": AT} | changes


@pytest.mark.both_engines
def test_an_activity_answers_what_it_gave_why_and_where_she_stands(api: Api, anna):
    told = api.post("/activities", review())
    assert {name: told[name] for name in ("id", "activity", "points", "capped", "member")} == {
        "id": "a-1", "activity": "review", "points": 25, "capped": False, "member": "c-1",
    }  # fmt: skip
    assert told["state"]["points"]["earned"] == 125
    assert told["explanation"]["text"][0] == "A review: 25 points"
    assert api.post("/activities", review()) == told
    newest = api.get("/members/c-1/entries")["entries"][0]
    assert (newest["source"], newest["ref"], newest["explanation"]["facts"]["each"]) == (
        "activity",
        "a-1",
        25,
    )
    sound()


def test_the_cap_of_a_month_is_told(api: Api, anna):
    told = [api.post("/activities", review(id=f"a-{n}")) for n in range(4)]
    assert [(one["points"], one["capped"]) for one in told] == [(25, False)] * 3 + [(0, True)]
    assert told[3]["explanation"]["facts"]["capped"] == {"per": "month", "points": 75, "asked": 25}
    assert api.post("/activities", review(id="a-3"))["capped"]


def test_one_that_is_taken_back_is_taken_from_her_points(api: Api, anna):
    api.post("/activities", review())
    told = api.post("/activities", review(id="a-2", quantity=-1))
    assert (told["points"], told["state"]["points"]["available"]) == (-25, 100)
    entry = api.get("/members/c-1/entries")["entries"][0]
    assert (entry["kind"], entry["ref"]) == ("refunded", "a-1")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"member": "nobody"}, 422, "unknown_member", "/member"),
        ({"activity": "dance"}, 422, "unknown_key", None),
        ({"activity": "account"}, 422, "not_allowed", "/activity"),
        ({"activity": "birthday"}, 422, "not_allowed", "/activity"),
        ({"at": "2026-06-11T09:30:01Z"}, 422, "in_the_future", "/at"),
        ({"at": "2026-06-10"}, 422, "bad_value", "/at"),
        ({"quantity": 0}, 422, "bad_value", "/quantity"),
        ({"quantity": 1.5}, 422, "bad_value", "/quantity"),
        ({"quantity": "2"}, 422, "bad_value", "/quantity"),
        ({"quantity": 10**9 + 1}, 422, "bad_value", "/quantity"),
        ({"attributes": {"a": {"b": 1}}}, 422, "bad_value", None),
        ({"attributes": {f"a{n}": n for n in range(21)}}, 422, "bad_value", "/attributes"),
        ({"id": ""}, 422, "bad_value", "/id"),
        ({"id": None}, 422, "bad_value", "/id"),
    ],
)
def test_an_activity_that_cannot_be_is_refused_and_writes_nothing(
    api: Api, anna, changes, status, code, pointer
):
    before = written()
    told = api.post("/activities", review(**changes), status)
    assert told["code"] == code
    if pointer is not None:
        assert told["errors"][0]["pointer"] == pointer
    assert written() == before


def test_an_id_that_stands_for_another_is_a_conflict(api: Api, anna):
    api.put("/members/c-2", make.member("bea@example.com"))
    api.post("/activities", review())
    before = written()
    for changes in ({"member": "c-2"}, {"activity": "follow"}, {"attributes": {"stars": 5}}):
        assert api.post("/activities", review(**changes), 409)["code"] == "conflict"
    assert written() == before


def test_what_only_a_colleague_may_vouch_for_is_not_told_by_a_shop(api: Api, publish):
    from tests.merchant.conftest import simple

    activity = '\n[[activities]]\nkey = "gym"\nlabel = "Gym"\npoints = 5\nproof = "staff"\n'
    publish(simple(1) + activity)
    api.put("/members/c-1", make.member())
    assert api.post("/activities", review(activity="gym"), 422)["code"] == "not_allowed"


def test_each_call_needs_its_scope(key, anna):
    body = {"value": True}
    assert key("members").post("/activities", review(), 403)["code"] == "missing_scope"
    assert key("orders").put("/members/c-1/attributes/student", body, 403)["code"] == "missing_scope"
    assert key("orders").post("/activities", review())["points"] == 25


# --- outside facts


@pytest.fixture
def card(api: Api, publish) -> Api:
    """A programme in which a store card is a tier; anna is a member."""
    from tests.merchant.conftest import simple

    entry = '[{ metric = "attribute", attribute = "store_card" }]'
    publish(simple(1) + f'\n[[tiers]]\nkey = "card"\nlabel = "Card"\nentry = {entry}\n')
    api.put("/members/c-1", make.member())
    return api


def put(api: Api, status: int = 200, name: str = "store_card", **body: Any) -> dict[str, Any]:
    told: dict[str, Any] = api.put(f"/members/c-1/attributes/{name}", body, status)
    return told


@pytest.mark.both_engines
def test_a_fact_makes_a_tier_at_once_and_ends_it_at_once(card: Api):
    for _ in range(2):
        state = put(card, value=True)
        assert (state["tier"]["key"], state["tier"]["source"]) == ("card", "attribute")
    for _ in range(2):
        state = put(card, value=False)
        assert (state["tier"]["key"], state["tier"]["source"]) == ("member", "base")
    sound()


def test_a_fact_may_say_from_when_and_until_when(card: Api, clock):
    put(card, value=True, since="2026-06-12", until="2026-06-13T22:59:59Z")
    told = []
    for day in (11, 12, 13, 14):
        clock.move_to(f"2026-06-{day}T10:00:00Z")
        told.append(card.get("/members/c-1")["tier"]["key"])
    assert told == ["member", "card", "card", "member"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "missing_field", "/value"),
        ({"value": "gold"}, "bad_value", "/value"),
        ({"value": 1}, "bad_value", "/value"),
        ({"value": None}, "bad_value", "/value"),
        ({"value": True, "since": "soon"}, "bad_value", "/since"),
        ({"value": True, "since": 20260601}, "bad_value", "/since"),
        ({"value": True, "until": "2026-02-30"}, "bad_value", "/until"),
        ({"value": True, "until": "2026-06-09"}, "bad_value", "/until"),
        ({"value": True, "until": "2026-06-10T10:00:00"}, "bad_value", "/until"),
    ],
)
def test_a_fact_that_is_none_is_refused_and_writes_nothing(card: Api, body, code, pointer):
    before = written()
    told = put(card, 422, **body)
    assert (told["code"], told["errors"][0]["pointer"]) == (code, pointer)
    assert written() == before


def test_a_fact_of_nobody_or_without_a_readable_name_is_refused(card: Api):
    assert card.put("/members/c-9/attributes/student", {"value": True}, 404)["code"] == "unknown_member"
    for name in ("%00", "x" * 81):
        assert put(card, 422, name=name, value=True)["code"] == "bad_value"


def test_children_are_told_with_the_member_and_are_five_at_most(api: Api, anna):
    from portal import people

    child = {"id": "k1", "nickname": "Bo", "birthday": "02-29"}
    api.put("/members/c-1", {"profiles": [child]})
    api.put("/members/c-1", {"name": "Anna"})
    member = people.by_ref("c-1")
    assert [row.nickname for row in people.children(member.id)] == ["Bo"]
    wrong = [
        [child, child],
        [child | {"id": f"k{n}"} for n in range(6)],
        [child | {"birthday": "2019-02-28"}],
        [child | {"birthday": "02-30"}],
        [child | {"nickname": ""}],
    ]
    before = written()
    for profiles in wrong:
        assert api.put("/members/c-1", {"profiles": profiles}, 422)["code"] == "bad_value"
    assert written() == before
    api.put("/members/c-1", {"profiles": []})
    assert people.children(member.id) == []

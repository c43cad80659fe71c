"""Refusals carry what pages and answers need: a stable code, a status, a place, and facts."""

import pytest

from portal.errors import Refused


@pytest.mark.parametrize(
    ("code", "status"),
    [("conflict", 409), ("stale_version", 409), ("bad_json", 400), ("too_large", 413), ("bad_value", 422)],
)
def test_a_code_has_its_status(code, status):
    assert Refused(code).status == status


def test_a_refusal_says_what_was_wrong_and_where():
    refusal = Refused("not_enough_points", "10 are needed.", pointer="/points", need=10, have=3)
    assert (refusal.code, refusal.message, refusal.pointer) == (
        "not_enough_points",
        "10 are needed.",
        "/points",
    )
    assert refusal.facts == {"need": 10, "have": 3}
    assert str(refusal) == "not_enough_points: 10 are needed."
    assert Refused("unknown_member", status=404).status == 404
    assert Refused("unknown_member").message == "unknown member"

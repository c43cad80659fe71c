"""Orders through the API: states become points, refunds take exactly what was given, the same twice is once."""

from datetime import timedelta

import pytest

from tests import make
from tests.merchant.conftest import JPY_SHOP, Api, simple, sound, written


@pytest.mark.both_engines
def test_an_order_answers_with_its_points_and_explains_them(demo, api: Api, anna):
    answer = api.put("/orders/1001", make.order("18.00", shipping="4.00"))
    assert answer["order"] == {"id": "1001", "shop": "main", "version": 1, "status": "paid"}
    assert answer["points"] == {"earned": 90, "pending": 90, "reversed": 0, "kept": 90}
    assert answer["member"] == "c-1"
    assert answer["explanation"]["facts"]["counted_minor"] == 1800
    assert any("£4.00" in sentence for sentence in answer["explanation"]["text"])
    points = api.points()
    assert (points["available"], points["pending"]) == (100, 90)
    assert points["maturing"] == [{"on": "2026-06-24", "points": 90}]
    sound()


@pytest.mark.both_engines
def test_the_same_version_again_answers_alike_and_writes_nothing(demo, api: Api, anna):
    first = api.put("/orders/1001", make.order("18.00"))
    before = written()
    assert api.put("/orders/1001", make.order("18.00")) == first
    assert written() == before


def test_an_older_version_is_refused_and_writes_nothing(demo, api: Api, anna):
    api.put("/orders/1001", make.order("18.00", version=3))
    before = written()
    told = api.put("/orders/1001", make.order("9.00", version=2), 409)
    assert told["code"] == "stale_version"
    assert written() == before


def test_the_same_version_with_another_body_is_refused_and_writes_nothing(demo, api: Api, anna):
    api.put("/orders/1001", make.order("18.00"))
    before = written()
    assert api.put("/orders/1001", make.order("19.00"), 409)["code"] == "conflict"
    assert written() == before


@pytest.mark.both_engines
def test_a_refund_takes_what_the_rule_gave_though_the_rule_has_changed(one_a_pound, publish, api: Api, anna):
    api.put("/orders/1", make.order("50.00"))
    assert api.points()["available"] == 50
    publish(simple(2))
    refunded = api.put("/orders/1", make.order("50.00", version=2, refunds=[make.refund("50.00")]))
    assert refunded["points"] == {"earned": 50, "pending": 0, "reversed": 50, "kept": 0}
    assert api.points()["available"] == 0
    sound()


def test_a_refund_takes_the_same_when_the_rule_is_gone(one_a_pound, publish, api: Api, anna):
    api.put("/orders/1", make.order("50.00"))
    text = simple(1)
    publish(text.replace('key = "all"', 'key = "other"').replace("Everything", "Something else"))
    refunded = api.put("/orders/1", make.order("50.00", version=2, refunds=[make.refund("50.00")]))
    assert refunded["points"]["reversed"] == 50
    assert api.points()["available"] == 0


def test_two_refunds_take_forty_and_then_sixty(one_a_pound, api: Api, anna):
    api.put("/orders/1", make.order("100.00"))
    forty = make.refund("40.00", "r1")
    sixty = make.refund("60.00", "r2")
    first = api.put("/orders/1", make.order("100.00", version=2, refunds=[forty]))
    assert first["points"] == {"earned": 100, "pending": 0, "reversed": 40, "kept": 60}
    second = api.put("/orders/1", make.order("100.00", version=3, refunds=[forty, sixty]))
    assert second["points"] == {"earned": 100, "pending": 0, "reversed": 100, "kept": 0}
    changes = [entry["change"]["available"] for entry in api.get("/members/c-1/entries")["entries"]]
    assert changes == [-60, -40, 100]
    sound()


def test_a_refund_takes_pending_points_first(demo, api: Api, anna):
    api.put("/orders/1", make.order("20.00"))
    api.put("/orders/1", make.order("20.00", version=2, refunds=[make.refund("5.00", line="1")]))
    points = api.points()
    assert (points["available"], points["pending"], points["owed"]) == (100, 75, 0)


@pytest.mark.both_engines
def test_points_that_were_spent_before_the_refund_are_owed_and_the_next_earnings_pay(
    one_a_pound, api: Api, anna
):
    api.put("/orders/1", make.order("50.00"))
    spend("c-1", 50)
    refunded = api.put("/orders/1", make.order("50.00", version=2, refunds=[make.refund("50.00")]))
    assert refunded["points"]["kept"] == 0
    points = api.points()
    assert (points["available"], points["owed"], points["earned"], points["spent"]) == (0, 50, 0, 50)
    api.put("/orders/2", make.order("80.00"))
    points = api.points()
    assert (points["available"], points["owed"]) == (30, 0)
    sound()


def test_paid_cancelled_paid_is_one_award(one_a_pound, api: Api, anna):
    for version, status in enumerate(("paid", "cancelled", "paid"), 1):
        answer = api.put("/orders/1", make.order("30.00", version=version, status=status))
    assert answer["points"]["kept"] == 30
    assert api.points()["available"] == 30
    sound()


def test_an_order_that_is_not_paid_earns_when_it_is(one_a_pound, api: Api, anna):
    assert api.put("/orders/1", make.order("30.00", status="pending"))["points"]["kept"] == 0
    assert api.put("/orders/1", make.order("30.00", version=2))["points"]["kept"] == 30


@pytest.mark.both_engines
def test_a_guests_order_waits_until_its_owner_proves_the_address(demo, api: Api):
    body = make.order("20.00", member=None, guest=True, email="Bea@Example.com")
    answer = api.put("/orders/1", body)
    assert answer["member"] is None
    assert answer["points"]["kept"] == 0
    assert api.get("/orders/1")["member"] is None
    api.put("/members/c-2", make.member("bea@example.com"))
    assert api.points("c-2")["pending"] == 0, "nobody has vouched for the address"
    api.put("/members/c-2", make.member("bea@example.com", email_verified=True))
    assert api.points("c-2")["pending"] == 100
    assert api.get("/orders/1")["member"] == "c-2"
    api.put("/members/c-2", make.member("bea@example.com", email_verified=True))
    assert api.points("c-2")["earned"] == 200, "credited once"
    sound()


def test_an_order_that_moves_to_another_member_takes_its_points_along(one_a_pound, api: Api, anna):
    api.put("/members/c-2", make.member("bea@example.com"))
    api.put("/orders/1", make.order("30.00"))
    moved = api.put("/orders/1", make.order("30.00", version=2, member="c-2"))
    assert moved["member"] == "c-2"
    assert (api.points("c-1")["available"], api.points("c-2")["available"]) == (0, 30)
    sound()


def test_a_new_purchase_date_counts_the_order_anew(demo, clock, api: Api, anna):
    api.put("/orders/1", make.order("20.00"))
    api.put("/orders/1", make.order("20.00", version=2, placed_at="2026-06-08T09:00:00Z"))
    points = api.points()
    assert (points["pending"], points["earned"]) == (100, 200)
    assert points["maturing"] == [{"on": "2026-06-22", "points": 100}]
    sound()


def test_pending_points_are_available_from_midnight_of_their_day(demo, clock, api: Api, anna):
    api.put("/orders/1", make.order("20.00"))
    clock.move_to(make.NOW.replace(day=23, hour=22, minute=59))
    assert api.points()["pending"] == 100
    clock.shift(timedelta(minutes=1))  # midnight in London, in summer
    points = api.points()
    assert (points["available"], points["pending"], points["maturing"]) == (200, 0, [])


def test_yen_have_no_decimals_and_dinars_have_three(clock, publish, api: Api):
    publish(JPY_SHOP)
    api.put("/members/c-1", make.member())
    assert api.put("/orders/1", make.order("1234", currency="JPY"))["points"]["kept"] == 12
    too_precise = api.put("/orders/2", make.order("12.5", currency="JPY"), 422)
    assert too_precise["errors"] == [
        {"pointer": "/lines/0/amount", "code": "too_precise", "message": too_precise["detail"]}
    ]
    assert api.put("/orders/3", make.order("1.255", currency="BHD"))["points"]["kept"] == 5
    assert api.points()["value"] == {"amount": "17", "currency": "JPY"}
    assert api.put("/orders/4", make.order("1.2555", currency="BHD"), 422)["code"] == "too_precise"


def test_an_order_shows_its_last_state_and_the_rules_that_did_not_fire(clock, publish, api: Api):
    publish(
        simple(1)
        + '[[multipliers]]\nkey = "app"\nlabel = "Twice in the app"\nfactor = "2"\nwhen = { channels = ["app"] }\n'
    )
    api.put("/members/c-1", make.member())
    api.put("/orders/A/1", make.order("30.00", channel="store"))
    shown = api.get("/orders/A/1")
    assert shown["state"]["lines"][0]["amount"] == "30.00"
    assert shown["points"]["kept"] == 30
    assert shown["explanation"]["facts"]["passed"][0]["rule"] == "app"
    assert any(sentence.startswith("Twice in the app") for sentence in shown["explanation"]["text"])


def test_what_waits_of_an_order_is_said_as_it_is_now(demo, clock, api: Api, anna):
    from portal import earning, people
    from portal.db import transact

    api.put("/orders/1", make.order("20.00"))
    clock.shift(timedelta(days=20))
    member = people.by_ref("c-1")
    transact(lambda: earning.bring_up_to_date(member.id, make.NOW + timedelta(days=20)))
    assert api.get("/orders/1")["points"] == {"earned": 100, "pending": 0, "reversed": 0, "kept": 100}


def test_order_numbers_belong_to_their_shop(one_a_pound, key, api: Api, anna):
    other = key(shop="second")
    api.put("/orders/1", make.order("30.00"))
    other.put("/orders/1", make.order("7.00"))
    assert api.points()["available"] == 37, "members are the programme's, orders the shop's"
    assert other.get("/orders/1")["order"]["shop"] == "second"
    api.put("/orders/2", make.order("1.00"))
    assert other.get("/orders/2", 404)["code"] == "unknown_order"


def test_the_explanation_speaks_the_language_that_is_asked_for(demo, api: Api, anna):
    plain = api.put("/orders/1", make.order("20.00"))["explanation"]["text"]
    again = api.ask("GET", "/orders/1", headers={"Accept-Language": "xx"}).json["explanation"]["text"]
    assert again == plain, "English where there is no such language"


def spend(ref: str, points: int) -> None:
    """A member spends, by the ledger's own verb."""
    from portal import ledger, people
    from portal.db import transact

    member = people.by_ref(ref)
    because = ledger.Because("reward", "test", "test", 1, {})
    transact(
        lambda: ledger.debit(
            member.id, points, key="spend/test", fingerprint="", because=because, kind="redeemed",
            at=make.NOW, day=make.NOW.date(),
        )
    )  # fmt: skip

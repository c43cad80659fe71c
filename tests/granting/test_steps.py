"""Steps: a prize for each full step of what is spent, net, through all orders (Reading 12)."""

import pytest
from flask import Flask

from tests.granting.hands import GIFTS, available, count, have, join, points, sound, state, use_newest
from tests.ledger import shop

pytestmark = pytest.mark.both_engines
STEP = '\n[[steps]]\nkey = "hundred"\nlabel = "Every hundred"\nper = "100.00"\ngives = { reward = "five" }\n'


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish(STEP, GIFTS)
    return join()


def spent(member_id: str, *amounts: int, on: str = "2026-03-05") -> None:
    for minor in amounts:
        count(member_id, on, step__hundred=minor)


def test_sixty_sixty_and_ninety_give_one_after_the_second_and_one_after_the_third(anna):
    spent(anna, 6000)
    assert available(anna, "2026-03-05") == 0
    spent(anna, 6000)
    assert available(anna, "2026-03-05") == 1
    spent(anna, 9000)
    assert have(anna, "2026-03-05") == [("five", "available", "step:hundred")] * 2
    spent(anna, 8999)  # ten are kept
    assert available(anna, "2026-03-05") == 2
    spent(anna, 1)
    assert available(anna, "2026-03-05") == 3
    sound()


def test_a_refund_of_the_second_order_withdraws_the_newest_that_is_unused(anna):
    spent(anna, 6000, 6000, 9000, -6000)
    assert [one for _, one, _ in have(anna, "2026-03-05")] == ["available", "withdrawn"]
    spent(anna, 4999)
    assert available(anna, "2026-03-05") == 1
    spent(anna, 1)
    assert available(anna, "2026-03-05") == 2
    sound()


@pytest.mark.parametrize(("left", "stand"), [(10000, 1), (9999, 0), (0, 0)])
@pytest.mark.both_engines(every_case=True)
def test_to_the_penny(anna, left, stand):
    spent(anna, 19999, left - 19999)
    assert available(anna, "2026-03-05") == stand
    sound()


def test_one_order_of_many_steps_gives_as_many(anna):
    spent(anna, 35000)
    assert available(anna, "2026-03-05") == 3
    spent(anna, -35000)
    assert available(anna, "2026-03-05") == 0
    spent(anna, 35000)
    assert available(anna, "2026-03-05") == 3
    sound()


def test_a_used_reward_stands_and_the_unused_older_one_goes(anna):
    spent(anna, 20000)
    use_newest(anna, "2026-03-05")
    spent(anna, -10000)
    assert [one for _, one, _ in have(anna, "2026-03-05")] == ["withdrawn", "used"]
    spent(anna, 10000)
    assert [one for _, one, _ in have(anna, "2026-03-05")] == ["withdrawn", "used", "available"]
    sound()


def test_a_used_reward_is_never_charged_and_the_next_comes_when_its_step_is_passed_again(anna):
    spent(anna, 10000)
    use_newest(anna, "2026-03-05")
    spent(anna, -10000)
    spent(anna, 10000)
    assert have(anna, "2026-03-05") == [("five", "used", "step:hundred")]
    spent(anna, 9999)
    assert available(anna, "2026-03-05") == 0
    spent(anna, 1)
    assert available(anna, "2026-03-05") == 1
    sound()


def test_an_expired_reward_stands_as_a_used_one_does(anna):
    spent(anna, 10000)
    spent(anna, -5000, on="2026-07-05")  # it was valid for 90 days
    spent(anna, 5000, on="2026-07-06")
    assert available(anna, "2026-07-06") == 0
    spent(anna, 10000, on="2026-07-07")
    assert available(anna, "2026-07-07") == 1
    sound()


def test_steps_of_a_counter_in_points_and_a_badge(app):
    shop.publish(
        '\n[[activities]]\nkey = "trip"\nlabel = "A trip"\ncounter = "miles"\nquantity = true\n',
        '\n[[steps]]\nkey = "far"\nlabel = "Far"\ncount = 10\ncounter = "miles"\n'
        'gives = { points = 7, badge = "Far out" }\n',
    )
    anna = join()
    count(anna, "2026-03-05", counter__miles=9)
    assert (points(anna), state(anna, "2026-03-05").badges) == (0, [])
    count(anna, "2026-03-05", counter__miles=12)
    assert (points(anna), state(anna, "2026-03-05").badges) == (14, ["far"])
    count(anna, "2026-03-05", counter__miles=-2)
    assert (points(anna), state(anna, "2026-03-05").badges) == (7, ["far"])
    count(anna, "2026-03-05", counter__miles=-19)
    assert (points(anna), state(anna, "2026-03-05").badges) == (0, [])
    assert state(anna, "2026-03-05").counters == {"miles": 0}
    count(anna, "2026-03-05", counter__miles=10)
    assert points(anna) == 7
    sound()

"""The pages of the rewards that she has: used, over, not anothers', and told of before another is taken."""

from datetime import timedelta

from portal import ledger
from tests import make
from tests.home.doors import step_in
from tests.ledger import shop
from tests.rewards.conftest import sound, use
from tests.rewards.walking import anna, mine, visit

__all__ = ["anna", "visit"]


def test_what_was_used_says_where_and_cannot_be_undone(visit, anna):
    visit.open("/rewards/ten-off")
    page = visit.submit("Take it")
    (taken,) = mine(anna)
    use(taken, "1182", 400)
    page = visit.submit("Undo", status=409)
    assert "It stays taken: the code has been used." in page.text
    assert "Order 1182" in page.text
    assert "£6.00 of £10.00 are left." in page.text
    assert "£6.00 left" in visit.open("/rewards").text
    use(taken, "1183")
    page = visit.open(f"/rewards/taken/{taken.id}")
    assert "Used on 10 June 2026" in page.text
    assert taken.code not in page.text


def test_attack_26_another_members_reward_is_as_missing_as_none(visit, anna, app):
    shop.join("c-2", "bea@example.com", proved=True)
    visit.open("/rewards/ten-off")
    visit.submit("Take it")
    (taken,) = mine(anna)
    other = step_in(app, "bea@example.com")
    other.open(f"/rewards/taken/{taken.id}", 404)
    other.open("/rewards/taken/nothing", 404)
    other.open("/rewards/nothing", 404)
    other.open("/rewards/friend-five", 404)
    assert mine(anna)[0].state == "available"


def test_all_of_hers_are_listed_with_what_became_of_them(visit, anna):
    assert "What you take stands here with its code" in visit.open("/rewards/taken").text
    for key in ("ten-off", "free-coffee"):
        visit.open(f"/rewards/{key}")
        visit.submit("Take it")
    visit.submit("Undo")
    page = visit.open("/rewards/taken")
    assert "Use it until 10 June 2027" in page.text
    assert "Undone on 10 June 2026" in page.text
    assert not any(taken.code in page.text.replace(" ", "") for taken in mine(anna))


def test_a_code_that_expired_shows_its_points_come_back(visit, anna, clock):
    from portal import jobs

    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    (taken,) = mine(anna)
    clock.shift(timedelta(days=366))
    late = step_in(visit.client.application)
    assert "Expired after 10 June 2027" in late.open(f"/rewards/taken/{taken.id}").text
    jobs.nightly()
    page = late.open(f"/rewards/taken/{taken.id}")
    assert "200 points came back" in page.text
    page = late.follow("See it in your activity")
    assert "It expired unused, so its points came back by themselves" in page.text
    assert ledger.wallet(anna).spent == 0


STILL = "You already have one that you can still use."


def test_who_has_one_that_is_not_used_is_told_before_she_takes_another(visit, anna):
    assert STILL not in visit.open("/rewards/free-coffee").text
    visit.submit("Take it")
    (taken,) = mine(anna)
    assert STILL not in visit.open("/rewards/five-off").text, "it is another reward"
    assert STILL in visit.open("/rewards/free-coffee").text
    visit.follow("See it")
    assert visit.path == f"/rewards/taken/{taken.id}"
    visit.submit("Undo")
    assert STILL not in visit.open("/rewards/free-coffee").text
    sound()


def test_another_may_still_be_taken_and_the_one_that_ends_first_is_shown(visit, anna, clock):
    for _ in "12":
        visit.open("/rewards/free-coffee")
        visit.submit("Take it")
        clock.shift(timedelta(days=1))
    newer, older = mine(anna)
    assert newer.expires_on > older.expires_on
    visit.open("/rewards/free-coffee")
    visit.follow("See it")
    assert visit.path == f"/rewards/taken/{older.id}"


def test_one_that_was_used_or_is_over_is_not_told_of(visit, anna, clock):
    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    (taken,) = mine(anna)
    clock.shift(taken.expires_on - make.NOW.date())
    visit = step_in(visit.client.application)
    assert STILL in visit.open("/rewards/free-coffee").text, "on its last day"
    clock.shift(timedelta(days=1))
    assert STILL not in visit.open("/rewards/free-coffee").text
    visit.open("/rewards/five-off")
    visit.submit("Take it")
    use(mine(anna)[0], "1182")
    assert STILL not in visit.open("/rewards/five-off").text


def test_one_of_another_member_is_not_told_of(visit, anna, app):
    bea = shop.join("c-2", "bea@example.com", proved=True)
    shop.give(bea, 1000, "hers")
    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    assert STILL not in step_in(app, "bea@example.com").open("/rewards/free-coffee").text

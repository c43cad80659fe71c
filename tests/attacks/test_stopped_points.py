"""A stopped card and its points: what comes in arrives and stays, what leaves by itself each month waits, and nobody
is offered what is refused."""

from datetime import UTC, date, datetime

import pytest

from portal import clock as portal_clock
from portal import earning, giving, ledger, nightly, people, rewards
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from tests.giving.hands import earn
from tests.home.doors import make_fresh, step_in
from tests.referrals.friends import bring, buy, code_of

pytestmark = pytest.mark.both_engines
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
FRIENDS = """[referral]
matures_days = 10
[[referral.offers]]
countries = ["GB"]
friend = { points = 50 }
inviter = { points = 300 }

"""


def stop(member_id: str) -> None:
    transact(lambda: people.freeze(member_id, portal_clock.now()))


def lift(member_id: str) -> None:
    transact(lambda: people.lift_freeze(member_id))


def night(clock, day: date) -> None:
    """The scheduled work, at three in the morning of a day."""
    clock.move_to(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))
    nightly.run(portal_clock.now())


def given(member_id: str) -> list[date]:
    """The days of her gifts, in order."""
    return [row.on_day for row in reversed(giving.newest(member_id, limit=99))]


def refused(what) -> str:
    with pytest.raises(Refused) as caught:
        transact(what)
    return caught.value.code


@pytest.fixture
def monthly(anna) -> str:
    """Anna gives 200 points on each first."""
    earn(anna, 1000)
    now = portal_clock.now()
    transact(lambda: giving.set_standing(anna, "wildlife", 200, at=now, proof=now))
    return anna


def test_the_gift_of_a_month_waits_until_the_stop_is_lifted_and_is_given_once(clock, monthly):
    stop(monthly)
    before = ledger.wallet(monthly)
    for day in range(1, 6):
        night(clock, date(2026, 7, day))
    assert (given(monthly), ledger.wallet(monthly)) == ([], before)
    assert giving.standing(monthly).next_on == date(2026, 7, 6), "it is due on the next day again"
    lift(monthly)
    for _ in "123":
        night(clock, date(2026, 7, 6))
    night(clock, date(2026, 7, 31))
    assert given(monthly) == [date(2026, 7, 6)]
    night(clock, AUGUST)
    assert given(monthly) == [date(2026, 7, 6), AUGUST]


def test_after_a_stop_over_more_than_one_first_it_is_given_once(clock, monthly):
    stop(monthly)
    for day in (JULY, date(2026, 7, 2), AUGUST, date(2026, 8, 20)):
        night(clock, day)
    assert given(monthly) == []
    lift(monthly)
    for day in (date(2026, 8, 20), date(2026, 8, 21), date(2026, 8, 22)):
        night(clock, day)
    assert given(monthly) == [date(2026, 8, 21)]
    assert giving.standing(monthly).next_on == date(2026, 9, 1)


def test_a_stop_between_two_firsts_moves_nothing(clock, monthly):
    stop(monthly)
    night(clock, date(2026, 6, 29))
    lift(monthly)
    night(clock, JULY)
    assert given(monthly) == [JULY]


def test_her_page_names_no_day_while_it_waits(app, monthly):
    visit = step_in(app)
    assert "next on 1 July 2026" in visit.open("/give").text
    stop(monthly)
    page = visit.open("/give")
    assert "200 points to Hedgerow Wildlife, once your points can move again." in page.text
    visit.submit("Stop")
    assert giving.standing(monthly) is None, "who gives may always stop giving"


def test_points_of_an_activity_arrive_and_cannot_be_spent(anna):
    earn(anna, 200)
    stop(anna)
    had, now = ledger.wallet(anna).available, portal_clock.now()
    transact(
        lambda: earning.record_activity(anna, "review", record_id="r-1", at=now, actor="shop:main", now=now)
    )
    assert ledger.wallet(anna).available == had + 25

    def take():
        return rewards.redeem(anna, "free-coffee", ref="t-1", at=now, actor="member", proof=now)

    def give():
        return giving.donate(anna, "wildlife", 100, ref="g-1", at=now, actor="member", proof=now)

    assert [refused(take), refused(give)] == ["stopped", "stopped"]
    lift(anna)
    transact(take)
    assert ledger.wallet(anna).available == had + 25 - 200


def test_points_for_a_friend_arrive_on_their_day_and_cannot_be_spent(clock, anna):
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    transact(lambda: programmes.publish(source[:begin] + FRIENDS + source[end:], portal_clock.now()))
    code = code_of()
    stop(anna)
    had = ledger.wallet(anna).available
    assert bring(code) is None
    buy()
    night(clock, date(2026, 6, 19))
    assert ledger.wallet(anna).available == had, "not before the friend's order has stood"
    night(clock, date(2026, 6, 20))
    assert ledger.wallet(anna).available == had + 300
    now = portal_clock.now()

    def take():
        return rewards.redeem(anna, "free-coffee", ref="t-1", at=now, actor="member", proof=now)

    assert refused(take) == "stopped"
    lift(anna)
    transact(take)


def test_leaving_is_not_offered_and_the_page_says_what_lifts_the_stop(app, anna):
    visit = make_fresh(step_in(app))
    page = visit.open("/you/leave")
    assert "Leave for good" in [one.text for one in page.all("button")]
    token = page.all("input", name="csrf_token")[0]["value"]
    stop(anna)
    page = visit.open("/you/leave")
    assert "Leave for good" not in [one.text for one in page.all("button")]
    assert "Your card is stopped, so nothing of it is erased until the stop is lifted." in page.text
    assert page.all("a", href="/safety/stop")
    assert visit.client.post("/you/leave", data={"csrf_token": token}).status_code == 422
    assert ledger.wallet(anna).status != "closed"

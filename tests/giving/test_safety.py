"""Giving and who is in a member's card without being her: the day's limit, with what was taken, and the stop."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock as portal_clock
from portal import giving, ledger, people, rewards
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from tests.giving.hands import earn
from tests.giving.hands import give as give_by_shop
from tests.home.doors import ANNA, step_in

pytestmark = [pytest.mark.usefixtures("programme", "the_books_agree")]
both_engines = pytest.mark.both_engines
SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2026, 6, 10, 23, 0, tzinfo=UTC)  # of the programme's day, which is London's


@pytest.fixture
def berta(anna) -> str:
    """A member with 6,000 points, worth 60.00, of a programme whose limit of a day is 20.00; her id."""
    earn(anna, 5900)
    return anna


def give(member_id: str, points: int, ref: str, proof: datetime | None = None, at: datetime | None = None):
    """She gives it herself."""
    when = at or portal_clock.now()
    return transact(
        lambda: giving.donate(member_id, "wildlife", points, ref=ref, at=when, actor="member", proof=proof)
    )


def refused(verb) -> str:
    with pytest.raises(Refused) as caught:
        verb()
    return caught.value.code


def given(member_id: str) -> int:
    return sum(one.points for one in giving.of(member_id).values())


@both_engines
def test_up_to_the_limit_no_proof_is_asked_for_and_by_one_the_same_gift_is_given_once(berta):
    give(berta, 2000, "a")
    assert refused(lambda: give(berta, 100, "b")) == "proof_needed"
    assert given(berta) == 2000
    now = portal_clock.now()
    assert refused(lambda: give(berta, 100, "b", proof=now - timedelta(minutes=5) - SECOND)) == "proof_needed"
    first = give(berta, 100, "b", proof=now - timedelta(minutes=5))
    again = give(berta, 100, "b", at=now + timedelta(hours=1))
    assert (first.repeated, again.repeated, given(berta)) == (False, True, 2100)


@both_engines
def test_a_gift_worth_one_penny_more_than_the_limit_asks_for_a_proof(berta):
    assert refused(lambda: give(berta, 2050, "a")) == "proof_needed"
    give(berta, 2000, "b")


@both_engines
def test_what_was_taken_today_counts_with_what_is_given_and_the_other_way_round(berta):
    now = portal_clock.now()

    def take(ref: str, reward: str, proof: datetime | None = None):
        return transact(lambda: rewards.redeem(berta, reward, ref=ref, at=now, actor="member", proof=proof))

    take("r1", "ten-off")
    assert refused(lambda: give(berta, 1050, "a")) == "proof_needed"
    give(berta, 1000, "b")
    assert refused(lambda: take("r2", "five-off")) == "proof_needed"
    take("r2", "five-off", proof=now)
    transact(lambda: rewards.undo(berta, "r1", at=now, actor="member"))
    give(berta, 500, "c")
    assert given(berta) == 1500


@both_engines
def test_the_limit_begins_anew_at_midnight_of_the_programmes_day(berta):
    give(berta, 2000, "a", at=MIDNIGHT - SECOND)
    assert refused(lambda: give(berta, 100, "b", at=MIDNIGHT - SECOND)) == "proof_needed"
    give(berta, 2000, "c", at=MIDNIGHT)
    assert given(berta) == 4000


def test_a_shops_till_is_asked_for_no_proof(berta):
    assert give_by_shop(berta, points=5000).points == 5000


@both_engines
def test_giving_each_month_asks_for_a_proof_only_when_one_gift_is_above_the_limit(berta):
    now = portal_clock.now()

    def each_month(points: int, proof: datetime | None = None):
        return transact(lambda: giving.set_standing(berta, "wildlife", points, at=now, proof=proof))

    each_month(2000)
    assert refused(lambda: each_month(2050)) == "proof_needed"
    assert giving.standing(berta).points == 2000
    each_month(2050, proof=now)
    day = giving.standing(berta).next_on
    at = programmes.active()[1].midnight(day)
    done = transact(lambda: giving.give_due(berta, at=at, day=day, actor="nightly"))
    assert done is not None
    assert done.points == 2050, "it is her own act, done for her: nobody is asked at night"


@both_engines
def test_while_her_points_are_stopped_nothing_is_given_also_not_each_month(berta):
    now = portal_clock.now()
    transact(lambda: giving.set_standing(berta, "wildlife", 200, at=now))
    day = giving.standing(berta).next_on
    transact(lambda: people.freeze(berta, now))
    before = ledger.wallet(berta)
    assert refused(lambda: give(berta, 100, "a", proof=now)) == "stopped"
    assert refused(lambda: give_by_shop(berta, points=100)) == "stopped"
    assert refused(lambda: transact(lambda: giving.set_standing(berta, "wildlife", 100, at=now))) == "stopped"
    at = programmes.active()[1].midnight(day)
    assert transact(lambda: giving.give_due(berta, at=at, day=day, actor="nightly")) is None
    assert ledger.wallet(berta) == before
    transact(lambda: people.lift_freeze(berta))
    assert give(berta, 100, "a", proof=now).points == 100


def test_a_gift_waits_for_nothing_after_a_change_of_address(berta):
    transact(lambda: people.begin_wait(berta, portal_clock.now()))
    assert give(berta, 100, "a").points == 100


def prove(visit, mailbox) -> None:
    visit.submit("Send the code")
    visit.submit("Continue", code=mailbox.code(ANNA))


def test_22_giving_above_the_day_s_limit_asks_for_a_proof_and_comes_back_to_the_question(app, berta, mailbox):
    visit = step_in(app)
    visit.open("/give/confirm?charity=wildlife&points=2100")
    visit.submit("Give 2,100 points")
    assert visit.path == "/proof"
    assert given(berta) == 0
    prove(visit, mailbox)
    assert visit.path == "/give/confirm"
    assert "Give 2,100 points to " in visit.page.text
    visit.submit("Give 2,100 points")
    assert "Thank you" in visit.page.text
    assert given(berta) == 2100


def test_22_setting_up_more_each_month_than_the_limit_asks_for_a_proof_and_keeps_what_was_chosen(
    app, berta, mailbox
):
    visit = step_in(app)
    visit.open("/give")
    visit.submit("Give it each month", **{"standing-charity": "wildlife", "standing-points": "2100"})
    assert visit.path == "/proof"
    prove(visit, mailbox)
    assert visit.path == "/give"
    assert [one["value"] for one in visit.page.all("input", name="standing-points")] == ["2100"]
    visit.submit("Give it each month")
    assert giving.standing(berta).points == 2100


def test_22_stopped_pages_say_so_calmly_and_have_no_form(app, berta):
    visit = step_in(app)
    visit.open("/give/confirm?charity=wildlife&points=100")
    transact(lambda: people.freeze(berta, portal_clock.now()))
    page = visit.submit("Give 100 points", 409)
    for _ in range(2):
        assert "Your points are stopped" in page.text
        assert "Continue" not in [one.text for one in page.all("button")]
        assert "Give it each month" not in [one.text for one in page.all("button")]
        page = visit.open("/give")
    assert "Your points are stopped" in visit.open("/give/confirm?charity=wildlife&points=100", 409).text
    assert given(berta) == 0

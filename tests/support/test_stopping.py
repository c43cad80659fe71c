"""A card is stopped at the desk: who may, what it does at once, what it leaves, and what lifts it again."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, people, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA, SAM, enter, join
from tests.signin.hands import HERE, NEW, ask_change, code_in, give_passkey, row_of, signed_in, type_code
from tests.support.acts import REASON, colleague, hire

pytestmark = pytest.mark.usefixtures("programme")

STALE = timedelta(minutes=5, seconds=1)


def stop(staff, member_id: str, reason: str = REASON) -> None:
    transact(
        lambda: recovering.stop_card(staff, member_id, reason=reason, now=portal_clock.now(), request="req-1")
    )
    jobs.wake()


def acts_of(member_id: str) -> list:
    return [row for row in audit.rows_of(member_id) if row.what == "card_stopped"]


@pytest.mark.both_engines
def test_everybody_is_out_nothing_leaves_she_is_told_and_it_is_written_down(app, anna, mailbox):
    browser, thief, her = enter(app), enter(app), signed_in(anna)
    asked = ask_change(her, NEW)
    code = code_in(mailbox, NEW)
    stop(colleague(), anna)
    assert row_of(anna).frozen_at == portal_clock.now()
    assert [one.client.get("/home").status_code for one in (browser, thief)] == [303, 303]
    with pytest.raises(Refused, match="stopped"):
        people.refuse_while_stopped(anna)
    with pytest.raises(Refused, match="stopped"):
        type_code(her, asked.challenge_id, code)
    assert mailbox.to(ANNA)[-1]["Subject"] == "Your points at Pennywren Rewards are stopped"
    (act,) = acts_of(anna)
    assert (act.request_id, act.facts) == ("req-1", {"reason": REASON, "recoveries_stopped": 0})


@pytest.mark.both_engines
def test_stopped_twice_is_once(anna, mailbox, clock):
    stop(colleague(), anna)
    since, mails = row_of(anna).frozen_at, len(mailbox.to(ANNA))
    clock.shift(timedelta(minutes=1))
    stop(colleague("owner", "kim@example.com"), anna)
    assert (row_of(anna).frozen_at, len(mailbox.to(ANNA)), len(acts_of(anna))) == (since, mails, 1)


@pytest.mark.both_engines
def test_another_address_on_its_way_is_stopped_with_it(anna, mailbox):
    kim = colleague("owner", "kim@example.com").id
    request_id = transact(
        lambda: signin.ask_recovery(ANNA, NEW, "", visitor=HERE, locale="en-GB", now=portal_clock.now())
    ).challenge_id
    jobs.wake()
    code = code_in(mailbox, NEW)
    transact(lambda: signin.prove_recovery(request_id, code, visitor=HERE, now=portal_clock.now()))
    transact(
        lambda: signin.note_proofs(
            request_id,
            row_of(anna),
            ["card", "id"],
            staff_id=kim,
            enough=True,
            now=portal_clock.now(),
        )
    )
    stop(colleague(), anna)
    assert signin.find_recovery(request_id).state == "stopped"
    assert signin.recovery_under_way(anna) is None
    assert acts_of(anna)[0].facts["recoveries_stopped"] == 1


def test_a_till_an_auditor_oneself_and_who_has_not_proved_it_lately_stop_nothing(anna, clock):
    for role in ("till", "auditor"):
        with pytest.raises(Refused) as refused:
            stop(colleague(role), anna)
        assert refused.value.facts["why"] == "role"
    sam = colleague()
    own = join("c-9", SAM, "Sam")
    with pytest.raises(Refused) as refused:
        stop(sam, own)
    assert refused.value.facts["why"] == "own"
    clock.shift(STALE)
    with pytest.raises(Refused, match="proof_needed"):
        stop(sam, anna)
    assert row_of(anna).frozen_at is None


def test_a_reason_has_ten_letters(anna):
    with pytest.raises(Refused, match="bad_value"):
        stop(colleague(), anna, "too short"[:9])
    assert row_of(anna).frozen_at is None
    stop(colleague(), anna, "ten letter")
    assert row_of(anna).frozen_at is not None


def test_a_passkey_of_a_month_before_lifts_it_and_a_younger_one_does_not(anna):
    now = portal_clock.now()
    old, young = (
        give_passkey(anna, now - timedelta(days=30, seconds=1)),
        give_passkey(anna, now - timedelta(days=30)),
    )
    stop(colleague(), anna)
    hers = signed_in(anna, passkey=young)
    with pytest.raises(Refused, match="passkey_needed"):
        transact(lambda: signin.lift_by_passkey(hers, now, since=hers.frozen_at))
    hers = signed_in(anna, passkey=old)
    transact(lambda: signin.lift_by_passkey(hers, now, since=hers.frozen_at))
    assert row_of(anna).frozen_at is None


def test_the_page_says_what_it_does_asks_for_a_reason_and_is_undone_by_the_page_that_lifts(
    app, anna, mailbox
):
    desk = hire(app)
    desk.open("/staff/members/c-1")
    desk.follow("Stop her card")
    assert "Everybody is signed out of her card, she too." in desk.page.text
    assert row_of(anna).frozen_at is None, "looking changes nothing"
    desk.submit("Stop her card", 422, reason="too short")
    assert "ten letters or more" in desk.page.text
    assert row_of(anna).frozen_at is None
    desk.submit("Stop her card", reason="She rang: somebody takes her points")
    assert desk.path == "/staff/members/c-1"
    assert "Her card is stopped, and she gets a mail." in desk.page.text
    assert "her card was stopped" in desk.page.text
    assert not [one for one in desk.page.all("a") if one.text == "Stop her card"]
    assert "nothing of value leaves her card" in desk.open("/staff/stops/new?member=c-1").text
    desk.open("/staff/members/c-1")
    desk.follow("Lift the stop")
    desk.submit("Lift the stop", ticket="T-1", reason="She came with her ID card")
    assert row_of(anna).frozen_at is None


def test_the_page_asks_for_a_fresh_proof_first(app, anna, clock):
    desk = hire(app)
    clock.shift(STALE)
    page = desk.open("/staff/stops/new?member=c-1")
    assert "Stop her card" not in [one.text for one in page.all("button")]
    assert [one["href"] for one in page.all("a") if one.text == "Prove that it is you"] == [
        "/staff/proof?next=/staff/stops/new?member%3Dc-1"
    ]
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = desk.client.post(
        "/staff/stops/new?member=c-1", data={"csrf_token": token, "reason": "She rang us today"}
    )
    assert answer.status_code == 403
    assert row_of(anna).frozen_at is None
    assert [row.facts["act"] for row in audit.rows_of(anna) if row.what == "refused"] == ["stop"]


def test_the_page_is_closed_for_a_till(app, anna):
    till = hire(app, "till")
    assert till.client.get("/staff/stops/new?member=c-1").status_code == 403
    assert till.client.get("/staff/members/c-1").status_code == 403

"""The desk helps somebody back in: what it asks for, who may, what a second colleague is for, what is written down."""

import pytest

from portal import clock as portal_clock
from portal import jobs, ledger, people, signin, support
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA, SAM, everything
from tests.signin.hands import HERE, code_in, row_of
from tests.support.acts import REASON, TICKET, colleague, hire

pytestmark = pytest.mark.usefixtures("programme")

NEW = "anna.bell@example.org"
KIM = "kim@example.com"
TWO = ["id", "card"]


@pytest.fixture
def asked(anna, mailbox):
    """A request whose address is proved; its id. `asked(told, email)` makes another."""

    def ask(told: str = ANNA, email: str = NEW) -> str:
        request_id = transact(
            lambda: signin.ask_recovery(
                told, email, "The mailbox was closed", visitor=HERE, locale="en-GB", now=portal_clock.now()
            )
        ).challenge_id
        jobs.wake()
        code = code_in(mailbox, email)
        transact(lambda: signin.prove_recovery(request_id, code, visitor=HERE, now=portal_clock.now()))
        return request_id

    return ask


def note(staff, request_id, member_id, proofs=TWO, ticket=TICKET, reason=REASON):
    state = transact(
        lambda: recovering.note_proofs(
            staff, request_id, member_id, proofs, ticket=ticket, reason=reason, now=portal_clock.now()
        )
    )
    jobs.wake()
    return state


def enrich(member_id: str) -> None:
    """More points than one colleague may adjust in a day."""
    now = portal_clock.now()
    most = programmes.active()[1].support.daily_points
    because = ledger.Because("support", "k", "test", 1, {"words": "x"})
    transact(
        lambda: ledger.adjust(
            member_id, most, key="adjust/k", fingerprint="", because=because, at=now, day=now.date()
        )
    )


@pytest.mark.both_engines
def test_two_proofs_begin_the_wait_and_stand_in_the_audit(app, mailbox, anna, asked):
    request_id = asked()
    sam = colleague()
    assert note(sam, request_id, anna) == "waiting"
    (row,) = audit.rows_of(anna)
    assert (row.what, row.facts["proofs"], row.facts["reason"]) == ("recovery_noted", ["card", "id"], REASON)
    assert "about to get another address" in mailbox.to(ANNA)[-1]["Subject"]
    assert NEW not in repr(row.facts)
    assert row_of(anna).email == ANNA
    assert support.faults() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proofs": ["id"]}, "bad_value"),
        ({"proofs": ["id", "id", "smile"]}, "bad_value"),
        ({"reason": "short"}, "bad_value"),
        ({"ticket": ""}, "bad_value"),
    ],
)
def test_less_is_not_enough_and_writes_nothing(app, mailbox, anna, asked, changes, code):
    request_id, sam = asked(), colleague()
    before = everything()
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna, **changes)
    assert refused.value.code == code
    assert everything() == before


def test_who_may_not(app, mailbox, anna, asked):
    request_id = asked()
    stale = signin.Person(**{
        name: getattr(colleague(), name) for name in ("kind", "id", "email", "token", "session_id", "opened_at", "role")
    })  # fmt: skip
    cases = (
        (colleague("auditor", "audrey@example.com"), "role"),
        (colleague("till", "till@example.com"), "role"),
        (stale, "proof_needed"),
        (colleague("owner", ANNA), "own"),
    )
    for staff, why in cases:
        with pytest.raises(Refused) as refused:
            note(staff, request_id, anna)
        assert refused.value.facts.get("why", refused.value.code) == why
    assert signin.find_recovery(request_id).state == "asked"


def test_no_card_goes_to_an_address_of_somebody_who_works_here(app, mailbox, anna, asked):
    sam = colleague()
    request_id = asked(email=SAM)
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna)
    assert refused.value.facts["why"] == "staff"


@pytest.mark.both_engines
def test_a_card_that_holds_much_takes_two_colleagues(app, mailbox, anna, asked):
    enrich(anna)
    request_id, sam, kim = asked(), colleague(), colleague(email=KIM)
    assert note(sam, request_id, anna) == "checked"
    assert mailbox.to(ANNA) == []
    with pytest.raises(Refused) as refused:
        note(sam, request_id, anna)
    assert refused.value.facts["why"] == "same"
    assert note(kim, request_id, anna, ["orders", "payment"]) == "waiting"
    assert signin.find_recovery(request_id).proofs == ["card", "id", "orders", "payment"]


def test_refusing_tells_who_asked_and_twice_is_once(app, mailbox, anna, asked):
    request_id, sam = asked(), colleague()
    note(sam, request_id, anna)
    for _ in range(2):
        transact(lambda: recovering.refuse(sam, request_id, reason=REASON, now=portal_clock.now()))
        jobs.wake()
    assert len([mail for mail in mailbox.to(NEW) if "stays as it is" in mail["Subject"]]) == 1
    assert [row.what for row in audit.rows_of(anna)].count("recovery_refused") == 1


@pytest.mark.both_engines
def test_staff_lift_a_stop_with_a_reason_once(app, mailbox, anna):
    transact(lambda: people.freeze(anna, portal_clock.now()))
    sam = colleague()
    for _ in range(2):
        transact(lambda: recovering.lift(sam, anna, ticket=TICKET, reason=REASON, now=portal_clock.now()))
        jobs.wake()
    assert row_of(anna).frozen_at is None
    assert [row.what for row in audit.rows_of(anna)] == ["stop_lifted"]
    assert len(mailbox.to(ANNA)) == 1


def test_nobody_lifts_their_own_stop(app, anna):
    own = colleague("owner", ANNA)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    with pytest.raises(Refused) as refused:
        transact(lambda: recovering.lift(own, anna, ticket=TICKET, reason=REASON, now=portal_clock.now()))
    assert refused.value.facts["why"] == "own"
    assert row_of(anna).frozen_at is not None


def test_at_the_desk_a_request_is_read_masked_and_noted_with_two_ticks(app, mailbox, anna, asked):
    asked()
    desk = hire(app)
    desk.open("/staff/members")
    desk.follow("Who cannot get in")
    assert "a•••@example.com" in desk.page.text
    link = next(one for one in desk.page.all("a") if "/staff/recoveries/" in one["href"])
    page = desk.open(link["href"])
    assert "The mailbox was closed" in page.text
    assert ANNA not in page.text
    assert NEW not in page.text
    told = {"member": anna, "reason": REASON, "ticket": TICKET}
    page = desk.submit("It is she: let it wait", 422, id=True, **told)
    assert "Two proofs are the least." in page.text
    page = desk.submit("It is she: let it wait", id=True, orders=True, **told)
    assert "It acts by itself when the time is over" in page.text
    page = desk.submit("Refuse", 422, reason="no")
    assert "Say it in ten letters or more." in page.text
    desk.submit("Refuse", reason="It was her brother who came")
    assert "Nobody waits." in desk.page.text
    page = desk.open("/staff/members/c-1")
    assert "who she is was checked" in page.text
    assert "another address refused" in page.text


def test_whom_her_words_do_not_find_the_desk_looks_up(app, mailbox, anna, asked):
    request_id = asked("I forgot")
    desk = hire(app)
    page = desk.open(f"/staff/recoveries/{request_id}")
    assert "Nobody by what she knows" in page.text
    desk.submit("Find", q="bell")
    desk.submit("It is she: let it wait", member=anna, id=True, card=True, reason=REASON, ticket=TICKET)
    assert signin.find_recovery(request_id).member_id == anna


def test_the_desk_asks_for_a_fresh_proof_first(app, mailbox, anna, asked, clock):
    request_id = asked()
    desk = hire(app)
    clock.shift(301)
    page = desk.open(f"/staff/recoveries/{request_id}")
    assert "Prove that it is you" in page.text
    assert "let it wait" not in page.text
    transact(lambda: people.freeze(anna, portal_clock.now()))
    page = desk.open("/staff/stops/lift?member=c-1")
    assert "Prove that it is you" in page.text


def test_the_desk_lifts_a_stop(app, mailbox, anna):
    token = signin.not_me_url(anna, "device", portal_clock.now()).rpartition("/")[2]
    transact(lambda: signin.say_not_me(token, now=portal_clock.now()))
    desk = hire(app)
    page = desk.open("/staff/members/c-1")
    assert "Her points are stopped" in page.text
    page = desk.follow("Lift the stop")
    assert "She said “not me”: a new device" in page.text
    page = desk.submit("Lift the stop", reason=REASON, ticket=TICKET)
    assert "Her points can move again" in page.text
    assert row_of(anna).frozen_at is None


def test_an_unknown_request_is_not_there(app, mailbox, anna):
    desk = hire(app)
    desk.open("/staff/recoveries/01J00000000000000000000000", 404)

"""Another address: who is told, what ends, how often one may ask, and how the old mailbox undoes it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import jobs, joining, ledger, people, signin
from portal.db import read, transact
from portal.errors import Refused
from tests.home.doors import ANNA, enter, join
from tests.page import Visit
from tests.signin.hands import (
    HERE,
    NEW,
    change_to,
    code_in,
    give_passkey,
    row_of,
    signed_in,
    token_in,
    type_code,
    undo,
)
from tests.signin.hands import ask_change as ask

pytestmark = pytest.mark.usefixtures("programme")

THIRD = "third@example.net"


@pytest.mark.both_engines
def test_18_the_new_address_is_hers_and_both_are_told(app, mailbox, anna):
    other = signed_in(anna, "o" * 43)
    person = signed_in(anna)
    asked = ask(person, NEW)
    assert "is about to change" in mailbox.to(ANNA)[-1]["Subject"]
    assert row_of(anna).email == ANNA, "asking changes nothing"
    changed = type_code(person, asked.challenge_id, code_in(mailbox, NEW))
    assert changed.tried.outcome == "right"
    assert (row_of(anna).email, people.by_email(people.address_hash(ANNA))) == (NEW, None)
    assert people.former_owners(people.address_hash(ANNA)) == [anna], "support finds her by it"
    now = portal_clock.now()
    assert signin.load_session(person.token, now) is None, "the old token is dead"
    assert signin.load_session(changed.token, now).email == NEW, "this device stays"
    assert signin.load_session(other.token, now) is None, "the others are signed out"
    assert "This is now your address" in mailbox.to(NEW)[-1]["Subject"]
    assert "was changed" in mailbox.to(ANNA)[-1]["Subject"]
    assert "a•••@example.org" in mailbox.words(ANNA)
    assert ledger.faults() == []


@pytest.mark.both_engines
def test_22_what_is_as_good_as_money_waits_72_hours_after_a_change(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    assert row_of(anna).waits_until == portal_clock.now() + timedelta(hours=72)


@pytest.mark.both_engines
def test_22_the_undo_link_works_once_and_stops_her_card(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    thief = signed_in(anna, "t" * 43)
    clock.shift(timedelta(days=13))
    token = token_in(mailbox, ANNA, "/undo/")
    assert undo(token) == "back"
    row = row_of(anna)
    assert (row.email, row.frozen_at) == (ANNA, portal_clock.now())
    assert signin.load_session(thief.token, portal_clock.now()) is None
    for address in (ANNA, NEW):
        assert "is back" in mailbox.to(address)[-1]["Subject"]
    sent = len(mailbox)
    assert undo(token) == "used"
    assert (row_of(anna), len(mailbox)) == (row, sent), "twice is once"


@pytest.mark.both_engines
def test_after_an_undo_the_thiefs_own_passkey_lifts_nothing_and_the_wait_goes_on(app, mailbox, anna, clock):
    hers = give_passkey(anna, portal_clock.now() - timedelta(days=31))
    theirs = give_passkey(anna)
    clock.shift(timedelta(seconds=30))
    change_to(mailbox, anna, NEW)
    waits_until = row_of(anna).waits_until
    clock.shift(timedelta(minutes=10))
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "back"
    assert row_of(anna).waits_until == waits_until
    thief = signed_in(anna, "t" * 43, passkey=theirs)
    with pytest.raises(Refused) as refused:
        transact(lambda: signin.lift_by_passkey(thief, portal_clock.now(), since=thief.frozen_at))
    assert refused.value.code == "passkey_needed"
    assert row_of(anna).frozen_at is not None
    anna_herself = signed_in(anna, passkey=hers)
    transact(lambda: signin.lift_by_passkey(anna_herself, portal_clock.now(), since=anna_herself.frozen_at))
    assert (row_of(anna).frozen_at, row_of(anna).waits_until) == (None, waits_until)


def test_undoing_takes_every_later_change_along(app, mailbox, anna, clock):
    change_to(mailbox, anna, NEW)
    first = token_in(mailbox, ANNA, "/undo/")
    clock.shift(timedelta(hours=7))
    change_to(mailbox, anna, THIRD)
    second = token_in(mailbox, NEW, "/undo/")
    assert undo(first) == "back"
    assert row_of(anna).email == ANNA
    assert undo(second) == "used", "the thief's own mailbox undoes nothing"
    assert row_of(anna).email == ANNA


@pytest.mark.parametrize(("days", "outcome"), [(13.999, "back"), (14, "late"), (15, "late")])
def test_an_undo_link_works_for_fourteen_days(app, mailbox, anna, clock, days, outcome):
    change_to(mailbox, anna, NEW)
    clock.shift(timedelta(days=days))
    assert undo(token_in(mailbox, ANNA, "/undo/")) == outcome
    assert row_of(anna).email == (ANNA if outcome == "back" else NEW)


def test_an_old_address_that_is_anothers_by_now_stays_hers_and_the_card_is_stopped(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    ben = join("c-2", ANNA, "Ben")
    assert undo(token) == "kept"
    assert (row_of(anna).email, row_of(ben).email) == (NEW, ANNA)
    assert row_of(anna).frozen_at is not None
    assert row_of(ben).frozen_at is None


def test_looking_at_the_undo_page_changes_nothing_and_its_button_does(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    token = token_in(mailbox, ANNA, "/undo/")
    old = Visit(app.test_client())
    for _ in range(3):
        old.open(f"/undo/{token}")
        old.client.head(f"/undo/{token}")
    assert row_of(anna).email == NEW
    assert old.response.headers["Referrer-Policy"] == "no-referrer"
    page = old.submit("Put a•••@example.com back")
    assert "Your address is back" in page.text
    assert row_of(anna).email == ANNA
    assert old.open("/undo/nothing", 410).text


def test_an_address_that_is_anothers_gets_the_same_answer_and_its_owner_is_told(app, mailbox, anna):
    join("c-2", NEW, "Ben")
    person = signed_in(anna)
    taken = ask(person, NEW)
    assert taken.challenge_id is not None, "whoever asks cannot tell"
    assert "Somebody typed your address" in mailbox.to(NEW)[-1]["Subject"]
    assert "000000" not in mailbox.words(NEW)
    assert type_code(person, taken.challenge_id, "000000").tried.outcome == "wrong"
    assert row_of(anna).email == ANNA


def test_it_asks_for_a_fresh_proof_and_for_another_address(app, mailbox, anna):
    for person, email, code in (
        (signed_in(anna, fresh=False), NEW, "proof_needed"),
        (signed_in(anna, "x" * 43), f" {ANNA.upper()} ", "bad_value"),
    ):
        with pytest.raises(Refused) as refused:
            ask(person, email)
        assert refused.value.code == code
    assert mailbox.to(NEW) == []


def test_a_stopped_card_keeps_its_address(app, mailbox, anna):
    person = signed_in(anna)
    asked = ask(person, NEW)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    for verb in (
        lambda: ask(person, THIRD),
        lambda: type_code(person, asked.challenge_id, code_in(mailbox, NEW)),
    ):
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.code == "stopped"
    assert row_of(anna).email == ANNA


def test_two_addresses_a_day_and_three_mails_in_six_hours(app, mailbox, anna, clock):
    person = signed_in(anna)
    assert ask(person, NEW).challenge_id
    assert ask(person, THIRD).challenge_id
    refused = ask(person, "fourth@example.net")
    assert (refused.challenge_id, refused.wait_seconds) == (None, 24 * 3600)
    clock.shift(timedelta(hours=23, minutes=59))
    assert ask(signed_in(anna), "fourth@example.net").challenge_id is None
    clock.shift(timedelta(minutes=1))
    assert ask(signed_in(anna), "fourth@example.net").challenge_id
    assert len([mail for mail in mailbox.to(ANNA) if "about to change" in mail["Subject"]]) == 3


def test_another_browser_and_another_member_cannot_use_the_code(app, mailbox, anna):
    ben = join("c-2", "ben@example.com", "Ben")
    person = signed_in(anna)
    asked = ask(person, NEW)
    code = code_in(mailbox, NEW)
    elsewhere = signin.Visitor("e" * 43, "Safari", "203.0.113.9")
    assert type_code(person, asked.challenge_id, code, elsewhere).tried.outcome == "expired"
    assert type_code(signed_in(ben), asked.challenge_id, code).tried.outcome == "expired"
    assert (row_of(anna).email, row_of(ben).email) == (ANNA, "ben@example.com")


def test_five_wrong_codes_use_it_up(app, mailbox, anna):
    person = signed_in(anna)
    asked = ask(person, NEW)
    right = code_in(mailbox, NEW)
    for number in range(5):
        wrong = f"{(int(right) + number + 1) % 1_000_000:06}"
        assert type_code(person, asked.challenge_id, wrong).tried.outcome == "wrong"
    assert type_code(person, asked.challenge_id, right).tried.outcome == "expired"
    assert row_of(anna).email == ANNA


def test_a_code_that_signs_in_changes_no_address_and_the_other_way_round(app, mailbox, anna):
    person = signed_in(anna)
    asked = ask(person, NEW)
    code = code_in(mailbox, NEW)
    entered = transact(
        lambda: signin.enter_by_code(asked.challenge_id, code, visitor=HERE, now=portal_clock.now())
    )
    assert entered.outcome == "expired"


def test_22_on_the_pages_she_proves_herself_and_the_new_address(app, mailbox, anna):
    hers = enter(app)
    page = hers.open("/safety/address")
    assert hers.path == "/proof", "a mailed code of before is not enough"
    hers.submit("Send the code")
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert hers.path == "/safety/address"
    page = hers.submit("Send the code", 422, email=ANNA)
    assert "the address that you have now" in page.text
    page = hers.submit("Send the code", email="anna@gmial.com")
    assert "Did you mean anna@gmail.com?" in page.text
    hers.submit("Yes, send it to anna@gmail.com")
    assert "a•••@gmail.com" in hers.page.text
    hers.submit("Change my address", 422, code="000000")
    hers.submit("Change my address", code=code_in(mailbox, "anna@gmail.com"))
    assert hers.path == "/safety"
    assert "From now on you sign in with anna@gmail.com." in hers.page.text
    assert row_of(anna).email == "anna@gmail.com"


def test_who_leaves_takes_addresses_of_before_along(app, mailbox, anna):
    change_to(mailbox, anna, NEW)
    transact(lambda: joining.leave(row_of(anna), actor="staff:x", now=portal_clock.now()))
    for table in (signin.AddressChange, signin.AddressCode):
        assert read(select(table.__table__)).all() == []


def shop_says(email: str, **more: object) -> None:
    """A shop tells who its customer c-1 is."""
    body = joining.MemberBody.model_validate({"email": email, **more})
    transact(lambda: joining.put_member("c-1", body, source="shop:main", now=portal_clock.now()))
    jobs.wake()


def test_a_shop_that_vouches_for_another_address_is_told_to_both_and_can_be_undone(app, mailbox, anna):
    person = signed_in(anna)
    shop_says(NEW, email_verified=True)
    assert row_of(anna).email == NEW
    assert signin.load_session(person.token, portal_clock.now()) is None
    assert row_of(anna).waits_until is None, "the shop's word holds nothing back"
    assert "as good as money" not in mailbox.words(NEW)
    assert undo(token_in(mailbox, ANNA, "/undo/")) == "back"
    assert (row_of(anna).email, row_of(anna).frozen_at) == (ANNA, portal_clock.now())


@pytest.mark.parametrize("how", ["shop", "recovery"])
def test_an_address_that_nobody_proved_is_told_nothing_and_undoes_nothing(app, mailbox, programme, how):
    shop_says("typo@example.com")
    if how == "shop":
        shop_says(NEW, email_verified=True)
    else:
        row = people.by_ref("c-1")
        now = portal_clock.now()
        transact(lambda: signin.put_address(row, NEW, how="recovery", actor="support", now=now))
        jobs.wake()
    assert people.by_ref("c-1").email == NEW
    assert mailbox.to("typo@example.com") == []
    assert read(select(signin.AddressChange.__table__)).all() == []

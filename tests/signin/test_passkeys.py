"""Passkeys: offered once, set up, and told of by mail."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, signin
from portal.db import transact
from portal.errors import Refused
from portal.signin import keyring, owners
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter
from tests.joining.test_pages import WORDS
from tests.page import Visit
from tests.signin.browsing import is_in, names, person_in, prove, set_up

pytestmark = pytest.mark.usefixtures("programme")


def come_by_mail(visit, mailbox, able: str = "1", email: str = ANNA) -> None:
    """Sign in by a code, on a device that says whether it could keep a passkey."""
    visit.open("/sign-in?next=/rewards")
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email), passkeys=able)


def test_after_the_first_code_one_page_offers_it_and_goes_on_afterwards(app, anna, visit, mailbox):
    come_by_mail(visit, mailbox)
    assert visit.page.all("h1")[0].text == "Next time just look at your phone"
    visit.submit("Not now")
    assert visit.path == "/rewards"


def test_who_is_signed_in_elsewhere_hears_before_the_button_that_it_ends_there(app, anna, mailbox):
    words = "Other devices where you are signed in are signed out"
    first = enter(app)
    assert words not in first.open("/passkeys/new").text
    second = enter(app)
    for visit in (first, second):
        page = visit.open("/passkeys/new").text
        assert words in page
        assert page.index(words) < page.index("Set it up")


def test_a_device_without_passkeys_or_script_is_not_asked(app, anna, visit, mailbox):
    come_by_mail(visit, mailbox, able="")
    assert visit.path == "/rewards"


def test_who_says_not_now_is_asked_again_after_ninety_days_and_not_before(app, anna, mailbox, clock):
    def path_after_a_code() -> str:
        door = Visit(app.test_client())
        come_by_mail(door, mailbox)
        return door.path

    assert path_after_a_code() == "/passkeys/new"
    assert path_after_a_code() == "/passkeys/new", "she has said nothing yet"
    her = person_in(enter(app))
    transact(lambda: owners.not_now(her, portal_clock.now()))
    assert path_after_a_code() == "/rewards"
    clock.shift(timedelta(days=90) - timedelta(seconds=1))
    assert path_after_a_code() == "/rewards"
    clock.shift(timedelta(seconds=1))
    assert path_after_a_code() == "/passkeys/new"


def test_who_has_one_is_not_asked(app, hers, mailbox):
    set_up(hers, Phone())
    door = Visit(app.test_client())
    come_by_mail(door, mailbox)
    assert door.path == "/rewards"


def test_who_has_just_joined_is_asked_and_then_welcomed(app, visit, mailbox):
    come_by_mail(visit, mailbox, email="zoe@example.com")
    visit.submit("Join", **WORDS)
    assert visit.path == "/passkeys/new"
    visit.submit("Not now")
    assert visit.path == "/home"


def test_22_the_first_one_needs_only_the_code_of_just_now_and_every_other_a_fresh_proof(
    app, hers, anna, clock
):
    clock.shift(timedelta(minutes=15))
    assert hers.client.get("/passkeys/new").status_code == 200, "to the second"
    clock.shift(timedelta(seconds=1))
    assert hers.client.get("/passkeys/new").headers["Location"].startswith("/proof?next=/passkeys/new")
    again = enter(app)
    first = Phone()
    set_up(again, first)
    assert again.client.get("/passkeys/new").headers["Location"].startswith("/proof")
    prove(again, first)
    assert set_up(again, Phone()).status_code == 303
    assert len(names(anna)) == 2


def test_22_the_verb_asks_for_the_proof_as_well(app, hers, anna):
    set_up(hers, Phone())
    person, now = person_in(hers), portal_clock.now()
    (row,) = signin.passkeys_of("member", anna)
    for verb in (
        lambda: keyring.rename(person, row.id, "Mine", now),
        lambda: keyring.remove(person, row.id, now),
        lambda: keyring.add(person, None, visitor=None, key_label="", now=now),
    ):
        with pytest.raises(Refused, match="proof_needed"):
            transact(verb)


@pytest.mark.both_engines
def test_she_is_told_of_each_change_with_a_way_to_stop_it(app, hers, anna, mailbox):
    phone = Phone()
    set_up(hers, phone)
    assert mailbox.to(ANNA)[-1]["Subject"] == "A passkey was added: Pennywren Rewards"
    assert "http://localhost/not-me/" in mailbox.words(ANNA)
    prove(hers, phone)
    hers.open("/safety")
    hers.submit("Remove")
    jobs.wake()
    assert mailbox.to(ANNA)[-1]["Subject"] == "A passkey was removed: Pennywren Rewards"
    assert "http://localhost/not-me/" in mailbox.words(ANNA)
    assert names(anna) == []
    assert is_in(hers), "the mailed code is left to her"

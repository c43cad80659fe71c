"""The button "this was not me": what one press stops, how often it works, and who lets it go on."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, people, signin
from portal.db import transact
from portal.errors import Refused
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter, everything, join
from tests.page import Visit
from tests.signin import browsing
from tests.signin.hands import (
    HERE,
    NEW,
    ask_change,
    code_in,
    give_passkey,
    link,
    row_of,
    say_not_me,
    signed_in,
    token_in,
    type_code,
)

pytestmark = pytest.mark.usefixtures("programme")


def lift(person: signin.Person) -> None:
    transact(lambda: signin.lift_by_passkey(person, portal_clock.now(), since=row_of(person.id).frozen_at))


@pytest.mark.both_engines
def test_one_press_signs_everybody_out_stops_her_points_and_tells_her(app, mailbox, anna):
    thief = signed_in(anna, "t" * 43)
    assert say_not_me(link(anna)) == "stopped"
    now = portal_clock.now()
    assert row_of(anna).frozen_at == now
    assert signin.load_session(thief.token, now) is None
    assert "are stopped" in mailbox.to(ANNA)[-1]["Subject"]
    with pytest.raises(Refused) as refused:
        people.refuse_while_stopped(anna)
    assert refused.value.code == "stopped"


@pytest.mark.both_engines
def test_each_link_works_once_also_after_the_stop_was_lifted(app, mailbox, anna, clock):
    token = link(anna)
    assert say_not_me(token) == "stopped"
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    sent = len(mailbox)
    assert say_not_me(token) == "before"
    assert (row_of(anna).frozen_at, len(mailbox)) == (None, sent + 1), "the mail about the lift alone"
    clock.shift(timedelta(seconds=1))
    assert say_not_me(link(anna)) == "stopped"


@pytest.mark.parametrize(("days", "outcome"), [(30, "stopped"), (30.0001, "unknown")])
def test_a_link_works_for_thirty_days(app, mailbox, anna, clock, days, outcome):
    token = link(anna)
    clock.shift(timedelta(days=days))
    assert say_not_me(token) == outcome


def test_nobody_makes_a_link_or_bends_one(app, mailbox, anna):
    ben = join("c-2", "ben@example.com", "Ben")
    token = link(anna)
    told, _, signature = token.rpartition(".")
    bent = (
        token.replace(anna, ben),
        token.replace(".device.", ".recovery."),
        f"{told}.{'0' * 64}",
        f"{told}.{signature.upper()}",
        told,
        "",
        "x" * 3000,
        token + "é",
        token.replace(".device.", ".nothing."),
    )
    before = everything()
    for one in bent:
        assert say_not_me(one) == "unknown", one
    assert everything() == before
    with pytest.raises(ValueError, match="no event"):
        signin.not_me_url(anna, ANNA, "weather", portal_clock.now())


def test_a_passkey_that_came_with_the_event_is_gone_and_one_of_before_stays(app, mailbox, anna, clock):
    old = give_passkey(anna)
    clock.shift(timedelta(days=1))
    token = link(anna, "passkey_added")
    give_passkey(anna)
    clock.shift(timedelta(hours=1))
    give_passkey(anna)
    say_not_me(token)
    assert [one.id for one in signin.passkeys_of("member", anna)] == [old]


def test_a_code_on_its_way_to_another_address_works_no_more(app, mailbox, anna):
    person = signed_in(anna)
    asked = ask_change(person, NEW)
    say_not_me(token_in(mailbox, ANNA, "/not-me/"))
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    again = signed_in(anna)
    assert type_code(again, asked.challenge_id, code_in(mailbox, NEW)).tried.outcome == "expired"
    assert row_of(anna).email == ANNA


@pytest.mark.both_engines
def test_only_a_passkey_of_thirty_days_before_what_happened_lifts_it(app, mailbox, anna, clock):
    before = portal_clock.now() - signin.telling.NOT_ME_LASTS
    old, lately = give_passkey(anna, before - timedelta(seconds=1)), give_passkey(anna, before)
    token = link(anna)
    clock.shift(timedelta(days=20))
    say_not_me(token)
    stopped_at = portal_clock.now()
    on_the_spot = give_passkey(anna, stopped_at)
    later = give_passkey(anna, stopped_at + timedelta(seconds=1))
    for proof, code in (
        ({"fresh": False}, "proof_needed"),
        ({"fresh": True}, "passkey_needed"),
        ({"passkey": lately}, "passkey_needed"),
        ({"passkey": on_the_spot}, "passkey_needed"),
        ({"passkey": later}, "passkey_needed"),
    ):
        with pytest.raises(Refused) as refused:
            lift(signed_in(anna, **proof))
        assert refused.value.code == code, proof
    hers = signed_in(anna, passkey=old)
    clock.shift(timedelta(minutes=5, seconds=1))
    with pytest.raises(Refused) as refused:
        lift(hers)
    assert refused.value.code == "proof_needed"
    assert row_of(anna).frozen_at == stopped_at
    hers = signed_in(anna, passkey=old)
    lift(hers)
    lift(hers)
    assert row_of(anna).frozen_at is None


@pytest.mark.both_engines
def test_of_two_things_that_were_not_her_the_first_counts_and_of_none_the_stop(app, mailbox, anna, clock):
    first = link(anna)
    middle = give_passkey(anna, portal_clock.now() - timedelta(days=25))
    clock.shift(timedelta(days=10))
    assert say_not_me(link(anna, "passkey_doubted")) == "stopped"
    assert signin.can_lift(signed_in(anna, passkey=middle)), "35 days before the second"
    assert say_not_me(first) == "stopped"
    assert not signin.can_lift(signed_in(anna, passkey=middle)), "25 days before the first"
    with pytest.raises(Refused) as refused:
        lift(signed_in(anna, passkey=middle))
    assert refused.value.code == "passkey_needed"
    transact(lambda: signin.lift(row_of(anna), portal_clock.now()))
    clock.shift(timedelta(days=1))
    transact(lambda: people.freeze(anna, portal_clock.now()))
    lift(signed_in(anna, passkey=middle))
    assert row_of(anna).frozen_at is None, "what she said before an earlier lift counts no more"


@pytest.mark.both_engines
@pytest.mark.parametrize("kind", ["add", "remove"])
def test_while_her_card_is_stopped_no_passkey_comes_or_goes(app, mailbox, anna, kind):
    hers = give_passkey(anna, portal_clock.now() - timedelta(days=1))
    say_not_me(link(anna))
    person, now = signed_in(anna), portal_clock.now()
    answer = signin.passkeys.Answer({}, "c" * 22, b"h" * 32, None)
    verbs = {
        "add": [
            lambda: signin.ceremonies.begin(
                "add", "member", browser=HERE.browser, person=person, operation=None, now=now
            ),
            lambda: signin.keyring.add(person, answer, visitor=HERE, key_label="Key", now=now),
        ],
        "remove": [lambda: signin.keyring.remove(person, hers, now)],
    }
    before = everything()
    for verb in verbs[kind]:
        with pytest.raises(Refused) as refused:
            transact(verb)
        assert refused.value.code == "stopped"
    assert everything() == before
    transact(lambda: signin.lift(row_of(anna), now))
    again = signed_in(anna)
    assert transact(lambda: signin.keyring.remove(again, hers, now)) is not None, "afterwards they do"


def test_the_pages_of_her_passkeys_lead_to_what_lifts_the_stop(app, mailbox, anna, clock):
    phone, hers = Phone(), enter(app)
    assert browsing.set_up(hers, phone).status_code == 303
    browsing.prove(hers, phone)
    hers.open("/passkeys/new")
    token = browsing.token_of(hers)
    made = phone.make(browsing.options_for(hers, "add"))
    clock.shift(timedelta(seconds=1))
    transact(lambda: people.freeze(anna, portal_clock.now()))
    (passkey,) = signin.passkeys_of("member", anna)
    asked = hers.client.post("/passkeys/options", data={"csrf_token": token, "purpose": "add"})
    assert asked.status_code == 422
    for answer in (
        browsing.send(hers, "/passkeys/new", made),
        hers.client.get("/passkeys/new"),
        hers.client.post("/passkeys/remove", data={"csrf_token": token, "passkey": passkey.id}),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/safety/stop")
    assert [one.id for one in signin.passkeys_of("member", anna)] == [passkey.id]


def test_the_lift_is_told_with_a_link_that_stops_again(app, mailbox, anna, clock):
    old = give_passkey(anna, portal_clock.now() - timedelta(days=31))
    clock.shift(timedelta(minutes=1))
    say_not_me(link(anna))
    clock.shift(timedelta(minutes=1))
    lift(signed_in(anna, passkey=old))
    jobs.wake()
    assert "can move again" in mailbox.to(ANNA)[-1]["Subject"]
    assert say_not_me(token_in(mailbox, ANNA, "/not-me/")) == "stopped"


def test_who_has_left_stops_nothing(app, mailbox, anna):
    token = link(anna)
    transact(lambda: joining.leave(row_of(anna), actor="staff:x", now=portal_clock.now()))
    assert say_not_me(token) == "unknown"


def test_a_scanner_stops_nothing_and_any_browser_does(app, mailbox, anna):
    """The mail about a new device, opened elsewhere: looking changes nothing, the button does, a second tap nothing."""
    enter(app)
    token = token_in(mailbox, ANNA, "/not-me/")
    before = everything()
    browser = Visit(app.test_client())
    for _ in range(5):
        page = browser.open(f"/not-me/{token}")
        browser.client.head(f"/not-me/{token}")
    assert everything() == before
    assert "a device signed in to your card" in page.text
    assert browser.response.headers["Referrer-Policy"] == "no-referrer"
    page = browser.submit("This was not me: stop my points")
    assert "You told us that this was not you" in page.text
    assert row_of(anna).frozen_at is not None
    assert browser.open("/not-me/nothing", 410).text


def test_her_page_says_what_lifts_it_and_asks_for_the_passkey(app, mailbox, anna, clock):
    hers = enter(app)
    assert "Nothing is stopped" in hers.open("/safety/stop").text
    transact(lambda: people.freeze(anna, portal_clock.now()))
    page = hers.open("/safety/stop")
    assert "You have no passkey from a month before" in page.text
    give_passkey(anna, portal_clock.now() - timedelta(days=30))
    page = hers.open("/safety/stop")
    assert "so only the shop can lift it" in page.text, "a second too young"
    give_passkey(anna, portal_clock.now() - timedelta(days=30, seconds=1))
    page = hers.open("/safety/stop")
    hers.submit("Let my points move again")
    assert hers.path == "/proof"

"""The desk's pages for who has lost her way in: noting a request, lifting a stop, deciding over a no."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from portal import clock as portal_clock
from portal import people, rewards, signin
from portal.db import new_id, read, run, transact
from portal.errors import Refused
from portal.support import audit, recovering
from tests.home.doors import ANNA, everything, join
from tests.signin.hands import give_passkey, row_of, signed_in, token_in
from tests.support.acts import REASON, TICKET, colleague, hire
from tests.support.recovering import KIM, NEW, asked, lift, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")


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
    told = {"member": anna, "email": NEW, "reason": REASON, "ticket": TICKET}
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
    told = {"member": anna, "email": NEW, "reason": REASON, "ticket": TICKET}
    desk.submit("It is she: let it wait", id=True, card=True, **told)
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
    token = signin.not_me_url(anna, ANNA, "device", portal_clock.now()).rpartition("/")[2]
    transact(lambda: signin.say_not_me(token, now=portal_clock.now()))
    desk = hire(app)
    page = desk.open("/staff/members/c-1")
    assert "Her points are stopped" in page.text
    page = desk.follow("Lift the stop")
    assert "She said “not me”: a new device" in page.text
    page = desk.submit("Lift the stop", reason=REASON, ticket=TICKET)
    assert "Her points can move again" in page.text
    assert row_of(anna).frozen_at is None


@pytest.mark.both_engines
def test_who_lifts_a_stop_says_which_of_the_newest_passkeys_she_knows(app, mailbox, anna, clock):
    stopped_at = portal_clock.now()
    month = signin.telling.NOT_ME_LASTS
    old = give_passkey(anna, stopped_at - month - timedelta(seconds=1))
    knew, theirs = give_passkey(anna, stopped_at - month), give_passkey(anna, stopped_at - timedelta(days=1))
    transact(lambda: people.freeze(anna, stopped_at))
    assert [one.id for one in signin.young_passkeys(row_of(anna))] == [theirs, knew]
    thief = signed_in(anna, "t" * 43)
    lift(colleague(), anna, [knew, "another's"])
    assert {one.id for one in signin.passkeys_of("member", anna)} == {old, knew}
    assert signin.load_session(thief.token, portal_clock.now()) is None
    assert "Passkeys that you did not know were removed: Phone." in mailbox.words(ANNA)
    (row,) = audit.rows_of(anna)
    assert row.facts["passkeys_removed"] == 1
    assert signin.young_passkeys(row_of(anna)) == []


def test_a_lift_signs_out_who_came_by_a_code_and_leaves_who_came_by_an_old_passkey(app, mailbox, anna):
    old = give_passkey(anna, portal_clock.now() - timedelta(days=31))
    hers = give_passkey(anna)
    transact(lambda: people.freeze(anna, portal_clock.now()))
    by_code, by_passkey = signed_in(anna, "t" * 43), signed_in(anna, passkey=old)
    lift(colleague(), anna, [hers])
    assert {one.id for one in signin.passkeys_of("member", anna)} == {old, hers}
    assert signin.load_session(by_code.token, portal_clock.now()) is None
    assert signin.load_session(by_passkey.token, portal_clock.now()) is not None
    assert "removed" not in mailbox.words(ANNA)


def test_at_the_desk_a_passkey_that_is_not_ticked_is_removed(app, mailbox, anna):
    knew, theirs = give_passkey(anna), give_passkey(anna)
    ben = give_passkey(join("c-2", "ben@example.com", "Ben"))
    transact(lambda: people.freeze(anna, portal_clock.now()))
    desk = hire(app)
    page = desk.open("/staff/stops/lift?member=c-1")
    assert [one["value"] for one in page.all("input", name="known")] == [theirs, knew]
    page = desk.submit("Lift the stop", 422, known=knew, reason="no", ticket=TICKET)
    assert [one["value"] for one in page.all("input", name="known") if "checked" in one.attributes] == [knew]
    desk.submit("Lift the stop", known=knew, reason=REASON, ticket=TICKET)
    assert [one.id for one in signin.passkeys_of("member", anna)] == [knew]
    assert read(select(signin.Passkey.id).where(signin.Passkey.id == ben)).scalar_one() == ben


@pytest.mark.both_engines
def test_a_stop_is_not_lifted_while_another_address_is_on_its_way(app, mailbox, anna, asked):
    request_id, sam = asked(), colleague()
    note(sam, request_id, anna, stops=True)
    with pytest.raises(Refused) as refused:
        lift(sam, anna)
    assert refused.value.facts["why"] == "under_way"
    transact(lambda: recovering.refuse(sam, request_id, reason=REASON, now=portal_clock.now()))
    lift(sam, anna)
    assert row_of(anna).frozen_at is None


@pytest.mark.both_engines
def test_who_says_at_the_desk_that_her_mail_is_read_has_her_card_stopped(app, mailbox, anna, asked, clock):
    thief = signed_in(anna, "t" * 43)
    request_id, sam = asked(), colleague()
    clock.shift(timedelta(minutes=1))
    assert note(sam, request_id, anna, stops=True) == "waiting"
    assert row_of(anna).frozen_at == portal_clock.now()
    assert signin.load_session(thief.token, portal_clock.now()) is None
    stopped, begun = sorted((mail["Subject"] for mail in mailbox.to(ANNA)), reverse=True)
    assert "are stopped" in stopped
    assert "about to get another address" in begun
    assert audit.rows_of(anna)[0].facts["stopped"] is True


def test_a_refused_note_stops_nothing(app, mailbox, anna, asked):
    request_id, sam = asked(), colleague()
    join("c-2", NEW, "Ben")
    before = everything()
    with pytest.raises(Refused):
        note(sam, request_id, anna, stops=True)
    assert everything() == before


def test_at_the_desk_a_no_from_the_old_address_is_seen_and_another_colleague_decides(
    app, mailbox, anna, asked, clock
):
    request_id, sam = asked(), colleague()
    note(sam, request_id, anna, stops=True)
    clock.shift(timedelta(hours=1))
    token = token_in(mailbox, ANNA, "/not-me/")
    transact(lambda: signin.say_not_me(token, now=portal_clock.now()))
    desk = hire(app, email=KIM)
    assert (
        "waits for a second colleague · somebody at the old address says no"
        in desk.open("/staff/recoveries").text
    )
    page = desk.open(f"/staff/recoveries/{request_id}")
    assert "Somebody at the old address says that this is not she." in page.text
    told = {"member": anna, "email": NEW, "reason": REASON, "ticket": TICKET}
    desk.submit("It is she: let it wait", id=True, card=True, **told)
    row = signin.find_recovery(request_id)
    assert (row.state, row.acts_at) == ("waiting", portal_clock.now() + timedelta(hours=72))


def test_the_desk_shows_what_is_begun_first_then_the_newest_and_pages(app, mailbox, anna, clock, monkeypatch):
    monkeypatch.setattr(signin.asking, "PAGE", 2)
    monkeypatch.setattr(signin.asking.asked_recoveries, "__defaults__", ("", 2))
    ids = []
    for number in range(6):
        ids.append(put_request(f"card {number}", state="asked"))
        clock.shift(timedelta(minutes=1))
    begun = put_request("begun", state="waiting", member_id=anna, acts_at=portal_clock.now())
    desk = hire(app)

    def shown() -> list[str]:
        links = (one["href"] for one in desk.page.all("a") if "/staff/recoveries/" in one["href"])
        return [link.rpartition("/")[2] for link in links]

    page = desk.open("/staff/recoveries")
    assert shown() == [begun, ids[5], ids[4]]
    assert "6 to be checked" in page.text
    desk.follow("Older")
    assert shown() == [ids[3], ids[2]]
    desk.follow("Older")
    assert shown() == [ids[1], ids[0]]
    assert not any(one.text == "Older" for one in desk.page.all("a"))
    desk.follow("Newest")
    assert shown() == [begun, ids[5], ids[4]]


def put_request(told: str, **facts: object) -> str:
    """A request as it stands in the database; its id."""
    row = {
        "id": new_id(), "email": NEW, "sealed": rewards.seal(json.dumps([told, "x"])), "locale": "en-GB",
        "asked_at": portal_clock.now(), **facts,
    }  # fmt: skip
    transact(lambda: run(insert(signin.Recovery), row))
    return row["id"]


def test_an_unknown_request_is_not_there(app, mailbox, anna):
    desk = hire(app)
    desk.open("/staff/recoveries/01J00000000000000000000000", 404)

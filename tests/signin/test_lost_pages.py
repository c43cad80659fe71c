"""The pages of who can read her mail no more: nothing typed is lost, one code works, no payment card is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import jobs, nightly, signin
from portal.db import read, transact
from tests.home.doors import ANNA, everything, join
from tests.page import Visit
from tests.signin.browsing import value_of
from tests.signin.hands import HERE, NEW, ask_change, code_in, signed_in, type_code
from tests.support.acts import hire

pytestmark = pytest.mark.usefixtures("programme")

TOLD = {"told": "4127 8830", "email": NEW, "words": "My provider has closed.\nI bought two mugs."}
STALE = "open for too long, so nothing was sent"
CARD = "4242 4242 4242 4242"


def send(visit: Visit, **changes: str) -> None:
    """Ask for help; the page for the code is open then."""
    visit.open("/sign-in/lost")
    visit.submit("Send the code", **TOLD | changes)
    assert visit.path == "/sign-in/lost/code", visit.page.text


def requests() -> list:
    """Every request that stands in the database."""
    return list(read(select(signin.Recovery.__table__)).all())


def codes() -> list:
    """Every code for another address."""
    return list(read(select(signin.AddressCode.__table__)).all())


# a page that was open for too long


@pytest.mark.both_engines
def test_an_old_page_keeps_what_she_typed_and_asks_for_one_more_press(app, anna, visit, mailbox):
    visit.open("/sign-in/lost")
    visit.client.delete_cookie("portal")
    before = everything()
    visit.submit("Send the code", 200, **TOLD)
    assert STALE in visit.page.text
    assert [value_of(visit, name) for name in ("told", "email")] == [TOLD["told"], NEW]
    assert visit.page.all("textarea")[0].text == TOLD["words"].replace("\n", " ")
    assert everything() == before
    visit.submit("Send the code", words=TOLD["words"])
    assert visit.path == "/sign-in/lost/code"
    assert len(mailbox.to(NEW)) == 1


def test_an_old_page_of_the_code_keeps_it_and_costs_no_try(app, anna, visit, mailbox):
    send(visit)
    code = code_in(mailbox, NEW)
    told = {"csrf_token": "old", "code": code}
    answer = visit.client.post("/sign-in/lost/code", data=told)
    assert (answer.status_code, STALE in answer.text, f'value="{code}"' in answer.text) == (200, True, True)
    assert codes()[0].tries == 0
    visit.open("/sign-in/lost/code")
    visit.submit("Continue", code=code)
    assert visit.path == "/sign-in/lost/sent"


def test_send_it_again_of_an_old_page_sends_nothing_and_says_so(app, anna, visit, mailbox, clock):
    send(visit)
    clock.shift(timedelta(seconds=30))
    answer = visit.client.post("/sign-in/lost/resend", data={"csrf_token": "old"}, follow_redirects=True)
    assert (answer.request.path, STALE in answer.text) == ("/sign-in/lost/code", True)
    assert len(mailbox.to(NEW)) == 1


@pytest.mark.parametrize("path", ["/sign-in/lost", "/sign-in/lost/code", "/sign-in/lost/resend"])
def test_another_site_still_sends_nothing(app, anna, visit, mailbox, path):
    send(visit)
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    before = everything()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = visit.client.post(path, data=TOLD | {"csrf_token": token}, headers=headers)
        assert answer.status_code == 403
    assert everything() == before


# another code


@pytest.mark.both_engines
def test_twelve_new_codes_are_one_request_and_only_the_last_works(app, anna, visit, mailbox, clock):
    send(visit)
    first = code_in(mailbox, NEW)
    for _ in range(12):
        clock.shift(timedelta(minutes=1, seconds=5))
        visit.submit("Send it again")
    last = code_in(mailbox, NEW)
    assert (len(mailbox.to(NEW)), len(requests()), len(codes())) == (13, 1, 1)
    assert first != last
    visit.submit("Continue", 422, code=first)
    assert [row.state for row in requests()] == ["unproved"]
    visit.submit("Continue", code=last)
    assert [row.state for row in requests()] == ["asked"]


@pytest.mark.both_engines
def test_the_code_before_works_until_another_is_sent_half_a_minute_later(app, anna, visit, mailbox, clock):
    send(visit)
    clock.shift(timedelta(seconds=29))
    visit.submit("Send it again")
    assert "no longer works" not in visit.page.text
    assert len(mailbox.to(NEW)) == 1
    visit.submit("Continue", code=code_in(mailbox, NEW))
    assert visit.path == "/sign-in/lost/sent"


def test_a_code_that_took_five_tries_or_ten_minutes_gives_way_to_one_that_works(
    app, anna, visit, mailbox, clock
):
    send(visit)
    for _ in range(5):
        wrong = f"{(int(code_in(mailbox, NEW)) + 1) % 10**6:06}"
        visit.submit("Continue", 422, code=wrong)
    visit.open("/sign-in/lost/code")
    clock.shift(timedelta(minutes=10))
    visit.submit("Send me a new code")
    assert "The one before no longer works." in visit.page.text
    visit.submit("Continue", code=code_in(mailbox, NEW))
    assert visit.path == "/sign-in/lost/sent"
    (row,) = requests()
    assert signin.told_in(row) == (TOLD["told"], TOLD["words"])


def test_a_request_that_waits_for_another_code_is_kept_a_day_from_then(app, anna, visit, mailbox, clock):
    send(visit)
    clock.shift(timedelta(hours=23))
    visit.submit("Send it again")
    clock.shift(timedelta(hours=23))
    nightly.run(portal_clock.now())
    assert len(requests()) == 1


@pytest.mark.parametrize("days", [0, 3])
def test_without_a_request_the_button_says_to_ask_once_more(app, anna, visit, mailbox, clock, days):
    visit.open("/sign-in/lost")
    if days:
        send(visit)
    clock.shift(timedelta(days=days))
    nightly.run(portal_clock.now())
    sent, token = len(mailbox), visit.page.all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post("/sign-in/lost/resend", data={"csrf_token": token}, follow_redirects=True)
    assert answer.request.path == "/sign-in/lost"
    assert "nothing was sent. Ask once more." in answer.text
    assert len(mailbox) == sent


def test_a_button_beside_a_proved_request_leads_on_without_a_word(app, anna, visit, mailbox, clock):
    send(visit)
    tab = Visit(visit.client)
    tab.open("/sign-in/lost/code")
    visit.submit("Continue", code=code_in(mailbox, NEW))
    clock.shift(timedelta(minutes=1))
    tab.submit("Send it again")
    assert tab.path == "/sign-in/lost/sent"
    assert "Ask once more" not in tab.page.text
    assert len(mailbox.to(NEW)) == 1


def test_another_browser_has_no_code_sent_again(app, anna, visit, mailbox, clock):
    send(visit)
    clock.shift(timedelta(minutes=1))
    (row,) = requests()
    thief = Visit(app.test_client())
    thief.open("/sign-in/lost")
    with thief.client.session_transaction() as cookie:
        cookie["recovery"] = row.id
    token = thief.page.all("input", name="csrf_token")[0]["value"]
    thief.client.post("/sign-in/lost/resend", data={"csrf_token": token})
    assert len(mailbox.to(NEW)) == 1
    visit.submit("Continue", code=code_in(mailbox, NEW))
    assert visit.path == "/sign-in/lost/sent"


@pytest.mark.both_engines
def test_a_new_code_for_a_change_of_address_takes_the_place_of_the_one_before(anna, mailbox, clock):
    her = signed_in(anna)
    asked = ask_change(her, NEW)
    first = code_in(mailbox, NEW)
    clock.shift(timedelta(seconds=30))
    again = transact(
        lambda: signin.ask_change_again(
            her, asked.challenge_id, visitor=HERE, locale="en-GB", now=portal_clock.now()
        )
    )
    jobs.wake()
    assert (again.challenge_id, len(codes())) == (asked.challenge_id, 1)
    assert type_code(her, asked.challenge_id, first).tried.outcome == "wrong"
    assert type_code(her, asked.challenge_id, code_in(mailbox, NEW)).tried.outcome == "right"


# what she writes


@pytest.mark.both_engines
def test_the_number_of_a_payment_card_is_neither_kept_nor_shown_at_the_desk(app, anna, visit, mailbox):
    send(visit, told=CARD, words=f"I paid with {CARD.replace(' ', '')} on Monday")
    visit.submit("Continue", code=code_in(mailbox, NEW))
    (row,) = requests()
    assert signin.told_in(row) == ("•••• 4242", "I paid with •••• 4242 on Monday")
    page = hire(app).open(f"/staff/recoveries/{row.id}")
    assert "I paid with •••• 4242 on Monday" in page.text
    assert "4242 4242" not in page.text


def test_a_members_number_that_looks_like_a_payment_card_still_finds_her(app, mailbox, visit):
    number = CARD.replace(" ", "")
    join(number, ANNA)
    send(visit, told=f" {number} ", words="My mailbox is gone")
    visit.submit("Continue", code=code_in(mailbox, NEW))
    (row,) = requests()
    assert "Anna Bell" in hire(app).open(f"/staff/recoveries/{row.id}").text


@pytest.mark.both_engines
def test_a_letter_that_no_database_holds_is_no_failure(app, anna, visit, mailbox):
    send(visit, told="\x00 4127", words="My mailbox\x00 is gone")
    visit.submit("Continue", code=code_in(mailbox, NEW))
    (row,) = requests()
    hire(app).open(f"/staff/recoveries/{row.id}")

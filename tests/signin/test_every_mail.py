"""Every mail about the way into a card, or about who was in it, carries the "this was not me" link of its event."""

import re
from collections.abc import Callable

import pytest

from portal import clock as portal_clock
from portal import jobs, joining, people, rewards, signin
from portal.db import transact
from portal.signin import freezing, keyring
from tests.authenticator import Phone
from tests.giving.hands import earn
from tests.home.doors import ANNA, SAM, enter
from tests.page import Visit
from tests.signin.browsing import set_up, sign_in
from tests.signin.hands import (
    HERE,
    NEW,
    ask_change,
    change_to,
    code_in,
    give_passkey,
    row_of,
    signed_in,
    token_in,
)
from tests.support.acts import begin, hire

pytestmark = pytest.mark.usefixtures("programme")


def asks_for_a_proof(app, _mailbox, _anna) -> None:
    hers = enter(app)
    hers.open("/proof")
    hers.submit("Send the code")


def comes_in(app, _mailbox, _anna) -> None:
    enter(app)


def adds_a_passkey(app, _mailbox, _anna) -> None:
    set_up(enter(app), Phone())


def removes_a_passkey(_app, _mailbox, anna) -> None:
    given = give_passkey(anna)
    person = signed_in(anna)
    transact(lambda: keyring.remove(person, given, portal_clock.now()))


def is_copied(app, _mailbox, _anna) -> None:
    phone = Phone(counts=True, transports=("usb",))
    set_up(enter(app), phone, be=False, bs=False)
    assert sign_in(Visit(app.test_client()), phone, be=False, bs=False, count=0).status_code == 400


def asks_for_another_address(_app, _mailbox, anna) -> None:
    ask_change(signed_in(anna), NEW)


def changes_her_address(_app, mailbox, anna) -> None:
    change_to(mailbox, anna, NEW)


def is_recovered(_app, mailbox, anna) -> None:
    staff_id = transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))
    now = portal_clock.now()
    asked = transact(
        lambda: signin.ask_recovery(ANNA, NEW, "It is gone", visitor=HERE, locale="en-GB", now=now)
    )
    jobs.wake()
    request_id, code = asked.challenge_id, code_in(mailbox, NEW)
    transact(lambda: signin.prove_recovery(request_id, code, visitor=HERE, now=now))
    member = row_of(anna)
    transact(lambda: signin.note_proofs(request_id, member, ["id"], staff_id=staff_id, enough=True, now=now))


def is_let_go_on(_app, _mailbox, anna) -> None:
    transact(lambda: people.freeze(anna, portal_clock.now()))
    transact(lambda: freezing.lift(row_of(anna), portal_clock.now()))


def takes_a_reward(_app, _mailbox, anna) -> None:
    earn(anna, 2000)
    transact(lambda: rewards.redeem(anna, "five-off", ref="r", at=portal_clock.now(), actor=people.HERSELF))


def is_visited(app, _mailbox, _anna) -> None:
    begin(hire(app))


def connects_a_number(_app, mailbox, _anna) -> None:
    now = portal_clock.now()
    transact(lambda: joining.ask_owner(ANNA, "c-99", shop="main", shop_name="", now=now))
    jobs.wake()
    token = token_in(mailbox, ANNA, "/links/")
    transact(lambda: joining.confirm(token, now))


HAPPENS: dict[str, tuple[Callable, str]] = {
    "device": (comes_in, ANNA),
    "passkey_added": (adds_a_passkey, ANNA),
    "passkey_removed": (removes_a_passkey, ANNA),
    "passkey_doubted": (is_copied, ANNA),
    "address_asked": (asks_for_another_address, ANNA),
    "address_changed": (changes_her_address, NEW),
    "recovery": (is_recovered, ANNA),
    "lifted": (is_let_go_on, ANNA),
    "points_left": (takes_a_reward, ANNA),
    "visit": (is_visited, ANNA),
    "number_linked": (connects_a_number, ANNA),
    "proof_asked": (asks_for_a_proof, ANNA),
}
"""What brings each event about, and where its mail goes. A change of address goes to the old one too, with its undo."""


@pytest.mark.parametrize("event", signin.telling.EVENTS)
def test_every_mail_about_the_way_in_carries_the_link(app, mailbox, anna, event):
    happens, address = HAPPENS[event]
    happens(app, mailbox, anna)
    jobs.wake()
    for part in ("plain", "html"):
        said = str(mailbox.to(address)[-1].get_body((part,)).get_content())
        token = re.search(r"/not-me/([0-9A-Za-z._]+)", said)[1]
        assert signin.read_not_me(token, portal_clock.now()).what == event
    page = Visit(app.test_client()).open(f"/not-me/{token}")
    assert "This was not me: stop my points" in [one.text for one in page.all("button")]

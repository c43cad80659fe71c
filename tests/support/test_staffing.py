"""The audit of colleagues themselves: how they come in, who is added and let go, and which keys are made."""

import json
import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import people, signin, support
from portal.db import read, transact
from portal.signin import keyring
from tests.authenticator import Phone
from tests.cli.conftest import cli
from tests.home.doors import ANNA, SAM, join
from tests.page import Visit
from tests.signin.browsing import options_for, send
from tests.signin.hands import HERE
from tests.support.acts import newcomer

__all__ = ["cli"]


def kept(chain: str) -> list[tuple[str, dict]]:
    """What stands in a chain, in order, with its facts."""
    table = support.Audit.__table__
    rows = read(select(table).where(table.c.chain == chain).order_by(table.c.number)).all()
    return [(row.what, row.facts) for row in rows]


@pytest.mark.both_engines
@pytest.mark.usefixtures("programme", "mailbox")
def test_a_colleagues_way_in_stands_in_their_own_chain_with_the_request(app):
    key = Phone(counts=True, transports=("usb",))
    desk = newcomer(app, key)
    staff_id = people.staff_by_email(SAM).id
    (row,) = signin.passkeys_of("staff", staff_id)
    door = Visit(app.test_client())
    door.open("/staff/sign-in")
    answer = send(door, "/staff/passkeys/sign-in", key.sign(options_for(door, "sign_in", door="/staff")))
    assert answer.status_code == 303
    told = kept(staff_id)
    assert [what for what, _facts in told] == ["signed_in", "passkey_added", "signed_in"]
    assert [facts["how"] for _what, facts in told] == ["link", "", "passkey"]
    assert told[1][1]["about"] == row.id
    table = support.Audit.__table__
    last = read(select(table).where(table.c.chain == staff_id).order_by(table.c.number.desc())).first()
    assert last.request_id == answer.headers["X-Request-Id"]
    assert desk.client.get("/staff/safety").status_code in (200, 303)
    assert support.faults() == []


@pytest.mark.both_engines
@pytest.mark.usefixtures("programme", "mailbox")
def test_a_passkey_that_is_removed_and_one_that_counts_backwards_are_kept_too(app):
    first, second = Phone(counts=True), Phone(counts=True)
    desk = newcomer(app, first)
    staff_id = people.staff_by_email(SAM).id
    desk.open("/staff/passkeys/new")
    assert (
        send(desk, "/staff/passkeys/new", second.make(options_for(desk, "add", door="/staff"))).status_code
        == 303
    )
    for count in (9, 3):
        door = Visit(app.test_client())
        door.open("/staff/sign-in")
        shown = second.sign(options_for(door, "sign_in", door="/staff"), count=count)
        assert send(door, "/staff/passkeys/sign-in", shown).status_code == (303 if count == 9 else 400)
    with desk.client.session_transaction("/staff/") as cookie:
        sam = signin.load_session(cookie["_user_id"], portal_clock.now())
    newest, *_rest = signin.passkeys_of("staff", staff_id)
    transact(lambda: keyring.remove(sam, newest.id, portal_clock.now()))
    assert [what for what, _facts in kept(staff_id)][3:] == [
        "signed_in",
        "passkey_doubted",
        "passkey_removed",
    ]


@pytest.mark.usefixtures("programme", "mailbox")
def test_a_members_way_in_is_in_no_audit(app):
    join()
    link = transact(lambda: signin.make_link(ANNA, "member", portal_clock.now(), 60)).rsplit("/", 1)[1]
    transact(lambda: signin.enter_by_link(link, visitor=HERE, confirmed=True, now=portal_clock.now()))
    assert not read(select(support.Audit.__table__)).all()


def test_what_the_command_line_does_about_staff_and_keys_is_kept_without_address_or_secret(cli, request):
    assert cli("migrate").code == 0
    links = [
        cli("staff", "add", SAM, "--role", "support", PORTAL_PROGRAMME="demo"),
        cli("staff", "add", SAM, "--role", "owner"),
        cli("staff", "add", SAM, "--role", "owner"),
        cli("staff", "link", SAM),
    ]
    assert cli("staff", "disable", SAM).code == 0
    assert cli("staff", "disable", "nobody@example.com").code == 1, "which leaves no trace: nothing was done"
    links.append(cli("staff", "add", SAM, "--role", "till"))
    made = cli("keys", "create", "--name", "web shop", "--scopes", "read,orders")
    key_id, secret = re.findall(r"^(?:id|secret) +(\S+)$", made.out, re.M)
    assert cli("keys", "revoke", key_id).code == 0
    request.getfixturevalue("app")
    staff_id = people.staff_by_email(SAM).id
    told = kept(support.COMMAND_LINE)
    sam = {"staff": staff_id}
    link = ("link_made", sam | {"minutes": 60})
    assert told == [
        ("staff_added", sam | {"role": "support"}),
        link,
        ("role_changed", sam | {"role": "owner", "before": "support"}),
        link,
        link,
        ("staff_begins_anew", sam),
        link,
        ("staff_disabled", sam),
        ("staff_added", sam | {"role": "till"}),
        link,
        ("key_made", {"key": key_id, "shop": "main", "scopes": ["orders", "read"]}),
        ("key_revoked", {"key": key_id}),
    ]
    said = json.dumps(told)
    secrets = [
        SAM,
        secret,
        secret[:9],
        *(urlsplit(one.out.splitlines()[-1]).path.rsplit("/", 1)[1] for one in links),
    ]
    assert not [one for one in secrets if one in said]
    assert support.faults() == []

"""Keys that end: owners are told thirty days and three days before, once each, while somebody uses the key."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import Api
from tests.notices.mailbox import Mailbox, mailbox

__all__ = ["mailbox"]

OWNER, SECOND = "olga@shop.example", "omar@shop.example"
SECONDLY = timedelta(seconds=1)


def hired(email: str = OWNER, role: str = "owner") -> None:
    """Somebody works here."""
    from portal import people
    from portal.db import transact

    transact(lambda: people.add_staff(email, role, make.NOW))


def made(days: int = 100, name: str = "web shop") -> tuple[str, str]:
    """A key that ends so many days from now: its id and its secret."""
    from portal import merchant
    from portal.db import transact

    ends = make.NOW + timedelta(days=days)
    return transact(lambda: merchant.create_key(name, "main", ["read", "orders"], make.NOW, expires_at=ends))


def used(secret: str, at: datetime) -> None:
    """A request showed the key."""
    from portal import merchant
    from portal.db import transact

    transact(lambda: merchant.note_use(merchant.authenticate(f"Bearer {secret}", at), at))


def told(at: datetime, mailbox: Mailbox, app: Any) -> list[str]:
    """Who gets a mail when the night's work and the outbox's run at `at`, by address."""
    from portal import nightly, notices

    before = len(mailbox)
    nightly.run(at)
    notices.deliver_due(at, mailbox, notices.Renderer(app.jinja_env))
    return sorted(mail["To"].addresses[0].addr_spec for mail in mailbox[before:])


@pytest.mark.both_engines
def test_every_owner_is_told_once_at_each_of_the_two_marks(demo, app, clock, mailbox):
    hired()
    hired(SECOND)
    hired("maria@shop.example", "manager")
    _, secret = made()
    ends = make.NOW + timedelta(days=100)
    used(secret, make.NOW + timedelta(days=60))
    assert told(ends - timedelta(days=30) - SECONDLY, mailbox, app) == []
    assert told(ends - timedelta(days=30), mailbox, app) == [OWNER, SECOND]
    for day in (29, 20, 4):  # mails to strangers are forgotten after two days; these are not
        assert told(ends - timedelta(days=day), mailbox, app) == []
    assert told(ends - timedelta(days=3) - SECONDLY, mailbox, app) == []
    assert told(ends - timedelta(days=3), mailbox, app) == [OWNER, SECOND]
    assert told(ends - SECONDLY, mailbox, app) == []
    assert told(ends, mailbox, app) == []


def test_the_mail_names_the_key_its_shop_its_end_and_the_command_for_a_new_one(demo, app, clock, mailbox):
    hired()
    _, secret = made(name="Olga's till")
    used(secret, make.NOW + timedelta(days=60))
    told(make.NOW + timedelta(days=75), mailbox, app)
    words = mailbox.words(OWNER)
    assert f"“Olga's till” ({secret[:9]}…) of the shop “main” ends on 18 Sept 2026" in words
    assert "portal keys create --name 'Olga'\"'\"'s till' --shop main --scopes orders,read" in words
    assert "The old key goes on until then" in words
    assert secret not in words


@pytest.mark.parametrize(
    ("idle", "owners"), [(timedelta(days=90), [OWNER]), (timedelta(days=90, seconds=1), [])]
)
def test_a_key_that_nobody_used_for_ninety_days_ends_quietly(demo, app, clock, mailbox, idle, owners):
    hired()
    _, secret = made(200)
    at = make.NOW + timedelta(days=172)
    used(secret, at - idle)
    assert told(at, mailbox, app) == owners


def test_a_key_that_was_never_used_was_revoked_or_has_no_end_ends_quietly(demo, app, clock, mailbox):
    from sqlalchemy import text

    from portal import merchant
    from portal.db import run, transact

    hired()
    made(20)
    revoked, secret = made(100)
    used(secret, make.NOW + timedelta(days=60))
    transact(lambda: merchant.revoke_key(revoked, make.NOW + timedelta(days=61)))
    endless, secret = made(100)
    used(secret, make.NOW + timedelta(days=60))
    transact(lambda: run(text("UPDATE api_key SET expires_at = NULL WHERE id = :id"), {"id": endless}))
    assert told(make.NOW + timedelta(days=98), mailbox, app) == []


def test_a_key_made_for_a_few_days_is_warned_of_at_the_last_mark_alone(demo, app, clock, mailbox):
    hired()
    _, secret = made(10)
    used(secret, make.NOW)
    assert told(make.NOW + timedelta(days=1), mailbox, app) == []
    assert told(make.NOW + timedelta(days=7), mailbox, app) == [OWNER]


def test_after_a_night_without_work_the_last_warning_is_the_only_one(demo, app, clock, mailbox):
    hired()
    _, secret = made()
    used(secret, make.NOW + timedelta(days=60))
    assert told(make.NOW + timedelta(days=99), mailbox, app) == [OWNER]
    assert told(make.NOW + timedelta(days=99, hours=1), mailbox, app) == []


def test_who_is_no_owner_any_more_is_not_told_and_who_became_one_is(demo, app, clock, mailbox):
    from portal import people
    from portal.db import transact

    hired()
    _, secret = made()
    used(secret, make.NOW + timedelta(days=60))
    assert told(make.NOW + timedelta(days=80), mailbox, app) == [OWNER]
    transact(lambda: people.disable_staff(OWNER, make.NOW))
    hired(SECOND)
    assert told(make.NOW + timedelta(days=81), mailbox, app) == [SECOND]


def test_the_old_key_is_answered_until_its_end(demo, app, clock, mailbox):
    hired()
    _, secret = made()
    used(secret, make.NOW + timedelta(days=60))
    told(make.NOW + timedelta(days=99), mailbox, app)
    clock.move_to(make.NOW + timedelta(days=100) - SECONDLY)
    Api(app, secret).get("/programme")

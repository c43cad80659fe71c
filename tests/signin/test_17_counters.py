"""Attack 17: a passkey that counts backwards is a signal and no lock; unsigned it is nothing at all."""

import pytest

from portal import jobs, signin
from tests.authenticator import Phone
from tests.home.doors import ANNA, enter
from tests.page import Visit
from tests.signin.browsing import is_in, set_up, sign_in

pytestmark = [pytest.mark.usefixtures("programme"), pytest.mark.both_engines]


@pytest.fixture
def key(app, anna, mailbox) -> Phone:
    """A key to plug in, which counts; used once, so that its counter stands at 2."""
    phone = Phone(counts=True, transports=("usb",))
    set_up(enter(app), phone, be=False, bs=False)
    assert sign_in(Visit(app.test_client()), phone, be=False, bs=False).status_code == 303
    mailbox.clear()
    return phone


def kept(anna: str):
    (row,) = signin.passkeys_of("member", anna)
    return row


def test_17_twenty_unsigned_low_counters_lock_nobody_and_send_nothing(app, anna, key, mailbox):
    for _ in range(20):
        stranger = Visit(app.test_client())
        answer = sign_in(stranger, key, be=False, bs=False, count=1, signature=bytes(70))
        assert (answer.status_code, is_in(stranger)) == (400, False)
    jobs.wake()
    assert (kept(anna).doubted_at, kept(anna).sign_count) == (None, 2)
    assert mailbox.to(ANNA) == []
    assert sign_in(Visit(app.test_client()), key, be=False, bs=False).status_code == 303


@pytest.mark.parametrize("count", [0, 1, 2])
def test_17_a_signed_low_counter_is_refused_and_she_is_told_once(app, anna, key, mailbox, count):
    for _ in range(2):
        copy = Visit(app.test_client())
        answer = sign_in(copy, key, be=False, bs=False, count=count)
        assert (answer.status_code, is_in(copy)) == (400, False)
    jobs.wake()
    assert kept(anna).doubted_at is not None
    (mail,) = mailbox.to(ANNA)
    assert mail["Subject"] == "A copy of your passkey may exist: Pennywren Rewards"
    assert "/not-me/" in mailbox.words(ANNA)
    hers = Visit(app.test_client())
    assert sign_in(hers, key, be=False, bs=False).status_code == 303, "her own next use counts on: no lock"
    assert "somebody may have used a copy" in hers.open("/safety").text


def test_17_one_above_is_good(app, anna, key):
    assert sign_in(Visit(app.test_client()), key, be=False, bs=False, count=3).status_code == 303
    assert kept(anna).sign_count == 3


def test_17_a_passkey_that_never_counts_signs_in_again_and_again(app, anna):
    phone = Phone()
    set_up(enter(app), phone)
    for _ in range(3):
        assert sign_in(Visit(app.test_client()), phone).status_code == 303
    assert (kept(anna).sign_count, kept(anna).doubted_at) == (0, None)

"""The outbox: written with what it tells of, sent at least once, never lost, never readable while it waits."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from portal import clock as portal_clock
from portal import config, notices
from portal.db import read, run, transact
from portal.notices import Notice, Undeliverable

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]

ANNA = "anna@example.com"
FACTS = {"code": "314159", "link_url": "http://localhost/sign-in/link/x", "minutes": 10}


@pytest.fixture
def render(app):
    return notices.Renderer(app.jinja_env)


def queue(key: str = "one", recipient: str = ANNA, kind: str = "sign_in_code", **more) -> None:
    facts = more.pop("facts", FACTS)
    transact(
        lambda: notices.queue(
            kind, key=key, recipient=recipient, locale="en-GB", facts=facts, now=portal_clock.now(), **more
        )
    )


def deliver(box, render) -> int:
    return notices.deliver_due(portal_clock.now(), box, render)


def only():
    return read(select(Notice.__table__)).one()


def test_a_notice_is_sent_once_and_what_it_said_is_gone(mailbox, render):
    queue()
    assert deliver(mailbox, render) == 1
    assert deliver(mailbox, render) == 0
    assert "314159" in mailbox[0]["Subject"]
    row = only()
    assert (row.sealed, row.due_at, row.sent_at) == ("", None, portal_clock.now())


def test_a_notice_was_delivered_when_it_was_sent_and_was_not_when_it_was_given_up(mailbox, render):
    assert notices.was_delivered("one") is None
    queue("one")
    queue("two")
    assert notices.was_delivered("one") is None
    deliver(mailbox, render)
    mailbox.broken = Undeliverable("no such box")
    queue("three")
    deliver(mailbox, render)
    assert [notices.was_delivered(key) for key in ("one", "two", "three")] == [True, True, False]


def test_a_history_takes_for_granted_that_notices_arrive_and_nothing_else_does(app):
    assert not notices.delivery_is_assumed()
    with notices.assume_delivered():
        assert notices.delivery_is_assumed()
    assert not notices.delivery_is_assumed()


def test_the_same_key_is_one_notice(mailbox, render):
    queue()
    queue()
    assert deliver(mailbox, render) == 1


def test_a_notice_of_a_write_that_failed_is_never_sent(mailbox, render):
    def fail() -> None:
        notices.queue(
            "sign_in_code", key="k", recipient=ANNA, locale="en", facts=FACTS, now=portal_clock.now()
        )
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very one above
        transact(fail)
    assert deliver(mailbox, render) == 0


def test_what_waits_cannot_be_read_in_the_table(app):
    queue()
    assert "314159" not in repr(only())


def test_a_crash_between_sending_and_marking_sends_again_and_loses_nothing(mailbox, render, clock):
    queue()

    def power_cut(message: EmailMessage) -> None:
        mailbox(message)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(power_cut, render)
    assert deliver(mailbox, render) == 0, "the lease of the worker that died still runs"
    clock.shift(timedelta(minutes=2))
    assert deliver(mailbox, render) == 1
    assert len(mailbox) == 2
    assert mailbox[0]["Message-ID"] == mailbox[1]["Message-ID"], "a reader's program knows it as the same"


def test_two_workers_share_the_work(app, mailbox, render):
    for number in range(12):
        queue(f"n{number}")

    def work(_: int) -> int:
        with app.app_context():
            return deliver(mailbox, render)

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(work, range(4)))
    assert sum(sent) == len(mailbox) == 12


def test_a_mail_server_that_is_down_delays_and_loses_nothing(mailbox, render, clock):
    queue("one")
    queue("two")
    mailbox.broken = ConnectionRefusedError()
    assert deliver(mailbox, render) == 0
    mailbox.broken = None
    clock.shift(timedelta(minutes=1))
    assert deliver(mailbox, render) == 2


def test_what_never_leaves_is_parked_after_its_tries(mailbox, render, clock):
    queue()
    mailbox.broken = smtplib.SMTPDataError(451, b"later, anna@example.com")
    for _ in range(20):
        deliver(mailbox, render)
        clock.shift(timedelta(days=1))
    row = only()
    assert row.due_at is None
    assert row.failed_at is not None
    assert row.sealed == ""
    assert row.tries == 9
    assert ANNA not in row.error


def test_an_address_that_the_server_refuses_is_parked_at_once(mailbox, render):
    queue("one")
    queue("two")
    mailbox.broken = Undeliverable("the mail server refuses the recipient (550)")
    assert deliver(mailbox, render) == 0
    rows = read(select(Notice.__table__)).all()
    assert {row.error for row in rows} == {"the mail server refuses the recipient (550)"}


def test_what_came_too_late_is_not_sent(mailbox, render, clock):
    queue(best_before=portal_clock.now() + timedelta(minutes=10))
    clock.shift(timedelta(minutes=11))
    assert deliver(mailbox, render) == 0
    assert not mailbox
    assert only().failed_at is not None


def test_a_notice_that_cannot_be_written_is_parked_and_the_others_leave(mailbox, render, clock):
    queue("poison", kind="there_is_no_such_kind")
    queue("good")
    assert deliver(mailbox, render) == 1
    for _ in range(10):
        clock.shift(timedelta(days=1))
        deliver(mailbox, render)
    assert len(mailbox) == 1
    assert {row.kind for row in read(select(Notice.__table__)).all() if row.failed_at} == {
        "there_is_no_such_kind"
    }


def test_without_a_mail_server_everything_is_kept_and_told(mailbox, render, caplog):
    queue()
    assert deliver(None, render) == 0
    assert "mail is not configured" in caplog.text
    assert deliver(mailbox, render) == 1


def test_a_notice_sealed_under_another_key_is_parked(mailbox, render):
    queue()
    strange = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    transact(lambda: run(update(Notice).values(sealed=strange)))
    assert deliver(mailbox, render) == 0
    assert "PORTAL_SECRET_KEY" in only().error


def test_old_notices_are_forgotten_and_waiting_ones_are_not(mailbox, render, clock):
    queue("sent")
    deliver(mailbox, render)
    clock.shift(timedelta(days=3))
    queue("waiting")
    clock.shift(timedelta(days=500))
    assert transact(lambda: notices.forget_old(portal_clock.now())) == 1
    assert only().key == "waiting"


def test_the_sender_and_every_link_come_from_the_settings(mailbox, render):
    queue()
    deliver(mailbox, render)
    message = mailbox[0]
    assert message["From"].addresses[0].addr_spec == config.current().mail_from
    assert message["Reply-To"].addresses[0].addr_spec == "hello@pennywren.example"
    assert "http://localhost/help" in message.get_body(("plain",)).get_content()


def test_a_notice_for_later_waits_until_then(mailbox, render, clock):
    queue(due_at=portal_clock.now() + timedelta(minutes=16))
    clock.shift(timedelta(minutes=16, seconds=-1))
    assert deliver(mailbox, render) == 0
    clock.shift(timedelta(seconds=1))
    assert deliver(mailbox, render) == 1


def test_who_queues_learns_whether_the_key_is_new(app):
    def put() -> bool:
        return notices.queue(
            "sign_in_code", key="k", recipient=ANNA, locale="en", facts=FACTS, now=portal_clock.now()
        )

    assert [transact(put), transact(put)] == [True, False]
    with notices.assume_delivered():
        assert not transact(put)


def test_what_a_kind_shows_can_be_decided_when_it_is_sent(mailbox, render, monkeypatch):
    monkeypatch.setattr("portal.notices.service._writers", {})
    notices.on_sending(
        "sign_in_code", lambda notice, facts: {**FACTS, "code": facts["sum"] + notice.recipient[:1]}
    )
    queue(facts={"sum": "27182"})
    assert deliver(mailbox, render) == 1
    assert "27182a" in mailbox[0]["Subject"]

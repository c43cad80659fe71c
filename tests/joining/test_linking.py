"""One more id of a shop, asked for by the shop and confirmed by the member: what the verbs do and refuse."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock as portal_clock
from portal import earning, joining, ledger, people
from portal.db import read, run, transact
from tests import make
from tests.joining.linking import ANNA, anna, ask, confirm, mails, put, state, token, whole_database

__all__ = ["anna"]

pytestmark = pytest.mark.usefixtures("programme")


@pytest.mark.both_engines
class TestVerbs:
    """What the ledger, the directory and the shop see of it."""

    def test_her_word_links_the_id_at_once_and_the_next_put_is_an_ordinary_change(self, anna, mailbox):
        assert put("c-17").waits
        assert ask()
        confirm(token(mailbox))
        assert people.by_ref("c-17").id == anna
        assert people.by_ref("c-1").id == anna, "the id that she had goes on working"
        done = put("c-17", name="Anna Wren")
        assert (done.member_id, done.waits) == (anna, False)
        assert people.by_ref("c-1").name == "Anna Wren"
        assert not ledger.faults() + earning.faults()

    def test_a_confirmation_is_once(self, anna, mailbox):
        ask()
        secret = token(mailbox)
        confirm(secret)
        before = whole_database()
        confirm(secret)
        assert whole_database() == before
        assert state(secret) == "linked"

    def test_a_shop_that_tries_again_and_again_sends_one_mail(self, anna, clock):
        for _ in range(13):
            assert ask(), "it is open all the time"
            clock.shift(timedelta(days=1))
        assert len(mails()) == 1

    def test_a_shop_that_tries_with_many_ids_sends_one_mail_a_day(self, anna, clock):
        assert [ask(f"c-{number}") for number in range(20, 30)] == [True] + [False] * 9
        assert [ask("c-20", shop="other"), ask("c-20")] == [False, True]
        clock.shift(timedelta(days=1))
        assert [ask("c-20"), ask("c-21"), ask("c-22")] == [True, True, False]
        assert len(mails()) == 2

    def test_who_left_three_mails_unanswered_gets_no_fourth(self, anna, clock):
        answers = []
        for _ in range(6):
            answers.append(ask())
            clock.shift(timedelta(days=15))
        assert answers == [True, True, True, False, False, False]
        assert len(mails()) == 3

    def test_ten_words_at_once_are_one_mail(self, app, anna):
        def one(number: int) -> bool:
            with app.app_context():
                return ask(f"c-{20 + number % 2}")

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(one, range(10)))
        assert sorted(answers) == [False] * 5 + [True] * 5
        assert len(mails()) == 1

    def test_two_taps_at_once_link_once(self, app, anna, mailbox):
        ask()
        secret = token(mailbox)

        def one(_: int) -> None:
            with app.app_context():
                confirm(secret)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(8)))
        assert people.by_ref("c-17").id == anna

    def test_the_last_day_is_whole_and_the_next_one_is_too_late(self, anna, mailbox, clock):
        ask()
        secret = token(mailbox)
        clock.move_to(make.NOW.replace(day=24, hour=22, minute=59))  # one minute before midnight in Britain
        assert state(secret) == "open"
        clock.shift(timedelta(minutes=1))
        assert state(secret) == "late"
        confirm(secret)
        assert people.by_ref("c-17") is None

    def test_a_newer_mail_takes_the_place_of_one_that_is_too_old(self, anna, mailbox, clock):
        ask()
        old = token(mailbox)
        clock.shift(timedelta(days=15))
        ask()
        new = token(mailbox)
        assert (state(old), state(new)) == (None, "open")
        confirm(old)
        assert people.by_ref("c-17") is None
        confirm(new)
        assert people.by_ref("c-17").id == anna

    def test_a_forged_link_links_nothing(self, anna, mailbox):
        ask()
        before = whole_database()
        for secret in ("", "x", token(mailbox)[:-1], token(mailbox).swapcase(), "ä" * 40, "x" * 9000):
            assert state(secret) is None
            confirm(secret)
        assert {**whole_database(), "notice": 0} == {**before, "notice": 0}
        assert people.by_ref("c-17") is None

    def test_an_id_that_is_somebody_elses_meanwhile_stays_hers(self, anna, mailbox):
        ask()
        secret = token(mailbox)
        berta = put("c-17", "berta@example.com").member_id
        assert state(secret) == "changed"
        confirm(secret)
        assert people.by_ref("c-17").id == berta

    def test_an_id_that_the_shop_vouched_for_meanwhile_needs_no_word(self, anna, mailbox):
        ask()
        put("c-17", email_verified=True)
        assert state(token(mailbox)) == "linked"

    def test_an_address_that_changed_meanwhile_links_nothing(self, anna, mailbox):
        ask()
        secret = token(mailbox)
        put("c-1", "new@example.com", email_verified=True)
        assert state(secret) == "changed", "whoever reads the old mailbox has no say any more"
        confirm(secret)
        assert people.by_ref("c-17") is None
        cleo = put("c-3", ANNA).member_id
        confirm(secret)
        assert people.by_ref("c-17") is None, "nor for whoever has the address now"
        assert cleo != anna

    def test_a_member_who_left_is_not_asked_and_cannot_confirm(self, anna, mailbox):
        ask()
        secret = token(mailbox)
        transact(lambda: run(update(people.Member).values(status="left")))
        assert state(secret) == "changed"
        confirm(secret)
        assert people.by_ref("c-17") is None
        assert not ask("c-18")

    def test_to_confirm_proves_the_address_and_what_waited_for_it_is_hers(self, programme, mailbox):
        bea = put("c-2", "bea@example.com").member_id
        body = earning.OrderBody.model_validate(
            make.order("10.00", member=None, guest=True, email="bea@example.com")
        )
        now = portal_clock.now()
        transact(lambda: earning.record_order(body, shop="main", number="7", at=now, actor="shop:main"))
        ask("c-18", "bea@example.com")
        confirm(token(mailbox, "bea@example.com"))
        wallet = ledger.wallet(bea)
        assert (wallet.available, wallet.pending) == (100, 50)
        assert people.by_ref("c-18").email_proved_at == now
        assert not ledger.faults() + earning.faults()

    def test_an_order_with_the_new_id_earns_for_her(self, anna, mailbox):
        ask()
        confirm(token(mailbox))
        body = earning.OrderBody.model_validate(make.order("10.00", member="c-17"))
        now = portal_clock.now()
        transact(lambda: earning.record_order(body, shop="main", number="8", at=now, actor="shop:main"))
        assert ledger.wallet(anna).pending == 50

    def test_the_token_and_the_address_stand_nowhere_readable(self, anna, mailbox):
        ask()
        secret = token(mailbox)
        row = repr(read(select(people.LinkRequest.__table__)).one())
        assert secret not in row
        assert ANNA not in row
        assert secret not in repr(whole_database())

    def test_requests_of_long_ago_are_forgotten(self, anna, clock):
        ask()
        clock.shift(timedelta(days=399))
        assert transact(lambda: joining.forget_old(portal_clock.now())) == 0
        clock.shift(timedelta(days=2))
        assert transact(lambda: joining.forget_old(portal_clock.now())) == 1

"""Bringing a friend, as both of them and the ledger see it; on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import joining, ledger, people, referrals
from portal import programme as programmes
from portal.db import read, transact
from tests.home.doors import join
from tests.referrals.friends import BEN, bring, buy, code_of, id_of, later, night, rewards_of, standing, why

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme", "the_books_agree")]


def test_every_member_has_a_code_that_tells_nothing_but_a_first_name(anna):
    code = code_of()
    assert code.startswith("anna-")
    assert len(code) == len("anna-7k2")
    assert referrals.inviter_of(code) == referrals.Inviter(anna, code, "Anna")
    assert transact(lambda: referrals.give_code(anna, "Berta")) == code, "the one she has stands"


def test_codes_stay_apart_where_many_have_one_name(programme, monkeypatch):
    keyed = people.keyed_hash
    monkeypatch.setattr(
        people, "keyed_hash", lambda text: "0" if text.startswith("referral/") else keyed(text)
    )
    members = [join(f"m-{number}", f"m{number}@example.com", "Anna") for number in range(3)]
    codes = [referrals.code_of(member) for member in members]
    assert codes == ["anna-222", "anna-2222", "anna-22222"]


def test_both_are_rewarded_the_friend_on_joining_and_the_inviter_when_the_first_order_matured(anna, clock):
    assert bring(code_of()) is None
    assert rewards_of("c-2") == ["friend-five"]
    assert rewards_of("c-1") == []
    assert standing() == (1, 1, 0)
    buy()
    later(clock, 29)
    assert rewards_of("c-1") == []
    later(clock, 1)
    assert rewards_of("c-1") == ["friend-five"]
    assert standing() == (1, 0, 1)
    later(clock, 1)
    night()
    assert rewards_of("c-1") == ["friend-five"], "once, however often the night comes"


def test_points_as_thanks_are_in_the_ledger_and_count_for_tiers_like_any_that_were_earned(
    points_for_friends, anna, clock
):
    bring(code_of())
    assert ledger.wallet(id_of("c-2")).available == 150
    buy()
    later(clock, 10)
    assert ledger.wallet(anna).available == 400
    entry = ledger.newest_entries(anna, limit=1)[0]
    assert (entry.kind, entry.source, entry.trace["referral"]) == ("earned", "referral", "inviter")


def test_an_order_that_goes_back_before_it_matured_brings_nothing_and_the_next_one_counts(anna, clock):
    bring(code_of())
    buy(number="1")
    clock.shift(timedelta(days=20))
    buy(number="2")
    buy(number="1", days_ago=20, version=2, status="cancelled")
    later(clock, 15)
    assert rewards_of("c-1") == [], "the first is gone, the second stands for 15 days"
    later(clock, 15)
    assert rewards_of("c-1") == ["friend-five"]


def test_an_order_that_keeps_something_counts_and_one_sent_back_whole_does_not(anna, clock):
    refund = {"id": "r1", "at": "2026-06-10T09:20:00Z", "amount": "20.00"}
    bring(code_of())
    buy(version=2, refunds=[refund])
    assert referrals.invited_by(id_of("c-2")).ordered_on is None
    buy("30.00", number="2", refunds=[refund])
    later(clock, 30)
    assert standing() == (1, 0, 1)


def test_what_was_given_stays_when_the_order_goes_back_later(anna, clock):
    bring(code_of())
    buy()
    later(clock, 30)
    buy(days_ago=30, version=2, status="cancelled")
    later(clock, 1)
    assert standing() == (1, 0, 1)
    buy(number="2")
    later(clock, 40)
    assert rewards_of("c-1") == ["friend-five"]


def test_an_order_below_the_minimum_does_not_count(points_for_friends, anna, clock):
    bring(code_of())
    buy("14.99")
    assert referrals.invited_by(id_of("c-2")).ordered_on is None
    buy("15.00", number="2")
    later(clock, 10)
    assert standing() == (1, 0, 1)


def test_an_order_that_becomes_anothers_counts_for_her_friend_no_more(anna, clock):
    bring(code_of())
    join("c-3", "cleo@example.com", "Cleo")
    buy()
    assert referrals.invited_by(id_of("c-2")).ordered_on is not None
    buy(ref="c-3", version=2)
    assert referrals.invited_by(id_of("c-2")).ordered_on is None


def test_an_order_that_waited_in_a_purse_counts_from_its_own_day(anna, clock):
    buy(ref=None, number="9", member={"email": BEN}, days_ago=10)
    bring(code_of())
    mine = referrals.invited_by(id_of("c-2"))
    assert (mine.joined_on - mine.ordered_on).days == 10
    later(clock, 20)
    assert standing() == (1, 0, 1)


def test_an_order_of_long_before_joining_does_not_make_her_a_new_customer(anna):
    buy(ref=None, number="9", member={"email": BEN}, days_ago=60)
    bring(code_of())
    assert referrals.invited_by(id_of("c-2")).ordered_on is None


def test_the_offer_follows_the_country_of_the_friend(points_for_friends, anna, clock):
    assert bring(code_of(), country="US") is None
    assert ledger.wallet(id_of("c-2")).available == 200
    assert why(bring(code_of(), "c-3", "cleo@example.com", "FR")) == ("not_allowed", "country")
    assert ledger.wallet(id_of("c-3")).available == 100
    buy()
    later(clock, 10)
    assert ledger.wallet(anna).available == 100, "nothing was offered to the inviter there"
    assert standing() == (1, 0, 1)


def test_the_offer_is_that_of_the_day_of_joining_whatever_is_published_later(
    points_for_friends, programme, publish, anna, clock
):
    bring(code_of())
    publish("demo")
    buy()
    later(clock, 10)
    assert ledger.wallet(anna).available == 400
    assert rewards_of("c-1") == []


def test_the_inviter_is_told_once_by_a_mail_with_the_first_name_alone(anna, clock, mailbox):
    from portal import jobs

    bring(code_of())
    buy()
    later(clock, 30)
    night()
    jobs.wake()
    (mail,) = [mail for mail in mailbox.to("anna@example.com") if "first order" in str(mail["Subject"])]
    assert "Ben" in str(mail["Subject"])
    whole = str(mail)
    assert "£5.00 off, with thanks" in mailbox.words("anna@example.com")
    assert "Hill" not in whole
    assert BEN not in whole


def test_a_reward_that_the_programme_has_no_longer_stays_due_and_stops_nobody(anna, publish, clock, caplog):
    bring(code_of())
    bring(code_of(), "c-3", "cleo@example.com")
    buy()
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    shorter = source[:begin] + source[end:]
    begin, end = shorter.index('[[rewards]]\nkey = "friend-five"'), shorter.index("# --- Giving")
    publish(shorter[:begin] + shorter[end:])
    later(clock, 30)
    assert "cannot be given" in caplog.text
    assert standing() == (2, 2, 0)
    publish("demo")
    later(clock, 1)
    assert standing() == (2, 1, 1)


def test_without_referrals_in_the_programme_a_code_brings_nothing(anna, publish):
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    publish(source[:begin] + source[end:])
    assert why(bring(code_of())) == ("not_allowed", "off")


def test_the_timeline_shows_both_how_far_it_has_come(anna, clock):
    bring(code_of())
    (friend,) = referrals.timeline(anna)
    assert (friend.name, friend.ordered_on, friend.due_on, friend.rewarded_on) == ("Ben", None, None, None)
    buy()
    (friend,) = referrals.timeline(anna)
    assert (friend.due_on - friend.ordered_on).days == 30
    later(clock, 30)
    (friend,) = referrals.timeline(anna)
    assert friend.rewarded_on == friend.due_on or friend.rewarded_on is not None
    assert referrals.invited_by(id_of("c-2")).name == "Anna"


def test_a_member_who_joined_by_the_import_has_a_code_too(programme):
    member = transact(
        lambda: joining.join(
            people.Profile(), email=None, proved=False, ref="i-1", marketing=False, terms_version=None,
            source="import", now=portal_clock.now(),
        )
    )  # fmt: skip
    assert referrals.code_of(member).startswith("friend-")
    directory = people.Directory.__table__.c
    assert read(select(directory.owner).where(directory.kind == "referral")).scalar_one() == member

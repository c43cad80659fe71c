"""Bringing a friend, as both of them and the ledger see it; on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal import joining, ledger, people, referrals
from portal import programme as programmes
from portal.db import read, transact
from tests.home.doors import join
from tests.referrals.friends import BEN, bring, buy, code_of, id_of, night, rewards_of, standing

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme", "the_books_agree")]

POINTS = """
[referral]
matures_days = 10
minimum = "15.00"
limit = { per = "month", count = 2 }
[[referral.offers]]
countries = ["US"]
friend = { points = 100 }
[[referral.offers]]
countries = ["GB"]
friend = { points = 50 }
inviter = { points = 300 }
"""


@pytest.fixture
def points_for_friends(programme, publish):
    """The demonstration, giving points to friends: in two countries, not in others."""
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    return publish(source[:begin] + POINTS + "\n" + source[end:])


def later(clock, days: int) -> None:
    clock.shift(timedelta(days=days))
    night()


def why(warning) -> tuple[str, str]:
    assert warning is not None
    assert warning.pointer == "/referral_code"
    return warning.code, warning.facts["why"]


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


@pytest.mark.parametrize(
    "email", ["Anna@Example.com", "anna+me@example.com", "a.n.n.a@example.com", "ANNA+2@EXAMPLE.COM"]
)
@pytest.mark.both_engines(every_case=True)
def test_nobody_brings_herself_however_she_writes_her_address(anna, email):
    if people.normal_address(email) == "anna@example.com":
        assert why(bring(code_of(), "c-1", email)) == ("not_allowed", "known"), "she is a member"
    else:
        assert why(bring(code_of(), "c-2", email)) == ("not_allowed", "own")
        assert rewards_of("c-2") == []
        assert ledger.wallet(id_of("c-2")).available == 100, "she joined all the same"
    assert standing() == (0, 0, 0)


def test_one_person_is_a_friend_once(anna):
    join("c-9", "zoe@example.com", "Zoe")
    assert bring(code_of()) is None
    for number, (email, ref) in enumerate([("ben+1@example.com", "c-1"), ("b.en@example.com", "c-9")]):
        assert why(bring(code_of(ref), f"c-{number + 3}", email)) == ("not_allowed", "known")
    assert standing() == (1, 1, 0)


def test_a_member_is_not_brought_later_and_the_same_word_again_is_no_fault(anna):
    join("c-2", BEN, "Ben")
    assert why(bring(code_of())) == ("not_allowed", "known")
    assert bring(code_of(), "c-3", "cleo@example.com") is None
    assert bring(code_of(), "c-3", "cleo@example.com") is None, "the shop repeats itself"
    assert why(bring(code_of("c-2"), "c-3", "cleo@example.com")) == ("not_allowed", "known")
    assert standing() == (1, 1, 0)


@pytest.mark.parametrize("code", ["anna-zzz", "nobody", "'; DROP TABLE member; --", "x" * 200])
def test_an_unknown_code_lets_her_join_with_a_warning(anna, code):
    assert why(bring(code)) == ("unknown_key", "unknown")
    assert people.by_ref("c-2").status == "active"


def test_a_friend_without_an_address_counts_by_the_shops_word(anna):
    assert bring(code_of(), email=None) is None
    assert standing() == (1, 1, 0)


def test_no_more_friends_count_than_the_limit_says_and_a_new_month_brings_room(
    points_for_friends, anna, clock
):
    for number in range(2):
        assert bring(code_of(), f"f-{number}", f"f{number}@example.com") is None
    assert why(bring(code_of(), "f-2", "f2@example.com")) == ("limit_reached", "limit")
    assert ledger.wallet(id_of("f-2")).available == 100, "she has the welcome and no more"
    clock.shift(timedelta(days=21))
    assert bring(code_of(), "f-3", "f3@example.com") is None
    assert standing() == (3, 3, 0)


def test_the_demonstration_counts_five_friends_a_month_to_its_last_second(programme, anna, clock):
    clock.move_to(datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))  # the last of June in London
    for number in range(5):
        assert bring(code_of(), f"f-{number}", f"f{number}@example.com") is None
    assert why(bring(code_of(), "f-5", "f5@example.com")) == ("limit_reached", "limit")
    clock.shift(timedelta(seconds=1))
    assert bring(code_of(), "f-6", "f6@example.com") is None
    assert standing() == (6, 6, 0)


def test_a_hundred_friends_at_once_keep_the_limit(points_for_friends, app, anna):
    code = code_of()

    def one(number: int) -> bool:
        with app.app_context():
            return bring(code, f"f-{number}", f"f{number}@example.com") is None

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(one, range(100)))
    assert sum(counted) == 2
    assert standing() == (2, 2, 0)


def test_nights_that_run_at_once_give_once(app, anna, clock):
    bring(code_of())
    buy()
    clock.shift(timedelta(days=30))

    def one(_: int) -> None:
        with app.app_context():
            referrals.settle_due(portal_clock.now())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert rewards_of("c-1") == ["friend-five"]


def test_a_night_that_was_cut_off_between_the_two_writes_is_finished_by_the_next(anna, clock, monkeypatch):
    bring(code_of())
    buy()
    clock.shift(timedelta(days=30))

    def cut(*_args) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("portal.referrals.settling._close", cut)
        with pytest.raises(OSError, match="power"):
            referrals.settle_due(portal_clock.now())
    assert rewards_of("c-1") == ["friend-five"]
    assert referrals.settle_due(portal_clock.now()) == 1
    assert rewards_of("c-1") == ["friend-five"]
    assert referrals.next_due() is None


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


def leave(ref: str) -> None:
    member = people.by_ref(ref)
    transact(lambda: joining.leave(member, actor="member", now=portal_clock.now(), proof=portal_clock.now()))


def test_whoever_left_and_comes_back_is_no_new_friend(anna, clock):
    code = code_of()
    join("c-9", "zoe@example.com", "Zoe")
    assert bring(code) is None
    leave("c-2")
    assert why(bring(code_of("c-9"), "c-3", BEN)) == ("not_allowed", "known")
    leave("c-1")
    assert why(bring(code, "c-4", "cleo@example.com")) == ("unknown_key", "unknown"), "her link ends with her"
    assert why(bring(code_of("c-9"), "c-5", "anna@example.com")) == ("not_allowed", "known")


def test_an_inviter_who_left_is_given_nothing_and_the_night_goes_on(anna, clock):
    bring(code_of())
    buy()
    leave("c-1")
    later(clock, 30)
    assert referrals.next_due() is None
    assert ledger.wallet(anna).available == 0

"""Plans bought for a friend: paid once, a code that one person uses without a card, and what a refund makes of it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal import billing, clock, ledger, programme, rewards, tiers
from portal.billing import gifts, wishes
from portal.billing.models import BillingOperation, PlanGift, PlanGrant
from portal.db import read, transact
from portal.errors import Refused
from tests.billing.paying_back import TOLD, refund
from tests.billing.shop import Desk, count, session_of
from tests.home.doors import everything, join, make_fresh, step_in
from tests.page import Visit

BERTA = "berta@example.com"
CARLA = "carla@example.com"


@pytest.fixture
def berta(desk) -> str:
    """Anna's friend, who is a member too; her id."""
    return join("c-2", BERTA, "Berta Crane")


def choose(desk: Desk, choice: str = "plus-monthly-3", visit: Visit | None = None, **fields: str) -> str:
    """Fill in the page of gifts and send it; the address of Stripe's page."""
    one = visit or desk.visit
    one.open("/gifts/new")
    return send(one, choice, **fields)


def send(visit: Visit, choice: str = "plus-monthly-3", status: int = 303, **fields: str) -> str:
    """Send the page of gifts as it is shown, once more."""
    form = next(f for f in visit.page.all("form") if f.all("input", name="once"))
    hidden = {one["name"]: one["value"] for one in form.all("input", type="hidden")}
    answer = visit.client.post("/gifts", data=hidden | {"choice": choice} | fields)
    assert answer.status_code == status, answer.text
    return str(answer.location)


def pay(desk: Desk, url: str, card: str = "4242") -> str:
    """Pay there; the path that the browser is sent back to."""
    answer = desk.stripe.pay(session_of(url), card)
    parts = urlsplit(answer.location)
    assert (answer.status, parts.path) == (303, "/gifts/return")
    return f"{parts.path}?{parts.query}"


def buy(desk: Desk, choice: str = "plus-monthly-3", **fields: str) -> str:
    """A gift that is paid, and Anna back from Stripe; its code."""
    desk.visit.open(pay(desk, choose(desk, choice, **fields)))
    return code_on(desk.visit)


def code_on(visit: Visit) -> str:
    return re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", visit.page.text)[0]


def row():
    return read(select(PlanGift.__table__)).one()


def grants() -> list:
    return list(read(select(PlanGrant.__table__).order_by(PlanGrant.__table__.c.from_on)).all())


def stands(desk: Desk) -> list[object]:
    """All that must be as it was, after whatever is told again."""
    gift = {name: value for name, value in row()._mapping.items() if name != "money_at"}
    return [gift, grants(), desk.mails("plan_given_over"), ledger.wallet(desk.member)]


def operations(kind: str = "gift") -> list:
    kept = BillingOperation.__table__.c
    return list(read(select(BillingOperation.__table__).where(kept.kind == kind)).all())


def charges(desk: Desk) -> list[int]:
    return [one.amount for one in desk.at_stripe("payment_intents") if one.status == "succeeded"]


def open_code(visit: Visit, code: str, status: int = 200):
    """Type a code."""
    visit.open("/gift")
    return visit.submit("Open it", status=status, code=code)


def standing(member_id: str, day: date):
    return billing.standing(member_id, day)


def use(member_id: str, code: str):
    return transact(lambda: gifts.redeem(member_id, code, clock.now()))


@pytest.mark.both_engines
def test_a_gift_is_paid_once_mailed_with_her_line_and_used_without_a_card(app, desk, berta):
    desk.visit.open("/plans")
    page = desk.visit.follow("Give it to a friend")
    assert "Nothing renews, and nothing is charged again." in page.text
    url = send(desk.visit, friend=f" {BERTA} ", words="Happy\nbirthday,\x07 you <b>dear</b>")
    assert count(PlanGift) == 0, "nothing is there before it is paid"
    page = desk.visit.open(pay(desk, url))
    assert "It is paid. Thank you." in page.text
    assert "We have mailed the code to your friend." in page.text
    assert charges(desk) == [900]
    assert not desk.at_stripe("subscriptions", status="all"), "nothing renews"
    code = code_on(desk.visit)
    assert (row().plan, row().months, row().amount_minor, row().state) == ("plus-monthly", 3, 900, "open")
    assert billing.standing(desk.member, date(2026, 6, 10)) is None, "it is not hers"
    assert "friend" not in operations()[0].facts, "the address of a stranger is kept nowhere"
    assert code.replace("-", "") not in str(everything()), "no table has the code in plain"
    desk.tell()
    mail = desk.mailbox.to(BERTA)[-1]
    text = str(mail.get_body(("plain",)).get_content())
    assert str(mail["Subject"]) == "Anna gives you Plus for 3 months"
    assert code in text
    assert "“Happy birthday, you <b>dear</b>”" in text
    assert "<b>dear" not in str(mail.get_body(("html",)).get_content())
    link = urlsplit(re.search(r"https?://\S+/gift/\S+", text)[0]).path
    hers = step_in(app, BERTA)
    hers.open(link)
    assert "Anna" not in hers.page.text, "looking at the link tells nothing of the code"
    assert hers.response.headers["Referrer-Policy"] == "no-referrer"
    page = hers.submit("Open it")
    assert hers.path == "/gift", "the code stands in no address any more"
    assert "Anna gives you Plus for 3 months" in page.text
    assert "Free delivery on every order" in page.text
    page = hers.submit("Use it, until 10 September 2026")
    assert hers.path == "/membership"
    found = standing(berta, date(2026, 9, 10))
    assert (found.plan, found.perks, found.given) == ("plus-monthly", True, "gift")
    assert standing(berta, date(2026, 9, 11)).status == "ended"
    assert tiers.plans_on(berta, date(2026, 6, 10)) == ("plus-monthly",)
    assert not [one for one in desk.at_stripe("customers") if one.email == BERTA], "she is no customer"
    assert (row().state, row().redeemed_by) == ("redeemed", berta)
    page = desk.visit.open("/gifts")
    assert "Plus for 3 months" in page.text
    assert "used" in page.text
    assert code not in desk.visit.open(f"/gifts/{row().id}").text, "a code that is used up is shown no more"


@pytest.mark.both_engines
def test_told_in_any_way_and_order_it_is_one_gift_and_one_code(desk):
    path = pay(desk, choose(desk, friend=BERTA))
    desk.tell(times=3)
    kept = row()
    for _ in range(2):
        desk.visit.open(path)
    assert set(desk.stripe.deliver_to(desk.client, desk.stripe.events()[::-1], times=2)) == {200}
    wishes.carry_on(clock.now())
    assert row() == kept
    assert (desk.mails("gift_bought"), desk.mails("gift_given")) == (1, 1)
    assert operations()[0].state == "done"


def test_a_gift_whose_messages_never_came_is_found_by_the_worker(desk):
    pay(desk, choose(desk))
    desk.stripe.drop()
    desk.clock.shift(timedelta(hours=1, minutes=5))
    wishes.carry_on(clock.now())
    assert row().state == "open"
    assert desk.mails("gift_bought") == 1


def test_a_gift_without_an_address_is_hers_to_hand_on_and_a_plan_by_year_is_a_year(desk, berta):
    code = buy(desk, "plus-yearly-12")
    assert "Hand the link or the code on." in desk.visit.page.text
    assert charges(desk) == [3000]
    assert not row().is_mailed
    desk.tell()
    assert code in desk.mail("Your gift: Plus for 1 year")
    use(berta, code.lower().replace("-", " "))
    assert grants()[0].until == date(2027, 6, 10)


def test_the_same_form_twice_is_one_checkout_and_after_paying_it_nothing(desk):
    url = choose(desk)
    assert send(desk.visit) == url, "a double tap comes to the same page"
    assert len(desk.at_stripe("checkout.sessions")) == 1
    other = send(desk.visit, "plus-monthly-1")
    assert other != url, "she went back and chose something else"
    desk.visit.open("/gifts/new")
    again = desk.visit
    pay(desk, url)
    desk.tell()
    assert charges(desk) == [900]
    assert again.client.get("/gifts").status_code == 200


def test_the_form_of_a_gift_that_is_paid_leads_to_it(desk):
    url = choose(desk)
    shown = desk.visit.page
    pay(desk, url)
    desk.tell()
    desk.visit.page = shown
    assert send(desk.visit) == f"/gifts/{row().id}"
    assert (charges(desk), count(PlanGift)) == ([900], 1)


@pytest.mark.both_engines
def test_two_taps_at_once_are_one_charge(app, desk):
    desk.visit.open("/gifts/new")
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: _in(app, desk), range(2))
    assert first == second
    assert len(desk.at_stripe("checkout.sessions")) == 1


def _in(app, desk: Desk) -> str:
    with app.app_context():
        return send(desk.visit)


def test_a_gift_stands_beside_her_own_plan_and_an_open_checkout(desk):
    desk.join()
    desk.tell()
    buy(desk)
    assert sorted(charges(desk)) == [300, 900]
    assert desk.status() == "active"
    assert "£9.00" not in desk.visit.open("/membership").text, "it is no fee of her own plan"


@pytest.mark.both_engines
def test_of_two_who_use_a_code_at_once_one_has_it_and_the_other_is_told(app, desk, berta):
    code = buy(desk)
    carla = join("c-3", CARLA, "Carla Dunn")
    both = {berta: step_in(app, BERTA), carla: step_in(app, CARLA)}
    for visit in both.values():
        open_code(visit, code)

    def tap(visit: Visit) -> str:
        with app.app_context():
            return visit.submit("Use it, until 10 September 2026").text

    with ThreadPoolExecutor(2) as at_once:
        texts = list(at_once.map(tap, both.values()))
    (grant,) = grants()
    assert grant.member_id in both
    loser = texts[1] if grant.member_id == berta else texts[0]
    assert "This gift has been used" in loser
    assert use(grant.member_id, code).redeemed_by == grant.member_id, "again by the same is nothing"
    assert len(grants()) == 1


def test_one_gift_after_the_other_loses_no_day(desk, berta):
    first, second = buy(desk, "plus-monthly-1"), buy(desk, "plus-monthly-3")
    use(berta, first)
    use(berta, second)
    assert [(one.from_on, one.until) for one in grants()] == [
        (date(2026, 6, 10), date(2026, 7, 10)), (date(2026, 7, 11), date(2026, 10, 11)),
    ]  # fmt: skip
    assert standing(berta, date(2026, 10, 11)).perks
    assert not standing(berta, date(2026, 10, 12)).perks


def test_who_pays_for_a_plan_keeps_the_code_until_it_has_ended(desk):
    code = buy(desk, "plus-monthly-1")
    desk.join()
    desk.tell()
    page = open_code(desk.visit, code)
    assert "the code keeps, it has no end date" in page.text
    with pytest.raises(Refused) as refused:
        use(desk.member, code)
    assert (refused.value.code, refused.value.facts["why"]) == ("conflict", "paid")
    wishes.ask_to_end(desk.member, None, clock.now())
    assert "Your plan ends on 10 July 2026. Use the code after that." in desk.visit.open("/gift").text
    desk.pass_time(days=31)
    desk.tell()
    open_code(desk.visit, code)
    desk.visit.submit("Use it, until 11 August 2026")
    assert desk.status() == "active", "for oneself it is prepaid"


def test_who_has_it_for_life_passes_it_on(desk, berta):
    desk.join("plus-life")
    desk.tell()
    code = buy(desk)
    assert "Pass the code on" in open_code(desk.visit, code).text
    assert use(berta, code).state == "redeemed"


def test_a_newcomer_comes_by_the_mail_joins_and_finds_her_gift(app, desk):
    code = buy(desk)
    newcomer = Visit(app.test_client())
    page = open_code(newcomer, code)
    assert "Anna gives you Plus for 3 months" in page.text
    newcomer.follow("Join free and use it")
    newcomer.submit("Send the code", email="zoe@example.com")
    newcomer.submit("Continue", code=desk.mailbox.code("zoe@example.com"))
    newcomer.submit("Join", name="Zoe", terms=True)
    assert newcomer.path == "/gift"
    newcomer.submit("Use it, until 10 September 2026")
    assert newcomer.path == "/membership"
    assert newcomer.client.get("/gift").text.count("Open a gift") > 0, "the browser has forgotten the code"


def test_a_wrong_code_is_told_kindly_and_guessing_is_slowed_down(app, desk):
    code = buy(desk)
    guesser = Visit(app.test_client())
    page = open_code(guesser, "AAAA-BBBB-CCCC-DDDD", status=404)
    assert "We do not know this code." in page.text
    for number in range(9):
        open_code(guesser, f"AAAA-BBBB-CCCC-{number:04}", status=404)
    assert "That was too often." in open_code(guesser, code, status=429).text
    desk.clock.shift(timedelta(minutes=5, seconds=1))
    assert "Plus for 3 months" in open_code(guesser, code).text


def test_a_cookie_that_somebody_made_opens_nothing(desk):
    code = buy(desk)
    desk.visit.client.set_cookie("gift", rewards.normal(code), path="/gift")
    assert "Open a gift" in desk.visit.open("/gift").text


# Money that goes back


@pytest.mark.both_engines
def test_a_full_refund_kills_a_code_that_nobody_used(desk, berta):
    code = buy(desk)
    desk.tell()
    refund(desk)
    desk.tell()
    assert (row().state, row().refunded_minor) == ("refunded", 900)
    with pytest.raises(Refused, match="cannot be used"):
        use(berta, code)
    assert "paid back" in desk.visit.open("/gifts").text


@pytest.mark.both_engines
def test_a_penny_less_and_it_stands_a_full_refund_ends_what_is_left_once(desk, berta):
    code = buy(desk)
    use(berta, code)
    desk.tell()
    refund(desk, 899)
    desk.tell()
    assert (row().state, row().refunded_minor) == ("redeemed", 899)
    assert standing(berta, date(2026, 6, 10)).perks
    desk.pass_time(days=3)
    refund(desk, 1)
    desk.tell()
    assert row().state == "refunded"
    assert standing(berta, date(2026, 6, 12)).perks, "what she had of it stays"
    assert not standing(berta, date(2026, 6, 13)).perks
    assert tiers.plans_on(berta, date(2026, 6, 13)) == ()
    before = stands(desk)
    for order in (desk.stripe.events(*TOLD), desk.stripe.events(*TOLD)[::-1]):
        assert set(desk.stripe.deliver_to(desk.client, order, times=2)) == {200}
    assert stands(desk) == before
    assert desk.mails("plan_given_over") == 1


@pytest.mark.both_engines
@pytest.mark.parametrize(("outcome", "state"), [("won", "open"), ("lost", "refunded")])
def test_a_code_waits_while_a_bank_looks_and_dies_if_the_dispute_is_lost(desk, berta, outcome, state):
    code = buy(desk)
    desk.tell()
    dispute = desk.stripe.dispute(row().payment_intent)
    desk.tell()
    with pytest.raises(Refused) as refused:
        use(berta, code)
    assert refused.value.code == "disputed"
    desk.stripe.close_dispute(dispute, outcome)
    desk.tell()
    assert row().state == state
    if outcome == "won":
        assert use(berta, code).state == "redeemed"


def test_a_refund_that_is_heard_of_before_the_payment_leaves_a_dead_code(desk, berta):
    pay(desk, choose(desk))
    refund(desk)
    assert set(desk.stripe.deliver_to(desk.client, desk.stripe.events("charge.refunded"))) == {200}
    billing.work_off(clock.now())
    desk.tell()
    assert row().state == "refunded"


@pytest.mark.both_engines
def test_within_14_days_the_buyer_takes_an_unused_gift_back(desk, berta):
    code = buy(desk)
    desk.tell()
    desk.visit.open(f"/gifts/{row().id}/withdrawal")
    page = desk.visit.submit("Get £9.00 back")
    assert "what you paid goes back to you" in page.text
    assert [one.amount for one in desk.at_stripe("refunds")] == [900]
    assert (row().state, operations("recall")[0].state) == ("refunded", "done")
    with pytest.raises(Refused):
        use(berta, code)


@pytest.mark.parametrize(("days", "may"), [(14, True), (15, False)])
def test_the_right_to_take_it_back_ends_with_the_fourteenth_day_and_with_its_use(desk, berta, days, may):
    code = buy(desk)
    desk.pass_time(days=days)
    shown = "Get your money back" in desk.visit.open(f"/gifts/{row().id}").text
    assert shown is may
    use(berta, code)
    token = desk.visit.open("/gifts/new").all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "minor": "900"}
    desk.visit.client.post(f"/gifts/{row().id}/withdrawal", data=form)
    assert (row().state, desk.at_stripe("refunds")) == ("redeemed", [])


def test_a_withdrawal_that_stripe_does_not_answer_closes_the_code_at_once(desk, berta):
    code = buy(desk)
    desk.tell()
    desk.visit.open(f"/gifts/{row().id}/withdrawal")
    desk.stripe.fault("500", "/v1/refunds", times=1)
    desk.visit.submit("Get £9.00 back")
    with pytest.raises(Refused) as refused:
        use(berta, code)
    assert refused.value.code == "paid_back"
    assert "You withdrew" not in desk.visit.open("/membership").text, "her own plan is another matter"
    desk.clock.shift(timedelta(minutes=2))
    wishes.carry_on(clock.now())
    assert row().state == "refunded"


# What it brings, and who leaves


ACTIVITY = '\n[[activities]]\nkey = "gift-subscription"\nlabel = "A plan given as a gift"\npoints = 200\n'


@pytest.mark.both_engines
def test_where_a_programme_thanks_for_gifts_the_buyer_has_the_points_once_and_a_refund_takes_them(desk):
    source = programme.load("demo").source
    transact(
        lambda: programme.publish(
            source.replace("[[charities]]", f"{ACTIVITY}\n[[charities]]", 1), clock.now()
        )
    )
    before = ledger.wallet(desk.member).available
    buy(desk)
    desk.tell(times=2)
    assert ledger.wallet(desk.member).available == before + 200
    refund(desk, 300)
    desk.tell()
    assert ledger.wallet(desk.member).available == before + 200
    refund(desk, 600)
    desk.tell(times=2)
    assert ledger.wallet(desk.member).available == before


def test_who_leaves_takes_no_gift_back_and_is_named_no_more(app, desk, berta):
    code = buy(desk, words="For you")
    make_fresh(desk.visit).open("/you/leave")
    desk.visit.submit(
        next(one.spoken_name for one in desk.visit.page.all("button") if "eave" in one.spoken_name)
    )
    hers = step_in(app, BERTA)
    page = open_code(hers, code)
    assert "For you: Plus for 3 months" in page.text
    assert "Anna" not in page.text
    assert row().words is None
    hers.submit("Use it, until 10 September 2026")
    assert standing(berta, date(2026, 9, 10)).perks


def test_a_refund_after_the_friend_has_left_ends_nothing_and_breaks_nothing(app, desk, berta):
    use(berta, buy(desk))
    hers = make_fresh(step_in(app, BERTA))
    hers.open("/you/leave")
    hers.submit(next(one.spoken_name for one in hers.page.all("button") if "eave" in one.spoken_name))
    desk.tell()
    refund(desk)
    desk.tell()
    assert row().state == "refunded"


def test_a_checkout_that_is_never_paid_forgets_the_friend(desk):
    choose(desk, friend=BERTA, words="For you")
    assert operations()[0].facts["friend"] == BERTA
    desk.clock.shift(timedelta(hours=1, minutes=5))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.tell()
    assert operations()[0].state == "abandoned"
    assert "friend" not in operations()[0].facts
    assert (count(PlanGift), charges(desk)) == (0, [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"choice": "plus-life-12"}, "Not a valid choice"),
        ({"choice": ""}, "Choose one of them."),
        ({"friend": "nobody"}, "That is not an e-mail address."),
        ({"words": "x" * 201}, "At most 200 characters, please."),
    ],
)
def test_what_cannot_be_given_is_said_at_its_field(desk, fields, words):
    desk.visit.open("/gifts/new")
    choice = fields.pop("choice", "plus-monthly-3")
    form = next(f for f in desk.visit.page.all("form") if f.all("input", name="once"))
    hidden = {one["name"]: one["value"] for one in form.all("input", type="hidden")}
    answer = desk.visit.client.post("/gifts", data=hidden | {"choice": choice} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert not operations()


def test_anothers_gift_and_anothers_session_are_missing(app, desk, berta):
    path = pay(desk, choose(desk))
    desk.tell()
    hers = step_in(app, BERTA)
    hers.open(path, status=404)
    hers.open(f"/gifts/{row().id}", status=404)
    desk.visit.open("/gifts/return?session_id=cs_test_1", status=404)


def test_where_stripe_is_silent_nothing_is_charged_and_the_next_tap_goes_on(desk):
    desk.visit.open("/gifts/new")
    desk.stripe.fault("500", "/v1/checkout/sessions", method="POST", times=1)
    send(desk.visit, status=503)
    desk.stripe.fault("lost", "/v1/checkout/sessions", method="POST", times=1)
    send(desk.visit, status=503)
    url = send(desk.visit)
    assert len(desk.at_stripe("checkout.sessions")) == 1
    desk.visit.open(pay(desk, url))
    assert charges(desk) == [900]

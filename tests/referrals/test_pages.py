"""The pages of sharing, as inviter and friend walk them without JavaScript."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal import programme as programmes
from portal import referrals
from tests.home.doors import everything, join, step_in
from tests.notices.mailbox import Mailbox
from tests.page import Visit
from tests.referrals.friends import BEN, bring, buy, code_of, night, rewards_of, standing

pytestmark = pytest.mark.usefixtures("the_books_agree")


def come_by(app: Flask, mailbox: Mailbox, path: str, email: str = BEN) -> Visit:
    """A visitor who opens a link, goes for joining and proves her address by the code."""
    visit = Visit(app.test_client())
    visit.open(path, 404 if "nobody" in path else 200)
    visit.follow("Join free")
    visit.submit("Send the code", email=email)
    visit.submit("Continue", code=mailbox.code(email))
    return visit


def test_a_friend_lands_on_the_offer_joins_and_both_see_it(app, anna, mailbox, clock):
    annas = step_in(app)
    page = annas.open("/share")
    assert "£5.00 off, with thanks" in page.text
    assert "Nobody has joined by your link yet" in page.text
    (link,) = re.findall(r"http://localhost/r/anna-\w+", page.all("p", role="group")[0].text)
    assert link == f"http://localhost/r/{code_of()}"
    (mail,) = [a["href"] for a in page.all("a") if a["href"].startswith("mailto:")]
    assert "%2Fr%2Fanna-" in mail or "/r/anna-" in mail

    bens = come_by(app, mailbox, link.removeprefix("http://localhost"))
    assert "Anna invited you: £5.00 off, with thanks is yours on joining." in bens.page.text
    home = bens.submit("Join", name="Ben Hill", terms=True)
    assert "Welcome, Ben Hill" in home.text
    assert rewards_of(referrals_ref()) == ["friend-five"]
    shared = bens.open("/share").text
    assert "Anna invited you" in shared
    assert "Is thanked 30 days after your first order" in shared

    buy(ref=referrals_ref())
    assert "Is thanked on 10 July 2026, if you keep your order" in bens.open("/share").text
    assert "Yours on 10 July 2026, if the order is kept" in annas.open("/share").text
    clock.shift(timedelta(days=30, hours=1))
    annas = step_in(app)
    assert "Yours within the hour" in annas.open("/share").text
    night()
    told = annas.open("/share").text
    assert "Ben" in told
    assert "Hill" not in told, "the first name is enough"
    assert "Yours since 10 July 2026" in told
    assert "Thanked on 10 July 2026" in step_in(app, BEN).open("/share").text


def referrals_ref() -> str:
    """The id by which shops know Ben, who joined on the portal."""
    from portal import people

    member = people.by_email(people.address_hash(BEN))
    assert member is not None
    return str(member.ref)


def test_the_code_is_carried_through_a_mailed_link_into_another_browser(app, anna, mailbox):
    visit = Visit(app.test_client())
    visit.open(f"/r/{code_of()}")
    visit.follow("Join free")
    visit.submit("Send the code", email=BEN)
    other = Visit(app.test_client())
    other.open(mailbox.link(BEN))
    other.submit("Sign in as b•••@example.com on this device")
    assert "Anna invited you" in other.page.text
    other.submit("Join", name="Ben", terms=True)
    assert standing() == (1, 1, 0)


def test_a_code_can_be_typed_on_the_last_step(app, anna, mailbox):
    visit = come_by(app, mailbox, "/")
    page = visit.submit("Join", status=422, name="Ben", terms=True, code="anna-zzz")
    assert "Nobody has this code. Check it, or leave it out." in page.text
    visit.submit("Join", name="Ben", terms=True, code=f" {code_of().upper()} ")
    assert standing() == (1, 1, 0)


def test_who_came_by_a_link_may_leave_the_code_out(app, anna, mailbox):
    visit = come_by(app, mailbox, f"/r/{code_of()}")
    visit.submit("Join", name="Ben", terms=True, code="")
    assert standing() == (0, 0, 0)


@pytest.mark.parametrize("email", ["anna+2@example.com", "an.na@example.com"])
def test_her_own_code_from_another_address_brings_nothing_and_is_said_kindly(app, anna, mailbox, email):
    visit = come_by(app, mailbox, f"/r/{code_of()}", email)
    page = visit.submit("Join", name="Anna", terms=True)
    assert "The code is your own, so it brings nothing extra" in page.text
    assert "Welcome, Anna" in page.text
    assert standing() == (0, 0, 0)


def test_an_unknown_link_says_so_and_leads_to_joining_all_the_same(app, anna, mailbox):
    visit = Visit(app.test_client())
    page = visit.open("/r/nobody-222", 404)
    assert "Nobody has this link" in page.text
    visit = come_by(app, mailbox, "/r/nobody-222")
    assert "Welcome, Ben" in visit.submit("Join", name="Ben", terms=True).text
    for strange in ("%00", "x" * 300, "%F0%9F%8E%81", "..%2F..%2Fhome", "<b>"):
        assert visit.client.get(f"/r/{strange}").status_code in (400, 404, 308)


def test_a_member_who_opens_a_link_is_told_that_it_is_for_others(app, anna):
    join("c-2", BEN, "Ben")
    assert "This is your own link" in step_in(app).open(f"/r/{code_of()}").text
    assert "You are a member already" in step_in(app, BEN).open(f"/r/{code_of()}").text


def test_a_member_who_signs_in_on_the_way_is_not_brought(app, anna, mailbox):
    join("c-2", BEN, "Ben")
    visit = come_by(app, mailbox, f"/r/{code_of()}")
    assert "You are a member already" in visit.page.text
    assert standing() == (0, 0, 0)


def test_a_double_tap_on_join_brings_one_friend(app, anna, mailbox):
    visit = come_by(app, mailbox, f"/r/{code_of()}")
    form = visit.page.all("form", method="post")[0]
    fields = {field["name"]: field["value"] for field in form.all("input")} | {"name": "Ben", "terms": "y"}
    fields |= {"birthday_day": "", "birthday_month": ""}
    for _tap in "12":
        assert visit.client.post("/join", data=fields).status_code == 303
    assert standing() == (1, 1, 0)


def test_a_programme_with_offers_by_country_asks_where_the_friend_lives(app, anna, mailbox, publish):
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    offers = """
[referral]
[[referral.offers]]
countries = ["US"]
friend = { points = 70 }
[[referral.offers]]
countries = ["GB", "IE"]
friend = { points = 50 }
inviter = { points = 300 }

"""
    publish(source[:begin] + offers + source[end:])
    shared = step_in(app).open("/share").text
    assert "If your friend lives here: United Kingdom, Ireland" in shared
    visit = come_by(app, mailbox, f"/r/{code_of()}")
    assert "if you live here: United States" in Visit(app.test_client()).open(f"/r/{code_of()}").text
    visit.submit("Join", name="Ben", terms=True, country="US")
    assert "170" in visit.open("/home").text


def test_a_member_from_before_codes_makes_hers(app, anna):
    from sqlalchemy import delete

    from portal import people
    from portal.db import run, transact

    def lose() -> None:
        run(delete(referrals.ReferralCode))
        run(delete(people.Directory).where(people.Directory.kind == "referral"))

    transact(lose)
    visit = step_in(app)
    visit.open("/share")
    visit.submit("Make my link")
    assert "anna-" in visit.page.text
    assert visit.path == "/share"


def test_an_offer_that_there_is_not_is_not_shown(app, anna, publish):
    source = programmes.load("demo").source
    begin, end = source.index("[referral]"), source.index("[expiry]")
    publish(source[:begin] + source[end:])
    assert "There is nothing to share at the moment" in step_in(app).open("/share").text
    assert "Nobody has this link" in Visit(app.test_client()).open(f"/r/{code_of()}", 404).text


def test_looking_at_sharing_writes_nothing_and_asks_few_things(app, anna, clock, statements):
    for number in range(12):
        bring(code_of(), f"f-{number}", f"f{number}@example.com")
        buy(ref=f"f-{number}", number=str(number))
    clock.shift(timedelta(days=31))
    visit = step_in(app)
    visit.open("/share")
    before = everything()
    statements.clear()
    visit.open("/share")
    assert len(statements) <= 6, statements
    visit.open(f"/r/{code_of()}")
    assert everything() == before


def test_the_share_page_says_when_no_more_friends_count(app, anna, publish):
    source = programmes.load("demo").source
    publish(source.replace('limit = { per = "month", count = 5 }', 'limit = { per = "year", count = 1 }'))
    bring(code_of())
    assert "As many friends count for you as can in this period (1)" in step_in(app).open("/share").text

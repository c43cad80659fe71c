"""Visits: support sees what the member sees, for a quarter of an hour, and can change nothing."""

import re

import pytest

from portal import clock as portal_clock
from portal import earning, joining, ledger, people, signin, support
from portal.db import look_only, transact
from portal.errors import Refused
from portal.support import audit
from portal.web.guards import SAFE
from tests import make
from tests.home.doors import ANNA, SAM, enter, everything, join
from tests.page import Visit
from tests.support.acts import (
    HERS,
    REASON,
    TICKET,
    anything_else,
    begin,
    hire,
    whats,
)

pytestmark = pytest.mark.usefixtures("programme")


@pytest.mark.both_engines
def test_least_23_during_a_visit_nothing_is_written_and_it_is_on_the_members_page(app, mailbox, anna):
    desk = hire(app)
    begin(desk)
    assert desk.path == HERS + "/home"
    before = anything_else()
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    posted = [rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    for path in sorted(re.sub(r"<[^<>]+>", "1", rule) for rule in posted):
        if path in ("/staff/visits/stop", "/staff/sign-out") or path.startswith("/api/"):
            continue
        at = path if path.startswith("/staff") else HERS + path
        answer = desk.client.post(at, data={"csrf_token": token, "marketing": "y", "points": "100"})
        assert answer.status_code == 403, path
        assert "Nothing was written" in answer.text, path
    assert anything_else() == before
    assert desk.client.get(HERS + "/home").status_code == 200, "and the visit goes on"
    transact(lambda: people.disable_staff(SAM, portal_clock.now()))
    hers = enter(app).open("/you/visits")
    assert REASON in hers.text
    assert TICKET in hers.text


def test_what_reaches_a_verb_all_the_same_is_refused_by_the_floor(app, anna):
    """Enforced twice: here the request hook is left out."""
    why = ledger.Because("activity", "x", "test", 1, {})
    acts = (
        lambda: ledger.credit(
            anna, 1, key="k", fingerprint="", because=why, expires_on=ledger.NEVER, at=portal_clock.now(),
            day=make.NOW.date(),
        ),
        lambda: joining.consent_to_marketing(anna, True, source="portal", now=portal_clock.now()),
        lambda: people.prove_address(anna, "eve@example.com", portal_clock.now()),
    )  # fmt: skip
    before = everything()
    look_only(True)
    try:
        for act in acts:
            with pytest.raises(Refused) as refused:
                transact(act)
            assert (refused.value.code, refused.value.status) == ("read_only_visit", 403)
    finally:
        look_only(False)
    assert everything() == before


def test_only_the_visit_itself_may_write_during_a_visit():
    from tests.test_house import modules

    who = {module.path for module in modules() if "of_visit=True" in module.source}
    assert who == {"support/views/visits.py", "signin/views/safety.py"}, "the second signs the colleague out"


def test_every_page_of_a_visit_says_so_and_is_kept_nowhere(app, anna):
    desk = hire(app)
    begin(desk)
    for path in (
        "/home",
        "/activity",
        "/activity/1",
        "/you",
        "/you/visits",
        "/help",
        "/terms",
        "/card",
        "/nothing",
    ):
        answer = desk.client.get(HERS + path)
        page = Visit(desk.client)._take(answer, answer.status_code)
        band = next(part for part in page.all("div") if part["aria-label"] == "Visit")
        for words in ("Anna Bell", SAM, TICKET, REASON, "15 minutes left", "Stop the visit"):
            assert words in band.text, (path, words)
        assert answer.headers["Cache-Control"] == "no-store", path
    other = enter(app)
    for path in ("/home", "/you", "/help"):
        assert "Stop the visit" not in other.open(path).text, (
            "parts that are kept for all readers hold no banner"
        )


def test_the_colleague_sees_what_the_member_sees_but_neither_her_address_nor_her_code(app, anna):
    desk = hire(app)
    begin(desk)
    hers = enter(app)
    for path in ("/home", "/activity"):
        seen = desk.open(HERS + path).all("main")[0].text
        assert seen == hers.open(path).all("main")[0].text
    for path in ("/home", "/activity", "/you"):
        desk.open(HERS + path)
        assert ANNA not in desk.response.text
    assert "a•••@example.com" in desk.page.text
    assert "Not during a visit" in desk.open(HERS + "/card", 403).text


def test_the_colleague_sees_none_of_her_devices(app, anna):
    visit = enter(app)
    assert "Where you are signed in" in visit.open("/safety").text
    desk = hire(app)
    begin(desk)
    desk.open(HERS + "/safety", 403)
    assert "Where you are signed in" not in desk.page.text


def test_each_page_and_each_refused_try_is_written_down(app, anna):
    desk = hire(app)
    begin(desk)
    desk.open(HERS + "/activity/1")
    desk.open("/staff/", 403)
    desk.open(HERS + "/sign-in/link/" + "s" * 43, 403)
    desk.client.put(HERS + "/you/consents")
    token = desk.page.all("input", name="csrf_token")[0]["value"]
    desk.client.post(HERS + "/you/consents", data={"csrf_token": token})
    desk.submit("Stop the visit")
    assert whats(anna) == ["visit_started", "page", "page", *["refused"] * 4, "visit_ended"]
    rows = audit.rows_of(anna)[::-1]
    assert rows[2].facts["which"] == {"number": "1"}
    assert {row.visit_id for row in rows} == {rows[0].visit_id}
    assert all(row.chain == rows[0].chain and row.request_id for row in rows)
    assert "sss" not in repr(rows), "no secret of an address is kept"
    assert support.faults() == []


def test_pages_of_nobody_in_particular_cost_no_line_of_the_audit(app, anna):
    desk = hire(app)
    begin(desk)
    before = everything()
    for link in desk.page.all("link", "script"):
        assert desk.client.get(link["href"] or link["src"]).status_code == 200
    assert desk.client.get("/healthz").status_code == 200
    assert everything()["audit"][: len(before["audit"])] == before["audit"]


def test_the_member_gets_a_mail_and_her_devices_stay_as_they_are(app, mailbox, anna):
    hers = enter(app)
    devices = everything()["session"]
    desk = hire(app)
    devices = everything()["session"]
    begin(desk)
    assert everything()["session"] == devices
    mail = mailbox.to(ANNA)[-1]
    assert mail["Subject"] == "Support of Pennywren Rewards looks at your pages"
    words = mailbox.words(ANNA)
    assert "10 Jun 2026, 10:30" in words
    assert "/you/visits" in words
    assert REASON not in words
    assert hers.open("/home").all("h1")


def test_a_member_switches_visits_off_and_on_herself(app, anna):
    hers = enter(app)
    hers.open("/you/visits")
    hers.submit("Save", visits=False)
    assert not support.may_be_visited(anna)
    assert [line.kind for line in people.consents(anna)] == ["visits"]
    hers.submit("Save", visits=False)
    assert len(people.consents(anna)) == 1, "nothing has changed, so nothing is logged"
    hers.submit("Save", visits=True)
    assert support.may_be_visited(anna)


def test_markup_in_a_reason_is_words_everywhere(app, mailbox, anna):
    evil = "<script>alert('x')</script>"
    desk = hire(app)
    begin(desk, reason=evil)
    for page in (desk.open(HERS + "/home"), enter(app).open("/you/visits")):
        assert evil in page.text
        assert not [script for script in page.all("script") if not script["src"]]
    desk.open(HERS + "/home")
    desk.submit("Stop the visit")
    assert evil in desk.open("/staff/members/c-1").text


def test_a_members_own_session_and_a_strangers_are_never_a_visit(app, anna, client):
    hers = enter(app)
    token = hers.open("/you").all("input", name="csrf_token")[0]["value"]
    for visitor in (hers.client, client):
        assert visitor.post("/staff/visits/stop", data={"csrf_token": token}).status_code in (303, 403)
        assert visitor.get("/staff/visits/new?member=c-1").status_code == 303
        assert visitor.get("/staff/adjustments/new?member=c-1").status_code == 303
    assert everything()["visit"] == everything()["audit"] == []


def test_another_colleagues_session_sees_nothing_of_the_visit(app, anna):
    begin(hire(app))
    other = hire(app, email="kim@example.com")
    assert other.client.get("/home").headers["Location"].startswith("/sign-in")
    assert other.client.get(HERS + "/home").headers["Location"] == "/staff/"


def test_pages_that_a_visit_may_see_are_these_alone(app):
    seen = {
        str(rule): sorted(rule.methods - SAFE)
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "visit", False)
    }
    assert not [path for path, unsafe in seen.items() if unsafe], "a page that a visit may see writes nothing"
    assert {"/home", "/activity", "/you", "/you/visits", "/help"} <= set(seen)
    assert not set(seen) & {
        "/card",
        "/sign-in",
        "/staff/",
        "/proof",
        "/share",
        "/billing/return",
        "/you/leave",
    }
    assert "/rewards/taken/<redemption>" not in seen, "it shows a code"


def test_orders_go_on_being_counted_while_support_looks(app, anna):
    desk = hire(app)
    begin(desk)
    body = earning.OrderBody.model_validate(make.order("20.00"))
    transact(
        lambda: earning.record_order(
            body, shop="main", number="A-7", at=portal_clock.now(), actor="shop:main"
        )
    )
    assert "Order A-7" in desk.open(HERS + "/activity").text


def test_a_visit_is_of_a_person_who_is_still_masked_as_the_member(app, anna):
    """The onlooker's own facts never mix with hers: no role, no colleague's address, the member's id."""
    desk = hire(app)
    begin(desk)
    with desk.client.session_transaction("/staff/") as cookie:
        person = support.load_person(cookie["_user_id"], portal_clock.now())
    assert isinstance(person, support.Onlooker)
    assert (person.kind, person.id, person.role, person.email) == ("member", anna, None, "a•••@example.com")
    assert person.signed_in.email == SAM
    assert signin.sessions_of(person.signed_in, portal_clock.now())


def test_a_member_reads_of_her_own_visits_and_of_nobody_elses(app, anna):
    join("c-2", "bea@example.com", "Bea")
    desk = hire(app)
    begin(desk)
    desk.submit("Stop the visit")
    assert REASON in enter(app).open("/you/visits").text
    page = enter(app, "bea@example.com").open("/you/visits")
    assert REASON not in page.text
    assert "Nobody has looked" in page.text


def test_the_name_of_the_programme_leads_back_to_her_card_during_a_visit(app, anna):
    desk = hire(app)
    begin(desk)
    desk.open(HERS + "/help")
    desk.follow("Pennywren")
    assert desk.path == HERS + "/home"

"""29: fields that nobody asked for give nothing: no points, no role, no tier, no address, nobody else's wallet."""

import io

import pytest
from sqlalchemy import select, text

from portal import ledger, people
from portal.db import read
from tests import make
from tests.attacks.ground import UNSAFE, addresses, proof, stored
from tests.attacks.life import ask, lead
from tests.home.doors import ANNA, employ, enter, join
from tests.page import Visit

WISHES = {
    "points": "9999",
    "available": "9999",
    "pending": "9999",
    "balance": "9999",
    "points_due": "9999",
    "role": "owner",
    "kind": "staff",
    "is_staff": "1",
    "admin": "true",
    "tier": "gold",
    "status": "staff",
    "email": "eve@example.com",
    "email_verified": "true",
    "email_proved_at": "2020-01-01T00:00:00Z",
    "referred_by": "x",
    "member": "x",
    "member_id": "x",
    "wallet_id": "x",
    "wallet": "x",
    "owner": "x",
    "ref": "c-2",
    "number": "1",
    "joined_on": "2001-01-01",
    "fresh_at": "2030-01-01T00:00:00Z",
    "frozen_at": "",
    "actor": "key:x",
    "source": "support",
    "price": "0",
    "at": "2020-01-01T00:00:00Z",
    "day": "2020-01-01",
    "_method": "DELETE",
}
POWERS = ("member", "wallet", "entry", "staff", "tier_grant", "plan_grant", "session", "api_key")


def told_to(who: str) -> dict[str, str]:
    """The wishes, with another member's id wherever an id is wanted."""
    return {name: who if value == "x" else value for name, value in WISHES.items()}


def powers() -> dict[str, list[str]]:
    """What such a field would have to change to be worth anything, without what posting touches by itself."""
    rows = stored()
    return {name: rows[name] for name in POWERS if name in rows and name != "session"}


@pytest.mark.both_engines
def test_29_joining_takes_what_its_form_has_and_nothing_else(app, programme, mailbox):
    berta = join("c-2", "berta@example.com", "Berta")
    visit = Visit(app.test_client())
    visit.open("/")
    visit.follow("Join free")
    visit.submit("Send the code", email="zoe@example.com")
    visit.submit("Continue", code=mailbox.code("zoe@example.com"))
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    sent = told_to(berta) | {"csrf_token": token, "name": "Zoe", "terms": "y"}
    sent |= {"birthday_day": "", "birthday_month": ""}
    assert visit.client.post("/join", data=sent, query_string=told_to(berta)).status_code == 303
    zoe = people.by_email(people.address_hash("zoe@example.com"))
    assert zoe is not None
    assert zoe.ref != "c-2"
    assert str(zoe.joined_on) == "2026-06-10"
    assert people.by_email(people.address_hash("eve@example.com")) is None
    assert ledger.wallet(zoe.id).available == 100
    assert ledger.wallet(berta).available == 100
    assert not read(text("SELECT * FROM staff")).all()


@pytest.mark.both_engines
def test_29_no_page_of_a_member_takes_more_than_it_shows(app, programme):
    """Every form route with every such field, well proved: whatever happens, no points, role or owner come of it."""
    join()
    berta = join("c-2", "berta@example.com", "Berta")
    visit = enter(app)
    token, before = proof(visit.client), powers()
    for path in addresses(
        app, lambda policy, methods: policy in ("anonymous", "member") and bool(methods & UNSAFE)
    ):
        if path in ("/sign-out", "/you/leave") or path.startswith("/api/"):
            continue
        answer = visit.client.post(
            path, data=told_to(berta) | {"csrf_token": token}, query_string=told_to(berta)
        )
        assert answer.status_code < 500, path
    after = powers()
    assert after["staff"] == before["staff"] == []
    assert after["wallet"] == before["wallet"]
    assert after["entry"] == before["entry"]
    members = read(select(people.Member.__table__).order_by(people.Member.__table__.c.ref)).all()
    assert [(one.ref, one.email) for one in members] == [("c-1", ANNA), ("c-2", "berta@example.com")]


def test_29_a_members_forms_reach_her_own_rows_alone(app, programme):
    join()
    berta = join("c-2", "berta@example.com", "Berta")
    visit = enter(app)
    sent = told_to(berta) | {"csrf_token": proof(visit.client), "marketing": "y"}
    assert visit.client.post("/you/consents", data=sent, query_string=told_to(berta)).status_code == 303
    members = read(select(people.Member.__table__).order_by(people.Member.__table__.c.ref)).all()
    assert [one.marketing for one in members] == [True, False]


@pytest.mark.both_engines
def test_29_an_order_gives_what_the_programme_says_whatever_else_it_names(app, programme):
    life = lead(app, "Tea from the top shelf", "Anna Bell")
    order = make.order("20.00", member="c-1") | told_to(life.anna) | {"member": {"id": "c-1"}}
    order |= {"status": "paid", "points": 5000, "kept": 5000, "shop": "other", "number": "B-9", "id": "B-9"}
    order["lines"][0] |= {"points": 5000, "factor": "9", "tier": "gold"}
    told = life.shop("PUT", "/orders/B-1", order)
    assert told["points"]["kept"] == 100
    member = make.member() | told_to(life.anna) | {"email": ANNA, "referred_by": "c-2"}
    for name in ("status", "kind", "joined_on", "ref", "source"):
        member.pop(name, None)
    answer = ask(app, life.key, "PUT", "/members/c-1", member | {"email_verified": True})
    assert answer["tier"]["key"] == "member"
    assert answer["member"] == "c-1"
    berta = people.by_ref("c-2")
    assert berta is not None
    assert ledger.wallet(berta.id).available == 100


def test_29_the_desks_forms_take_no_role_and_no_other_member(app, anna):
    desk = employ(app)
    berta = join("c-2", "berta@example.com", "Berta")
    desk.open("/staff/members/c-1")
    desk.follow("Put points right")
    form = next(form for form in desk.page.all("form") if form.all("input", name="points"))
    fields = {one["name"]: one["value"] for one in form.all("input") if one["name"]}
    why = {
        "points": "50",
        "words": "A coffee that was cold",
        "reason": "It was cold, she says",
        "ticket": "T-1",
    }
    answer = desk.client.post(form["action"] or desk.path, data=told_to(berta) | fields | why)
    assert answer.status_code in (200, 303)
    assert [str(row.role) for row in read(text("SELECT role FROM staff")).all()] == ["support"]
    assert ledger.wallet(berta).available == 100


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-in/lost", "/passkeys/sign-in", "/gift", "/safety/address", "/board"]
)
def test_29_a_file_where_a_text_is_asked_for_is_refused(app, anna, path):
    visit = enter(app)
    before = stored()
    token = proof(visit.client)
    for field in ("email", "credential", "code", "text", "csrf_token"):
        sent = {"csrf_token": token} | {field: (io.BytesIO(b"anna@example.com"), "a.txt")}
        assert visit.client.post(path, data=sent).status_code == 400, field
    assert stored() == before

"""Attack 26: a member with every id of another, a shop with another shop's. Each is answered as one that never was."""

import re
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, update

from portal import billing, board, ledger, merchant, rewards, signin
from portal import clock as portal_clock
from portal.billing.models import PlanGift
from portal.db import new_id, run, transact
from tests import make
from tests.attacks.ground import NO_ID, proof, stored
from tests.attacks.life import ALL_SCOPES, Life, ask, lead
from tests.home.doors import SAM
from tests.support.acts import colleague

NOTHING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"  # an id as ours are, of nothing at all
NO_LINE = "4000000000"
OF_THE_REQUEST = re.compile(r'(<code>[0-9a-f]{16}</code>|name="csrf_token"[^>]*|"request_id": ?"[^"]*")')


@pytest.fixture
def life(app: Flask, anna: str) -> Life:
    return lead(app, "a few words of hers", "Anna Bell")


def bought_gift(member_id: str) -> str:
    """A plan that this member bought for a friend; its id."""
    gift_id, now = new_id(), portal_clock.now()
    row = {
        "member_id": member_id, "id": gift_id, "payment_intent": "pi_1", "plan": "plus-yearly", "months": 12,
        "amount_minor": 3000, "currency": "GBP", "code_hash": rewards.code_hash("AAAABBBBCCCCDDDD"),
        "sealed": rewards.seal("AAAABBBBCCCCDDDD"), "is_mailed": False, "state": "open", "refunded_minor": 0,
        "paid_at": now,
    }  # fmt: skip
    transact(lambda: run(insert(PlanGift), row))
    return gift_id


def given_plan(member_id: str) -> str:
    """A plan that a colleague gave this member; its id."""
    from portal import support

    give = partial(
        support.give_plan, colleague(email=SAM), member_id, "plus-yearly", make.NOW.date(), reason="Sorry for that",
        words="", ticket="T-1", key=new_id(), now=portal_clock.now(),
    )  # fmt: skip
    transact(give)
    return billing.given(member_id, make.NOW.date())[0].id


def told(answer, mine: str) -> tuple[int, str, str]:
    """What an answer says, without the id that was asked for and what is new in every answer."""
    # The number of a line also stands within the names of files, by their checksums: there it is no id.
    asked = re.compile(rf"(?<=/){mine}(?![0-9a-z])" if mine.isdigit() else re.escape(mine))
    text = asked.sub("", OF_THE_REQUEST.sub("", answer.text))
    return answer.status_code, asked.sub("", answer.headers.get("Location", "")), text


def test_26_another_member_gets_for_every_id_of_hers_what_nobody_would_get(app: Flask, life: Life):
    gift = bought_gift(life.anna)
    lines = ledger.newest_entries(life.anna, before=None, limit=50)
    line, receipt = str(lines[0].seq), next(one.source_ref for one in lines if one.kind == "donated")
    berta = life.other.client
    answer = next(row for row in board.answers(life.post, None, limit=5))
    token = proof(berta)
    hers = {
        f"/activity/{line}": f"/activity/{NO_LINE}",
        f"/rewards/taken/{life.redemption}": f"/rewards/taken/{NOTHING}",
        f"/give/gifts/{receipt}": f"/give/gifts/{NOTHING}",
        f"/gifts/{gift}": f"/gifts/{NOTHING}",
        f"/gifts/{gift}/withdrawal": f"/gifts/{NOTHING}/withdrawal",
        f"/membership/change/{gift}": f"/membership/change/{NOTHING}",
        f"/board/{life.post}/edit": f"/board/{NOTHING}/edit",
        f"/board/{life.post}/delete": f"/board/{NOTHING}/delete",
    }
    before = stored()
    for path, missing in hers.items():
        mine = path.split("/")[-1] if path.split("/")[-1] in (line, gift, receipt) else ""
        theirs = told(berta.get(path), mine or life.redemption)
        assert theirs[0] == 404, path
        assert theirs == told(berta.get(missing), missing.split("/")[-1]), path
    posts = {
        "/rewards/taken/{}/undo": life.redemption,
        "/rewards/taken/{}/code": life.redemption,
        "/gifts/{}/withdrawal": gift,
        "/membership/change/{}": gift,
        "/board/{}/edit": life.post,
        "/board/{}/delete": life.post,
    }
    data = {"csrf_token": token, "title": "Mine now", "text": "Mine now", "key": NOTHING}
    for rule, owned in posts.items():
        theirs = told(berta.post(rule.format(owned), data=data), owned)
        berta.get("/home")  # shows what the answer left to be said
        assert theirs == told(berta.post(rule.format(NOTHING), data=data), NOTHING), rule
        berta.get("/home")
        assert theirs[0] in (404, 303), rule
    her_client, her_token = life.hers.client, proof(life.hers.client)
    for act in ("edit", "delete"):
        path = "/board/answers/{}/" + act
        theirs = told(
            her_client.post(path.format(answer.id), data=data | {"csrf_token": her_token}), answer.id
        )
        assert theirs[0] == 404, path
        nobody = her_client.post(path.format(NOTHING), data=data | {"csrf_token": her_token})
        assert theirs == told(nobody, NOTHING), path
    changed = {name for name, rows in stored().items() if rows != before[name]}
    assert changed <= {"attempt"}, "tries are counted, and that is all"


def test_26_what_is_named_in_a_form_is_looked_for_among_ones_own(app: Flask, life: Life):
    """Sessions, passkeys and children are named by hidden fields, not by addresses."""
    berta = life.other.client
    token = proof(berta)
    with life.hers.client.session_transaction() as cookie:
        person = signin.load_session(cookie["_user_id"], portal_clock.now())
    with berta.session_transaction() as cookie:
        fresh = signin.load_session(cookie["_user_id"], portal_clock.now())
        cookie["_user_id"] = transact(lambda: signin.sessions.renew(fresh, portal_clock.now()))
    before = stored()
    for path, data in (
        ("/sessions/end", {"session": person.session_id}),
        ("/passkeys/rename", {"passkey": life.redemption, "name": "Mine"}),
        ("/passkeys/remove", {"passkey": life.redemption}),
        ("/you/children/remove", {"child": "1"}),
        ("/safety/recovery/stop", {"recovery": NOTHING}),
    ):
        answer = berta.post(path, data=data | {"csrf_token": token})
        assert answer.status_code in (303, 404), path
    changed = {name for name, rows in stored().items() if rows != before[name]}
    assert changed <= {"attempt", "session"}
    assert life.hers.client.get("/home").status_code == 200, "she is still signed in"


@pytest.mark.both_engines
def test_26_a_shop_finds_no_order_of_another_shop_and_its_refund_is_its_own(app: Flask, life: Life):
    def other_shop() -> str:
        merchant.add_shop("north", "api", portal_clock.now())
        return merchant.create_key("till", "north", ALL_SCOPES, portal_clock.now())[1]

    north = transact(other_shop)
    theirs, missing = (ask(app, north, "GET", f"/orders/{number}", status=404) for number in ("A-7", "A-8"))
    for answer in (theirs, missing):
        answer.pop("request_id")
    assert theirs == missing
    had = ledger.wallet(life.anna).available
    ask(app, north, "PUT", "/orders/A-7", make.order("30.00", member="c-1", status="cancelled"))
    assert ledger.wallet(life.anna).available == had, "the same number of another shop is another order"
    assert life.shop("GET", "/orders/A-7")["state"]["status"] == "paid"


def test_26_what_was_given_to_one_member_is_not_taken_back_from_another(app: Flask, life: Life):
    grant = given_plan(life.anna)
    for member, wanted in (("c-2", 303), ("c-1", 200)):
        answer = life.desk.client.get(f"/staff/plan-grants/{grant}?member={member}")
        assert answer.status_code == wanted, member
    assert life.desk.client.get(f"/staff/plan-grants/{NO_ID}?member=c-1").status_code == 303
    recovery = life.desk.client.get(f"/staff/recoveries/{NOTHING}")
    assert recovery.status_code == 404


def test_26_of_who_has_left_nothing_is_found_any_more(app: Flask, life: Life):
    from portal import people

    transact(lambda: run(update(people.Member).where(people.Member.id == life.anna).values(status="left")))
    for path in ("/members/c-1", "/members/c-1/entries", "/members/nobody", "/members/nobody/entries"):
        assert life.shop("GET", path, status=404)["code"] == "unknown_member"
    assert life.hers.client.get("/home").status_code == 303

"""The board at the desk: who may, what members see of it, and that all of it is audited."""

import pytest
from sqlalchemy import select

from portal import board, support
from portal import clock as portal_clock
from portal.db import read, transact
from portal.errors import Refused
from portal.support import audit, boarding
from tests.board.hands import answer, rows, there, write
from tests.home.doors import enter, everything
from tests.support.acts import colleague, hire

pytestmark = pytest.mark.usefixtures("programme")
KEY = "01JD" + "K" * 22


def acts() -> list[str]:
    """What the audit holds of the board, in order."""
    table = support.Audit.__table__.c
    found = read(select(table.what).order_by(table.number)).scalars()
    return [what for what in found if what.startswith("board_")]


def test_the_teams_answer_is_marked_as_the_teams_and_answers_the_question(app, anna):
    post = write(anna, "When do you open?", kind="question")
    desk = hire(app)
    desk.open("/staff/")
    desk.follow("Board")
    assert "When do you open?" in desk.page.text
    desk.open(f"/staff/board/{post}")
    page = desk.submit("Answer", text="At nine, on every day of the week.")
    assert "Answered in the name of the team." in page.text
    hers = enter(app).open(f"/board/{post}")
    assert "From the team" in hers.text
    assert "At nine" in hers.text
    assert "Answered" in hers.text
    assert "sam@" not in hers.text
    assert acts() == ["board_answered"]
    assert support.faults() == board.faults() == []


def test_what_becomes_of_an_idea_is_said_to_everybody(app, anna):
    post = write(anna)
    desk = hire(app)
    desk.open(f"/staff/board/{post}")
    assert "Members see it now." in desk.submit("Save", state="planned").text
    assert "Planned" in enter(app).open("/board").text
    assert audit.rows_of(anna)[0].facts == {"post": post, "state": "planned"}
    assert "Nothing was changed." in desk.submit("Save", 422, state="answered").text


def test_hiding_needs_a_reason_which_the_author_reads_and_showing_takes_it_back(app, anna):
    post = write(anna)
    reply = answer(anna, post, "My neighbour's number is 17")
    transact(lambda: board.report(anna, reply, "A number", at=portal_clock.now()))
    desk = hire(app)
    page = desk.open("/staff/board")
    assert "Reported by members" in page.text
    desk.follow(next(link.text for link in page.all("a") if link.text.startswith("A number")))
    assert "A member reported: A number" in desk.page.text
    fields = {"csrf_token": desk.page.all("input", name="csrf_token")[0]["value"], "answer": reply}
    path = f"/staff/board/{post}/hiding"
    refused = desk.client.post(path, data=fields | {"reason": " "})
    assert refused.status_code == 422
    assert "write 2 to 300 letters" in refused.text
    assert desk.client.post(path, data=fields | {"reason": "It names somebody"}).status_code == 303
    assert "Reported by members" not in desk.open("/staff/board").text
    visit = enter(app)
    assert "Hidden by the team: It names somebody" in visit.open(f"/board/{post}").text
    desk.open(f"/staff/board/{post}")
    desk.submit("Show it again")
    assert "Hidden" not in visit.open(f"/board/{post}").text
    assert acts() == ["board_hidden", "board_shown"]
    assert audit.rows_of(anna)[-1].facts["reason"] == "It names somebody"
    assert board.faults() == support.faults() == []


def test_the_author_gets_one_mail_with_the_reason_each_time_something_is_hidden(app, anna, mailbox):
    from portal import jobs

    post = write(anna, "My neighbour and the jars")
    reply = answer(anna, post)
    sam = colleague()
    mailbox.clear()
    for what in (None, None, reply):
        transact(
            lambda what=what: boarding.hide(sam, post, what, "It names  somebody", now=portal_clock.now())
        )
    jobs._current.drain()
    first, second = (
        str(mail.get_body(("plain",)).get_content()) for mail in mailbox.to("anna@example.com")[-2:]
    )
    assert "We have hidden “My neighbour and the jars”." in first
    assert "We have hidden your answer to “My neighbour and the jars”." in second
    for mail in (first, second):
        assert "Why: It names somebody" in mail
        assert f"/board/{post}" in mail


def test_an_answer_is_hidden_from_its_own_post_alone(app, anna):
    post, other = write(anna), write(anna)
    reply = answer(anna, other)
    desk = hire(app)
    token = desk.open(f"/staff/board/{post}").all("input", name="csrf_token")[0]["value"]
    for wrong in (reply, "0" * 26, "x" * 500):
        sent = desk.client.post(
            f"/staff/board/{post}/hiding", data={"csrf_token": token, "answer": wrong, "reason": "Because"}
        )
        assert sent.status_code == 404
    assert acts() == []


def test_what_was_reported_can_be_left_as_it_is(app, anna):
    post = write(anna)
    transact(lambda: board.report(anna, post, "Too loud", at=portal_clock.now()))
    desk = hire(app)
    desk.open(f"/staff/board/{post}")
    desk.submit("Leave it as it is")
    assert board.reports(9) == []
    assert there(post).hidden_at is None


def test_the_team_begins_something_itself(app, anna):
    desk = hire(app)
    desk.open("/staff/board")
    desk.follow("Write in the name of the team")
    assert "One thing to put right" in desk.submit("Put it on the board", 422, text="Words", title="").text
    desk.submit("Put it on the board", title="A new café?", text="Where would you like it?")
    assert "From the team" in enter(app).open("/board").text
    assert acts() == ["board_posted"]


@pytest.mark.both_engines
def test_who_may_only_read_changes_nothing(app, anna):
    post = write(anna)
    ari = colleague("auditor", "ari@shop.example")
    before = everything()
    now = portal_clock.now()
    for act in (
        lambda: boarding.write_post(ari, "idea", "Title", "Words", key=KEY, now=now),
        lambda: boarding.write_answer(ari, post, "Words", key=KEY, now=now),
        lambda: boarding.set_state(ari, post, "planned", now=now),
        lambda: boarding.hide(ari, post, None, "Because", now=now),
        lambda: boarding.show(ari, post, None, now=now),
    ):
        with pytest.raises(Refused) as refused:
            transact(act)
        assert (refused.value.code, refused.value.facts["why"]) == ("not_allowed", "role")
    assert everything() == before


@pytest.mark.both_engines
def test_what_a_colleague_sends_twice_stands_and_is_audited_once(app, anna):
    post, sam, now = write(anna), colleague(), portal_clock.now()
    for _ in "12":
        transact(lambda: boarding.write_answer(sam, post, "We look at it.", key=KEY, now=now))
        transact(lambda: boarding.write_post(sam, "idea", "Title", "Words", key=KEY, now=now))
    assert len(rows("board_answer")) == 1
    assert sorted(acts()) == ["board_answered", "board_posted"]
    assert there(post).state == "open", "an idea is not answered"
    assert support.faults() == board.faults() == []


def test_an_auditor_reads_the_board_and_finds_no_button(app, anna):
    post = write(anna)
    desk = hire(app, "auditor")
    desk.open("/staff/board")
    assert "Write in the name of the team" not in desk.page.text
    page = desk.open(f"/staff/board/{post}")
    assert not page.all("textarea")
    assert not {"Hide it", "Save"} & {button.text for button in page.all("button")}
    token = page.all("input", name="csrf_token")[0]["value"]
    for path, fields in (
        ("answers", {"text": "Hello"}),
        ("state", {"state": "done"}),
        ("hiding", {"reason": "No."}),
    ):
        sent = desk.client.post(f"/staff/board/{post}/{path}", data=fields | {"csrf_token": token})
        assert sent.status_code == 403
    assert acts() == []


def test_members_and_strangers_find_no_desk(app, client, anna):
    post = write(anna)
    visit = enter(app)
    for path in ("/staff/board", f"/staff/board/{post}", "/staff/board/new"):
        assert visit.client.get(path).status_code == client.get(path).status_code == 303


def test_where_there_is_no_board_the_desk_has_none(app, anna, publish):
    post = write(anna)
    publish("rei-co-op")
    desk = hire(app)
    assert "Board" not in [link.text for link in desk.open("/staff/").all("a")]
    for path in ("/staff/board", "/staff/board/new", f"/staff/board/{post}"):
        desk.open(path, 404)


def test_during_a_visit_the_board_is_looked_at_and_nothing_is_written(app, anna):
    from tests.support.acts import HERS, begin

    post = write(anna)
    desk = hire(app)
    begin(desk)
    assert "Mend cushions" in desk.open(HERS + "/board").text
    page = desk.open(f"{HERS}/board/{post}")
    assert not page.all("textarea")
    assert "Take back" not in [link.text for link in page.all("a")]
    desk.open(HERS + "/board/new", 403)
    desk.open(f"{HERS}/board/{post}/delete", 403)

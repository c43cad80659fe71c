"""What stays readable can be reported and hidden, what is hidden leaks nowhere, and what one wrote stays one's own."""

from datetime import timedelta

import pytest

from portal import board, clock, joining, people, programme
from portal.db import transact
from portal.errors import Refused
from portal.support import boarding
from tests.board.hands import answer, rows, there, write
from tests.home.doors import join, step_in
from tests.support.acts import colleague, hire

pytestmark = pytest.mark.usefixtures("the_board_counts")
BERTA = "berta@example.com"


def report(member_id: str, what_id: str, reason: str = "Not kind") -> None:
    transact(lambda: board.report(member_id, what_id, reason, at=clock.now()))


def take_back(member_id: str, post_id: str) -> None:
    transact(lambda: board.take_back_post(member_id, post_id, at=clock.now()))


@pytest.mark.both_engines
def test_an_answer_under_what_was_taken_back_is_reported_and_hidden_and_shown_again(app, anna, berta):
    post = write(anna)
    reply = answer(berta, post, "Something rude")
    take_back(anna, post)
    report(anna, reply)
    assert [row.what_id for row in board.reports(9)] == [reply]
    sam = colleague()
    transact(lambda: boarding.hide(sam, post, reply, "It is rude", now=clock.now()))
    assert (board.reports(9), there(post).answers) == ([], 0)
    transact(lambda: boarding.show(sam, post, reply, now=clock.now()))
    assert there(post).answers == 1


def test_members_report_an_answer_under_what_was_taken_back_and_the_desk_hides_it(app, anna, berta, mailbox):
    from portal import jobs

    post = write(anna)
    answer(berta, post, "Something rude")
    take_back(anna, post)
    join("c-3", "carla@example.com", "Carla Cole")
    carla = step_in(app, "carla@example.com")
    carla.open(f"/board/{post}")
    carla.follow("Report it")
    assert "Thank you." in carla.submit("Send it to the team", reason="It is rude").text
    desk = hire(app)
    page = desk.open("/staff/board")
    page = desk.follow(next(link.text for link in page.all("a") if link.text.startswith("It is rude")))
    assert "Taken back by who wrote it" in page.text
    assert "Something rude" in page.text
    assert "Save" not in [button.text for button in page.all("button")]
    mailbox.clear()
    assert "It is hidden." in desk.submit("Hide it", reason="It is rude").text
    assert "Show it again" in [button.text for button in desk.page.all("button")]
    carla.open(f"/board/{post}", 404)
    assert "Hidden by the team: It is rude" in step_in(app, BERTA).open(f"/board/{post}").text
    jobs._current.drain()
    told = [str(mail.get_body(("plain",)).get_content()) for mail in mailbox.to(BERTA)]
    assert [mail for mail in told if "your answer to “Ideas and questions”" in mail]


@pytest.mark.both_engines
def test_an_answer_under_a_hidden_post_is_missing_on_every_page_but_its_authors(app, anna, berta):
    post = write(anna)
    reply = answer(berta, post, "quoting the secret")
    transact(lambda: board.hide_post(post, "A secret", at=clock.now()))
    carla = join("c-3", "carla@example.com", "Carla Cole")
    visit = step_in(app, "carla@example.com")
    for path in (f"/board/{post}", f"/board/{post}/report", f"/board/answers/{reply}/report"):
        visit.open(path, 404)
    with pytest.raises(Refused) as refused:
        report(carla, reply)
    assert refused.value.code == "unknown_key"
    hers = step_in(app)
    hers.open(f"/board/{post}")
    hers.follow("Report it")  # what she reads she can report
    assert "Thank you." in hers.submit("Send it to the team", reason="It is rude").text
    assert [row.what_id for row in board.reports(9)] == [reply]


def test_a_mail_about_a_hidden_answer_does_not_tell_the_title_that_is_hidden(app, anna, berta, mailbox):
    from portal import jobs

    post = write(anna, "My neighbour Jim Smith")
    reply = answer(berta, post)
    sam = colleague()
    for what in (None, reply):
        transact(lambda what=what: boarding.hide(sam, post, what, "It names him", now=clock.now()))
    mailbox.clear()
    jobs._current.drain()
    assert mailbox.to(BERTA)
    assert not [mail for mail in mailbox.to(BERTA) if "Jim Smith" in mail.as_string()]


def test_what_is_reported_far_down_is_opened_where_it_stands(app, anna, berta, publish, clock):
    from portal import clock as portal_clock

    publish(programme.load("demo").source.replace("[board]", "[board]\nanswers_per_day = 60"))
    post = write(anna)
    replies = []
    for number in range(30):
        clock.shift(timedelta(seconds=1))
        replies.append(answer(berta, post, f"Answer {number:02}"))
    visit = step_in(app)
    visit.open(f"/board/answers/{replies[29]}/report")
    assert "Answer 29" in visit.submit("Send it to the team", reason="Too loud").text
    transact(lambda: board.report(anna, replies[0], "The first", at=portal_clock.now()))
    transact(lambda: board.report(berta, post, "The post", at=portal_clock.now()))
    desk = hire(app)
    for words, seen in (("Too loud", "Answer 29"), ("The first", "Answer 00"), ("The post", "Answer 00")):
        page = desk.open("/staff/board")
        page = desk.follow(next(link.text for link in page.all("a") if link.text.startswith(words)))
        assert seen in page.text
        assert f"A member reported: {words}" in page.text


@pytest.mark.both_engines
def test_a_report_is_a_new_one_once_the_first_was_settled_or_the_words_were_changed(anna, berta, clock):
    from portal import clock as portal_clock

    def change(words: str) -> None:
        transact(lambda: board.change_post(anna, post, "A line", words, at=portal_clock.now()))

    def told() -> list[str]:
        return [row.reason for row in board.reports(9)]

    post = write(anna)
    change("Before any report")
    clock.shift(timedelta(seconds=1))
    report(berta, post, "The first")
    report(berta, post, "The same words again")
    assert told() == ["The first"]
    clock.shift(timedelta(seconds=1))
    change("Really bad")
    clock.shift(timedelta(seconds=1))
    report(berta, post, "After the change")
    assert told() == ["After the change"]
    transact(lambda: board.show_post(post, at=portal_clock.now()))
    assert told() == []
    report(berta, post, "After the team has looked")
    assert told() == ["After the team has looked"]
    assert len(rows("board_report")) == 1


@pytest.mark.both_engines
def test_all_that_one_wrote_is_erased_at_once_and_what_others_wrote_stays(app, anna, berta):
    own, other = write(anna), write(berta, "Another")
    kept = answer(berta, own)
    mine = [answer(anna, post, "My words") for post in (own, other, other)]
    hidden = write(anna, "Hidden one")
    for hide, what in ((board.hide_answer, mine[2]), (board.hide_post, hidden)):
        transact(lambda hide=hide, what=what: hide(what, "Not kind", at=clock.now()))
    for _ in "12":
        transact(lambda: board.take_back_all(anna, at=clock.now()))
        assert not board.has_words(anna)
    assert {row.text for row in rows("board_answer") if row.member_id == anna} == {""}
    assert {(row.title, row.text) for row in rows("board_post") if row.member_id == anna} == {("", "")}
    assert [row.id for row in board.answers(own, None, limit=9)] == [kept]
    assert (there(own).answers, there(other).answers) == (1, 0)
    assert board.has_words(berta)


def test_where_the_board_is_gone_the_page_of_leaving_lets_her_erase_what_she_wrote(app, anna, berta, publish):
    post = write(anna)
    answer(anna, post, "My words")
    source = programme.load("demo").source
    begin = source.index("[board]")
    publish(source[:begin] + source[source.index("# --- Words") :])
    assert "board" not in step_in(app, BERTA).open("/you/leave").all("main")[0].text, "she wrote nothing"
    visit = step_in(app)
    visit.open("/you/leave")
    visit.follow("What you wrote on the board stays, without your name. You can erase it first.")
    assert "All that you wrote on the board is erased." in visit.submit("Erase it all").text
    assert "stays, without your name" not in visit.page.text
    assert {row.text for row in [*rows("board_post"), *rows("board_answer")]} == {""}
    visit.open("/board/yours/erase")
    assert visit.path == "/you/leave", "nothing is left to erase"


def test_who_looks_in_a_visit_erases_nothing(app, anna):
    from tests.support.acts import HERS, begin

    write(anna)
    desk = hire(app)
    begin(desk)
    desk.open(HERS + "/board/yours/erase", 403)
    assert board.has_words(anna)


def test_what_was_taken_back_names_nobody(app, anna, berta):
    post = write(anna)
    answer(berta, post)
    take_back(anna, post)
    for visit in (step_in(app, BERTA), step_in(app)):
        page = visit.open(f"/board/{post}")
        assert "Anna" not in page.all("main")[0].text
    page = hire(app).open(f"/staff/board/{post}")
    assert "Anna" not in page.text
    assert not [link for link in page.all("a") if link["href"].endswith("/staff/members/c-1")]


@pytest.mark.both_engines
def test_what_a_member_reported_is_looked_into_also_when_she_has_left(anna, berta):
    post, settled = write(anna), write(anna, "Another")
    for what in (post, settled):
        report(berta, what)
    transact(lambda: board.show_post(settled, at=clock.now()))
    row = people.by_ref("c-2")
    transact(lambda: joining.leave(row, actor="member", now=clock.now(), proof=clock.now()))
    assert [row.what_id for row in board.reports(9)] == [post]
    assert [row.what_id for row in rows("board_report")] == [post], "what is settled is forgotten"
    transact(lambda: board.hide_post(post, "Not kind", at=clock.now()))
    assert board.reports(9) == []

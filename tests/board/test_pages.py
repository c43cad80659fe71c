"""The board's pages, as members without JavaScript walk them."""

from datetime import timedelta

import pytest

from portal import board, programme
from portal import clock as portal_clock
from portal.db import transact
from tests.board.hands import BERTA, answer, compose, rows, there, vote, write
from tests.home.doors import make_fresh, step_in

pytestmark = pytest.mark.usefixtures("the_board_counts")


def test_a_member_writes_another_answers_and_votes(app, anna, berta):
    hers, other = step_in(app), step_in(app, BERTA)
    page = compose(hers, text="Seams, mostly.\n\nLike here: https://repair.example/how", kind="question")
    assert page.all("h1")[0].text == "Mend cushions"
    assert "Anna B." in page.text
    assert "Bell" not in page.text
    (link,) = page.all("a", href="https://repair.example/how")
    assert {"nofollow", "ugc", "noopener", "noreferrer"} <= set(link["rel"].split())
    other.open("/board")
    assert "0 votes" in other.page.text
    assert "Question" in other.page.text
    other.follow("Mend cushions Anna B. · 10 June 2026 Question · 0 answers 0 votes")
    assert "1 vote" in other.submit("Vote for it").text
    page = other.submit("Answer", text="In the yard.\nOn Fridays.")
    for words in ("1 answer", "Berta H. (you)", "In the yard.", "Take my vote back"):
        assert words in page.text
    assert "0 votes" in other.submit("Take my vote back").text
    assert "Berta H." in hers.open(hers.path).text
    assert "example.com" not in hers.page.all("main")[0].text.replace("repair.example", "")


def test_a_second_tap_is_the_same_post_and_other_words_are_asked_about(app, anna):
    visit = step_in(app)
    visit.open("/board/new")
    form = visit.page.all("form", method="post")[0]
    fields = {one["name"]: one["value"] for one in form.all("input") if one["type"] == "hidden"}
    fields |= {"kind": "idea", "title": "Mend cushions", "text": "Seams."}
    first, second = (visit.client.post("/board/new", data=fields) for _ in "12")
    assert (first.status_code, first.headers["Location"]) == (303, second.headers["Location"])
    again = visit.client.post("/board/new", data=fields | {"text": "Zips."})
    assert again.status_code == 409
    assert "You sent this page before, with other words" in again.text
    assert "Zips." in again.text, "what was typed is kept"
    assert fields["key"] not in again.text, "and it is another form now"
    assert len(rows("board_post")) == 1


def test_what_is_missing_is_told_beside_its_field_and_nothing_is_lost(app, anna):
    visit = step_in(app)
    page = compose(visit, title="", status=422)
    assert "Write a line that says it." in page.text
    assert page.all("textarea")[0].text == "Seams, mostly."
    for fields, words in (
        ({"text": ""}, "Write something first."),
        ({"text": " \u200b "}, "Write something first."),
        ({"text": "w" * 4001}, "4000 letters at most"),
        ({"title": "t" * 121}, "120 letters at most"),
        ({"kind": "rant"}, "Choose what it is."),
    ):
        assert words in compose(visit, status=422, **fields).text, words
    post = write(anna)
    visit.open(f"/board/{post}")
    assert "Write something first." in visit.submit("Answer", 422, text="").text
    assert rows("board_answer") == []


def test_markup_is_words_wherever_it_stands(app, anna, berta):
    evil = "<script>alert(1)</script><b onclick=x>'\"&"
    post = write(anna, evil, evil)
    answer(berta, post, evil)
    transact(lambda: board.hide_post(post, evil, at=portal_clock.now()))
    visit = step_in(app)
    for path in ("/board", f"/board/{post}", f"/board/{post}/delete"):
        page = visit.open(path)
        assert not [one for one in page.all("script") if "alert" in one.text]
        assert evil in page.text, path


def test_one_mends_ones_own_for_a_while_and_it_says_so(app, anna, clock):
    post = write(anna)
    visit = step_in(app)
    visit.open(f"/board/{post}")
    visit.follow("Change")
    assert "You can change it until" in visit.page.text
    page = visit.submit("Save", title="Mend chairs", text="Legs, mostly.")
    assert page.all("h1")[0].text == "Mend chairs"
    assert "· changed" in page.text
    visit.open(f"/board/{post}/edit")
    clock.shift(timedelta(minutes=30))
    assert "It can be changed for 30 minutes" in visit.submit("Save", title="Too late", text="Late").text
    assert "It can be changed for 30 minutes" in visit.open(f"/board/{post}/edit", 422).text
    assert there(post).title == "Mend chairs"
    assert "Change" not in {link.text for link in visit.open(f"/board/{post}").all("a")}


def test_one_takes_ones_own_back_and_the_answers_of_others_stay(app, anna, berta):
    post = write(anna)
    answer(berta, post)
    visit = step_in(app)
    visit.open(f"/board/{post}")
    visit.follow("Take back")
    assert "The answers of others stay under it." in visit.page.text
    assert "Your words are erased." in visit.submit("Take it back").text
    assert "Mend" not in visit.page.text
    page = visit.open(f"/board/{post}")
    assert "Taken back by who wrote it" in page.text
    assert "Yes please." in page.text
    assert not page.all("textarea")
    hers = step_in(app, BERTA)
    hers.open(f"/board/{post}")
    hers.follow("Take back")
    assert "Your words are erased." in hers.submit("Take it back").text
    assert hers.path == "/board", "with its last answer the page is gone"
    visit.open(f"/board/{post}", 404)


def test_what_the_team_hid_is_seen_by_its_author_alone_with_the_reason(app, anna, berta):
    post = write(anna)
    kept = write(anna, "Another")
    reply = answer(berta, kept, "Something rude")
    transact(lambda: board.hide_post(post, "It names a neighbour", at=portal_clock.now()))
    transact(lambda: board.hide_answer(reply, "Not kind", at=portal_clock.now()))
    hers, other = step_in(app), step_in(app, BERTA)
    page = hers.open("/board")
    assert "The team has hidden “Mend cushions”: It names a neighbour" in page.text
    assert "Hidden by the team: It names a neighbour" in hers.open(f"/board/{post}").text
    assert not hers.page.all("textarea")
    assert "Mend cushions" not in other.open("/board").text
    other.open(f"/board/{post}", 404)
    assert "Hidden by the team: Not kind" in other.open(f"/board/{kept}").text
    page = hers.open(f"/board/{kept}")
    assert "rude" not in page.text
    assert "No answer yet" in page.text


def test_lists_are_read_page_by_page(app, anna, berta, publish, clock):
    publish(
        programme.load("demo").source.replace("[board]", "[board]\nposts_per_day = 60\nanswers_per_day = 60")
    )
    posts = []
    for number in range(25):
        clock.shift(timedelta(seconds=1))
        posts.append(write(anna, f"Post {number:02}", kind="idea"))
    vote(berta, posts[3])
    visit = step_in(app)
    assert "Post 24" in visit.open("/board").text
    assert "Post 04" not in visit.page.text
    page = visit.follow("Older")
    assert [f"Post {number:02}" in page.text for number in (5, 4, 0)] == [False, True, True]
    assert "Post 24" in visit.follow("Newest").text
    first = visit.open("/board?order=votes").all("a")
    assert next(link.text for link in first if "Post" in link.text).startswith("Post 03")
    assert "Nobody has written" in visit.open("/board?kind=question").text
    for odd in ("after=x", "order=x", "kind=x", "after=9999999999999.0", "order=votes&after=01JD" + "K" * 22):
        visit.open(f"/board?{odd}")
    for number in range(22):
        clock.shift(timedelta(seconds=1))
        answer(anna, posts[0], f"Answer {number:02}")
    visit.open(f"/board/{posts[0]}")
    assert "Answer 20" not in visit.page.text
    page = visit.follow("More answers")
    assert "Answer 20" in page.text
    assert "Answer 00" in visit.follow("From the first answer on").text
    sent = visit.submit("Answer", text="The newest of all")
    assert "The newest of all" in sent.text, "one lands where the answer stands"


def test_the_pages_ask_few_things_however_much_is_written(app, anna, berta, statements):
    posts = [write(anna, f"Post {number}") for number in range(5)]
    for number in range(20):
        answer(berta, posts[0], f"Answer {number}")
    visit = step_in(app)
    visit.open("/board")
    for path, most in (("/board", 4), (f"/board/{posts[0]}", 5)):
        statements.clear()
        visit.open(path)
        assert len(statements) <= most, statements
        assert not [
            one for one in statements if "OFFSET" in one.upper().replace("OFFSET ?", "") or "count(" in one
        ]


def test_a_report_reaches_the_team_and_thanks(app, anna, berta):
    post = write(anna)
    visit = step_in(app, BERTA)
    visit.open(f"/board/{post}")
    visit.follow("Report it")
    assert "Say it in a few words." in visit.submit("Send it to the team", 422, reason="").text
    assert "Thank you." in visit.submit("Send it to the team", reason="It is advertising").text
    assert [row.reason for row in board.reports(9)] == ["It is advertising"]


@pytest.mark.parametrize("post", ["x", "0" * 26, "new/x", "' OR 1=1 --", "01JD" + "K" * 300])
def test_a_post_that_is_none_is_missing(app, anna, post):
    visit = step_in(app)
    visit.open(f"/board/{post}", 404)
    token = step_in(app).open("/board/new").all("input", name="csrf_token")[0]["value"]
    assert visit.client.post(f"/board/{post}/vote", data={"csrf_token": token}).status_code in (403, 404)


def test_who_left_is_named_no_more(app, anna, berta):
    post = write(berta)
    answer(anna, post)
    leaving = make_fresh(step_in(app, BERTA))
    leaving.open("/you/leave")
    assert "What you wrote on the board stays, without your name" in leaving.page.text
    leaving.submit("Leave for good")
    page = step_in(app).open(f"/board/{post}")
    assert "A member who left" in page.text
    assert "Berta" not in page.text

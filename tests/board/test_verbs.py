"""Writing, answering, voting, taking back and reporting, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal import board, clock, joining, people
from portal.db import transact
from portal.errors import Refused
from tests.board.hands import answer, rows, there, vote, write
from tests.home.doors import everything, join

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("the_board_counts")]
KEY = "01JD" + "K" * 22


def refused(act) -> Refused:
    with pytest.raises(Refused) as raised:
        act()
    return raised.value


def test_what_is_sent_twice_stands_once_and_other_words_under_its_key_are_refused(anna, berta):
    first, second = write(anna, key=KEY), write(anna, key=KEY)
    assert first == second
    assert refused(lambda: write(anna, "Something else", key=KEY)).code == "conflict"
    assert write(berta, key=KEY) != first, "the key is each member's own"
    one, again = answer(berta, first, key=KEY), answer(berta, first, key=KEY)
    assert one == again
    assert there(first).answers == 1
    assert refused(lambda: answer(berta, first, "No.", key=KEY)).code == "conflict"


def test_a_vote_counts_once_and_can_be_taken_back_once(anna, berta):
    post = write(anna)
    for _ in "12":
        vote(berta, post)
    assert (there(post).votes, len(rows("board_vote"))) == (1, 1)
    for _ in "12":
        transact(lambda: board.take_back_vote(berta, post))
    assert (there(post).votes, rows("board_vote")) == (0, [])
    assert refused(lambda: vote(anna, post)).code == "not_allowed", "her own"


def test_many_who_vote_at_once_are_all_counted_and_each_once(app, anna, engine):
    post = write(anna)
    friends = [join(f"c-{number}", f"m{number}@example.com", "Mia") for number in range(10, 16)]

    def cast(member_id: str) -> None:
        with app.app_context():
            vote(member_id, post)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(cast, friends * 3))
    assert there(post).votes == len(rows("board_vote")) == 6


def test_answers_are_counted_with_their_post(anna, berta):
    post = write(anna)
    first, second = answer(berta, post), answer(anna, post)
    assert there(post).answers == 2
    for _ in "12":
        transact(lambda: board.take_back_answer(berta, first, at=clock.now()))
    assert there(post).answers == 1
    assert [row.id for row in board.answers(post, None, limit=9)] == [second]
    assert board.answer(first).text == "", "the words are gone"


def test_what_is_taken_back_loses_its_words_and_keeps_the_answers_of_others(anna, berta):
    post = write(anna)
    kept = answer(berta, post)
    for _ in "12":
        transact(lambda: board.take_back_post(anna, post, at=clock.now()))
    assert (there(post).title, there(post).text) == ("", "")
    assert board.page("newest", None, None, limit=9) == []
    assert [row.id for row in board.answers(post, None, limit=9)] == [kept]
    for act in (lambda: answer(berta, post), lambda: vote(berta, post)):
        assert refused(act).code == "unknown_key"


def test_only_who_wrote_it_changes_it_and_only_for_a_while(anna, berta, clock):
    from portal import clock as portal_clock

    post = write(anna)
    reply = answer(anna, post)

    def change(member_id: str) -> None:
        transact(lambda: board.change_post(member_id, post, "New line", "New words", at=portal_clock.now()))

    def change_reply(member_id: str) -> None:
        transact(lambda: board.change_answer(member_id, reply, "New words", at=portal_clock.now()))

    for act in (change, change_reply):
        assert refused(lambda act=act: act(berta)).code == "unknown_key"
    clock.shift(timedelta(minutes=30, seconds=-1))
    change(anna), change_reply(anna)
    assert (there(post).title, there(post).text, board.answer(reply).text) == ("New line", *["New words"] * 2)
    assert there(post).edited_at is not None
    clock.shift(timedelta(seconds=1))
    for act in (change, change_reply):
        assert refused(lambda act=act: act(anna)).code == "expired"
    transact(lambda: board.take_back_post(anna, post, at=portal_clock.now()))


@pytest.mark.parametrize(
    ("kind", "title", "text", "pointer"),
    [
        ("idea", "", "Words", "/title"),
        ("idea", "a", "Words", "/title"),
        ("idea", "t" * 121, "Words", "/title"),
        ("idea", "Title", "", "/text"),
        ("idea", "Title", "w" * 4001, "/text"),
        ("rant", "Title", "Words", "/kind"),
        ("", "Title", "Words", "/kind"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place_and_nothing_is_kept(
    anna, kind, title, text, pointer
):
    before = everything()
    no = refused(lambda: write(anna, title, text, kind))
    assert (no.code, no.pointer) == ("bad_value", pointer)
    assert everything() == before


def test_a_day_holds_so_many_posts_and_the_next_one_again(anna, clock):
    posts = [write(anna) for _ in range(5)]
    no = refused(lambda: write(anna))
    assert (no.code, no.facts["wait"]) == ("too_many_requests", 86400)
    clock.shift(timedelta(seconds=86399))
    assert refused(lambda: write(anna)).facts["wait"] == 1
    clock.shift(timedelta(seconds=1))
    assert write(anna) not in posts


def test_newest_and_most_votes_are_read_a_page_at_a_time_and_none_is_missed(anna, berta, publish, clock):
    from portal import programme

    publish(programme.load("demo").source.replace("[board]", "[board]\nposts_per_day = 40"))
    posts = []
    for number in range(7):
        clock.shift(timedelta(minutes=1))
        posts.append(write(anna, f"Post {number}", kind="question" if number % 3 == 0 else "idea"))
    for number in (2, 5, 6):
        vote(berta, posts[number])

    def walk(order: board.Order, kind: str | None = None) -> list[int]:
        found, after = [], None
        while page := board.page(order, kind, after, limit=2):
            found += [posts.index(row.id) for row in page]
            after = board.place(str(board.Place(page[-1].id, page[-1].votes if order == "votes" else None)))
        return found

    assert walk("newest") == [6, 5, 4, 3, 2, 1, 0]
    assert walk("votes") == [6, 5, 2, 4, 3, 1, 0]
    assert walk("newest", "question") == [6, 3, 0]
    assert walk("votes", "idea") == [5, 2, 4, 1]


def test_who_leaves_is_named_no_more_and_her_votes_stay_as_numbers(anna, berta, clock):
    from portal import clock as portal_clock

    hers, others = write(berta), write(anna)
    reply = answer(berta, others)
    vote(berta, others)
    row = people.by_ref("c-2")
    transact(lambda: joining.leave(row, actor="member", now=portal_clock.now(), proof=portal_clock.now()))
    assert there(others).votes == 1
    assert rows("board_vote") == []
    for written in (there(hers), board.answer(reply)):
        assert (written.name, bool(written.left)) == (None, True)
    assert refused(lambda: write(berta)).code == "unknown_member"
    assert refused(lambda: vote(berta, others)).code == "unknown_member"
    vote(anna, hers)


def test_a_report_is_once_for_each_member_and_reaches_the_team(anna, berta):
    post = write(anna)
    reply = answer(anna, post)
    for what in (post, reply, reply):
        transact(lambda what=what: board.report(berta, what, "Not kind", at=clock.now()))
    assert sorted(row.what_id for row in board.reports(9)) == sorted([post, reply])
    assert board.reports_of(post) == {post: ["Not kind"], reply: ["Not kind"]}
    transact(lambda: board.take_back_answer(anna, reply, at=clock.now()))
    assert [row.what_id for row in board.reports(9)] == [post]
    assert (
        refused(lambda: transact(lambda: board.report(berta, "0" * 26, "What", at=clock.now()))).status == 404
    )


def test_hidden_twice_is_once_and_shown_again_it_counts_again(anna, berta):
    post = write(anna)
    reply = answer(berta, post)
    for reason in ("Not kind", "Another reason"):
        transact(lambda reason=reason: board.hide_answer(reply, reason, at=clock.now()))
    assert (there(post).answers, board.answer(reply).hidden_reason) == (0, "Not kind")
    transact(lambda: board.hide_post(post, "Not kind", at=clock.now()))
    assert board.page("newest", None, None, limit=9) == []
    assert refused(lambda: answer(berta, post)).code == "unknown_key"
    for _ in "12":
        transact(lambda: board.show_answer(reply, at=clock.now()))
    transact(lambda: board.show_post(post, at=clock.now()))
    assert (there(post).answers, there(post).hidden_reason) == (1, None)
    transact(lambda: board.hide_answer(reply, "Not kind", at=clock.now()))
    transact(lambda: board.take_back_answer(berta, reply, at=clock.now()))
    assert there(post).answers == 0
    no = refused(lambda: transact(lambda: board.show_answer(reply, at=clock.now())))
    assert no.code == "unknown_key"


def test_a_state_is_one_that_the_kind_has(anna):
    idea, question = write(anna), write(anna, "How?", kind="question")
    transact(lambda: board.set_state(idea, "planned"))
    transact(lambda: board.set_state(question, "answered"))
    assert (there(idea).state, there(question).state) == ("planned", "answered")
    for post, state in ((idea, "answered"), (question, "planned"), (idea, ""), (idea, "x" * 99)):
        no = refused(lambda post=post, state=state: transact(lambda: board.set_state(post, state)))
        assert (no.code, no.pointer) == ("bad_value", "/state")


def test_nothing_on_the_board_moves_a_point(anna, berta):
    before = {
        name: kept for name, kept in everything().items() if name in ("entry", "lot", "wallet", "measure")
    }
    post = write(anna)
    answer(berta, post)
    vote(berta, post)
    assert before == {name: kept for name, kept in everything().items() if name in before}

"""Where the board is found, who reads and writes on it, and how much."""

import pytest

from portal import programme
from tests.board.hands import BERTA, answer, compose, rows, write
from tests.home.doors import everything, step_in

pytestmark = pytest.mark.usefixtures("the_board_counts")


def test_without_a_board_there_is_no_page_and_no_link(app, anna, publish):
    post = write(anna)
    source = programme.load("demo").source
    begin = source.index("[board]")
    publish(source[:begin] + source[source.index("# --- Words") :])
    visit = step_in(app)
    for path in ("/board", "/board/new", f"/board/{post}", f"/board/{post}/edit", f"/board/{post}/delete"):
        visit.open(path, 404)
    for path in ("/home", "/you"):
        assert not [link for link in visit.open(path).all("a") if link["href"].startswith("/board")]
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    for path in ("/board/new", f"/board/{post}/answers", f"/board/{post}/vote"):
        sent = visit.client.post(path, data={"csrf_token": token, "text": "Hello", "title": "Hello"})
        assert sent.status_code == 404, path


def test_where_all_else_is_there_too_the_way_to_the_board_is_on_the_page_of_hers(app, anna):
    visit = step_in(app)
    visit.open("/you")
    assert (
        "Ideas and questions"
        in visit.follow("Ideas and questions what members ask and suggest").all("h1")[0].text
    )
    assert places(visit) == ["Home", "Rewards", "Give", "Share", "You"]
    assert [link.text for link in visit.page.all("a", **{"aria-current": "page"})] == ["You"]


def test_where_there_is_room_the_board_is_a_place_of_its_own(app, anna, publish):
    publish(programme.load("monzo-community").source)
    visit = step_in(app)
    visit.open("/home")
    visit.follow("Board")
    assert len(places(visit)) <= 5
    assert [link.text for link in visit.page.all("a", **{"aria-current": "page"})] == ["Board"]


def places(visit) -> list[str]:
    """The words of the bar."""
    (bar,) = (one for one in visit.page.all("nav") if one["class"] == "bar")
    return [link.text for link in bar.all("a")]


def test_nobody_who_is_not_signed_in_reads_or_writes(client, anna):
    post = write(anna)
    for path in ("/board", f"/board/{post}", "/board/new"):
        response = client.get(path)
        assert (response.status_code, "/sign-in" in response.headers["Location"]) == (303, True)
        assert "Mend" not in response.text
    assert client.post(f"/board/{post}/vote").status_code in (303, 403)
    assert rows("board_vote") == []


def test_what_is_another_members_cannot_be_changed_or_taken_back(app, anna, berta):
    post = write(anna)
    reply = answer(anna, post)
    visit = step_in(app, BERTA)
    page = visit.open(f"/board/{post}")
    assert not {"Change", "Take back"} & {link.text for link in page.all("a")}
    before = everything()
    for path in (f"/board/{post}", f"/board/answers/{reply}"):
        for act in ("edit", "delete"):
            visit.open(f"{path}/{act}", 404)
            token = {"csrf_token": page.all("input", name="csrf_token")[0]["value"]}
            sent = visit.client.post(f"{path}/{act}", data=token | {"title": "Mine", "text": "Mine"})
            assert sent.status_code == 404
    assert everything() == before


def test_nothing_is_written_without_the_pages_own_proof(app, anna, berta):
    post = write(anna)
    visit = step_in(app, BERTA)
    before = everything()
    for path in ("/board/new", *(f"/board/{post}/{act}" for act in ("answers", "vote", "report"))):
        sent = visit.client.post(
            path, data={"text": "Hello", "title": "Hello", "reason": "Hello", "kind": "idea"}
        )
        assert sent.status_code == 403, path
    assert everything() == before


def test_who_may_not_write_reads_and_votes_and_is_told_who_may(app, anna, berta, publish):
    post = write(berta)
    publish(programme.load("demo").source.replace("[board]", '[board]\ntiers = ["silver", "gold"]'))
    visit = step_in(app)
    assert "Write an idea" not in visit.open("/board").text
    page = visit.open(f"/board/{post}")
    assert "Here Silver, Gold can write. You can read everything, and vote." in page.text
    token = page.all("input", name="csrf_token")[0]["value"]
    assert "1 vote" in visit.submit("Vote for it").text
    assert "Here Silver, Gold can write." in visit.open("/board/new").text
    fields = {
        "csrf_token": token,
        "key": "01JD" + "K" * 22,
        "kind": "idea",
        "title": "Hello",
        "text": "Hello",
    }
    for path in ("/board/new", f"/board/{post}/answers"):
        sent = visit.client.post(path, data=fields)
        assert sent.status_code == 403
    assert len(rows("board_post")) == 1


def test_a_board_of_one_kind_asks_for_no_kind(app, anna, publish):
    publish(programme.load("demo").source.replace("[board]", '[board]\nkinds = ["question"]'))
    visit = step_in(app)
    visit.open("/board")
    visit.follow("Ask a question")
    assert not visit.page.all("input", type="radio")
    visit.submit("Put it on the board", title="How long?", text="Really?")
    assert [row.kind for row in rows("board_post")] == ["question"]
    assert "Ideas" not in [link.text for link in visit.open("/board").all("a")]


def test_enough_for_a_day_is_said_with_when_it_goes_on(app, anna):
    for _ in range(5):
        write(anna)
    page = compose(step_in(app), status=429)
    assert "Try again in 24 hours." in page.text
    assert page.all("textarea")[0].text == "Seams, mostly."

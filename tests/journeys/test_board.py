"""Journey: the board. An idea of hers, a vote of another's, an answer, and taking it back."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import board
from tests.board.hands import answer, vote
from tests.home.doors import join
from tests.journeys.steps import follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme", "clock")


@pytest.mark.script_on_and_off
def test_a_member_writes_an_idea_and_reads_what_others_make_of_it(
    phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    phone.goto("/home")
    sign_in(phone, mailbox)
    follow(phone, "You")
    look(phone, "You")
    follow(phone, re.compile("^Ideas and questions"))
    look(phone, "Ideas and questions")
    follow(phone, "Write an idea or a question")
    look(phone, "Write an idea or a question")
    phone.get_by_label("In your words").fill("Seams, mostly.\nhttps://repair.example/how")
    press(phone, "Put it on the board")
    look(phone, "Write an idea or a question")
    expect(main(phone)).to_contain_text("Write a line that says it.")
    phone.get_by_label("In one line").fill("Mend cushions")
    press(phone, "Put it on the board")
    look(phone, "Mend cushions")
    expect(main(phone).get_by_role("link", name="https://repair.example/how")).to_be_visible()
    (post,) = board.page("newest", None, None, limit=9)
    berta = join("c-2", "berta@example.com", "Berta Hill")
    vote(berta, post.id)
    answer(berta, post.id, "In the yard, on Fridays.")
    phone.reload()
    look(phone, "Mend cushions")
    expect(main(phone)).to_contain_text("1 vote")
    expect(main(phone)).to_contain_text("Berta H.")
    follow(phone, "Change")
    phone.get_by_label("In your words").fill("Seams and zips.")
    press(phone, "Save")
    look(phone, "Mend cushions")
    expect(main(phone)).to_contain_text("Seams and zips.")
    follow(phone, "Take back")
    look(phone, "Take back “Mend cushions”?")
    press(phone, "Take it back")
    look(phone, "Ideas and questions")
    expect(main(phone)).to_contain_text("Nobody has written here yet.")
    assert board.faults() == []

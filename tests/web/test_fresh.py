"""The policy `fresh`: who has shown within five minutes that it is still her goes on, who has not is led back after."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.home.doors import enter, join, make_fresh
from tests.notices.mailbox import programme

__all__ = ["programme"]
CONFIRM = "/give/confirm?charity=wildlife&points=100"


@pytest.fixture
def visit(app, programme, clock, monkeypatch):
    """A browser of a member, in whose portal her gifts ask each time who is there."""
    join()
    found = enter(app)
    for endpoint in ("giving.donate", "giving.give"):
        monkeypatch.setattr(app.view_functions[endpoint], "policy", "fresh")
    return found


def sent_to(answer) -> tuple[str, str | None]:
    """Where it leads, and from there."""
    assert answer.status_code == 303
    there = urlsplit(answer.location)
    return there.path, parse_qs(there.query).get("next", [None])[0]


def test_a_page_leads_to_the_proof_and_back_with_what_its_address_said(visit):
    assert sent_to(visit.client.get("/give?charity=books&points=300")) == (
        "/proof",
        "/give?charity=books&points=300",
    )


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        (f"http://localhost{CONFIRM}", CONFIRM),
        (None, None),
        ("http://evil.example/give", None),
        ("http://localhost.evil.example/give", None),
        ("http://localhost//evil.example", None),
    ],
)
def test_what_is_posted_leads_back_to_the_page_with_its_form_and_nowhere_else(visit, came_from, back):
    page = visit.open(CONFIRM)
    token = page.all("input", name="csrf_token")[0]["value"]
    headers = {} if came_from is None else {"Referer": came_from}
    answer = visit.client.post("/give/gifts", data={"csrf_token": token}, headers=headers)
    assert sent_to(answer) == ("/proof", back)


def test_a_proof_opens_it_for_five_minutes(visit, clock):
    make_fresh(visit)
    clock.shift(timedelta(minutes=5))
    assert visit.client.get("/give").status_code == 200
    clock.shift(timedelta(seconds=1))
    assert sent_to(visit.client.get("/give")) == ("/proof", "/give")


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(visit, app):
    assert sent_to(app.test_client().get("/give")) == ("/sign-in", "/give")

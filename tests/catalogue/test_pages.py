"""Every shipped programme can be served: a visitor and a member find every page, and what the file says on it."""

from collections.abc import Callable
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from tests.catalogue.conftest import Run
from tests.catalogue.lines import Line, buys, does, fact, instant, joins, plan
from tests.catalogue.test_files import BRITISH, FILES
from tests.page import Visit

OPEN_TO_ALL = ("/help", "/terms", "/privacy", "/imprint", "/plans")
FOR_MEMBERS = (
    *(
        "/home",
        "/activity",
        "/card",
        "/rewards",
        "/rewards/taken",
        "/give",
        "/share",
        "/plans",
        "/membership",
    ),
    *("/you", "/you/visits", "/you/leave", "/help"),
)


@pytest.mark.parametrize("key", FILES)
def test_a_visitor_finds_the_pages_of_a_programme(
    key: str, publish: Callable[[str], int], visit: Visit, clock: time_machine.Traveller
):
    from portal import programme

    publish(key)
    shop = programme.load(key).programme
    assert shop.name in visit.open("/").text
    assert shop.faq[0].question in visit.open("/help").text
    assert shop.pages.terms.paragraphs[1][:40] in visit.open("/terms").text
    for path in OPEN_TO_ALL:
        visit.open(path)


def life(key: str) -> list[Line]:
    """A little of everything that the programme has."""
    from portal import programme

    shop = programme.load(key).programme
    sent = [one for one in shop.activities if one.key not in ("account", "birthday")]
    told = {"country": "KE", "amount": "12.00"}
    return [
        joins(email_verified=True, birthday="06-14", country="GB" if key in BRITISH else "US"),
        *[plan("2026-01-10", "started", one.key) for one in shop.plans[:1]],
        fact("2026-02-01", "store_card"),
        buys("2026-02-02", "560.00", currency="GBP" if key in BRITISH else "USD"),
        *[does("2026-02-03", one.key, f"a-{one.key}", **told) for one in sent],
    ]


@pytest.mark.parametrize("key", FILES)
def test_a_member_finds_hers(key: str, run: Run, app: Flask, clock: time_machine.Traveller):
    from portal import programme
    from tests.home.doors import step_in

    assert run(key, life(key), at="2026-02-04")["refused"] == []
    clock.move_to(datetime.fromisoformat(instant("2026-02-05")))
    visit = step_in(app)
    for path in FOR_MEMBERS:
        visit.open(path)
    assert programme.load(key).programme.name in visit.open("/home").text

"""What is due is done in its order, once, in few statements; and the proof notices what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from portal import granting, ledger
from portal import programme as programmes
from portal.db import db, run, transact
from tests.granting import hands
from tests.granting.hands import GIFTS, count, join, live, points, publish_money, sound
from tests.ledger import shop

pytestmark = pytest.mark.both_engines


def grant(key: str, on: str, points: int) -> str:
    return f'\n[[grants]]\nkey = "{key}"\nlabel = "{key}"\non = "{on}"\ngives = {{ points = {points} }}\n'


def test_what_is_due_on_one_day_is_done_in_the_order_of_its_kinds(app):
    publish_money(
        '\n[[dividends]]\nkey = "dividend"\nlabel = "D"\npercent = 10\npays_on = "01-01"\n',
        grant("birth", "birthday", 3),
        grant("yearly", "year", 2),
        grant("monthly", "month", 1),
    )
    anna = join("2025-12-15", birthday="01-01")
    count(anna, "2025-12-20", dividend__dividend=100)
    assert live("2026-01-01") == ["2026-01-01"]
    entries = reversed(ledger.newest_entries(anna))
    assert [entry.source_ref.split("/")[0] for entry in entries][2:] == [
        "monthly",
        "yearly",
        "birth",
        "dividend",
    ]
    sound()


def test_days_that_nobody_looked_at_are_made_up_for_each_once(app):
    shop.publish(grant("monthly", "month", 1), grant("birth", "birthday", 10))
    anna = join("2026-01-15", birthday="02-10")
    for _ in range(2):
        hands.run(anna, datetime(2026, 4, 20, 9, tzinfo=UTC))
    assert points(anna) == 14
    assert {str(entry.on_day) for entry in ledger.newest_entries(anna)} == {"2026-01-15", "2026-04-20"}
    sound()


def test_what_a_new_version_gives_no_longer_is_struck_out(app):
    shop.publish(grant("monthly", "month", 1), grant("birth", "birthday", 10))
    anna = join("2026-01-15", birthday="02-10")
    shop.publish()
    live("2026-12-31")
    assert points(anna) == 1
    assert shop.rows("agenda") == 0


def test_who_joins_where_nothing_is_planned_has_no_agenda_and_leaving_clears_one(app):
    shop.publish()
    join("2026-01-15", birthday="02-10")
    assert shop.rows("agenda") == 0
    shop.publish(grant("birth", "birthday", 10))
    anna = join("2026-01-15", "c-2", birthday="02-10")
    assert shop.rows("agenda") == 1
    transact(lambda: granting.forget(anna))
    assert shop.rows("agenda") == 0


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are run within."""
    seen: list[str] = []

    def see(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", see)
    yield seen
    event.remove(db.engine, "before_cursor_execute", see)


def test_an_order_on_the_way_to_a_goal_costs_one_statement_whatever_was_before(app):
    shop.publish(
        '\n[[goals]]\nkey = "g"\nlabel = "G"\nmetric = "spend"\namount = "900.00"\ngives = { reward = "gift" }\n',
        '\n[[steps]]\nkey = "s"\nlabel = "S"\nper = "900.00"\ngives = { reward = "gift" }\n',
        GIFTS,
    )
    anna = join()
    _, active = programmes.active()
    for _ in range(3):
        with statements() as seen:
            count(anna, "2026-03-05", goal__g=100, step__s=100)
        assert len([one for one in seen if "measure" in one]) == 1
        assert len(seen) <= 2  # BEGIN, where it is a statement
    with statements() as seen:
        transact(
            lambda: granting.paid(
                anna, active, "gone", paid_on=shop.TODAY, until=None, **hands.told("2026-06-10")
            )
        )
        transact(lambda: granting.follow(anna, active, **hands.told("2026-06-10")))
    assert [one for one in seen if "BEGIN" not in one] == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("UPDATE given SET points = 7", "what was given is what its entries add up to"),
        ("DELETE FROM given", "and nothing else was"),
        ("UPDATE given SET reward = 'gift:c-1:9'", "every reward that was given is hers"),
        ("UPDATE given SET withdrawn_on = on_day", "what was taken back keeps no points"),
        ("UPDATE measure SET amount = -1", "nothing was done less than never"),
    ],
)
@pytest.mark.both_engines(every_case=True)
def test_the_proof_notices(app, wrong, sentence):
    shop.publish(
        grant("welcome", "joining", 5),
        '\n[[goals]]\nkey = "g"\nlabel = "G"\nmetric = "spend"\namount = "9.00"\ngives = { points = 4 }\n',
    )
    anna = join()
    count(anna, "2026-03-05", goal__g=900)
    assert granting.faults() == []
    transact(lambda: run(text(wrong)))
    assert sentence in " ".join(granting.faults())

"""Members with long histories in the shape that the verbs write, by set-based statements."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from portal import joining, people, signin
from portal import programme as programmes
from portal.db import db, transact

CHUNK = 100_000
TRACE = (
    '{"currency":"GBP","total_minor":1000,"counted_minor":1000,"left_out":[],"rate":null,"tier":"member","fired":['
    '{"rule":"every-purchase","label":"Every purchase","points":5,"per_minor":100,"counted_minor":1000,"base":50,'
    '"multipliers":[],"result":50}],"passed":[],"points":50,"order":{"number":"1","shop":"main","version":1,"status":"paid"},'
    '"placed_on":"2026-01-01","before":0,"after":50}'
)
ENTRIES = """
    INSERT INTO entry (member_id, seq, operation_key, kind, contra, d_available, d_pending, d_held, d_owed,
        after_available, after_pending, after_owed, source, source_ref, programme_version, trace, at, on_day)
    SELECT :m, n, 'seed/' || n, 'earned', 'issued', 50, 0, 0, 0, 100 + (n - 1) * 50, 0, 0, 'order', 'main/s' || n, 1,
        :trace, :at, :day FROM ({series}) AS series"""
OPERATIONS = """
    INSERT INTO operation (member_id, key, fingerprint, actor, at)
    SELECT :m, 'seed/' || n, 'seed', 'seed', :at FROM ({series}) AS series"""
USES = """
    INSERT INTO lot_use (member_id, seq, expires_on, points)
    SELECT :m, n, :never, 50 FROM ({series}) AS series"""


def publish() -> None:
    """The demonstration's programme."""
    transact(lambda: programmes.publish(programmes.load("demo").source, datetime.now(UTC)))


def member(name: str, lines: int, at: datetime) -> str:
    """A member with so many lines, all of the instant `at`; answers her id."""
    member_id = transact(
        lambda: joining.join(
            people.Profile(name=name), email=f"{name}@example.com", proved=True, ref=name, marketing=False,
            terms_version="1", source="bench", now=at,
        )
    )  # fmt: skip
    for first in range(2, lines + 1, CHUNK):
        transact(lambda first=first: _lines(member_id, first, min(first + CHUNK - 1, lines), at))
    return member_id


def _lines(member_id: str, first: int, last: int, at: datetime) -> None:
    from portal.db import run

    if db.engine.dialect.name == "postgresql":
        # Every row's foreign keys would be looked up by a plan made while the table was empty.
        run(text("SET LOCAL session_replication_role = replica"))
    if db.engine.dialect.name == "sqlite":
        series = "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last) SELECT n FROM s"
        instant: object = at.replace(tzinfo=None).isoformat(" ")
    else:
        series = "SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"
        instant = at
    facts = {
        "m": member_id,
        "first": first,
        "last": last,
        "at": instant,
        "day": str(at.date()),
        "trace": TRACE,
    }
    if db.engine.dialect.name != "sqlite":
        facts |= {"day": at.date()}
    never: object = "9999-12-31" if db.engine.dialect.name == "sqlite" else datetime(9999, 12, 31).date()  # noqa: DTZ001
    for statement in (OPERATIONS, ENTRIES, USES):
        used = {
            k: v
            for k, v in (facts | {"never": never}).items()
            if f":{k}" in statement or k in ("first", "last")
        }
        run(text(statement.format(series=series)), used)
    added = (last - first + 1) * 50
    who = {"m": member_id, "n": added, "k": last - first + 1}
    run(
        text(
            "UPDATE wallet SET available = available + :n, earned = earned + :n, seq = seq + :k WHERE member_id = :m"
        ),
        who,
    )
    run(
        text("UPDATE lot SET remaining = remaining + :n, granted = granted + :n WHERE member_id = :m"),
        {"n": added, "m": member_id},
    )


def sign_in(name: str) -> str:
    """A one-time path that signs this member in."""
    now = datetime.now(UTC)
    return transact(lambda: signin.make_link(f"{name}@example.com", "member", now, 60))


def crowd(members: int, lines: int) -> None:
    """Others, whose lines are newer: what an index on the wrong columns would walk through."""
    at = datetime.now(UTC)
    for number in range(members):
        member(f"other-{number}", lines, at - timedelta(seconds=number))

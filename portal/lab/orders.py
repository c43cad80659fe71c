"""Importing a file of orders: chunk by chunk, resumable, twice is once.

A command's body, and so an edge: it commits each chunk by itself, together with the place the run has reached. Cut
off anywhere, the next call with the same file, mapping and shop goes on at that place.
"""

import csv
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Row, insert, select, update

from portal import joining, merchant, notices, people
from portal.db import new_id, read, run, run_many, transact
from portal.errors import Refused
from portal.lab.mapping import Mapping
from portal.lab.models import ImportRefusal, ImportRun
from portal.lab.reading import History, Refusal, State, read_history
from portal.lab.telling import Told, tell

ACTOR = "import"
CHUNK = 200  # states for each commit: a page that wants to write waits a fraction of a second at most

_run, _refusal = ImportRun.__table__.c, ImportRefusal.__table__.c
Progress = Callable[[int, int], None]
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, over all its starts. `orders` counts those that stand now, `repeated` states that stood
    before, `unlinked` the refunds that name no order (they are skipped), `rows` the states that were told.
    """

    orders: int
    members: int
    repeated: int
    unlinked: int
    rows: int
    refused: tuple[Refusal, ...]
    finished: bool
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """How far a run is: the row of `import_run` that other starts of it find."""

    id: str
    done: int
    shift_weeks: int
    started_at: datetime
    finished: bool


def import_orders(
    path: Path,
    mapping: Mapping,
    *,
    shop: str = merchant.MAIN,
    join_unknown: bool = False,
    dry_run: bool = False,
    now: datetime,
    progress: Progress | None = None,
    limit: int | None = None,
) -> Report:
    """Tell a CSV file of orders to the portal; `now` is the present instant, ahead of which no order may lie.

    Orders are told in order of time, at their own instants. `join_unknown` lets a member id that is not known join at
    its first order. `dry_run` does all of it in one write and undoes it. `progress(done, total)` is told after each
    chunk; `limit` ends this call after so many states and leaves the run open. Raises BadInput for a file that cannot
    be read, Refused `unknown_key` for a shop that was never added and `conflict` while another import of the same file
    is at work.
    """
    if shop != merchant.MAIN and shop not in {known.key for known in merchant.list_shops()}:
        raise Refused("unknown_key", f"There is no shop {shop!r}: add it first, by `portal shops add`.")
    history = read_history(path, mapping)
    joins: dict[str, Any] = {
        "join": join_at_first_order if join_unknown else None,
        "join_many": join_at_first_orders if join_unknown else None,
    }
    say = partial(tell, shop=shop, now=now, actor=ACTOR, **joins)
    if dry_run:
        with notices.assume_delivered(), _seldom_collecting():
            return _rehearse(history, say, progress)
    where = begin("orders", history.sha256, mapping.identity, shop, now)
    if carry_out(where, history.states, say, progress=progress, limit=limit):
        close(where, now)
    return _report(where.id, history)


def join_at_first_order(state: State, at: datetime) -> str:
    """Let the member of an order join at its instant, known by the shop's id and, where it came, by her e-mail."""
    return joining.join(
        people.Profile(), email=state.email, proved=False, ref=state.member, marketing=False, terms_version=None,
        source=ACTOR, now=at,
    )  # fmt: skip


def join_at_first_orders(newcomers: Sequence[tuple[State, datetime]]) -> list[str | None]:
    """As `join_at_first_order`, for several in few statements; None for each that has to join by herself."""
    words = [
        joining.Word(state.member or "", merchant.check(joining.MemberBody, {"email": state.email}), at)
        for state, at in newcomers
    ]
    return [None if put is None else put.member_id for put in joining.put_fresh(words, source=ACTOR)]


def begin(kind: str, file_sha256: str, mapping: str, shop: str, now: datetime, shift_weeks: int = 0) -> Where:
    """The open run of this file, or a new one. One that is done begins anew: what it told stands and is repeated."""

    def find_or_open() -> Where:
        row = read(_latest(kind, file_sha256, mapping, shop)).first()
        if row is not None and row.state == "running":
            return _where(row)
        fresh = {
            "id": new_id(), "kind": kind, "file_sha256": file_sha256, "mapping": mapping, "shop": shop,
            "shift_weeks": shift_weeks, "rows_done": 0, "rows_refused": 0, "rows_repeated": 0, "joined": 0,
            "state": "running", "started_at": now,
        }  # fmt: skip
        run(insert(ImportRun), fresh)
        return Where(str(fresh["id"]), 0, shift_weeks, now, finished=False)

    return transact(find_or_open)


def latest_run(kind: str, file_sha256: str, mapping: str, shop: str) -> Where | None:
    """The newest run of a file, open or done."""
    row = read(_latest(kind, file_sha256, mapping, shop)).first()
    return None if row is None else _where(row)


def _latest(kind: str, file_sha256: str, mapping: str, shop: str) -> Any:
    return (
        select(ImportRun.__table__)
        .where(_run.file_sha256 == file_sha256, _run.kind == kind, _run.mapping == mapping, _run.shop == shop)
        .order_by(_run.id.desc())
        .limit(1)
    )


def _where(row: Row[Any]) -> Where:
    return Where(row.id, row.rows_done, row.shift_weeks, row.started_at, row.state == "done")


def carry_out(
    where: Where,
    steps: Sequence[S],
    say: Callable[[Sequence[S], int], Told],
    *,
    progress: Progress | None = None,
    limit: int | None = None,
    chunk: int = CHUNK,
) -> bool:
    """Tell the steps from where the run stands, a commit for each chunk; whether it came to the end.

    `say(some, place)` tells a chunk, whose first step has that place, inside the write.
    """
    end = len(steps) if limit is None else min(len(steps), where.done + limit)
    with notices.assume_delivered(), _seldom_collecting():
        for first in range(where.done, end, chunk):
            some = steps[first : min(first + chunk, end)]
            transact(partial(_write, where.id, first, some, say))
            if progress is not None:
                progress(first + len(some), len(steps))
    return end == len(steps)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """A whole history stands in memory: looking through it for garbage at every turn costs a fifth of the time."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def close(where: Where, now: datetime) -> None:
    """Write down that a run is done."""
    done = {"state": "done", "finished_at": now}
    transact(lambda: run(update(ImportRun).where(_run.id == where.id).values(**done)))


def _write(run_id: str, first: int, chunk: Sequence[S], say: Callable[[Sequence[S], int], Told]) -> None:
    # The place moves first: a second import of the same run waits here, and then finds that it has moved.
    moved = run(
        update(ImportRun)
        .where(_run.id == run_id, _run.rows_done == first, _run.state == "running")
        .values(rows_done=first + len(chunk))
    )
    if moved.rowcount != 1:
        raise Refused("conflict", "Another import of this file is at work.")
    told = say(chunk, first)
    run_many(
        insert(ImportRefusal),
        [
            {
                "run_id": run_id,
                "place": place,
                "line": state.line,
                "code": refusal.code,
                "message": refusal.message,
            }
            for place, state, refusal in told.refused
        ],
    )
    run(
        update(ImportRun)
        .where(_run.id == run_id)
        .values(
            rows_refused=_run.rows_refused + len(told.refused),
            rows_repeated=_run.rows_repeated + told.repeated,
            joined=_run.joined + told.joined,
        )
    )


def _report(run_id: str, history: History) -> Report:
    row = read(select(ImportRun.__table__).where(_run.id == run_id)).one()
    refused = read(
        select(ImportRefusal.__table__).where(_refusal.run_id == run_id).order_by(_refusal.place)
    ).all()
    places = {one.place for one in refused}
    refusals = [Refusal(history.file, one.line, one.code, one.message) for one in refused]
    return _summed(
        history, row.rows_done, row.joined, row.rows_repeated, places, refusals, row.state == "done"
    )


def _summed(
    history: History,
    done: int,
    joined: int,
    repeated: int,
    places: set[int],
    refusals: list[Refusal],
    finished: bool,
) -> Report:
    orders = {state.number for place, state in enumerate(history.states[:done]) if place not in places}
    refused = sorted([*history.refused, *refusals], key=lambda refusal: refusal.line)
    return Report(len(orders), joined, repeated, history.unlinked, done, tuple(refused), finished)


class _Undone(Exception):
    """Carries a rehearsal's outcome out of the write that is rolled back."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__("a dry run is undone")
        self.told = told


def _rehearse(
    history: History, say: Callable[[Sequence[State], int], Told], progress: Progress | None
) -> Report:
    """The report of an import that is rolled back as a whole; one long write, so better not at a busy hour."""

    def rehearse() -> None:
        told = []
        for first in range(0, len(history.states), CHUNK):
            chunk = history.states[first : first + CHUNK]
            told.append(say(chunk, first))
            if progress is not None:
                progress(first + len(chunk), len(history.states))
        raise _Undone(told)

    try:
        transact(rehearse)
    except _Undone as outcome:
        refused = [one for told in outcome.told for one in told.refused]
        report = _summed(
            history,
            len(history.states),
            sum(told.joined for told in outcome.told),
            sum(told.repeated for told in outcome.told),
            {place for place, _, _ in refused},
            [
                Refusal(history.file, state.line, refusal.code, refusal.message)
                for _, state, refusal in refused
            ],
            finished=True,
        )
    return replace(report, dry_run=True)


def write_refusals(report: Report, source: Path, home: Path) -> Path | None:
    """Write the error report beside the source, or in `home` where that folder cannot be written; None for none."""
    if not report.refused:
        return None
    for folder in (source.parent, home):
        target = folder / f"{source.name}.refused.csv"
        try:
            with target.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(Refusal._fields)
                writer.writerows(report.refused)
        except OSError:
            if folder == home:
                raise
            continue
        return target
    raise AssertionError("unreachable")

"""Connections to lent databases outlive the test that opened them: a server that answers a new one learns the whole
schema anew, and plans each statement anew, which is half of all that the tests ask of it.

What closes one gives it back as new: nothing of the session is left but what the server knows by then and the
statements that were prepared, as in a portal that runs for long.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, PGconn, TransactionStatus
from sqlalchemy import Dialect, Engine, event

MOST_OF_A_DATABASE = 3
# DISCARD ALL, but for the plans.
FORGET = (
    b"CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; "
    b"SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"
)
Line = tuple[PGconn, Any]
"""The connection as libpq has it, and what is prepared there."""


class Lines:
    """Open connections that nobody uses, under the name of their database and what they were opened with."""

    def __init__(self) -> None:
        self._free: dict[str, list[tuple[str, Line]]] = {}
        self._lock = Lock()

    def begin(self) -> None:
        """From now on every engine's connections to PostgreSQL come from here and come back here."""
        event.listen(Engine, "do_connect", self._connect)

    def end(self) -> None:
        """Engines open connections themselves again; ours are closed."""
        if event.contains(Engine, "do_connect", self._connect):
            event.remove(Engine, "do_connect", self._connect)
        for name in list(self._free):
            self.close(name)

    def close(self, name: str) -> None:
        """Close those to a database: it is removed, or a copy of it is made."""
        for _how, (line, _prepared) in self._free.pop(name, []):
            line.finish()

    def pids(self, name: str) -> list[int]:
        """The server's processes for those to a database."""
        return [line.backend_pid for _how, (line, _prepared) in self._free.get(name, [])]

    def _connect(self, dialect: Dialect, _record: object, words: Any, named: dict[str, Any]) -> Any:
        """A connection as the engine asks for it; None lets the engine open it."""
        name, how = named.get("dbname"), repr(sorted(one for one in named.items() if one[0] != "context"))
        if dialect.driver != "psycopg" or words or not name:
            return None
        found = self._take(name, how)
        if found is None:
            kept = _Kept.connect(**named)
        else:
            kept = _Kept(found[0])
            kept._prepared = found[1]
            kept.prepare_threshold = named.get("prepare_threshold", 5)
            kept._adapters = (
                psycopg.adapt.AdaptersMap(named["context"].adapters) if "context" in named else None
            )
        kept.give_back = lambda line: self._keep(name, how, line)
        return kept

    def _take(self, name: str, how: str) -> Line | None:
        while True:
            with self._lock:
                fitting = [one for one in self._free.get(name, []) if one[0] == how]
                if not fitting:
                    return None
                self._free[name].remove(fitting[-1])
            line = fitting[-1][1]
            if _is_well(line[0], b""):
                return line
            line[0].finish()

    def _keep(self, name: str, how: str, line: Line) -> None:
        if not _is_well(line[0], FORGET):
            line[0].finish()
            return
        with self._lock:
            free = self._free.setdefault(name, [])
            free.append((how, line))
            over = free[:-MOST_OF_A_DATABASE]
            del free[:-MOST_OF_A_DATABASE]
        for _how, (oldest, _prepared) in over:
            oldest.finish()


class _Kept(psycopg.Connection[Any]):
    """A connection whose end leaves the line open, for another one."""

    give_back: Callable[[Line], None] | None = None

    def close(self) -> None:
        """Closed for whoever has it."""
        if self.closed or self.give_back is None:
            super().close()
            return
        line, self.pgconn, self._closed = self.pgconn, _ENDED, True
        self.give_back((line, self._prepared))


def _is_well(line: PGconn, statement: bytes) -> bool:
    """Whether the server has carried it out, outside of any transaction."""
    if line.status != ConnStatus.OK or line.transaction_status != TransactionStatus.IDLE:
        return False
    done = line.exec_(statement).status
    return done in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)


def _an_ended_one() -> PGconn:
    line = PGconn.connect_start(b"host=/nowhere")
    line.finish()
    return line


_ENDED = _an_ended_one()

"""Faults on demand: what goes wrong with the next calls to a path, so that the portal can be tried against it."""

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

Kind = Literal["sleep", "409", "429", "500", "lost", "drop"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(slots=True)
class Fault:
    """One fault: `lost` does what was asked and loses the answer, `drop` cuts the connection before doing anything."""

    kind: Kind
    method: str
    path: str
    times: int
    seconds: float


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[Fault] = []

    def add(self, kind: Kind, path: str, *, method: str = "*", times: int = 1, seconds: float = 0.0) -> None:
        """The next `times` calls to `path` (`/v1/checkout/sessions`, `/v1/subscriptions/*`) go wrong this way."""
        with self._lock:
            self._coming.append(Fault(kind, method, path, times, seconds))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._coming.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this call, which is used up by it."""
        with self._lock:
            for fault in self._coming:
                if fault.method in ("*", method) and fnmatchcase(path, fault.path):
                    fault.times -= 1
                    self._coming = [other for other in self._coming if other.times > 0]
                    return fault
        return None

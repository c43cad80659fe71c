"""How many calls a key may make. It smooths load and protects nothing of value, so each server counts by itself."""

import threading
import time
from collections.abc import Callable

CALLS_PER_MINUTE = 6000
MISSES_PER_MINUTE = 60  # codes that are none: a till mistypes, a guesser does nothing else


class Limit:
    """A bucket of calls for each key: it holds one minute's worth and fills steadily."""

    def __init__(self, per_minute: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._seconds = seconds
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take one call; 0.0 when there was one, else the seconds until there is."""
        with self._lock:
            now = self._seconds()
            left = self._filled(key, now)
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, now)
            return 0.0 if allowed else (1 - left) / self._per_second

    def wait(self, key: str) -> float:
        """The seconds until there is a call, 0.0 when there is one; takes none."""
        with self._lock:
            return max(0.0, 1 - self._filled(key, self._seconds())) / self._per_second

    def _filled(self, key: str, now: float) -> float:
        left, since = self._left.get(key, (self._most, now))
        return min(self._most, left + (now - since) * self._per_second)

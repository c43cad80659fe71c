"""Asking again where Stripe has too many requests: its library gives up at once.

For work in the background alone: nobody waits for a page meanwhile.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Answer = tuple[Any, int, Mapping[str, str]]
TOO_MANY = 429
WAITS = (0.5, 1.0, 2.0)  # seconds
_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)


@contextmanager
def patience() -> Iterator[None]:
    """Whatever is asked of Stripe in here, and by nobody else meanwhile, waits a little and is asked again."""
    before = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(before)


def asked(ask: Callable[[], Answer]) -> Answer:
    """The answer of one call: body, status and headers; the last one, should each say that it is too much."""
    for seconds in WAITS if _is_patient.get() else ():
        answer = ask()
        if answer[1] != TOO_MANY:
            return answer
        time.sleep(seconds)
    return ask()

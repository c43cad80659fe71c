"""Hostile sockets and bodies against the portal behind nginx, while a member looks at her pages."""

import os
from pathlib import Path

from tests.evidence.histories import Figure
from tests.proxy.front import browsing, holding, large_bodies, production, slow_body, slow_headers, unclosed

NAME = "hostile"
HELD = 200  # connections of each kind
PAGES = 300  # that she looks at while they are held: a minute
MOST_BYTES = 50 * 1024 * 1024
MOST_SECONDS = 1.0


def check(folder: Path) -> list[Figure]:
    """What she waits for, alone and beside them; whether anything went wrong; whether the workers live."""
    environ = os.environ | {
        "PORTAL_ENV": "testing", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": f"sqlite:///{folder}/p.sqlite",
    }  # fmt: skip
    with production(folder, environ) as front:
        before = front.workers()
        with browsing(front) as alone:
            alone.at_least(PAGES // 3)
        with (
            holding(front, dict.fromkeys((slow_headers, slow_body, unclosed), HELD)),
            browsing(front) as seen,
        ):
            statuses = large_bodies(front, MOST_BYTES)
            seen.at_least(PAGES)
        after = front.workers()
    refused = {name: status for name, status in statuses.items() if not 400 <= status < 500 and status}
    return [
        Figure("her pages alone, p95, s", f"under {MOST_SECONDS}", f"{alone.p95:.3f}", alone.p95 < MOST_SECONDS),
        Figure(
            f"her pages beside {HELD} slow headers, {HELD} slow bodies, {HELD} unclosed, p95, s",
            f"under {MOST_SECONDS}", f"{seen.p95:.3f}", seen.p95 < MOST_SECONDS,
        ),
        Figure("her pages that failed", "0", str(len(alone.wrong + seen.wrong)), not alone.wrong + seen.wrong),
        Figure("50 MB and 100,000 brackets", "refused", ", ".join(refused) or "refused", not refused),
        Figure("workers", f"{len(before)} alive", f"{len(before & after)} alive", before == after),
    ]  # fmt: skip

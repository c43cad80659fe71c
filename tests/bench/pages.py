"""Home of a member with 100 lines, with 1,000,000, and with 1,000,000 old ones among newer lines of others."""

import cProfile
import pstats
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient

from portal import boot
from portal.db import migrate
from tests.bench import load, seeding

LONG = 1_000_000
ROUNDS = 3
MEMBERS = ("short", "long", "old")
PATHS = {"home": "/home", "activity": "/activity"}


def seed(environ: dict[str, str], long: int = LONG) -> None:
    """An empty database becomes the bench's."""
    app = boot(environ)
    migrate(app)
    with app.app_context():
        seeding.publish()
        now = datetime.now(UTC)
        seeding.member("short", 100, now)
        seeding.member("long", long, now)
        seeding.member("old", long, now - timedelta(days=900))
        seeding.crowd(50, 200)


def links(environ: dict[str, str]) -> dict[str, str]:
    """One-time sign-in paths by member."""
    with boot(environ).app_context():
        return {name: seeding.sign_in(name) for name in MEMBERS}


def run(environ: dict[str, str], links: dict[str, str], port: int, kind: str) -> dict[str, load.Round]:
    """Rounds of every case, interleaved after a warm-up; the medians by case."""
    base = f"http://localhost:{port}"
    found: dict[str, list[load.Round]] = {}
    with load.server(environ, port, kind) as pid:
        cookies = {name: load.cookie(base, path) for name, path in links.items()}
        cases = {"bare": (f"{base}/bare", "")}
        for page, path in PATHS.items():
            cases |= {f"{page}, {name}": (base + path, cookies[name]) for name in links}
        for url, cookie in cases.values():
            load.measure(url, pid, cookie=cookie, seconds=1)
        for _ in range(ROUNDS):
            for case, (url, cookie) in cases.items():
                found.setdefault(case, []).append(load.measure(url, pid, cookie=cookie))
    return {case: load.middle(rounds) for case, rounds in found.items()}


def weights(environ: dict[str, str], link: str) -> list[str]:
    """Rows of what pages weigh, compressed: the document, and a first visit with stylesheets and critical script."""
    client = _signed_in(environ, link)
    rows = []
    for page in ("/help", "/home", "/activity", "/activity/1", "/card", "/you"):
        document = _sent(client, page)
        html = client.get(page).text
        linked = re.findall(r'(?:href|src)="(/(?:static/[^"]+app\.(?:css|js)|brand/[^"]+))"', html)
        rows.append(
            f"| {page} | {document:,} | {document + sum(_sent(client, address) for address in linked):,} |"
        )
    return rows


def _sent(client: FlaskClient, address: str) -> int:
    return len(client.get(address, headers={"Accept-Encoding": "br"}).data)


def _signed_in(environ: dict[str, str], link: str) -> FlaskClient:
    client = boot(environ).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(link).text)
    assert token is not None
    client.post(link, data={"csrf_token": token.group(1)})
    return client


def profile(environ: dict[str, str], link: str) -> list[str]:
    """The three functions in which a request of home spends most of its own time."""
    client = _signed_in(environ, link)
    for _ in range(50):
        client.get("/home", headers={"Accept-Encoding": "br"})
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(300):
        client.get("/home", headers={"Accept-Encoding": "br"})
    profiler.disable()
    stats = pstats.Stats(profiler)
    total: float = stats.total_tt  # type: ignore[attr-defined]
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:3]  # type: ignore[attr-defined]
    return [
        f"{name} ({Path(file).name}:{line}): {own / total:.0%} of the time"
        if line
        else f"{name}: {own / total:.0%} of the time"
        for (file, line, name), (_calls, _primitive, own, _cumulative, _callers) in rows
    ]

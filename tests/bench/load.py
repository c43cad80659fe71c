"""Load from outside: wrk against a server on loopback, with the processor time that the server used for each answer."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median

TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Round:
    """One round: answers a second, processor milliseconds an answer, latencies in milliseconds."""

    per_second: float
    cpu_ms: float
    p50: float
    p99: float


@contextmanager
def server(
    environ: dict[str, str], port: int, kind: str = "granian", tree: Path | None = None
) -> Iterator[int]:
    """The portal and the bare page on `port`, served by granian as shipped or by gunicorn's sync workers; its id.

    `tree`: the folder whose code is served, where it is not this one.
    """
    words = [sys.executable, "-m", kind]
    if kind == "granian":
        words += ["--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
        words += ["--workers", "2", "--blocking-threads", "1", "--log-level", "warning"]
    else:
        words += [
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--worker-class",
            "sync",
            "--log-level",
            "warning",
        ]
    words.append("tests.bench.served:application")
    process = subprocess.Popen(
        words, env=environ, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).read()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(READY_SECONDS)


def cookie(base: str, path: str) -> str:
    """Sign in by a one-time link; the Cookie header of the session."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(base + path) as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, "the link's page has no form"
    browser.open(base + path, data=f"csrf_token={token.group(1)}".encode()).close()
    return "; ".join(f"{one.name}={one.value}" for one in jar)


def measure(url: str, pid: int, *, cookie: str = "", seconds: int = 4) -> Round:
    """One round of wrk, eight connections, as a browser asks (compressed)."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", "Accept-Encoding: br"]
    words += ["-H", f"Cookie: {cookie}", url]
    before = _cpu(pid)
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    used = _cpu(pid) - before
    answers = int(_find(r"(\d+) requests in", said))
    assert "Non-2xx" not in said, said
    return Round(
        float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        used * 1000 / answers,
        _ms(_find(r"\n\s+50%\s+(\S+)", said)),
        _ms(_find(r"\n\s+99%\s+(\S+)", said)),
    )


def middle(rounds: list[Round]) -> Round:
    """The median of each figure."""
    return Round(
        *(median(getattr(one, name) for one in rounds) for name in ("per_second", "cpu_ms", "p50", "p99"))
    )


def have_wrk() -> None:
    """Find wrk, or fetch it from Debian where that may be done. Exits with what to type."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if not shutil.which("wrk"):
        sys.exit("wrk is missing. Type: sudo apt-get install wrk")


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process and its children."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(folder.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


def _find(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    assert found is not None, said
    return found.group(1)


def _ms(said: str) -> float:
    unit = (
        1000.0
        if said.endswith("s") and not said.endswith(("ms", "us"))
        else 0.001
        if said.endswith("us")
        else 1.0
    )
    return float(said.rstrip("mus")) * unit

"""The web server: granian, two workers with one blocking thread each, on loopback (performance.md says why).

It knows no slice: it builds the server's command line, for `portal serve` and for the demonstration's children alike.
"""

import errno
import gc
import ipaddress
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from portal.config import Settings
from portal.errors import Refused

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
CONNECTIONS = 256  # that one worker keeps open at once; more wait in the backlog of the system
HEADER_MILLISECONDS = 10_000  # for a client to send its headers
STOP_SECONDS = 5  # for what is under way when the server ends


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate and its key (PEM, PKCS #8)."""

    certificate: Path
    key: Path


def command(
    target: str,
    host: str,
    port: int,
    *,
    workers: int = WORKERS,
    factory: bool = False,
    tls: Tls | None = None,
    stop_seconds: int = STOP_SECONDS,
) -> list[str]:
    """The command line that serves the WSGI app `target` ("module:name"), or what the factory of that name makes.

    A browser that keeps its connection open would hold up the end of the server; after `stop_seconds` it is cut off.
    """
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--working-dir", str(ROOT)]
    words += ["--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", "1"]
    words += ["--backpressure", str(CONNECTIONS), "--http1-header-read-timeout", str(HEADER_MILLISECONDS)]
    words += ["--workers-kill-timeout", str(stop_seconds), "--log-level", "warning"]
    if factory:
        words.append("--factory")
    if tls is not None:
        words += ["--ssl-certificate", str(tls.certificate), "--ssl-keyfile", str(tls.key)]
    return [*words, target]


def refuse_exposure(host: str, port: int, behind_proxy: bool, trusted_proxies: int) -> None:
    """Refuses `not_loopback` for an address that strangers reach unless a buffering proxy stands in front (slow bodies
    stall the workers: security.md rule 21), `bad_value` behind a proxy that `trusted_proxies` (PORTAL_TRUSTED_PROXIES)
    does not count, and `port_taken`.
    """
    if behind_proxy:
        refuse_all_as_one(trusted_proxies)
    if not behind_proxy and not _is_loopback(host):
        raise Refused(
            "not_loopback",
            f"{host} can be reached from elsewhere, and slow clients would stall the server. Put a buffering proxy in "
            "front (portal proxy writes the configuration of nginx), set PORTAL_TRUSTED_PROXIES=1 and type: "
            f"portal serve --host {host} --behind-proxy",
        )
    if not is_free(host, port):
        raise Refused(
            "port_taken", f"Port {port} is taken. Type: portal serve --port {next_free(host, port + 1)}"
        )


def refuse_all_as_one(trusted_proxies: int) -> None:
    """Refuses `bad_value` behind a proxy while PORTAL_TRUSTED_PROXIES is 0: all visitors would count as one, and lock
    each other out."""
    if not trusted_proxies:
        raise Refused(
            "bad_value",
            "Behind a proxy every visitor comes from its address, and one who guesses would lock out all. "
            "Set PORTAL_TRUSTED_PROXIES=1 (one more for each proxy in front of that), then type this again.",
        )


def serve(host: str, port: int, workers: int = WORKERS) -> NoReturn:
    """Become the web server of the app in `wsgi`; never returns.

    Where that module is loaded already, the workers are forked with it: they share its memory and start at once.
    """
    from granian.cli import cli  # no other command needs a web server

    gc.collect()
    gc.freeze()  # the collector leaves alone what the workers share: looking at it would copy it
    gc.enable()
    words = command("wsgi:application", host, port, workers=workers)[3:]
    cli(words, prog_name="portal serve", auto_envvar_prefix="GRANIAN")
    raise AssertionError("unreachable: the server ends the program")


def share_metrics(settings: Settings) -> None:
    """Where numbers are asked for, the workers get a folder that they share, so that they add up.

    To be said before anything of the app is loaded that counts.
    """
    if settings.metrics_token and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        folder = settings.home.resolve() / "metrics"
        shutil.rmtree(folder, ignore_errors=True)  # numbers of workers that are gone
        folder.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def is_free(host: str, port: int) -> bool:
    """Whether a server may listen at this address now. Raises OSError for an address that is not this machine's."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the server does: connections of one that ended a moment ago may linger.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def next_free(host: str, port: int) -> int:
    """The first free port from `port` on, else any that the system gives."""
    candidates = range(port, min(port + 50, 65536))
    return next((candidate for candidate in candidates if is_free(host, candidate)), 0) or any_free(host)


def any_free(host: str) -> int:
    """A free port that the system chooses."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

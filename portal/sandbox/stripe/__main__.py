"""`python -m portal.sandbox.stripe`: the stand-in as a program, as `portal demo` starts it."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from portal.config import BadSettings, Settings
from portal.sandbox.stripe import Server, build

TICK_SECONDS = 5.0  # between two looks at what is due


def main(words: list[str]) -> int:
    """Serve until it is ended; answers the exit code."""
    options = _options().parse_args(words)
    settings = Settings.load(os.environ)
    if settings.env == "production":
        raise BadSettings(["the stand-in for Stripe never runs in production; set real Stripe keys there"])
    tls = (options.certificate, options.key) if options.certificate else None
    base_url = options.base_url or f"{'https' if tls else 'http'}://localhost:{options.port}"
    app = build(
        options.file,
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
        base_url=base_url,
        trusted=options.certificate,
    )
    server = Server(app, options.host, options.port, tls=tls, loopback_port=options.loopback_port)
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: ended.set())
    server.start()
    while not ended.wait(TICK_SECONDS):
        with server.stand_in.at_work():
            pass  # renewals and what has run out, without anybody asking
    server.stop()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal.sandbox.stripe", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="SQLite file that keeps its state")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--base-url", help="address of its pages for browsers")
    parser.add_argument("--webhook-url", required=True, help="where events go: the portal's /billing/events")
    parser.add_argument("--webhook-secret", required=True, help="whsec_..., with which they are signed")
    parser.add_argument(
        "--certificate", type=Path, help="PEM; serves https, and is trusted when events are sent"
    )
    parser.add_argument("--key", type=Path)
    parser.add_argument("--loopback-port", type=int, help="plain http on loopback too, for the API")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BadSettings as problem:
        sys.exit(str(problem))

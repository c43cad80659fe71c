"""`portal serve` as it is started: two workers that were forked with the app, and what they share."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from portal import serving
from portal.errors import Refused


@contextmanager
def served(environ: dict[str, str], **settings: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The running server and its address."""
    port = serving.any_free("127.0.0.1")
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "portal", "serve", "--port", str(port)]
    environment = os.environ | environ | settings | {"PORTAL_BASE_URL": address}
    with subprocess.Popen(
        command, cwd=serving.ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server, address
        finally:
            server.terminate()


def answered(server: "subprocess.Popen[str]", address: str) -> int:
    """The status of the first answer that comes."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(address) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if server.poll() is not None:
                return 0
            time.sleep(0.05)
    return 0


@pytest.mark.both_engines
def test_the_server_answers_and_ends_when_it_is_told_to(publish: Callable[[str], int], environ):
    publish("demo")
    with served(environ) as (server, address):
        assert answered(server, f"{address}/readyz") == 200
        assert answered(server, f"{address}/join") == 200
        server.terminate()
        assert server.wait(20) == 0


def test_the_numbers_of_all_workers_add_up(publish: Callable[[str], int], environ):
    publish("demo")
    with served(environ, PORTAL_METRICS_TOKEN="a-token-for-numbers") as (server, address):
        assert answered(server, f"{address}/healthz") == 200
        for _ in range(19):
            urllib.request.urlopen(f"{address}/healthz").close()
        asked = urllib.request.Request(
            f"{address}/metrics", headers={"Authorization": "Bearer a-token-for-numbers"}
        )
        with urllib.request.urlopen(asked) as answer:
            lines = answer.read().decode().splitlines()
    counted = [float(line.split()[-1]) for line in lines if "/healthz" in line and "_total{" in line]
    assert sum(counted) == 20


def test_a_database_that_is_behind_is_told_before_anything_is_served(environ, tmp_path):
    empty = {"PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"}
    with served(environ, **empty) as (server, _address):
        assert server.wait(30) == 1
        assert server.stderr is not None
        assert "portal migrate" in server.stderr.read()


def test_the_server_does_not_start_behind_a_proxy_where_all_visitors_would_count_as_one():
    port = serving.any_free("0.0.0.0")
    for host in ("0.0.0.0", "127.0.0.1"):
        with pytest.raises(Refused, match="PORTAL_TRUSTED_PROXIES=1"):
            serving.refuse_exposure(host, port, behind_proxy=True, trusted_proxies=0)
        serving.refuse_exposure(host, port, behind_proxy=True, trusted_proxies=1)

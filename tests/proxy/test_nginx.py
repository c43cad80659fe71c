"""nginx in front, as `portal proxy` writes it: hostile clients wait there, and whoever is signed in notices nothing.

At full size, with figures: `make evidence` (hostile).
"""

import contextlib
import http.client
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.cli.proxying import nginx_conf
from portal.config import Settings
from portal.errors import Refused
from portal.sandbox.tls import certificate_for
from tests.proxy import front as standing
from tests.proxy.front import Front, nginx_main
from tests.servers import find_nginx


def settings(**changes: str) -> Settings:
    given = {"PORTAL_BASE_URL": "https://points.example.com", "PORTAL_TRUSTED_PROXIES": "1"}
    return Settings.load(given | changes)


def is_taken(folder: Path, text: str) -> bool:
    """Whether nginx would start with this."""
    folder.joinpath("portal.conf").write_text(text)
    folder.joinpath("nginx.conf").write_text(nginx_main(folder))
    words = [str(find_nginx()), "-t", "-q", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "emerg" not in done.stderr or done.returncode, done.stderr
    return done.returncode == 0


def test_what_is_written_is_taken_by_nginx(tmp_path):
    made = certificate_for("192.0.2.7", tmp_path, datetime.now(UTC))
    text = nginx_conf(settings(), 8025, made.certificate, made.key)
    assert is_taken(tmp_path, text)
    assert is_taken(
        tmp_path, nginx_conf(settings(PORTAL_TRUSTED_PROXIES="2"), 8025, made.certificate, made.key)
    )
    assert not is_taken(tmp_path, text.replace("server_name", "server_nickname", 1)), (
        "the check sees a mistake"
    )


def test_staff_have_a_name_of_their_own_where_the_settings_say_so(tmp_path):
    made = certificate_for("192.0.2.7", tmp_path, datetime.now(UTC))
    own = settings(PORTAL_STAFF_URL="https://desk.example.com")
    text = nginx_conf(own, 8025, made.certificate, made.key)
    assert "proxy_set_header Host desk.example.com;" in text
    assert "server_name points.example.com desk.example.com;" in text
    assert is_taken(tmp_path, text)


def test_it_is_not_written_where_all_visitors_would_count_as_one():
    with pytest.raises(Refused, match="PORTAL_TRUSTED_PROXIES=1"):
        nginx_conf(settings(PORTAL_TRUSTED_PROXIES="0"), 8025, Path("c.pem"), Path("k.pem"))


def test_https_needs_both_files():
    with pytest.raises(Refused, match="--certificate"):
        nginx_conf(settings(), 8025, None, Path("k.pem"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("front")


@pytest.fixture(scope="module")
def front(folder):
    environ = {"PORTAL_ENV": "testing", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": ""}
    with standing.production(folder, environ) as running:
        yield running


def test_a_member_browses_while_forty_of_each_kind_hold_their_connections(front: Front):
    before = front.workers()
    with (
        standing.holding(
            front, {standing.slow_headers: 40, standing.slow_body: 40, standing.unclosed: 40}, 0.3
        ),
        standing.browsing(front, 0.05) as seen,
    ):
        statuses = standing.large_bodies(front, 8 * 1024 * 1024)
        seen.at_least(60)
    assert not seen.wrong
    assert statuses["large form"] in (0, 413)
    assert statuses["large batch"] in (0, 413)
    assert statuses["large event"] in (0, 413)
    assert {statuses[f"nested {what}"] for what in ("batch", "order", "words")} <= {400, 413, 422}
    assert statuses["nested event"] in (400, 404)
    assert front.workers() == before, "no worker died"


def ask(front: Front, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(front.host, front.port, timeout=30)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    with contextlib.closing(connection):
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_another_name_finds_nobody(front: Front):
    assert ask(front, "/sign-in", Host="evil.example")[0] == 421
    assert ask(front, "/sign-in", X_Forwarded_Host="evil.example")[0] == 200
    assert "evil.example" not in ask(front, "/sign-in", X_Forwarded_Host="evil.example")[1]


def test_what_a_mailed_link_holds_is_in_no_log(front: Front, folder: Path):
    assert ask(front, "/sign-in/link/canary-of-a-link")[0] in (404, 410)
    logs = [file.read_text() for file in folder.glob("*.log")]
    assert logs
    assert not [text for text in logs if "canary" in text]


def test_a_portal_that_is_gone_is_told_in_words(front: Front, folder: Path):
    front.server.terminate()
    front.server.wait(30)
    status, said = ask(front, "/home")
    assert status == 503
    assert "We are back shortly." in said
    ask(front, "/sign-in/link/canary-of-a-link")
    assert "canary" not in "".join(file.read_text() for file in folder.glob("*.log"))

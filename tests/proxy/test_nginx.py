"""nginx in front, as `portal proxy` writes it: hostile clients wait there, and whoever is signed in notices nothing.

At full size, with figures: `make evidence` (hostile).
"""

import contextlib
import http.client
import re
import socket
import subprocess
import time
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import pytest

from portal.cli.proxying import CONNECTIONS, nginx_conf
from portal.config import Settings
from portal.errors import Refused
from portal.sandbox.tls import certificate_for
from portal.web.headers import of_every_answer
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
    for name in ("points.example.com", "desk.example.com"):
        assert text.count(f"server_name {name};") == 2, "by plain http, and by https"
    assert is_taken(tmp_path, text)


def test_browsers_are_held_to_https_by_what_they_get_by_https_alone():
    parts = nginx_conf(settings(), 8025, Path("c.pem"), Path("k.pem")).split("\nserver {")[1:]
    lines = [text.count("add_header Strict-Transport-Security") for text in parts]
    assert lines == [0, 0, 0, 2], (
        "plain http, of no name and the portal's; https, and the portal's has a place for 503"
    )
    assert [text.count("add_header X-Content-Type-Options") for text in parts[:2]] == [1, 1]


def test_it_is_not_written_where_all_visitors_would_count_as_one():
    with pytest.raises(Refused, match="PORTAL_TRUSTED_PROXIES=1"):
        nginx_conf(settings(PORTAL_TRUSTED_PROXIES="0"), 8025, Path("c.pem"), Path("k.pem"))


def test_connections_are_counted_where_each_visitor_comes_from_an_address_of_her_own():
    one, two = (
        nginx_conf(settings(PORTAL_TRUSTED_PROXIES=hops), 8025, Path("c.pem"), Path("k.pem")) for hops in "12"
    )
    assert f"limit_conn portal_connections {CONNECTIONS};" in one
    assert "limit_conn" not in two, "all come from the front proxy's, and a hundred would be all"
    assert "the front proxy's to say" in two


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


def whole(front: Front, path: str, source: str = "127.0.0.1", **headers: str) -> tuple[int, str, Message]:
    """Status, words and headers of what is answered to somebody at this address."""
    connection = http.client.HTTPConnection(front.host, front.port, timeout=30, source_address=(source, 0))
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    with contextlib.closing(connection):
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers


def ask(front: Front, path: str, **headers: str) -> tuple[int, str]:
    """Status and words."""
    return whole(front, path, **headers)[:2]


def is_guarded(headers: Message) -> bool:
    """Whether an answer has every header that the portal's own have, each once."""
    wanted = of_every_answer(settings(PORTAL_BASE_URL="http://127.0.0.1"))
    return all(headers.get_all(name) == [value] for name, value in wanted.items())


def test_answers_of_nginx_itself_are_as_guarded_as_the_portals(front: Front):
    status, _said, headers = whole(front, "/sign-in")
    assert status == 200
    assert is_guarded(headers), "what the portal says is said once"
    status, _said, headers = whole(front, "/sign-in", Host="evil.example")
    assert status == 421
    assert is_guarded(headers)
    status, _said, headers = whole(front, "/sign-in", Content_Length=str(64 * 1024 * 1024))
    assert status == 413
    assert is_guarded(headers)
    status, _said, headers = whole(front, "/sign-in", Content_Length="x")
    assert status == 400
    assert is_guarded(headers)


def test_too_many_connections_of_one_address_are_told_with_the_same_headers(front: Front):
    here = ("127.0.9.50", 0)
    begun = b"POST /sign-in HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: 9\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            one = socket.create_connection((front.host, front.port), timeout=30, source_address=here)
            stack.enter_context(one).sendall(begun % (front.host.encode(), front.port))
        late = time.monotonic() + 30
        status, _said, headers = whole(front, "/sign-in", here[0])
        while status != 429 and time.monotonic() < late:  # nginx counts one once it has read its head
            status, _said, headers = whole(front, "/sign-in", here[0])
        assert status == 429
        assert is_guarded(headers)
        assert ask(front, "/sign-in")[0] == 200, "elsewhere nobody notices"


def test_the_number_of_a_request_is_nginxs_and_the_log_has_it(front: Front, folder: Path):
    _status, _said, headers = whole(front, "/nothing", X_Request_Id="from-a-stranger-1")
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"])
    log = folder.joinpath("portal.log").read_text()
    assert headers["X-Request-Id"] in log
    assert "from-a-stranger" not in log


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
    status, said, headers = whole(front, "/home")
    assert status == 503
    assert is_guarded(headers)
    assert headers["Retry-After"] == "5"
    assert "We are back shortly." in said
    ask(front, "/sign-in/link/canary-of-a-link")
    assert "canary" not in "".join(file.read_text() for file in folder.glob("*.log"))

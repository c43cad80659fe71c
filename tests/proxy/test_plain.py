"""What nginx answers by plain http, where the portal is at https: it leads to the portal's own address, or nowhere."""

import re
import subprocess
import time
from datetime import UTC, datetime

import pytest

from portal import serving
from portal.cli.proxying import nginx_conf
from portal.sandbox.tls import certificate_for
from tests.proxy.front import Front, nginx_main
from tests.proxy.test_nginx import is_taken, settings, whole
from tests.servers import find_nginx

DEBIANS_OWN = (
    "server { listen 80 default_server; listen [::]:80 default_server; server_name _; return 404; }\n"
)
OURS = {"PORTAL_BASE_URL": "https://points.example.com:8443", "PORTAL_STAFF_URL": "https://desk.example.com"}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple:
    """A folder, and the file for two names in it, one with a port of its own."""
    folder = tmp_path_factory.mktemp("plain")
    made = certificate_for("192.0.2.7", folder, datetime.now(UTC))
    return folder, nginx_conf(settings(**OURS), 8025, made.certificate, made.key)


@pytest.fixture(scope="module")
def plain(written):
    """nginx alone, with no portal behind it."""
    folder, text = written
    port, tls = serving.any_free("127.0.0.1"), serving.any_free("127.0.0.1")
    text = re.sub(r"listen \[::\]:\d+[^;]*;", "", text).replace("listen 80;", f"listen 127.0.0.1:{port};")
    text = re.sub(r"listen (443|8443) ", f"listen 127.0.0.1:{tls} ", text)
    text = re.sub(rf"(listen 127.0.0.1:{tls} ssl default_server;\s+)+", r"\1", text)
    folder.joinpath("portal.conf").write_text(text)
    folder.joinpath("nginx.conf").write_text(nginx_main(folder))
    words = [str(find_nginx()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(words) as program:
        front = Front("127.0.0.1", port, "", "", program)
        try:
            yield front
        finally:
            program.terminate()


def asked(front: Front, host: str, path: str) -> tuple[int, str | None]:
    """The status, and where it leads."""
    late = time.monotonic() + 30
    while True:
        try:
            status, _said, headers = whole(front, path, Host=host)
        except ConnectionRefusedError:
            assert time.monotonic() < late
            time.sleep(0.02)
        else:
            return status, headers["Location"]


def test_people_are_led_to_the_address_of_the_settings_with_its_port(plain: Front):
    led = asked(plain, "points.example.com", "/sign-in?next=/card")
    assert led == (301, "https://points.example.com:8443/sign-in?next=/card")
    assert asked(plain, "POINTS.example.com:80", "/") == (301, "https://points.example.com:8443/")
    assert asked(plain, "desk.example.com", "/staff/") == (301, "https://desk.example.com/staff/")
    assert asked(plain, "points.example.com", "/api/v1/programme") == (403, None)


@pytest.mark.parametrize("host", ["evil.example", "points.example.com.evil.example", ""])
def test_another_name_is_led_nowhere(plain: Front, host: str):
    assert asked(plain, host, "/sign-in")[1] is None
    assert asked(plain, host, "/sign-in")[0] in (400, 421)
    assert asked(plain, host, "/api/v1/programme")[0] in (400, 421)


def test_it_stands_beside_the_site_that_comes_with_nginx(tmp_path, written):
    _folder, text = written
    assert is_taken(tmp_path, text + DEBIANS_OWN)
    assert is_taken(tmp_path, DEBIANS_OWN + text)

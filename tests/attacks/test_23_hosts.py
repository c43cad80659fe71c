"""23: a Host that is not ours is refused, and no address in a page, redirect or mail is made of what a request says."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.home.doors import ANNA, enter
from tests.page import Visit

FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Host": "evil.example",
    "X-Original-Host": "evil.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "Forwarded": "host=evil.example;proto=https",
}
HOSTS = (
    "evil.example",
    "localhost.evil.example",
    "localhost@evil.example",
    "evil.example:80",
    "evil.example/",
    "",
)


@pytest.mark.parametrize("host", HOSTS)
def test_23_a_host_that_is_not_ours_is_not_answered(client, anna, host):
    for path in ("/", "/sign-in", "/home", "/nothing", "/healthz", "/billing/events", "/api/v1/programme"):
        for method in ("GET", "POST"):
            answer = client.open(path, method=method, headers={"Host": host}, base_url="http://x.example")
            assert answer.status_code == 400, (method, path)
            assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/sign-in", {"Sec-Fetch-Site": "cross-site"}),
        ("/sign-in", {"Origin": "https://evil.example"}),
        ("/sign-in?x=%00", {}),
        ("/staff/sign-in", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_23_whatever_else_is_wrong_with_it_the_host_is_what_is_refused(client, anna, path, more):
    for method in ("GET", "POST"):
        answer = client.open(path, method=method, headers={"Host": "evil.example", **more})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), method


def asked_over_a_socket(site: str, *lines: str) -> tuple[int, str]:
    """The status and the whole answer to a request that is written by hand."""
    parts = urlsplit(site)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    try:
        connection.putrequest("GET", lines[0], skip_host=True, skip_accept_encoding=True)
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, str(answer.headers) + answer.read().decode()
    finally:
        connection.close()


def test_23_over_a_socket_two_hosts_or_a_whole_address_do_not_help(site, anna):
    ours = f"Host: {urlsplit(site).netloc}"
    attempts = [
        ("/home", "Host: evil.example"),
        ("http://evil.example/home", "Host: evil.example"),
        ("/home", ours, "Host: evil.example"),
        ("/home", "Host: evil.example", ours),
        ("http://evil.example/home", ours),
        ("/home", ours, *(f"{name}: {value}" for name, value in FORWARDED.items())),
    ]
    for lines in attempts:
        status, told = asked_over_a_socket(site, *lines)
        assert status in (303, 400), lines
        assert "evil" not in told.lower(), lines
    assert asked_over_a_socket(site, "/", ours)[0] == 200


@pytest.mark.parametrize(
    "hops", [pytest.param(n, marks=pytest.mark.settings(PORTAL_TRUSTED_PROXIES=str(n))) for n in (0, 1, 2)]
)
def test_23_forwarded_hosts_change_no_address_of_a_page_a_redirect_or_a_mail(client, anna, mailbox, hops):
    visit = Visit(client)
    visit.client.environ_base |= {
        f"HTTP_{name.upper().replace('-', '_')}": v for name, v in FORWARDED.items()
    }
    visit.client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.7"
    assert client.get("/home").headers["Location"].startswith("/sign-in")
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    for message in mailbox:
        assert "evil" not in message.as_string()
        body = str(message.get_body(("plain",)).get_content())
        assert "http://localhost/sign-in/link/" in body
    visit.open(mailbox.link(ANNA))
    visit.submit("Sign in as a•••@example.com on this device")
    for path in ("/home", "/share", "/you", "/card", "/developers", "/api/v1/openapi.json", "/nothing"):
        answer = visit.client.get(path)
        assert "evil" not in answer.text + str(answer.headers), path
    assert "http://localhost/r/" in visit.client.get("/share").text


def test_23_the_same_page_for_two_hosts_is_kept_by_nobody_in_between(app, anna):
    """No answer that could be poisoned is stored: pages say no-store, and only files of one release may be kept."""
    visit = enter(app)
    for path in ("/", "/home", "/sign-in", "/r/anna-abc", "/nothing"):
        assert visit.client.get(path, headers=FORWARDED).headers["Cache-Control"] == "no-store", path

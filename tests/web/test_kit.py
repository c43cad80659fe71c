"""The kit around every view: headers, who may come in, what another site may not do, logs, and an operator's pages."""

import io
import json
import re

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from portal import clock as portal_clock
from portal import create_app
from portal import programme as programmes
from portal.config import Settings
from portal.db import db, transact
from portal.web import line_number
from portal.web.metrics import REQUESTS
from tests.home.doors import enter, join
from tests.notices.mailbox import mailbox, programme
from tests.page import Visit

__all__ = ["mailbox", "programme"]

CSP = {
    "default-src": "'none'", "script-src": "'self'", "worker-src": "'self'", "style-src": "'self'", "img-src": "'self'",
    "font-src": "'self'", "connect-src": "'self'", "manifest-src": "'self'", "form-action": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "sw",
}  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_BASE_URL": "https://points.shop.example",
    "PORTAL_SECRET_KEY": "s" * 40,
    "PORTAL_ADDRESS_KEY": "a" * 40,
    "PORTAL_SMTP_URL": "smtp://127.0.0.1:1",
    "PORTAL_MAIL_FROM": "points@shop.example",
}


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def logged(app: Flask) -> io.StringIO:
    """What this test's app writes to its log."""
    lines = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    return lines


def breaking(app: Flask, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Let a view have a bug whose words hold a secret."""

    def bug(**_given: str) -> str:
        raise RuntimeError("the secret is 31337")

    bug.policy = app.view_functions[endpoint].policy  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, endpoint, bug)


def test_every_kind_of_answer_has_the_headers(app, client, anna, monkeypatch):
    breaking(app, monkeypatch, "web.help")
    breaking(app, monkeypatch, "merchant.openapi")
    css = Visit(client).open("/").all("link", rel="stylesheet")[0]["href"]
    kinds = {
        "/": 200, "/home": 303, "/nothing": 404, "/help": 500, css: 200, "/static/x/nothing": 404, "/brand/1.css": 200,
        "/healthz": 200, "/readyz": 200, "/metrics": 404, "/api/v1/programme": 401, "/api/v1/nothing": 404,
        "/api/v1/openapi.json": 500, "/developers": 200,
    }  # fmt: skip
    answers = {path: client.get(path) for path in kinds}
    assert {path: answer.status_code for path, answer in answers.items()} == kinds
    answers["/sign-out"] = client.post("/sign-out")
    answers["PUT /"] = client.put("/")
    answers["host"] = client.get("/", headers={"Host": "evil.example"})
    for path, answer in answers.items():
        given = answer.headers.get("Content-Security-Policy", "")
        assert dict(part.split(" ", 1) for part in given.split("; ")) == CSP, path
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value], path
        assert len(answer.headers.getlist("Referrer-Policy")) == 1, path
        assert "geolocation=()" in answer.headers["Permissions-Policy"], path
        assert answer.headers["X-Request-Id"], path
        assert "31337" not in answer.text, path
    for path in ("/help", "/api/v1/openapi.json"):
        assert "Traceback" not in answers[path].text


def test_pages_are_kept_nowhere_and_files_for_ever(app, client, anna):
    visit = enter(app)
    page = visit.open("/home")
    files = [part["href"] for part in page.all("link", rel="stylesheet")]
    files += [part["src"] for part in page.all("script") if part["src"]]
    assert files
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200, file
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", file
        assert "Set-Cookie" not in answer.headers, file
    for path in (
        "/",
        "/home",
        "/activity",
        "/you",
        "/card",
        "/sign-in",
        "/nothing",
        "/static/x/none.css",
        "/api/v1/x",
    ):
        assert visit.client.get(path).headers.getlist("Cache-Control") == ["no-store"], path


def test_a_file_that_is_none_is_missing_and_nothing_outside_is_served(client, anna):
    for name in (
        "none.css",
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "/etc/passwd",
        "css/",
        ".hidden",
        "css",
    ):
        assert client.get(f"/static/x/{name}").status_code in (404, 308), name


@pytest.mark.both_engines
def test_the_brands_colour_is_a_stylesheet_of_its_version(client, anna):
    answer = client.get("/brand/1.css")
    assert answer.mimetype == "text/css"
    assert re.fullmatch(
        r":root\{--brand-l:0\.\d{4};--brand-c:0\.\d{4};--brand-h:\d+\.\d;"
        r"--accent-l:0\.\d{4};--accent-c:0\.\d{4};--accent-h:\d+\.\d;--on-brand:#[0-9a-f]+;--away:-1\}",
        answer.text,
    )
    for number in ("2", "0", "2147483648", "9" * 30):
        assert client.get(f"/brand/{number}.css").status_code == 404, number


@pytest.mark.parametrize("text", ["9" * 19, "-" + "9" * 30, "x", "", "1.5", "9" * 5000])
def test_a_number_of_no_line_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        line_number(text)


BEHIND = pytest.mark.settings(PORTAL_TRUSTED_PROXIES="1")


@BEHIND
def test_one_id_stands_in_the_page_the_header_and_the_log(app, client, anna, logged, monkeypatch):
    breaking(app, monkeypatch, "web.help")
    answer = client.get("/help", headers={"X-Request-Id": "from-the-proxy-1"})
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    assert "from-the-proxy-1" in answer.text
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [(line["event"], line["request_id"]) for line in lines] == [
        ("bug", "from-the-proxy-1"),
        ("request", "from-the-proxy-1"),
    ]
    assert "RuntimeError" in lines[0]["exception"]
    assert (
        client.get("/api/v1/x", headers={"X-Request-Id": "from-the-proxy-2"}).json["request_id"]
        == "from-the-proxy-2"
    )


def test_without_a_proxy_nobody_outside_writes_an_id_into_the_log(client, anna, logged):
    answer = client.get("/nothing", headers={"X-Request-Id": "from-a-stranger-1"})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert "from-a-stranger" not in logged.getvalue() + answer.text + str(answer.headers)


@BEHIND
@pytest.mark.parametrize(
    "given", ["", "short", "<script>alert(1)</script>", "x" * 65, "a b c d e f g", "ü" * 10]
)
def test_an_id_that_is_none_is_made_anew(client, anna, given):
    made = client.get("/nothing", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)


def test_healthy_and_ready_are_two_questions(client, app, programme):
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)


def test_a_portal_without_a_programme_says_what_to_type_and_is_not_ready(client):
    for path in ("/", "/help", "/sign-in", "/terms"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (503, "text/plain"), path
        assert "portal programme use FILE" in answer.text
        assert answer.headers["Content-Security-Policy"]
    for path in ("/nothing", "/brand/1.css"):
        assert client.get(path).status_code == 404, path
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_while_the_database_is_away_it_says_so_and_comes_back_by_itself(app, anna, tmp_path, logged):
    visit = enter(app)
    visit.open("/home")
    assert visit.client.get("/readyz").status_code == 200

    file, moved = tmp_path / "portal.sqlite", tmp_path / "away"
    db.engine.dispose()
    for path in tmp_path.glob("portal.sqlite-*"):
        path.unlink()
    file.rename(moved)
    file.mkdir()  # nothing that can be opened
    answer = visit.client.get("/home")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "We are back in a moment" in answer.text
    assert visit.client.get("/readyz").status_code == 503
    assert visit.client.get("/healthz").status_code == 200
    answer = visit.client.get("/api/v1/programme", headers={"Authorization": "Bearer pk_x"})
    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert answer.headers["Retry-After"]
    programmes.refresh()  # a server that has just begun has read no programme
    answer = visit.client.get("/help")
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "We are back in a moment" in answer.text
    file.rmdir()
    moved.rename(file)
    assert "Anna Bell" in visit.open("/home").text, "and she is still signed in"
    assert visit.client.get("/readyz").status_code == 200


@pytest.mark.settings(PORTAL_METRICS_TOKEN="open sesame")
def test_numbers_are_for_who_knows_the_token(client, programme):
    for given in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer open sesam",
        "Basic open sesame",
        "Bearer ü",
    ):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404, given
    answer = client.get("/metrics", headers={"Authorization": "Bearer open sesame"})
    assert answer.status_code == 200
    assert "portal_requests_total{" in answer.text
    assert 'route="/metrics"' in answer.text


def test_without_a_token_there_are_no_numbers(client, programme):
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": ""}):
        assert client.get("/metrics", headers=given).status_code == 404


def test_a_strangers_inventions_do_not_fill_the_numbers(client, programme):
    for number in range(5):
        assert client.open(f"/nothing/{number}", method=f"INVENTED{number}").status_code in (404, 405)
    labels = [sample.labels for metric in REQUESTS.collect() for sample in metric.samples]
    assert not [label for label in labels if "INVENTED" in label["method"] or "/nothing" in label["route"]]
    assert [label for label in labels if label["method"] == "other"]


@pytest.fixture
def live(database_url: str, tmp_path) -> FlaskClient:
    """A client of a portal as strangers meet it, by https."""
    app = create_app(
        Settings.load(PRODUCTION | {"PORTAL_DATABASE_URL": database_url, "PORTAL_HOME": str(tmp_path)})
    )
    with app.app_context():
        source = programmes.load("demo").source
        transact(lambda: programmes.publish(source, portal_clock.now()))
        yield app.test_client()
        db.engine.dispose()


def test_a_live_portal_has_no_gallery_and_no_other_names(live):
    base = {"base_url": "https://points.shop.example"}
    assert live.get("/", **base).status_code == 200
    assert live.get("/gallery/", **base).status_code == 404
    assert live.get("/gallery/pages/home", **base).status_code == 404
    for host in ("localhost", "127.0.0.1"):
        assert live.get("/", base_url=f"https://{host}").status_code == 400


def test_a_live_portals_cookies_and_answers_are_for_https_alone(live):
    answer = live.get("/sign-in", base_url="https://points.shop.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookies = [
        cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("__Host-portal=")
    ]
    assert len(cookies) == 1
    words = {word.strip() for word in cookies[0].split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= words
    assert not [word for word in words if word.startswith("Domain")]


def test_the_language_of_a_live_portal_is_remembered_for_https_alone(live):
    here = {"base_url": "https://points.shop.example"}
    cookies = live.get("/?lang=ko", **here).headers.getlist("Set-Cookie")
    (cookie,) = (cookie for cookie in cookies if not cookie.startswith("__Host-portal="))
    assert cookie.startswith("__Host-lang=ko;")
    words = {word.strip() for word in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= words
    assert not [word for word in words if word.startswith("Domain")]


@pytest.mark.settings(PORTAL_BASE_URL="https://localhost")
@pytest.mark.parametrize(("name", "language"), [("__Host-lang", "ko"), ("lang", "en")])
def test_a_language_that_a_neighbouring_host_could_have_written_is_not_read(client, publish, name, language):
    publish(programmes.load("demo").source)
    client.set_cookie(name, "ko", domain="localhost")
    assert f'<html lang="{language}"' in client.get("/", base_url="https://localhost").text


def test_a_cookie_that_was_changed_opens_nothing(app, anna):
    visit = enter(app)
    cookie = visit.client.get_cookie("portal").value
    # The last character of a signature has bits that say nothing: the first one has none.
    start = cookie.rindex(".") + 1
    changed = cookie[:start] + ("A" if cookie[start] != "A" else "B") + cookie[start + 1 :]
    for forged in (changed, cookie.split(".")[0], "x", ""):
        thief = app.test_client()
        thief.set_cookie("portal", forged, domain="localhost")
        assert thief.get("/home").status_code == 303, forged
    assert visit.client.get("/home").status_code == 200

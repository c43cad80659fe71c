"""The kit around every view: the headers of pages and files, and what is kept of them."""

import re

import pytest

from portal.web import line_number
from tests.home.doors import enter
from tests.notices.mailbox import programme
from tests.page import Visit
from tests.web.kit import anna, breaking

__all__ = ["anna", "programme"]

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

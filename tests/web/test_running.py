"""A portal that runs: ids in its log, whether it is healthy and ready, a database that is away, its numbers."""

import json
import re

import pytest

from portal import programme as programmes
from portal.db import db
from portal.web.metrics import REQUESTS
from tests.home.doors import enter
from tests.notices.mailbox import programme
from tests.web.kit import anna, breaking, logged

__all__ = ["anna", "logged", "programme"]

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

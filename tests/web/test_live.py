"""A live portal: no gallery, and cookies for https alone that nobody else can write."""

import pytest
from flask.testing import FlaskClient

from portal import clock as portal_clock
from portal import create_app
from portal import programme as programmes
from portal.config import Settings
from portal.db import db, transact
from tests.home.doors import enter
from tests.notices.mailbox import programme
from tests.web.kit import PRODUCTION, anna

__all__ = ["anna", "programme"]


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

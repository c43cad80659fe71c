"""Behind one proxy or several the portal is at the address of its settings, whatever they tell of the way there."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.home.doors import join, step_in
from tests.notices.mailbox import programme
from tests.page import read

__all__ = ["programme"]

AT = "https://localhost"
HERE = {"base_url": "http://localhost"}  # the last proxy takes TLS off


@pytest.mark.settings(PORTAL_BASE_URL=AT)
@pytest.mark.parametrize(
    "hops", [pytest.param(n, marks=pytest.mark.settings(PORTAL_TRUSTED_PROXIES=str(n))) for n in (0, 1, 2)]
)
def test_ways_back_and_redirects_keep_to_https(app: Flask, programme, hops: int):
    join()
    browser = step_in(app).client
    # The front one of two says it once and the next hands that on; others add what reached themselves, or nothing.
    for said in ("https", "https, http", "http", ""):
        headers = {"X-Forwarded-Proto": said, "Referer": f"{AT}/safety", "Origin": AT}
        answer = browser.post("/sessions/end-others", headers=headers, **HERE)
        assert parse_qs(urlsplit(answer.location).query) == {"next": ["/safety"]}, said
        assert browser.get("/you//leave", headers=headers, **HERE).location == f"{AT}/you/leave", said
        headers |= {"Referer": "http://localhost/safety"}
        answer = browser.post("/sessions/end-others", headers=headers, **HERE)
        assert parse_qs(urlsplit(answer.location).query) == {}, "another site"
        headers |= {"Origin": "http://localhost"}
        assert browser.post("/sessions/end-others", headers=headers, **HERE).status_code == 403, said


@pytest.mark.parametrize(
    "base",
    [
        pytest.param(base, marks=pytest.mark.settings(PORTAL_BASE_URL=base))
        for base in ("https://xn--caf-dma.example", "https://café.example")
    ],
)
def test_a_shop_with_letters_of_its_own_in_its_name_is_open(app: Flask, programme, base: str):
    """Browsers send such a name as xn--, in Host and in Origin alike."""
    browser, at = app.test_client(), {"base_url": "https://xn--caf-dma.example"}
    token = read(browser.get("/sign-in", **at).text).all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "email": "anna@example.com", "as_typed": "1"}
    origin = {"Origin": "https://xn--caf-dma.example"}
    assert browser.post("/sign-in", data=form, headers=origin, **at).status_code == 303
    origin = {"Origin": "https://caf.example"}
    assert browser.post("/sign-in", data=form, headers=origin, **at).status_code == 403

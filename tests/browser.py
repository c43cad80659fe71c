"""Chromium on a phone: the app behind a real server, and what a person's phone would show of it.

`phone` fails its test when the page raised a script error, broke the content security policy, or asked for something
that is not there.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright
from werkzeug.serving import make_server

from tests.servers import find_chromium

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--max-opt=1",  # no page lives long enough to pay back what its scripts cost to optimise
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "en-GB",
    "timezone_id": "Europe/London",
    "reduced_motion": "reduce",
}
WITHOUT_SCRIPT: WeakSet[BrowserContext] = WeakSet()
LOOKED_AT: WeakSet[BrowserContext] = WeakSet()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, started once for each worker; it reaches nothing but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def site(app: Flask, address: str, listener: int) -> Iterator[str]:
    """The app behind a real server with threads; gives its address, which is also PORTAL_BASE_URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener)
    server.log_startup = lambda: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    # The descriptor lives on in `listener`: without this, whoever still calls waits for an answer.
    with contextlib.suppress(OSError):
        server.socket.shutdown(socket.SHUT_RDWR)
    server.server_close()
    thread.join()


@pytest.fixture
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the phone runs JavaScript; both with the mark `script_on_and_off`."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def phone(chromium: Browser, site: str, script: bool) -> Iterator[Page]:
    """A page on a phone of 390 x 844, at the site: `phone.goto("/")`."""
    with new_phone(chromium, site, script) as page:
        yield page


@contextlib.contextmanager
def new_phone(chromium: Browser, site: str, script: bool = True, **settings: Any) -> Iterator[Page]:
    """Another phone, with its own cookies; `settings` as of Playwright (`color_scheme="dark"`)."""
    context = chromium.new_context(base_url=site, java_script_enabled=script, **(PHONE | settings))
    if not script:
        WITHOUT_SCRIPT.add(context)
    context.set_default_timeout(15_000)
    page = context.new_page()
    faults: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        # A refusal's page comes with its own status, which Chromium also reports here; missing parts are noted below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"{message.text} at {page.url}")

    def note_response(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            faults.append(f"{response.status} for {response.url}")

    page.on("pageerror", lambda error: faults.append(f"{error} at {page.url}"))
    page.on("console", note_console)
    page.on("response", note_response)
    try:
        yield page
    finally:
        context.close()
    assert not faults, "the phone complained:\n" + "\n".join(faults)


OF_COLOUR = ("color-contrast", "link-in-text-block")
HAS_AXE = "Boolean(window.axe?.run)"
RUN_AXE = "options => axe.run(options).then(found => JSON.stringify({violations: found.violations}))"


def check_axe(page: Page, *rules: str) -> None:
    """Assert that axe finds nothing against accessibility on the page as it is shown. Needs JavaScript on.

    With `rules` only those are looked at: of a page that has changed its colours alone, `OF_COLOUR`.
    """
    assert page.context not in WITHOUT_SCRIPT, "axe waits for ever on a page without JavaScript"
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})  # half the work
    if not page.evaluate(HAS_AXE):  # a page that has only changed has it still
        page.evaluate(f"{AXE_SCRIPT};null")
        if (
            page.context in LOOKED_AT
        ):  # where a second page is looked at there are more: sending it costs most
            page.context.add_init_script(AXE_SCRIPT)
        LOOKED_AT.add(page.context)
    result = AxeResults(json.loads(page.evaluate(RUN_AXE, options)))
    assert not result.violations_count, result.generate_report()


def check_width(page: Page) -> None:
    """Assert that nothing sticks out sideways: the page scrolls in one direction only."""
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert size[0] <= size[1], f"{page.url} is {size[0]} px wide in a window of {size[1]} px"

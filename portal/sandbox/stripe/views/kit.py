"""What the pages share: the strict policy, the form token, the choice of cards, and words for amounts and days."""

import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request
from werkzeug.wrappers import Response

from portal.sandbox.stripe.cards import CARDS
from portal.sandbox.stripe.periods import money
from portal.sandbox.stripe.stand_in import StandIn

POLICY = "default-src 'none'; style-src 'self'; form-action {}; base-uri 'none'; frame-ancestors 'none'"
EARLIER = "This page is from an earlier start, so nothing was done. Press the button again."


class Kit:
    """The pages' tools for one stand-in."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        if stand_in.store.fact("form_token", None) is None:
            stand_in.store.remember("form_token", secrets.token_urlsafe(16))
        self.token: str = stand_in.store.fact("form_token", "")

    def show(
        self, template: str, status: int = 200, leads_to: Iterable[str | None] = (), **context: Any
    ) -> Response:
        """A page. `leads_to` are the addresses outside to which its buttons lead in the end: browsers ask for them."""
        html = render_template(
            f"sandbox/stripe/{template}.html", **{"csrf": self.token, "cards": CARDS.values()} | context
        )
        response = Response(html, status, mimetype="text/html")
        origins = [f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in leads_to if url]
        response.headers["Content-Security-Policy"] = POLICY.format(
            " ".join(["'self'", *dict.fromkeys(origins)])
        )
        return response

    def is_ours(self) -> bool:
        """Whether the form that is posted came from a page of this stand-in."""
        return hmac.compare_digest(request.form.get("csrf_token", "").encode(), self.token.encode())


def card_chosen() -> str | None:
    """The test card of the form, None where there is none that exists."""
    given = request.form.get("card", "")
    return given if given in CARDS else None


def day(instant: int | None) -> str:
    """A day as people read it: `3 December 2026`."""
    return "" if instant is None else f"{datetime.fromtimestamp(instant, UTC):%-d %B %Y}"


def moment(instant: int) -> str:
    """A day with its time, in UTC."""
    return f"{datetime.fromtimestamp(instant, UTC):%-d %b %Y %H:%M} UTC"


FILTERS = {"money": money, "day": day, "moment": moment}

"""A running Stripe stand-in for tests: in threads of this process, on a free port, with its controls as methods.

The fixture `stripe_standin` holds all events, so that a test says what is delivered, when, how often and in which
order; `release()` lets them go by themselves, as in the demonstration.
"""

import contextvars
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from tests.page import Element, _fields, read
from tests.stripe_guard import guarded

KEY = "sk_test_standin"
SECRET = "whsec_of_the_stand_in"
VERSION = "2026-10-28.endive"
EVENTS_PATH = "/billing/events"
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answered: status, where it sends the browser, and the page."""

    status: int
    location: str
    page: Element


@cache
def _empty_file() -> bytes:
    """The file of a stand-in that has begun, whose making waits for the disk."""
    from portal.sandbox.stripe.store import Store

    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder) / "stripe.sqlite").close()
        return (Path(folder) / "stripe.sqlite").read_bytes()


class StripeStandIn:
    """The stand-in with its controls. `url` is where API and pages are."""

    def __init__(self, folder: Path, webhook_url: str | None) -> None:
        from portal.sandbox.stripe import Server, build

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / "stripe.sqlite").exists():
            (folder / "stripe.sqlite").write_bytes(_empty_file())
        app = build(
            folder / "stripe.sqlite",
            webhook_url=webhook_url,
            webhook_secret=SECRET,
            base_url="http://127.0.0.1",
        )
        self._client = Client(app, use_cookies=False)
        self.way: stripe.HTTPClient | None = None  # of stripe-python to here, a socket without one
        self._server = Server(app, "127.0.0.1", 0)
        self.url = self._server.stand_in.base_url = f"http://127.0.0.1:{self._server.port}"
        self.stand_in.outbox.hold(True)
        self.stand_in.store.run("PRAGMA synchronous = OFF")  # no test cuts the power
        self._server.start()

    def stop(self) -> None:
        """End it."""
        self._server.stop()

    @property
    def stand_in(self) -> Any:
        """What its pages and its API work with."""
        return self._server.stand_in

    @property
    def settings(self) -> dict[str, str]:
        """What points a portal at this stand-in."""
        return {
            "PORTAL_STRIPE_SECRET_KEY": KEY,
            "PORTAL_STRIPE_WEBHOOK_SECRET": SECRET,
            "PORTAL_STRIPE_API_BASE": self.url,
        }

    def client(self, **options: Any) -> Any:
        """A client of stripe-python whose calls are held to the library's own types."""
        return guarded(self.bare_client(**options))

    def bare_client(self, **options: Any) -> stripe.StripeClient:
        """The client as a portal would make it, unchecked."""
        return stripe.StripeClient(
            options.pop("key", KEY),
            **{"stripe_version": VERSION, "base_addresses": {"api": self.url}, "http_client": self.way}
            | options,
        )

    # The clock

    def now(self) -> int:
        """The instant on the stand-in's clock."""
        return int(self.control("clock", {})["now"])

    def advance(self, *, days: float = 0, to: int | None = None) -> int:
        """Move its clock forward; renewals, ends of trials and retries until then happen. Answers the instant."""
        target = to if to is not None else self.now() + int(days * DAY)
        return int(self.control("clock", {"to": target})["now"])

    # The outbox

    def hold(self) -> None:
        """Events wait."""
        self.control("hold", {"held": True})

    def release(self) -> None:
        """Events are delivered by themselves."""
        self.control("hold", {"held": False})

    def events(self, *types: str, pending: bool = False) -> list[str]:
        """Ids of the events in the outbox, oldest first; of these types, or all."""
        return [
            one["event"]
            for one in self.outbox()
            if (not types or one["type"] in types) and (not pending or one["state"] == "pending")
        ]

    def outbox(self) -> list[dict[str, Any]]:
        """Every delivery with its state, oldest first."""
        found: list[dict[str, Any]] = self.control("outbox", None)
        return found

    def deliver(self, events: Iterable[str] | None = None, **how: Any) -> list[int]:
        """Deliver these events now, in this order (all pending ones without); answers the statuses.

        `times=2`, `tamper=True`, `secrets=[...]`, `age_seconds=400`, `url=...`.
        """
        chosen = list(events) if events is not None else self.events(pending=True)
        return [one["status"] for one in self.control("deliver", {"events": chosen} | how)]

    def deliver_to(
        self, client: FlaskClient, events: Iterable[str] | None = None, path: str = EVENTS_PATH, **how: Any
    ) -> list[int]:
        """The same for a portal without a socket: posted through its test client."""
        statuses = []
        for event in list(events) if events is not None else self.events(pending=True):
            for _ in range(how.get("times", 1)):
                body, signature = self.signed(event, **how)
                answer = client.post(
                    path, data=body, content_type="application/json", headers={"Stripe-Signature": signature}
                )
                statuses.append(answer.status_code)
            self.stand_in.outbox.taken(event, statuses[-1])
        return statuses

    def signed(self, event: str, **how: Any) -> tuple[bytes, str]:
        """Body and `Stripe-Signature` header of a delivery."""
        from portal.sandbox.stripe.views.control import sign

        return sign(self.stand_in, {"event": event} | how)

    def drop(self, events: Iterable[str] | None = None) -> None:
        """These (all pending ones) never arrive."""
        chosen = list(events) if events is not None else self.events(pending=True)
        self.control("drop", {"events": chosen})

    # What goes wrong, and what others do

    def fault(
        self, kind: str, path: str = "*", *, method: str = "*", times: int = 1, seconds: float = 0.0
    ) -> None:
        """The next calls to `path` go wrong: sleep, 409, 429, 500, lost (done, answer lost), drop (not done)."""
        self.control(
            "faults", {"kind": kind, "path": path, "method": method, "times": times, "seconds": seconds}
        )

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.control("faults", {"clear": True})

    def dispute(self, payment_intent: str) -> str:
        """The cardholder's bank takes the payment back; answers the dispute's id."""
        return str(self.control("disputes", {"payment_intent": payment_intent})["id"])

    def close_dispute(self, id: str, outcome: str) -> None:
        """`won` or `lost`."""
        self.control(f"disputes/{id}", {"outcome": outcome})

    def set_card(self, customer: str, card: str) -> None:
        """The customer's card from now on, such as "0341"."""
        self.control("cards", {"customer": customer, "card": card})

    def patch(self, id: str, **fields: Any) -> None:
        """Lay fields over an object as no call could (an unknown status, livemode); no event comes of it."""
        self.control(f"objects/{id}", fields)

    # The hosted pages, as a browser without JavaScript uses them

    def pay(
        self,
        session_id: str,
        card: str | None = "4242",
        *,
        bank: str = "complete",
        promotion_code: str | None = None,
        email: str | None = None,
    ) -> Answer:
        """Pay a Checkout session; where the card asks, she answers at her bank: `complete`, `fail` or `leave`.

        Answers the last page, or the redirect to the shop, whose `location` a browser would open.
        """
        path = f"/pay/{session_id}"
        if promotion_code is not None:
            self.submit(path, "redeem", promotion_code=promotion_code)
        answer = self.submit(
            path, "pay", **{k: v for k, v in {"card": card, "email": email}.items() if v is not None}
        )
        return self._at_the_bank(answer, bank)

    def pay_invoice(self, invoice_id: str, card: str = "4242", *, bank: str = "complete") -> Answer:
        """Pay an open bill at its hosted page."""
        return self._at_the_bank(self.submit(f"/invoice/{invoice_id}", "pay", card=card), bank)

    def change_card(self, portal_url: str, card: str, *, bank: str = "complete") -> Answer:
        """Change the card in the hosted portal, at the address of its session."""
        path = f"{urlsplit(portal_url).path}/card"
        answer = self.submit(path, "save", card=card)
        if answer.status == 200 and "Confirm at your bank" in answer.page.text:
            return self.send(path, self._form(answer.page, bank))
        return answer

    def cancel_in_portal(self, portal_url: str, subscription_id: str, feedback: str = "") -> Answer:
        """Cancel in the hosted portal, where its configuration allows it."""
        return self.submit(
            f"{urlsplit(portal_url).path}/cancel/{subscription_id}", "cancel", feedback=feedback
        )

    def open(self, path: str) -> Answer:
        """A page of the stand-in, by path or address."""
        return self.send(path, None)

    def submit(self, path: str, act: str, **values: str) -> Answer:
        """Open a page, fill in the form of the button `act`, and press it. A page without it is answered as it is."""
        opened = self.open(path)
        if not opened.page.all("button", name="act", value=act):
            return opened
        return self.send(path, self._form(opened.page, act) | values)

    def _form(self, page: Element, act: str) -> dict[str, str]:
        (form,) = (form for form in page.all("form") if form.all("button", name="act", value=act))
        return _fields(form) | {"act": act}

    def _at_the_bank(self, answer: Answer, bank: str) -> Answer:
        if answer.status == 303 and "three-d-secure" in answer.location:
            path = urlsplit(answer.location)
            asked = self.open(f"{path.path}?{path.query}")
            if bank == "leave":
                return asked
            (form,) = asked.page.all("form")
            return self.send(form["action"], self._form(asked.page, bank))
        return answer

    def send(self, path: str, form: Mapping[str, str] | None) -> Answer:
        """One request as a browser sends it, following nothing."""
        how: dict[str, Any] = {} if form is None else {"method": "POST", "data": dict(form)}
        answer = self.ask(path.removeprefix(self.url), **how)
        return Answer(answer.status_code, answer.headers.get("Location", ""), read(answer.text))

    def control(self, name: str, given: Mapping[str, Any] | None) -> Any:
        """One call of the control API: a GET without `given`."""
        how: dict[str, Any] = {} if given is None else {"method": "POST", "json": given}
        answer = self.ask(f"/_control/{name}", **how)
        assert answer.status_code == 200, f"/_control/{name}: {answer.status_code} {answer.text}"
        return answer.json

    def ask(self, path: str, **how: Any) -> TestResponse:
        """One request that needs no socket, which costs six times the answer."""
        return contextvars.Context().run(self._client.open, path, base_url=self.url, **how)


@pytest.fixture
def stripe_standin(tmp_path: Path, address: str) -> Iterator[StripeStandIn]:
    """A stand-in with everything held, whose events go to the portal of this test at /billing/events."""
    standin = StripeStandIn(tmp_path / "stripe", f"{address}{EVENTS_PATH}")
    yield standin
    standin.stop()

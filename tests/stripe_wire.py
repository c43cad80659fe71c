"""The way of stripe-python to the stand-in without a socket: a call of its app, in the thread that asks.

A socket costs more than what is asked, so who tests plans goes this way. Whatever is to go wrong on the way goes
wrong on the real one.
"""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from portal.sandbox.stripe.wire import decode
from tests.stripe_standin import StripeStandIn

CUT = 502  # how the stand-in says, without a socket, that the connection is gone


class Wire(stripe.HTTPClient):
    """Calls of the stand-in's app. `real` is the way of the calls that come while a fault waits for one; without it
    these go here too.
    """

    name = "wire"

    def __init__(self, standin: StripeStandIn, real: stripe.HTTPClient | None = None) -> None:
        super().__init__()
        self._standin, self._real = standin, real

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        """One call; answers body, status and headers."""
        parts, stand_in = urlsplit(url), self._standin.stand_in
        is_quiet = not stand_in.faults._coming
        if not is_quiet and self._real is not None:
            return self._real.request(method, url, headers, post_data)
        if method == "get" and is_quiet:  # nothing comes in between
            told = {"id": "req_quick", "idempotency_key": None}
            status, body = stand_in.call("GET", parts.path, decode(parse_qsl(parts.query)), told)
            return json.dumps(body), status, {"Request-Id": "req_quick"}
        sent = {name: value for name, value in headers.items() if name != "Content-Length"}
        answer = self._standin.ask(
            parts.path, query_string=parts.query, method=method.upper(), data=post_data, headers=sent
        )
        if answer.status_code == CUT:
            raise stripe.APIConnectionError("the connection was cut")
        return answer.get_data(), answer.status_code, answer.headers

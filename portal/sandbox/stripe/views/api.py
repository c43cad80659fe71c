"""The API as HTTP: keys and versions, forms in, JSON out, idempotency, and what goes wrong on demand."""

import hashlib
import json
import secrets
import socket
import time
from urllib.parse import parse_qsl, unquote

from flask import Blueprint, request
from werkzeug.wrappers import Response

from portal.sandbox.stripe.faults import Fault
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import VERSION, Complaint, decode

SPOKEN = {
    409: (
        "Something else is changing this object. Please try again.",
        "invalid_request_error",
        "lock_timeout",
    ),
    429: ("Too many requests hit the API too quickly.", "invalid_request_error", "rate_limit"),
    500: ("An unknown error occurred. (The stand-in was asked for one.)", "api_error", None),
}


def api(stand_in: StandIn) -> Blueprint:
    """Everything under /v1."""
    views = Blueprint("api", __name__)

    @views.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def call(rest: str) -> Response:
        """Answer one call of the API."""
        request_id = f"req_{secrets.token_hex(7)}"
        fault = stand_in.faults.take(request.method, request.path)
        if fault is not None and fault.kind == "drop":
            return _cut()
        replayed = False
        try:
            _recognise()
            params = _params()
            key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
            told: Obj = {"id": request_id, "idempotency_key": key}

            def act() -> tuple[int, Obj]:
                if fault is not None and fault.kind == "sleep":
                    time.sleep(fault.seconds)
                refusal = _refusal(fault)
                return refusal or stand_in.call(request.method, unquote(request.path), params, told)

            if key:
                asked = hashlib.sha256(
                    json.dumps([request.path, params], sort_keys=True).encode()
                ).hexdigest()
                status, body, replayed = stand_in.once(key, asked, act)
            else:
                status, body = act()
        except Complaint as complaint:
            status, body = complaint.status, complaint.body
        if fault is not None and fault.kind == "lost":
            return _cut()
        response = Response(json.dumps(body, indent=2), status, mimetype="application/json")
        response.headers |= {"Request-Id": request_id, "Stripe-Version": VERSION}
        if replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    return views


def _recognise() -> None:
    """The key must be one of a sandbox, and the version the one that this stand-in speaks."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not key:
        raise Complaint(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if not key.startswith("sk_test_"):
        raise Complaint(
            f"Invalid API Key provided: {key[:8]}****. The stand-in takes sk_test_ keys.", status=401
        )
    version = request.headers.get("Stripe-Version", VERSION)
    if version != VERSION:
        raise Complaint(f"Invalid Stripe API version: {version}. The stand-in speaks {VERSION} only.")


def _params() -> Obj:
    """The parameters: of a POST in its body, of the others in the address."""
    if request.method == "POST" and request.args:
        raise Complaint("The stand-in takes the parameters of a POST in its body.")
    raw = request.get_data() if request.method == "POST" else request.query_string
    try:
        return decode(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw)))
    except ValueError:
        raise Complaint("Invalid request: the body is not a form.") from None


def _refusal(fault: Fault | None) -> tuple[int, Obj] | None:
    """The answer of a fault that is one."""
    if fault is None or not fault.kind.isdecimal():
        return None
    status = int(fault.kind)
    message, kind, code = SPOKEN[status]
    return status, Complaint(message, status=status, type=kind, code=code).body


def _cut() -> Response:
    """Cut the connection: whatever is answered now reaches nobody."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=502)

"""The API's description: the OpenAPI 3.1 document, and the same for the page that people read."""

import json
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from portal.merchant.calls import CALLS, Call
from portal.merchant.shapes import Problem

WHAT_REFUSALS_MEAN = {
    400: "The body is not JSON, or not UTF-8",
    401: "No key, or one that is not in force",
    403: "The key has not the scope",
    404: "There is no such thing",
    409: "It contradicts what stands: an older version, the same one with another body, another member's address",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "A field is missing or wrong; `errors` point to it",
    429: "Too many calls; wait `Retry-After` seconds",
    503: "The database does not answer; try again after `Retry-After` seconds",
}
ABOUT = (
    "Orders, members and points of a loyalty programme. An order is a state, not an event: send all of it, with a "
    "`version` that rises whenever anything changes. The same version and body again is answered alike and writes "
    "nothing. A request is applied whole or not at all. Fields may be added to answers; none is renamed or removed."
)


@cache
def document(base_url: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a portal at `base_url`."""
    models: list[tuple[Any, Any]] = [(call.answer, "serialization") for call in CALLS]
    models += [(call.body, "validation") for call in CALLS if call.body is not None]
    models.append((Problem, "serialization"))
    names, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, names)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Loyalty portal", "version": version, "description": ABOUT},
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key that the shop's staff made.",
                }
            },
            "responses": {
                str(status): {
                    "description": meaning,
                    "content": {"application/problem+json": {"schema": names[(Problem, "serialization")]}},
                    **(
                        {"headers": {"Retry-After": {"schema": {"type": "integer"}}}}
                        if status in (429, 503)
                        else {}
                    ),
                }
                for status, meaning in WHAT_REFUSALS_MEAN.items()
            },
        },
    }


@cache
def operations() -> list[dict[str, Any]]:
    """The calls as the page for developers shows them."""
    return [
        {
            "method": call.method,
            "path": f"/api/v1{call.path}",
            "summary": call.summary,
            "scope": " / ".join(call.scopes),
            "request_example": _shown(call.example),
            "response_example": _shown(call.example_answer),
        }
        for call in CALLS
    ]


def _operation(call: Call, names: Any) -> dict[str, Any]:
    statuses = {401, 403, 429, 503, *call.refusals, *({400, 413, 415, 422} if call.body is not None else ())}
    answer: dict[str, Any] = {"schema": names[(call.answer, "serialization")]}
    if call.example_answer is not None:
        answer["example"] = call.example_answer
    operation: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "description": f"Scope of the key: {' or '.join(call.scopes)}.",
        "parameters": _parameters(call),
        "responses": {
            "200": {"description": "Done", "content": {"application/json": answer}},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)},
        },
    }
    if call.body is not None:
        content = {"schema": names[(call.body, "validation")], "example": call.example}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _parameters(call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if "{id}" in call.path:
        schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[^\x00-\x1f\x7f]+$"}
        found.append({"name": "id", "in": "path", "required": True, "schema": schema})
    if "{code}" in call.path:
        schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[^\x00-\x1f\x7f/]+$"}
        found.append({"name": "code", "in": "path", "required": True, "schema": schema})
    if "{name}" in call.path:
        schema = {"type": "string", "minLength": 1, "maxLength": 80, "pattern": r"^[^\x00-\x1f\x7f/]+$"}
        found.append({"name": "name", "in": "path", "required": True, "schema": schema})
    for name, meaning, schema in call.query:
        found.append({"name": name, "in": "query", "description": meaning, "schema": schema})
    if call.method == "POST":
        meaning = (
            "Accepted. A call that writes is done once for each key; where the body itself has one (`ref`, an order's "
            "version), that one counts."
        )
        found.append(
            {"name": "Idempotency-Key", "in": "header", "description": meaning, "schema": {"type": "string"}}
        )
    return found


def _shown(example: Any) -> str | None:
    return None if example is None else json.dumps(example, indent=2, ensure_ascii=False)

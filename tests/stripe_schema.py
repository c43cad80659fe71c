"""Stripe's own description of its objects, where it is at hand: what the stand-in makes must fit it (stripe.md 2.3).

The description is of an older version than the pinned one: fields that are newer are named here.
"""

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

FOLDER = Path(os.environ.get("STRIPE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "stripe")
FILE = FOLDER / "openapi.spec3.2026-05-27.dahlia.json.gz"
NEWER = {"subscription": {"status_details"}}
Fault = str


@cache
def schemas() -> dict[str, Any]:
    """The schemas of all objects. Skips the test, and says so, where the description is not at hand."""
    if not FILE.exists():
        pytest.skip(f"Stripe's description is not at hand: {FILE} (say where by STRIPE_DATA)")
    with gzip.open(FILE) as stream:
        found: dict[str, Any] = json.load(stream)["components"]["schemas"]
    return {name: _plain(schema) for name, schema in found.items()}


def _plain(schema: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items() if not name.startswith("x-")}
    if plain.pop("nullable", False):
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@cache
def _validator(kind: str) -> Any:
    root = {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": schemas()}}
    return jsonschema_rs.validator_for(root)


def faults(obj: dict[str, Any]) -> list[Fault]:
    """What of an object of the API does not fit its description, and fields that it does not know."""
    kind = obj["object"]
    found = [
        f"{kind}{error.instance_path}: {error.message[:200]}" for error in _validator(kind).iter_errors(obj)
    ]
    unknown = set(obj) - set(schemas()[kind]["properties"]) - NEWER.get(kind, set())
    return found + [f"{kind}: unknown field {name}" for name in sorted(unknown)]

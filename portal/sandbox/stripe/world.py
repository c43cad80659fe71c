"""One piece of work on the stand-in's objects: at one instant, kept together, with the events that it causes."""

import json
import secrets
import string
from typing import Any

from portal.sandbox.stripe.store import Obj, Store
from portal.sandbox.stripe.wire import VERSION, copied, missing, visible

LETTERS = string.ascii_letters + string.digits
HOUR = 3600
DAY = 24 * HOUR


class World:
    """Objects by id, each loaded once, so that two verbs of one piece of work change the same one.

    `now` is the instant in seconds since 1970, on the stand-in's own clock; `base_url` is where its pages are.
    """

    def __init__(self, store: Store, now: int, base_url: str, request: Obj | None = None) -> None:
        self.store, self.now, self.base_url = store, now, base_url
        self.request = request or {"id": None, "idempotency_key": None}
        self._loaded: dict[str, Obj] = {}
        self._kept: dict[str, str] = {}

    @property
    def real_now(self) -> int:
        """The instant by which pages of payment expire: at Stripe no test clock moves it."""
        return self.now - int(self.store.fact("moved_seconds", 0))

    def new_id(self, prefix: str, length: int = 24) -> str:
        """An id of Stripe's look, such as `sub_1x7...`."""
        return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"

    def add(self, kind: str, prefix: str, **fields: Any) -> Obj:
        """Make an object; it is kept when the work is."""
        id = fields.pop("id", None) or self.new_id(prefix)
        obj: Obj = {"id": id, "object": kind, "created": self.now, "livemode": False} | fields
        self.store.run("INSERT INTO objects (id, kind, body) VALUES (?, ?, '')", id, kind)
        self._loaded[id] = obj
        self._kept[id] = ""
        return obj

    def peek(self, id: Any) -> Obj | None:
        """The object with this id, deleted ones too."""
        if id not in self._loaded:
            rows = self.store.run("SELECT body FROM objects WHERE id = ?", str(id))
            if not rows:
                return None
            self._load(str(id), rows[0][0])
        return self._loaded[id]

    def get(self, kind: str, id: Any, param: str, status: int = 400) -> Obj:
        """The object of this kind; complains as `resource_missing` about `param`."""
        obj = self.peek(id)
        if obj is None or obj["object"] != kind or obj.get("_deleted"):
            raise missing(kind, str(id), param, status)
        return obj

    def all(self, kind: str, **equal: Any) -> list[Obj]:
        """Objects of a kind whose fields equal these, newest first; deleted ones are left out."""
        for id, body in self.store.run("SELECT id, body FROM objects WHERE kind = ? ORDER BY seq DESC", kind):
            if id not in self._loaded:
                self._load(id, body)
        order = self.store.run("SELECT id FROM objects WHERE kind = ? ORDER BY seq DESC", kind)
        found = [self._loaded[id] for (id,) in order]
        return [
            obj
            for obj in found
            if not obj.get("_deleted") and all(obj.get(name) == value for name, value in equal.items())
        ]

    def next_due(self, until: int) -> tuple[Obj, int] | None:
        """What must happen first, until then: the object and when. A schedule goes before its subscription."""
        self.flush()
        rows = self.store.run(
            "SELECT id, due FROM objects WHERE due <= ? ORDER BY due, kind <> 'subscription_schedule', seq LIMIT 1",
            until,
        )
        if not rows:
            return None
        obj = self.peek(rows[0][0])
        assert obj is not None
        return obj, rows[0][1]

    def emit(self, type: str, obj: Obj, before: Obj | None = None) -> Obj:
        """Record an event about the object as it is now, and put it in the outbox of every endpoint that wants it."""
        shown = visible({name: value for name, value in obj.items() if name != "_deleted"})
        data: Obj = {"object": shown}
        if before is not None:
            changed = {name: old for name, old in visible(before).items() if shown.get(name) != old}
            data["previous_attributes"] = changed
        endpoints = [
            endpoint
            for endpoint in self.all("webhook_endpoint", status="enabled")
            if {"*", type} & set(endpoint["enabled_events"])
        ]
        event = self.add(
            "event",
            "evt",
            api_version=VERSION,
            data=data,
            pending_webhooks=len(endpoints),
            request=dict(self.request),
            type=type,
        )
        for endpoint in endpoints:
            self.store.run(
                "INSERT INTO deliveries (event, endpoint) VALUES (?, ?)", event["id"], endpoint["id"]
            )
        return event

    def flush(self) -> None:
        """Write what has changed."""
        for id, obj in self._loaded.items():
            body = json.dumps(obj)
            if body != self._kept[id]:
                self.store.run("UPDATE objects SET body = ?, due = ? WHERE id = ?", body, obj.get("_due"), id)
                self._kept[id] = body

    def _load(self, id: str, body: str) -> None:
        self._loaded[id] = json.loads(body)
        self._kept[id] = body


def nothing(names: str) -> Obj:
    """Fields that are there and empty."""
    return dict.fromkeys(names.split())


def snapshot(obj: Obj) -> Obj:
    """The object as it was, for `previous_attributes`."""
    return {name: copied(value) for name, value in obj.items()}


def merge_metadata(obj: Obj, given: Any) -> None:
    """Stripe's rule: names are merged, an empty value takes a name away, an empty text takes all away."""
    if given == "":
        obj["metadata"] = {}
    elif given is not None:
        merged = (obj.get("metadata") or {}) | given
        obj["metadata"] = {name: value for name, value in merged.items() if value != ""}

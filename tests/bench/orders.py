"""Rates of writing: the API call by call and in bulk, the import, redemptions of one balance."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from portal import boot, lab, ledger, merchant
from portal.db import migrate, transact
from tests.bench import seeding

SINGLE, BULKS = 1000, 6


def _body(number: int, now: datetime) -> dict[str, object]:
    return {
        "version": 1,
        "member": {"id": f"c-{number % 50}"},
        "placed_at": now.isoformat(),
        "status": "paid",
        "currency": "GBP",
        "shipping": "3.00",
        "lines": [
            {"id": "1", "sku": "A", "name": "Tea", "amount": "12.40"},
            {"id": "2", "sku": "B", "name": "Cup", "amount": "8.00"},
        ],
    }


def api(environ: dict[str, str]) -> dict[str, float]:
    """Orders a second through the whole app, one by one and 500 at a time, each commit on disk."""
    app = boot(environ)
    migrate(app)
    now = datetime.now(UTC)
    with app.app_context():
        seeding.publish()
        for number in range(50):
            seeding.member(f"c-{number}", 1, now)
        _id, secret = transact(lambda: merchant.create_key("bench", "main", ["read", "orders"], now))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    client.put("/api/v1/orders/warm", json=_body(0, now), headers=headers)
    began = time.perf_counter()
    for number in range(SINGLE):
        answer = client.put(f"/api/v1/orders/s{number}", json=_body(number, now), headers=headers)
        assert answer.status_code == 200, answer.text
    single = SINGLE / (time.perf_counter() - began)
    bodies = [
        json.dumps({"orders": [{"id": f"b{batch}-{n}", **_body(n, now)} for n in range(500)]})
        for batch in range(BULKS)
    ]
    began = time.perf_counter()
    for body in bodies:
        answer = client.post(
            "/api/v1/orders/batch", data=body, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200, answer.text
    bulk = 500 * BULKS / (time.perf_counter() - began)
    with app.app_context():
        assert ledger.faults() == []
    return {"order API, one by one": single, "order API, 500 at a time": bulk}


def imported(environ: dict[str, str], file: Path, mapping: str, programme: Path) -> float:
    """Orders a second of an import into an empty database."""
    from portal import programme as programmes

    app = boot(environ)
    migrate(app)
    now = datetime.now(UTC)
    with app.app_context():
        transact(lambda: programmes.publish(programme.read_text(), now))
        began = time.perf_counter()
        report = lab.import_orders(file, lab.load_mapping(mapping), join_unknown=True, now=now, limit=10_000)
        return report.rows / (time.perf_counter() - began)

"""One step of a check in a program of its own, so that it can be killed: `import` a history, or tell its `figures`."""

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from portal import create_app, earning, lab, ledger, programme
from portal.config import Settings
from portal.db import migrate, read, transact
from tests.lab import figures

LAB = Path(figures.__file__).parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # later than every order of the histories
TABLES = (
    "member",
    "wallet",
    "operation",
    "entry",
    "lot",
    "lot_use",
    "tier_counter",
    "tier_grant",
    "shop_order",
)


def tell(file: Path, mapping: str, scheme: str) -> None:
    """Import with a line for each chunk, then one with the report."""
    transact(lambda: programme.publish((LAB / f"{scheme}.toml").read_text(), NOW))
    report = lab.import_orders(
        file,
        lab.load_mapping(mapping),
        join_unknown=True,
        now=NOW,
        progress=lambda done, total: print("done", done, total, flush=True),
    )
    print("report", report.rows, report.repeated, len(report.refused), flush=True)


def state() -> str:
    """A hash over every row that an import writes."""
    whole = hashlib.sha256()
    for table in TABLES:
        for line in sorted(map(str, read(text(f"SELECT * FROM {table}")).all())):
            whole.update(line.encode())
    return whole.hexdigest()


def main() -> None:
    """Arguments: import FILE MAPPING PROGRAMME, or figures NAME."""
    app = create_app(Settings.load(os.environ))
    migrate(app)
    with app.app_context():
        if sys.argv[1] == "import":
            tell(Path(sys.argv[2]), *sys.argv[3:5])
            return
        found = {
            "figures": getattr(figures, sys.argv[2])(),
            "faults": ledger.faults() + earning.faults(),
            "state": state(),
        }
        print(json.dumps(found))


if __name__ == "__main__":
    main()

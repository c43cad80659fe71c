"""Chooses the demonstration's history out of Online Retail: `python -m tests.lab.make_excerpt`.

Of customers in the United Kingdom who bought in amounts of a household, a fixed number for each tier that the `demo`
programme would give them for 2011; those with refunds and with orders of the last days come first, then chance by a
hash, so that the same data give the same file. All rows of a chosen customer are kept.
"""

import gzip
import hashlib
import io
from collections import defaultdict
from pathlib import Path

from tests.lab.naive import RETAIL, rows

TARGET = Path(__file__).resolve().parents[2] / "portal" / "lab" / "history" / "online-retail-excerpt.csv.gz"
TIERS = ((100_000, 30), (50_000, 35), (20_000, 40), (0, 45))  # pence in the year, how many customers
LARGEST_PENCE = 30_000
MOST_ORDERS = 25
LAST_DAYS = "2011-12-05"

Row = dict[str, str]


def chosen() -> list[Row]:
    """The rows of the excerpt, in the order of the file."""
    everything = rows(RETAIL)
    by_customer: dict[str, list[Row]] = defaultdict(list)
    for row in everything:
        by_customer[row["customer_id"]].append(row)
    by_tier: dict[int, list[str]] = defaultdict(list)
    for customer, history in by_customer.items():
        if _is_household(history):
            spent = sum(int(row["total_pence"]) for row in history if row["invoiced_at_local"] >= "2011")
            by_tier[next(need for need, _ in TIERS if spent >= need)].append(customer)
    kept = set()
    for need, count in TIERS:
        kept.update(sorted(by_tier[need], key=lambda customer: _rank(by_customer[customer]))[:count])
    return [row for row in everything if row["customer_id"] in kept]


def _is_household(history: list[Row]) -> bool:
    sales = [row for row in history if not row["invoice_no"].startswith("C")]
    refunds = [row for row in history if row["invoice_no"].startswith("C")]
    return (
        0 < len(sales) <= MOST_ORDERS
        and all(row["country"] == "United Kingdom" for row in history)
        and all(0 < int(row["total_pence"]) <= LARGEST_PENCE for row in sales)
        and all(row["refund_of"] for row in refunds)
        and sum(int(row["total_pence"]) for row in history if row["invoiced_at_local"] >= "2011") >= 0
    )


def _rank(history: list[Row]) -> tuple[int, str]:
    """One in three for refunds, one in three for the last days, the rest by chance: by the hash's own third."""
    digest = hashlib.sha256(history[0]["customer_id"].encode()).hexdigest()
    reasons = (
        any(row["refund_of"] for row in history),
        any(row["invoiced_at_local"] >= LAST_DAYS for row in history),
        True,
    )
    return (0 if reasons[int(digest, 16) % 3] else 1, digest)


def main() -> None:
    """Write the excerpt, the same to the byte each time."""
    columns = ("invoice_no", "customer_id", "invoiced_at_local", "total_pence", "refund_of")
    lines = [",".join(columns), *(",".join(row[column] for column in columns) for row in chosen())]
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
    TARGET.write_bytes(packed.getvalue())
    print(f"{TARGET.name}: {len(lines) - 1} rows, {len(packed.getvalue())} bytes")


if __name__ == "__main__":
    main()

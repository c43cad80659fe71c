"""The control figures by a plain loop over the files: no rule, table or line of the portal is used.

`tests/lab/test_control.py` checks the loops themselves at full size against control-figures.json; then they may say
what a part of the customers must come to.
"""

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CDNOW = DATA / "cdnow-orders.csv.gz"
RETAIL = DATA / "online-retail-orders.csv.gz"
GROCERY = DATA / "grocery-lines-sample.csv.gz"
THRESHOLDS = (("silver", 10_000), ("gold", 25_000), ("platinum", 50_000))  # cents in a calendar year

Wanted = Callable[[str], bool]


def everybody(_customer: str) -> bool:
    """All customers."""
    return True


def a_tenth(customer: str) -> bool:
    """The same tenth of the customers on every machine."""
    return _place(customer) % 10 == 0


def a_fiftieth(customer: str) -> bool:
    """A fifth of that tenth."""
    return _place(customer) % 50 == 0


def _place(customer: str) -> int:
    return int(hashlib.sha256(customer.encode()).hexdigest(), 16)


def control(part: str) -> dict[str, Any]:
    """One part of control-figures.json."""
    figures: dict[str, Any] = json.loads((DATA / "control-figures.json").read_text())[part]
    return figures


def rows(path: Path) -> list[dict[str, str]]:
    """Every row of a gzip CSV."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(keys: Iterable[Iterable[object]]) -> str:
    """The hash of control-figures.json: sorted lines, fields joined by commas."""
    lines = sorted(",".join(str(field) for field in key) for key in keys)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def excerpt(source: Path, target: Path, wanted: Wanted) -> Path:
    """The rows of wanted customers, as a plain CSV."""
    kept = [row for row in rows(source) if wanted(row["customer_id"])]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return target


def cdnow(wanted: Wanted = everybody) -> dict[str, Any]:
    """Points by customer; for each year the tier by customer, and which order reached which tier."""
    points: dict[str, int] = defaultdict(int)
    spent: dict[tuple[str, str], int] = defaultdict(int)
    reached = set()
    history = sorted(rows(CDNOW), key=lambda row: (row["ordered_on"], row["order_id"]))
    for row in history:
        customer, cents = row["customer_id"], int(row["total_cents"])
        if not wanted(customer):
            continue
        points[customer] += cents // 100
        year = row["ordered_on"][:4]
        before = spent[year, customer]
        spent[year, customer] += cents
        for tier, need in THRESHOLDS:
            if before < need <= before + cents:
                reached.add((year, customer, tier, row["ordered_on"], row["order_id"]))
    return {
        "points_total": sum(points.values()),
        "points": digest(points.items()),
        **{
            f"{year} {what}": figure
            for year in ("1997", "1998")
            for what, figure in _year({c: s for (y, c), s in spent.items() if y == year}).items()
        },
        **{f"{year} reached": digest(r[1:] for r in reached if r[0] == year) for year in ("1997", "1998")},
    }


def _year(spent: dict[str, int]) -> dict[str, Any]:
    tiers = {
        customer: next((tier for tier, need in reversed(THRESHOLDS) if cents >= need), "base")
        for customer, cents in spent.items()
    }
    return {
        "customers": len(tiers),
        **{tier: list(tiers.values()).count(tier) for tier in ("base", "silver", "gold", "platinum")},
        "tiers": digest(tiers.items()),
    }


def retail(wanted: Wanted = everybody) -> dict[str, Any]:
    """Points by customer after linked refunds, and what those took."""
    sale_of: dict[str, tuple[str, int]] = {}
    taken: dict[str, int] = defaultdict(int)
    for row in rows(RETAIL):
        if not wanted(row["customer_id"]):
            continue
        pence = int(row["total_pence"])
        if not row["invoice_no"].startswith("C"):
            sale_of[row["invoice_no"]] = (row["customer_id"], pence)
        elif row["refund_of"]:
            taken[row["refund_of"]] -= pence
    points: dict[str, int] = defaultdict(int)
    for invoice, (customer, pence) in sale_of.items():
        points[customer] += (pence - taken[invoice]) // 100
    before = sum(pence // 100 for _, pence in sale_of.values())
    return {
        "points_total": sum(points.values()),
        "points": digest(points.items()),
        "clawed_back": before - sum(points.values()),
    }


def expected_cdnow() -> dict[str, Any]:
    """What control-figures.json says, under the names of `cdnow`."""
    given = control("cdnow")
    figures = {
        "points_total": given["points_total"],
        "points": given["hash_per_customer__customer_id,points"],
    }
    for year, of_year in given["tiers_by_calendar_year"].items():
        figures[f"{year} customers"] = of_year["customers_with_an_order"]
        for tier in ("base", "silver", "gold", "platinum"):
            figures[f"{year} {tier}"] = of_year[f"exactly_{tier}"]
        figures[f"{year} tiers"] = of_year["hash__customer_id,tier"]
        figures[f"{year} reached"] = of_year[
            "hash_reached__customer_id,tier,ordered_on,order_id (lines sorted as text)"
        ]
    return figures


def expected_retail() -> dict[str, Any]:
    """What control-figures.json says, under the names of `retail`."""
    given = control("online_retail")
    return {
        "points_total": given["points_after_linked_refunds"],
        "points": given["hash_per_customer__customer_id,points_after_linked_refunds (customers with a sale)"],
        "clawed_back": given["points_clawed_back"],
    }


def expected_grocery() -> dict[str, Any]:
    """What control-figures.json says of the baskets."""
    given = control("grocery_sample")
    return {
        "points_total": given["points_1_per_whole_dollar_per_basket"],
        "baskets": given["baskets"],
        "households": given["hash_per_household__household_id,baskets,sales_cents,points"],
    }

"""What a ladder of tiers can get wrong: no base, steps that do not rise, tiers that nobody can reach."""

from collections.abc import Iterator
from typing import Any

from portal import money
from portal.errors import Refused
from portal.programme.findings import Finding, rows, table
from portal.programme.ladder import COUNTED
from portal.programme.naming import keys


def ladder_findings(data: dict[str, Any]) -> Iterator[Finding]:
    """All that is wrong with the tiers together."""
    reached: dict[str, int] = {}
    categories: set[str] = set()
    for at, row in rows(data, "tiers"):
        entry = row.get("entry", ())
        if at == 0 and entry:
            remedy = "put a tier without entry first, or take the entry out"
            yield Finding(("tiers", 0, "entry"), "the first tier is the base: everybody has it", remedy)
        if at > 0 and entry == () and row.get("courtesy") is not True:
            yield Finding(
                ("tiers", at),
                "only the first tier has no entry",
                'add entry = [{ metric = "spend", amount = "200.00" }], or courtesy = true where colleagues give it',
            )
        yield from _rising(at, row, reached, data)
        yield from _eased(at, row, data)
        yield from _unreachable(at, row, data)
        for way, entry_row in [pair for ways in ("entry", "keep", "reenter") for pair in rows(row, ways)]:
            if entry_row.get("metric") == "quantity":
                categories.add(str(entry_row.get("categories")))
                if len(categories) > 1:
                    message = "another tier counts the quantity of other categories"
                    yield Finding(
                        ("tiers", at, "entry", way), message, "let all tiers count the same categories"
                    )
    yield from _rules(data)


def need(entry: dict[str, Any], data: dict[str, Any]) -> int | None:
    """How much a way asks for: minor units or a number; None where it is wrong, or only something held."""
    count, amount = entry.get("count"), entry.get("amount")
    if isinstance(count, int):
        return count
    try:
        return money.to_minor(amount, str(data.get("currency"))) if isinstance(amount, str) else None
    except Refused:
        return None


def _rising(at: int, row: dict[str, Any], reached: dict[str, int], data: dict[str, Any]) -> Iterator[Finding]:
    for way, entry in rows(row, "entry"):
        metric, much = str(entry.get("metric")), need(entry, data)
        if much is None:
            continue
        if much <= reached.get(metric, 0):
            field = "amount" if "amount" in entry else "count"
            yield Finding(
                ("tiers", at, "entry", way, field),
                f"{entry[field]} is not above the tier before it",
                "tiers rise: put them in order, each needing more than the one before",
            )
        reached[metric] = much


def _eased(at: int, row: dict[str, Any], data: dict[str, Any]) -> Iterator[Finding]:
    """Keeping a tier, or coming back, is never harder than reaching it."""
    asked = {str(entry.get("metric")): need(entry, data) for _, entry in rows(row, "entry")}
    for name in ("keep", "reenter"):
        for way, entry in rows(row, name):
            much, most = need(entry, data), asked.get(str(entry.get("metric")))
            if much is not None and most is not None and much > most:
                field = "amount" if "amount" in entry else "count"
                message = f"{entry[field]} is more than it takes to reach the tier"
                yield Finding(
                    ("tiers", at, name, way, field), message, "ask for as much as under entry, or for less"
                )


def _unreachable(at: int, row: dict[str, Any], data: dict[str, Any]) -> Iterator[Finding]:
    """A tier that can be entered by none of its ways."""
    ways = [entry for _, entry in rows(row, "entry") if isinstance(entry.get("metric"), str)]
    if at > 0 and ways and all(_is_closed(entry, data) for entry in ways):
        missing = {
            "earned": "nothing of the file gives points",
            "paid-months": "no plan is paid by month or year",
        }
        because = missing.get(str(ways[0]["metric"]), "there is no plan")
        remedy = "add a way in that somebody can walk, or courtesy = true where colleagues give it"
        yield Finding(("tiers", at, "entry"), f"nobody can reach this tier: {because}", remedy)


def _is_closed(entry: dict[str, Any], data: dict[str, Any]) -> bool:
    intervals = [plan.get("interval") for _, plan in rows(data, "plans")]
    if entry["metric"] == "earned":
        sources = ("earn", "campaigns", "activities", "goals", "steps", "grants")
        return not any(True for name in sources for _ in rows(data, name))
    if entry["metric"] == "paid-months":
        return not any(interval in ("month", "year") for interval in intervals)
    return entry["metric"] == "plan" and not keys(data, "plans")


def _rules(data: dict[str, Any]) -> Iterator[Finding]:
    rules = table(data, "tier_rules")
    period = rules.get("period", "life")
    counted = [
        (at, way)
        for at, row in rows(data, "tiers")
        for way, entry in rows(row, "entry")
        if entry.get("metric") in COUNTED
    ]
    if period != "calendar-year" and rules.get("review", "01-01") != "01-01":
        message = "only tiers of a calendar year have a day of review"
        yield Finding(("tier_rules", "review"), message, 'take review out, or write period = "calendar-year"')
    if not counted:
        for name in ("grace_days", "step_down"):
            if rules.get(name) not in (None, 0, "earned"):
                message = "no tier of the file is reached by counting, so none is reviewed"
                yield Finding(("tier_rules", name), message, f"take {name} out")

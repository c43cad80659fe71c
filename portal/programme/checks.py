"""What only several values of a file together can get wrong.

The checks look at the plain TOML data, not at the models, so that they also speak when another value of the
file is wrong: a merchant sees everything at once. Values of a wrong type are passed over; the models report
them.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path as File
from typing import Any

from portal.programme.findings import Finding, conditions, rows, table
from portal.programme.hollow import hollow
from portal.programme.kinds import is_language
from portal.programme.ladders import ladder_findings, need
from portal.programme.locate import Path
from portal.programme.naming import unknown_names

KEYED = (
    *("earn", "multipliers", "campaigns", "activities", "goals", "steps", "grants", "dividends", "funding"),
    *("tiers", "perks", "plans", "rewards", "charities", "words"),
)
ONE_DRAWER = ("earn", "multipliers", "campaigns")
NEVER_ASKED = ("tiers", "plans", "caps", "quantity", "per", "amount", "per_amount", "distinct", "proof")
TRANSLATIONS = File(__file__).resolve().parents[1] / "translations"


def check(data: dict[str, Any]) -> list[Finding]:
    """All that is wrong between the values of a file."""
    return [
        *_repeated_keys(data),
        *ladder_findings(data),
        *unknown_names(data),
        *_by_themselves(data),
        *hollow(data),
        *_worth_nothing(data),
        *_addresses(data),
        *_currencies(data),
        *_spans(data),
        *_overlaps(data),
        *_causes(data),
        *_languages(data),
        *_money_only(data),
    ]


def _repeated_keys(data: dict[str, Any]) -> Iterator[Finding]:
    for name in KEYED:
        seen: dict[str, tuple[str, int]] = {}
        before = ONE_DRAWER[: ONE_DRAWER.index(name)] if name in ONE_DRAWER else ()
        for other in before:  # the explanation of an order names all three alike
            seen |= {str(row.get("key")): (other, at) for at, row in rows(data, other)}
        for at, row in rows(data, name):
            key = row.get("key")
            if not isinstance(key, str):
                continue
            if key in seen:
                place = "{}[{}]".format(*seen[key])
                message = f'the key "{key}" is taken by {place}'
                if name == "tiers":
                    message += ": a ladder that comes back to a tier has no end"
                yield Finding((name, at, "key"), message, "give each its own key")
            seen.setdefault(key, (name, at))


def _worth_nothing(data: dict[str, Any]) -> Iterator[Finding]:
    """The fewest points that a member may turn into money off, or give, are worth something."""
    value = table(table(data, "unit"), "value")
    points, minor = value.get("points"), need({"amount": value.get("amount")}, data)
    if not isinstance(points, int) or not minor:
        return
    least = -(-points // minor)
    places: list[tuple[Path, Any]] = [
        (("rewards", at, "slider"), row.get("slider")) for at, row in rows(data, "rewards")
    ]
    if any(rows(data, "charities")):
        places.append((("giving",), data.get("giving", {"minimum": 1})))
    for path, rule in places:
        fewest = rule.get("minimum", 1) if isinstance(rule, dict) else least
        if isinstance(fewest, int) and fewest < least:
            yield Finding(
                (*path, "minimum"), f"{fewest} points are worth nothing", f"write minimum = {least}, or more"
            )


def _by_themselves(data: dict[str, Any]) -> Iterator[Finding]:
    """What happens by itself is sent by nobody, once: nothing counts it, caps it, proves it or refuses it."""
    for at, row in rows(data, "activities"):
        key = row.get("key")
        if key not in ("account", "newsletter", "birthday"):
            continue
        # That she reads the news her shop may say too, and prove; but it comes without a number all the same.
        without = [one for one in NEVER_ASKED if key != "newsletter" or one not in ("caps", "proof")]
        for name in without:
            if row.get(name) not in (None, (), False):
                remedy = f"take {name} out, or give the activity another key"
                yield Finding(
                    ("activities", at, name), f'"{key}" happens by itself, so nobody asks for {name}', remedy
                )


def _addresses(data: dict[str, Any]) -> Iterator[Finding]:
    for at, row in rows(data, "rewards"):
        if row.get("key") == "taken":
            yield Finding(
                ("rewards", at, "key"), '"taken" is the address of another page', "take another word"
            )


def _currencies(data: dict[str, Any]) -> Iterator[Finding]:
    home = data.get("currency")
    seen: set[tuple[str, str]] = set()
    for at, row in rows(data, "currencies"):
        code, first = str(row.get("code")), str(row.get("from"))  # whatever it is: the models look at that
        if code == home:
            yield Finding(("currencies", at, "code"), f"{code} is the home currency", "take this rate out")
        if (code, first) in seen:
            remedy = "give each rate its own first day: from = 2026-01-01"
            yield Finding(("currencies", at), f"there is another rate of {code} from the same day", remedy)
        seen.add((code, first))
    accepted = sorted({code for code, _ in seen} | {str(home)})
    for path, when in conditions(data):
        listed = when.get("currencies")
        for at, code in enumerate(listed if isinstance(listed, tuple) else ()):
            if code not in accepted:
                remedy = f"add a rate under [[currencies]], or use one of: {', '.join(accepted)}"
                yield Finding((*path, "currencies", at), f"orders in {code} are not accepted", remedy)


def _spans(data: dict[str, Any]) -> Iterator[Finding]:
    spans: list[tuple[Path, dict[str, Any]]] = [
        (("campaigns", at), row) for at, row in rows(data, "campaigns")
    ]
    spans += [(("perks", at), row) for at, row in rows(data, "perks")]
    for path, when in [*conditions(data), *spans]:
        first, last = when.get("from"), when.get("until")
        # A day against an instant is left to the reader: they are compared only when both are of one type.
        if type(first) is type(last) and _before(last, first):
            yield Finding(
                (*path, "until"), f"{last} is before {first}", "let until be the same day or a later one"
            )


def _before(one: Any, other: Any) -> bool:
    try:
        return bool(one < other)
    except TypeError:
        return False


def _overlaps(data: dict[str, Any]) -> Iterator[Finding]:
    """Campaigns of one kind at one time say how they go together; a day counts from its beginning to its end."""
    campaigns = list(rows(data, "campaigns"))
    for place, (at, row) in enumerate(campaigns):
        for _, other in campaigns[:place]:
            same_kind = ("factor" in row) == ("factor" in other) and "factor" in row
            said = row.get("stacking") or other.get("stacking")
            if not same_kind or said or not _meet(row, other):
                continue
            both = f'"{row.get("key")}" runs at the same time as "{other.get("key")}"'
            message = f"{both}, and neither says what then holds"
            yield Finding(("campaigns", at), message, 'add stacking = "best", or stacking = "adds"')


def _meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two spans have a moment in common; instants are compared by their day in UTC, near enough."""

    def day(value: object) -> date | None:
        return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None

    spans = [(day(row.get("from")), day(row.get("until"))) for row in (one, other)]
    (first, last), (from_, until) = spans
    return bool(first and last and from_ and until and first <= until and from_ <= last)


def _causes(data: dict[str, Any]) -> Iterator[Finding]:
    """The same charity under two keys would have two totals."""
    seen: dict[str, int] = {}
    for at, row in rows(data, "charities"):
        label = row.get("label")
        if not isinstance(label, str):
            continue
        if label.strip().lower() in seen:
            message = f'"{label}" stands here twice: it is charities[{seen[label.strip().lower()]}] too'
            yield Finding(("charities", at, "label"), message, "take one of them out")
        seen.setdefault(label.strip().lower(), at)


def _languages(data: dict[str, Any]) -> Iterator[Finding]:
    """English is what the pages are written in; every other language needs its catalogue."""
    there = [
        "en",
        *sorted(
            path.parent.parent.name.replace("_", "-") for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.mo")
        ),
    ]
    listed = data.get("languages")
    for at, tag in enumerate(listed if isinstance(listed, tuple) else ()):
        if (
            isinstance(tag, str)
            and is_language(tag)
            and not any(one in (tag, tag.split("-")[0]) for one in there)
        ):
            remedy = f"take it out, or add a translation (docs/languages.md); there are: {', '.join(there)}"
            yield Finding(("languages", at), f'the pages are not translated into "{tag}"', remedy)


def _money_only(data: dict[str, Any]) -> Iterator[Finding]:
    if table(data, "unit").get("kind") != "money" and any(rows(data, "dividends")):
        remedy = 'write kind = "money" under [unit], or give a reward under [[grants]]'
        yield Finding(("dividends",), "a dividend is paid into a balance of money", remedy)

"""Names in a programme file that point at something of the file: a tier, a plan, a reward, a counter ..."""

import re
from collections.abc import Iterator
from typing import Any

from portal.programme.findings import Finding, conditions, rows, table
from portal.programme.kinds import suggestion
from portal.programme.locate import Path

# Where a list of keys, or one key, points; a dotted name is a table inside of the row.
LISTS = {
    "tiers": (
        *("earn.when", "multipliers.when", "campaigns.when", "goals", "goals.when", "steps.when", "grants"),
        *("dividends.when", "rewards", "activities"),
    ),
    "plans": (
        *("earn.when", "multipliers.when", "campaigns.when", "goals", "goals.when", "steps.when", "grants"),
        *("dividends", "dividends.when", "funding", "activities"),
    ),
}
SINGLES = (
    ("goals.gives", "reward", "rewards"),
    ("steps.gives", "reward", "rewards"),
    ("grants.gives", "reward", "rewards"),
    ("funding", "charity", "charities"),
    ("funding", "activity", "activities"),
)
WORDS = {
    "tiers": "tier",
    "plans": "plan",
    "rewards": "reward",
    "charities": "charity",
    "activities": "activity",
}


def unknown_names(data: dict[str, Any]) -> Iterator[Finding]:
    """Every name that nothing of the file has."""
    for what, places in LISTS.items():
        known = keys(data, what)
        for path, row in _tables(data, places):
            yield from _unknown(path, row, what, what, known)
    for named, name, what in SINGLES:
        for path, row in _tables(data, (named,)):
            yield from _unknown_one(path, row, name, what, keys(data, what))
    for alone in ("chosen_day", "board"):
        yield from _unknown((alone,), table(data, alone), "tiers", "tiers", keys(data, "tiers"))
    for at, tier in rows(data, "tiers"):
        for ways in ("entry", "keep", "reenter"):
            for way, entry in rows(tier, ways):
                yield from _unknown(("tiers", at, ways, way), entry, "plans", "plans", keys(data, "plans"))
    for at, offer in rows(table(data, "referral"), "offers"):
        for side in ("friend", "inviter"):
            place: Path = ("referral", "offers", at, side)
            yield from _unknown_one(place, table(offer, side), "reward", "rewards", keys(data, "rewards"))
    yield from _unknown_perks(data)
    yield from _unknown_counters(data)
    yield from _unused_words(data)


def keys(data: dict[str, Any], name: str) -> list[str]:
    """The keys of a list of tables, each once."""
    return list(dict.fromkeys(row["key"] for _, row in rows(data, name) if isinstance(row.get("key"), str)))


def _tables(data: dict[str, Any], places: tuple[str, ...]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for place in places:
        name, _, inner = place.partition(".")
        for at, row in rows(data, name):
            yield ((name, at, inner), table(row, inner)) if inner else ((name, at), row)


def _unknown(path: Path, row: dict[str, Any], name: str, what: str, known: list[str]) -> Iterator[Finding]:
    listed = row.get(name)
    for at, key in enumerate(listed if isinstance(listed, tuple) else ()):
        if isinstance(key, str) and key not in known:
            yield _missing((*path, name, at), key, what, known)


def _unknown_one(
    path: Path, row: dict[str, Any], name: str, what: str, known: list[str]
) -> Iterator[Finding]:
    key = row.get(name)
    if isinstance(key, str) and key not in known:
        yield _missing((*path, name), key, what, known)


def _missing(path: Path, key: str, what: str, known: list[str]) -> Finding:
    otherwise = f"use one of: {', '.join(known)}" if known else f"describe it under [[{what}]]"
    return Finding(path, f'there is no {WORDS[what]} "{key}"', suggestion(key, known, otherwise))


def _unknown_perks(data: dict[str, Any]) -> Iterator[Finding]:
    """A name in small letters without spaces is a key; anything else is a benefit in words."""
    known = keys(data, "perks")
    for name in ("tiers", "plans"):
        for at, row in rows(data, name):
            listed = row.get("perks")
            for place, perk in enumerate(listed if isinstance(listed, tuple) else ()):
                if isinstance(perk, str) and re.fullmatch(r"[a-z0-9_-]+", perk) and perk not in known:
                    remedy = suggestion(perk, known, "describe it under [[perks]], or write it in words")
                    yield Finding((name, at, "perks", place), f'there is no perk "{perk}"', remedy)


def _unknown_counters(data: dict[str, Any]) -> Iterator[Finding]:
    """A counter is there once an activity moves it."""
    known = [row["counter"] for _, row in rows(data, "activities") if isinstance(row.get("counter"), str)]
    for name in ("goals", "steps"):
        for at, row in rows(data, name):
            counter = row.get("counter")
            if isinstance(counter, str) and counter not in known:
                remedy = suggestion(counter, known, f'let an activity move it: counter = "{counter}"')
                yield Finding((name, at, "counter"), f'no activity moves a counter "{counter}"', remedy)


def _unused_words(data: dict[str, Any]) -> Iterator[Finding]:
    """A label is for a word that some rule of the file looks at."""
    known = sorted(set(_words_of(data)))
    for at, row in rows(data, "words"):
        key = row.get("key")
        if isinstance(key, str) and key not in known:
            otherwise = f"use one of: {', '.join(known)}" if known else "take it out: no rule names any"
            message = (
                f'no counter, outside fact, category, brand, shop, tag or payment of the file is "{key}"'
            )
            yield Finding(("words", at, "key"), message, suggestion(key, known, otherwise))


def _words_of(data: dict[str, Any]) -> Iterator[str]:
    """The words of shops that rules of the file look at, and its counters."""
    places = [when for _, when in conditions(data)]
    places += [row for name in ("perks", "rewards", "activities") for _, row in rows(data, name)]
    for _, tier in rows(data, "tiers"):
        places += [entry for ways in ("entry", "keep", "reenter") for _, entry in rows(tier, ways)]
    for place in places:
        for name in ("counter", "attribute"):
            if isinstance(place.get(name), str):
                yield place[name]
        for name in ("attributes", "categories", "brands", "shops", "tags", "payments"):
            listed = place.get(name)
            yield from (one for one in (listed if isinstance(listed, tuple) else ()) if isinstance(one, str))

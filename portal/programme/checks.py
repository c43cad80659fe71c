"""What only several values of a file together can get wrong.

The checks look at the plain TOML data, not at the models, so that they also speak when another value of the
file is wrong: a merchant sees everything at once. Values of a wrong type are passed over; the models report
them.
"""

import re
from collections.abc import Iterator
from typing import Any

from portal import money
from portal.errors import Refused
from portal.programme.kinds import suggestion
from portal.programme.locate import Path
from portal.programme.problems import UNTIL_THEN, Finding

KEYED = ("earn", "multipliers", "activities", "tiers", "perks", "plans", "rewards", "charities")


def check(data: dict[str, Any]) -> list[Finding]:
    """All that is wrong between the values of a file."""
    return [
        *_repeated_keys(data),
        *_ladder(data),
        *_unknown_tiers(data),
        *_unknown_perks(data),
        *_referral_gifts(data),
        *_worth_nothing(data),
        *_addresses(data),
        *_currencies(data),
        *_spans(data),
        *_activities(data),
    ]


def _rows(data: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = data.get(name)
    for at, row in enumerate(rows if isinstance(rows, tuple) else ()):
        if isinstance(row, dict):
            yield at, row


def _conditions(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name in ("earn", "multipliers"):
        for at, row in _rows(data, name):
            if isinstance(row.get("when"), dict):
                yield (name, at, "when"), row["when"]


def _listed(row: dict[str, Any], name: str) -> Iterator[tuple[int, str]]:
    values = row.get(name)
    for at, value in enumerate(values if isinstance(values, tuple) else ()):
        if isinstance(value, str):
            yield at, value


def _repeated_keys(data: dict[str, Any]) -> Iterator[Finding]:
    for name in KEYED:
        seen: dict[object, int] = {}
        for at, row in _rows(data, name):
            key = row.get("key")
            if not isinstance(key, str):
                continue
            if key in seen:
                message = f'the key "{key}" is taken by {name}[{seen[key]}]'
                yield Finding((name, at, "key"), message, "give each its own key")
            seen.setdefault(key, at)


def _ladder(data: dict[str, Any]) -> Iterator[Finding]:
    reached: dict[object, int] = {}
    for at, row in _rows(data, "tiers"):
        entry = row.get("entry", ())
        if at == 0 and entry:
            remedy = "put a tier without entry first, or take the entry out"
            yield Finding(("tiers", 0, "entry"), "the first tier is the base: everybody has it", remedy)
        if at > 0 and entry == ():
            yield Finding(
                ("tiers", at),
                "only the first tier has no entry",
                'add entry = [{ metric = "spend", amount = "200.00" }]',
            )
        for way, need in enumerate(entry if isinstance(entry, tuple) else ()):
            if not isinstance(need, dict):
                continue
            metric, much = need.get("metric"), _need(need, data)
            if much is None:
                continue
            if much <= reached.get(metric, 0):
                field = "amount" if "amount" in need else "count"
                yield Finding(
                    ("tiers", at, "entry", way, field),
                    f"{need[field]} is not above the tier before it",
                    "tiers rise: put them in order, each needing more than the one before",
                )
            reached[metric] = much


def _need(entry: dict[str, Any], data: dict[str, Any]) -> int | None:
    count, amount = entry.get("count"), entry.get("amount")
    if isinstance(count, int):
        return count
    try:
        return money.to_minor(amount, str(data.get("currency"))) if isinstance(amount, str) else None
    except Refused:
        return None


def _unknown_tiers(data: dict[str, Any]) -> Iterator[Finding]:
    tiers = [row["key"] for _, row in _rows(data, "tiers") if isinstance(row.get("key"), str)]
    allowed = [(("rewards", at), row) for at, row in _rows(data, "rewards")]
    for path, when in [*_conditions(data), *allowed]:
        for at, tier in _listed(when, "tiers"):
            if tier not in tiers:
                remedy = suggestion(tier, tiers, f"use one of: {', '.join(tiers)}")
                yield Finding((*path, "tiers", at), f'there is no tier "{tier}"', remedy)


def _unknown_perks(data: dict[str, Any]) -> Iterator[Finding]:
    """A name in small letters without spaces is a key; anything else is a benefit in words."""
    known = [row["key"] for _, row in _rows(data, "perks") if isinstance(row.get("key"), str)]
    for name in ("tiers", "plans"):
        for at, row in _rows(data, name):
            for place, perk in _listed(row, "perks"):
                if re.fullmatch(r"[a-z0-9_-]+", perk) and perk not in known:
                    remedy = suggestion(perk, known, "describe it under [[perks]], or write it in words")
                    yield Finding((name, at, "perks", place), f'there is no perk "{perk}"', remedy)


def _referral_gifts(data: dict[str, Any]) -> Iterator[Finding]:
    known = [row["key"] for _, row in _rows(data, "rewards") if isinstance(row.get("key"), str)]
    referral = data.get("referral")
    for at, offer in _rows(referral if isinstance(referral, dict) else {}, "offers"):
        for side in ("friend", "inviter"):
            gift = offer.get(side)
            reward = gift.get("reward") if isinstance(gift, dict) else None
            if isinstance(reward, str) and reward not in known:
                remedy = suggestion(reward, known, "describe it under [[rewards]]")
                yield Finding(
                    ("referral", "offers", at, side, "reward"), f'there is no reward "{reward}"', remedy
                )


def _worth_nothing(data: dict[str, Any]) -> Iterator[Finding]:
    """The fewest points that a member may turn into money off, or give, are worth something."""
    unit = data.get("unit")
    value = unit.get("value") if isinstance(unit, dict) else None
    points = value.get("points") if isinstance(value, dict) else None
    minor = _need({"amount": value.get("amount")}, data) if isinstance(value, dict) else None
    if not isinstance(points, int) or not minor:
        return
    least = -(-points // minor)
    places: list[tuple[Path, Any]] = [
        (("rewards", at, "slider"), row.get("slider")) for at, row in _rows(data, "rewards")
    ]
    if any(_rows(data, "charities")):
        places.append((("giving",), data.get("giving", {"minimum": 1})))
    for path, rule in places:
        fewest = rule.get("minimum", 1) if isinstance(rule, dict) else least
        if isinstance(fewest, int) and fewest < least:
            yield Finding(
                (*path, "minimum"), f"{fewest} points are worth nothing", f"write minimum = {least}, or more"
            )


def _addresses(data: dict[str, Any]) -> Iterator[Finding]:
    for at, row in _rows(data, "rewards"):
        if row.get("key") == "taken":
            yield Finding(
                ("rewards", at, "key"), '"taken" is the address of another page', "take another word"
            )


def _currencies(data: dict[str, Any]) -> Iterator[Finding]:
    home = data.get("currency")
    seen: set[tuple[object, object]] = set()
    for at, row in _rows(data, "currencies"):
        code, first = row.get("code"), row.get("from")
        if code == home:
            yield Finding(("currencies", at, "code"), f"{code} is the home currency", "take this rate out")
        if (code, first) in seen:
            remedy = "give each rate its own first day: from = 2026-01-01"
            yield Finding(("currencies", at), f"there is another rate of {code} from the same day", remedy)
        seen.add((code, first))
    accepted = sorted({str(code) for code, _ in seen} | {str(home)})
    for path, when in _conditions(data):
        for at, code in _listed(when, "currencies"):
            if code not in accepted:
                remedy = f"add a rate under [[currencies]], or use one of: {', '.join(accepted)}"
                yield Finding((*path, "currencies", at), f"orders in {code} are not accepted", remedy)


def _spans(data: dict[str, Any]) -> Iterator[Finding]:
    for path, when in _conditions(data):
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


def _activities(data: dict[str, Any]) -> Iterator[Finding]:
    for at, row in _rows(data, "activities"):
        if row.get("key") == "birthday":
            yield Finding(("activities", at), "birthdays are not run by this release", UNTIL_THEN)

"""What is well written and still says nothing, or takes back what it says.

A condition that holds for everybody, a slider that never comes to its maximum, an offer that nobody reaches. Each value
is right by itself, and versions that were published with one still load: so no model refuses it, but the check does.
"""

import re
from collections.abc import Iterator
from datetime import time
from fractions import Fraction
from typing import Any

from portal.programme.findings import Finding, conditions, rows, table
from portal.programme.inviting import offer_findings
from portal.programme.ladders import need
from portal.programme.locate import Path

CHOICES = (
    *(
        "channels",
        "categories",
        "brands",
        "shops",
        "payments",
        "kinds",
        "tiers",
        "plans",
        "attributes",
        "tags",
    ),
    *("currencies", "weekdays", "hours", "countries", "keep", "reenter"),
)
"""Lists that narrow what they stand in, so that an empty one narrows nothing."""
FOR_SOME = ("activities", "goals", "grants", "dividends", "tiers", "perks", "rewards", "funding")


def hollow(data: dict[str, Any]) -> list[Finding]:
    """All that says nothing."""
    return [
        *_empty_choices(data),
        *_hours(data),
        *_sliders(data),
        *_factors(data),
        *_caps(data),
        *_plans(data),
        *_priced_alike(data),
        *_funding(data),
        *offer_findings(data),
        *_notices(data),
        *_twice(("languages",), data.get("languages")),
        *_twice(("expiry", "notices"), table(data, "expiry").get("notices")),
    ]


def _places(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The tables in which lists say for whom or what something is."""
    yield from conditions(data)
    for name in FOR_SOME:
        for at, row in rows(data, name):
            yield (name, at), row
            for ways in ("entry", "keep", "reenter"):
                yield from (((name, at, ways, way), entry) for way, entry in rows(row, ways))
    for name in ("chosen_day", "board"):
        yield (name,), {"tiers": table(data, name).get("tiers")}
    for at, offer in rows(table(data, "referral"), "offers"):
        yield ("referral", "offers", at), offer


def _empty_choices(data: dict[str, Any]) -> Iterator[Finding]:
    for path, row in _places(data):
        for name in CHOICES:
            if row.get(name) == ():
                message = "an empty list asks for nothing, so it means the same as none"
                yield Finding((*path, name), message, f"leave {name} out, or write what it has to be")


def _hours(data: dict[str, Any]) -> Iterator[Finding]:
    """From a time until the same time is a whole day, though it looks like no time at all."""
    for path, when in conditions(data):
        hours = when.get("hours")
        said = [one.strftime("%H:%M") if isinstance(one, time) else one for one in _listed(hours)]
        if len(said) == 2 and said[0] == said[1]:
            remedy = 'leave hours out for the whole day, or let them end later, like ["17:00", "19:00"]'
            yield Finding((*path, "hours"), f"they begin and end at {said[0]}", remedy)


def _sliders(data: dict[str, Any]) -> Iterator[Finding]:
    """What a slider takes is its minimum and so many steps more (Reading 40): its maximum is one of these."""
    for at, row in rows(data, "rewards"):
        slider = table(row, "slider")
        least, step, most = (_points(slider.get(name), data) for name in ("minimum", "step", "maximum"))
        if least is None or most is None or not step:
            continue
        path: Path = ("rewards", at, "slider", "maximum")
        if most < least:
            message = f"{slider['maximum']} is less than the minimum of {slider['minimum']}"
            yield Finding(path, message, "write as much as the minimum or more, or take maximum out")
        elif (most - least) % step:
            message = f"steps of {slider['step']} from {slider['minimum']} never come to {slider['maximum']}"
            yield Finding(path, message, "end on a step: the minimum and so many steps more")


def _factors(data: dict[str, Any]) -> Iterator[Finding]:
    chosen = _number(table(data, "chosen_day").get("factor"))
    if chosen is not None and chosen <= 1:
        message = f"times {chosen} is no more than on any other day"
        yield Finding(("chosen_day", "factor"), message, 'write more than 1, for example factor = "2"')
    for at, row in rows(data, "campaigns"):
        if _number(row.get("factor")) == 1:
            remedy = 'write more than 1, for example factor = "2"'
            yield Finding(("campaigns", at, "factor"), "times 1 is no more than without it", remedy)


def _caps(data: dict[str, Any]) -> Iterator[Finding]:
    for at, row in rows(data, "activities"):
        seen: dict[str, int] = {}
        for place, cap in rows(row, "caps"):
            per = str(cap.get("per"))
            if per in seen:
                message = f"there is another cap per {per}: caps[{seen[per]}]"
                yield Finding(("activities", at, "caps", place, "per"), message, "keep one of the two")
            seen.setdefault(per, place)


def _plans(data: dict[str, Any]) -> Iterator[Finding]:
    for at, row in rows(data, "plans"):
        if row.get("interval") == "life" and row.get("trial_days"):
            message = "a plan for life is paid once, at once: there is nothing to try before"
            yield Finding(("plans", at, "trial_days"), message, "take trial_days out")
        if row.get("trial_asks_card") and not row.get("trial_days"):
            message = "there are no free days for which a card could be asked"
            yield Finding(("plans", at, "trial_asks_card"), message, "add trial_days, or take it out")
        if row.get("interval") in ("month", "life") and "renewal_notice_days" in row:
            message = "only what is paid by the year is told before it renews"
            remedy = "take renewal_notice_days out, or write it on the yearly plan"
            yield Finding(("plans", at, "renewal_notice_days"), message, remedy)


def _priced_alike(data: dict[str, Any]) -> Iterator[Finding]:
    """Plans of one label are one thing at several prices, which a member compares and changes between."""
    sold: dict[str, dict[str, None]] = {}
    offered = [(at, row) for at, row in rows(data, "plans") if row.get("for_sale") is not False]
    for _, row in offered:
        sold.setdefault(str(row.get("label")), {}).update(dict.fromkeys(table(row, "prices")))
    for at, row in offered:
        label, prices = row.get("label"), table(row, "prices")
        missing = [code for code in sold[str(label)] if code not in prices]
        if missing:
            path: Path = ("plans", at, "prices") if prices else ("plans", at)
            codes = ", ".join(missing)
            message = f'another plan called "{label}" is sold in {codes}, and this one is not'
            yield Finding(path, message, f"add {codes} to prices here, or take it out there")


def _funding(data: dict[str, Any]) -> Iterator[Finding]:
    if any(rows(data, "charities")):
        return
    for at, row in rows(data, "funding"):
        if "charity" not in row:
            message = "the member picks the charity, and the file has none to pick"
            yield Finding(("funding", at), message, "add the causes under [[charities]]")


def _notices(data: dict[str, Any]) -> Iterator[Finding]:
    """A notice that would come before the points do (Reading 3)."""
    expiry = table(data, "expiry")
    days, months, years = (expiry.get(name) for name in ("days", "months", "years"))
    lasts = {
        "days": days,
        "inactivity": days,
        "month-end": 31 * (months + 1) if isinstance(months, int) else None,
        "year-end": 366 * (years + 1) if isinstance(years, int) else None,
    }
    kind = expiry.get("kind")
    most = lasts.get(kind) if isinstance(kind, str) else None
    for at, before in enumerate(_listed(expiry.get("notices"))):
        if isinstance(most, int) and isinstance(before, int) and before >= most > 0:
            message = (
                f"{before} days before the end is before they are earned: points last {most} days at most"
            )
            yield Finding(("expiry", "notices", at), message, f"write fewer than {most}, or take it out")


def _twice(path: Path, listed: object) -> Iterator[Finding]:
    """What stands in a list again."""
    values = _listed(listed)
    for at, value in enumerate(values):
        if isinstance(value, str | int) and value in values[:at]:
            shown = f'"{value}"' if isinstance(value, str) else value
            yield Finding((*path, at), f"{shown} stands here twice", "take one of them out")


def _listed(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _points(value: object, data: dict[str, Any]) -> int | None:
    """A number of points as the file writes it; where the balance is money also an amount of it, in minor units."""
    if isinstance(value, str) and table(data, "unit").get("kind") != "money":
        return None
    return need({"amount": value} if isinstance(value, str) else {"count": value}, data)


def _number(value: object) -> Fraction | None:
    """An exact number as the file writes it; None for what is none."""
    return Fraction(str(value)) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", str(value)) else None

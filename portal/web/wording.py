"""The ledger's traces in words: what an entry is called, how its points came about, why there were not more.

A trace holds facts (earning/rules.py, ledger); here they become sentences in the reader's language, those of an order
in counting.py. Member, staff and the shop's API read the same ones.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row

from portal import ledger
from portal.programme import Gift, Programme
from portal.web import counting, gained
from portal.web.filters import day, money, points_unit
from portal.web.gained import Step
from portal.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Said:
    """A label with a version, an order with its shop, a sentence about a lot: small facts of a line's page."""

    words: str = ""
    label: str = ""
    version: int = 0
    number: str = ""
    shop: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the list shows it, and, for its own page, everything that explains it."""

    number: int
    on: date
    title: str
    detail: str
    points: int
    kind: str
    pending: bool
    url: str
    steps: list[Step] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)
    lots: list[Said] = field(default_factory=list)
    rule: Said | None = None
    order: Said | None = None
    ask_url: str = ""


def line(entry: Any, programme: Programme, *, url: str) -> Line:
    """An entry (the ledger's row, or home's part of one) in one row. `url` is where it is explained."""
    trace = entry.trace
    changed = entry.d_available + entry.d_pending + entry.d_held - entry.d_owed
    return Line(
        number=entry.seq,
        on=entry.on_day,
        title=_title(entry, trace),
        detail=_detail(entry, trace),
        # What matured changes nothing in sum; the row says how much became hers.
        points=-entry.d_pending if entry.kind == "matured" else changed,
        kind=entry.kind,
        pending=entry.d_pending > 0,
        url=url,
    )


def explained(entry: Row[Any], uses: list[Row[Any]], programme: Programme, *, url: str, ask_url: str) -> Line:
    """An entry with its arithmetic, its lots and what did not apply; `programme` is the version it was made under."""
    row = line(entry, programme, url=url)
    order = entry.trace.get("order")
    return Line(
        number=row.number,
        on=row.on,
        title=row.title,
        detail=row.detail,
        points=row.points,
        kind=row.kind,
        pending=row.pending,
        url=url,
        steps=steps(entry.trace, programme) + _consequences(entry),
        why_not=counting.why_not(entry.trace),
        lots=[Said(_lot(use)) for use in uses],
        rule=_rule(entry),
        order=Said(number=order["number"], shop="" if order["shop"] == "main" else order["shop"])
        if order
        else None,
        ask_url=ask_url,
    )


def gift_words(gift: Gift | None, programme: Programme) -> str:
    """What somebody is given, in words; empty for nothing."""
    if gift is None:
        return ""
    return points_unit(gift.points or 0) if gift.reward is None else programme.reward(gift.reward).label


def sentences(trace: dict[str, Any], programme: Programme) -> list[str]:
    """The explanation of an order as a list of sentences, what did not apply last; the API's form."""
    counted = [
        f"{step.words}: {step.result}" if step.result else step.words for step in steps(trace, programme)
    ]
    return counted + counting.why_not(trace)


def steps(trace: dict[str, Any], programme: Programme) -> list[Step]:
    """The arithmetic of a trace, top to bottom."""
    if "nothing" in trace:
        return [Step(_nothing(trace["nothing"]))]
    if "activity" in trace:
        return gained.activity(trace)
    if "given" in trace:
        return gained.given(trace, programme)
    if "lot" in trace:
        return gained.lapsed(trace)
    if "charity" in trace:
        return _gift(trace)
    if "reward" in trace:
        return _reward(trace)
    if "referral" in trace:
        return [Step(_referral(trace["referral"]), points_unit(trace["points"]))]
    if "fired" not in trace:
        return []
    return counting.steps(trace, programme)


def _referral(side: str) -> str:
    return {"friend": _("You came by a friend's invitation"), "inviter": _("A friend's first order stands")}[
        side
    ]


def _reward(trace: dict[str, Any]) -> list[Step]:
    """What a reward cost, or why its points came back."""
    points = points_unit(trace["reward"]["points"])
    undone = trace.get("undone")
    if undone is None:
        return [Step(_("Price"), points), Step(_("You can undo it until you use it."), quiet=True)]
    why = {
        "member": _("You gave it back unused"),
        "expired": _("It expired unused, so its points came back by themselves"),
        "order": _(
            "Order %(number)s was given back, so what paid for it came back",
            number=trace.get("order_number", ""),
        ),
    }[undone]
    return [Step(why, points)]


def _gift(trace: dict[str, Any]) -> list[Step]:
    """What a gift was, what a point was worth, and what it came to."""
    worth, currency = trace["worth"], trace["currency"]
    rate = _(
        "at %(money)s for %(points)s",
        money=money(worth["minor"], currency),
        points=points_unit(worth["points"]),
    )
    return [
        Step(_("Points given"), points_unit(trace["points"])),
        Step(rate, quiet=True),
        Step(_("A gift cannot be taken back."), quiet=True),
        Step(_("For %(charity)s", charity=trace["charity"]["label"]), money(trace["value_minor"], currency)),
        *(
            [Step(_("We added"), money(trace["matched_minor"], currency))]
            if trace.get("matched_minor")
            else []
        ),
    ]


def _title(entry: Row[Any], trace: dict[str, Any]) -> str:
    if entry.source == "order":
        number = entry.source_ref.split("/", 1)[1]
        if entry.kind == "refunded":
            return _("Refund of order %(number)s", number=number)
        if entry.kind == "matured":
            return gained.matured_words(number)
        return _("Order %(number)s", number=number)
    if trace.get("leaving"):
        return _("Ended when you left")
    ruled = trace.get("activity") or trace.get("given")
    if ruled is not None:
        label = str(ruled["label"])
        return _("Taken back: %(what)s", what=label) if gained.is_taken_back(trace) else label
    if "reward" in trace:
        label = trace["reward"]["label"]
        return _("Undone: %(reward)s", reward=label) if "undone" in trace else str(label)
    if "charity" in trace:
        return _("Given to %(charity)s", charity=trace["charity"]["label"])
    if "referral" in trace:
        return _referral(trace["referral"])
    return gained.kind_words(entry.kind)


def _detail(entry: Row[Any], trace: dict[str, Any]) -> str:
    if entry.kind == "adjusted":
        return str(trace.get("words", ""))
    if "capped" in trace:
        return gained.cap(trace["capped"])
    if entry.d_pending > 0 and trace.get("matures_on"):
        return _("yours on %(day)s", day=day(date.fromisoformat(trace["matures_on"])))
    if entry.d_owed < 0:
        return _("%(points)s went to what was owed", points=points_unit(-entry.d_owed))
    if entry.d_owed > 0:
        return _("%(points)s of it are owed", points=points_unit(entry.d_owed))
    return ""


def _consequences(entry: Row[Any]) -> list[Step]:
    """What a refund was taken from, where points that waited came from, and what went into a debt."""
    found = []
    if entry.kind == "matured":
        until = day(entry.on_day)
        words = _("These points waited until %(day)s.", day=until)
        if entry.source == "order":
            number = entry.source_ref.split("/", 1)[1]
            words = _(
                "These points came with order %(number)s and waited until %(day)s.", number=number, day=until
            )
        found.append(Step(words))
    if entry.kind == "refunded":
        changed = entry.d_available + entry.d_pending - entry.d_owed
        found.append(Step(_("Taken back"), points_unit(changed)))
        if entry.d_pending < 0:
            found.append(Step(gained.from_waiting_words(), points_unit(-entry.d_pending), quiet=True))
        if entry.d_available < 0:
            found.append(Step(gained.from_balance_words(), points_unit(-entry.d_available), quiet=True))
        if entry.d_owed > 0:
            found.append(
                Step(_("owed: what you earn next pays it first"), points_unit(entry.d_owed), quiet=True)
            )
    if entry.kind != "refunded" and entry.d_owed < 0:
        found.append(Step(_("Went to what was owed"), points_unit(entry.d_owed), quiet=True))
    return found


def _lot(use: Row[Any]) -> str:
    amount = points_unit(abs(use.points))
    if use.expires_on == ledger.NEVER:
        return _("%(points)s that never expire", points=amount)
    return _("%(points)s that expire after %(day)s", points=amount, day=day(use.expires_on))


def _rule(entry: Row[Any]) -> Said | None:
    fired = entry.trace.get("fired") or []
    if len(fired) == 1:
        return Said(label=fired[0]["label"], version=entry.programme_version)
    return None


def _nothing(why: str) -> str:
    return {
        "pending": _("The order is not paid yet: points come when it is."),
        "cancelled": _("The order was cancelled: it keeps no points."),
        "purse": _(
            "The address belongs to nobody who has joined and proved it: the order waits for its owner."
        ),
        "before_joining": _("The order was placed too long before joining to count."),
    }.get(why, _("The order earns nothing yet."))

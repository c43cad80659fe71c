"""The ledger's traces in words: what an entry is called, how its points came about, why there were not more.

A trace holds facts (earning/rules.py, ledger); here they become sentences in the reader's language. Member, staff and
the shop's API read the same ones.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from portal import ledger
from portal.programme import Gift, Programme
from portal.web import gained
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
        why_not=why_not(entry.trace, programme),
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
    return counted + why_not(trace, programme)


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
    currency = trace["currency"]
    reduced = {what for what, _amount in trace["left_out"]} & {"discount", "rewards"}
    whole = (
        _("What the order came to before the discount")
        if "discount" in reduced
        else _("What the order came to")
    )
    found = [Step(whole, money(trace["total_minor"], currency))]
    found += [Step(_left_out(what, reduced), money(-amount, currency)) for what, amount in trace["left_out"]]
    if trace["left_out"]:
        found.append(Step(_("Counted"), money(trace["counted_minor"], currency)))
    if trace.get("rate"):
        rate = Fraction(trace["rate"])
        found.append(
            Step(
                _("In %(home)s at the rate of that day", home=programme.currency),
                money(int(rate * trace["counted_minor"] // 1), programme.currency),
            )
        )
    for fired in trace["fired"]:
        found += _fired(fired, programme, trace)
    if not trace["fired"]:
        found.append(Step(gained.nothing_words(), points_unit(0)))
    found += gained.beside(trace)
    if len(trace["fired"]) + len(trace.get("campaigns", ())) > 1:
        found.append(Step(_("Together"), points_unit(trace["points"])))
    if trace.get("before"):
        found.append(Step(_("The order had given before"), points_unit(trace["before"]), quiet=True))
    return found


def why_not(trace: dict[str, Any], programme: Programme) -> list[str]:
    """Rules that did not apply, with the condition that failed."""
    return [f"{passed['label']}: {_because(passed['because'])}" for passed in trace.get("passed", [])]


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


def _fired(fired: dict[str, Any], programme: Programme, trace: dict[str, Any]) -> list[Step]:
    """What one rule gave; of several, each with the part of the order that it counted."""
    rounds_down = programme.orders.rounding == "down"
    rate = gained.rate(fired["points"], fired["per_minor"], programme.currency, rounds_down=rounds_down)
    alone = len(trace["fired"]) == 1 and not trace.get("campaigns")
    if alone and not fired["multipliers"]:
        total = gained.sum_words()
        if trace.get("before") and not gained.is_money():
            total = _("Points the order keeps")
        return [Step(rate, quiet=True), Step(total, points_unit(fired["result"]))]
    counted = round(Fraction(trace.get("rate") or 1) * fired["counted_minor"])
    of_it = rate if alone else f"{fired['label']}, {money(counted, programme.currency)}: {rate}"
    return [Step(of_it, points_unit(fired["base"])), *_multiplied(fired, programme)]


def _multiplied(fired: dict[str, Any], programme: Programme) -> list[Step]:
    """The best multiplier, then those that add to it, each with the points so far."""
    adding = {multiplier["key"] for multiplier in fired["multipliers"] if multiplier.get("adds")}
    adding |= {multiplier.key for multiplier in programme.multipliers if multiplier.adds}  # of older entries
    found, factor = [], Fraction(1)
    ordered = sorted(fired["multipliers"], key=lambda multiplier: multiplier["key"] in adding)
    for multiplier in ordered:
        own = Fraction(multiplier["factor"])
        if multiplier["key"] in adding:
            factor += own - 1
            words = _("Plus %(factor)s times: %(label)s", factor=_number(own - 1), label=multiplier["label"])
        else:
            factor = own
            words = _("Times %(factor)s: %(label)s", factor=_number(own), label=multiplier["label"])
        so_far = fired["result"] if multiplier is ordered[-1] else int(fired["base"] * factor // 1)
        found.append(Step(words, points_unit(so_far)))
    return found


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


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


def _left_out(what: str, reduced: set[str]) -> str:
    """`reduced`: what made every line cheaper, so that the line's own price is not what is left out."""
    return {
        "shipping": _("Delivery is left out"),
        "tax": _("Tax is left out"),
        "discount": _("Discount"),
        "gift-card": _("Gift cards are left out, less their share of the discount")
        if "discount" in reduced
        else _("Gift cards are left out"),
        "rewards": _("Paid by rewards"),
        "refunded": _("Refunded, as far as it had counted") if reduced else _("Refunded"),
    }[what]


def _nothing(why: str) -> str:
    return {
        "pending": _("The order is not paid yet: points come when it is."),
        "cancelled": _("The order was cancelled: it keeps no points."),
        "purse": _(
            "The address belongs to nobody who has joined and proved it: the order waits for its owner."
        ),
        "before_joining": _("The order was placed too long before joining to count."),
    }.get(why, _("The order earns nothing yet."))


def _because(condition: str) -> str:
    return {
        "channels": _("not bought this way"),
        "categories": _("nothing in the order is of this kind"),
        "brands": _("another brand"),
        "shops": _("another shop"),
        "payments": _("paid by other means"),
        "kinds": _("another kind of goods"),
        "tiers": _("not at your tier that day"),
        "attributes": _("something it asks for was missing"),
        "tags": _("not marked for it"),
        "currencies": _("another currency"),
        "plans": _("not with the plan you had that day"),
        "held_days": _("only in the first days of having it"),
        "joined_days": _("only in the first days after joining"),
        "weekdays": _("not on that day of the week"),
        "hours": _("not at that time of day"),
        "minimum": _("what counts comes to less than it asks for"),
        "chosen_day": _("not on the day you chose"),
        "time": _("not at that time"),
        "replaced": _("another rule took its place"),
        "beaten": _("another bonus was higher, and one counts"),
    }[condition]

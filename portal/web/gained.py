"""Words for points that came without an order (activities, goals, steps, grants, dividends), for what campaigns give
beside an order's points, and for points that ended. Facts of traces in, steps of an explanation out. Where the balance
is money nothing is called points, so the words that differ are here too."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from portal.programme import Programme
from portal.web.filters import day, money, number, percent, points_unit
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the arithmetic: words, and what they come to; a quiet one is a remark."""

    words: str
    result: str = ""
    quiet: bool = False


def is_money() -> bool:
    """Whether the balance is money, so that nothing is called points."""
    return reader().programme.unit.kind == "money"


def sum_words() -> str:
    """What stands before what something came to."""
    return _("That comes to") if is_money() else _("Points")


def nothing_words() -> str:
    """No rule of the programme matched."""
    return _("No rule gives anything for this") if is_money() else _("No rule gives points for this")


def from_waiting_words() -> str:
    """A refund took what waited first."""
    if is_money():
        return _("from what was not yours to spend yet")
    return _("from points that were not yours to spend yet")


def from_balance_words() -> str:
    """Then it took what there was."""
    return _("from what you had") if is_money() else _("from points you had")


def matured_words(order: str) -> str:
    """What an order gave can be spent from now on."""
    if is_money():
        return _("Order %(number)s: the money is yours", number=order)
    return _("Order %(number)s: points are yours", number=order)


def kind_words(kind: str) -> str:
    """What a kind of entry is called where nothing says more."""
    if is_money():
        return {
            "earned": _("Money added"),
            "matured": _("The money is yours now"),
            "redeemed": _("Money spent"),
            "donated": _("Money given"),
            "expired": _("Money expired"),
            "adjusted": _("Put right by support"),
            "refunded": _("Money taken back"),
        }.get(kind, _("Money moved"))
    return {
        "earned": _("Points added"),
        "matured": _("Points are yours now"),
        "redeemed": _("Points spent"),
        "donated": _("Points given"),
        "expired": _("Points expired"),
        "adjusted": _("Put right by support"),
        "refunded": _("Points taken back"),
    }.get(kind, _("Points moved"))


def rate(points: int, per_minor: int, currency: str, *, rounds_down: bool) -> str:
    """How much for how much, and how a part of one is rounded."""
    if is_money():
        share = percent(Fraction(points, per_minor))
        if rounds_down:
            return _("%(percent)s of it, rounded down", percent=share)
        return _("%(percent)s of it, rounded to the nearest", percent=share)
    given, per = points_unit(points), money(per_minor, currency)
    if rounds_down:
        return _("%(points)s for every %(money)s, rounded down", points=given, money=per)
    return _("%(points)s for every %(money)s, rounded to the nearest", points=given, money=per)


def is_taken_back(trace: dict[str, Any]) -> bool:
    """Whether an entry takes back what was given without an order."""
    return bool(trace.get("reversed") or trace.get("taken"))


def activity(trace: dict[str, Any]) -> list[Step]:
    """What an activity counted, what was asked for it, and what a cap left of it."""
    label, points, counted = trace["activity"]["label"], trace["points"], trace.get("counted", 1)
    if is_taken_back(trace):  # how much was taken is said by the entry itself
        return [Step(_("It was said to be no longer so."), quiet=True)]
    found = []
    if "amount_minor" in trace:
        found.append(Step(label, money(trace["amount_minor"], trace["currency"])))
    elif trace.get("value") and not trace.get("is_new"):
        found.append(Step(_("%(what)s: %(value)s was counted before", what=label, value=trace["value"])))
    elif trace.get("value"):
        found.append(Step(f"{label}: {trace['value']}"))
    elif counted != 1:
        found.append(Step(label, number(counted)))
    if trace.get("per"):
        each, of = points_unit(trace["each"]), trace["per"]
        size = money(of, trace["currency"]) if "amount_minor" in trace else number(of)
        found.append(Step(_("%(points)s for each full %(size)s", points=each, size=size), quiet=True))
        kept = (trace["before"] + counted) % of
        if kept:
            left = money(kept, trace["currency"]) if "amount_minor" in trace else number(kept)
            found.append(Step(_("%(left)s are kept towards the next", left=left), quiet=True))
    if "capped" in trace:
        found.append(Step(_("It would have been"), points_unit(trace["capped"]["asked"]), quiet=True))
        found.append(Step(cap(trace["capped"]), quiet=True))
    return [*found, Step(sum_words() if found else label, points_unit(points))]


def cap(capped: dict[str, Any]) -> str:
    """The limit that cut what was asked for."""
    most = points_unit(capped["points"])
    return {
        "day": _("Capped: at most %(points)s in a day", points=most),
        "month": _("Capped: at most %(points)s in a month", points=most),
        "year": _("Capped: at most %(points)s in a year", points=most),
        "lifetime": _("Capped: at most %(points)s in all", points=most),
    }[capped["per"]]


def beside(trace: dict[str, Any]) -> list[Step]:
    """What campaigns gave beside the points of an order's rules."""
    found = []
    for campaign in trace.get("campaigns", ()):
        found.append(Step(campaign["label"], points_unit(campaign["points"])))
        if "capped" in campaign:
            found.append(Step(cap(campaign["capped"]), quiet=True))
    return found


def given(trace: dict[str, Any], programme: Programme) -> list[Step]:
    """A prize: for which goal, step, grant or dividend, and how it was worked out."""
    rule, points = trace["given"], trace["points"]
    if rule["by"] == "dividend" and "counted_minor" in trace:
        return _dividend(trace, programme)
    if is_taken_back(trace):
        return [Step(_("What had reached it was sent back or taken back."), quiet=True)]
    found = []
    if "need" in trace:
        have, need = _counted(trace, programme)
        words = (
            _("%(have)s in all, one for each full %(need)s", have=have, need=need)
            if rule["by"] == "step"
            else _("%(have)s of %(need)s", have=have, need=need)
        )
        found.append(Step(words, quiet=True))
    return [*found, Step(rule["label"], points_unit(points))]


def _counted(trace: dict[str, Any], programme: Programme) -> tuple[str, str]:
    """How much there was and how much it took, the latter by its name where the file has one for the counter."""
    counters = {one.key: one.counter for one in programme.goals}
    counters |= {one.key: one.counter for one in programme.steps}
    counter = counters.get(trace["given"].get("key", ""))
    of_money = {one.counter for one in programme.activities if one.amount is not None}
    have, need = trace["have"], trace["need"]
    if trace.get("metric") == "spend" or (counter is not None and counter in of_money):
        return money(have, programme.currency), money(need, programme.currency)
    if counter in programme.named:
        return number(have), f"{number(need)} {programme.word(counter or '', need)}"
    return number(have), number(need)


def _dividend(trace: dict[str, Any], programme: Programme) -> list[Step]:
    """A share of the year's spend, and what was paid of it before."""
    share, spend = percent(Fraction(trace["percent"], 100)), trace["counted_minor"]
    words = _("%(percent)s of what counted in %(year)s", percent=share, year=trace["year"])
    found = [Step(words, money(spend, programme.currency))]
    if "before" not in trace:
        return [*found, Step(sum_words(), points_unit(trace["points"]))]
    paid = Step(_("Paid before"), points_unit(trace["before"]), quiet=True)
    return [*found, Step(sum_words(), points_unit(trace["after"])), paid]


def lapsed(trace: dict[str, Any]) -> list[Step]:
    """Points that ended: their last day, how long they were held, and how their owner was told."""
    lot = trace["lot"]
    last = date.fromisoformat(lot["expires_on"])
    found = [Step(_("Their last day was %(day)s", day=day(last)), points_unit(-lot["points"]))]
    if "inactive" in trace:
        since = day(date.fromisoformat(trace["inactive"]["since"]))
        days = trace["inactive"]["days"]
        found.append(
            Step(
                ngettext(
                    "Nothing was bought or done for %(num)s day after %(since)s",
                    "Nothing was bought or done for %(num)s days after %(since)s",
                    days,
                    since=since,
                ),
                quiet=True,
            )
        )
    if "held_until" in trace:
        until = day(date.fromisoformat(trace["held_until"]))
        found.append(
            Step(_("Our message did not reach you, so they were held until %(day)s", day=until), quiet=True)
        )
    for notice in trace["notices"]:
        if notice["outcome"] == "delivered":
            told = day(date.fromisoformat(notice["sent_on"]))
            found.append(Step(_("We told you on %(day)s", day=told), quiet=True))
    return found

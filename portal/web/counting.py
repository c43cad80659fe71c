"""An order's trace in words: what of it counted, what each rule gave, and why the others did not."""

from fractions import Fraction
from typing import Any

from portal.programme import Programme
from portal.web import gained
from portal.web.filters import money, points_unit
from portal.web.gained import Step
from portal.web.i18n import gettext as _


def steps(trace: dict[str, Any], programme: Programme) -> list[Step]:
    """The arithmetic of an order, top to bottom."""
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


def why_not(trace: dict[str, Any]) -> list[str]:
    """Rules that did not apply, with the condition that failed."""
    return [f"{passed['label']}: {_because(passed['because'])}" for passed in trace.get("passed", [])]


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

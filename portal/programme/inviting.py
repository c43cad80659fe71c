"""What the offers of a referral can get wrong: they give nothing, or nobody ever comes to them."""

from collections.abc import Iterator
from typing import Any

from portal.programme.findings import Finding, rows, table


def offer_findings(data: dict[str, Any]) -> Iterator[Finding]:
    """All that is wrong with the offers together.

    A friend has the first offer that names her country, else the first for everywhere.
    """
    referral = table(data, "referral")
    if referral.get("offers") == ():
        remedy = "add [[referral.offers]] with friend = { points = 100 }, or take [referral] out"
        yield Finding(("referral", "offers"), "nothing is offered", remedy)
    offers = list(rows(referral, "offers"))
    taken: dict[str | None, int] = {}
    for at, offer in offers:
        countries = offer.get("countries", ())
        if not isinstance(countries, tuple):
            continue
        if "friend" not in offer and "inviter" not in offer and not _is_exception(countries, offers):
            remedy = "add friend = { points = 100 }, or inviter, or take the offer out"
            yield Finding(("referral", "offers", at), "it gives nothing to anybody", remedy)
        if not countries and None in taken:
            message = f"nobody comes to it: offers[{taken[None]}] is for everywhere already"
            yield Finding(("referral", "offers", at), message, 'name its countries = ["GB"], or take it out')
        for place, country in enumerate(map(str, countries)):
            if country in taken:
                message = f"nobody from {country} comes to it: offers[{taken[country]}] takes them"
                yield Finding(
                    ("referral", "offers", at, "countries", place), message, "take it out here or there"
                )
            taken.setdefault(country, at)
        if not countries:
            taken.setdefault(None, at)


def _is_exception(countries: tuple[Any, ...], offers: list[tuple[int, dict[str, Any]]]) -> bool:
    """Whether these countries are left out of an offer for everywhere else, so that giving nothing means something."""
    return bool(countries) and any(not offer.get("countries") for _, offer in offers)

"""What has to stand at Stripe before plans are sold, compared with what stands there: one step for each thing.

Looking changes nothing; `Step.act` puts one thing right and may be called again. An edge of its own: each is committed.
It touches what carries this site's mark, and what nobody marked at an address that is this site's alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from portal import config, notices
from portal import programme as programmes
from portal.billing import checkout, offered, queries
from portal.billing.gateway import VERSION, gateway
from portal.billing.offered import Endpoint
from portal.db import transact
from portal.errors import Refused
from portal.money import to_major
from portal.programme import Plan

Finding = Literal["so", "make", "adopt", "differs", "left", "stuck"]
EVENTS_PATH = "/billing/events"
EVERY = {"month": "by month", "year": "by year", "life": "once for life"}
SETTING = "PORTAL_STRIPE_WEBHOOK_SECRET"


@dataclass(frozen=True, slots=True)
class Side:
    """Which Stripe is asked: whether its money is real, under what mark our things stand there, and its address."""

    livemode: bool
    site: str
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing at Stripe. `finding`: it is so already, is to be made, to be adopted, differs, is left out for now, or
    is stuck until a person has looked; `words` say the rest.

    `act` puts it right, where that can be done. `tells`: it answers a line for the environment that is told only once.
    """

    what: str
    finding: Finding
    words: str
    act: Callable[[], object] | None = None
    tells: bool = False


def side() -> Side:
    """Which Stripe the settings name."""
    address = config.current().stripe_api_base or "https://api.stripe.com"
    return Side(gateway().livemode, queries.site(), address)


def look(now: datetime) -> list[Step]:
    """Each thing that has to stand at Stripe, as it is found there. Changes nothing.

    Refuses `no_plans` for a programme that sells none. Raises Unavailable, and Rejected (Barred where the key is to
    blame).
    """
    plans = programmes.active()[1].plans
    if not plans:
        raise Refused("no_plans", "The programme in force sells no plans: there is nothing to set up.")
    home = programmes.active()[1].currency
    sold_in = [(plan, currency) for plan in plans for currency in (home, *(one for one, _ in plan.prices))]
    return [*(_price(plan, currency, now) for plan, currency in sold_in), _portal(), *_endpoint()]


def _price(plan: Plan, currency: str, now: datetime) -> Step:
    offer, what = checkout.offer(plan, currency), f"price of {plan.key} in {currency}"
    terms = f"{to_major(offer.amount_minor, currency)} {currency} {EVERY[offer.interval]}"
    found = offered.find_price(offer)

    def make() -> None:
        transact(partial(checkout.note_price, plan, currency, offered.make_price(offer, found), now))

    if found is None and not plan.for_sale:
        return Step(what, "so", f"none is made: {plan.key} is sold to nobody new")
    if found is None:
        return Step(what, "make", f"{terms}, as {plan.label}", make)
    if found.site not in ("", offer.site):
        return Step(what, "stuck", f"{found.id} has our lookup key and belongs to {found.site}")
    if found.differs and not plan.for_sale:
        why = ", ".join(found.differs.values())
        return Step(what, "so", f"{found.id}: {why}; it stays, for {plan.key} is sold to nobody new")
    if found.differs:
        why = ", ".join(found.differs.values())
        return Step(what, "differs", f"{found.id}: {why}; another one of {terms} takes its lookup key", make)

    def adopt() -> None:
        if found.name != offer.label:
            offered.rename_product(found.product_id, offer.label)
        transact(partial(checkout.note_price, plan, currency, found.id, now))

    if found.name != offer.label:
        return Step(what, "differs", f"{found.id}: it is called {found.name}, not {offer.label}", adopt)
    if checkout.known_price(plan, currency) != found.id:
        return Step(what, "adopt", f"{terms}: {found.id}", adopt)
    return Step(what, "so", f"{terms}: {found.id}")


def _portal() -> Step:
    what, site = "settings of Stripe's portal", queries.site()
    found = offered.find_configuration(site)
    if found is None:
        words = "card, bills and address; no cancelling, no changing of plans"
        return Step(what, "make", words, partial(offered.make_configuration, site))
    if found.differs:
        words = f"{found.id}: {', '.join(found.differs)}"
        return Step(what, "differs", words, partial(offered.mend_configuration, found.id))
    return Step(what, "so", found.id)


def _endpoint() -> list[Step]:
    what, site, url = "webhook endpoint", queries.site(), notices.address(EVENTS_PATH)
    every = offered.endpoints()
    others = [one for one in every if one.url == url and one.site not in ("", site)]
    if others:
        return [Step(what, "stuck", f"{others[0].id} sends to {url} and belongs to {others[0].site}")]
    mine = [one for one in every if one.site == site]
    mine += [one for one in every if one.url == url and not one.site]
    if mine:
        twice = [
            Step(what, "stuck", f"{one.id} sends there too: delete one of them at Stripe") for one in mine[1:]
        ]
        return [_found(mine[0], url, site), _secret(mine[0]), *twice]
    if _is_out_of_reach(url):
        words = f"Stripe cannot reach {url}: set PORTAL_BASE_URL, or use `stripe listen --forward-to {url}`"
        return [Step(what, "left", words)]

    def make() -> str:
        return f"{SETTING}={offered.make_endpoint(url, site)}"

    return [Step(what, "make", f"{url} with {len(offered.EVENTS)} kinds of events, {VERSION}", make, True)]


def _found(found: Endpoint, url: str, site: str) -> Step:
    what = "webhook endpoint"
    if found.version != VERSION:
        speaks = found.version or "whatever version the Stripe side has as its default"
        words = f"{found.id} speaks {speaks}, not {VERSION}: delete it at Stripe, and run this again"
        return Step(what, "stuck", words)
    differs = []
    if found.url != url:
        differs.append(f"it sends to {found.url}, not {url}")
    if offered.ALL in found.events:
        differs.append(f"it tells every kind of event, and {len(offered.EVENTS)} are looked into")
    else:
        if missing := sorted(set(offered.EVENTS) - found.events):
            differs.append(f"it does not tell {', '.join(missing)}")
        if further := sorted(found.events - set(offered.EVENTS)):
            differs.append(f"it also tells {', '.join(further)}")
    if not found.enabled:
        differs.append("it is switched off")

    def mend() -> None:
        offered.mend_endpoint(found.id, url, site)

    if differs:
        return Step(what, "differs", f"{found.id}: {'; '.join(differs)}", mend)
    if found.site != site:
        return Step(what, "adopt", f"{found.id} at {url}", mend)
    return Step(what, "so", f"{found.id} at {url}")


def _secret(found: Endpoint) -> Step:
    """Stripe tells a signing secret only when the endpoint is made."""
    if config.current().stripe_webhook_secret not in ("", config.SECRET_TO_COME):
        words = f"{SETTING} is set; Stripe does not tell whether it is that of {found.id}"
        return Step("signing secret", "so", words)
    words = (
        f"{SETTING} is not set, and Stripe told the one of {found.id} only once: reveal it in its Dashboard "
        "under Webhooks, or delete the endpoint there and run this again"
    )
    return Step("signing secret", "stuck", words)


def _is_out_of_reach(url: str) -> bool:
    """Whether Stripe itself could send nothing there, being another machine."""
    host = urlsplit(url).hostname or ""
    here = host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"
    return here and not config.current().stripe_api_base

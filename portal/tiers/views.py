"""The page where a member stops the clock of her tier: what it does, then the deed."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, ledger
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.tiers.forms import PauseForm
from portal.tiers.pausing import PauseOffer, pause, pause_offer
from portal.web import policy
from portal.web.filters import day as day_words
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

tiers = Blueprint("tiers", __name__)
PAUSE = "/you/tier-pause"


@tiers.app_template_global("tier_can_rest")
def tier_can_rest() -> bool:
    """For templates of slices above: whether she has a tier whose clock can be stopped, now or at another time."""
    offer = _offer() if current_user.is_authenticated else None
    return offer is not None and (offer.tier is not None or offer.last is not None)


@tiers.get(PAUSE)
@policy("member", visit=True)
def new_pause() -> str:
    """What it does, until when, how often; or why not now, and from which day."""
    return _page(_found(), PauseForm())


@tiers.post(PAUSE)
@policy("member")
def create_pause() -> Response | tuple[str, int]:
    """First what it comes to, then the deed. The same page again gets the same answer, whatever day it is by then."""
    offer, form = _found(), PauseForm()
    if not form.validate():
        return _page(offer, form), 422
    if offer.last is not None and offer.until is not None and form.longer.data == str(offer.until):
        return _done(offer.until)
    if offer.why is not None or offer.longer is None:
        return _page(offer, form), 409
    if "confirmed" not in request.form or form.longer.data != str(offer.longer):
        form.longer.data = str(offer.longer)
        again_on = programmes.months_after(_today(), offer.once_in_months)
        return render_template("tiers/confirm_pause.html", offer=offer, again_on=again_on, form=form), 200
    member, now, (_number, active) = current_user.id, clock.now(), programmes.active()

    def paused() -> object:
        ledger.lock(member)
        return pause(member, active, at=now, day=active.day(now))

    try:
        transact(paused)
    except Refused as refused:
        if refused.code not in ("not_allowed", "limit_reached"):
            raise
        return _page(_found(), form), 409
    return _done(offer.longer)


def _done(until: date) -> Response:
    flash(_("Done. Your tier lasts until %(day)s.", day=day_words(until)), "good")
    return redirect(url_for("tiers.new_pause"), 303)


def _today() -> date:
    return reader().programme.day(clock.now())


def _offer() -> PauseOffer | None:
    return pause_offer(current_user.id, reader().programme, _today())


def _found() -> PauseOffer:
    """What there is for her; 404 where the programme has no pause."""
    offer = _offer()
    if offer is None:
        abort(404)
    return offer


def _page(offer: PauseOffer, form: PauseForm) -> str:
    form.longer.data = str(offer.longer)
    labels = {tier.key: tier.label for tier in reader().programme.tiers}
    last = offer.last
    return render_template(
        "tiers/pause.html",
        offer=offer,
        form=form,
        paused=None if last is None else labels.get(last.tier, last.tier),
        again_on=None if last is None or last.again_on <= _today() else last.again_on,
    )

"""What there is to take, one reward before spending, and taking it."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from portal import clock, ledger, rewards, tiers
from portal import programme as programmes
from portal.db import new_id, transact
from portal.errors import Refused
from portal.money import precision
from portal.programme import Programme, Reward
from portal.rewards import queries, rules
from portal.rewards.forms import MOST_POINTS, TakeForm
from portal.rewards.views.kit import held_back, note_open, pages, today
from portal.rewards.views.words import (
    limit_words,
    off_slider,
    refused_words,
    tier_names,
    too_often_words,
    why_words,
)
from portal.web import amounts, conditions, policy, throttle, to_proof
from portal.web.i18n import reader

MOST_AN_HOUR, MOST_A_DAY = 10, 20  # takings of one member (security.md section 5.3)


@pages.get("/rewards")
@policy("member", visit=True)
def catalogue() -> str:
    """What she can have now first, then what is near, each with its price and what stands in the way."""
    active = reader().programme
    have, owed = ledger.spendable(current_user.id, today(active))
    held = held_back()
    offers = rules.in_order(_offers(active, have, owed, held))
    ready = [one for one in rewards.held(current_user.id, today(active)) if one.state == "available"]
    return render_template(
        "rewards/catalogue.html",
        have=have,
        owed=owed,
        held_back=held,
        waits_until=current_user.waits_until,
        ready=ready,
        now=[_row(one, active) for one in offers if not one.why],
        later=[_row(one, active) for one in offers if one.why],
    )


@pages.get("/rewards/<key>")
@policy("member", visit=True)
def reward(key: str) -> str:
    """One reward before spending: price, what stays, how, where and until when it is used."""
    found = _for_points(key)
    form = TakeForm(found, amounts.read, off_slider(found), formdata=None)
    if found.slider is not None:
        _begin(form, _asked() if found.slider.takes(_asked()) else found.slider.minimum)
    return _reward_page(found, form)


@pages.post("/rewards/<key>/redemptions")
@policy("member")
def take(key: str) -> Response | tuple[str, int]:
    """Take it. The page's key makes a second tap the same one; a refusal shows the page as things stand now.

    Above what the programme lets her take in a day without a fresh proof it leads to the proof and back to this page,
    with what was chosen.
    """
    found = _for_points(key)
    form = TakeForm(found, amounts.read, off_slider(found))
    wish = form.wish
    if not form.validate() or wish is None:
        return _reward_page(found, form), 422
    member, now, points = current_user.id, clock.now(), form.number if found.slider else None
    wait = throttle.member_waits("redeem", MOST_AN_HOUR, member) or throttle.member_waits(
        "redeem", MOST_A_DAY, member, hours=24
    )
    if wait:
        return _reward_page(found, form, too_often_words(wait)), 429
    proof = current_user.fresh_at
    try:
        taken = transact(
            lambda: rewards.redeem(
                member,
                key,
                ref=f"{member}/{wish}",
                points=points,
                expected_price=None if found.slider else form.shown_price,
                at=now,
                actor="member",
                proof=proof,
            )
        )
    except Refused as refused:
        if refused.status == 404:
            raise
        if refused.code == "proof_needed":
            chosen = None if points is None else amounts.written(points)
            return to_proof(url_for("rewards.reward", key=key, points=chosen))
        return _reward_page(found, form, refused_words(refused)), refused.status
    note_open(taken.id)
    return redirect(url_for("rewards.taken", redemption=taken.id), 303)


def _for_points(key: str) -> Reward:
    found = next((one for one in programmes.active()[1].for_points if one.key == key), None)
    if found is None:
        abort(404)
    return found


def _asked() -> int:
    """How many points the address asks for: what was chosen before something came between; 0 for none."""
    try:
        points = amounts.read(request.args.get("points"))
    except ValidationError:
        return 0
    return points if points <= MOST_POINTS else 0


def _begin(form: TakeForm, points: int) -> None:
    """Let the slider stand at so many points."""
    form.number, form.points.data = points, amounts.written(points)


def _offers(active: Programme, have: int, owed: int, held: rules.HeldBack) -> list[rewards.Offer]:
    day = today(active)
    counted = queries.counted(current_user.id, active.for_points, day)
    left = rewards.left_in_stock(active)
    tier = tiers.standing(active, tiers.grants(current_user.id), day, current_user.joined_on).tier.key
    return [
        rules.offer(
            one, have=have, owed=owed, tier=tier, taken=counted.get(one.key, 0), stock_left=left.get(one.key), day=day,
            held_back=held,
        )
        for one in active.for_points
    ]  # fmt: skip


def _row(offer: rewards.Offer, active: Programme) -> dict[str, Any]:
    said_on_top = offer.why in ("frozen", "stopped")
    return {
        "label": offer.reward.label,
        "detail": offer.reward.detail,
        "price": offer.price,
        "from": offer.reward.slider is not None,
        "why": "" if said_on_top else why_words(offer, active, current_user.waits_until),
        "stock_left": offer.stock_left,
        "url": url_for("rewards.reward", key=offer.reward.key),
    }


def _reward_page(found: Reward, form: TakeForm, fault: str | None = None) -> str:
    active = reader().programme
    day = today(active)
    have, owed = ledger.spendable(current_user.id, day)
    offer = next(one for one in _offers(active, have, owed, held_back()) if one.reward.key == found.key)
    form.key.data = new_id()
    form.price.data = str(offer.price)
    if found.slider is not None and form.points.data is None and not form.points.errors:
        _begin(form, found.slider.minimum)
    return render_template(
        "rewards/reward.html",
        form=form,
        fault=fault,
        reward=found,
        offer=offer,
        have=have,
        stays=have - offer.price,
        most=_most(found, have),
        unused=queries.unused(current_user.id, found.key, day),
        until=found.last_day(day, bought=True),
        never=ledger.NEVER,
        why=why_words(offer, active, current_user.waits_until),
        waits_until=current_user.waits_until,
        limit=limit_words(offer),
        tiers=tier_names(active, found.tiers),
        on=conditions.reward_words(found, active),
        digits=precision(active.currency),
    )


def _most(found: Reward, have: int) -> int:
    """The most points that a slider takes of what she has."""
    if found.slider is None or have < found.slider.minimum:
        return 0
    most = have if found.slider.maximum is None else min(have, found.slider.maximum)
    return most - (most - found.slider.minimum) % found.slider.step

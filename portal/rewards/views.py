"""The member's pages of rewards: what there is, one before spending, one that is hers, and all that are hers."""

from datetime import date
from typing import Any

import segno
from flask import Blueprint, abort, redirect, render_template, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, ledger, rewards, tiers
from portal import programme as programmes
from portal.db import new_id, transact
from portal.errors import Refused
from portal.money import precision
from portal.programme import Programme, Reward
from portal.rewards import queries, rules
from portal.rewards.forms import TakeForm
from portal.web import amounts, conditions, policy
from portal.web.filters import day as day_words
from portal.web.filters import points as points_words
from portal.web.filters import points_unit, use_until
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader

pages = Blueprint("rewards", __name__)


@pages.get("/rewards")
@policy("member", visit=True)
def catalogue() -> str:
    """What she can have now first, then what is near, each with its price and what stands in the way."""
    active = reader().programme
    have, owed = ledger.spendable(current_user.id, _today(active))
    frozen = ledger.wallet(current_user.id).frozen
    offers = rules.in_order(_offers(active, have, owed, frozen))
    ready = [one for one in rewards.held(current_user.id, _today(active)) if one.state == "available"]
    return render_template(
        "rewards/catalogue.html",
        have=have,
        owed=owed,
        frozen=frozen,
        ready=ready,
        now=[_row(one, active) for one in offers if not one.why],
        later=[_row(one, active) for one in offers if one.why],
    )


@pages.get("/rewards/taken")
@policy("member", visit=True)
def taken_list() -> str:
    """All of hers: those she can use, and those that ended within 90 days. Codes are on their own pages."""
    active = reader().programme
    held = rewards.held(current_user.id, _today(active))
    return render_template(
        "rewards/list.html",
        ready=[one for one in held if one.state == "available"],
        ended=[(one, _kept_words(one)) for one in held if one.state != "available"],
    )


@pages.get("/rewards/<key>")
@policy("member", visit=True)
def reward(key: str) -> str:
    """One reward before spending: price, what stays, how, where and until when it is used."""
    found = _for_points(key)
    return _reward_page(found, TakeForm(found, amounts.read, _off_slider(found), formdata=None))


@pages.post("/rewards/<key>/redemptions")
@policy("member")
def take(key: str) -> Response | tuple[str, int]:
    """Take it. The page's key makes a second tap the same one; a refusal shows the page as things stand now."""
    found = _for_points(key)
    form = TakeForm(found, amounts.read, _off_slider(found))
    wish = form.wish
    if not form.validate() or wish is None:
        return _reward_page(found, form), 422
    member, now, points = current_user.id, clock.now(), form.number if found.slider else None
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
            )
        )
    except Refused as refused:
        if refused.status == 404:
            raise
        return _reward_page(found, form, _refused_words(refused)), refused.status
    return redirect(url_for("rewards.taken", redemption=taken.id), 303)


@pages.get("/rewards/taken/<redemption>")
@policy("member")
def taken(redemption: str) -> str:
    """One of hers, with its code while it can be used; another member's is as missing as none."""
    return _taken_page(redemption)


@pages.post("/rewards/taken/<redemption>/undo")
@policy("member")
def undo(redemption: str) -> Response | tuple[str, int]:
    """Give it back, as long as it is unused."""
    member, now = current_user.id, clock.now()
    try:
        transact(lambda: rewards.undo(member, redemption, at=now, actor="member"))
    except Refused as refused:
        if refused.status == 404:
            abort(404)
        return _taken_page(redemption, _refused_words(refused)), refused.status
    return redirect(url_for("rewards.taken", redemption=redemption), 303)


def _for_points(key: str) -> Reward:
    found = next((one for one in programmes.active()[1].for_points if one.key == key), None)
    if found is None:
        abort(404)
    return found


def _offers(active: Programme, have: int, owed: int, frozen: bool) -> list[rewards.Offer]:
    day = _today(active)
    counted = queries.counted(current_user.id, active.for_points, day)
    left = rewards.left_in_stock(active)
    tier = tiers.standing(active, tiers.grants(current_user.id), day, current_user.joined_on).tier.key
    return [
        rules.offer(
            one, have=have, owed=owed, tier=tier, taken=counted.get(one.key, 0), stock_left=left.get(one.key), day=day,
            frozen=frozen,
        )
        for one in active.for_points
    ]  # fmt: skip


def _row(offer: rewards.Offer, active: Programme) -> dict[str, Any]:
    return {
        "label": offer.reward.label,
        "detail": offer.reward.detail,
        "price": offer.price,
        "from": offer.reward.slider is not None,
        "why": "" if offer.why == "frozen" else _why_words(offer, active),  # that is said once, on top
        "stock_left": offer.stock_left,
        "url": url_for("rewards.reward", key=offer.reward.key),
    }


def _reward_page(found: Reward, form: TakeForm, fault: str | None = None) -> str:
    active = reader().programme
    day = _today(active)
    have, owed = ledger.spendable(current_user.id, day)
    frozen = ledger.wallet(current_user.id).frozen
    offer = next(one for one in _offers(active, have, owed, frozen) if one.reward.key == found.key)
    form.key.data = new_id()
    form.price.data = str(offer.price)
    if found.slider is not None and form.points.data is None and not form.points.errors:
        form.number, form.points.data = found.slider.minimum, amounts.written(found.slider.minimum)
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
        why=_why_words(offer, active),
        limit=_limit_words(offer),
        tiers=_names(active, found.tiers),
        on=conditions.reward_words(found, active),
        digits=precision(active.currency),
    )


def _taken_page(redemption: str, fault: str | None = None) -> str:
    active = reader().programme
    day = _today(active)
    found = queries.of_member(current_user.id, redemption, day)
    if found is None:
        abort(404)
    used_on = rewards.uses(found.member_id, found.id)
    back = ledger.entry_of(found.member_id, f"undo/{found.id}")
    return render_template(
        "rewards/taken.html",
        taken=found,
        fault=fault,
        code=found.code if found.state == "available" else None,
        qr_svg=_drawing(found.code) if found.state == "available" else None,
        uses=used_on,
        on=conditions.reward_words(found.terms, active),
        words=_kept_words(found),
        can_undo=found.state == "available"
        and found.reason == "bought"
        and found.terms.kind != "permanent-discount"
        and not used_on,
        back=[] if back is None else ledger.lot_uses(found.member_id, back.seq),
        paid_off=0 if back is None else -back.d_owed,
        never=ledger.NEVER,
        line_url=None if back is None else url_for("home.line", number=back.seq),
    )


def _most(found: Reward, have: int) -> int:
    """The most points that a slider takes of what she has."""
    if found.slider is None or have < found.slider.minimum:
        return 0
    most = have if found.slider.maximum is None else min(have, found.slider.maximum)
    return most - (most - found.slider.minimum) % found.slider.step


def _drawing(code: str) -> Markup:
    drawn = segno.make(code, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    return Markup(drawn)  # noqa: S704 - segno draws, from letters and digits alone


def _today(active: Programme) -> date:
    return active.day(clock.now())


def _why_words(offer: rewards.Offer, active: Programme) -> str:
    """What stands in the way; empty for nothing."""
    again = offer.again_on
    return {
        "": "",
        "stock": _("All taken"),
        "limit": _("Yours again from %(day)s", day=day_words(again)) if again else _("You have had yours"),
        "tier": _("For %(tiers)s", tiers=_names(active, offer.reward.tiers)),
        "owed": _("Once what is owed is filled"),
        "points": _("%(points)s to go", points=points_unit(offer.to_go)),
        "frozen": _("Once your bank has settled a payment of yours"),
    }[offer.why]


def _off_slider(reward: Reward) -> str:
    """What a slider takes, for who chose something else."""
    slider = reward.slider
    if slider is None:
        return ""
    least, step = points_unit(slider.minimum), points_words(slider.step)
    if slider.maximum is None:
        return _("Choose %(least)s or more, in steps of %(step)s.", least=least, step=step)
    most = points_unit(slider.maximum)
    return _("Choose from %(least)s to %(most)s, in steps of %(step)s.", least=least, most=most, step=step)


def _limit_words(offer: rewards.Offer) -> str:
    """How often one may take it, and how often she did."""
    limit = offer.reward.limit
    if limit is None:
        return ""
    count = limit.count
    often = {
        "day": ngettext("Once a day", "%(num)s times a day", count),
        "month": ngettext("Once a month", "%(num)s times a month", count),
        "year": ngettext("Once a year", "%(num)s times a year", count),
        "lifetime": ngettext("Once", "%(num)s times in all", count),
    }[limit.per]
    if not offer.taken:
        return often
    return _("%(often)s; taken so far: %(taken)s", often=often, taken=offer.taken)


def _names(active: Programme, tiers_of: tuple[str, ...]) -> str:
    return ", ".join(tier.label for tier in active.tiers if tier.key in tiers_of)


def _kept_words(taken: rewards.Taken) -> str:
    """What became of one of hers, in a few words."""
    on = day_words(taken.ended_on or taken.expires_on)
    return {
        "available": use_until(taken.expires_on),
        "used": _("Used on %(day)s", day=on),
        "undone": _("Undone on %(day)s", day=on),
        "expired": _("Expired after %(day)s", day=day_words(taken.expires_on)),
        "withdrawn": _("Taken back on %(day)s", day=on),
    }[taken.state]


def _refused_words(refused: Refused) -> str:
    """What happened and what to do, a sentence each; nothing was written."""
    facts = refused.facts
    if refused.code == "conflict" and "price" in facts:
        price, before = points_unit(facts["price"]), points_unit(facts["expected"])  # type: ignore[arg-type]  # our own facts
        return _("Nothing was taken: the price is %(price)s now, it was %(before)s. Take it if you still want it.",
                 price=price, before=before)  # fmt: skip
    return {
        "not_enough_points": _(
            "Nothing was taken: you have fewer points now than when you opened this page."
        ),
        "owes_points": _(
            "Nothing was taken: points are owed after a refund. What you earn next fills that first."
        ),
        "frozen": _(
            "Nothing was taken: your bank is looking into a payment of yours. Your points are safe, and can be used "
            "again once that is settled."
        ),
        "out_of_stock": _("Nothing was taken: somebody else was faster, and there is none left."),
        "limit_reached": _("Nothing was taken: you have had it as often as one can."),
        "not_allowed_by_tier": _("Nothing was taken: it is for another tier."),
        "already_used": _("It stays taken: the code has been used."),
        "expired": _("It has ended, and nothing was changed."),
        "not_allowed": _("It cost nothing, so there is nothing to give back. Use it while it lasts."),
    }.get(refused.code, _("Nothing was changed. Look at what stands here now, then try again."))

"""The member's pages of giving: the causes, the last question before a gift, and its receipt."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from portal import clock
from portal.db import new_id, transact
from portal.errors import Refused
from portal.giving import funding, queries, service
from portal.giving.forms import MOST_POINTS, CauseForm, GiftForm, GiveForm, StandingForm
from portal.giving.rules import most, reference
from portal.giving.standing import end_standing, set_standing, standing
from portal.money import precision
from portal.programme import Programme
from portal.web import amounts, policy, to_proof
from portal.web.filters import points_unit
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader

giving = Blueprint("giving", __name__)
SHOWN = 10


@giving.get("/give")
@policy("member", visit=True)
def give() -> str:
    """The causes, what was given to each, and what she gave."""
    return _start(reader().programme)


def _start(
    active: Programme, cause_form: CauseForm | None = None, standing_form: StandingForm | None = None
) -> str:
    charity, points = _begun(active)
    begun = {"charity": charity, "points": amounts.written(points)}
    form = GiftForm(active, amounts.read, points_unit, formdata=None, data=begun)
    form.number = points
    return _page(form, cause_form=cause_form, standing_form=standing_form)


@giving.get("/give/confirm")
@policy("member")
def confirm() -> str | tuple[str, int]:
    """What is about to happen, and the one button that does it. Nothing is written yet."""
    active = reader().programme
    available, now = queries.available(current_user.id, _today(active)), clock.now()
    asked = MultiDict(request.args)
    if "all" in asked:
        asked["points"] = amounts.written(most(active.giving, available))
    form = GiftForm(active, amounts.read, points_unit, formdata=asked)
    points = form.number if form.validate() else None
    if points is None:
        return _page(form), 422
    if current_user.frozen_at is not None:
        return _page(form), 409
    if points > available:
        return _page(form, _too_much(points, available)), 422
    return render_template(
        "giving/confirm.html",
        cause=active.charity(form.charity.data),
        points=points,
        typed=amounts.written(points),
        value_minor=active.value_minor(points),
        added_minor=funding.to_match(current_user.id, active.value_minor(points), _today(active)),
        left=available - points,
        given_before=_given_before(queries.just_given(current_user.id, form.charity.data, points, now), now),
        once=new_id(),
        form=GiveForm(formdata=None),
    )


@giving.post("/give/gifts")
@policy("member")
def donate() -> Response | tuple[str, int]:
    """Give. The page's one-time key makes a second tap the same gift.

    Above what the programme lets her give in a day without a fresh proof it leads to the proof, and back to the
    question.
    """
    active = reader().programme
    once = request.form.get("once", "")
    form = GiftForm(active, amounts.read, points_unit)
    points = form.number if form.validate() else None
    if points is None or not (len(once) == 26 and once.isascii() and once.isalnum()):
        return _page(form), 422
    member, charity, now, proof = current_user.id, form.charity.data, clock.now(), current_user.fresh_at
    try:
        given = transact(
            lambda: service.donate(
                member, charity, points, ref=once.upper(), at=now, actor="member", proof=proof
            )
        )
    except Refused as refused:
        if refused.code == "proof_needed":
            return to_proof(url_for("giving.confirm", charity=charity, points=amounts.written(points)))
        if refused.code == "stopped":
            return _page(form), 409  # it says so by itself
        if refused.code == "frozen":
            return _page(form, _frozen()), 409
        if refused.code not in ("not_enough_points", "owes_points"):
            raise
        available = queries.available(member, _today(active))
        return _page(form, _too_much(points, available)), 409
    return redirect(url_for("giving.receipt", ref=given.ref, thanks=1), 303)


@giving.get("/give/gifts/<path:ref>")
@policy("member", visit=True)
def receipt(ref: str) -> str:
    """One gift, to keep; another member's is as missing as none."""
    active = reader().programme
    gift = queries.donation(current_user.id, ref) if len(ref) <= 100 else None
    if gift is None:
        abort(404)
    return render_template(
        "giving/receipt.html",
        gift=_gift(gift, active),
        thanks=request.args.get("thanks") == "1",
        mine=queries.of(current_user.id).get(gift.charity, queries.Gifts()),
        everybody=queries.totals().get(gift.charity, queries.Gifts()),
        added_minor=funding.matched(current_user.id, ref),
        line_url=url_for("home.line", number=gift.seq),
    )


@giving.post("/give/cause")
@policy("member")
def choose() -> Response | tuple[str, int]:
    """Choose who it goes to: what the programme gives for her waits no longer. The same again is nothing."""
    active = reader().programme
    form = CauseForm(active)
    if not form.validate():
        return _start(active, form), 422
    member, charity, now = current_user.id, form.charity.data, clock.now()
    transact(lambda: service.choose(member, charity, now))
    label = active.charity(charity).label
    flash(_("What we give for you goes to %(cause)s.", cause=label), "good")
    return redirect(url_for("giving.give"), 303)


@giving.post("/give/standing")
@policy("member")
def give_each_month() -> Response | tuple[str, int]:
    """Give the same on each first of a month. The same again is nothing, something else takes its place."""
    active = reader().programme
    if not active.giving.standing:
        abort(404)
    form = StandingForm(active, amounts.read, points_unit)
    points = form.number if form.validate() else None
    if points is None:
        return _start(active, standing_form=form), 422
    member, charity, now, proof = current_user.id, form.charity.data, clock.now(), current_user.fresh_at
    try:
        transact(lambda: set_standing(member, charity, points, at=now, proof=proof))
    except Refused as refused:
        if refused.code == "proof_needed":
            return to_proof(url_for("giving.give", charity=charity, points=amounts.written(points)))
        if refused.code == "stopped":
            return _start(active), 409
        raise
    label = active.charity(charity).label
    flash(_("Each month you give %(points)s to %(cause)s.", points=points_unit(points), cause=label), "good")
    return redirect(url_for("giving.give"), 303)


@giving.post("/give/standing/end")
@policy("member")
def stop_each_month() -> Response:
    """Give nothing by itself any more. Twice is once."""
    member = current_user.id
    transact(lambda: end_standing(member))
    flash(_("Nothing is given each month any more."), "good")
    return redirect(url_for("giving.give"), 303)


def _page(
    form: GiftForm,
    fault: str | None = None,
    cause_form: CauseForm | None = None,
    standing_form: StandingForm | None = None,
) -> str:
    active = reader().programme
    day = _today(active)
    everybody, mine = queries.totals(), queries.of(current_user.id)
    available, frozen = queries.balance(current_user.id, day)
    nothing, from_us = queries.Gifts(), funding.funded_totals()
    picks = any(one.charity is None for one in active.funding)
    waiting = funding.waiting(current_user.id) if picks else 0
    return render_template(
        "giving/give.html",
        form=form,
        fault=fault,
        available=available,
        frozen=frozen,
        stopped=current_user.frozen_at is not None,
        most=most(active.giving, available),
        collects=active.collects or available > 0,
        waiting=waiting,
        cause_form=cause_form or CauseForm(active, formdata=None),
        monthly=_monthly(active),
        standing_form=standing_form or _same_each_month(form, active),
        causes=[
            {
                "cause": one,
                "mine": mine.get(one.key, nothing),
                "everybody": everybody.get(one.key, nothing),
                "from_us": from_us.get(one.key, 0),
            }
            for one in active.charities
        ],
        gifts=[_gift(row, active) for row in queries.newest(current_user.id, limit=SHOWN)],
        digits=precision(active.currency),
    )


def _monthly(active: Programme) -> dict[str, Any] | None:
    """What she gives each month; None for nothing."""
    row = standing(current_user.id) if active.giving.standing else None
    if row is None:
        return None
    return {"label": _label(row.charity, active), "points": row.points, "next_on": row.next_on}


def _same_each_month(once: GiftForm, active: Programme) -> StandingForm:
    """The form of each month as it begins: with what stands in the form of one gift."""
    begun = {"charity": once.charity.data, "points": amounts.written(once.number or active.giving.minimum)}
    return StandingForm(active, amounts.read, points_unit, formdata=None, data=begun)


def _begun(active: Programme) -> tuple[str | None, int]:
    """What stands in the form at first: the cause she meant last, the fewest points, or what the address says."""
    keys = [cause.key for cause in active.charities]
    charity = request.args.get("charity") or queries.choice(current_user.id)
    try:
        points = min(amounts.read(request.args.get("points")), MOST_POINTS)
    except ValidationError:
        points = 0
    return charity if charity in keys else next(iter(keys), None), max(points, active.giving.minimum)


def _given_before(gift: Row[Any] | None, now: datetime) -> str:
    """That she has just given the same, and what a second tap is; empty when she has not."""
    if gift is None:
        return ""
    minutes = (now - gift.at) // timedelta(minutes=1)
    if minutes < 1:
        return _("You gave exactly this a moment ago. If you give now, it is a second gift.")
    return ngettext(
        "You gave exactly this %(num)s minute ago. If you give now, it is a second gift.",
        "You gave exactly this %(num)s minutes ago. If you give now, it is a second gift.",
        minutes,
    )


def _gift(row: Row[Any], active: Programme) -> dict[str, Any]:
    return {
        "label": _label(row.charity, active), "points": row.points, "value_minor": row.value_minor,
        "currency": row.currency, "on": row.on_day, "reference": reference(row.ref),
        "url": url_for("giving.receipt", ref=row.ref),
    }  # fmt: skip


def _label(charity: str, active: Programme) -> str:
    return next((cause.label for cause in active.charities if cause.key == charity), charity)


def _too_much(points: int, available: int) -> str:
    """Why this much cannot be given now."""
    if current_user.owed and not available:
        return _("Nothing was given. Points are owed after a refund; what you earn next fills that first.")
    return _(
        "Nothing was given: %(points)s are more than the %(available)s you have now. Choose fewer.",
        points=points_unit(points), available=points_unit(available),
    )  # fmt: skip


def _frozen() -> str:
    """Why nothing can be given for a while."""
    return _(
        "Nothing was given: your bank is looking into a payment of yours. Your points are safe, and can be used "
        "again once that is settled."
    )


def _today(active: Programme) -> date:
    return active.day(clock.now())

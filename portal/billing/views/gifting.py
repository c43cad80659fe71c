"""Giving a plan to a friend: what it costs, the way to Stripe and back, the code, and the money back."""

import contextlib
from typing import Any

import segno
from flask import (
    abort,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, jobs, people, rewards
from portal.billing import (
    gift_points,
    gift_rules,
    gift_telling,
    gifting,
    gifts,
    outcome,
    price_rules,
    queries,
    rules,
)
from portal.billing.forms import GiftForm, PlainForm
from portal.billing.named import label_of
from portal.billing.shapes import Declined, Missing, Rejected, Unavailable
from portal.billing.terms import Terms
from portal.billing.views.buying import LOOKS, SECONDS
from portal.billing.views.kit import (
    billing,
    is_stopped,
    is_unsold,
    not_sold,
    noted,
    plan_of,
    too_often,
    unreachable,
    unspoken,
)
from portal.db import new_id
from portal.errors import Refused
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.throttle import member_waits

LETTERS = 26
MOST_TAPS = 20  # on the way to the payment of a gift, in an hour
MOST_MAILS = 10  # to friends, whom nobody has asked, in a day
DAY_HOURS = 24


@billing.get("/gifts")
@policy("member")
def gifts_bought() -> str:
    """The gifts that she bought, and what became of them."""
    active = reader().programme
    rows = [(gift, label_of(active, gift.plan), _became(gift)) for gift in gifts.bought(current_user.id)]
    return render_template(
        "billing/gifts.html",
        gifts=rows,
        sells=_sells(),
        stopped=is_stopped(),
        form=PlainForm(formdata=None),
    )


@billing.get("/gifts/new")
@policy("member")
def new_gift() -> Response | str:
    """What can be given, and what it costs."""
    if not _sells():
        return redirect(url_for("billing.plans"), 303)
    return _new(GiftForm(_choices(), formdata=None, data={"once": new_id()}))


@billing.post("/gifts")
@policy("member")
def buy_gift() -> Response | str | tuple[str, int]:
    """To Stripe's page for the chosen gift; a second tap of the same form comes to the same page. Refuses `stopped`."""
    people.refuse_while_stopped(current_user.id)
    chosen = request.form.get("choice", "").rpartition("-")[0]  # the months come after the plan
    unsold = queries.is_on() and is_unsold(reader().programme, chosen)
    if not _sells():
        if unsold:
            flash(not_sold(), "info")
        return redirect(url_for("billing.plans"), 303)
    form = GiftForm(_choices())
    once = form.once.data or ""
    if not (len(once) == LETTERS and once.isascii() and once.isalnum()):
        form.once.data = once = new_id()
    if unsold:
        form.choice.data = None
        return _new(form, not_sold()), 409
    if not form.validate():
        return _new(form), 422
    offer = form.offers[form.choice.data]
    if offer.shown not in (form.shown.data or "").split():
        return _new(form, _("The price has changed since you looked. Nothing was charged.")), 409
    if fault := _too_often(form.friend.data is not None):
        return _new(form, fault), 429
    try:
        url = gifting.begin(
            current_user, offer, _terms(), clock.now(), once=once, friend=form.friend.data, words=form.said
        )
    except Refused as refused:
        if refused.code == "already_used":
            flash(_("This gift is paid already. Nothing more was charged."), "info")
            return redirect(url_for("billing.gift_bought", op_id=refused.facts["gift"]), 303)
        if refused.code == "expired":
            form.once.data = new_id()
            return _new(
                form, _("The payment page was open for too long and has closed. Nothing was charged.")
            ), 409
        if refused.code == "not_for_sale":
            form.choice.data = None
            return _new(form, not_sold()), 409
        if refused.code != "payments_unavailable":
            raise
        return _new(form, unreachable()), 503
    return redirect(url, 303)


def _too_often(is_mailed: bool) -> str | None:
    """Why she has to wait before she buys another gift, or has another one mailed: the shop's mails are no post of
    hers. Each of these taps is counted."""
    if wait := member_waits("gift-buy", MOST_TAPS, current_user.id):
        return too_often(wait)
    if is_mailed and member_waits("gift-mail", MOST_MAILS, current_user.id, hours=DAY_HOURS):
        return _("That is enough mail for one day. Leave the address empty, and hand the code on yourself.")
    return None


def _terms() -> Terms:
    """What the page says that she agrees to by paying for a gift; which one stands in the operation."""
    words = get_template_attribute("components/gift_terms.html", "gift_terms")
    return Terms(" ".join(words(_days()).unescape().split()), reader().language)


def _days() -> int:
    """For how long a gift can be paid back that nobody used; 0 where the programme's country asks for no such right."""
    return rules.WITHDRAWAL_DAYS if reader().programme.country in rules.WITHDRAWAL_COUNTRIES else 0


@billing.get("/gifts/return")
@policy("member")
def gift_paid() -> Response | str:
    """Back from Stripe: what became of the payment, asked of Stripe itself; another member's session is missing."""
    session_id, now = request.args.get("session_id", "")[:120], clock.now()
    op = queries.checkout_of(current_user.id, session_id)
    if op is None or op.kind != gifts.KIND:
        abort(404)
    found = None
    # When Stripe does not answer, the page says that it is being confirmed, and looks again.
    with contextlib.suppress(Unavailable, Missing, Rejected, Declined):
        found = outcome.fetch_checkout(session_id, now)[0] if queries.is_on() else None
    if gifts.bought_by(current_user.id, op.id) is not None:
        jobs.wake()
        return redirect(url_for("billing.gift_bought", op_id=op.id, thanks=1), 303)
    looks = request.args.get("look", 0, type=int)
    again_url = url_for("billing.gift_paid", session_id=session_id, look=looks + 1) if looks < LOOKS else None
    return render_template(
        "billing/return.html",
        plan=plan_of(reader().programme, op.plan),
        state="confirming" if found is None or found.status == "complete" else found.status,
        pay_url=None if is_stopped() else op.url,
        again_url=again_url,
        back_url=url_for("billing.new_gift"),
        seconds=SECONDS,
    )


@billing.get("/gifts/<op_id>")
@policy("member")
def gift_bought(op_id: str) -> Response:
    """One gift that she bought, with its code to hand on (not while her points are stopped: whoever has it has the
    gift); another's is as missing as none."""
    gift = gifts.bought_by(current_user.id, op_id)
    if gift is None:
        abort(404)
    active = reader().programme
    unused = gifts.why_dead(gift) is None
    stopped = unused and is_stopped()
    code = gifts.code_of(gift) if unused and not stopped else ""
    until = gifting.withdraw_until(gift, active)
    page = render_template(
        "billing/gift_bought.html",
        gift=gift,
        label=label_of(active, gift.plan),
        code=rewards.grouped(code),
        url=gift_telling.link(code) if code else "",
        stopped=stopped,
        qr_svg=_drawing(gift_telling.link(code)) if code else None,
        became=_became(gift),
        thanks=request.args.get("thanks") == "1",
        back_until=until if until is not None and active.day(clock.now()) <= until else None,
        is_stuck=gifting.is_stuck(gift),
        form=PlainForm(formdata=None),
    )
    return unspoken(page)


@billing.get("/gifts/<op_id>/withdrawal")
@policy("member")
def withdraw_gift(op_id: str) -> Response | str:
    """What would be paid back and that its code dies; nothing is written yet."""
    gift, active = gifts.bought_by(current_user.id, op_id), reader().programme
    if gift is None:
        abort(404)
    until = gifting.withdraw_until(gift, active)
    if until is None or active.day(clock.now()) > until:
        return redirect(url_for("billing.gift_bought", op_id=op_id), 303)
    return render_template(
        "billing/gift_withdraw.html",
        gift=gift,
        label=label_of(active, gift.plan),
        minor=gifting.left_of(gift),
        back_until=until,
        brought=gift_points.is_counted(gift),
        form=PlainForm(formdata=None),
    )


@billing.post("/gifts/<op_id>/withdrawal")
@policy("member")
def withdraw_gift_now(op_id: str) -> Response:
    """Have a gift paid back that nobody used, as was shown."""
    minor = request.form.get("minor", -1, type=int)
    try:
        done = gifting.withdraw(current_user.id, op_id, minor, clock.now())
    except Refused as refused:
        if refused.code == "stale":
            flash(_("The amount has changed. Nothing was done: look at it again."), "info")
            return redirect(url_for("billing.withdraw_gift", op_id=op_id), 303)
        if refused.code not in ("conflict", "not_paid_back"):
            raise
        lost = refused.code == "not_paid_back"
        flash(
            _("Your money could not be sent back by itself. Write to us: we do it by hand.")
            if lost
            else _("That is not possible now. Nothing was changed."),
            "info",
        )
    else:
        flash(
            _("The code is dead, and what you paid goes back to you.") if done else noted(),
            "good" if done else "info",
        )
    return redirect(url_for("billing.gifts_bought"), 303)


def _sells() -> bool:
    return queries.is_on() and bool(_choices())


def _choices() -> list[gift_rules.Choice]:
    active, paid_in = reader().programme, queries.paid_in(current_user.id)
    here = price_rules.used_in(queries.country_of(current_user.id), active.day(clock.now()))
    return gift_rules.choices(active, *((paid_in,) if paid_in else here))


def _new(form: GiftForm, fault: str | None = None) -> str:
    choices = _choices()
    form.shown.data = " ".join(offer.shown for one in choices for offer in one.offers)
    return render_template(
        "billing/gift_new.html",
        form=form,
        choices=choices,
        chosen=form.choice.data or next((offer.key for one in choices for offer in one.offers), None),
        days=_days(),
        stopped=is_stopped(),
        fault=fault,
    )


def _drawing(url: str) -> Markup:
    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(border=0, scale=8, omitsize=True))  # noqa: S704 - segno draws, from our own address


def _became(gift: Row[Any]) -> str:
    """What became of a gift, in a few words for her who bought it."""
    dead = gifts.why_dead(gift)
    if dead == "already_used":
        return _("used")
    if dead == "paid_back":
        return _("paid back") if gift.state == "refunded" else _("your money is going back to you")
    return _("its payment is being looked into") if dead else _("not used yet")

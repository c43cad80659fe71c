"""The friend's side of a gift: its code is opened, looked at, and used once.

A code in an address is only looked at after a button was pressed, which is counted. From then on it lives in a sealed
cookie, so that it stands in no address, survives signing in, and whoever guesses gets nowhere.
"""

import contextlib
from datetime import date
from typing import Any

from cryptography.fernet import InvalidToken
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, config, jobs, rewards
from portal.billing import gift_telling, gifts, queries
from portal.billing.forms import CodeForm, PlainForm
from portal.billing.named import label_of
from portal.billing.views.kit import billing, plan_of, too_often, unspoken
from portal.db import transact
from portal.errors import Refused
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.throttle import seconds_to_wait

COOKIE = "gift"
COOKIE_SECONDS = 2 * 60 * 60  # long enough to join: a code for the address, then an hour


@billing.get("/gift")
@policy("anonymous")
def gift() -> Response | str:
    """The friend's side: the gift that she opened, or a field for its code."""
    code = _opened()
    found = gifts.by_code(code) if code else None
    if found is None:
        return unspoken(_typed(CodeForm(formdata=None)))
    member_id = str(current_user.id) if getattr(current_user, "kind", None) == "member" else None
    if member_id is not None and found.redeemed_by == member_id:
        return _forgotten(redirect(url_for("billing.membership"), 303))
    return unspoken(_shown(found, member_id))


@billing.post("/gift")
@policy("anonymous")
def open_gift() -> Response | tuple[str, int]:
    """Look at the gift of a code. Each try is counted, so that nobody gets far with guessing."""
    form = CodeForm()
    fault, status = None, 422
    if form.validate():
        wait = seconds_to_wait("gift", rewards.normal(form.code.data))
        if not wait and gifts.by_code(form.code.data) is not None:
            response = redirect(url_for("billing.gift"), 303)
            response.set_cookie(
                _cookie(), rewards.seal(rewards.normal(form.code.data)), max_age=COOKIE_SECONDS,
                secure=_is_secure(), httponly=True, samesite="Lax",
            )  # fmt: skip
            return response
        status = 429 if wait else 404
        fault = (
            too_often(wait)
            if wait
            else _("We do not know this code. Look at it again: letters and digits, in groups of four.")
        )
    page = unspoken(_typed(form, fault))
    page.status_code = status
    return page


@billing.get("/gift/<code>")
@policy("anonymous")
def mailed_gift(code: str) -> Response:
    """Where the mailed link leads: one button that opens it. Looking changes nothing, and tells nothing of the code."""
    form = CodeForm(formdata=None, data={"code": code[:60]})
    response = make_response(render_template("billing/gift_mailed.html", form=form, layout=_layout()))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@billing.post("/gift/use")
@policy("member")
def use_gift() -> Response | tuple[str, int]:
    """Use the gift that was opened, as it was shown; once, whoever else has its code."""
    code, now, member_id = _opened(), clock.now(), str(current_user.id)
    shown, opened = _day_in(request.form.get("until", "")), gifts.by_code(code)
    if opened is not None and (shown is None or opened.id != request.form.get("of")):
        return _look_again()
    try:
        found: Row[Any] = transact(lambda: gifts.redeem(member_id, code, now, shown))
    except Refused as refused:
        if refused.code == "stale":
            return _look_again()
        if refused.code not in (
            "unknown_code",
            "already_used",
            "paid_back",
            "disputed",
            "conflict",
            "unknown_key",
        ):
            raise
        return redirect(url_for("billing.gift"), 303)  # the page says how it stands
    jobs.wake()
    label = label_of(reader().programme, found.plan)
    flash(_("%(plan)s is yours. Enjoy it.", plan=label), "good")
    return _forgotten(redirect(url_for("billing.membership"), 303))


def _day_in(typed: str) -> date | None:
    with contextlib.suppress(ValueError):
        return date.fromisoformat(typed)
    return None


def _look_again() -> Response:
    """To the page of the gift, which is another one than the page that was answered, or has other days by now."""
    flash(_("This has changed since you looked. Look at it again, and then use it."), "info")
    return redirect(url_for("billing.gift"), 303)


def _typed(form: CodeForm, fault: str | None = None) -> str:
    if fault:
        form.code.errors = [*form.code.errors, fault]
    return render_template("billing/gift_code.html", form=form, layout=_layout())


def _shown(found: Row[Any], member_id: str | None) -> str:
    active = reader().programme
    plan = plan_of(active, found.plan)
    dead = gifts.why_dead(found) or (None if plan is not None else "unknown_key")
    day = active.day(clock.now())
    hers = gifts.outlook(member_id, found, active, day) if member_id is not None and dead is None else None
    held = queries.standing(member_id, day) if member_id is not None else None
    return render_template(
        "billing/gift.html",
        layout=_layout(),
        label=label_of(active, found.plan),
        months=found.months,
        giver="" if member_id == found.member_id else gift_telling.giver(found.member_id),
        is_own=member_id == found.member_id,
        words=found.words if dead is None else None,
        perks=active.perks_of(plan.perks) if plan is not None else [],
        dead=dead,
        outlook=hers,
        of=found.id,
        today=day,
        given_until=held.last_day if held is not None and held.given and held.perks else None,
        ends_on=held.last_day if held is not None and held.status == "cancelling" else None,
        form=PlainForm(formdata=None),
    )


def _layout() -> str:
    is_member = getattr(current_user, "kind", None) == "member"
    return "layouts/member.html" if is_member else "layouts/public.html"


def _cookie() -> str:
    """Its name; browsers hold what begins with __Host- to this very host, and to all of its pages."""
    return f"__Host-{COOKIE}" if _is_secure() else COOKIE


def _is_secure() -> bool:
    return config.current().secure


def _opened() -> str:
    """The code that this browser has opened; empty for none."""
    try:
        return rewards.unseal(request.cookies.get(_cookie(), ""))
    except InvalidToken:
        return ""


def _forgotten(response: Response) -> Response:
    """The answer after which this browser knows the code no longer."""
    response.delete_cookie(_cookie(), secure=_is_secure(), httponly=True, samesite="Lax")
    return response


@billing.after_app_request
def _leave_none_behind(response: Response) -> Response:
    """Whoever signs out leaves no gift for the next person at this browser."""
    return (
        _forgotten(response)
        if request.endpoint in ("signin.sign_out", "joining.leave_for_good")
        else response
    )

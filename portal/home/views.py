"""The member's pages: home, activity, one line explained, the card, herself."""

from collections.abc import Iterable
from typing import Any

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, joining, ledger, signin
from portal import programme as programmes
from portal.db import transact
from portal.home import compose
from portal.home.forms import ConsentForm
from portal.web import MOST_LINES, line_number, policy, wording
from portal.web.filters import birthday
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

home = Blueprint("home", __name__)
ACTIVITY = "/activity"
RECENT = 5
PAGE = 25


@home.get("/home", endpoint="home")
@policy("member", visit=True)
def home_page() -> str:
    """Balance, progress, next dates, newest lines: two statements, whatever the history."""
    member = current_user._get_current_object()  # the proxy asks anew who it is at every attribute
    active = reader().programme
    day = active.day(clock.now())
    facts = compose.facts_of(member.id, member.joined_on, active, day, RECENT)
    recent = _lines(facts.newest, active)
    is_new = request.args.get("welcome") == "1" and member.joined_on == day
    page = compose.compose(member, facts, active, recent, day=day, welcome=is_new)
    return render_template("home/home.html", home=page)


@home.get(ACTIVITY)
@policy("member", visit=True)
def activity() -> str:
    """Every line, newest first, a page at a time by key."""
    before = request.args.get("before", type=line_number)
    active = reader().programme
    entries = ledger.newest_entries(current_user.id, before=before, limit=PAGE + 1)
    shown = entries[:PAGE]
    older = url_for("home.activity", before=shown[-1].seq) if len(entries) > PAGE else None
    return render_template(
        "home/activity.html",
        lines=_lines(shown, active),
        older_url=older,
        newest_url=url_for("home.activity") if before is not None else None,
    )


@home.get(f"{ACTIVITY}/<int(max={MOST_LINES}):number>")
@policy("member", visit=True)
def line(number: int) -> str:
    """One line with everything that made it; another member's is as missing as none."""
    entry = ledger.entry(current_user.id, number)
    if entry is None:
        abort(404)
    made_under = programmes.version(entry.programme_version)
    explained = wording.explained(
        entry,
        ledger.lot_uses(current_user.id, number),
        made_under,
        url=url_for("home.line", number=number),
        ask_url=url_for(
            "web.help", about=_("line %(number)s of card %(card)s", number=number, card=current_user.number)
        ),
    )
    return render_template("home/line.html", line=explained)


@home.get("/card", endpoint="card")
@policy("member")
def show_card() -> str:
    """The member's code for the till."""
    active = reader().programme
    day = active.day(clock.now())
    facts = compose.facts_of(current_user.id, current_user.joined_on, active, day)
    balance = compose.balance_on(current_user, facts.maturing, day)
    code = segno.make(current_user.number, error="m", micro=False)
    drawing = Markup(code.svg_inline(border=0, scale=8, omitsize=True))  # noqa: S704 - segno draws, from digits alone
    card = compose.card(current_user, balance, facts, active)
    return render_template("home/card.html", card=card, qr_svg=drawing)


@home.get("/you")
@policy("member", visit=True)
def you() -> str:
    """What we know of her, where she is signed in."""
    active = reader().programme
    facts = compose.facts_of(current_user.id, current_user.joined_on, active, active.day(clock.now()))
    return render_template(
        "home/you.html",
        you={
            "name": current_user.name,
            "email": current_user.email,
            "birthday": birthday(current_user.birthday) if current_user.birthday else None,
            "since": current_user.joined_on,
            "tier_label": facts.standing.tier.label,
            "number": compose.grouped(current_user.number),
            "plan_label": compose.plan_label(facts, active),
        },
        form=ConsentForm(marketing=current_user.marketing),
        sessions=signin.sessions_of(current_user, clock.now()),
    )


@home.post("/you/consents")
@policy("member")
def consents() -> Response:
    """Switch news on or off."""
    form = ConsentForm()
    if form.validate_on_submit():
        wanted = bool(form.marketing.data)
        member, now = current_user.id, clock.now()
        if wanted != current_user.marketing:
            transact(lambda: joining.consent_to_marketing(member, wanted, source="portal", now=now))
        flash(_("News are on.") if wanted else _("News are off."), "good")
    return redirect(url_for("home.you"), 303)


def _lines(entries: Iterable[Any], active: programmes.Programme) -> list[wording.Line]:
    return [wording.line(entry, active, url=f"{ACTIVITY}/{entry.seq}") for entry in entries]

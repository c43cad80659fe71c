"""The member's pages: home, activity, one line explained, the card, her chosen day, herself."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import clock, giving, granting, joining, ledger, people
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.home import children, compose
from portal.home import own_day as own_days
from portal.home.facts import balance_on, facts_of
from portal.home.forms import ChildForm, ConsentForm, DayForm
from portal.web import MOST_LINES, conditions, line_number, offering, policy, wording
from portal.web.filters import birthday
from portal.web.filters import day as day_words
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader

home = Blueprint("home", __name__)
ACTIVITY = "/activity"
YOUR_DAY = "/your-day"
RECENT = 5
PAGE = 25


@home.get("/home", endpoint="home")
@policy("member", visit=True)
def home_page() -> str:
    """Balance, progress, next dates, newest lines: two statements whatever the history, one more where there are goals
    or counters, and one where the programme gives to a cause that she picks."""
    member = current_user._get_current_object()  # the proxy asks anew who it is at every attribute
    active = reader().programme
    day = active.day(clock.now())
    facts = facts_of(member.id, member.joined_on, active, day, RECENT)
    recent = _lines(facts.newest, active)
    is_new = request.args.get("welcome") == "1" and member.joined_on == day
    gathered = granting.state(member.id, active, day)
    picks = facts.charity is None and any(one.charity is None for one in active.funding)
    waiting = giving.waiting(member.id) if picks else 0
    page = compose.compose(
        member, facts, gathered, active, recent, day=day, welcome=is_new, waiting_minor=waiting
    )
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
    facts = facts_of(current_user.id, current_user.joined_on, active, day)
    balance = balance_on(current_user, facts.maturing, day)
    code = segno.make(current_user.number, error="m", micro=False)
    drawing = Markup(code.svg_inline(border=0, scale=8, omitsize=True))  # noqa: S704 - segno draws, from digits alone
    card = compose.card(current_user, balance, facts, active)
    return render_template("home/card.html", card=card, qr_svg=drawing)


@home.get("/you")
@policy("member", visit=True)
def you() -> str:
    """What we know of her, her children where their birthdays bring something, where she is signed in."""
    return _you(ChildForm())


@home.post("/you/children")
@policy("member")
def add_child() -> Response | tuple[str, int]:
    """One more child; a second tap is the same one."""
    _with_children()
    form = ChildForm()
    if not form.validate():
        return _you(form), 422
    child, member, now = (
        people.Child(form.child.data, form.nickname.data, form.birthday),
        current_user.id,
        clock.now(),
    )
    try:
        transact(lambda: children.add(member, child, at=now))
    except Refused as refused:
        if refused.code != "bad_value":
            raise
        form.nickname.errors = [_most_children()]
        return _you(form), 422
    flash(_("%(name)s is on the list.", name=child.nickname), "good")
    return redirect(url_for("home.you"), 303)


@home.post("/you/children/remove")
@policy("member")
def remove_child() -> Response:
    """One child less."""
    _with_children()
    member, child, now = current_user.id, request.form.get("child", "")[:100], clock.now()
    transact(lambda: children.remove(member, child, at=now))
    flash(_("Taken off the list."), "good")
    return redirect(url_for("home.you"), 303)


@home.get(YOUR_DAY)
@policy("member", visit=True)
def your_day() -> str:
    """The day of more points that she chooses: what it brings, what stands, and a field to choose or move it."""
    return _your_day(None)


@home.post(YOUR_DAY)
@policy("member")
def choose_day() -> Response | tuple[str, int]:
    """Choose it, or move it; a page that was sent before does nothing."""
    form = DayForm()
    if not form.validate():
        return _your_day(form), 422
    member, day, shown, now = current_user.id, form.date.data, form.shown.data or "", clock.now()
    try:
        transact(lambda: own_days.choose(member, day, shown=shown, at=now))
    except Refused as refused:
        form.date.errors = [_why_not(refused.code, day, _own_day(now))]
        return _your_day(form), 422
    flash(_("Your day is %(day)s.", day=day_words(day)), "good")
    return redirect(url_for("home.your_day"), 303)


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


def _you(child_form: ChildForm) -> str:
    active, now = reader().programme, clock.now()
    facts = facts_of(current_user.id, current_user.joined_on, active, active.day(now))
    named = children.children_of(current_user.id) if children.keeps_children(active) else None
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
            "had_plan": facts.plan is not None,
            "moving": facts.moving,
        },
        form=ConsentForm(marketing=current_user.marketing),
        children=None if named is None else [(one, birthday(one.birthday)) for one in named],
        child_form=child_form if named is not None and len(named) < people.MOST_CHILDREN else None,
    )


def _with_children() -> None:
    """No page of children where their birthdays bring nothing."""
    if not children.keeps_children(reader().programme):
        abort(404)


def _most_children() -> str:
    return ngettext(
        "You can name %(num)s child at most.", "You can name %(num)s children at most.", people.MOST_CHILDREN
    )


def _own_day(now: datetime) -> own_days.OwnDay:
    """Hers at `now`; 404 where the programme has none."""
    active = reader().programme
    if active.chosen_day is None:
        abort(404)
    facts = facts_of(current_user.id, current_user.joined_on, active, active.day(now))
    return own_days.own_day(current_user.timezone, active.chosen_day, facts, active, now)


def _your_day(form: DayForm | None) -> str:
    found, active = _own_day(clock.now()), reader().programme
    filled = form or DayForm(formdata=None, date=found.stands)
    filled.shown.data = found.shown
    return render_template(
        "home/your_day.html",
        own=found,
        times=offering.times(found.rule.factor),
        tiers=conditions.tiers_named(found.rule.tiers, active),
        form=filled,
    )


def _why_not(code: str, day: date, found: own_days.OwnDay) -> str:
    """Why a day cannot be hers, and what to do (Reading 24)."""
    rule = found.rule
    chosen = next(
        (
            one.chosen
            for one in found.periods
            if programmes.period_key(rule.per, one.begins) == programmes.period_key(rule.per, day)
        ),
        None,
    )
    if code == "conflict":
        return _("You chose another day in the meantime. Look above, then choose again.")
    if code == "bad_value":
        return _("Choose a day up to %(day)s.", day=day_words(found.last))
    if code == "not_allowed_by_tier":
        if found.is_carried:
            return _("Your tier ends before that day. Choose an earlier one.")
        return _("Your tier does not bring a day of your own.")
    if code != "not_chosen_in_time":
        raise AssertionError(f"no words for {code}")
    if day < found.today:
        return _("That day is over. Choose today or a later day.")
    if chosen is not None and chosen.fixed:
        return _("You bought something on %(day)s, so that day stays yours.", day=day_words(chosen.day))
    return _("You have bought something today already. Choose a later day.")


def _lines(entries: Iterable[Any], active: programmes.Programme) -> list[wording.Line]:
    return [
        wording.line(entry, active, url=f"{request.script_root}{ACTIVITY}/{entry.seq}") for entry in entries
    ]

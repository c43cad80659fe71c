"""The staff's desk: find a member, read her timeline."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import billing, clock, giving, home, ledger, notices, people, rewards, signin
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit, finding, noting, rules, visiting
from portal.support.forms import SearchForm
from portal.web import line_number, policy, wording
from portal.web.filters import day
from portal.web.i18n import gettext as _
from portal.web.logs import request_id

support = Blueprint("support", __name__)
PAGE = 25
FEW = 10
ACTS = (
    *("adjusted", "noted", "tier_paused", "plan_given", "plan_taken_back", "refused"),
    *("recovery_noted", "recovery_refused", "card_stopped", "stop_lifted"),
)


@support.get("/staff/")
@policy("staff")
def desk() -> Response:
    """Where the work of this role begins."""
    return redirect(url_for("support.find" if _may("find") else "support.till"), 303)


@support.get("/staff/members")
@policy("staff:find")
def find() -> str:
    """One search; addresses are shown masked."""
    form = SearchForm(request.args)
    form.q.label.text = _("Find a member")
    words = (form.q.data or "").strip()
    results = None
    if words and form.validate():
        _number, active = programmes.active()
        found = finding.find(words)
        if found.code_of is not None:
            _note_code(found.code_of)
        results = [_result(member, active) for member in found.members]
    return render_template("support/find.html", form=form, results=results, staff_name=current_user.email)


@support.get("/staff/members/<path:ref>")
@policy("staff:find")
def member(ref: str) -> str:
    """One member: the facts and the lines that she sees herself, each opened to its explanation."""
    row = the_member(ref)
    now = clock.now()
    _number, active = programmes.active()
    facts = home.facts_of(row.id, row.joined_on, active, active.day(now))
    balance = home.balance_on(ledger.wallet(row.id), facts.maturing, active.day(now))
    before = request.args.get("before", type=line_number)
    entries = ledger.newest_entries(row.id, before=before, limit=PAGE + 1)
    shown = entries[:PAGE]
    uses = ledger.lot_uses_of(row.id, [entry.seq for entry in shown])
    causes = {charity.key: charity.label for charity in active.charities}
    return render_template(
        "support/member.html",
        member={
            "ref": home.grouped(row.number),
            "name": row.name,
            "email_masked": signin.masked(row.email) if row.email else "",
            "since": row.joined_on,
            "tier_label": facts.standing.tier.label,
            "tier_until": facts.standing.until,
        },
        balance={
            "available": balance.available,
            "pending": balance.pending,
            "owed": balance.owed,
            "value_minor": active.value_minor(balance.available),
        },
        lines=[
            wording.explained(
                entry,
                uses.get(entry.seq, []),
                programmes.version(entry.programme_version),
                url="",
                ask_url="",
            )
            for entry in shown
        ],
        older_url=url_for("support.member", ref=ref, before=shown[-1].seq) if len(entries) > PAGE else None,
        plan=plan_words(row.id, active),
        given=_given(row, ref, active),
        plan_gifts=_plan_gifts(row.id, active),
        rewards=_rewards(row.id, active.day(now)),
        reward_states={
            "available": _("can be used"),
            "used": _("used"),
            "undone": _("undone"),
            "expired": _("expired"),
            "withdrawn": _("withdrawn"),
        },
        gifts=[
            {"label": causes.get(gift.charity, gift.charity), "points": gift.points, "on": gift.on_day}
            for gift in giving.newest(row.id, limit=FEW)
        ],
        visit_url=_may("visit") and url_for("support.new_visit", member=ref),
        adjust_url=_may("adjust") and url_for("support.new_adjustment", member=ref),
        note_url=_may("adjust")
        and bool(noting.vouched(active))
        and url_for("support.new_activity", member=ref),
        pause_url=_may("adjust")
        and active.tier_rules.pause is not None
        and url_for("support.new_pause", member=ref),
        stop_url=_may("recover") and row.frozen_at is None and url_for("support.stop_card", member=ref),
        lift_url=_may("recover") and row.frozen_at is not None and url_for("support.lift_stop", member=ref),
        give_url=_may("plans") and bool(active.plans_for_sale) and url_for("support.new_plan", member=ref),
        visits=visiting.visits_of(row.id, now, FEW),
        consents=people.consents(row.id)[:FEW],
        notices=notices.newest_of(row.id, FEW),
        acts=[act for act in audit.rows_of(row.id, FEW) if act.what in ACTS],
        staff_name=current_user.email,
    )


def the_member(ref: str) -> Row[Any]:
    """The member of this address. Aborts with 404 when there is none."""
    row = people.by_ref(ref)
    if row is None:
        abort(404)
    return row


def note_refused(member_id: str, act: str, refused: Refused) -> str:
    """Write down that an act for this member was refused. The word for why, by which the page picks its sentence."""
    staff, now = current_user._get_current_object(), clock.now()
    why = str(refused.facts.get("why", refused.code))
    transact(
        lambda: audit.note(
            staff.id, "refused", at=now, member_id=member_id, request_id=request_id(), act=act, why=why
        )
    )
    return why


def proof_url(back: str) -> str | None:
    """Where the colleague proves that it is still them, then goes back; None while their last proof is fresh."""
    fresh = signin.is_fresh(current_user._get_current_object(), clock.now())
    return None if fresh else url_for("signin.proof", next=back)


def _given(row: Row[Any], ref: str, active: programmes.Programme) -> list[dict[str, Any]]:
    """The plans that were given to her and are not over; what colleagues gave, they can take back."""
    labels, today = {plan.key: plan.label for plan in active.plans}, active.day(clock.now())
    return [
        {
            "label": labels.get(one.plan, one.plan),
            "since": one.from_on if one.from_on > today else None,
            "until": one.until,
            "source": one.source,
            "end_url": one.source == "staff"
            and _may("plans")
            and url_for("support.end_plan", grant_id=one.id, member=ref),
        }
        for one in billing.given(row.id, today)
    ]


def _plan_gifts(member_id: str, active: programmes.Programme) -> list[dict[str, Any]]:
    """The plans that she bought for others, newest first; their codes are hers alone."""
    labels = {plan.key: plan.label for plan in active.plans}
    states = {"open": _("not used yet"), "redeemed": _("used"), "refunded": _("paid back")}
    return [
        {
            "label": labels.get(one.plan, one.plan),
            "months": one.months,
            "on": active.day(one.paid_at),
            "became": _("its payment is being looked into") if one.dispute == "open" else states[one.state],
            "amount_minor": one.amount_minor,
            "currency": one.currency,
        }
        for one in billing.gifts_bought(member_id, FEW)
    ]


def plan_words(member_id: str, active: programmes.Programme) -> str | None:
    """The plan in one line; None for somebody who never had one."""
    standing = billing.standing(member_id, active.day(clock.now()))
    if standing is None:
        return None
    # A plan that has gone from the programme may still run.
    labels = {plan.key: plan.label for plan in active.plans}
    status = {
        "active": _("active"),
        "trialing": _("on trial"),
        "past_due": _("card failed, retried"),
        "cancelling": _("ends by her wish"),
        "paused": _("paused"),
        "ended": _("ended"),
    }.get(standing.status, standing.status)
    if standing.given and standing.perks:
        status = _("given")
    last = standing.last_day if standing.given else standing.paid_until
    until = _("until %(day)s", day=day(last)) if last else ""
    return " · ".join(filter(None, (labels.get(standing.plan, standing.plan), status, until)))


def _rewards(member_id: str, today: date) -> list[dict[str, Any]]:
    """What she holds; of a code only the end, enough to know which one she reads out."""
    return [
        {
            "label": one.terms.label,
            "code": f"•••• {one.code[-4:]}",
            "state": one.state,
            "expires_on": one.expires_on,
        }
        for one in rewards.held(member_id, today)[:FEW]
    ]


def _note_code(member_id: str) -> None:
    """Whose a code is tells who holds money's worth: that somebody asked is written down, the code is not."""
    staff, now = current_user._get_current_object(), clock.now()
    transact(
        lambda: audit.note(staff.id, "code_searched", at=now, member_id=member_id, request_id=request_id())
    )


def _may(permission: str) -> bool:
    return rules.may(current_user.role, permission)


def _result(row: Row[Any], active: programmes.Programme) -> dict[str, Any]:
    day = active.day(clock.now())
    facts = home.facts_of(row.id, row.joined_on, active, day)
    return {
        "ref": home.grouped(row.number),
        "name": row.name,
        "email_masked": signin.masked(row.email) if row.email else "",
        "tier_label": facts.standing.tier.label,
        "available": home.balance_on(ledger.wallet(row.id), facts.maturing, day).available,
        "url": url_for("support.member", ref=row.ref),
    }

"""The staff's desk: find a member, read her timeline."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row

from portal import clock, home, ledger, people, signin
from portal import programme as programmes
from portal.support.forms import SearchForm
from portal.web import line_number, policy, wording
from portal.web.i18n import gettext as _

support = Blueprint("support", __name__, url_prefix="/staff")
PAGE = 25


@support.get("/")
@policy("staff")
def find() -> str:
    """One search; addresses are shown masked."""
    form = SearchForm(request.args)
    form.q.label.text = _("Find a member")
    words = (form.q.data or "").strip()
    results = None
    if words and form.validate():
        _number, active = programmes.active()
        found = people.search(words, people.address_hash(words))
        results = [_result(member, active) for member in found]
    return render_template("support/find.html", form=form, results=results, staff_name=current_user.email)


@support.get("/members/<path:ref>")
@policy("staff")
def member(ref: str) -> str:
    """One member: the facts and the lines that she sees herself, each opened to its explanation."""
    row = people.by_ref(ref)
    if row is None:
        abort(404)
    _number, active = programmes.active()
    facts = home.facts_of(row.id, row.joined_on, active, active.day(clock.now()))
    balance = home.balance_on(ledger.wallet(row.id), facts.maturing, active.day(clock.now()))
    before = request.args.get("before", type=line_number)
    entries = ledger.newest_entries(row.id, before=before, limit=PAGE + 1)
    shown = entries[:PAGE]
    uses = ledger.lot_uses_of(row.id, [entry.seq for entry in shown])
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
        staff_name=current_user.email,
    )


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

"""The till's one page: scan a card or a code, see what it is good for, mark a code used."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, rewards
from portal.db import new_id, transact
from portal.errors import Refused
from portal.support import rules, scanning
from portal.support.forms import ScanForm, UseForm
from portal.support.views.desk import support
from portal.web import amounts, policy
from portal.web.conditions import reward_words
from portal.web.filters import money
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.logs import request_id
from portal.web.throttle import member_waits


@support.route("/staff/till", methods=["GET", "POST"])
@policy("staff:scan")
def till() -> Response | tuple[str, int]:
    """What was scanned is sent as a form and never stands in an address: a code is worth money."""
    form = ScanForm()
    if request.method == "GET":
        return _page(form)
    if not form.validate_on_submit():
        return _page(form, status=422)
    if member_waits("scan", rules.MOST_SCANS, current_user.id):
        form.code.errors = [_("That was very often. Wait a few minutes, then go on.")]
        return _page(form, status=429)
    staff, words = current_user._get_current_object(), form.code.data or ""
    found = scanning.scan(staff, words, clock.now())
    if found is None:
        form.code.errors = [_("No card and no code is like this. Scan it again, or type it.")]
        return _page(form, status=422)
    use = UseForm(amounts.read_money, formdata=None, data={"code": words, "key": new_id()})
    return _page(ScanForm(formdata=None), found=found, use=use)


@support.post("/staff/till/uses")
@policy("staff:scan")
def till_use() -> Response | tuple[str, int]:
    """Mark the code used, all of it or so much."""
    form, staff, now = UseForm(amounts.read_money), current_user._get_current_object(), clock.now()
    if form.validate_on_submit():
        try:
            used = transact(
                lambda: scanning.use_code(
                    staff, form.code.data or "", form.minor, key=form.key.data or "", now=now,
                    request_id=request_id(),
                )
            )  # fmt: skip
            flash(_said(used), "good")
            return redirect(url_for("support.till"), 303)
        except Refused as refused:
            if refused.code == "bad_value":
                form.amount.errors = [_("That is more than is left on it, or nothing.")]
            elif refused.code not in _PROBLEMS:  # those the code itself tells, read anew below
                form.form_errors.append(_("Nothing was changed. Scan it again."))
    found = scanning.scan(staff, form.code.data or "", now)
    if not isinstance(found, scanning.Code):
        abort(404)
    return _page(ScanForm(formdata=None), found=found, use=form, status=422)


def _page(
    form: ScanForm,
    *,
    found: scanning.Card | scanning.Code | None = None,
    use: UseForm | None = None,
    status: int = 200,
) -> tuple[str, int]:
    code = found if isinstance(found, scanning.Code) else None
    page = render_template(
        "support/till.html",
        form=form,
        card=found if isinstance(found, scanning.Card) else None,
        code=code,
        on=reward_words(code.taken.terms, reader().programme) if code else "",
        why_not=_PROBLEMS[code.problem]() if code and code.problem else None,
        use=use,
    )
    return page, status


def _said(used: rewards.Use) -> str:
    label = used.redemption.terms.label
    if not used.amount_minor:
        return _("Used: %(reward)s.", reward=label)
    currency = reader().programme.currency
    took, left = money(used.amount_minor, currency), money(used.left_minor, currency)
    if used.left_minor:
        return _(
            "%(amount)s taken off with %(reward)s; %(left)s are left on it.",
            amount=took,
            reward=label,
            left=left,
        )
    return _("%(amount)s taken off with %(reward)s; nothing is left on it.", amount=took, reward=label)


_PROBLEMS = {
    "already_used": lambda: _("It was used before."),
    "expired": lambda: _("It has expired."),
    "stopped": lambda: _("Her points are stopped: she said that something was not she."),
    "undone": lambda: _("It was given back by the member."),
    "withdrawn": lambda: _("It was withdrawn."),
}

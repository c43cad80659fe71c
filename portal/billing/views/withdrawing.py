"""Withdrawing in the first days: what goes back and what ends, one button, and the words after it."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.billing import queries, withdrawing
from portal.billing.forms import PlainForm
from portal.billing.named import label_of
from portal.billing.views.kit import billing, look_at_checkout, noted, plan_of, standing_tier
from portal.billing.views.membership import name_of, perks_that_end, stays_after, tier_that_ends, unsold_name
from portal.errors import Refused
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader


@billing.get("/membership/withdraw")
@policy("member")
def withdraw() -> Response | str:
    """What would be paid back and what would end, as Stripe has it now; nothing is asked for yet."""
    if queries.is_on():
        look_at_checkout(current_user.id)
        withdrawing.look(current_user.id, clock.now())
    active = reader().programme
    today = active.day(clock.now())
    of = request.args.get("of")  # which of two contracts
    opened = withdrawing.open_to(current_user.id, active, today)
    found = next((one for one in opened if of in (None, one.of)), None)
    if found is None or not queries.is_on():
        return redirect(url_for("billing.membership"), 303)
    plan = plan_of(active, found.plan)
    stays = stays_after(plan, today) if found.runs else queries.standing(current_user.id, today)
    plan_tier = tier_that_ends(active, plan, today) if found.runs else None
    return render_template(
        "billing/withdraw.html",
        open=found,
        credit_minor=withdrawing.with_the_shop(current_user.id, found.of),
        unsold=unsold_name(active, found.plan),
        label=label_of(active, found.plan),
        name=name_of(active, found.plan) if stays is not None and stays.perks else None,
        stays=stays,
        stays_label=label_of(active, stays.plan) if stays is not None else None,
        ending=perks_that_end(active, plan, today) if found.runs else [],
        tier=standing_tier(active, without_plan=plan_tier is not None).tier.label,
        plan_tier=plan_tier,
        form=PlainForm(formdata=None),
    )


@billing.post("/membership/withdraw")
@policy("member")
def withdraw_now() -> Response:
    """End it and have it paid back, as was shown."""
    of, minor = request.form.get("of", "")[:120], request.form.get("minor", -1, type=int)
    try:
        done = withdrawing.withdraw(current_user.id, of, minor, clock.now())
    except Refused as refused:
        if refused.code == "stale":
            flash(_("The amount has changed. Nothing was done: look at it again."), "info")
            return redirect(url_for("billing.withdraw", of=of), 303)
        if refused.code not in ("conflict", "not_paid_back"):
            raise
        lost = refused.code == "not_paid_back"
        flash(_by_hand() if lost else _("That is not possible now. Nothing was changed."), "info")
        return redirect(url_for("billing.membership"), 303)
    flash(
        _("It has ended, and what you paid goes back to you.") if done else noted(),
        "good" if done else "info",
    )
    return redirect(url_for("billing.membership"), 303)


def _by_hand() -> str:
    return _("Your money could not be sent back by itself. Write to us: we do it by hand.")

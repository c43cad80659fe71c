"""The pages of joining: the first page with its calculator, the details after the address is proved, and the page on
which a member confirms one more id of a shop."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user, login_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from portal import billing, clock, jobs, people, referrals, rewards, signin, tiers
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.joining import finishing, leaving, linking
from portal.joining.forms import DetailsForm, LeaveForm, LinkForm, SpendForm
from portal.joining.rules import estimate, orders_earn
from portal.web import csrf, forget_session, offering, policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.throttle import seconds_to_wait
from portal.web.wording import gift_words

joining = Blueprint("joining", __name__)


@joining.get("/")
@policy("anonymous", visit=True)
def landing() -> Response | str | tuple[str, int]:
    """What the programme is, and what it would come to."""
    if getattr(current_user, "kind", None) == "member":
        return redirect(url_for("home.home"), 303)
    version, active = programmes.active()
    today = active.day(clock.now())
    form = SpendForm(request.args if "spend" in request.args else None)
    calculates = orders_earn(active, version, today.year)
    found, is_asked = None, calculates and "spend" in request.args
    if is_asked and form.validate():
        found = estimate(active, version, form.minor, today.year)
    page = render_template(
        "joining/landing.html",
        offer=offering.offer(active, today),
        welcome=offering.welcome_points(active),
        form=form if calculates else None,
        estimate=found,
        next_url=url_for("signin.address", join=1),
    )
    return page, 422 if form.errors else 200


@joining.route("/join", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, after somebody who has joined already was sent on
@policy("anonymous")
def details() -> Response | str | tuple[str, int]:
    """Name, birthday, consents; then she is a member and signed in. Where a card had her address until lately, that is
    said first: she can have it back."""
    if getattr(current_user, "kind", None) == "member":
        return redirect(url_for("home.home"), 303)
    proof, browser = session.get("challenge", ""), session.get("browser", "")
    # A cookie from before the code was typed does not know that it led here, and by the proof of a member nobody joins.
    joins = session.get("joining") == proof
    email = signin.proved_address(proof, browser, clock.now()) if joins else None
    if email is None:
        flash(
            _(
                "Begin with your address. The code for it works for ten minutes; then you have an hour to join."
            ),
            "info",
        )
        return redirect(url_for("signin.address", join=1), 303)
    anew, former = "anew" in request.values, signin.find_undo_of(email, clock.now())
    if former is not None and former.state == "back":  # it is on her card again: nobody joins with it
        return redirect(url_for("signin.undo_proved"), 303)
    if former is not None and former.state == "open" and not anew:
        return render_template("joining/former_address.html", email=signin.masked(email), found=former)
    active = reader().programme
    inviter = _inviter(proof, browser) if active.referral is not None else None
    form = DetailsForm(active, code=inviter.code if inviter is not None else "")
    if form.is_submitted():
        _refuse_guessing(form, inviter, proof)
        good = form.validate()
        if form.csrf_token.errors:
            raise CSRFError(form.csrf_token.errors[0])
        if good:
            return _join(form, proof, browser)
    page = render_template(
        "joining/details.html", form=form, inviter=inviter, gift=_gift(form, inviter, active), anew=anew
    )
    return page, 422 if form.errors else 200


@joining.route(f"{linking.PATH}<token>", methods=["GET", "POST"])
@policy("anonymous")
def link(token: str) -> Response:
    """The mailed question whose a shop's customer id is, in any browser: looking changes nothing, its button links.

    After the button, and when the link is opened again, the same address says what became of it.
    """
    form, now = LinkForm(), clock.now()
    if form.validate_on_submit():
        try:
            transact(lambda: linking.confirm(token, now))
        except Refused as refused:
            if refused.code != "stopped":  # the page says it itself
                raise
        jobs.wake()
        return redirect(url_for("joining.link", token=token), 303)
    found = linking.find_request(token, now)
    masked = signin.masked(found.email) if found is not None and found.email else None
    good = found is not None and found.state in ("open", "stopped", "linked")
    page = render_template("joining/link.html", found=found, email=masked, days=linking.DAYS, form=form)
    response = make_response(page, 200 if good else 410)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@joining.get("/you/leave")
@policy("member")
def leave() -> str:
    """Leave for good: the page says what ends and what is erased before anything asks who is there."""
    return _leaving_page(LeaveForm())


@joining.post("/you/leave")
@policy("fresh")
def leave_for_good() -> Response | str:
    """Its one button does it, after a fresh proof; the proof leads back to the page."""
    member, now, form = current_user.signed_in, clock.now(), LeaveForm()
    if not form.validate_on_submit():
        return _leaving_page(form)
    proof = member.fresh_at
    transact(lambda: leaving.leave(member, actor="member", now=now, proof=proof))
    forget_session()
    jobs.wake()
    return redirect(url_for("joining.left"), 303)


@joining.get("/left")
@policy("anonymous")
def left() -> str:
    """She has left."""
    return render_template("joining/left.html")


def _leaving_page(form: LeaveForm) -> str:
    member, now, active = current_user.signed_in, clock.now(), reader().programme
    day = active.day(now)
    plan = billing.standing(member.id, day)
    standing = tiers.standing(active, tiers.grants(member.id), day, member.joined_on)
    labels = {one.key: one.label for one in active.plans}
    facts = {
        "available": member.available,
        "pending": member.pending,
        "value_minor": active.value_minor(member.available + member.pending),
        "codes": sum(one.state == "available" for one in rewards.held(member.id, day)),
        "tier_label": standing.tier.label,
        "plan_label": labels.get(plan.plan, plan.plan)
        if plan is not None and plan.status != "ended"
        else None,
        "asks": not signin.is_fresh(member, now),
        "stopped": member.frozen_at is not None,
    }
    return render_template("joining/leave.html", leaving=facts, form=form)


def _inviter(proof: str, browser: str) -> referrals.Inviter | None:
    """Whose link she came by: her way through the mail remembers it."""
    path = signin.wanted_path(proof, browser)
    return referrals.inviter_of(path) if path is not None and path.startswith(referrals.PATH) else None


def _gift(form: DetailsForm, inviter: referrals.Inviter | None, active: programmes.Programme) -> str:
    """What her friend's link brings her, in words; empty for nothing."""
    offer = active.referral_offer(form.lives_in) if inviter is not None else None
    return gift_words(offer.friend, active) if offer is not None else ""


def _join(form: DetailsForm, proof: str, browser: str) -> Response:
    details, now = _details(form), clock.now()
    agent = signin.agent_label(request.headers.get("User-Agent", ""))

    def finish() -> finishing.Finished:
        return finishing.finish(details, proof=proof, browser=browser, agent=agent, now=now)

    try:
        done = transact(finish)
    except Refused as refused:
        if refused.code != "conflict":
            raise
        done = transact(finish)  # a second tap was faster
    if done.token is None:
        flash(_("This address is on a card already, so nothing was changed. Sign in with it."), "info")
        return redirect(url_for("signin.address"), 303)
    wanted = signin.wanted_path(proof, browser)
    keeps_passkeys = session.pop("offer_passkey", False)
    for name in ("challenge", "joining", "csrf_token"):  # nothing of before goes into the new session
        session.pop(name, None)
    session.permanent = True
    login_user(signin.load_session(done.token, clock.now()))
    jobs.wake()
    if done.warning is not None:
        flash(_not_counted(str(done.warning.facts["why"])), "info")
    if wanted == url_for("billing.gift"):
        return redirect(wanted, 303)  # what she came for
    home = url_for("home.home", welcome=1)
    if keeps_passkeys:
        return redirect(url_for("signin.new_passkey", next=home, offer=1), 303)
    return redirect(home, 303)


def _not_counted(why: str) -> str:
    """Why the code she came with brings nothing, kindly: the card is hers all the same."""
    return {
        "own": _("The code is your own, so it brings nothing extra. Your card is ready all the same."),
        "known": _(
            "You were invited before, or a member already, so the code brings nothing extra. "
            "Your card is ready all the same."
        ),
        "limit": _(
            "So many friends have joined by this code that it brings nothing extra at the moment. "
            "Your card is ready all the same."
        ),
    }.get(why, _("The code brings nothing extra where you live. Your card is ready all the same."))


def _refuse_guessing(form: DetailsForm, inviter: referrals.Inviter | None, proof: str) -> None:
    """Count a code that was typed, right or wrong, so that nobody finds one by trying (security.md attack 37); the one
    that she came with costs nothing. Refuses `too_many_requests`.
    """
    typed = (form.code.data or "").strip()
    if typed and (inviter is None or typed != inviter.code) and seconds_to_wait("friend", proof):
        raise Refused("too_many_requests", "Wait a few minutes before the next code.")


def _details(form: DetailsForm) -> finishing.Details:
    profile = people.Profile(
        name=form.name.data,
        birthday=form.birthday,
        country=form.lives_in,
        locale=str(get_locale()).replace("_", "-"),
    )
    return finishing.Details(profile, (form.code.data or "").strip(), bool(form.marketing.data))

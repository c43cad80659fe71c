"""Somebody who can read her mail no more: what she knows, an address that she proves, and then staff look."""

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.signin import asking, codes, recovering, rules
from portal.signin.forms import CodeForm, LostForm, ResendForm
from portal.signin.views.addresses import say_sent, too_often, tried_words
from portal.signin.views.kit import (
    is_stale,
    locale_tag,
    signin,
    stale_words,
    status_of,
    suggestion_for,
    visitor,
)
from portal.web import csrf, policy
from portal.web.i18n import gettext as _


@signin.route("/sign-in/lost", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself: what was typed is not lost for an old one
@policy("anonymous")
def lost() -> Response | tuple[str, int]:
    """What she knows and where to reach her; the answer is the same whatever she types."""
    typed = {}
    if "again" in request.args:
        typed = asking.typed_before(session.get("recovery", ""), session.get("browser", ""), clock.now())
    form = LostForm(**typed)
    suggestion, stale = None, form.is_submitted() and is_stale(form)
    if stale:
        form = LostForm(formdata=None, told=form.told.data, email=form.email.data, words=form.words.data)
    elif form.is_submitted() and not form.errors:
        suggestion = suggestion_for(form)
        if suggestion is None:
            asked = transact(
                lambda: asking.ask_recovery(
                    form.told.data, form.email.data, form.words.data, visitor=visitor(), locale=locale_tag(),
                    now=clock.now(),
                )
            )  # fmt: skip
            if asked.challenge_id is not None:
                session["recovery"] = asked.challenge_id
                jobs.wake()
                return redirect(url_for("signin.lost_code"), 303)
            form.email.errors = [too_often(asked.wait_seconds)]
    hours = int(recovering.WAITS.total_seconds()) // 3600
    page = render_template(
        "signin/lost.html",
        form=form,
        suggestion=suggestion,
        hours=hours,
        stale=stale_words() if stale else "",
    )
    return page, status_of(form)


@signin.route("/sign-in/lost/code", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
@policy("anonymous")
def lost_code() -> Response | tuple[str, int]:
    """The code of the new address."""
    code = asking.find_asked(session.get("recovery", ""), session.get("browser", ""))
    if code is None:
        return redirect(url_for("signin.lost"), 303)
    if code.used_at is not None:
        return redirect(url_for("signin.lost_sent"), 303)
    form = CodeForm()
    stale = form.is_submitted() and is_stale(form)
    if stale:
        form = CodeForm(formdata=None, code=form.code.data)
    elif form.is_submitted() and not form.errors:
        tried = transact(
            lambda: asking.prove_recovery(code.id, form.code.data, visitor=visitor(), now=clock.now())
        )
        if tried.outcome in ("right", "used"):
            return redirect(url_for("signin.lost_sent"), 303)
        form.code.errors = [tried_words(tried)]
    page = render_template(
        "signin/new_address_code.html",
        form=form,
        email=rules.masked(code.email),
        is_over=codes.is_over(code, clock.now()),
        resend_url=url_for("signin.lost_again"),
        resend_in=codes.resend_in(code, clock.now()),
        other_url=url_for("signin.lost", again=1),
        recovers=True,
        stale=stale_words() if stale else "",
    )
    return page, status_of(form)


@signin.post("/sign-in/lost/resend")
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
@policy("anonymous")
def lost_again() -> Response:
    """Another code to the same address, for the same request; the form anew where that is long gone."""
    if is_stale(ResendForm()):
        flash(stale_words(), "warn")
        return redirect(url_for("signin.lost_code"), 303)
    code = asking.find_asked(session.get("recovery", ""), session.get("browser", ""))
    if code is not None and code.used_at is not None:  # proved in another tab
        return redirect(url_for("signin.lost_sent"), 303)
    asked = transact(
        lambda: asking.ask_recovery_again(
            session.get("recovery", ""), visitor=visitor(), locale=locale_tag(), now=clock.now()
        )
    )
    if asked.challenge_id is None and not asked.wait_seconds:
        flash(_("Your request is no longer here, so nothing was sent. Ask once more."), "warn")
        return redirect(url_for("signin.lost"), 303)
    say_sent("recovery", asked)
    return redirect(url_for("signin.lost_code"), 303)


@signin.get("/sign-in/lost/sent")
@policy("anonymous")
def lost_sent() -> str:
    """What happens now."""
    return render_template("signin/lost_sent.html", hours=int(recovering.WAITS.total_seconds()) // 3600)

"""Visits at the edge: they begin and stop here, and every request of a staff session passes `watch` first.

During a visit only pages that say so (`policy(..., visit=True)`) are shown, and only by GET and HEAD; beside them there
is the way out. Everything else is refused and written down, before any view is asked.
"""

from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, config, jobs, signin
from portal import programme as programmes
from portal.db import look_only, transact
from portal.errors import Refused
from portal.support import audit, rules, visiting
from portal.support.forms import OpenPagesForm, VisitForm
from portal.support.views.desk import note_refused, proof_url, support, the_member
from portal.support.visiting import Onlooker, load_person
from portal.web import policy
from portal.web.cookies import has_rested
from portal.web.doors import OF_BOTH, at_staff_door, is_mounted, of_visit
from portal.web.i18n import gettext as _
from portal.web.logs import request_id

LOOKS = ("GET", "HEAD")
WAYS_OUT = ("support.stop_visit", "signin.staffs_sign_out")
SHOWN = 50


def who(token: str) -> signin.Person | None:
    """Who is signed in by this token at this door: a session of one door is none at the other (security.md rule 17)."""
    now = clock.now()
    person = load_person(token, now)
    if person is None or (person.signed_in.kind == "staff") != at_staff_door():
        return None
    # A till stands on the counter between two customers, and the demonstration's link works once: these end by the day.
    rests = person.signed_in.kind == "staff" and person.signed_in.role != "till" and not config.current().demo
    return None if rests and has_rested(now) else person


def watch(app: Flask) -> None:
    """Look at every request before anything else does; called before the kit puts its own hooks up."""
    app.before_request(_watch)
    app.after_request(_signed_out)
    app.teardown_request(lambda _error: look_only(False))

    @app.context_processor
    def _visit() -> dict[str, object]:
        return {"visit_now": g.get("visit_now")}

    def visits_to(member_id: str, most: int = SHOWN) -> list[visiting.Looked]:
        """For templates of slices above: who of staff looked at this member's pages."""
        return visiting.visits_of(member_id, clock.now(), most)

    def staff_may(permission: str) -> bool:
        """For the layout of staff's pages: whether the role of who is signed in has this permission."""
        return rules.may(getattr(current_user, "role", None), permission)

    app.jinja_env.globals.update(visits_to=visits_to, staff_may=staff_may)


def _watch() -> Response | None:
    look_only(False)
    name = getattr(current_app.view_functions.get(request.endpoint or ""), "policy", "")
    if request.path.startswith("/api/") or name == "operator" or request.endpoint in OF_BOTH:
        return None
    if not at_staff_door():
        return None
    person = current_user._get_current_object()
    if isinstance(person, Onlooker):
        return _during(person)
    if getattr(person, "kind", None) == "staff":
        return _after(person)
    return redirect(url_for("signin.staff_address"), 303) if is_mounted() else None


def _during(person: Onlooker) -> Response | None:
    """A visit lasts: nothing is written from here on but its audit."""
    look_only(True)
    visit, now = person.visit, clock.now()
    g.visit_now = {
        "member": visit.member_name, "staff": visit.staff.email, "ticket": visit.ticket, "reason": visit.reason,
        "minutes": rules.minutes_between(now, visit.expires_at),
    }  # fmt: skip
    if request.endpoint in WAYS_OUT and request.method == "POST":
        return None
    looks = request.method in LOOKS
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None and looks:
        return None  # there is no such page, and that is what it says
    shown = looks and getattr(view, "visit", False)
    # The address of what is refused may hold a secret, such as a mailed link's: its pattern says enough.
    rule = request.url_rule.rule if request.url_rule else "none"
    facts: dict[str, Any] = {"method": request.method, "route": rule}
    if shown and request.view_args:
        facts["which"] = {name: str(value)[:60] for name, value in request.view_args.items()}
    _note(visit.staff, "page" if shown else "refused", visit, **facts)
    if shown:
        return None
    page = render_template("support/refused.html", wrote=not looks, card_url=of_visit("/home"))
    return Response(page, 403, mimetype="text/html")


def _after(staff: signin.Person) -> Response | None:
    """No visit lasts. One that has run out is closed; whoever still asks for the member's pages is told."""
    now = clock.now()
    visit, why = visiting.over(staff, now)
    if why is not None:
        transact(lambda: visiting.stop(staff, why, now, request_id()), of_visit=True)
        visit, _why = visiting.over(staff, now)
    if not is_mounted():
        return None
    if visit is None:
        return redirect(url_for("support.desk"), 303)
    facts = signin.as_seen(visit.member_id)
    page = render_template(
        "support/ended.html",
        ended_at=visit.ended_at,
        ended_by=visit.ended_by,
        wrote=request.method not in LOOKS,
        again_url=facts and url_for("support.new_visit", member=facts["ref"]),
    )
    return Response(page, 403, mimetype="text/html")


def _signed_out(response: Response) -> Response:
    """Whoever signs out in the middle of a visit has ended it."""
    if request.endpoint == "signin.staffs_sign_out" and response.status_code == 303 and g.get("visit_now"):
        person = current_user._get_current_object()
        if isinstance(person, Onlooker):
            staff = person.visit.staff
            transact(lambda: visiting.stop(staff, "signed_out", clock.now(), request_id()), of_visit=True)
    return response


def _note(staff: signin.Person, what: str, visit: visiting.Begun, **facts: Any) -> None:
    now = clock.now()
    transact(
        lambda: audit.note(
            staff.id, what, at=now, member_id=visit.member_id, visit_id=visit.id, request_id=request_id(), **facts
        ),
        of_visit=True,
    )  # fmt: skip


@support.route("/staff/visits/new", methods=["GET", "POST"])
@policy("staff:visit", fresh=True)
def new_visit() -> Response | tuple[str, int]:
    """Why, in which ticket; then her pages."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    form = VisitForm()
    if form.validate_on_submit():
        try:
            return _begin(row, form)
        except Refused as refused:
            return _not_begun(row, ref, form, refused)
    return _new_visit(row, ref, form, "", 422 if form.errors else 200)


def _begin(row: Row[Any], form: VisitForm) -> Response:
    staff, now = current_user._get_current_object(), clock.now()
    ticket, reason = form.ticket.data or "", form.reason.data or ""
    transact(
        lambda: visiting.begin_visit(
            staff, row.id, ticket=ticket, reason=reason, now=now, request_id=request_id()
        )
    )
    jobs.wake()
    return redirect(of_visit(url_for("home.home")), 303)


def _not_begun(row: Row[Any], ref: str, form: VisitForm, refused: Refused) -> tuple[str, int]:
    why = note_refused(row.id, "visit", refused)
    return _new_visit(row, ref, form, why, refused.status)


def _new_visit(row: Row[Any], ref: str, form: VisitForm, why: str, status: int) -> tuple[str, int]:
    page = render_template(
        "support/new_visit.html",
        form=form,
        name=row.name or row.number,
        why=why,
        minutes=int(rules.VISIT_LASTS.total_seconds()) // 60,
        proof_url=proof_url(url_for("support.new_visit", member=ref)),
        member_url=url_for("support.member", ref=ref),
        form_url=url_for("support.new_visit", member=ref),
        staff_name=current_user.email,
    )
    return page, status


@support.post("/staff/visits/stop")
@policy("anonymous")
def stop_visit() -> Response:
    """The way out: it always works, also twice, also from another browser of the same colleague."""
    person = current_user._get_current_object()
    if getattr(person, "is_anonymous", True):
        return redirect(url_for("signin.staff_address"), 303)
    staff, now = person.signed_in, clock.now()
    transact(lambda: visiting.stop(staff, "staff", now, request_id()), of_visit=True)
    look_only(False)
    flash(_("The visit has ended."), "good")
    if isinstance(person, Onlooker):
        return redirect(url_for("support.member", ref=person.visit.member_ref), 303)
    return redirect(url_for("support.find"), 303)


@support.get("/you/visits")
@policy("member", visit=True)
def my_visits() -> str:
    """Who of support looked at her pages, and whether they may."""
    return render_template(
        "support/my_visits.html",
        visits=visiting.visits_of(current_user.id, clock.now(), SHOWN),
        form=OpenPagesForm(visits=visiting.may_be_visited(current_user.id)),
        possible=programmes.active()[1].support.visits,
    )


@support.post("/you/visits")
@policy("member")
def open_pages() -> Response:
    """Let support look, or no longer."""
    form = OpenPagesForm()
    if form.validate_on_submit():
        wanted, member_id, now = bool(form.visits.data), current_user.id, clock.now()
        if wanted != visiting.may_be_visited(member_id):
            transact(lambda: visiting.allow_visits(member_id, wanted, now=now))
        flash(
            _("Support may look at your pages.")
            if wanted
            else _("Support can no longer look at your pages."),
            "good",
        )
    return redirect(url_for("support.my_visits"), 303)

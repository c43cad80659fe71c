"""The pages of the stand-ins: the mailbox and the till. An app and a program of their own, refused in production."""

import hmac
import json
import os
import secrets
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from flask import Flask, abort, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal import clock
from portal.config import BadSettings, Settings
from portal.errors import Refused
from portal.sandbox.facts import Facts
from portal.sandbox.mailbox import Mailbox
from portal.sandbox.shop import Act, Sale, Shop
from portal.sandbox.stage import FACTS, MAILS, ORDERS

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("channel", "payment", "category", "brand", "tag", "quantity")
FIELDS = ("member", "amount", "order", *LABELS, "activity", "how_much")
SALES_SHOWN = 100  # so many answers can be looked at again
BODY_LIMIT = 64 * 1024
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# A mail is a stranger's page: it may look as it likes and do nothing, not even as this origin.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups"
)


def site() -> Flask:
    """The stand-ins as the environment of `portal demo` says, with the mail server listening. Refuses production."""
    settings = Settings.load(os.environ)
    if settings.env == "production" or not settings.demo:
        raise BadSettings(
            ["the stand-ins for mail and a shop run in `portal demo` only, never in production"]
        )
    mailbox = Mailbox(settings.home / MAILS)
    mailbox.serve(urlsplit(settings.smtp_url).port or 0)
    shop = Shop(Facts.read(settings.home / FACTS), settings.home / ORDERS)
    return create_site(mailbox, shop, urlsplit(settings.demo_mailbox_url).hostname or "localhost")


def create_site(mailbox: Mailbox, shop: Shop, host: str) -> Flask:
    """The app with the mailbox and the till; `host` is the name that it answers to, beside those of loopback."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        TRUSTED_HOSTS=[host, "localhost", "127.0.0.1", "[::1]"],
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    sales: dict[str, Sale] = {}
    places = count(1)
    token = secrets.token_urlsafe(16)  # of every form of this run: another site's page cannot read it
    _add_kit(app)
    _add_mailbox(app, mailbox)

    def page(fields: dict[str, str], fault: str | None = None, sale: Sale | None = None) -> str:
        context: dict[str, Any] = {
            "fields": fields,
            "fault": fault,
            "sent": None,
            "answer": None,
            "csrf": token,
            "facts": shop.facts,
        }
        if sale is not None:
            body = json.dumps(sale.call.answer, indent=2, ensure_ascii=False)
            sees = f"\n\nThe member sees now: {sale.sees}" if sale.sees else ""
            context |= {"sent": sale.call, "answer": {"status": sale.call.status, "body": body + sees}}
        return render_template("sandbox/till.html", action_url=url_for("till"), **context)

    @app.get("/till")
    def till() -> str:
        """The empty form, or what came of an act."""
        sale = sales.get(request.args.get("sale", ""))
        fields = {name: request.args.get(name, "") for name in FIELDS}
        if sale is None:
            fields["member"] = fields["member"] or shop.facts.guests[0].email
            return page(fields)
        fault = None
        if sale.call.status != 200:
            fault = f"The portal refused this, and nothing was written: {sale.call.answer.get('detail', '')}"
            if any("/member" in error["pointer"] for error in sale.call.answer.get("errors", [])):
                fault += " Members to try: " + ", ".join(guest.email for guest in shop.facts.guests)
        return page(fields, fault, sale)

    @app.post("/till")
    def tell() -> Response | tuple[str, int]:
        """Do what was asked for, then show it at an address of its own: loading it again sends nothing."""
        fields = {name: request.form.get(name, "")[:120] for name in FIELDS}
        if not hmac.compare_digest(request.form.get("csrf_token", "").encode(), token.encode()):
            return page(
                fields, "This page is from an earlier start, so nothing was sent. Press the button again."
            ), 422
        act = request.form.get("act")
        try:
            sale = _done(shop, act, fields)
        except Refused as refused:
            return page(fields, refused.message), 422
        place = next(places)
        sales[str(place)] = sale
        sales.pop(str(place - SALES_SHOWN), None)
        again = urlencode({**fields, "order": sale.number or fields["order"], "sale": place})
        return redirect(f"{url_for('till')}?{again}", 303)

    return app


def _done(shop: Shop, act: str | None, fields: dict[str, str]) -> Sale:
    """What came of pressing a button of the till. Refuses `bad_value` and `no_answer` in words for who pressed it."""
    if act == "activity":
        return shop.do(fields["member"], fields["activity"], fields["how_much"], clock.now())
    if act not in ("pay", "refund", "cancel"):
        raise Refused("bad_value", "Press one of the buttons.")
    labels = {name: fields[name] for name in LABELS}
    member, amount, order = fields["member"], fields["amount"], fields["order"]
    return shop.tell(cast(Act, act), member, amount, order, clock.now(), labels)


def _add_mailbox(app: Flask, mailbox: Mailbox) -> None:
    """The list of mails, one mail as text, and its HTML version apart from everything."""

    @app.get("/")
    def mails() -> str:
        messages = [asdict(mail) | {"url": url_for("mail", mail_id=mail.id)} for mail in mailbox.newest()]
        return render_template("sandbox/mailbox.html", messages=messages)

    @app.get("/mail/<mail_id>")
    def mail(mail_id: str) -> str:
        found = mailbox.find(mail_id) or abort(404)
        message = asdict(found)
        if found.html is not None:
            message["text_parts"] += [("\n\n", None), ("This mail as HTML", url_for("html", mail_id=mail_id))]
        return render_template("sandbox/message.html", message=message, back_url=url_for("mails"))

    @app.get("/mail/<mail_id>/html")
    def html(mail_id: str) -> Response:
        found = mailbox.find(mail_id) or abort(404)
        response = Response(found.html or abort(404), mimetype="text/html")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        # Browsers refuse a sandboxed page that asks for another opener policy.
        response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response


def _add_kit(app: Flask) -> None:
    """Headers, the stylesheet, plain words for what fails, and no orders from another site's page."""

    @app.before_request
    def _same_origin() -> None:
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
            abort(403)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"  # addresses in mails are secrets to other sites
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.errorhandler(HTTPException)
    def _failed(error: HTTPException) -> Response:
        words = f"{error.code} {error.name}. This is the stand-in for mail and a shop: look at / and /till.\n"
        return Response(words, error.code, mimetype="text/plain")

    @app.context_processor
    def _css() -> dict[str, str]:
        return {"css_url": url_for("css")}

    @app.get("/sandbox.css")
    def css() -> Response:
        return send_file(ROOT / "static" / "css" / "sandbox.css", mimetype="text/css")

"""Pages that belong to no slice: help and contact, the legal texts of the programme, the operator's addresses."""

from flask import Blueprint, render_template, request

from portal import programme as programmes
from portal.web import metrics
from portal.web.policies import policy

web = Blueprint("web", __name__)
metrics.add_views(web)


@web.get("/help")
@policy("anonymous", visit=True)
def help() -> str:
    """How to reach a person, and the frequent questions."""
    reference = request.args.get("about", "")[:60]
    return render_template("web/help.html", reference=reference or None)


@web.get("/terms")
@policy("anonymous", visit=True)
def terms() -> str:
    """The rules of the programme."""
    return render_template("web/legal.html", page=programmes.active()[1].pages.terms)


@web.get("/privacy")
@policy("anonymous", visit=True)
def privacy() -> str:
    """What is kept and why."""
    return render_template("web/legal.html", page=programmes.active()[1].pages.privacy)


@web.get("/imprint")
@policy("anonymous", visit=True)
def imprint() -> str:
    """Who runs the programme."""
    return render_template("web/legal.html", page=programmes.active()[1].pages.imprint)

"""Parts of pages that are the same for everybody of one language: drawn once, then kept.

A fragment may depend on the language, the programme's version, the door and its arguments, on nothing of the member.
The head, the bar and the foot are a quarter of the work of a small page.
"""

from flask import Flask, render_template
from markupsafe import Markup

from portal.web.doors import at_staff_door, is_mounted
from portal.web.i18n import reader


def init_app(app: Flask) -> None:
    """Give templates `fragment(name, **arguments)`."""
    drawn: dict[tuple[object, ...], Markup] = {}

    def fragment(name: str, **arguments: str) -> Markup:
        here = reader()
        key = (name, here.language, here.version, at_staff_door(), is_mounted(), *arguments.items())
        if key not in drawn:
            # Arguments are words of our own templates, so there are as many fragments as pages and languages.
            drawn[key] = Markup(render_template(name, **arguments))  # noqa: S704 - the template has escaped it
        return drawn[key]

    app.jinja_env.globals["fragment"] = fragment

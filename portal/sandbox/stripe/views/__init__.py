"""The web side of the Stripe stand-in: the API, the hosted pages, the desk, and control from outside."""

from portal.sandbox.stripe.views.server import Server, build, create_site

__all__ = ["Server", "build", "create_site"]

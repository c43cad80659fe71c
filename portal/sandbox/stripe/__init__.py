"""The Stripe stand-in: a program of its own that speaks Stripe's HTTP API at the pinned version, for what we use.

It has hosted Checkout, portal and invoice pages, test cards, signed webhooks, a clock, and faults on demand. Money,
banks and cards are made up. It owns one SQLite file, shares nothing with the portal, and refuses production. What it
cannot show: real pages, wallets, Radar, tax, Stripe's own rounding of prorations (stripe.md 4.4).

`build(...)` makes its WSGI app, `Server` lets it listen, `python -m portal.sandbox.stripe` is the program.
"""

from portal.sandbox.stripe.views import Server, build

__all__ = ["Server", "build"]

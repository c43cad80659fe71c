"""The sandbox: a demonstration on one machine, with stand-ins for the mail server, for a shop and for Stripe.

The stand-ins are programs of their own: the mailbox keeps every mail and delivers none, the till talks to the portal
by its API alone, Stripe's speaks Stripe's HTTP API with cards that are made up. It owns no table, and refuses to run
in production.
"""

from portal.sandbox.demo import run as run_demo

__all__ = ["run_demo"]

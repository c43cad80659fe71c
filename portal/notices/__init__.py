"""Notices: the outbox. A message is queued in the commit of what it tells of, and delivered later, at least once.

It owns the queue of messages, their look and their way out by mail. It refuses nothing: what cannot be delivered is
parked with the reason, where staff see it. It decides nothing about who is told what: the slices that queue do.
"""

from portal.notices.delivery import assume_delivered, delivery_is_assumed, was_delivered
from portal.notices.mail import Renderer, Smtp, Transport, Undeliverable, address, transport
from portal.notices.models import Notice
from portal.notices.service import deliver_due, forget_old, known, newest_of, on_sending, queue

__all__ = [
    "Notice",
    "Renderer",
    "Smtp",
    "Transport",
    "Undeliverable",
    "address",
    "assume_delivered",
    "deliver_due",
    "delivery_is_assumed",
    "forget_old",
    "known",
    "newest_of",
    "on_sending",
    "queue",
    "transport",
    "was_delivered",
]

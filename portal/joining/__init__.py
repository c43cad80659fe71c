"""Joining: the one way into the programme, for the portal's pages, the shops' API and the import, and the way out.

A new member gets her wallet, her welcome, her consents and the orders that waited for her proven address. Outside facts
about a member come in here too, and tiers and grants follow them. It refuses (`conflict`) to join an address or id
twice, and to change an address that nobody vouches for. A shop's id is linked to a member when the shop vouches for her
address or she confirms it herself.
"""

from portal.joining.body import MemberBody
from portal.joining.gathering import Word, joins_plainly, put_fresh
from portal.joining.leaving import leave, on_leaving
from portal.joining.linking import ask_owner, confirm, find_request, forget_old
from portal.joining.service import Put, come_by, consent_to_marketing, join, put_attribute, put_member

__all__ = [
    "MemberBody",
    "Put",
    "Word",
    "ask_owner",
    "come_by",
    "confirm",
    "consent_to_marketing",
    "find_request",
    "forget_old",
    "join",
    "joins_plainly",
    "leave",
    "on_leaving",
    "put_attribute",
    "put_fresh",
    "put_member",
]

"""Joining: the one way into the programme, for the portal's pages, the shops' API and the import.

A new member gets her wallet, her welcome points, her consents and the orders that waited for her proven address. It
refuses (`conflict`) to join an address or id twice, and to link or change an address that nobody vouches for. It owns
no table.
"""

from portal.joining.body import MemberBody
from portal.joining.service import Put, consent_to_marketing, join, put_member

__all__ = ["MemberBody", "Put", "consent_to_marketing", "join", "put_member"]

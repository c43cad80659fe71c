"""The shop's side: its API, the keys that open it, and a member's state as shops see it.

It owns the shops and the API keys, of which it keeps only a hash. It refuses whoever shows no key in force or asks
what the key's scopes do not cover, and every body that is not exactly what the API describes. What orders and members
mean is decided by earning and joining; here they are read, answered and explained.
"""

from portal.merchant.activity_shapes import ActivityBody, AttributeBody, FactName
from portal.merchant.calls import BATCH_LIMIT, is_call
from portal.merchant.keys import (
    MAIN,
    WARNED_BEFORE,
    Caller,
    add_shop,
    authenticate,
    create_key,
    list_keys,
    list_shops,
    note_use,
    revoke_key,
    use_is_due,
)
from portal.merchant.models import ApiKey, Shop
from portal.merchant.problems import check, read_json
from portal.merchant.scopes import SCOPES
from portal.merchant.state import instant, member_state, member_states, money
from portal.merchant.telling import tell_of_ending_keys

__all__ = [
    "BATCH_LIMIT",
    "MAIN",
    "SCOPES",
    "WARNED_BEFORE",
    "ActivityBody",
    "ApiKey",
    "AttributeBody",
    "Caller",
    "FactName",
    "Shop",
    "add_shop",
    "authenticate",
    "check",
    "create_key",
    "instant",
    "is_call",
    "list_keys",
    "list_shops",
    "member_state",
    "member_states",
    "money",
    "note_use",
    "read_json",
    "revoke_key",
    "tell_of_ending_keys",
    "use_is_due",
]

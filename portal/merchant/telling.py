"""Mails to the shop's owners about keys that end: what a key without an heir would stop is told in time."""

import shlex
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from portal import notices, people
from portal import programme as programmes
from portal.db import read
from portal.merchant.keys import WARNED_BEFORE
from portal.merchant.models import ApiKey, Shop

LAST_WARNED_BEFORE = timedelta(days=3)
IN_USE = timedelta(days=90)
_key, _shop = ApiKey.__table__.c, Shop.__table__.c


def tell_of_ending_keys(now: datetime) -> None:
    """Queue a mail to every owner thirty days before a key in use ends, and another three days before; each once.

    A key is in use when a request showed it within ninety days. One that was made to end sooner than a warning would
    come is not warned of at that mark: it was just made.
    """
    ending = (
        select(_key.id, _key.name, _key.prefix, _key.shop, _key.scopes, _key.created_at, _key.expires_at)
        .add_columns(_shop.name.label("shop_name"))
        .join(Shop, _shop.key == _key.shop)
        .where(
            _key.revoked_at.is_(None),
            _key.expires_at > now,
            _key.expires_at <= now + WARNED_BEFORE,
            _key.last_used_at >= now - IN_USE,
        )
    )
    for key in read(ending).all():
        mark = LAST_WARNED_BEFORE if key.expires_at - now <= LAST_WARNED_BEFORE else WARNED_BEFORE
        if key.created_at <= key.expires_at - mark:
            for owner in people.owners():
                _tell(key, mark.days, owner, now)


def _tell(key: Row[Any], days: int, owner: Row[Any], now: datetime) -> None:
    again = ("portal", "keys", "create", "--name", key.name, "--shop", key.shop, "--scopes")
    notices.queue(
        "key_ending", key=f"key_ending/{key.id}/{days}/{owner.id}", recipient=owner.email, now=now,
        locale=programmes.active()[1].languages[0], best_before=key.expires_at,
        facts={
            "member_name": None, "key_name": key.name, "prefix": key.prefix, "shop_name": key.shop_name,
            "ends_at": key.expires_at.isoformat(), "command": shlex.join((*again, ",".join(key.scopes))),
        },
    )  # fmt: skip
